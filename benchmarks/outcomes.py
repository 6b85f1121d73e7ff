"""What one run of one variant came to: the measures of the paper's tables, and what it took.

Made, valid, above the median, medals, the normalised score, tokens and money by role, time by phase
and the share of prompt tokens that servers can read from their cache. One line of JSON a run.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from agents.conversation import estimated_tokens
from agents.journal.events import ModelAsked, Recorded
from agents.journal.folding import fold
from agents.journal.state import State
from agents.models import Direction, Profile, Task
from benchmarks.competitions import Grade
from benchmarks.runs import FinishedRun
from benchmarks.tables import RESULTS

PLACE = RESULTS / "ablations.jsonl"
PHASES = ("look", "plan", "build", "decide")
MEDALS = ("bronze", "silver", "gold")
"""The worst first."""
_SUFFIXES = {
    "vision": {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".dcm"},
    "audio": {".wav", ".mp3", ".flac", ".ogg", ".m4a", ".aif", ".aiff"},
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run of one variant on one competition, graded."""

    variant: str
    competition: str
    seed: int
    model: str = ""
    """Empty: the recipes alone."""
    limit_s: float
    modality: str
    made: bool
    """Whether a submission lay there."""
    valid: bool
    score: float | None = None
    normalized: float = 0.0
    """P_norm, 0 to 1; 0 for an invalid submission."""
    above_median: bool | None = None
    """None where the median is not known."""
    medal: str | None = None
    """Bronze, silver or gold; "" for none, None where the thresholds are not known."""
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    """Active seconds by phase."""
    calls: int = 0
    """Of models."""
    tokens: dict[str, int] = field(default_factory=dict)
    """Of prompts and answers, by role."""
    cost: float | None = None
    """US dollars; None where a price is not known."""
    stable: float | None = None
    """Share of prompt tokens in a beginning that an earlier prompt had; None without prompts."""

    @property
    def key(self) -> tuple[str, str, int, str, float]:
        """What another run of the same takes the place of."""
        return self.variant, self.competition, self.seed, self.model, self.limit_s


@dataclass(frozen=True)
class Case:
    """What was run."""

    variant: str
    competition: str
    seed: int
    model: str
    limit_s: float
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Scores of the median and of medals, where they are known."""


def outcome_of(case: Case, run: FinishedRun, grade: Grade, workspace: Path) -> Outcome:
    """What a finished run came to.

    Args:
        case: What was run.
        run: Its facts.
        grade: Of its submission.
        workspace: Where its prompts are kept.
    """
    state = fold(run.facts)
    direction = run.card.metric.direction if run.card is not None else "higher"
    above, medal = ranked_as(grade.score if grade.valid else None, direction, case.thresholds)
    return Outcome(
        variant=case.variant,
        competition=case.competition,
        seed=case.seed,
        model=case.model,
        limit_s=case.limit_s,
        modality=modality(state.task, state.profile),
        made=(workspace / "submission.csv").exists(),
        valid=grade.valid,
        score=grade.score if grade.valid else None,
        normalized=(grade.normalized or 0.0) if grade.valid else 0.0,
        above_median=above,
        medal=medal,
        seconds=run.seconds,
        phases=phase_seconds(state),
        calls=state.spent.calls,
        tokens={role: spent.tokens for role, spent in state.spent_by_role.items()},
        cost=None if state.spent.unpriced else state.spent.cost,
        stable=stable_share([text for _, text in prompts_of(workspace, run.facts)]),
    )


def ranked_as(
    score: float | None, direction: Direction, thresholds: Mapping[str, float]
) -> tuple[bool | None, str | None]:
    """Whether a score is above the median, and its medal; None for what is not known.

    As on Kaggle, who reaches a threshold of a medal has it; the median must be passed.
    """
    sign = 1 if direction == "higher" else -1
    median = thresholds.get("median")
    known = [name for name in MEDALS if name in thresholds]
    if score is None:
        return (None if median is None else False), ("" if known else None)
    reached = [name for name in known if sign * (score - thresholds[name]) >= 0]
    above = None if median is None else sign * (score - median) > 0
    return above, (reached[-1] if reached else "") if known else None


FEW_BESIDE = 2


def modality(task: Task | None, profile: Profile | None) -> str:
    """Vision, audio, text or tabular; multimodal where media meet anything else.

    A table with texts is text where at most FEW_BESIDE other columns stand beside each.
    """
    if task is None or profile is None:
        return "unknown"
    suffixes = {suffix.lower() for media in task.media for suffix in media.suffixes}
    media = {name for name, known in _SUFFIXES.items() if suffixes & known}
    own = {task.id_column, *task.target_columns}
    columns = [
        one
        for one in profile.columns
        if one.name not in own and one.in_test and one.semantic not in ("constant", "identifier")
    ]
    texts = [one for one in columns if one.semantic == "text"]
    others = len(columns) - len(texts)
    if media:
        return "multimodal" if columns or len(media) > 1 else next(iter(media))
    return "text" if texts and others <= FEW_BESIDE * len(texts) else "tabular"


def phase_seconds(state: State) -> dict[str, float]:
    """Active seconds of each phase; one that comes back counts again."""
    seconds: dict[str, float] = {}
    for phase in state.phases:
        ended = state.active if phase.ended is None else phase.ended
        seconds[phase.phase] = seconds.get(phase.phase, 0.0) + ended - phase.started
    return seconds


def stable_share(prompts: Sequence[str]) -> float | None:
    """The share of prompt tokens that servers can cache; None without prompts."""
    if not prompts:
        return None
    return sum(stable_tokens(prompts)) / sum(map(estimated_tokens, prompts))


def stable_tokens(prompts: Sequence[str]) -> list[int]:
    """How many tokens each of some prompts begins with that an earlier one began with too.

    The first prompt is read by nobody before, so its tokens count as fresh.
    """
    shared = (
        max((_common(one, earlier) for earlier in prompts[:place]), default=0)
        for place, one in enumerate(prompts)
    )
    return [estimated_tokens(one[:end]) for one, end in zip(prompts, shared, strict=True)]


def _common(first: str, second: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))


def prompts_of(workspace: Path, facts: Iterable[Recorded]) -> list[tuple[str, str]]:
    """What models were asked, in order: the role, and the prompt as the workspace keeps it."""
    logs = workspace / ".iml" / "logs"
    asked = [fact.event for fact in facts if isinstance(fact.event, ModelAsked)]
    roles = {f"{one.step.replace('/', '__')}.prompt.md": one.role for one in asked}
    kept = [(role, logs / name) for name, role in roles.items() if (logs / name).exists()]
    return [(role, file.read_text(encoding="utf-8")) for role, file in kept]


def keep_outcome(one: Outcome, place: Path = PLACE) -> None:
    """Adds a line; the run it replaces, if any, goes."""
    others = [old for old in read_outcomes(place) if old.key != one.key]
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(each)) for each in (*others, one)]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_outcomes(place: Path = PLACE) -> list[Outcome]:
    """All lines, the oldest first."""
    if not place.exists():
        return []
    lines = place.read_text(encoding="utf-8").splitlines()
    return [Outcome(**json.loads(line)) for line in lines]
