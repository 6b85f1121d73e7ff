"""What each row counts, and within which group it is measured, from the columns of its table."""

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.metrics.metric import METRIC_GROUP_COLUMN, WEIGHT_COLUMN
from agents.competition.reading.tables import to_booleans, to_numbers
from agents.errors import InputError
from agents.models import MetricChoice, MetricWeights


def metric_columns(choice: MetricChoice, cells: pd.DataFrame) -> dict[str, Array]:
    """The columns that must stand beside the truth of rows for them to be measured.

    Args:
        choice: The metric; its weights and its parameter `group` name columns.
        cells: The rows with all columns of the training table.

    Returns:
        Arrays of shape (rows,) by `WEIGHT_COLUMN` and `METRIC_GROUP_COLUMN`; empty for a metric
        that goes by neither.

    Raises:
        InputError: A column is not there, or holds no weights.
    """
    columns: dict[str, Array] = {}
    if choice.weights is not None:
        named = _column(cells, choice.weights.column, "weighs rows by")
        columns[WEIGHT_COLUMN] = row_weights(choice.weights, named)
    group = choice.parameters.get("group")
    if isinstance(group, str):
        named = _column(cells, group, "is measured within groups of")
        columns[METRIC_GROUP_COLUMN] = pd.factorize(named)[0]
    return columns


def columns_of(choice: MetricChoice) -> tuple[str, ...]:
    """The columns by which a metric weighs and groups rows."""
    weights = () if choice.weights is None else (choice.weights.column,)
    group = choice.parameters.get("group")
    return (*weights, group) if isinstance(group, str) else weights


def row_weights(weights: MetricWeights, cells: "pd.Series[str]") -> Array:
    """The weight of every row, shape (rows,).

    A cell is the one that the weights name if it is written alike, means the same number, or both
    are words for yes, or both for no.

    Raises:
        InputError: Cells that are to be the weights are no numbers, or negative.
    """
    if not weights.values:
        numbers = to_numbers(cells).to_numpy(dtype=float)
        if not (np.isfinite(numbers).all() and (numbers >= 0).all() and numbers.any()):
            raise InputError(
                f"The metric weighs rows by {weights.column!r}, whose cells are not all numbers of "
                "0 and more: mend them, or choose another --metric."
            )
        return np.asarray(numbers)
    found = np.full(len(cells), weights.default)
    alike = cells.str.strip().map(weights.values).to_numpy(dtype=float)
    odd = np.isnan(alike)
    found[~odd] = alike[~odd]
    words = cells[odd].drop_duplicates()
    for cell, weight in weights.values.items() if len(words) else ():
        meant = words[_means(words, cell)]
        found[odd & cells.isin(meant).to_numpy()] = weight
    return found


def _means(cells: "pd.Series[str]", wanted: str) -> Array:
    """Which cells say the same as `wanted`."""
    one = pd.Series([wanted], dtype="str")
    same = (cells.str.strip() == wanted.strip()).to_numpy()
    for read in (to_numbers, to_booleans):
        meant = read(one).iloc[0]
        if pd.notna(meant):
            same = same | (read(cells) == meant).to_numpy()
    return np.asarray(same, dtype=bool)


def _column(cells: pd.DataFrame, name: str, what: str) -> "pd.Series[str]":
    if name not in cells:
        raise InputError(
            f"The metric {what} {name!r}, which is no column of the training table: choose another "
            "--metric."
        )
    return cells[name]
