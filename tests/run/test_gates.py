"""Gates on a real journal: who waits, who answers, what a restart finds."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from agents.journal import events
from agents.journal.choices import POLICY, Answer, Finish, Mode, as_row
from agents.journal.events import Event, GateOpened
from agents.journal.folding import fold
from agents.journal.store import DecisionRow, Journal, JournalReader
from agents.run.building import STOPPED, TIME_OVER
from agents.run.decisions.shown import TAKEN
from agents.run.facts import Facts
from agents.run.gates import Gates
from agents.run.pace import Pace

GATE = GateOpened(
    gate="traditional-3",
    topic="proposal",
    about="smooth",
    question="Keep round 3?",
    options=("keep", "undo"),
    default="keep",
    track="traditional",
    round=3,
)


class Desk:
    """The gates of one engine on a journal."""

    def __init__(self, journal: Journal, mode: Mode) -> None:
        self.mode = mode
        self.facts = Facts(journal)
        self.pace = Pace(journal)
        self.gates = Gates(self.facts, self.pace, lambda: self.mode)

    def answer(self, option: str, *, why: str = "") -> None:
        choice = as_row(Answer(option=option, why=why))
        row = DecisionRow(gate=GATE.gate, choice=choice, by="a test", at=1.0)
        self.gates.take(row, f"{option}, as you say.")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path)
    journal.start_run()
    yield journal
    journal.close()


async def test_policy_answers_at_once_in_mode_auto_and_a_person_may_still_differ(
    journal: Journal,
) -> None:
    desk = Desk(journal, "auto")
    desk.gates.open(GATE)

    verdict = await desk.gates.answered(GATE.gate)
    assert verdict is not None
    assert (verdict.option, verdict.by) == ("keep", POLICY)
    assert desk.facts.state.open_gates == ()
    assert GATE.gate not in desk.facts.state.taken
    decided = desk.facts.state.gates[GATE.gate].decided
    assert decided is not None  # whether it is kept was not known then
    assert decided.outcome.endswith("mode auto: it is kept only if it passes and is better.")

    desk.answer("undo", why="too slow")
    verdict = desk.gates.verdict(GATE.gate)
    assert verdict is not None
    assert (verdict.option, verdict.why, verdict.by) == ("undo", "too slow", "a test")


async def test_in_mode_review_it_goes_on_and_the_gate_stays_open(journal: Journal) -> None:
    desk = Desk(journal, "review")
    desk.gates.open(GATE)

    assert await desk.gates.answered(GATE.gate) is None
    assert desk.facts.state.open_gates == (GATE,)
    assert not desk.pace.rests


async def test_in_mode_ask_only_who_asks_waits_and_the_clock_rests(journal: Journal) -> None:
    desk = Desk(journal, "ask")
    desk.gates.open(GATE)
    asking = asyncio.create_task(desk.gates.answered(GATE.gate))
    await asyncio.sleep(0.05)
    assert not asking.done()
    assert desk.pace.rests

    desk.answer("undo")

    verdict = await asking
    assert verdict is not None
    assert verdict.option == "undo"
    assert not desk.pace.rests


async def test_another_mode_frees_what_waits(journal: Journal) -> None:
    desk = Desk(journal, "ask")
    desk.gates.open(GATE)
    asking = asyncio.create_task(desk.gates.answered(GATE.gate))
    await asyncio.sleep(0.05)

    desk.mode = "auto"
    desk.gates.close_all()

    verdict = await asking
    assert verdict is not None
    assert verdict.by == POLICY


@pytest.mark.parametrize("mode", get_args(Mode))
async def test_a_restart_finds_the_same_gates_and_the_answer_from_before(
    journal: Journal, mode: Mode
) -> None:
    desk = Desk(journal, mode)
    desk.gates.open(GATE)
    desk.answer("undo", why="no")
    seq = desk.facts.state.seq

    again = Desk(journal, mode)
    again.gates.open(GATE)

    verdict = await again.gates.answered(GATE.gate)
    assert verdict is not None
    assert (verdict.option, verdict.why) == ("undo", "no")
    assert again.facts.state.seq == seq, "a restart said something twice"


async def test_the_second_of_two_answers_is_not_taken(journal: Journal, tmp_path: Path) -> None:
    desk = Desk(journal, "review")
    desk.gates.open(GATE)
    first, second = JournalReader(tmp_path), JournalReader(tmp_path)

    assert first.decide(GATE.gate, as_row(Answer(option="undo")), "one")
    assert not second.decide(GATE.gate, as_row(Answer(option="keep")), "another")

    [row] = first.undecided(set())
    assert row.choice["option"] == "undo"
    first.close()
    second.close()


async def test_gates_of_a_later_run_have_names_of_their_own(journal: Journal) -> None:
    first = Desk(journal, "review").gates.name("traditional", 3)
    journal.start_run()
    second = Desk(journal, "review").gates.name("traditional", 3)

    assert (first, second) == ("traditional-3", "2.traditional-3")


async def test_a_viewer_sees_the_gate_and_what_became_of_it(journal: Journal) -> None:
    desk = Desk(journal, "review")
    desk.gates.open(GATE)
    assert fold(journal.recorded()).gates[GATE.gate].answerable

    desk.answer("keep")

    state = fold(journal.recorded())
    assert not state.gates[GATE.gate].answerable
    assert state.open_gates == ()
    assert GATE.gate in state.taken


# --- rounds that end --------------------------------------------------------------------------

ABOUT = {"track": "traditional", "round": 3, "candidate": "smooth"}
STARTED = events.RoundStarted.model_validate({**ABOUT, "what": "smooth"})
FAULT = {"kind": "syntax", "component": "model.py", "message": "no"}


def rejected(reason: str) -> Event:
    return events.ProposalRejected.model_validate({**ABOUT, "commit": None, "reason": reason})


ENDS: dict[str, tuple[tuple[Event, ...], str]] = {
    "it failed": (
        (
            events.FaultFound.model_validate({**ABOUT, "fault": FAULT}),
            rejected("syntax: no"),
        ),
        "syntax: no",
    ),
    "it was no better": ((rejected("not better than linear"),), "not better than linear"),
    "its track was stopped": ((rejected(STOPPED),), STOPPED),
    "the time was over": ((rejected(TIME_OVER),), TIME_OVER),
    "the best was taken": ((rejected(TAKEN),), TAKEN),
    "the person went back behind it": (
        (
            events.RoundStarted.model_validate({**ABOUT, "round": 1, "what": "first"}),
            events.WentBack(track="traditional", to="traditional/1", commit="c"),
        ),
        "you went back behind it, to traditional/1",
    ),
}


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("how", ENDS)
async def test_a_round_that_ends_without_an_answer_closes_its_gate_with_the_reason(
    journal: Journal, how: str, mode: Mode
) -> None:
    desk = Desk(journal, mode)
    desk.facts.tell(STARTED)
    desk.gates.open(GATE)
    told, reason = ENDS[how]
    for event in told:
        desk.facts.tell(event)

    gate = fold(journal.recorded()).gates[GATE.gate]
    assert gate.closed == reason
    assert not gate.answerable
    assert desk.facts.state.open_gates == ()
    async with asyncio.timeout(1.0):  # in mode `ask` too
        await Desk(journal, mode).gates.answered(GATE.gate)


async def test_an_answer_that_was_given_in_time_stays(journal: Journal) -> None:
    desk = Desk(journal, "ask")
    desk.facts.tell(STARTED)
    desk.gates.open(GATE)
    desk.answer("keep")
    desk.facts.tell(rejected("not better than linear"))

    gate = desk.facts.state.gates[GATE.gate]
    assert gate.closed == ""
    assert desk.gates.verdict(GATE.gate) is not None


async def test_another_round_of_the_track_leaves_a_gate_open(journal: Journal) -> None:
    desk = Desk(journal, "review")
    desk.gates.open(GATE)
    other = {**ABOUT, "round": 4, "commit": None, "reason": "no"}
    desk.facts.tell(events.ProposalRejected.model_validate(other))

    assert desk.facts.state.open_gates == (GATE,)


async def test_who_takes_the_best_there_is_waits_at_no_gate(journal: Journal) -> None:
    desk = Desk(journal, "ask")
    desk.gates.open(GATE)
    asking = asyncio.create_task(desk.gates.answered(GATE.gate))
    await asyncio.sleep(0.05)
    finish = events.DecisionTaken(
        gate="finish/1", choice=as_row(Finish()), by="a test", outcome="The best is taken."
    )
    desk.facts.append(finish)
    desk.gates.wake()

    assert await asking is None
    assert desk.gates.left_unanswered(GATE.gate)


async def test_an_answer_that_cannot_be_carried_out_says_nothing(journal: Journal) -> None:
    desk = Desk(journal, "review")
    desk.gates.open(GATE)
    refused = events.DecisionTaken(
        gate=GATE.gate,
        choice=as_row(Answer(option="keep", hunks=(7,))),
        by="a test",
        outcome="There is no change 7.",
        refused=True,
    )
    desk.facts.append(refused)

    assert desk.gates.verdict(GATE.gate) is None


PACKAGE = GateOpened(
    gate="install-smooth-sums",
    topic="package",
    about="smooth-sums",
    question="Install smooth-sums?",
    options=("install", "without"),
    default="without",
)


async def test_an_installation_is_waited_for_in_mode_review_too_and_only_while_the_run_goes_on(
    journal: Journal,
) -> None:
    desk = Desk(journal, "review")
    desk.gates.open(PACKAGE)
    waiting = asyncio.create_task(
        desk.gates.answered(PACKAGE.gate, waiting_in=("review", "ask")), name="waiting"
    )
    await asyncio.sleep(0)
    assert not waiting.done()

    row = DecisionRow(
        gate=PACKAGE.gate, choice=as_row(Answer(option="install")), by="a test", at=1.0
    )
    desk.gates.take(row, "It is installed.")

    verdict = await waiting
    assert verdict is not None
    assert verdict.option == "install"


def test_what_an_option_says_beforehand_is_asked_in_no_mode(journal: Journal) -> None:
    desk = Desk(journal, "ask")
    desk.gates.open(PACKAGE.model_copy(update={"default": "install"}), settled="as --install says")

    verdict = desk.gates.verdict(PACKAGE.gate)

    assert verdict is not None
    assert (verdict.option, verdict.by) == ("install", POLICY)
