from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key, MouseScrollUp
from textual.pilot import Pilot

from agents.api import Place, state_of
from agents.journal import events as facts
from agents.journal.store import Journal
from iml_tui.app import ImlApp
from iml_tui.log.places import place_told
from iml_tui.widgets.code import CodePane
from iml_tui.widgets.log import LogPane
from tests.iml_tui import runs
from tests.iml_tui.odd_output import TRACEBACK
from tests.picture import Viewer, settled, shown
from tests.replay import replay

SIZE = (120, 36)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A recorded run in its middle: a program of the track `traditional` runs."""
    monkeypatch.chdir(tmp_path)
    return replay("ferry", tmp_path, upto="program-started", skip=7)


@pytest.fixture
def output(place: Place) -> Path:
    """The log of the program that runs, empty."""
    path = place.state_dir / state_of(place).logs[-1].path
    path.write_bytes(b"")
    return path


@asynccontextmanager
async def log_of(place: Place, size: tuple[int, int] = SIZE) -> AsyncIterator[Pilot[None]]:
    """The app with the log in focus."""
    app = Viewer(place)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("5")
        await settled(pilot)
        yield pilot


def pane(pilot: Pilot[None]) -> LogPane:
    assert isinstance(pilot.app, ImlApp)
    return pilot.app.bench.query_one(LogPane)


def header(pilot: Pilot[None]) -> str:
    return "".join(segment.text for segment in pane(pilot).render_line(0))


def rows(pilot: Pilot[None]) -> list[str]:
    log = pane(pilot)
    lines = ("".join(part.text for part in log.render_line(y)) for y in range(1, log.size.height))
    return [line.rstrip() for line in lines if line.strip()]


def said(pilot: Pilot[None]) -> list[str]:
    """What stands behind time and name."""
    return [row[17:] for row in rows(pilot)]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def search(pilot: Pilot[None], words: str, key: str = "slash") -> None:
    await press(pilot, key, *(name_of(letter) for letter in words), "enter")
    for _ in range(100):
        await pilot.pause(0.01)
        found = pane(pilot).found
        if found is not None and not found.searching:
            break


def name_of(letter: str) -> str:
    return "space" if letter == " " else letter


def append(path: Path, output: bytes) -> None:
    with path.open("ab") as file:
        file.write(output)


def delete(path: Path) -> None:
    path.unlink()


async def grow(pilot: Pilot[None], path: Path, output: bytes) -> None:
    """Waits until the screen tells of the new lines."""
    before = header(pilot), rows(pilot)
    append(path, output)
    while (header(pilot), rows(pilot)) == before:
        await pilot.pause(0.02)
    await settled(pilot)


# --- following --------------------------------------------------------------------------------


async def test_whoever_scrolls_up_is_left_alone_and_told_what_came(
    place: Place, output: Path
) -> None:
    append(output, b"".join(b"step %d\n" % n for n in range(100)))
    async with log_of(place) as pilot:
        assert "following" in header(pilot)
        assert said(pilot)[-1] == "step 99"
        await press(pilot, "k", "k", "pageup")
        before = said(pilot)
        assert "scrolled up " in header(pilot)
        await grow(pilot, output, b"more\n" * 1234)
        assert said(pilot) == before
        assert "scrolled up, 1,234 new lines" in header(pilot)
        await press(pilot, "end")
        assert "following" in header(pilot)
        assert said(pilot)[-1] == "more"


async def test_scrolling_down_to_the_end_follows_again(place: Place, output: Path) -> None:
    append(output, b"one\ntwo\n")
    async with log_of(place) as pilot:
        await press(pilot, "home")
        assert not pane(pilot).following
        assert said(pilot)[0].startswith("run 1 on ferry")
        await press(pilot, *["pagedown"] * 40)
        assert pane(pilot).following
        await grow(pilot, output, b"three\n")
        assert said(pilot)[-1] == "three"


async def test_the_wheel_scrolls_and_a_click_marks_a_line(place: Place, output: Path) -> None:
    append(output, b"".join(b"step %d\n" % n for n in range(100)))
    async with log_of(place) as pilot:
        log = pane(pilot)
        log.post_message(wheel_up(log))
        await settled(pilot)
        assert said(pilot)[-1] == "step 96"
        await pilot.click(LogPane, offset=(20, 2))
        assert "▎" in rows(pilot)[1]
        await pilot.click(LogPane, offset=(20, 2))
        await settled(pilot)
        assert isinstance(pilot.app, ImlApp)
        assert pilot.app.bench.looked_at == "code"
        assert pilot.app.bench.selected == "traditional/1"


def wheel_up(log: LogPane) -> MouseScrollUp:
    return MouseScrollUp(log, 20, 2, 0, 0, 0, shift=False, meta=False, ctrl=False)


# --- whose lines ------------------------------------------------------------------------------


async def test_the_lines_of_one_track_can_be_read_alone(place: Place, output: Path) -> None:
    append(output, b"printed\n")
    async with log_of(place) as pilot:
        assert "all tracks" in header(pilot)
        groups = pane(pilot).groups
        assert groups[0] == "all"
        assert {"baseline", "traditional", "engine"} <= set(groups)
        await press(pilot, *["t"] * groups.index("traditional"))
        assert "traditional" in header(pilot)
        assert {row[5:17].strip() for row in rows(pilot)} == {"traditional"}
        assert said(pilot)[-1] == "printed"
        await press(pilot, *["T"] * groups.index("traditional"))
        assert "all tracks" in header(pilot)


async def test_the_log_of_a_moment_begins_where_the_moment_did(place: Place) -> None:
    async with log_of(place) as pilot:
        moment = state_of(place).moment("traditional/1")
        assert moment is not None
        pane(pilot).show_of("traditional", moment.key)
        await settled(pilot)
        assert said(pilot)[0] == "round 1: boosting recipe"
        assert "scrolled up" in header(pilot)
        pane(pilot).show_of("baseline")
        assert "baseline" in header(pilot)
        assert "following" in header(pilot)


# --- searching --------------------------------------------------------------------------------


async def test_a_search_marks_what_it_finds_and_goes_from_match_to_match(
    place: Place, output: Path
) -> None:
    lines = [b"needle %d" % n if n % 50 == 7 else b"straw %d" % n for n in range(200)]
    append(output, b"\n".join(lines) + b"\n")
    async with log_of(place) as pilot:
        await search(pilot, "needle")
        found = pane(pilot).found
        assert found is not None
        assert (found.total, found.at) == (4, 4)
        assert "needle 157" in said(pilot)
        assert next(row for row in rows(pilot) if "▎" in row).endswith("needle 157")
        await press(pilot, "n")
        assert "needle 7" in said(pilot)
        await press(pilot, "N", "N")
        assert "needle 107" in said(pilot)
        assert "scrolled up" in header(pilot)
        await press(pilot, "escape")
        assert pane(pilot).found is None
        assert "needle 107" in said(pilot)


async def test_only_matching_lines_can_be_shown_and_more_are_added_as_they_come(
    place: Place, output: Path
) -> None:
    append(output, b"".join(b"step %d\nValueError: no %d\n" % (n, n) for n in range(30)))
    async with log_of(place) as pilot:
        await search(pilot, "valueerror", key="f")
        await press(pilot, "end")
        assert {text[:14] for text in said(pilot)} == {"ValueError: no"}
        assert "only what matches" in header(pilot)
        assert "30 lines" in header(pilot)
        await grow(pilot, output, b"step\nValueError: last\n")
        assert said(pilot)[-1] == "ValueError: last"
        await press(pilot, "f")
        assert said(pilot)[-2:] == ["step", "ValueError: last"]


async def test_what_is_not_there_is_not_found(place: Place, output: Path) -> None:
    async with log_of(place) as pilot:
        before = said(pilot)
        await search(pilot, "no such words")
        found = pane(pilot).found
        assert found is not None
        assert found.words == "not found"
        assert said(pilot)[-3:] == before[-3:]


# --- long lines -------------------------------------------------------------------------------


async def test_a_long_line_can_be_read_to_its_end(place: Place, output: Path) -> None:
    words = b" ".join(b"word%d" % n for n in range(60))
    append(output, b"begin\n" + words + b"\n")
    async with log_of(place) as pilot:
        assert not any("word59" in text for text in said(pilot))
        await press(pilot, "w")
        assert said(pilot)[-1].endswith("word59")
        await press(pilot, "k")
        assert not any("word59" in text for text in said(pilot))
        await press(pilot, "w", "end", *["l"] * 12)
        assert "from column" in header(pilot)
        await press(pilot, *["h"] * 13)
        assert said(pilot)[-1].startswith("word0")


async def test_a_match_far_to_the_right_is_turned_to(place: Place, output: Path) -> None:
    append(output, b"x" * 300 + b" needle\n")
    async with log_of(place) as pilot:
        await search(pilot, "needle")
        assert "needle" in said(pilot)[-1]


# --- bad luck ---------------------------------------------------------------------------------

BAD = (
    b"[/] [bold]not markup[/bold] [link=x]\n"
    b"\x1b[31mred\x1b[0m\x07\x00 \xff\xfe \xe8\xbb\x8a\xe4\xb8\xa1\n"
    b"fit 10%\rfit 100%\r\n" + b"y" * 5_000_000 + b"\n" + b"still being writt"
)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
async def test_nothing_that_a_program_prints_disturbs_the_screen(
    place: Place, output: Path, size: tuple[int, int]
) -> None:
    append(output, BAD)
    async with log_of(place, size) as pilot:
        text = "\n".join(rows(pilot))
        assert "[/] [bold]not mark" in text
        assert "red \ufffd\ufffd 車両" in text
        assert "fit 100%" in text
        assert rows(pilot)[-1].endswith("still being writt")
        await press(pilot, "w", "k", "k", "w", "l", "home", "end")


async def test_a_log_that_is_deleted_while_it_is_looked_at_is_said_to_be_gone(
    place: Place, output: Path
) -> None:
    append(output, b"".join(b"step %d\n" % n for n in range(10_000)))
    async with log_of(place) as pilot:
        delete(output)
        await press(pilot, "home", *["pagedown"] * 30)
        assert any("its file was deleted" in text for text in said(pilot))
        await search(pilot, "step")
        assert "following" in header(pilot) or "scrolled up" in header(pilot)


# --- problems ---------------------------------------------------------------------------------


async def test_problems_are_a_mode_that_escape_leaves(place: Place) -> None:
    async with log_of(place) as pilot:
        await press(pilot, "p")
        assert "problems" in header(pilot)
        assert "No fault was found." in rows(pilot)[0]
        await press(pilot, "escape")
        assert "all tracks" in header(pilot)


async def test_enter_on_a_problem_opens_the_code_of_its_moment(place: Place) -> None:
    fault = facts.FaultFound(track="traditional", round=1, candidate="boosting", fault=runs.FAULT)
    journal = Journal(place.state_dir)
    journal.append(fault)
    journal.close()
    async with log_of(place) as pilot:
        await press(pilot, "p")
        assert "1 open" in header(pilot)
        assert "shape or dtype mismatch" in rows(pilot)[0]
        assert "preprocess.py:56" in rows(pilot)[1]
        await press(pilot, "enter")
        assert isinstance(pilot.app, ImlApp)
        assert pilot.app.bench.looked_at == "code"
        assert pilot.app.bench.selected == "traditional/1"
        code = pilot.app.bench.query_one(CodePane)
        assert (code.file, code.place) == ("preprocess.py", 56)


async def test_the_last_line_of_a_traceback_leads_to_the_programs_own_line(
    place: Place, output: Path
) -> None:
    append(output, TRACEBACK)
    async with log_of(place) as pilot:
        await search(pilot, "could not convert")
        assert isinstance(pilot.app, ImlApp)
        assert "its code" in shown(pilot.app)
        await press(pilot, "enter")
        code = pilot.app.bench.query_one(CodePane)
        assert (code.file, code.place) == ("model.py", 41)


def test_a_place_is_that_of_the_tracks_own_file_or_there_is_none() -> None:
    below = [
        "ValueError: no",
        "    boom()",
        '  File "/env/site-packages/kit/model.py", line 3, in boom',
        "    self.fit(rows)",
        '  File "/scratch/model.py", line 41, in fit',
        "Traceback (most recent call last):",
    ]
    assert place_told(below) == ("model.py", 41)
    assert place_told(below[-2:]) == ("model.py", 41)
    assert place_told(["fault: shape mismatch in preprocess.py:56"]) == ("preprocess.py", 56)
    assert place_told(["trial 3", "    boom()", below[4]]) == ("model.py", 41)
    assert place_told(["trial 3", "trial 2", below[4]]) is None
    assert place_told(["see helper.py:3"]) is None


# --- copying ----------------------------------------------------------------------------------


async def test_a_marked_line_is_copied_whole_and_what_is_seen_where_none_is(
    place: Place, output: Path
) -> None:
    append(output, b"first [/]\n" + b"long " * 100 + b"end\n")
    async with log_of(place) as pilot:
        words, _ = pane(pilot).copied()
        assert words.splitlines()[-1].endswith("long end")
        assert any("first [/]" in line and "traditional" in line for line in words.splitlines())
        await search(pilot, "first")
        assert pane(pilot).copied() == ("first [/]", "this line")


async def test_the_mouse_selects_what_was_printed_without_times_and_names(
    place: Place, output: Path
) -> None:
    append(output, b"first line\n" + b"long " * 100 + b"end\nthird line\n")
    async with log_of(place) as pilot:
        log = pane(pilot)
        row = 1 + next(at for at, one in enumerate(rows(pilot)) if "first line" in one)
        await pilot.mouse_down(log, offset=(17 + 6, row))
        await pilot.hover(log, offset=(17 + 5, row + 2))
        await pilot.mouse_up(log, offset=(17 + 5, row + 2))
        await pilot.pause()
        selected = pilot.app.screen.get_selected_text()
    assert selected is not None
    first, second, third = selected.splitlines()
    assert (first, second[-8:], third[:5]) == ("line", "long end", "third")


# --- keys -------------------------------------------------------------------------------------


async def test_a_log_that_can_be_seen_whole_is_followed_from_its_top(
    place: Place, output: Path
) -> None:
    async with log_of(place, (120, 60)) as pilot:
        await press(pilot, "plus", "home")
        assert "following" in header(pilot)
        await grow(pilot, output, b"news\n")
        assert "news" in "".join(rows(pilot))


async def test_letters_typed_right_after_the_slash_are_searched(place: Place) -> None:
    async with log_of(place) as pilot:
        for letter in "/baseline":
            pilot.app.post_message(Key("slash" if letter == "/" else letter, letter))
        await settled(pilot)
        assert pane(pilot).searched == "baseline"


async def test_the_keys_of_a_mode_are_named_also_while_something_is_wrong(place: Place) -> None:
    async with log_of(place) as pilot:  # no engine is at work
        assert isinstance(pilot.app, ImlApp)
        await press(pilot, "p")
        keys = shown(pilot.app).splitlines()[-1]
    assert "R restart" in keys
    assert "the log" in keys


async def test_among_problems_n_goes_to_the_next_one(place: Place) -> None:
    journal = Journal(place.state_dir)
    for number in (1, 2):
        fault = runs.FAULT.model_copy(update={"line": number})
        told = facts.FaultFound(
            track="traditional", round=number, candidate="boosting", fault=fault
        )
        begun = facts.RoundStarted(
            track="traditional", round=number, candidate="boosting", what="again"
        )
        journal.append(begun)
        journal.append(told)
    journal.close()
    async with log_of(place) as pilot:
        await press(pilot, "p", "n")
        row = pane(pilot).marked()
        assert row is not None
        assert row.key == "traditional/2"
        await press(pilot, "N")
        row = pane(pilot).marked()
        assert row is not None
        assert row.key == "traditional/1"
