"""What a run's past is told from: comparisons row by row, what a person did, where time went.

A part of the state that the fold keeps beside it: `State.chronicle`. Pure and total like the rest
of the fold.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue, ValidationError

from agents.journal import events as facts
from agents.journal.choices import POLICY
from agents.journal.events import Recorded
from agents.models import Comparison, TrackName

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from agents.journal.quick import replace

DeedKind = Literal["edit", "back", "asked", "decided"]
KEY = 12
"""Letters of a program's digest by which steps name it."""
_TOLD_ELSEWHERE = {"answer", "tell", "back"}
"""Decisions whose outcome is a fact of its own, or stands at the round that they are about."""


@dataclass(frozen=True)
class Deed:
    """Something that a person did: a line of the history."""

    key: str
    """`you/<number>`, unique in a run."""
    kind: DeedKind
    at: float
    """Active seconds of the run."""
    text: str
    track: TrackName | None = None
    commit: str | None = None
    refused: bool = False


@dataclass(frozen=True)
class Paired:
    """Two programs row by row; positive means the first is better."""

    difference: float
    error: float
    folds: int
    """How many folds both had done."""

    @property
    def turned(self) -> "Paired":
        """The same as seen from the second."""
        return Paired(-self.difference, self.error, self.folds)


@dataclass(frozen=True)
class Chronicle:
    """The past of a run beside its rounds."""

    deeds: tuple[Deed, ...] = ()
    """Oldest first."""
    pairs: dict[tuple[str, str], Paired] = field(default_factory=dict)
    """What was compared, by the beginnings of both programs' digests."""
    ranked: tuple[str, ...] = ()
    """The beginnings of digests, the best first, as all were last compared."""
    seconds: dict[str, float] = field(default_factory=dict)
    """What programs took, by `<track>/<round>`, or by the first two parts of their step."""
    scored_at: dict[str, float] = field(default_factory=dict)
    """Active seconds of the last score, by `<track>/<round>`."""
    asked_seconds: dict[str, float] = field(default_factory=dict)
    """What language models took, by role."""
    authors: dict[str, str] = field(default_factory=dict)
    """The model that wrote, by `<track>/<candidate>`, or repaired, by the `<track>/<round>` whose
    program it mended."""

    def copied(self) -> "Chronicle":
        """The same, with dicts of its own."""
        return replace(
            self,
            pairs={**self.pairs},
            seconds={**self.seconds},
            scored_at={**self.scored_at},
            asked_seconds={**self.asked_seconds},
            authors={**self.authors},
        )

    def between(self, first: str | None, second: str | None) -> Paired | None:
        """The paired difference of two programs where the run compared them, as seen from `first`.

        Args:
            first: Digest of a program.
            second: Digest of another.
        """
        one, other = (first or "")[:KEY], (second or "")[:KEY]
        turned = self.pairs.get((other, one))
        return self.pairs.get((one, other)) or (turned.turned if turned is not None else None)


_TOLD = frozenset(
    {
        facts.StepFinished,
        facts.ProgramEnded,
        facts.CandidateScored,
        facts.ModelAnswered,
        facts.UserEdited,
        facts.InstructionGiven,
        facts.WentBack,
        facts.DecisionTaken,
    }
)
"""All others are passed over at once."""


def chronicled(chronicle: Chronicle, fact: Recorded) -> Chronicle:
    """The past after one more fact; the dicts of `chronicle` are changed, so it is a copy's."""
    if type(fact.event) not in _TOLD:
        return chronicle
    match fact.event:
        case facts.StepFinished(path=path, result=dict(result)) if path.startswith("compare/"):
            return _compared(chronicle, path, result)
        case facts.StepFinished(path=path, result=dict(result)) if path.startswith("rank/"):
            return _ranked(chronicle, result)
        case facts.ProgramEnded(step=step, seconds=seconds):
            _add(chronicle.seconds, _about(step), seconds)
            return chronicle
        case facts.CandidateScored(track=track, round=number):
            chronicle.scored_at[f"{track}/{number}"] = fact.active
            return chronicle
        case facts.ModelAnswered() as event:
            _add(chronicle.asked_seconds, event.role, event.seconds)
            chronicle.authors[_about(event.step)] = event.model
            return chronicle
        case facts.UserEdited() | facts.InstructionGiven() | facts.WentBack():
            return _did(chronicle, fact)
        case facts.DecisionTaken(by=by, choice=choice) if by != POLICY:
            return chronicle if choice.get("do") in _TOLD_ELSEWHERE else _did(chronicle, fact)
        case _:
            return chronicle


def _about(step: str) -> str:
    """`traditional/3` of `traditional/round-3/fold-1`, `traditional/sums` of a candidate's step."""
    track, _, rest = step.partition("/")
    return f"{track}/{rest.partition('/')[0].removeprefix('round-')}"


def _add(amounts: dict[str, float], name: str, more: float) -> None:
    amounts[name] = amounts.get(name, 0.0) + more


def _compared(chronicle: Chronicle, path: str, result: dict[str, JsonValue]) -> Chronicle:
    keys = path.split("/")[1:]
    return _with_pair(chronicle, keys[0], keys[1], result) if len(keys) == 2 else chronicle


def _ranked(chronicle: Chronicle, result: dict[str, JsonValue]) -> Chronicle:
    order, ahead = result.get("order"), result.get("ahead")
    if not isinstance(order, list) or not isinstance(ahead, list):
        return chronicle
    keys = [str(key) for key in order]
    for key, value in zip(keys[1:], ahead, strict=False):
        chronicle = _with_pair(chronicle, keys[0], key, value)
    return replace(chronicle, ranked=tuple(key[:KEY] for key in keys))


def _with_pair(chronicle: Chronicle, first: str, second: str, value: JsonValue) -> Chronicle:
    """One more comparison, unless these two were compared on more folds before."""
    try:
        told = Comparison.model_validate(value)
    except ValidationError:
        return chronicle
    paired = Paired(told.difference, told.error, min(_folds(first), _folds(second)))
    key = (first[:KEY], second[:KEY])
    known = chronicle.pairs.get(key)
    if known is not None and known.folds > paired.folds:
        return chronicle
    chronicle.pairs[key] = paired
    return chronicle


def _folds(key: str) -> int:
    """How many folds a program had done, by the name that its scores are kept under."""
    number = key.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _did(chronicle: Chronicle, fact: Recorded) -> Chronicle:
    deed = _deed(fact)
    return replace(chronicle, deeds=(*chronicle.deeds, deed)) if deed is not None else chronicle


def _deed(fact: Recorded) -> Deed | None:
    key = f"you/{fact.seq}"
    match fact.event:
        case facts.UserEdited(commit=commit, paths=paths):
            touched = {path.split("/")[1] for path in paths if path.startswith("tracks/")}
            names = ", ".join(path.removeprefix("tracks/") for path in paths)
            track = touched.pop() if len(touched) == 1 else None
            return Deed(key, "edit", fact.active, names, track, commit)
        case facts.InstructionGiven(words=words):
            return Deed(key, "asked", fact.active, words)
        case facts.WentBack(track=track, to=to, commit=commit):
            return Deed(key, "back", fact.active, to, track, commit)
        case facts.DecisionTaken(outcome=outcome, refused=refused):
            return Deed(key, "decided", fact.active, outcome, refused=refused)
        case _:
            return None
