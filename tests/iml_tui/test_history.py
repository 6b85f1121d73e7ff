"""The History pane: every round and deed in words, comparing two, going back, a thousand rounds."""

import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents import api
from agents.api import Place
from agents.journal.choices import Back
from agents.journal.store import JournalReader
from agents.lock import EngineLock
from agents.workspace.message import CommitMessage
from agents.workspace.repository import Repository
from iml_tui.app import ImlApp
from iml_tui.looking_back.rounds import Past
from iml_tui.screens.go_back import GoBackDialog
from iml_tui.widgets.history import HistoryPane
from tests.long_run import long_run
from tests.picture import Viewer, settled, shown
from tests.replay import replay

ROUNDS = 400


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return long_run(tmp_path_factory.mktemp("many"), ROUNDS)


@pytest.fixture
def running(root: Path) -> Iterator[Place]:
    """A recorded run in its middle, with an engine that holds the lock."""
    place = replay("ferry", root, upto="proposal-rejected")
    lock = EngineLock(place.state_dir)
    assert lock.take()
    yield place
    lock.release()


async def press(pilot: Pilot[None], *keys: str) -> str:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, ImlApp)
    return shown(app)


def line_of(text: str, words: str) -> str:
    return next(row for row in text.splitlines() if words in row)


# --- every round -----------------------------------------------------------------------------


async def test_a_round_says_its_verdict_score_decision_and_author(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(160, 36)) as pilot:
        await settled(pilot)
        text = await press(pilot, "6")
    assert "○ traditional 2" in text
    assert "not kept" in line_of(text, "○ traditional 2")
    assert "recipe" in line_of(text, "○ traditional 2")
    assert "same" in line_of(text, "○ traditional 2")
    assert "kept" in line_of(text, "traditional 1")
    assert "start" in text


def test_git_log_tells_the_same_story(root: Path) -> None:
    place = replay("ferry", root)
    state = api.state_of(place)
    commits = {commit.id: commit for commit in api.history(place)}
    told = [entry for entry in Past(state) if state.moment(entry.key) is not None]
    for entry in told:
        assert entry.commit is not None
        commit = commits[entry.commit]
        assert commit.trailers["Track"] == entry.track
        assert f"{entry.track} {commit.trailers['Round']}".startswith(entry.name)
        assert (commit.ref is None) == (entry.decision[0] == "kept")
        assert entry.change in commit.subject
    in_git = [one for one in commits.values() if "Round" in one.trailers and one.ref is None]
    kept = {entry.commit for entry in told if entry.decision[0] == "kept"}
    assert kept == {one.id for one in in_git}


