"""Measuring one column: missingness, distribution beside the test's, relation to the target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.relation import levels_of, rank_correlation, relation
from agents.competition.semantics import Lore, Meaning, meaning_of
from agents.competition.tables import date_format, to_dates, to_numbers
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
    whole_train: pd.DataFrame | None = None
    """All training rows, where `train` is only a part of them: for values unseen in train."""


def profile_column(name: str, sides: Sides, lore: Lore) -> ColumnProfile:
    """Measure a training column, beside the test's column of that name if there is one."""
    train = sides.train[name]
    test = sides.test[name] if sides.test is not None and name in sides.test else None
    goal = next(iter(sides.targets.values()), (None, False))[0]
    meaning = meaning_of(name, train, lore, None if name in sides.targets else goal)
    ours = _present(train, meaning)
    theirs = None if test is None else _present(test, meaning)
    numbers = to_numbers(ours) if meaning.semantic == "number" else None
    return ColumnProfile(
        name=name,
        semantic=meaning.semantic,
        distinct=int(ours.nunique()),
        missing=_missing(train, ours),
        missing_test=None if test is None or theirs is None else _missing(test, theirs),
        in_test=sides.test is None or test is not None,
        distribution=_distribution(meaning, ours, theirs),
        mean=None if numbers is None else float(numbers.mean()),
        minimum=None if numbers is None else float(numbers.min()),
        maximum=None if numbers is None else float(numbers.max()),
        integer=meaning.integer,
        missing_words=meaning.missing_words,
        delimiter=meaning.delimiter,
        parts=meaning.parts,
        unseen=_unseen(name, meaning, theirs, sides),
        to_target=None if name in sides.targets else _to_target(train, meaning, sides.targets),
        note=meaning.note,
    )


def _present(cells: pd.Series, meaning: Meaning) -> pd.Series:
    """The cells that hold something."""
    filled = cells[cells != ""]
    if not meaning.missing_words:
        return filled
    return filled[~filled.isin(list(meaning.missing_words))]


def _missing(cells: pd.Series, present: pd.Series) -> float:
    return 1 - len(present) / len(cells) if len(cells) else 0.0


def _unseen(name: str, meaning: Meaning, present: pd.Series | None, sides: Sides) -> float | None:
    if present is None or meaning.semantic not in {"category", "boolean", "delimited"}:
        return None
    known = (sides.train if sides.whole_train is None else sides.whole_train)[name]
    return float((~present.isin(known.unique())).mean()) if len(present) else 0.0


# --- distributions ------------------------------------------------------------------------------


def _distribution(meaning: Meaning, train: pd.Series, test: pd.Series | None) -> tuple[Bin, ...]:
    """At most 12 bars over the training cells, with the test's share beside each."""
    if train.empty or meaning.semantic in {"identifier", "constant"}:
        return ()
    both = [train] if test is None else [train, test]
    if meaning.semantic == "number" and train.nunique() > MOST_BINS:
        return _ranges([to_numbers(cells).to_numpy(float) for cells in both])
    if meaning.semantic == "date":
        return _periods(both)
    if meaning.semantic == "text":
        return _ranges([cells.str.count(r"\S+").to_numpy(float) for cells in both], " words")
    if meaning.delimiter is not None:
        both = [cells.str.split(meaning.delimiter, n=1, regex=False).str[0] for cells in both]
    return _values(both, ordered=meaning.semantic == "number")


def _values(both: list[pd.Series], *, ordered: bool) -> tuple[Bin, ...]:
    counts = both[0].value_counts()
    shown = counts.index[: MOST_BINS if len(counts) <= MOST_BINS else MOST_BINS - 1]
    if ordered:
        shown = shown[np.argsort(to_numbers(pd.Series(shown, dtype="str")).to_numpy())]
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


# --- relation to the target ---------------------------------------------------------------------


def _to_target(
    cells: pd.Series, meaning: Meaning, targets: Mapping[str, tuple[np.ndarray, bool]]
) -> float | None:
    """The strongest relation between the column, or one of its parts, and one of the targets."""
    if not targets or meaning.semantic in {"text", "constant"}:
        return None
    rows = np.arange(len(cells))
    if len(rows) > _RELATION_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _RELATION_ROWS, replace=False))
    views = _views(cells.iloc[rows], meaning)
    return max(
        (
            _strength(view, goal[rows], classes)
            for view in views
            for goal, classes in targets.values()
        ),
        default=None,
    )


def _views(cells: pd.Series, meaning: Meaning) -> list[pd.Series]:
    """What of a column can relate to a target: numbers, words, the parts of delimited cells."""
    if meaning.semantic == "date" and (written := date_format(cells)) is not None:
        dates = to_dates(cells, written)
        return [dates.astype("int64").astype(float).where(dates.notna())]
    if meaning.semantic == "number" or (meaning.semantic == "identifier" and meaning.integer):
        return [to_numbers(cells, meaning.missing_words)]
    if meaning.semantic == "identifier":
        return []
    if meaning.delimiter is not None:
        parts = cells.str.split(meaning.delimiter, expand=True, regex=False)
        return [
            _numbers_or_words(parts[place].fillna("")) for place in parts.columns[: meaning.parts]
        ]
    return [cells]


def _numbers_or_words(cells: pd.Series) -> pd.Series:
    numbers = to_numbers(cells)
    return numbers if numbers[cells != ""].notna().all() else cells


def _strength(view: pd.Series, goal: np.ndarray, classes: bool) -> float:
    strength = relation(levels_of(view), goal, classes=classes)
    if not classes and pd.api.types.is_numeric_dtype(view):
        strength = max(strength, rank_correlation(view.to_numpy(float), goal))
    return round(strength, 4)
