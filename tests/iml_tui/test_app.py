import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.api import Place, start_engine, state_of
from agents.errors import EngineError, InputError
from agents.journal.events import DecisionTaken
from agents.journal.store import Journal, JournalReader
from agents.lock import EngineLock
from agents.settings import Settings
from iml_tui.app import ImlApp
from iml_tui.widgets.code import CodePane
from iml_tui.widgets.log import LogPane
from tests.picture import Viewer, press, settled, shown
from tests.replay import replay

SIZES = [(80, 24), (120, 36), (200, 50)]
MIDDLE = "proposal-accepted"
"""In the middle of a run: the baseline was just kept."""


@pytest.fixture
def running(root: Path) -> Iterator[Place]:
    """A recorded run in its middle, with an engine that holds the lock."""
    place = replay("ferry", root, upto=MIDDLE)
    lock = EngineLock(place.state_dir)
    assert lock.take()
    yield place
    lock.release()


def row(app: ImlApp, number: int) -> str:
    return shown(app).splitlines()[number]


# --- opening ----------------------------------------------------------------------------------


async def test_the_first_paint_does_not_wait_for_the_engine(root: Path) -> None:
    came = threading.Event()

    def slow(_place: Place, _settings: Settings, _new: bool, _looking: bool) -> bool:
        came.wait(20)
        return True

    place = Place(competition=root / "ferry", workspace=root / "ferry" / "pipeline")
    app = ImlApp(place, Settings(), start=slow)
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(100):
            await pilot.pause(0.02)
            if shown(app).strip():
                break
        text = shown(app)
        assert text.startswith(" ferry  · starting")
        assert "Starting the engine; it looks at the data first" in text
        await pilot.press("q")
    came.set()
    assert app.return_code == 0


async def test_an_unusable_competition_ends_the_screen_with_its_sentence(root: Path) -> None:
    def refuse(_place: Place, _settings: Settings, _new: bool, _looking: bool) -> bool:
        raise InputError("train.csv is empty [/]: put a header and rows into it.")

    place = Place(competition=root, workspace=root / "pipeline")
    app = ImlApp(place, Settings(), start=refuse)
    async with app.run_test() as pilot:
        for _ in range(100):
            await pilot.pause(0.02)
            if app.return_code:
                break
    assert app.return_code == 2
    assert app.closing_words == "train.csv is empty [/]: put a header and rows into it."


async def test_an_engine_that_does_not_start_leaves_its_last_words_and_a_key(root: Path) -> None:
    calls = []

    def fail(_place: Place, _settings: Settings, _new: bool, _looking: bool) -> bool:
        calls.append(1)
        raise EngineError("The engine ended at its start.\nTraceback [x]\nOSError: disk full")

    place = Place(competition=root, workspace=root / "pipeline")
    app = ImlApp(place, Settings(), start=fail)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "R tries again" in row(app, 1)
        assert "OSError: disk full" in await press(pilot, "5")
        await press(pilot, "R")
        assert len(calls) == 2