async def test_one_track_alone_and_all_again(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        pane = app.screen.query_one(HistoryPane)
        assert "baseline" in await press(pilot, "6", "f")
        assert pane.only == "baseline"
        assert "traditional" not in shown(app).split("5 Log")[0].split("baseline only")[1]
        await press(pilot, "escape")
        assert "traditional 2" in shown(app)


async def test_a_search_goes_from_match_to_match(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        pane = app.screen.query_one(HistoryPane)
        await press(pilot, "6", "slash", *"recipe", "enter")
        first = pane.at
        await press(pilot, "n")
        assert pane.at != first
        await press(pilot, "N")
        assert pane.at == first


# --- two beside each other --------------------------------------------------------------------


async def test_two_rounds_are_compared_row_by_row_and_line_by_line(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        text = await press(pilot, "6", "x", "j", "x")
    assert "Compare  A traditional 1  with  B traditional 2" in text
    paired = api.state_of(app.place).chronicle.between
    first, second = (api.state_of(app.place).moment(f"traditional/{one}") for one in (1, 2))
    assert first is not None
    assert second is not None
    told = paired(second.program, first.program)
    assert told is not None
    assert f"{told.difference:+.4f} ±{told.error:.4f}" in line_of(text, "row by row")
    assert line_of(text, "boosting  to  linear").split()[0] == "plan"
    files = line_of(text, " files ")
    assert "model.py +" in files
    assert "preprocess.py" in files
    assert line_of(text, "  B ○ traditional 2")


async def test_a_comparison_has_the_whole_screen_and_gives_it_back(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        text = await press(pilot, "6", "x", "j", "x")
        assert "Compare  A traditional 1  with  B traditional 2" in text
        assert "1 Tracks" not in text
        assert "1 Tracks" in await press(pilot, "escape")


async def test_what_a_round_changed_is_one_key(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        text = await press(pilot, "6", "d")
        assert "A traditional 1  with  B traditional 2" in text
        text = await press(pilot, "escape")
        assert "Compare" not in text
        assert app.screen.query_one(HistoryPane).at == "traditional/2"


# --- going back -------------------------------------------------------------------------------


async def test_going_back_shows_what_changes_and_is_decided_once_by_yes(running: Place) -> None:
    second_kept(running)
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        pane = app.screen.query_one(HistoryPane)
        await press(pilot, "6")
        pane.mark("traditional/1")
        text = await press(pilot, "z")
        assert isinstance(app.screen, GoBackDialog)
        assert "Go back to traditional 1?" in text
        assert "model.py        +" in text
        assert "traditional 2 stays in the history" in text
        await press(pilot, "escape")
        assert decisions(running) == []
        await press(pilot, "z")
        await press(pilot, "y")
    (row,) = decisions(running)
    assert Back.model_validate(row) == Back(track="traditional", to=first_commit(running))


async def test_a_round_that_was_never_kept_is_nothing_to_go_back_to(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "6", "z")
        assert not isinstance(app.screen, GoBackDialog)


async def test_going_back_to_what_stands_is_for_edits_of_ones_own(root: Path) -> None:
    place = replay("ferry", root)
    lay_out(place)
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "6")
        app.screen.query_one(HistoryPane).mark("traditional/1")
        assert "going back would change nothing" in await press(pilot, "z")
        with (place.workspace / "tracks/traditional/model.py").open("a") as file:
            file.write("# mine\n")
        text = await press(pilot, "z")
        assert isinstance(app.screen, GoBackDialog)
        assert re.search(r"model.py +\+0 -1", text)
        assert "Your own edits (traditional/model.py) are saved first" in text


def lay_out(place: Place) -> None:
    """The files of a recorded run into its working tree."""
    subprocess.run(["git", "-C", place.workspace, "checkout", "-q", "-f", "main"], check=True)


def second_kept(place: Place) -> None:
    """The recorded run as if round 2 had been kept on top of round 1."""
    moment = api.state_of(place).moment("traditional/2")
    assert moment is not None
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    message = CommitMessage(at=at, subject="draft(traditional): round 2", track="traditional")
    program: dict[str, bytes | None] = {"tracks/traditional/model.py": b"depth = 6\n"}
    commit = Repository(place.workspace).accept(program, message)
    database = sqlite3.connect(place.state_dir / "journal.db")
    query = "SELECT seq, body FROM events WHERE kind='proposal-rejected'"
    ((seq, body),) = database.execute(query).fetchall()
    told = json.loads(body)
    told |= {"kind": "proposal-accepted", "program": moment.program, "subject": "round 2"}
    told |= {"commit": commit}
    del told["reason"]
    sql = "UPDATE events SET kind='proposal-accepted', body=? WHERE seq=?"
    database.execute(sql, (json.dumps(told), seq))
    database.commit()
    database.close()


def first_commit(place: Place) -> str:
    moment = api.state_of(place).moment("traditional/1")
    assert moment is not None
    assert moment.commit is not None
    return moment.commit


def decisions(place: Place) -> list[dict[str, object]]:
    reader = JournalReader(place.state_dir)
    rows = [row.choice for row in reader.undecided(set())]
    reader.close()
    return [dict(row) for row in rows]


# --- hundreds of rounds -----------------------------------------------------------------------


async def test_of_hundreds_of_rounds_only_those_in_sight_are_drawn(
    many: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(many.competition)
    state = api.state_of(many)
    assert len(state.moments) > ROUNDS
    app = Viewer(many)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "6")
        pane = app.screen.query_one(HistoryPane)
        pane.action_move(1)
        pane.action_page(1)
        pane.rebuild()
        await press(pilot, "end")
        assert "start" in shown(app)
        drawn = [row for row in pane._rows if "content" in vars(row)]
        assert len(drawn) < 120
