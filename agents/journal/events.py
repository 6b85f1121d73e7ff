"""The facts of a run: frozen, typed, tagged, in the past tense.

A fact is written once and never changed; everything shown or decided from it is a projection
(`agents.journal.folding`). `Recorded` is a fact together with its place in the journal: order is
`seq`, never a clock.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from agents.models import (
    Blueprint,
    CandidatePlan,
    ColumnProfile,
    Comparison,
    Fault,
    Frozen,
    Member,
    Profile,
    ReportCard,
    Score,
    SubmissionCheck,
    Task,
    TrackName,
)
from agents.retrieved import Retrieval

Phase = Literal["look", "plan", "build", "decide"]


class EngineStarted(Frozen):
    """An engine process took the workspace's lock."""

    kind: Literal["engine-started"] = "engine-started"
    version: str
    pid: int
    host: str
    cores: int


class EngineStopped(Frozen):
    """The engine let go of the workspace in good order."""

    kind: Literal["engine-stopped"] = "engine-stopped"
    reason: Literal["finished", "stopped", "failed"]
    message: str = ""


class RunStarted(Frozen):
    """A run began; its settings hold until it ends."""

    kind: Literal["run-started"] = "run-started"
    competition: str
    name: str
    settings: dict[str, JsonValue]


class SandboxProbed(Frozen):
    """Which rung of the sandbox ladder this machine carries."""

    kind: Literal["sandbox-probed"] = "sandbox-probed"
    rung: str
    reasons: tuple[str, ...] = ()
    """Why the better rungs are not there, one sentence each."""


class Noticed(Frozen):
    """Something a person should know, in one sentence."""

    kind: Literal["noticed"] = "noticed"
    text: str
    serious: bool = False


class PhaseStarted(Frozen):
    """A phase of the run began; the one before is over."""

    kind: Literal["phase-started"] = "phase-started"
    phase: Phase


class StepStarted(Frozen):
    """The engine began a durable step that was not recorded yet."""

    kind: Literal["step-started"] = "step-started"
    path: str
    label: str


class StepFinished(Frozen):
    """A durable step is recorded: it is never repeated for the same inputs."""

    kind: Literal["step-finished"] = "step-finished"
    path: str
    digest: str
    result: JsonValue
    seconds: float


class StepAbandoned(Frozen):
    """A step was broken off and left nothing behind; it may be begun again."""

    kind: Literal["step-abandoned"] = "step-abandoned"
    path: str


class TaskStated(Frozen):
    """What is asked was inferred from the folder."""

    kind: Literal["task-stated"] = "task-stated"
    task: Task


class ColumnsSeen(Frozen):
    """First facts about the columns, from the first rows."""

    kind: Literal["columns-seen"] = "columns-seen"
    columns: tuple[ColumnProfile, ...]


class DataProfiled(Frozen):
    """The data was measured."""

    kind: Literal["data-profiled"] = "data-profiled"
    profile: Profile


class ViewBuilt(Frozen):
    """A miniature competition lies ready."""

    kind: Literal["view-built"] = "view-built"
    name: str
    rows_fit: int
    rows_predict: int


class BlueprintWritten(Frozen):
    """The plan for every track stands."""

    kind: Literal["blueprint-written"] = "blueprint-written"
    blueprint: Blueprint


class RoundStarted(Frozen):
    """A track began to work on a program."""

    kind: Literal["round-started"] = "round-started"
    track: TrackName
    round: int
    candidate: str
    what: str
    """A few words: `boosting recipe`, `your edit`."""


class ProposalMade(Frozen):
    """A program was written and lies in git as a proposal."""

    kind: Literal["proposal-made"] = "proposal-made"
    track: TrackName
    round: int
    candidate: str
    commit: str
    program: str
    """Digest of its sources; scores are kept under it."""


class ProgramStarted(Frozen):
    """A program began to run; its output streams into `log`."""

    kind: Literal["program-started"] = "program-started"
    step: str
    track: TrackName
    candidate: str
    label: str
    log: str
    """Relative to the workspace's `.iml`."""
    cores: tuple[int, ...]


class ProgramEnded(Frozen):
    """A program ended, well or badly."""

    kind: Literal["program-ended"] = "program-ended"
    step: str
    ok: bool
    ended: str
    seconds: float
    peak_bytes: int
    preprocessing_seconds: float = 0.0
    modelling_seconds: float = 0.0


