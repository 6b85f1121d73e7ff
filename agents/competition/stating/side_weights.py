"""Weights that only a table beside holds: looked up once, and said by the column that leads there.

A description may weigh rows by a column of another table (`stores.csv` says how much each store
counts). Where one column of the training table names one row there, the weights are those of its
cells; nothing else in the engine, and no program, needs to know where they came from.
"""

from typing import Final

import numpy as np
import pandas as pd

from agents.competition.joining.joins import find_joins, match_keys
from agents.competition.metrics.row_weights import row_weights
from agents.competition.stating.pairing import Pairing
from agents.competition.stating.table_file import TableFile
from agents.errors import InputError
from agents.models import Join, MetricWeights

MOST_KEYS: Final = 2_000
"""The task lists the weights; so many keys at most can have one of their own."""


def columns_beside(pairing: Pairing) -> tuple[str, ...]:
    """Columns of the side tables that the training table does not have."""
    names = {name: None for table in pairing.side for name in table.columns}
    return tuple(name for name in names if name not in pairing.train.columns)


def weights_by_key(
    weights: MetricWeights, pairing: Pairing, targets: tuple[str, ...]
) -> tuple[MetricWeights | None, str]:
    """The same weights by a column of the training table, with a note.

    Args:
        weights: By a column of a side table.
        pairing: The tables.
        targets: The columns to be predicted.

    Returns:
        None for the weights where no single column leads there, or cells are no weights; the note
        then says that rows count alike.
    """
    for table in (one for one in pairing.side if weights.column in one.columns):
        join = _way_to(table, pairing, targets)
        if join is None:
            continue
        try:
            found = _by_key(weights, pairing.train, table, join)
        except InputError:
            continue
        where = f"`{weights.column}` of {table.path}, found by `{join.left[0]}`"
        return found, f"Rows count by {where}; those that are not found there count 1."
    return None, (
        f"The description weighs rows by `{weights.column}`, which no table tells row by row by a "
        "single key, so all rows count alike: to weigh them, put that column into the training "
        "table."
    )


def _way_to(table: TableFile, pairing: Pairing, targets: tuple[str, ...]) -> Join | None:
    """The join by one column that names one row of a side table."""
    test = None if pairing.test is None else pairing.test.drawn
    found = find_joins(pairing.train.drawn, test, {table.path: table.cells}, targets)
    fitting = (one for one in found.joins if not one.base and not one.many and len(one.left) == 1)
    return next(fitting, None)


def _by_key(
    weights: MetricWeights, train: TableFile, table: TableFile, join: Join
) -> MetricWeights | None:
    ours = pd.DataFrame({join.left[0]: train.column(join.left[0]).drop_duplicates()})
    theirs = table.telling([join.right[0], weights.column]).reset_index(drop=True)
    left, right = match_keys(ours, theirs, [(join.left[0], join.right[0])])
    amounts = pd.Series(row_weights(weights, theirs[weights.column]), index=right)
    amounts = amounts[~amounts.index.duplicated() & (amounts.index != "")]
    found = amounts.reindex(left).to_numpy(dtype=float)
    values = {
        str(cell): float(amount)
        for cell, amount in zip(ours[join.left[0]], found, strict=True)
        if np.isfinite(amount) and amount != 1.0
    }
    if not values or len(values) > MOST_KEYS:
        raise InputError(f"{table.path} weighs no row, or too many keys: rows count alike.")
    return MetricWeights(column=join.left[0], values=values, default=1.0)
