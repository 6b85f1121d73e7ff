"""What a viewer needs to know of a workspace, as values; facts become it in the fold.

Nothing here is stored; whoever wants another view folds again (`agents.journal.folding`).
"""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from agents.journal import events as facts
from agents.journal.choices import POLICY
from agents.journal.chronicle import Chronicle
from agents.journal.events import Phase
from agents.journal.growing import Growing
from agents.journal.talks import Spent, Talk, Told
from agents.models import (
    Blueprint,
    CandidatePlan,
    ColumnProfile,
    Fault,
    Member,
    Profile,
    ReportCard,
    Score,
    SubmissionCheck,
    Task,
    TrackName,
)

TrackMark = Literal["not yet", "running", "valid", "failed", "declined", "unfinished"]
MomentMark = Literal["running", "kept", "rejected", "failed", "yours", "back"]
RunMark = Literal["none", "running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class TrackState:
    """One track as of now."""

    name: TrackName
    mark: TrackMark = "not yet"
    round: int = 0
    highest: int = 0
    """Of the rounds that were begun so far."""
    candidate: str | None = None
    """The accepted candidate, else the one being worked on."""
    program: str | None = None
    """Digest of the accepted program."""
    commit: str | None = None
    """Of the accepted program, on the main line."""
    score: Score | None = None
    text: str = ""


@dataclass(frozen=True)
class Moment:
    """One round of a track: a line of the history."""

    key: str
    """`<track>/<round>`, unique in a run."""
    track: TrackName
    round: int
    candidate: str
    what: str
    mark: MomentMark
    started: float
    ended: float | None = None
    program: str | None = None
    proposal: str | None = None
    """Commit of the proposal (off the main line)."""
    commit: str | None = None
    """Commit on the main line, once accepted."""
    score: Score | None = None
    fault: Fault | None = None
    rungs: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Running:
    """A step or program that is under way."""

    path: str
    label: str
    since: float
    """Active seconds when it began."""
    track: TrackName | None = None
    cores: tuple[int, ...] = ()


@dataclass(frozen=True)
class LogFile:
    """Where the output of one program lies, relative to `.iml`."""

    step: str
    track: TrackName
    candidate: str
    label: str
    path: str
    started: float


@dataclass(frozen=True)
class PhaseState:
    """A phase and when it began and ended, in active seconds."""

    phase: Phase
    started: float
    ended: float | None = None


@dataclass(frozen=True)
class Submission:
    """The submission that lies in the workspace now."""

    candidate: str
    check: SubmissionCheck
    score: Score
    at: float
    """Active seconds when it was written."""


@dataclass(frozen=True)
class Gate:
    """A point where a person may decide, and what was decided."""

    opened: facts.GateOpened
    decided: facts.DecisionTaken | None = None
    closed: str = ""
    """Why nobody is asked any more: the round of its proposal ended without a person's answer."""

    @property
    def answerable(self) -> bool:
        """Whether a person's answer still counts: nobody has decided, or only a policy has."""
        return not self.closed and (self.decided is None or self.decided.by == POLICY)


@dataclass(frozen=True)
class State:
    """Everything a viewer knows about a workspace."""

    seq: int = 0
    run: int = 0
    active: float = 0.0
    mark: RunMark = "none"
    message: str = ""
    """Why the run failed or stopped."""
    name: str = ""
    competition: str = ""
    settings: dict[str, JsonValue] = field(default_factory=dict)
    engine: facts.EngineStarted | None = None
    rung: str | None = None
    rung_reasons: tuple[str, ...] = ()
    phases: tuple[PhaseState, ...] = ()
    task: Task | None = None
    columns: tuple[ColumnProfile, ...] = ()
    profile: Profile | None = None
    blueprint: Blueprint | None = None
    own_plans: tuple[CandidatePlan, ...] = ()
    """Plans that the person edited, under names of their own."""
    tracks: dict[TrackName, TrackState] = field(default_factory=dict)
    moments: tuple[Moment, ...] = ()
    running: dict[str, Running] = field(default_factory=dict)
    logs: Growing[LogFile] = field(default_factory=Growing)
    members: tuple[Member, ...] = ()
    submission: Submission | None = None
    first_submission_at: float | None = None
    """Active seconds until the first valid submission lay there."""
    notices: Growing[facts.Noticed] = field(default_factory=Growing)
    spent: Spent = field(default_factory=Spent)
    """On language models, in all."""
    spent_by_role: dict[str, Spent] = field(default_factory=dict)
    talk: Talk | None = None
    """With the model that answered last."""
    windows: dict[str, int] = field(default_factory=dict)
    """What each part's model can take in, by the path of the step that asked for it."""
    told: tuple[Told, ...] = ()
    """What the person asked for in words, oldest first."""
    taken: frozenset[str] = frozenset()
    """Gates whose decision row was taken up."""
    gates: dict[str, Gate] = field(default_factory=dict)
    """Of this run, in the order in which they opened."""
    paused: bool = False
    finishing: bool = False
    """Whether the person takes the best there is: nothing new is built."""
    stopped_tracks: frozenset[TrackName] = frozenset()
    """Tracks on which the person wants nothing more begun."""
    left_out: frozenset[str] = frozenset()
    """Families of recipes that the person wants nothing of."""
    restated: bool = False
    """Whether the next run is to begin, with the settings as they are now."""
    card: ReportCard | None = None
    chronicle: Chronicle = field(default_factory=Chronicle)
    """What the history is told from, beside the moments."""

    @property
    def open_gates(self) -> tuple[facts.GateOpened, ...]:
        """What waits for a person, oldest first."""
        gates = self.gates.values()
        return tuple(one.opened for one in gates if one.decided is None and not one.closed)

    @property
    def best(self) -> TrackState | None:
        """The track whose candidate wrote the submission, else the best scored one."""
        scored = [track for track in self.tracks.values() if track.score is not None]
        if self.submission is not None:
            for track in scored:
                if track.candidate == self.submission.candidate:
                    return track
        if not scored or self.task is None:
            return None
        sign = 1 if self.task.metric.direction == "higher" else -1
        return max(scored, key=lambda track: sign * track.score.value if track.score else 0.0)

    @property
    def plans(self) -> tuple[CandidatePlan, ...]:
        """Everything that is planned, the person's own last."""
        planned = self.blueprint.candidates if self.blueprint is not None else ()
        return (*planned, *self.own_plans)

    def moment(self, key: str) -> Moment | None:
        """The moment with this key, or None."""
        return next((moment for moment in reversed(self.moments) if moment.key == key), None)
