"""The fold: what viewers know follows from the facts alone."""

import sys
from types import FrameType
from typing import Self

from agents.journal.events import (
    BlueprintWritten,
    CandidateScored,
    EngineStarted,
    EngineStopped,
    Event,
    FaultFound,
    PhaseStarted,
    ProgramEnded,
    ProposalAccepted,
    ProposalMade,
    ProposalRejected,
    Recorded,
    RoundStarted,
    RungPassed,
    RunStarted,
    StepAbandoned,
    StepFinished,
    StepStarted,
    SubmissionWritten,
    TrackEnded,
    WentBack,
)
from agents.journal.folding import Folding, apply, fold
from agents.journal.state import State
from agents.models import Blueprint, Fault, MetricChoice, Score, SplitPlan, SubmissionCheck

METRIC = MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default")
ENGINE = EngineStarted(version="0", pid=1, host="here", cores=2)
RUN = RunStarted(competition="/data", name="data", settings={})


def recorded(*events: Event) -> list[Recorded]:
    return [
        Recorded(seq=number, run=1, at=0.0, active=float(number), event=event)
        for number, event in enumerate(events, start=1)
    ]


def folded(*events: Event) -> State:
    return fold(recorded(*events))


def score(value: float) -> Score:
    return Score(value=value, error=0.01, rows=100, folds=(1, 2))


def a_round(number: int, name: str, value: float) -> list[Event]:
    track = "traditional"
    return [
        RoundStarted(track=track, round=number, candidate=name, what=f"{name} recipe"),
        ProposalMade(track=track, round=number, candidate=name, commit=f"p{number}", program=name),
        RungPassed(track=track, round=number, candidate=name, rung="sample"),
        CandidateScored(
            track=track, round=number, candidate=name, program=name, score=score(value)
        ),
    ]


def accepted(number: int, name: str) -> Event:
    return ProposalAccepted(
        track="traditional",
        round=number,
        candidate=name,
        program=name,
        commit=f"c{number}",
        subject="draft",
    )


def rejected(number: int, name: str) -> Event:
    return ProposalRejected(
        track="traditional", round=number, candidate=name, commit=f"p{number}", reason="worse"
    )


def test_a_journal_cut_off_anywhere_gives_a_state() -> None:
    events: list[Event] = [ENGINE, RUN, *a_round(1, "boosting", 0.8), accepted(1, "boosting")]
    for length in range(len(events) + 1):
        assert folded(*events[:length]).seq == length


def test_a_track_shows_its_accepted_program_while_another_is_tried() -> None:
    state = folded(
        RUN, *a_round(1, "boosting", 0.8), accepted(1, "boosting"), *a_round(2, "linear", 0.7)
    )
    track = state.tracks["traditional"]
    assert (track.candidate, track.round) == ("boosting", 2)
    assert track.score == score(0.8)


def test_a_rejected_round_stays_in_the_history_with_its_reason() -> None:
    state = folded(
        RUN,
        *a_round(1, "boosting", 0.8),
        accepted(1, "boosting"),
        *a_round(2, "linear", 0.7),
        rejected(2, "linear"),
    )
    assert [(moment.key, moment.mark) for moment in state.moments] == [
        ("traditional/1", "kept"),
        ("traditional/2", "rejected"),
    ]
    assert state.moments[1].reason == "worse"
    assert state.moments[1].rungs == ("sample",)


def test_a_round_with_a_fault_has_failed() -> None:
    fault = Fault(kind="syntax", component="model.py", message="invalid syntax")
    state = folded(
        RUN,
        *a_round(1, "boosting", 0.8)[:2],
        FaultFound(track="traditional", round=1, candidate="boosting", fault=fault),
        rejected(1, "boosting"),
    )
    assert state.moments[0].mark == "failed"
    assert state.moments[0].fault == fault


def test_going_back_brings_back_the_earlier_program_and_its_score() -> None:
    state = folded(
        RUN,
        *a_round(1, "boosting", 0.8),
        accepted(1, "boosting"),
        *a_round(2, "linear", 0.9),
        accepted(2, "linear"),
        WentBack(track="traditional", to="c1", commit="c3"),
    )
    track = state.tracks["traditional"]
    assert (track.candidate, track.program, track.commit) == ("boosting", "boosting", "c3")
    assert track.score == score(0.8)


