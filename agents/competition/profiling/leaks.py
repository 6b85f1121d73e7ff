"""Ways in which the answer shows through where it should not: order, ids, empty cells, copies."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.profiling.column import Sides
from agents.competition.profiling.relation import levels_of, relation
from agents.competition.reading.stream import random_places
from agents.models import ColumnProfile

_ROWS: Final = 50_000
_STRONG: Final = 0.9
_FEWEST_EMPTY: Final = 0.005
_FREEDOM: Final = 9
"""Of a column in tenths of its rows."""


class Leaks(NamedTuple):
    """What shows the answer, or the same thing twice."""

    order: float
    """Relation of the row's place in the training table to a target, 0 to 1."""
    order_by_chance: float
    """What that relation stays below where there is none."""
    empty: tuple[tuple[str, float], ...]
    """Columns whose being empty says the target, with the relation."""
    twins: tuple[tuple[str, ...], ...]
    """Columns that cut the rows into the same parts, so that one tells all that the others do."""


def find_leaks(sides: Sides, places: np.ndarray, columns: Iterable[ColumnProfile]) -> Leaks:
    """Look for what the columns' own figures do not show.

    Args:
        sides: The measured cells with their targets.
        places: Where in the training table each measured row stands, ascending, shape (rows,).
        columns: The features as measured.
    """
    rows = random_places(len(sides.train), _ROWS)
    goals = {name: (goal[rows], classes) for name, (goal, classes) in sides.targets.items()}
    empty = [
        (column.name, strength)
        for column in columns
        if column.in_test and _FEWEST_EMPTY <= column.missing <= 1 - _FEWEST_EMPTY
        if (strength := _of_emptiness(sides.train[column.name].iloc[rows], column, goals))
        >= _STRONG
    ]
    names = [column.name for column in columns if column.semantic != "constant" and column.in_test]
    order = _strongest(pd.Series(places[rows].astype(float)), goals)
    return Leaks(order, _by_chance(goals), tuple(empty), _twins(sides, names))


def _by_chance(goals: Mapping[str, tuple[np.ndarray, bool]]) -> float:
    """What the relation of ten levels to a target stays below where there is none.

    Its square has a standard error of about the root of twice the degrees of freedom, by rows whose
    target is known; this is four of them.
    """
    known = min((int(np.isfinite(goal).sum()) for goal, _ in goals.values()), default=0)
    return float(np.sqrt(4 * np.sqrt(2 * _FREEDOM) / max(1, known)))


def _of_emptiness(
    cells: pd.Series, column: ColumnProfile, goals: Mapping[str, tuple[np.ndarray, bool]]
) -> float:
    empty = (cells == "") | cells.isin(list(column.missing_words))
    return _strongest(empty.astype(float), goals)


def _strongest(values: pd.Series, goals: Mapping[str, tuple[np.ndarray, bool]]) -> float:
    levels = levels_of(values)
    found = (relation(levels, goal, classes=classes) for goal, classes in goals.values())
    return max(found, default=0.0)


def _twins(sides: Sides, names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of columns whose cells are equal in the same rows, all-different columns apart."""
    groups: dict[bytes, list[str]] = {}
    for name in names:
        codes, values = pd.factorize(sides.train[name])
        if len(values) < len(codes):
            groups.setdefault(codes.astype(np.int32).tobytes(), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
