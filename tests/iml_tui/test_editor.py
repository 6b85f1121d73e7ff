"""The editor of code and plans, driven in the real app on a recorded run."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents.api import Place
from agents.errors import InputError
from agents.workspace.repository import Repository
from iml_tui.deciding.asking import EditWanted, PlanWanted
from iml_tui.deciding.editing import open_file
from iml_tui.screens.dialogs import ChoiceDialog
from iml_tui.screens.editor import EditorScreen
from tests.picture import Viewer, settled
from tests.replay import replay

TRACK, FILE = "traditional", "model.py"
Play = Callable[[Pilot[None], EditorScreen], Awaitable[None]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A finished run, its files in the working tree."""
    there = replay("ferry", tmp_path)
    command = ["git", "-C", str(there.workspace), "checkout", "-q", "-f", "main"]
    subprocess.run(command, check=True)
    return there


def file_of(place: Place) -> Path:
    return place.workspace / "tracks" / TRACK / FILE


def edit(
    place: Place,
    play: Play,
    wanted: EditWanted | PlanWanted | None = None,
    size: tuple[int, int] = (120, 36),
) -> Viewer:
    """Opens the editor and plays."""
    app = Viewer(place)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            app.bench.post_message(wanted or EditWanted(TRACK, FILE, 3))
            await until(pilot, lambda: isinstance(app.screen, EditorScreen))
            screen = app.screen
            assert isinstance(screen, EditorScreen)
            await until(pilot, lambda: screen.area.has_focus)
            await play(pilot, screen)

    asyncio.run(run())
    return app


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise TimeoutError


def said(screen: EditorScreen) -> str:
    return screen.said.plain


def test_what_is_saved_lies_in_the_workspace_where_an_engine_finds_it(place: Place) -> None:
    before = file_of(place).read_text(encoding="utf-8")

    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        assert "on round 1" in screen.opened.about
        await pilot.press("ctrl+end", *"# mine")
        assert screen.unsaved
        await pilot.press("ctrl+s")
        await until(pilot, lambda: said(screen).startswith("Saved as yours"))
        assert not screen.unsaved

    edit(place, play)
    assert file_of(place).read_text(encoding="utf-8") == f"{before}# mine"
    assert Repository(place.workspace).user_edits().keys() == {f"tracks/{TRACK}/{FILE}"}


def test_code_that_is_no_python_is_saved_and_its_line_is_named(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        await pilot.press("ctrl+end", *"def (:", "ctrl+s")
        last = screen.area.document.line_count
        await until(pilot, lambda: f"line {last} is no Python" in said(screen))
        assert screen.area.cursor_location[0] == last - 1

    edit(place, play)
    assert file_of(place).read_text(encoding="utf-8").endswith("def (:")


def test_letters_are_commands_after_escape_and_typed_again_after_i(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        text = screen.area.text
        await pilot.press(*"ab", "escape", *"z", "z")
        assert screen.area.text == text
        await pilot.press("y", "i", "z")
        assert "z" in screen.area.document.get_line(2)
        await pilot.press("escape", "s")
        await until(pilot, lambda: said(screen).startswith("Saved"))

    edit(place, play)


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten_unasked(place: Place) -> None:
    theirs = "# theirs\n"

    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        await pilot.press(*"mine")
        mine = screen.area.text
        file_of(place).write_text(theirs, encoding="utf-8")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog))
        await pilot.press("t")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.area.text == theirs
        await pilot.press("ctrl+z")
        assert screen.area.text == mine
        await pilot.press("ctrl+s")
        await until(pilot, lambda: said(screen).startswith("Saved"))
        assert file_of(place).read_text(encoding="utf-8") == mine

    edit(place, play)


def test_an_untouched_text_follows_what_somebody_else_writes(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        file_of(place).write_text("# theirs\n", encoding="utf-8")
        await until(pilot, lambda: screen.area.text == "# theirs\n")
        assert not screen.unsaved

    edit(place, play)


def test_closing_asks_only_where_something_would_be_lost(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        await pilot.press("x", "escape", "q")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog))
        await pilot.press("x")
        await until(pilot, lambda: pilot.app.screen is pilot.app.bench)  # type: ignore[attr-defined]

    before = file_of(place).read_bytes()
    edit(place, play)
    assert file_of(place).read_bytes() == before

    async def untouched(pilot: Pilot[None], screen: EditorScreen) -> None:
        await pilot.press("escape", "q")
        await until(pilot, lambda: pilot.app.screen is pilot.app.bench)  # type: ignore[attr-defined]

    edit(place, untouched)