def test_what_ran_when_an_engine_died_does_not_run_any_more() -> None:
    state = folded(ENGINE, RUN, StepStarted(path="fit", label="Fitting"), ENGINE)
    assert state.running == {}
    assert state.mark == "running"


def test_finished_and_abandoned_steps_are_not_running() -> None:
    state = folded(
        RUN,
        StepStarted(path="a", label="A"),
        StepStarted(path="b", label="B"),
        StepStarted(path="c", label="C"),
        StepFinished(path="a", digest="", result=None, seconds=1.0),
        StepAbandoned(path="b"),
    )
    assert list(state.running) == ["c"]


def test_phases_follow_each_other_and_repeat_nothing() -> None:
    state = folded(
        RUN,
        PhaseStarted(phase="look"),
        PhaseStarted(phase="plan"),
        PhaseStarted(phase="look"),
    )
    assert [(phase.phase, phase.ended) for phase in state.phases] == [("look", 3.0), ("plan", None)]


def test_the_time_of_the_first_submission_is_kept() -> None:
    check = SubmissionCheck(valid=True, rows=10)
    first = SubmissionWritten(candidate="baseline", check=check, score=score(0.7))
    second = SubmissionWritten(candidate="boosting", check=check, score=score(0.8))
    state = folded(RUN, first, second)
    assert state.first_submission_at == 2.0
    assert state.submission is not None
    assert state.submission.candidate == "boosting"


def test_a_new_run_begins_with_nothing_of_the_last() -> None:
    state = folded(ENGINE, RUN, *a_round(1, "boosting", 0.8), EngineStopped(reason="finished"), RUN)
    assert state.moments == ()
    assert state.mark == "running"


def test_declined_tracks_are_shown_with_their_reason() -> None:
    split = SplitPlan(splitter="random", folds=5, seed=7)
    blueprint = Blueprint(
        version=1,
        summary="",
        candidates=(),
        split=split,
        metric=METRIC,
        declined={"neural": "no recipe"},
    )
    state = folded(RUN, BlueprintWritten(blueprint=blueprint))
    assert state.tracks["neural"].mark == "declined"
    ended = TrackEnded(track="neural", state="declined", text="no recipe")
    assert folded(RUN, ended).tracks["neural"].text == "no recipe"


def many_rounds(many: int) -> list[Event]:
    events: list[Event] = [ENGINE, RUN]
    for number in range(1, many + 1):
        name = f"p{number}"
        step = f"traditional/round-{number}/fold-1"
        events += a_round(number, name, 0.8)
        events += [
            ProgramEnded(step=step, ok=True, ended="done", seconds=1.0, peak_bytes=0),
            accepted(number, name) if number % 2 else rejected(number, name),
        ]
    return events


class Lines:
    """How many lines of Python were carried out."""

    def __init__(self) -> None:
        self.many = 0

    def __call__(self, _frame: FrameType, event: str, _value: object) -> Self:
        self.many += event == "line"
        return self


def test_a_fact_costs_no_more_because_many_came_before_it() -> None:
    facts = recorded(*many_rounds(300))
    folding, told, tracing = Folding(State()), [], sys.gettrace()
    folding.take(facts[0])
    after = folding.take(facts[1])
    grows = (after.moments, after.chronicle.seconds, after.chronicle.scored_at)
    for fact in facts[2:]:
        lines = Lines()
        sys.settrace(lines)
        after = folding.take(fact)
        sys.settrace(tracing)
        told.append(lines.many)
        now = (after.moments, after.chronicle.seconds, after.chronicle.scored_at)
        assert all(one is same for one, same in zip(now, grows, strict=True))  # never copied
    tenth = len(told) // 10
    assert 0 < sum(told[-tenth:]) <= 1.1 * sum(told[:tenth])
    assert folding.end() == fold(facts)


def test_a_state_stays_as_it_is_when_a_fact_is_added_to_it() -> None:
    facts = recorded(*many_rounds(3))
    states = [State()]
    for fact in facts:
        states.append(apply(states[-1], fact))
    assert states == [fold(facts[:many]) for many in range(len(facts) + 1)]
