"""What somebody reads in the Code pane stays, and what they edited is followed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.api import Connection, Place
from agents.journal import events as facts
from agents.journal.events import Event
from agents.journal.store import Journal
from agents.lock import EngineLock
from agents.workspace.repository import Repository
from iml_tui.app import ImlApp
from iml_tui.widgets.code import CodePane
from iml_tui.words.own_edits import told_at_once
from tests.iml_tui import runs
from tests.picture import Viewer, press, settled, shown
from tests.replay import replay

SIZE = (120, 36)
READ, LATER = "traditional/3", "traditional/4"
MODEL = "tracks/traditional/model.py"


@pytest.fixture
def later(tmp_path: Path) -> list[Event]:
    """What the recorded run tells after its third program was written."""
    connection = Connection(replay("repair", tmp_path / "whole"))
    told = [fact.event for fact in connection.new()]
    connection.close()
    third = [one for one in told if isinstance(one, facts.ProposalMade)][1]
    return told[told.index(third) + 1 :]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The run as its third program was written; an engine holds the lock."""
    monkeypatch.chdir(tmp_path)
    place = replay("repair", tmp_path, upto="proposal-made", skip=1)
    lock = EngineLock(place.state_dir)
    assert lock.take()
    yield place
    lock.release()


def code_of(app: ImlApp) -> CodePane:
    return app.bench.query_one(CodePane)


def tell(place: Place, told: list[Event], last: type[Event]) -> None:
    """Goes on with the run until a fact of a kind."""
    journal = Journal(place.state_dir)
    for event in told:
        journal.append(event)
        if isinstance(event, last):
            break
    journal.close()


def header(app: ImlApp) -> str:
    return "".join(part.text for part in code_of(app).render_line(0))


@pytest.mark.parametrize("keys", [("4",), ("space",), ("slash", *"fit", "enter")])
async def test_what_is_read_stays_whatever_is_written_meanwhile(
    running: Place, later: list[Event], keys: tuple[str, ...]
) -> None:
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        assert app.bench.selected == READ
        top = code_of(app).scroll_offset.y
        tell(running, later, facts.ProposalMade)
        while "is newer" not in header(app):
            await pilot.pause(0.02)
        await settled(pilot)
        assert "traditional, round 3" in header(app)
        assert "round 4 is newer" in header(app)
        assert code_of(app).scroll_offset.y == top
        text = await press(pilot, *(["escape"] * (2 if "slash" in keys else 1)))
        assert "4 Code  traditional, round 4" in text
        assert "newer" not in header(app)


async def test_whoever_reads_nothing_sees_what_is_written_last(
    running: Place, later: list[Event]
) -> None:
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "4 Code  traditional, round 3" in shown(app)
        tell(running, later, facts.ProposalMade)
        while "round 4" not in header(app):
            await pilot.pause(0.02)


async def test_a_click_on_what_is_newer_leads_there(running: Place, later: list[Event]) -> None:
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        tell(running, later, facts.ProposalMade)
        while "is newer" not in header(app):
            await pilot.pause(0.02)
        await pilot.click(code_of(app), offset=(header(app).index("is newer"), 0))
        await settled(pilot)
        assert app.bench.selected == LATER


async def test_a_proposal_that_is_kept_meanwhile_stays_where_it_is_read(
    running: Place, later: list[Event]
) -> None:
    tell(running, later, facts.ProposalMade)
    rest = later[[isinstance(one, facts.ProposalMade) for one in later].index(True) + 1 :]
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "d", "pagedown")
        top, before = code_of(app).scroll_offset.y, code_of(app).sources
        assert top
        assert before is not None
        tell(running, rest, facts.ProposalAccepted)
        while (now := code_of(app).sources) is None or now.commit == before.commit:
            await pilot.pause(0.02)
        await settled(pilot)
        assert code_of(app).mode == "file"
        assert code_of(app).scroll_offset.y == top


