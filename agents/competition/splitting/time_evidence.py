"""How train and test lie in time, compared with random re-splits of both.

Three shapes are told apart from mixed rows: the test after train, each entity's last rows as the
test, and periodic blocks (such as the last days of every month). All measures work on moments (see
`time_axis`) and on samples of large tables, so that looking takes a second at most.
"""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.splitting.time_axis import TimeAxis

_RESPLITS: Final = 20
_SAMPLED: Final = 50_000
_STRAY: Final = 0.005
"""Share of rows on either side that may lie on the wrong side of the cut."""
_KNOWN: Final = 0.95
_FEWEST_BLOCKS: Final = 3
_MOST_SERIES_COLUMNS: Final = 3
_MOST_CANDIDATES: Final = 10
_REPEATS: Final = 0.01
_FEWEST_MOMENTS: Final = 3
_FILLED: Final = 0.05


class Order(NamedTuple):
    """Where the test lies on one axis."""

    axis: TimeAxis
    after: float
    """Share of test rows after the last training row (but for strays), 0 to 1."""
    chance: tuple[float, float]
    """The same share in random re-splits, lowest and highest."""
    train: tuple[float, float]
    """First and last moment of the training rows that lie before the test."""
    test: tuple[float, float]
    overlap: float
    """Share of training rows after the test's beginning."""

    @property
    def is_future(self) -> bool:
        """Whether the test comes after train."""
        return self.after >= _KNOWN > self.chance[1] + 0.2 and self.overlap <= 0.02


class Tails(NamedTuple):
    """How the test rows of each entity lie beside its training rows."""

    column: str
    last: float
    """Share of test rows after all training rows of their entity, among entities in both."""
    chance: tuple[float, float]
    rows: int
    """The median number of test rows of an entity."""

    @property
    def are_tails(self) -> bool:
        """Whether entities were cut, each at its own moment."""
        return self.last >= _KNOWN - 0.05 and self.chance[1] <= self.last - 0.3


class Blocks(NamedTuple):
    """Moments of the test that lie in blocks between blocks of training moments."""

    blocks: int
    chance: tuple[int, int]
    """How many blocks random re-splits of whole moments give, lowest and highest."""
    windows: tuple[tuple[float, float], ...]
    """Before each block, as many training moments as imitate it: first and last."""

    @property
    def are_periodic(self) -> bool:
        """Whether the test comes in far fewer blocks than chance would make."""
        return self.blocks >= _FEWEST_BLOCKS and self.blocks <= self.chance[0] / 2


def order_on(axis: TimeAxis, train: Array, test: Array) -> Order | None:
    """Compare moments of train and test, shapes (rows,); None where too few rows have one."""
    known = [side[np.isfinite(side)] for side in (train, test)]
    if len(known[0]) < max(2, _KNOWN * len(train)) or len(known[1]) < max(1, _KNOWN * len(test)):
        return None
    begins = float(np.quantile(known[1], _STRAY, method="lower"))
    past = known[0][known[0] <= begins]
    first = float(known[0].min())
    drawn = [_drawn(side) for side in known]
    return Order(
        axis=axis,
        after=_share_after(known[0], known[1]),
        chance=_by_chance(drawn[0], drawn[1], _share_after),
        train=(first, float(past.max()) if len(past) else first),
        test=(begins, float(known[1].max())),
        overlap=float((known[0] > begins).mean()),
    )


def _share_after(train: Array, test: Array) -> float:
    return float((test > np.quantile(train, 1 - _STRAY, method="lower")).mean())


def _by_chance(
    train: Array, test: Array, measure: Callable[[Array, Array], float]
) -> tuple[float, float]:
    together = np.concatenate([train, test])
    chance = np.random.default_rng(0)
    shares = []
    for _ in range(_RESPLITS):
        shuffled = chance.permutation(together)
        shares.append(measure(shuffled[len(test) :], shuffled[: len(test)]))
    return min(shares), max(shares)


def _drawn(values: Array) -> Array:
    if len(values) <= _SAMPLED:
        return values
    drawn: Array = np.random.default_rng(0).choice(values, _SAMPLED, replace=False)
    return drawn


# --- tails of entities --------------------------------------------------------------------------


def tails_of(
    column: str, train: tuple[pd.Series, Array], test: tuple[pd.Series, Array]
) -> Tails | None:
    """Look whether the last rows of each entity are the test.

    Args:
        column: Names the entities.
        train: Cells of that column and moments of the training rows.
        test: The same of the test rows.

    Returns:
        None where fewer than ten entities, or less than half of the test rows, are in both.
    """
    codes, names = pd.factorize(pd.concat([train[0], test[0]], ignore_index=True))
    moments = np.concatenate([train[1], test[1]])
    asked = np.arange(len(codes)) >= len(train[0])
    keep = np.isfinite(moments) & _of_some_entities(codes, len(names))
    codes, moments, asked = codes[keep], moments[keep], asked[keep]
    both = np.intersect1d(codes[asked], codes[~asked])
    within = np.isin(codes, both)
    if len(both) < 10 or within[asked].mean() < 0.5:
        return None
    codes, moments, asked = codes[within], moments[within], asked[within]
    chance = np.random.default_rng(0)
    shares = [_share_last(codes, moments, chance.permutation(asked)) for _ in range(_RESPLITS)]
    return Tails(
        column=column,
        last=_share_last(codes, moments, asked),
        chance=(min(shares), max(shares)),
        rows=max(1, int(np.median(np.bincount(codes[asked])[both]))),
    )


