"""How much each row counts, where the metric weighs rows."""

from typing import Any

import numpy as np
import pandas as pd

from agents.competition.reading.tables import to_numbers

WEIGHTED = False
WEIGHT_COLUMN = ""
WEIGHTS: dict[str, float] = {}
USUAL_WEIGHT = 1.0
INVERSE = False


def row_weights(cells: pd.DataFrame, target: pd.Series | pd.DataFrame) -> pd.Series:
    """The weight of every row.

    Steps: weights
    """
    weights = pd.Series(USUAL_WEIGHT, index=cells.index)
    if WEIGHT_COLUMN:
        weights = cell_weights(cells[WEIGHT_COLUMN])
    if INVERSE:
        weights = weights / sizes(pd.DataFrame(target).iloc[:, 0])
    return (weights / weights.mean()).astype("float64")


def cell_weights(cells: pd.Series) -> pd.Series:
    """The weights that cells name, or are."""
    if WEIGHTS:
        return cells.map(WEIGHTS).fillna(USUAL_WEIGHT)
    return to_numbers(cells).fillna(USUAL_WEIGHT)


def sizes(target: pd.Series) -> pd.Series:
    """How large each target is; the smallest tenth counts as the tenth does."""
    size = target.abs()
    return size.clip(lower=max(float(size.quantile(0.1)), 1e-9))


def weights_at(train: dict[str, Any], rows: np.ndarray) -> pd.Series | None:
    """The weights of some rows; None where all rows count alike."""
    return train["weight_train"].iloc[rows] if WEIGHTED else None
