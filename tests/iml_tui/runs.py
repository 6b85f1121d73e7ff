"""Facts of a small made run, for the parts of the screen that are pure functions of it."""

from collections.abc import Iterable

from agents.journal import events as facts
from agents.journal.events import Event, Recorded
from agents.journal.folding import fold
from agents.journal.state import State
from agents.models import (
    Blueprint,
    CandidatePlan,
    Comparison,
    Contract,
    Fault,
    Member,
    MetricChoice,
    Profile,
    ReportCard,
    Score,
    SplitPlan,
    SubmissionCheck,
    SubmissionSpec,
    Table,
    Target,
    Task,
)

METRIC = MetricChoice(name="accuracy", direction="higher", title="accuracy", source="description")
SPLIT = SplitPlan(splitter="grouped", folds=5, seed=7)
TASK = Task(
    name="ferry",
    problem="binary",
    targets=(Target(name="seated", kind="class", classes=("False", "True"), positive="True"),),
    id_column="ticket",
    metric=METRIC,
    tables=(Table(path="train.csv", role="train", rows=240, columns=("ticket", "seated")),),
    submission=SubmissionSpec(columns=("ticket", "seated"), id_column="ticket", answers="label"),
)
PROFILE = Profile(rows_train=240, rows_test=60, columns=(), split=SPLIT)
FAULT = Fault(
    kind="shape or dtype mismatch",
    component="preprocess.py",
    message="Traceback\nValueError: could not convert string to float: 'A/3/P'",
    line=56,
)


def score(value: float = 0.8105, error: float = 0.0047, *, folds: int = 5) -> Score:
    return Score(value=value, error=error, rows=240, folds=tuple(range(1, folds + 1)))


def plan(track: str, name: str) -> CandidatePlan:
    contract = Contract(objects=())
    return CandidatePlan(
        track=track, name=name, recipe=name, literals={}, steps=(), contract=contract, reason=""
    )


BLUEPRINT = Blueprint(
    version=1,
    summary="",
    candidates=(plan("baseline", "baseline"), plan("traditional", "boosting")),
    split=SPLIT,
    metric=METRIC,
    declined={"neural": "too few rows"},
)
CHECK = SubmissionCheck(valid=True, rows=60)
CARD = ReportCard(
    outcome="submission",
    metric=METRIC,
    winner="ensemble",
    score=score(0.8144),
    ahead=Comparison(first="ensemble", second="boosting", difference=0.0025, error=0.0011),
    members=(Member(candidate="linear", weight=0.42), Member(candidate="boosting", weight=0.58)),
    tried=3,
    faults=1,
    submission="submission.csv",
    rows=60,
    solution="tracks/ensemble/solution.py",
    predict_command="python /w/tracks/ensemble/solution.py predict --model /w/model",
    active_seconds=161.0,
    expect=0.811,
)

STARTED: tuple[Event, ...] = (
    facts.EngineStarted(version="0.1", pid=1, host="machine", cores=2),
    facts.RunStarted(competition="/data/ferry", name="ferry", settings={"time_limit": 300.0}),
    facts.PhaseStarted(phase="look"),
)
STATED: tuple[Event, ...] = (*STARTED, facts.TaskStated(task=TASK))
PLANNED: tuple[Event, ...] = (
    *STATED,
    facts.DataProfiled(profile=PROFILE),
    facts.PhaseStarted(phase="plan"),
    facts.BlueprintWritten(blueprint=BLUEPRINT),
)
BUILDING: tuple[Event, ...] = (*PLANNED, facts.PhaseStarted(phase="build"))


def round_of(track: str, candidate: str, *rungs: str, number: int = 1) -> tuple[Event, ...]:
    """A round that has come as far as `rungs` say."""
    begun = facts.RoundStarted(
        track=track, round=number, candidate=candidate, what=f"{candidate} recipe"
    )
    made = facts.ProposalMade(
        track=track, round=number, candidate=candidate, commit="c" * 40, program="p"
    )
    passed = [
        facts.RungPassed(track=track, round=number, candidate=candidate, rung=rung)
        for rung in rungs
    ]
    return (begun, made, *passed) if rungs else (begun,)


def submitted(candidate: str = "baseline") -> tuple[Event, ...]:
    """The track of that name ended with a valid submission."""
    return (
        facts.CandidateScored(
            track=candidate, round=1, candidate=candidate, program="p", score=score(0.7978)
        ),
        facts.SubmissionWritten(candidate=candidate, check=CHECK, score=score(0.7978)),
        facts.TrackEnded(track=candidate, state="valid"),
    )


def recorded(events: Iterable[Event]) -> list[Recorded]:
    """The facts in order, one a second."""
    return [
        Recorded(seq=seq, run=1, at=0.0, active=float(seq), event=event)
        for seq, event in enumerate(events, start=1)
    ]


def state_after(events: Iterable[Event]) -> State:
    """The run once all of it has happened."""
    return fold(recorded(events))