def _of_some_entities(codes: Array, entities: int) -> Array:
    """Rows of so many entities that about a sample of rows is left; entities stay whole."""
    share = min(1.0, 4 * _SAMPLED / max(1, len(codes)))
    chosen: Array = (np.random.default_rng(0).random(entities) < share)[codes]
    return chosen


def _share_last(codes: Array, moments: Array, asked: Array) -> float:
    last = np.full(codes.max() + 1, -np.inf)
    np.maximum.at(last, codes[~asked], moments[~asked])
    known = np.isfinite(last[codes[asked]])
    if not known.any():
        return 0.0
    return float((moments[asked] >= last[codes[asked]])[known].mean())


# --- periodic blocks ----------------------------------------------------------------------------


def blocks_on(axis: TimeAxis, train: Array, test: Array) -> Blocks | None:
    """Look whether the test comes in blocks of whole days (or periods) that train lacks."""
    sides = [side[np.isfinite(side)] for side in (train, test)]
    units = [np.unique(np.floor(side) if axis.is_date else side) for side in sides]
    if min(len(one) for one in units) < _FEWEST_BLOCKS or len(np.intersect1d(units[0], units[1])):
        return None
    moments = np.concatenate(units)
    order = np.argsort(moments)
    asked = (np.arange(len(moments)) >= len(units[0]))[order]
    chance = np.random.default_rng(0)
    counts = [_count_blocks(chance.permutation(asked)) for _ in range(_RESPLITS)]
    return Blocks(
        blocks=_count_blocks(asked),
        chance=(min(counts), max(counts)),
        windows=tuple(_before_blocks(moments[order], asked, whole_days=axis.is_date)),
    )


def _count_blocks(asked: Array) -> int:
    return int(asked[0]) + int((asked[1:] & ~asked[:-1]).sum())


def _before_blocks(
    moments: Array, asked: Array, *, whole_days: bool
) -> Iterator[tuple[float, float]]:
    """The last training moments before each block: as long as it, and half of theirs at most."""
    cuts = np.flatnonzero(asked[1:] != asked[:-1]) + 1
    runs = np.split(np.arange(len(asked)), cuts)
    for before, block in pairwise(runs):
        if asked[block[0]]:
            length = max(1, min(len(block), len(before) // 2))
            first, last = moments[before[-length]], moments[before[-1]]
            yield float(first), float(last) + (1 - 1e-6 if whole_days else 0)


# --- series -------------------------------------------------------------------------------------


def series_columns(cells: pd.DataFrame, columns: list[str], moments: Array) -> tuple[str, ...]:
    """The fewest columns that, with the moment, name each row: whose values name the series.

    Args:
        cells: The training table.
        columns: Columns that may name things.
        moments: Of its rows, shape (rows,).

    Returns:
        Empty where the moment alone names each row, and where nothing names regular series.
    """
    rows = _of_some_moments(moments)
    codes = {name: pd.factorize(cells[name].iloc[rows])[0] for name in columns}
    when = pd.factorize(moments[rows])[0]
    if len(rows) == 0 or _repeats(when) <= _REPEATS:
        return ()
    several = [name for name in columns if codes[name].max() > 0][:_MOST_CANDIDATES]
    for size in range(1, _MOST_SERIES_COLUMNS + 1):
        found = [
            names
            for names in combinations(several, size)
            if _repeats(_joint([*(codes[name] for name in names), when])) <= _REPEATS
        ]
        regular = [names for names in found if _are_regular(cells, names, moments)]
        if regular:
            return min(regular, key=lambda names: _joint([codes[name] for name in names]).max())
    return ()


def _of_some_moments(moments: Array) -> Array:
    """Positions of all rows of so many moments that about a sample of rows is left."""
    codes, found = pd.factorize(moments, use_na_sentinel=True)
    share = min(1.0, _SAMPLED / max(1, len(codes)))
    chosen = np.random.default_rng(0).random(len(found) + 1) < max(share, 3 / (len(found) + 1))
    return np.flatnonzero(chosen[codes] & (codes >= 0))


def _joint(codes: list[Array]) -> Array:
    """One code for every combination."""
    joint = codes[0]
    for other in codes[1:]:
        joint = pd.factorize(joint * (int(other.max()) + 1) + other)[0]
    return joint


def _repeats(codes: Array) -> float:
    return 1 - len(np.unique(codes)) / max(1, len(codes))


def _are_regular(cells: pd.DataFrame, names: tuple[str, ...], moments: Array) -> bool:
    """Whether series have several rows each, and rows at many of the moments that they span."""
    series = _joint([pd.factorize(cells[name])[0] for name in names])
    known = np.isfinite(moments)
    series, when = pd.factorize(series[known])[0], moments[known]
    count = int(series.max(initial=-1)) + 1
    if not count or len(series) < _FEWEST_MOMENTS * count:
        return False
    first, last = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first, series, when)
    np.maximum.at(last, series, when)
    step = float(np.median(np.diff(np.unique(when))))
    return len(series) >= _FILLED * float(((last - first) / step + 1).sum())
