"""Palette, help, jump, themes, the mouse: everything can be reached in more than one way."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

import iml_tui
from agents.api import Place
from agents.journal.store import Journal
from agents.lock import EngineLock
from iml_tui import preferences
from iml_tui.app import ImlApp
from iml_tui.screens.dialogs import ChoiceDialog
from iml_tui.screens.finder import Entries, Entry, Finder, matches
from iml_tui.screens.jump import Jump, labels
from iml_tui.widgets.frame import KeysRow, SentenceRow
from iml_tui.widgets.pane import Pane
from tests.picture import Viewer, picture, settled
from tests.replay import replay


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def running(home: Path) -> Iterator[Place]:
    """A run whose fourth round of a track was proposed just now."""
    place = replay("repair", home, upto="gate-opened")
    lock = EngineLock(place.state_dir)
    assert lock.take()
    yield place
    lock.release()


def on_bench(app: ImlApp) -> bool:
    """Whether no dialog is open."""
    return app.screen is app.bench


def text(app: ImlApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def tints(app: ImlApp, row: int) -> set[object]:
    """Grounds on which the cells of a row are drawn."""
    strip = app.screen._compositor.render_strips()[row]
    return {one.style.bgcolor for one in strip if one.style is not None}


def spot(app: ImlApp, words: str) -> tuple[int, int]:
    """Where some words stand on the screen."""
    rows = text(app).splitlines()
    y = next(at for at, row in enumerate(rows) if words in row)
    return rows[y].index(words), y


async def keys(pilot: Pilot[None], *names: str) -> str:
    for name in names:
        await pilot.press(name)
        await settled(pilot)
    assert isinstance(pilot.app, ImlApp)
    return text(pilot.app)


def found(app: ImlApp) -> list[Entry]:
    return [hit.entry for hit in app.screen.query_one(Entries).hits]


# --- finding ------------------------------------------------------------------------------------


def test_what_begins_with_the_words_comes_before_what_holds_them() -> None:
    entries = [Entry("Redo what was undone"), Entry("Undo this change"), Entry("Keep it")]
    assert [hit.entry.title for hit in matches(entries, "undo")] == [
        "Undo this change",
        "Redo what was undone",
    ]


def test_first_letters_and_other_words_find_too_but_not_letters_strewn_about() -> None:
    entries = [Entry("Take the best there is now"), Entry("Pause", words="halt")]
    assert matches(entries, "ttb")[0].entry.title == "Take the best there is now"
    assert matches(entries, "halt")[0].entry.title == "Pause"
    assert matches(entries, "aeb") == []


def test_labels_are_all_different_and_none_begins_another() -> None:
    many = labels(80)
    assert len(set(many)) == 80
    assert not any(other.startswith(one) for one in many for other in many if one != other)
    assert [len(label) for label in many] == sorted(len(label) for label in many)
    assert labels(3) == ["a", "s", "d"]


# --- palette and help ---------------------------------------------------------------------------


async def test_the_palette_begins_with_what_wants_an_answer_and_says_keys(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        shown = await keys(pilot, "4", "colon")
        titles = [entry.title for entry in found(app)]
        assert titles[:3] == ["Look at traditional 4", "Keep traditional 4", "Undo traditional 4"]
        assert "Undo and say why" in shown
        wanted = {
            "Pause, or go on",
            "Stop traditional",
            "Change the mode",
            "Switch the coder's model",
        }
        assert wanted <= set(titles)
        assert {"Theme nord", "baseline/model.py", "Write a file of all keys, to change them"} <= {
            *titles
        }


async def test_the_palette_does_what_was_taken_in_the_pane_it_belongs_to(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "6", "ctrl+p", *"why this one", "enter")
        assert app.focused is not None
        assert app.focused.id == "tracks"


async def test_every_binding_with_a_name_is_in_the_help_the_focused_pane_first(
    running: Place,
) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "5", "question_mark")
        groups = list(dict.fromkeys(entry.group for entry in found(app)))
        assert groups[:3] == ["Log", "In every pane", "Everywhere"]
        told = {entry.title.lower() for entry in found(app)}
        nodes = [*app.bench.query(Pane), app.bench, app]
        described = {
            binding.description.lower()
            for node in nodes
            for _, binding in node._bindings
            if binding.id and binding.description
        }
        assert described <= told


async def test_help_is_searched_and_carried_out(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        shown = await keys(pilot, "question_mark", *"alone")
        assert "This pane alone, and back" in shown
        await keys(pilot, "enter")
        assert app.bench.zoomed


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (40, 10)])
async def test_palette_help_and_dialogs_fit_and_follow_a_new_size(
    running: Place, size: tuple[int, int]
) -> None:
    app = Viewer(running)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for opening in ("colon", "question_mark", "s", "i", "ctrl+t"):
            await keys(pilot, opening)
            for width, height in ((40, 10), (24, 6), size):
                await pilot.resize_terminal(width, height)
                await pilot.pause()
                assert text(app).strip()
            await keys(pilot, "escape")
            assert on_bench(app)


# --- themes, jump, zoom, sidebar ----------------------------------------------------------------


async def test_a_theme_is_seen_while_it_is_marked_and_remembered_once_taken(home: Path) -> None:
    place = replay("ferry", home)
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        before = app.theme
        await keys(pilot, "ctrl+t", *"nord")
        assert app.theme == "nord"
        await keys(pilot, "escape")
        assert app.theme == before
        await keys(pilot, "ctrl+t", *"nord", "enter")
        assert app.theme == "nord"
    assert preferences.read(preferences.preferences_file()).theme == "nord"
    again = ImlApp(place, app._settings)
    assert again.theme == "nord"


async def test_jump_puts_a_letter_on_rows_and_tabs_and_goes_there(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "J")
        assert isinstance(app.screen, Jump)
        x, y = spot(app, "History")
        letter = text(app).splitlines()[y][x - 2]
        await keys(pilot, letter)
        assert on_bench(app)
        assert app.focused is not None
        assert app.focused.id == "history"


async def test_any_other_key_leaves_jump_mode(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "J", "escape")
        assert on_bench(app)


async def test_the_sidebar_goes_and_comes_back(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "1 Tracks" in await keys(pilot, "4")
        assert "1 Tracks" not in await keys(pilot, "b")
        assert "1 Tracks" in await keys(pilot, "b")
        assert "1 Tracks" not in await keys(pilot, "2")
        assert "1 Tracks" in await keys(pilot, "b")


# --- the mouse ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "words", "pane"),
    [
        ((80, 24), "6 History", "history"),
        ((120, 36), "2 Data", "data"),
        ((80, 24), "! 1 repair", "code"),
        ((120, 36), "! 1 repair", "code"),
    ],
)
async def test_tabs_headers_and_the_sign_are_clicked(
    running: Place, size: tuple[int, int], words: str, pane: str
) -> None:
    app = Viewer(running)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.click(offset=spot(app, words))
        await settled(pilot)
        assert app.focused is not None
        assert app.focused.id == pane


async def test_hints_of_the_footer_are_clicked(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.click(offset=spot(app, "? keys"))
        await settled(pilot)
        assert isinstance(app.screen, Finder)
        assert app.screen.query_one(Input).placeholder == "Search the keys"


async def test_the_wheel_scrolls_the_pane_under_it(home: Path) -> None:
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "4")
        pane = app.bench.query_one("#code", Pane)
        assert pane.scroll_offset.y == 0
        x, y = pane.region.offset
        app.post_message(events.MouseScrollDown(None, x + 3, y + 3, 0, 1, 0, False, False, False))
        await pilot.pause(0.3)
        assert pane.scroll_offset.y > 0


@pytest.mark.parametrize(
    ("grip", "pane", "way"),
    [
        ("grip-side", "side", (6, 0)),
        ("grip-below", "below", (0, -4)),
        ("grip-plan", "plan", (-5, 0)),
    ],
)
async def test_the_gap_between_panes_is_drawn_with_the_mouse(
    home: Path, grip: str, pane: str, way: tuple[int, int]
) -> None:
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(200, 50)) as pilot:
        await keys(pilot, "4")
        usual = app.bench.query_one(f"#{pane}").outer_size
        x, y = app.bench.query_one(f"#{grip}").region.offset
        await pilot.mouse_down(offset=(x, y))
        await pilot.hover(offset=(x + way[0], y + way[1]))
        await pilot.mouse_up(offset=(x + way[0], y + way[1]))
        await settled(pilot)
        drawn = app.bench.query_one(f"#{pane}").outer_size
        assert (drawn.width - usual.width, drawn.height - usual.height) == (
            abs(way[0]),
            abs(way[1]),
        )
        assert not app.bench.get_selected_text()
        await keys(pilot, "plus")  # alone, and back: as it was drawn
        await keys(pilot, "plus")
        assert app.bench.query_one(f"#{pane}").outer_size == drawn
        x, y = app.bench.query_one(f"#{grip}").region.offset
        await pilot.click(offset=(x, y), times=2)
        await settled(pilot)
        assert app.bench.query_one(f"#{pane}").outer_size == usual


async def test_lines_that_the_mouse_was_drawn_over_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    place = replay("ferry", home)
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "6")
        x, y = spot(app, "boosting recipe")
        await pilot.mouse_down(offset=(x, y))
        await pilot.hover(offset=(x + 8, y))
        await pilot.mouse_up(offset=(x + 8, y))
        await pilot.pause()
        assert app.bench.get_selected_text() == "boosting"
        await pilot.press("ctrl+c")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (place.state_dir / "clip.txt").read_text(encoding="utf-8") == "boosting"
        assert "does not say whether" in app.bench.query_one(SentenceRow).notice


@pytest.mark.parametrize("size", [(200, 50), (120, 36), (80, 24)])
async def test_few_hints_and_always_the_way_to_all_others(
    running: Place, size: tuple[int, int]
) -> None:
    app = Viewer(running)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert text(app).splitlines()[-1].rstrip().endswith(": commands   ? keys")
        assert len(app.bench.query_one(KeysRow).hints) <= 8


async def test_what_a_click_would_do_lights_up_under_the_mouse(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        x, y = spot(app, "commands")
        before = picture(app)
        await pilot.hover(offset=(x, y))
        await pilot.pause()
        lit = app.screen._compositor.render_strips()[y]
        underlined = "".join(one.text for one in lit if one.style and one.style.underline)
        assert underlined == ": commands"
        await pilot.hover(offset=(2, y - 1))
        await pilot.pause()
        assert picture(app) == before


async def test_the_model_the_mode_and_the_last_line_of_the_log_are_clicked(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.click(offset=spot(app, "review"))
        await pilot.pause()
        assert isinstance(app.screen, ChoiceDialog)
        x, y = spot(app, "nobody is asked")
        await pilot.hover(offset=(x, y))
        await pilot.pause()
        assert tints(app, y) - tints(app, y + 1)
        await pilot.click(offset=(x, y))
        await settled(pilot)
        await app.workers.wait_for_complete()
        assert on_bench(app)
        with closing(Journal(running.state_dir)) as journal:
            assert "auto" in str(journal.decisions()[-1].choice)
        await keys(pilot, "6")
        await pilot.click(offset=spot(app, "5 Log"))
        await settled(pilot)
        assert app.bench.looked_at == "log"
        await pilot.click(offset=spot(app, "answers.jsonl"))
        await pilot.pause()
        assert not on_bench(app)


async def test_the_panes_stand_where_they_stood_whatever_was_opened_meanwhile(home: Path) -> None:
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(120, 36)) as pilot:
        await keys(pilot, "4")
        side = app.bench.query_one("#side").region
        await keys(pilot, "colon", "escape", "plus", "plus")
        assert app.bench.query_one("#side").region == side


def test_no_two_widgets_share_a_name_in_stylesheets() -> None:
    for module in pkgutil.walk_packages(iml_tui.__path__, "iml_tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    kinds, found = [Widget], dict[str, type[Widget]]()
    while kinds:
        for kind in kinds.pop().__subclasses__():
            assert found.setdefault(kind._css_type_name, kind) is kind, kind
            kinds.append(kind)


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        (("ctrl+c",), ("Leave this screen?", "l    Leave", "s    Stop", "esc  Stay", "goes on")),
        (("s", *"mode", "enter"), ("r    review", "a    ask", "u    auto", "goes on; undo it")),
        (("s", *"time", "enter"), ("Change the time limit", "enter send   esc back")),
        (("i",), ("Tell the agents something", "enter send   esc back")),
    ],
)
async def test_every_dialog_is_whole_in_the_smallest_terminal(
    running: Place, opening: tuple[str, ...], said: tuple[str, ...]
) -> None:
    app = Viewer(running)
    async with app.run_test(size=(40, 10)) as pilot:
        await settled(pilot)
        await keys(pilot, *opening)
        shown = text(app)
        assert all(words in shown for words in said), shown