async def test_an_existing_run_is_shown_as_it_is(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        text = shown(app)
        assert "✓ done in" in row(app, 0)
        assert "submission.csv is valid" in text
        assert "Nothing waits for you." in text


async def test_facts_appear_as_they_are_written(root: Path) -> None:
    place = replay("ferry", root, upto="columns-seen")
    whole = replay("ferry", root / "whole")
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "submission.csv is valid" not in shown(app)
        database = sqlite3.connect(place.state_dir / "journal.db")
        database.execute("ATTACH ? AS whole", (str(whole.state_dir / "journal.db"),))
        database.execute("INSERT OR IGNORE INTO events SELECT * FROM whole.events")
        database.commit()
        database.close()
        await settled(pilot)
        assert "submission.csv is valid" in shown(app)


# --- panes and keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_has_a_number(root: Path, size: tuple[int, int]) -> None:
    app = Viewer(replay("ferry", root))
    expected = {
        "1": "Build and repair",
        "2": "to learn from",
        "3": "version 1",
        "4": "preprocess.py",
        "5": "done in",
        "6": "data, folds",
    }
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for key, words in expected.items():
            assert words in await press(pilot, key), f"pane {key}"
        assert "submission.csv is valid" in await press(pilot, "escape")


async def test_tab_goes_round_all_panes_that_are_shown(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        seen = []
        for _ in range(5):
            seen.append(app.focused.id if app.focused else None)
            await pilot.press("tab")
        assert seen == ["code", "log", "tracks", "history", "code"]


async def test_enter_opens_the_code_of_a_moment_and_brackets_step_through_time(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "6", "slash", *"baseline", "enter", "enter")
        assert "4 Code  baseline" in shown(app)
        assert "4 Code  traditional, round 1" in await press(pilot, "right_square_bracket")
        assert "4 Code  baseline" in await press(pilot, "left_square_bracket")
        assert "4 Code  baseline" in await press(pilot, "left_square_bracket")


async def test_enter_on_a_track_opens_what_was_accepted_of_it(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "1", "enter")
        best = state_of(app.place).best
        assert app.bench.looked_at == "code"
        assert best is not None
        assert app.bench.code_shown == best.commit


async def test_other_files_of_a_track_and_what_changed_in_them(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        code = app.bench.query_one(CodePane)
        first = code.name_shown
        await press(pilot, "l")
        assert code.name_shown != first
        await press(pilot, "h")
        assert code.name_shown == first
        before = code.shows_diff
        await press(pilot, "d")
        assert code.shows_diff != before


async def test_one_pane_can_have_the_whole_screen(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert "1 Tracks" not in await press(pilot, "5", "plus")
        assert "1 Tracks" in await press(pilot, "plus")


async def test_whoever_scrolls_up_in_the_log_is_left_alone(root: Path) -> None:
    place = replay("ferry", root, upto="program-started", skip=1)
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        log = app.bench.query_one(LogPane)
        assert log.following
        assert "following" in await press(pilot, "5")
        assert "scrolled up" in await press(pilot, "k", "k")
        top = log.scroll_offset.y
        path = place.state_dir / state_of(place).logs[-1].path
        wanted = app._book.total + 50
        with path.open("ab") as file:
            file.write(b"more [/] words\n" * 50)
        while app._book.total < wanted:
            await pilot.pause(0.02)
        assert log.scroll_offset.y == top
        assert "following" in await press(pilot, "end")
        assert "more [/] words" in shown(app)


async def test_question_mark_lists_the_keys(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "question_mark", *"leave")
        assert "Leave, stop or stay" in shown(app)
        await press(pilot, "escape")
        assert "Leave, stop or stay" not in shown(app)


# --- leaving ----------------------------------------------------------------------------------


async def test_leaving_lets_the_run_go_on_and_says_so(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("q")
    assert app.return_code == 0
    assert app.closing_words == (
        "The run goes on without this screen: iml-tui ./ferry shows it again."
    )
    assert asked(running) == []


async def test_leaving_after_the_end_says_where_the_submission_lies(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("q")
    assert "ferry/pipeline/submission.csv is ready" in app.closing_words


async def test_ctrl_c_asks_and_enter_only_leaves(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+c")
        assert "Leave this screen?" in shown(app)
        await press(pilot, "escape")
        assert "Leave this screen?" not in shown(app)
        await pilot.press("ctrl+c", "enter")
        await pilot.pause()
    assert "goes on without this screen" in app.closing_words
    assert asked(running) == []


async def test_ctrl_c_and_s_asks_the_engine_to_stop(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c", "s")
        await pilot.pause()
    assert asked(running) == ["stop"]
    assert "iml-tui ./ferry goes on with it" in app.closing_words


async def test_ctrl_c_after_the_end_leaves_at_once(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c")
    assert "The run is over" in app.closing_words


def asked(place: Place) -> list[str]:
    """What viewers asked of the engine."""
    reader = JournalReader(place.state_dir)
    rows = reader.undecided(set())
    reader.close()
    return [str(decision.choice["do"]) for decision in rows]


async def test_a_finished_run_is_only_shown_until_a_wish_has_an_edit_checked(root: Path) -> None:
    place = replay("ferry", root)
    model = place.workspace / "tracks" / "baseline" / "model.py"
    model.write_text(f"{model.read_text(encoding='utf-8')}\n# mine\n", encoding="utf-8")
    begun: list[bool] = []

    def start(place: Place, settings: Settings, new: bool, looking: bool) -> bool:
        begun.append(looking)
        return start_engine(place, settings, new=new, looking=looking) if looking else False

    app = ImlApp(place, Settings(), start=start)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "R checks and scores your edit of baseline/model.py." in row(app, 1)
        assert "R check it" in shown(app).splitlines()[-1]
        assert "done in" in row(app, 0)
        await press(pilot, "R")
    assert begun == [True, False]


async def test_a_pause_is_told_where_the_state_of_the_run_stands(running: Place) -> None:
    journal = Journal(running.state_dir)
    journal.append(
        DecisionTaken(gate="pause/1", choice={"do": "pause"}, by="anna", outcome="Paused.")
    )
    journal.close()
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "‖ paused" in row(app, 0)
        assert "the run goes on" not in await press(pilot, "left_square_bracket")


# --- bad luck ---------------------------------------------------------------------------------


async def test_a_dead_engine_is_said_and_r_starts_it_again(root: Path) -> None:
    place = replay("ferry", root, upto=MIDDLE)
    starts = []

    def start(_place: Place, _settings: Settings, _new: bool, _looking: bool) -> bool:
        starts.append(1)
        return False

    app = ImlApp(place, Settings(), start=start)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "engine gone" in row(app, 0)
        assert "R starts it again" in row(app, 1)
        await press(pilot, "R")
        assert len(starts) == 2


async def test_an_engine_that_dies_while_it_is_watched_is_noticed(root: Path) -> None:
    place = replay("ferry", root, upto=MIDDLE)
    log = place.state_dir / "engine.log"
    log.write_text("Fatal Python error: [x]\n", encoding="utf-8")
    lock = EngineLock(place.state_dir)
    lock.take()
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "running" in row(app, 0)
        await pilot.press("ctrl+c")
        assert "the run goes on" in shown(app)
        lock.release()
        for _ in range(100):
            await pilot.pause(0.02)
            if "engine gone" in row(app, 0):
                break
        await pilot.pause()
        assert "nothing is lost" in shown(app)
        assert "Fatal Python error: [x]" in shown(app)
        assert "the run goes on" not in shown(app)  # there is nothing left to leave or stop


@pytest.mark.parametrize("keys", [(), ("4",), ("5",), ("ctrl+c",), ("question_mark",)])
async def test_resizing_to_almost_nothing_and_back_breaks_nothing(
    running: Place, keys: tuple[str, ...]
) -> None:
    app = Viewer(running)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        for size in ((120, 36), (80, 24), (40, 10), (10, 3), (2, 1), (40, 10), (200, 50)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await settled(pilot)
        assert "ferry" in row(app, 0)


async def test_the_smallest_terminal_shows_state_score_and_pane(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(40, 10)) as pilot:
        await settled(pilot)
        assert row(app, 0).startswith(" ferry")
        assert "baseline" in shown(app)


async def test_a_terminal_without_utf8_gets_ascii(
    running: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        picture = app.export_screenshot()
    assert picture.isascii()


async def test_a_workspace_that_is_deleted_does_not_take_the_screen_with_it(
    running: Place,
) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        (running.state_dir / "journal.db").unlink()
        (running.workspace / ".git" / "HEAD").unlink()
        await press(pilot, "6", "j", "enter", "5", "2")
        assert "ferry" in row(app, 0)
        assert "R restart" not in await press(pilot, "R")  # from what?