async def test_a_persons_edit_is_followed_to_its_round_and_shown_as_a_change(
    running: Place, later: list[Event]
) -> None:
    tell(running, later, facts.RunFinished)
    repository = Repository(running.workspace)
    before = repository.read(repository.tip(), MODEL)
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        app.bench.edited("traditional")
        edit = repository.commit_user_edits({MODEL: before + b"# mine\n"}, datetime.now(UTC))
        assert edit is not None
        told: list[Event] = [
            facts.UserEdited(commit=edit.commit, paths=(MODEL,)),
            facts.RoundStarted(
                track="traditional", round=5, candidate="own", what=f"your edit {edit.commit[:7]}"
            ),
            facts.ProposalMade(
                track="traditional", round=5, candidate="own", commit=edit.commit, program="x"
            ),
        ]
        tell(running, told, facts.ProposalMade)
        while "round 5" not in header(app):
            await pilot.pause(0.02)
        await settled(pilot)
        assert "change 1 of 1" in header(app)
        assert "+ # mine" in shown(app)


def test_what_became_of_an_edit_is_told_at_once() -> None:
    begun = facts.RoundStarted(
        track="traditional", round=1, candidate="own", what="your edit 1234567"
    )
    state = runs.state_after((*runs.STATED, begun))
    kept = facts.ProposalAccepted(
        track="traditional", round=1, candidate="own", program="x", commit="c" * 40, subject="s"
    )
    assert told_at_once(kept, state) == (
        "Your edit of traditional passes and is its program from now on."
    )
    assert told_at_once(kept.model_copy(update={"round": 2}), state) == ""
    assert told_at_once(facts.Noticed(text="It does not pass.", serious=True), state)
    assert told_at_once(facts.Noticed(text="Something."), state) == ""


# --- searching ------------------------------------------------------------------------------------


def written(place: Place, text: str) -> None:
    """The newest program of the run, its model this text."""
    repository = Repository(place.workspace)
    edit = repository.commit_user_edits({MODEL: text.encode()}, datetime.now(UTC))
    assert edit is not None
    own = {"track": "traditional", "round": 5, "candidate": "own"}
    begun = facts.RoundStarted(what="a program", **own)
    made = facts.ProposalMade(commit=edit.commit, program="x", **own)
    tell(place, [begun, made], facts.ProposalMade)


async def test_a_match_is_shown_wherever_it_stands(running: Place) -> None:
    far = "x = 1  # " + "far " * 40 + "needle"
    written(running, "\n".join([far, *["pass"] * 60, "needle()", "needle()", *["pass"] * 60]))
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        code_of(app).show_place("model.py", 1)
        await press(pilot, "slash", *"needle", "enter")
        assert "needle" in shown(app)
        assert code_of(app).left > 0
        await press(pilot, "n")
        found, rows = code_of(app).found, shown(app).splitlines()
        assert found is not None
        assert (found.at, found.total, code_of(app).left) == (2, 3, 0)
        at = next(index for index, one in enumerate(rows) if "needle()" in one)
        assert "pass" in rows[at - 1]
        assert "pass" in rows[at - 5]
        await press(pilot, "N", "w")
        found = code_of(app).found
        assert found is not None
        assert found.total == 3  # in how many rows a line stands does not matter


async def test_a_search_passes_by_the_numbers_of_lines(running: Place) -> None:
    written(running, "\n".join(["pass"] * 30))
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        code_of(app).show_place("model.py", 1)
        await press(pilot, "slash", *"12", "enter")
        strips = [code_of(app).render_line(y) for y in range(1, 30)]
        lit = [part.text for strip in strips for part in strip if part.style and part.style.bold]
        found = code_of(app).found
    assert found is not None
    assert found.total == 0
    assert not any("12" in text for text in lit)


async def test_in_the_files_a_search_goes_from_file_to_file(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4", "f", "slash", *"model.py", "enter")
        code = code_of(app)
        paths = [leaf.path for leaf in code.leaves if leaf.path]
        assert code.found is not None
        assert code.found.total == sum("model.py" in path for path in paths)
        first = paths[code.leaf]
        await press(pilot, "n")
        second = paths[code.leaf]
        assert first.endswith("model.py")
        assert second.endswith("model.py")
        assert first != second
        await press(pilot, "enter")
        assert code.path_shown == second
