"""Measuring one column: missingness, distribution beside the test's, relation to the target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.profiling.drift import MOST_ROWS, drift_of_levels
from agents.competition.profiling.items import items_of
from agents.competition.profiling.readings import readings
from agents.competition.profiling.relation import (
    levels_of,
    mutual_information,
    rank_correlation,
    relation,
)
from agents.competition.profiling.semantics import Lore, Meaning, meaning_of
from agents.competition.reading.stream import Streamed, cell_hashes, random_places
from agents.competition.reading.tables import date_format, to_dates
from agents.models import Bin, ColumnProfile

MOST_BINS: Final = 12
_RELATION_ROWS: Final = 50_000


@dataclass(frozen=True)
class Sides:
    """The cells to be measured on both sides, and the targets of the training side."""

    train: pd.DataFrame
    test: pd.DataFrame | None
    targets: Mapping[str, tuple[np.ndarray, bool]] = field(default_factory=dict)
    """Name to values and whether they are class codes, as `target_values` makes them."""
    long_train: Streamed | None = None
    """All training rows, where `train` is only a part of them."""
    long_test: Streamed | None = None
    """All test rows, where `test` is only a part of them."""


def profile_column(name: str, sides: Sides, lore: Lore) -> ColumnProfile:
    """Measure a training column, beside the test's column of that name if there is one."""
    train = sides.train[name]
    test = sides.test[name] if sides.test is not None and name in sides.test else None
    goal = next(iter(sides.targets.values()), (None, False))[0]
    meaning = meaning_of(name, train, lore, None if name in sides.targets else goal)
    ours = meaning.present(train)
    theirs = None if test is None else meaning.present(test)
    numbers = meaning.numbers(ours) if meaning.semantic == "number" else None
    strength, information = _to_targets(name, train, meaning, sides.targets)
    return ColumnProfile(
        name=name,
        semantic=meaning.semantic,
        distinct=_distinct(name, meaning, ours, sides.long_train),
        missing=_missing(train, ours, sides.long_train),
        missing_test=None
        if test is None or theirs is None
        else _missing(test, theirs, sides.long_test),
        in_test=sides.test is None or test is not None,
        distribution=_distribution(meaning, ours, theirs, numbers),
        mean=None if numbers is None else float(numbers.mean()),
        minimum=None if numbers is None else float(numbers.min()),
        maximum=None if numbers is None else float(numbers.max()),
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


# --- distributions ------------------------------------------------------------------------------


def _distribution(
    meaning: Meaning, train: pd.Series, test: pd.Series | None, numbers: pd.Series | None
) -> tuple[Bin, ...]:
    """At most 12 bars over the training cells, with the test's share beside each."""
    if train.empty or meaning.semantic in {"identifier", "constant", "json"}:
        return ()
    both = [train] if test is None else [train, test]
    if meaning.semantic == "number" and train.nunique() > MOST_BINS:
        assert numbers is not None
        sides = [numbers, *(meaning.numbers(cells) for cells in both[1:])]
        return _ranges([side.to_numpy(float) for side in sides])
    if meaning.semantic == "date":
        return _periods(both)
    if meaning.semantic == "text":
        return _ranges([cells.str.count(r"\S+").to_numpy(float) for cells in both], " words")
    if meaning.semantic == "list":
        lengths = [items_of(cells, meaning.delimiter or ",").map(len) for cells in both]
        return _ranges([side.to_numpy(float) for side in lengths], " items")
    if meaning.delimiter is not None:
        both = [cells.str.split(meaning.delimiter, n=1, regex=False).str[0] for cells in both]
    return _values(both, meaning if meaning.semantic == "number" else None)


def _values(both: list[pd.Series], ordered: Meaning | None = None) -> tuple[Bin, ...]:
    """A bar a value, the most frequent first, or in the order of the numbers that they mean."""
    counts = both[0].value_counts()
    shown = counts.index[: MOST_BINS if len(counts) <= MOST_BINS else MOST_BINS - 1]
    if ordered is not None:
        shown = shown[np.argsort(ordered.numbers(pd.Series(shown, dtype="str")).to_numpy())]
    shares = [cells.value_counts(normalize=True).reindex(shown, fill_value=0.0) for cells in both]
    bins = [
        _bin(str(value), *(float(share.iloc[place]) for share in shares))
        for place, value in enumerate(shown)
    ]
    if len(counts) > MOST_BINS:
        rest = (max(0.0, 1 - float(share.sum())) for share in shares)
        bins.append(_bin(f"{len(counts) - len(shown)} others", *rest))
    return tuple(bins)


def _ranges(both: list[np.ndarray], unit: str = "") -> tuple[Bin, ...]:
    """Equal steps between the 1st and the 99th percentile; the ends hold what lies outside."""
    known = both[0][np.isfinite(both[0])]
    low, high = np.percentile(known, [1, 99])
    if low == high:
        low, high = float(known.min()), float(known.max())
    if low == high:
        return (_bin(_figure(low) + unit, *(1.0 for _ in both)),)
    edges = np.linspace(low, high, MOST_BINS + 1)
    shares = [_shares(values[np.isfinite(values)], edges) for values in both]
    labels = [f"{_figure(a)} to {_figure(b)}{unit}" for a, b in pairwise(edges)]
    return tuple(_bin(label, *share) for label, *share in zip(labels, *shares, strict=True))


def _periods(both: list[pd.Series]) -> tuple[Bin, ...]:
    written = date_format(both[0])
    if written is None:
        return ()
    dates = [to_dates(cells, written) for cells in both]
    ends = pd.concat(dates).agg(["min", "max"])
    if ends["min"] == ends["max"]:
        return (_bin(f"{ends['min']:%Y-%m-%d}", *(1.0 for _ in both)),)
    edges = pd.date_range(ends["min"], ends["max"], periods=MOST_BINS + 1)
    numbers = [side.dropna().astype("int64").to_numpy(float) for side in dates]
    shares = [
        _shares(side, edges.astype(dates[0].dtype).astype("int64").to_numpy(float))
        for side in numbers
    ]
    labels = [f"{edge:%Y-%m-%d}" for edge in edges[:-1]]
    return tuple(
        _bin(f"from {label}", *share) for label, *share in zip(labels, *shares, strict=True)
    )


def _shares(values: np.ndarray, edges: np.ndarray) -> list[float]:
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return [float(count) / max(1, len(values)) for count in counts]


def _bin(label: str, share: float, test_share: float | None = None) -> Bin:
    return Bin(label=label, share=share, test_share=test_share)


def _figure(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:.3g}"


# --- relation to the target, and to being of the test --------------------------------------------


def _to_targets(
    name: str,
    cells: pd.Series,
    meaning: Meaning,
    targets: Mapping[str, tuple[np.ndarray, bool]],
) -> tuple[float | None, float | None]:
    """Strength and information of what relates most: one reading of the column and one target."""
    if not targets or name in targets or meaning.semantic in {"text", "constant"}:
        return None, None
    rows = random_places(len(cells), _RELATION_ROWS)
    pairs = [
        (reading, levels_of(reading), goal[rows], classes)
        for reading in readings(cells.iloc[rows], meaning)
        for goal, classes in targets.values()
    ]
    if not pairs:
        return None, None
    strength = max(_strength(*pair) for pair in pairs)
    told = max(mutual_information(*pair[1:3], classes=pair[3]) for pair in pairs)
    return round(strength, 4), round(told, 4)


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