class ModelAsked(Frozen):
    """A language model was asked; its answer streams into a log."""

    kind: Literal["model-asked"] = "model-asked"
    step: str
    role: str
    part: str
    """Which of the chosen models: `planner`, `coder` or `debugger`."""
    model: str
    log: str
    """Relative to `.iml`."""


class ModelCall(Frozen):
    """What one question to a language model took."""

    step: str
    role: str
    part: str
    model: str
    prompt_tokens: int
    cached_tokens: int = 0
    completion_tokens: int
    seconds: float
    cost: float | None = None
    """US dollars; None where the price is not known."""


class ModelAnswered(ModelCall):
    """A language model answered; what that took."""

    kind: Literal["model-answered"] = "model-answered"
    ended: str = "stop"


class ModelDropped(ModelCall):
    """Nobody waited any longer for an answer; servers count it still, so it is estimated."""

    kind: Literal["model-dropped"] = "model-dropped"


class Retrieved(Frozen):
    """Something was fetched from beyond this machine."""

    kind: Literal["retrieved"] = "retrieved"
    entry: Retrieval


class RungPassed(Frozen):
    """A program passed one rung of the verification ladder."""

    kind: Literal["rung-passed"] = "rung-passed"
    track: TrackName
    round: int
    candidate: str
    rung: str


class FaultFound(Frozen):
    """A failure was classified and located."""

    kind: Literal["fault-found"] = "fault-found"
    track: TrackName
    round: int
    candidate: str
    fault: Fault


class CandidateScored(Frozen):
    """A candidate's scores on blind rows were turned into the metric."""

    kind: Literal["candidate-scored"] = "candidate-scored"
    track: TrackName
    round: int
    candidate: str
    program: str
    score: Score
    fit_limit_s: float | None = None
    """What each of its fits might take; None where nothing bounded them."""


class ProposalAccepted(Frozen):
    """A proposal became part of the main line."""

    kind: Literal["proposal-accepted"] = "proposal-accepted"
    track: TrackName
    round: int
    candidate: str
    program: str
    commit: str
    subject: str


class ProposalRejected(Frozen):
    """A proposal stayed off the main line."""

    kind: Literal["proposal-rejected"] = "proposal-rejected"
    track: TrackName
    round: int
    candidate: str
    commit: str | None
    reason: str


class TrackEnded(Frozen):
    """A track has nothing left to do."""

    kind: Literal["track-ended"] = "track-ended"
    track: TrackName
    state: Literal["valid", "failed", "declined", "unfinished"]
    """`unfinished`: nothing was wrong with it, but the time was over."""
    text: str = ""


class EnsembleWeighed(Frozen):
    """Weights for the members were fitted."""

    kind: Literal["ensemble-weighed"] = "ensemble-weighed"
    members: tuple[Member, ...]
    score: Score
    against_best: Comparison | None


class SubmissionWritten(Frozen):
    """`submission.csv` was replaced by a better one."""

    kind: Literal["submission-written"] = "submission-written"
    number: int = 1
    """Counts the submissions of a run."""
    candidate: str
    check: SubmissionCheck
    score: Score


class UserEdited(Frozen):
    """The person's own edits were committed as theirs."""

    kind: Literal["user-edited"] = "user-edited"
    commit: str
    paths: tuple[str, ...]


class OwnRoundOpened(Frozen):
    """A round of a track belongs to the person: to code of theirs, or to a plan that they edited.

    It holds what the round is made from, so that a restart makes the same of it.
    """

    kind: Literal["own-round-opened"] = "own-round-opened"
    track: TrackName
    round: int
    what: str
    plan: CandidatePlan
    commit: str | None = None
    """Of their code; None where code is to be written from the plan."""
    edits: str = ""
    """Name of the plan that they edited, where code is to be written."""
    gate: str = ""
    """Of the decision that asked for it, where one did."""


