"""Measuring one column: missingness, distribution beside the test's, relation to the target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.profiling.distribution import Cells, Goal, spread_of
from agents.competition.profiling.drift import MOST_ROWS, drift_of_levels
from agents.competition.profiling.readings import readings
from agents.competition.profiling.relation import (
    levels_of,
    mutual_information,
    rank_correlation,
    relation,
)
from agents.competition.profiling.semantics import Lore, Meaning, meaning_of
from agents.competition.reading.stream import Streamed, cell_hashes, random_places
from agents.models import QUANTILES, ColumnProfile, Target

_RELATION_ROWS: Final = 50_000
_MOST_EXAMPLES: Final = 5
_EXAMPLES_AMONG: Final = 100
_LONGEST_EXAMPLE: Final = 160
_TOLD_BY_BARS: Final = frozenset({"category", "boolean"})


@dataclass(frozen=True)
class Sides:
    """The cells to be measured on both sides, and the targets of the training side."""

    train: pd.DataFrame
    test: pd.DataFrame | None
    targets: Mapping[str, tuple[np.ndarray, bool]] = field(default_factory=dict)
    """Name to values and whether they are class codes, as `target_values` makes them."""
    asked: tuple[Target, ...] = ()
    """The targets again, as the task states them; without them no bar has a rate."""
    ordered: bool = False
    """Whether the classes of the target are levels, so that their mean says more than which is the
    most frequent."""
    long_train: Streamed | None = None
    """All training rows, where `train` is only a part of them."""
    long_test: Streamed | None = None
    """All test rows, where `test` is only a part of them."""


def profile_column(name: str, sides: Sides, lore: Lore) -> ColumnProfile:
    """Measure a training column, beside the test's column of that name if there is one."""
    train = sides.train[name].reset_index(drop=True)
    test = sides.test[name] if sides.test is not None and name in sides.test else None
    goal = next(iter(sides.targets.values()), (None, False))[0]
    meaning = meaning_of(name, train, lore, None if name in sides.targets else goal)
    ours = meaning.present(train)
    theirs = None if test is None else meaning.present(test)
    numbers = meaning.numbers(ours) if meaning.semantic == "number" else None
    strength, information, related = _to_targets(name, train, meaning, sides.targets)
    rated = _goal(related, sides)
    bars, spiked = spread_of(meaning, Cells(ours, theirs, numbers), rated)
    return ColumnProfile(
        name=name,
        semantic=meaning.semantic,
        distinct=_distinct(name, meaning, ours, sides.long_train),
        missing=_missing(train, ours, sides.long_train),
        missing_test=None
        if test is None or theirs is None
        else _missing(test, theirs, sides.long_test),
        in_test=sides.test is None or test is not None,
        distribution=bars,
        spiked=spiked,
        rates_of=related if rated is not None and bars else "",
        rate_empty=_rate_empty(train, ours, rated),
        examples=_examples(meaning, ours),
        mean=None if numbers is None else float(numbers.mean()),
        minimum=None if numbers is None else float(numbers.min()),
        maximum=None if numbers is None else float(numbers.max()),
        quantiles=_quantiles(name, numbers, sides),
        integer=meaning.integer,
        missing_words=meaning.missing_words,
        delimiter=meaning.delimiter,
        parts=meaning.parts,
        units=dict(meaning.units),
        items=meaning.items,
        unseen=_unseen(name, meaning, theirs, sides),
        to_target=strength,
        information=information,
        drift=None if test is None else _drift(train, test, meaning),
        note=meaning.note,
    )


def _goal(related: str, sides: Sides) -> Goal | None:
    """What the rows answer to the target of that name."""
    target = next((one for one in sides.asked if one.name == related), None)
    if target is None:
        return None
    values, classes = sides.targets[related]
    if not classes:
        return Goal(values)
    if sides.ordered:
        codes = np.where(np.isfinite(values), values, 0).astype(np.int64)
        return Goal(np.where(np.isfinite(values), np.array(target.classes, float)[codes], np.nan))
    if len(target.classes) > 2:
        return Goal(values, target.classes)
    positive = target.positive if target.positive is not None else target.classes[-1]
    code = target.classes.index(positive)
    return Goal(np.where(np.isfinite(values), values == code, np.nan))


