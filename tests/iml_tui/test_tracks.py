"""The Tracks pane: the tree and its folds, why one won, curves, costs, stopping a track."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import api
from agents.api import Place
from agents.journal import events as facts
from agents.journal.choices import StopTrack
from agents.journal.folding import fold
from agents.journal.state import State
from agents.journal.store import JournalReader
from agents.lock import EngineLock
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import ChoiceDialog
from iml_tui.widgets import costs, why
from iml_tui.widgets.tracks import TracksPane
from iml_tui.widgets.tree import Folds, tree
from tests.iml_tui import runs
from tests.iml_tui.runs import BUILDING, round_of, state_after, submitted
from tests.picture import Viewer, press, settled
from tests.replay import replay


@pytest.fixture
def running(root: Path) -> Iterator[Place]:
    """A recorded run while its second round is at work."""
    place = replay("ferry", root, upto="candidate-scored", skip=4)
    lock = EngineLock(place.state_dir)
    assert lock.take()
    yield place
    lock.release()


def lines(*events: object, width: int = 78, mode: str = "review") -> list[str]:
    """The tree after some facts."""
    settings = facts.SettingsChanged(settings={"mode": mode}, changed=("mode",))
    state = state_after([*BUILDING, settings, *events])  # type: ignore[list-item]
    place = Place(competition=Path("/c"), workspace=Path("/c/pipeline"))
    scene = Scene(place=place, state=state, active=state.active)
    return [row.content.plain.rstrip() for row in tree(scene, width, Folds())]


def gate(number: int = 1) -> facts.GateOpened:
    return facts.GateOpened(
        gate=f"traditional-{number}",
        topic="proposal",
        about="boosting",
        question="Keep it?",
        options=("keep", "undo"),
        default="keep",
        track="traditional",
        round=number,
        commit="c" * 40,
        base="b" * 40,
    )


# --- the tree ---------------------------------------------------------------------------------


def test_a_repair_is_to_look_at_and_in_ask_mode_its_track_waits() -> None:
    begun = round_of("traditional", "boosting", "sample")
    looked = lines(*begun, gate())
    assert any(row.startswith("  ! traditional") for row in looked)
    assert any("1 boosting recipe" in row and row.endswith("to look at") for row in looked)
    asked = lines(*begun, gate(), mode="ask")
    assert any(row.endswith("waits for you") for row in asked)
    answered = facts.DecisionTaken(
        gate="traditional-1", choice={"do": "answer", "option": "keep"}, by="ada", outcome="kept"
    )
    assert not any("!" in row for row in lines(*begun, gate(), answered))


def test_the_ensemble_says_what_it_comes_after() -> None:
    rows = lines(*round_of("traditional", "boosting", "sample"))
    assert any("ensemble" in row and row.endswith("after 1 track") for row in rows)


def test_a_stopped_track_says_so() -> None:
    stopped = facts.DecisionTaken(
        gate="stop-track/1",
        choice={"do": "stop-track", "track": "traditional"},
        by="ada",
        outcome="traditional stops",
    )
    rows = lines(*submitted(), *round_of("traditional", "boosting", "sample"), stopped)
    assert any(row.startswith("  ● traditional") and row.endswith("stopped") for row in rows)


def test_many_rounds_are_folded_to_the_latest() -> None:
    many = [one for number in range(1, 12) for one in round_of("traditional", "b", number=number)]
    rows = lines(*many)
    assert any("… 5 earlier" in row for row in rows)
    assert not any(" 3 b recipe" in row for row in rows)


async def test_rounds_are_unfolded_and_folded_by_arrows(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "boosting recipe" not in await press(pilot, "1")
        app.screen.query_one(TracksPane).mark("traditional")
        text = await press(pilot, "right")
        assert "1 boosting recipe" in text
        assert "2 linear recipe" in text
        text = await press(pilot, "left")
        assert "boosting recipe" not in text


async def test_enter_on_a_round_opens_its_code_and_l_its_log(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "1")
        pane = app.screen.query_one(TracksPane)
        pane.mark("traditional")
        await press(pilot, "right")
        pane.mark("traditional/2")
        assert "linear recipe" in await press(pilot, "enter")
        await press(pilot, "1")
        pane.mark("traditional")
        text = await press(pilot, "l")
        assert "traditional" in text
        assert app.screen.focused is not None
        assert app.screen.focused.id == "log"


# --- the other modes --------------------------------------------------------------------------


async def test_why_one_won_names_every_program_beside_the_best(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        text = await press(pilot, "1", "w")
        assert "why boosting won" in text
        state = api.state_of(app.place)
        ahead = state.card.ahead if state.card is not None else None
        assert ahead is not None
        row = next(row for row in text.splitlines() if " linear " in row and "±" in row)
        assert f"{abs(ahead.difference):.4f} ±{ahead.error:.4f}" in row
        assert "not better than boosting" in row
        assert "whose answers no program could see" in text
        assert "Best so far" in text
        text = await press(pilot, "escape")
        assert "why boosting won" not in text
        assert "Data looked at" in text


def test_a_name_never_gives_way_to_a_number_the_error_of_a_score_does() -> None:
    scored = facts.CandidateScored(
        track="traditional", round=1, candidate="linear", program="p", score=runs.score()
    )
    ended = facts.TrackEnded(track="traditional", state="unfinished")
    events = (*BUILDING, *round_of("traditional", "linear", "sample"), *submitted(), scored, ended)
    place = Place(competition=Path("ferry"), workspace=Path("ferry/pipeline"))
    scene = Scene(place, state_after(events))
    (row,) = (one.content.plain for one in tree(scene, 41, Folds()) if one.key == "traditional")
    assert "traditional 0.8105  " in row
    assert row.endswith(" not finished")


@pytest.mark.parametrize("name", ["ferry", "boats", "repair"])
def test_why_names_the_leader_at_every_moment_of_a_run(root: Path, name: str) -> None:
    place = replay(name, root)
    state, led = State(), 0
    for recorded in api.Connection(place).new(settled=True):
        state = fold([recorded], state)
        best = Scene(place, state).best
        if best is not None:
            led += 1
            assert str(best.candidate) in why.title(Scene(place, state)), recorded.seq
    assert led > 20


async def test_the_card_leads_to_why(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "why boosting won" in await press(pilot, "w")
        assert "Blind score" in await press(pilot, "c")
        assert "recipes alone cost no tokens" in await press(pilot, "m")
        assert "Data looked at" in await press(pilot, "t")
        assert app.screen.query_one(TracksPane).mode == "tree"


async def test_other_panes_find_the_tree_again(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "1", "w")
        assert "Data looked at" in await press(pilot, "4")


# --- stopping ---------------------------------------------------------------------------------


async def test_a_track_is_stopped_after_a_yes(running: Place) -> None:
    app = Viewer(running)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "1")
        app.screen.query_one(TracksPane).mark("traditional")
        assert "Stop traditional?" in await press(pilot, "x")
        assert isinstance(app.screen, ChoiceDialog)
        await press(pilot, "escape", "x", "y")
    reader = JournalReader(running.state_dir)
    (row,) = reader.undecided(set())
    reader.close()
    assert StopTrack.model_validate(row.choice) == StopTrack(track="traditional")


async def test_what_is_not_at_work_cannot_be_stopped(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await press(pilot, "1", "x")
        assert not isinstance(app.screen, ChoiceDialog)


@pytest.mark.parametrize("width", [36, 58, 78, 118, 198])
def test_time_and_tokens_have_whole_columns_at_every_width(root: Path, width: int) -> None:
    place = replay("repair", root)
    state = api.state_of(place)
    page = [row.plain for row in costs.page(Scene(place=place, state=state), width)]
    assert all(len(row.rstrip()) <= width for row in page)
    assert not any("…" in row or "unknown" in row for row in page)  # the model has no price
    tokens = f"{state.spent.tokens:,}" if width < costs.WIDE else f"{state.spent.prompt_tokens:,}"
    assert any(row.startswith("in all") and tokens in row for row in page)