class GateOpened(Frozen):
    """A point was reached where a person may decide.

    A `DecisionTaken` of this gate closes it. So does whatever ends the round of its proposal: what
    is over needs no answer.
    """

    kind: Literal["gate-opened"] = "gate-opened"
    gate: str
    """Unique in the workspace and short enough to be typed: `traditional-3`, `metric`, in later
    runs `2.metric`."""
    topic: Literal["proposal", "question", "instruction", "package"]
    about: str
    """What it decides on: a candidate, the option of the command line, the person's own words, a
    package to be installed."""
    question: str
    options: tuple[str, ...]
    """What may be answered. A proposal: `keep`, `undo`."""
    default: str
    """What holds until somebody answers, and what a policy answers."""
    track: TrackName | None = None
    round: int | None = None
    commit: str | None = None
    """Of a proposal: the commit that holds it."""
    base: str | None = None
    """Of a proposal: the commit that it changes. Its hunks lead from there to `commit`."""
    measured: str = ""
    """Of a proposal: what is known of it when it is shown, as sentences: the fault that it mends,
    its score beside that of the best."""

    @property
    def in_words(self) -> str:
        """What it is about, as people read it; its name is what they type."""
        return {
            "proposal": f"round {self.round} of {self.track}",
            "question": f"the question of the {self.about}",
            "instruction": "the question about your words",
            "package": f"the package {self.about}",
        }[self.topic]

    def says(self, words: str) -> str:
        """A sentence about it: `Round 3 of traditional is kept.`."""
        return f"{self.in_words[0].upper()}{self.in_words[1:]} {words}"


class DecisionTaken(Frozen):
    """A row that a viewer wrote was taken up, or a policy answered a gate."""

    kind: Literal["decision-taken"] = "decision-taken"
    gate: str
    choice: dict[str, JsonValue]
    by: str
    outcome: str
    """What became of it, in one sentence."""
    refused: bool = False
    """Whether it could not be carried out."""


class SettingsChanged(Frozen):
    """Settings of the run are others from here on."""

    kind: Literal["settings-changed"] = "settings-changed"
    settings: dict[str, JsonValue]
    """All of them."""
    changed: tuple[str, ...]
    """Names of those that differ."""
    restates: bool = False
    """Whether the task itself is another one now: the next run begins with them, in this engine
    or, should that end before, in the next."""


class InstructionGiven(Frozen):
    """Something that a person asked for in words joins what is planned and coded from here on."""

    kind: Literal["instruction-given"] = "instruction-given"
    gate: str
    words: str
    directive: str
    """For the agents, one sentence."""


class ProposalUndone(Frozen):
    """A person did not want an accepted proposal: it takes no further part."""

    kind: Literal["proposal-undone"] = "proposal-undone"
    track: TrackName
    round: int
    candidate: str
    program: str
    commit: str | None
    """The commit that took it out of the main line; None where something later had replaced it."""
    to: str | None = None
    """`<track>/<round>` that the track is back at; None where it has no program any more."""
    why: str = ""


class WentBack(Frozen):
    """A track was set back to an earlier moment by a new commit."""

    kind: Literal["went-back"] = "went-back"
    track: TrackName
    to: str
    commit: str


class RunFinished(Frozen):
    """The run is over; the card says what it left behind."""

    kind: Literal["run-finished"] = "run-finished"
    card: ReportCard


Event = Annotated[
    EngineStarted
    | EngineStopped
    | RunStarted
    | SandboxProbed
    | Noticed
    | PhaseStarted
    | StepStarted
    | StepFinished
    | StepAbandoned
    | TaskStated
    | ColumnsSeen
    | DataProfiled
    | ViewBuilt
    | BlueprintWritten
    | RoundStarted
    | ProposalMade
    | ProgramStarted
    | ProgramEnded
    | ModelAsked
    | ModelAnswered
    | ModelDropped
    | Retrieved
    | RungPassed
    | FaultFound
    | CandidateScored
    | ProposalAccepted
    | ProposalRejected
    | TrackEnded
    | EnsembleWeighed
    | SubmissionWritten
    | UserEdited
    | OwnRoundOpened
    | GateOpened
    | DecisionTaken
    | SettingsChanged
    | InstructionGiven
    | ProposalUndone
    | WentBack
    | RunFinished,
    Field(discriminator="kind"),
]


@cache
def _adapter() -> TypeAdapter[Event]:
    return TypeAdapter(Event)


def read_event(text: str | bytes) -> Event:
    """The event that JSON says.

    Raises:
        ValidationError: It is none that this version knows.
    """
    return _adapter().validate_json(text)


class Recorded(Frozen):
    """A fact and its place in the journal."""

    seq: int
    run: int
    at: float
    """Wall clock, seconds since the epoch; for display only."""
    active: float
    """Seconds this run has been worked on when it was written."""
    event: Event

    @property
    def moment(self) -> datetime:
        """`at` as an aware time."""
        return datetime.fromtimestamp(self.at, UTC)


class Progress(Frozen):
    """How far something long has come: one row a step, overwritten, not a fact."""

    label: str
    done: float = 0.0
    """0 to 1; negative when unknown."""
    text: str = ""
    again_in: float | None = None
    """Seconds until a server is asked again, where that is what is waited for."""