def test_leaving_the_program_does_not_lose_what_was_typed(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        await pilot.press("x", "ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog))
        assert pilot.app.is_running

    edit(place, play)


def test_a_search_goes_from_match_to_match_and_round(place: Place) -> None:
    file_of(place).write_text("one\ntwo One\nthree\none one\n", encoding="utf-8")

    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        await pilot.press("escape", "slash", *"one", "enter")
        places = []
        for _ in range(5):
            places.append(screen.area.selection.start)
            await pilot.press("n")
        assert len(set(places)) == 4
        assert places[0] == places[4]
        assert screen.area.selected_text.lower() == "one"

    edit(place, play)


def test_a_line_is_gone_to_by_its_number(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        assert screen.area.cursor_location[0] == 2
        await pilot.press("ctrl+g", *"12", "enter")
        await until(pilot, lambda: screen.area.cursor_location[0] == 11)

    edit(place, play)


def test_without_an_editor_of_ones_own_it_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)

    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        await until(pilot, lambda: "VISUAL" in said(screen))  # asked for by the pane
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: "Saved" in said(screen))
        await pilot.press("escape", "e")
        assert "VISUAL" in said(screen)

    edit(place, play, wanted=EditWanted(TRACK, FILE, 3, elsewhere=True))


def test_control_characters_never_reach_the_terminal_and_are_kept(place: Place) -> None:
    text = 'X = "\x1b[31m[/]\t\x07"\n'
    file_of(place).write_text(text, encoding="utf-8")

    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        assert screen.area.text == text
        drawn = "".join(one.text for one in screen.area.render_line(0))
        assert "\x1b" not in drawn
        assert "\x07" not in drawn
        assert "[31m[/]" in drawn

    edit(place, play, size=(40, 10))


@pytest.mark.parametrize(
    "content",
    [b"a\x0cb\n", b"a\r\nb\nc\n", b"\xff\n", b"x" * 30_000],
    ids=["form feed", "two kinds of line ends", "no UTF-8", "endless line"],
)
def test_a_file_that_would_not_be_given_back_as_it_is_is_not_opened(
    place: Place, content: bytes
) -> None:
    file_of(place).write_bytes(content)
    with pytest.raises(InputError, match="edit it with your own"):
        open_file(place, TRACK, FILE)


def test_what_the_engine_makes_itself_is_not_opened(place: Place) -> None:
    with pytest.raises(InputError, match=r"edit preprocess\.py or model\.py"):
        open_file(place, TRACK, "solution.py")
    with pytest.raises(InputError, match="has no program so far"):
        open_file(place, "neural", FILE)


def test_an_older_moment_is_edited_as_it_was_and_says_so(place: Place) -> None:
    repository = Repository(place.workspace)
    commit, path = repository.tip(), f"tracks/{TRACK}/{FILE}"
    file_of(place).write_text("# newer\n", encoding="utf-8")
    opened = open_file(place, TRACK, FILE, commit)
    assert opened.text == "# newer\n"  # nobody has committed it: it would be lost
    repository.commit_user_edits({path: b"# newer\n"}, datetime.now(UTC))
    opened = open_file(place, TRACK, FILE, commit)
    assert opened.about == f"of {TRACK}, as of {commit[:7]}, not as it is now"
    assert opened.text != "# newer\n"
    assert opened.beneath() is None


def test_a_plan_that_cannot_be_read_is_not_sent_and_its_line_is_shown(place: Place) -> None:
    async def play(pilot: Pilot[None], screen: EditorScreen) -> None:
        text = screen.area.text
        assert text.startswith("## ")
        wrong = 1 + text[: text.index("### Model")].count("\n")
        screen.area.load_text(text.replace("### Model", "### Modell", 1))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: said(screen).startswith(f"Line {wrong}: "))
        assert screen.area.cursor_location[0] == wrong - 1

    edit(place, play, PlanWanted("linear"))


@pytest.mark.parametrize("size", ["40x10", "80x24", "120x36"])
def test_pictures_of_code_and_of_a_plan(
    place: Place, size: str, snap_compare: Callable[..., bool]
) -> None:
    wanted = PlanWanted("linear") if size == "80x24" else EditWanted(TRACK, FILE, 60)
    app = Viewer(place)

    async def play(pilot: Pilot[None]) -> None:
        await settled(pilot)
        app.bench.post_message(wanted)
        await until(pilot, lambda: isinstance(app.screen, EditorScreen))
        screen = app.screen
        assert isinstance(screen, EditorScreen)
        await until(pilot, lambda: screen.area.has_focus)
        await settled(pilot)
        await pilot.press(*"mine", "escape")
        await pilot.pause(0.4)  # colours are found when nothing was typed for a moment

    columns, rows = (int(part) for part in size.split("x"))
    assert snap_compare(app, terminal_size=(columns, rows), run_before=play)
