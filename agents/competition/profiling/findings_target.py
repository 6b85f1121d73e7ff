"""What about the answers themselves fools people: rare ones, their shape, the limits of a score."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from agents.competition.reading.words import counted, doing
from agents.models import Finding, SplitPlan, Target, Task

_FEW_OF_A_CLASS: Final = 0.1
_UNEQUAL: Final = 0.5
"""A class with less than this part of its equal share is rare."""
_SKEWED: Final = 2.0
_MANY_ZEROS: Final = 0.3
_FAR_OUT: Final = 8.0
_TELLING_CEILING: Final = 0.99
_MOST_NAMED: Final = 6


def about_target(
    task: Task,
    targets: Mapping[str, tuple[np.ndarray, bool]],
    split: SplitPlan,
    ceiling: float | None,
    resolution: float | None,
) -> Iterator[Finding]:
    """Findings about the targets.

    Args:
        task: What is asked.
        targets: Values or class codes of the training rows, and whether they are classes.
        split: How blind rows will be drawn.
        ceiling: As `ceiling_of` gives it.
        resolution: As `resolution_of` gives it.
    """
    yield from _ceiling(task, ceiling)
    yield from _resolution(task, resolution)
    yield from _rare(task, targets, split)
    for target in task.targets:
        if target.kind == "number" and target.name in targets:
            values = targets[target.name][0]
            yield from _shape(target, values[np.isfinite(values)])


def _ceiling(task: Task, ceiling: float | None) -> Iterator[Finding]:
    if ceiling is None or ceiling > _TELLING_CEILING:
        return
    what = "R²" if task.problem == "regression" else "accuracy"
    yield Finding(
        title=f"No model can pass {what} {ceiling:.3f} with these columns",
        text="Rows with equal features have different answers, and whoever sees the features only "
        "must say the same of them.",
        done="A blind score above that means a leak.",
    )


def _resolution(task: Task, resolution: float | None) -> Iterator[Finding]:
    if resolution is not None:
        yield Finding(
            title=f"Differences under {resolution:.2g} are invisible at this size",
            text=f"So far apart are two equally good models by luck, one time in twenty further: "
            f"twice the standard error of a paired difference of {task.metric.title}.",
            done="Candidates are compared row by row, with their standard error.",
        )


def _rare(
    task: Task, targets: Mapping[str, tuple[np.ndarray, bool]], split: SplitPlan
) -> Iterator[Finding]:
    rare, tiny = [], []
    for target in task.targets:
        if target.kind != "class" or target.name not in targets:
            continue
        codes = targets[target.name][0]
        known = codes[np.isfinite(codes)].astype(np.int64)
        counts = np.bincount(known, minlength=len(target.classes))
        tiny += [
            f"{target.name} = {label} ({counted(int(count), 'row')})"
            for label, count in zip(target.classes, counts, strict=False)
            if 0 < count < split.folds
        ]
        lowest = int(counts.argmin())
        share = counts[lowest] / max(1, len(known))
        if share < min(_FEW_OF_A_CLASS, _UNEQUAL / len(target.classes)):
            rare.append(f"{target.name} = {target.classes[lowest]} in {share:.1%}")
    if rare:
        yield Finding(
            title="Some answers are rare",
            text=f"Of the training rows, {', '.join(rare[:_MOST_NAMED])}: a model that never says "
            "so looks right most of the time.",
            done="Every fold gets its share of each class.",
            columns=tuple(target.name for target in task.targets),
        )
    if tiny:
        yield Finding(
            title=f"{counted(len(tiny), 'answer')} with fewer rows than there are folds",
            text=f"{', '.join(tiny[:_MOST_NAMED])}: in some folds nothing of it is left to learn "
            "from, or nothing to judge by.",
        )


def _shape(target: Target, values: np.ndarray) -> Iterator[Finding]:
    if len(values) < 30 or np.ptp(values) == 0:
        return
    zeros = float((values == 0).mean())
    if _MANY_ZEROS <= zeros < 1 and values.min() >= 0:
        yield Finding(
            title=f"{target.name} is 0 in {zeros:.0%} of the rows",
            text="Whether it is 0 at all and how much it is otherwise are two questions in one.",
            columns=(target.name,),
        )
    skew = _skewness(values)
    if skew >= _SKEWED and values.min() >= 0 and _skewness(np.log1p(values)) < skew / 2:
        yield Finding(
            title=f"{target.name} has a long tail",
            text=f"Its skewness is {skew:.1f}, that of its logarithm "
            f"{_skewness(np.log1p(values)):.1f}: a few large answers decide means and squares.",
            done="Models also learn its logarithm, where the metric allows.",
            columns=(target.name,),
        )
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    far = np.abs(values - middle) > _FAR_OUT * max(high - low, 1e-12)
    if high > low and 0 < far.mean() < 0.01:
        yield Finding(
            title=f"{doing(int(far.sum()), 'answer', 'lie')} far out in {target.name}",
            text=f"Half of all lie between {low:,.4g} and {high:,.4g}, these more than "
            f"{_FAR_OUT:.0f} times as far from the middle as those are apart.",
            columns=(target.name,),
        )


def _skewness(values: np.ndarray) -> float:
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