def _quantiles(name: str, numbers: pd.Series | None, sides: Sides) -> tuple[float, ...]:
    """How a target that is a number is spread."""
    asked = any(one.name == name and one.kind == "number" for one in sides.asked)
    if numbers is None or not asked:
        return ()
    known = numbers.dropna().to_numpy(float)
    if not len(known):
        return ()
    return tuple(float(f"{value:.5g}") for value in np.quantile(known, QUANTILES))


def _rate_empty(cells: pd.Series, present: pd.Series, goal: Goal | None) -> float | None:
    """What rows with an empty cell answer on average."""
    if goal is None or goal.classes or len(present) == len(cells):
        return None
    empty = np.ones(len(cells), dtype=bool)
    empty[present.index.to_numpy()] = False
    told = goal.values[empty]
    told = told[np.isfinite(told)]
    return float(f"{told.mean():.4g}") if len(told) else None


def _examples(meaning: Meaning, present: pd.Series) -> tuple[str, ...]:
    """A few different cells as they are written, where bars do not show them."""
    if meaning.semantic in _TOLD_BY_BARS or (meaning.semantic == "number" and not meaning.units):
        return ()
    drawn = present.iloc[:_EXAMPLES_AMONG].unique()[:_MOST_EXAMPLES]
    return tuple(str(cell)[:_LONGEST_EXAMPLE] for cell in drawn)


def _distinct(name: str, meaning: Meaning, present: pd.Series, long: Streamed | None) -> int:
    if long is None:
        return int(present.nunique())
    aside = len(meaning.missing_words) + (long.empty[name] > 0)
    return max(int(present.nunique()), long.sketches[name].distinct - aside)


def _missing(cells: pd.Series, present: pd.Series, long: Streamed | None) -> float:
    """Share of cells that hold nothing: empty ones counted, words for it as in the drawn rows."""
    if not len(cells):
        return 0.0
    if long is None:
        return 1 - len(present) / len(cells)
    empty = long.empty[str(cells.name)] / long.rows
    filled = int((cells != "").sum())
    return empty + (1 - empty) * (1 - len(present) / max(1, filled))


def _unseen(name: str, meaning: Meaning, present: pd.Series | None, sides: Sides) -> float | None:
    if present is None or meaning.semantic not in {"category", "boolean", "delimited"}:
        return None
    if not len(present):
        return 0.0
    if sides.long_train is not None:
        return sides.long_train.sketches[name].unseen(cell_hashes(present))
    return float((~present.isin(sides.train[name].unique())).mean())


# --- relation to the target, and to being of the test --------------------------------------------


def _to_targets(
    name: str,
    cells: pd.Series,
    meaning: Meaning,
    targets: Mapping[str, tuple[np.ndarray, bool]],
) -> tuple[float | None, float | None, str]:
    """Strength and information of what relates most, and the target that it relates to.

    Of a column without such a relation (texts, by their words) that is the first target.
    """
    if not targets or name in targets:
        return None, None, ""
    first = next(iter(targets))
    if meaning.semantic in {"text", "constant"}:
        return None, None, first
    rows = random_places(len(cells), _RELATION_ROWS)
    pairs = [
        (target, (reading, levels_of(reading), goal[rows], classes))
        for reading in readings(cells.iloc[rows], meaning)
        for target, (goal, classes) in targets.items()
    ]
    if not pairs:
        return None, None, first
    strength, related = max(((_strength(*pair), target) for target, pair in pairs), key=_by_first)
    told = max(mutual_information(*pair[1:3], classes=pair[3]) for _, pair in pairs)
    return round(strength, 4), round(told, 4), related


def _by_first(pair: tuple[float, str]) -> float:
    return pair[0]


def _strength(reading: pd.Series, levels: np.ndarray, goal: np.ndarray, classes: bool) -> float:
    strength = relation(levels, goal, classes=classes)
    if not classes and pd.api.types.is_numeric_dtype(reading):
        strength = max(strength, rank_correlation(reading.to_numpy(float), goal))
    return strength


def _drift(train: pd.Series, test: pd.Series, meaning: Meaning) -> float | None:
    """The strongest drift of what a column says."""
    if not len(train) or not len(test):
        return None
    sides = [side.iloc[random_places(len(side), MOST_ROWS)] for side in (train, test)]
    in_test = np.repeat([False, True], [len(side) for side in sides])
    found = readings(pd.concat(sides, ignore_index=True), meaning)
    areas = [drift_of_levels(levels_of(reading) + 1, in_test) for reading in found]
    return round(max(areas), 4) if areas else None
