"""Learning curves: what a program printed about its own learning, step by step.

No fact holds them: a number that a program prints is never believed and decides nothing. It is
shown for what it is, the program's own account. A line counts where it names a step and measures
with decimals: `epoch 7 of 20  loss 0.4417  val_loss 0.4503`, `[100] train's auc: 0.9112`,
`0: learn: 0.6931 test: 0.6902`. Reading a file is a worker's task; the rest is pure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.journal.state import Moment
from iml_tui.log.text import clean
from iml_tui.looking_back.rounds import moment_name, winner
from iml_tui.scene import Scene

LEAST_POINTS = 4
READ_BYTES = 512 * 1024
"""Of each file: its first fold is what is shown."""
MOST_FILES = 24
TRAIN, HELD = "train", "held out"
_STEP = re.compile(r"\b(epoch|step|iteration|iter|round|lap|tree|trial)\b\W{0,3}(\d+)", re.I)
_BARE_STEP = re.compile(r"^\s*\[?(\d+)[\]:]")
_MEASURE = re.compile(
    r"([a-z][\w'.-]*(?:[ ][a-z][\w'-]*)?)['\"]?\s*[:=]?\s*(-?\d+\.\d+(?:e[+-]?\d+)?)", re.I
)
_SIDES = {
    **dict.fromkeys(("train", "training", "learn", "fit"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "test", "eval", "held", "dev"), HELD),
}
_FILLS = frozenset({"s", "out", "0", "1", "set", "mean", "running", "of"})
_NO_MEASURES = frozenset({"lr", "rate", "time", "eta", "total", "remaining", "elapsed", "best"})


@dataclass(frozen=True)
class Learning:
    """One measure over the steps of one fit."""

    unit: str
    """What a step is called: `epoch`."""
    measure: str
    sides: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    """`train` and `held out`, or the measure's own name, each with step and value."""
    whose: str = ""
    """The round whose program printed it."""


def learned(lines: Iterable[str]) -> Learning | None:
    """The first fit that says of enough steps how good it was; None where none does."""
    points: dict[str, dict[str, list[tuple[float, float]]]] = {}
    unit, last = "step", -1.0
    for text in lines:
        step = _step(text)
        found = _measures(text) if step is not None else []
        if step is None or not found:
            continue
        if step[1] < last:  # another fit begins
            if (told := _best(points, unit)) is not None:
                return told
            points = {}
        unit, last = step
        for measure, side, value in found:
            told_before = points.setdefault(measure, {}).setdefault(side, [])
            if not told_before or told_before[-1][0] < last:  # of two held-out sets the first
                told_before.append((last, value))
    return _best(points, unit)


def _step(text: str) -> tuple[str, float] | None:
    if (named := _STEP.search(text)) is not None:
        return named[1].lower(), float(named[2])
    if (bare := _BARE_STEP.match(text)) is not None:
        return "step", float(bare[1])
    return None


def _measures(text: str) -> list[tuple[str, str, float]]:
    """What a line measures: name, side and value."""
    told = []
    for name, value in _MEASURE.findall(text):
        words = [word for word in re.split(r"[\s_'.-]+", name.lower()) if word]
        side = next((_SIDES[word] for word in words if word in _SIDES), "")
        rest = [word for word in words if word not in _SIDES and word not in _FILLS]
        if _NO_MEASURES.intersection(rest):
            continue
        told.append((" ".join(rest[-1:]) or "loss", side, float(value)))
    return told


def _best(points: dict[str, dict[str, list[tuple[float, float]]]], unit: str) -> Learning | None:
    """The measure that most is said about; that of two sides before that of one."""
    whole = {
        measure: {side: told for side, told in sides.items() if len(told) >= LEAST_POINTS}
        for measure, sides in points.items()
    }
    measures = [measure for measure, sides in whole.items() if sides]
    if not measures:
        return None
    measure = max(measures, key=lambda one: (len(whole[one]), sum(map(len, whole[one].values()))))
    sides = whole[measure]
    plain = TRAIN if HELD in sides and TRAIN not in sides else measure
    named = [(side or plain, tuple(told)) for side, told in sides.items()]
    return Learning(unit, measure, tuple(sorted(named, reverse=True)))


# --- which program, and its file --------------------------------------------------------------


def candidates(scene: Scene) -> list[tuple[str, tuple[str, ...]]]:
    """Rounds and their logs, that whose learning is worth most first: chosen, winning, kept."""
    moments = list(reversed(scene.state.moments))
    chosen = scene.state.moment(scene.selected) if scene.selected is not None else None
    kept = [one for one in moments if one.mark == "kept"]
    first = [one for one in (chosen, winner(scene.state)) if one is not None]
    ordered: dict[str, Moment] = {one.key: one for one in (*first, *kept, *moments)}
    logs: dict[str, list[str]] = {}
    for log in sorted(scene.state.logs, key=lambda one: "/fold" not in one.step):
        logs.setdefault(log.step.rpartition("/")[0], []).append(log.path)
    named = ((one, logs.get(f"{one.track}/round-{one.round}", [])) for one in ordered.values())
    return [(moment_name(one), tuple(paths)) for one, paths in named if paths]


def read(state_dir: Path, rounds: Sequence[tuple[str, tuple[str, ...]]]) -> Learning | None:
    """The learning of the first round whose program said something of it."""
    left = MOST_FILES
    for name, paths in rounds:
        for path in paths[:left]:
            left -= 1
            if (told := learned(_lines(state_dir / path))) is not None:
                return Learning(told.unit, told.measure, told.sides, name)
    return None


def _lines(path: Path) -> Iterable[str]:
    try:
        with path.open("rb") as file:
            return [clean(line) for line in file.read(READ_BYTES).split(b"\n")]
    except OSError:
        return []
