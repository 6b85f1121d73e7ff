"""How scores of several candidates become one: pools, and the functions that apply them.

A pool is a value: either a weighted mean (`blend`) or a linear combination on the scale of a link
(`stack`). Both are copied as text into stand-alone programs, so each is complete in itself, needs
only numpy and pandas, and takes parameters that JSON can hold. How pools are found is the business
of `agents.competition.judging.aggregation`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from agents.models import Pool

Frames = dict[str, pd.DataFrame]
"""Scores of each candidate: `row_id`, then the columns of scores."""


def blend(frames: dict[str, pd.DataFrame], parameters: dict[str, Any]) -> pd.DataFrame:
    """Average scores of the same rows, on the scale where their errors are alike."""
    weights, scale = parameters["weights"], parameters["scale"]
    first = frames[next(iter(weights))]
    columns = [name for name in first.columns if name != "row_id"]
    total = np.zeros((len(first), len(columns)))
    for name, weight in weights.items():
        rows = frames[name].set_index("row_id").loc[list(first["row_id"]), columns]
        values = rows.to_numpy(dtype=float)
        if scale == "log":
            values = np.log1p(np.maximum(values, 0.0))
        if scale == "logit":
            values = np.clip(values, 1e-9, 1 - 1e-9)
            values = np.log(values / (1 - values))
        total += weight / sum(weights.values()) * values
    if scale == "log":
        total = np.expm1(total)
    if scale == "logit":
        total = 1 / (1 + np.exp(-total))
    blended = pd.DataFrame(total, columns=columns)
    blended.insert(0, "row_id", first["row_id"].to_numpy())
    return blended


def stack(frames: dict[str, pd.DataFrame], parameters: dict[str, Any]) -> pd.DataFrame:
    """Add up scores on the scale of a link, every column with its own coefficients.

    The link is `softmax` (log-probabilities of classes), `logit` (probabilities on their own),
    `log` (logarithms of amounts) or `linear`.
    """
    link, intercepts = parameters["link"], parameters["intercepts"]
    columns = list(intercepts)
    first = frames[next(iter(parameters["coefficients"]))]
    total = np.tile([float(intercepts[name]) for name in columns], (len(first), 1))
    for name, coefficients in parameters["coefficients"].items():
        rows = frames[name].set_index("row_id").loc[list(first["row_id"]), columns]
        values = rows.to_numpy(dtype=float)
        if link == "log":
            values = np.log1p(np.maximum(values, 0.0))
        elif link != "linear":
            values = np.clip(values, 1e-6, 1 - 1e-6)
            values = np.log(values if link == "softmax" else values / (1 - values))
        total += values * [float(coefficients[column]) for column in columns]
    if link == "softmax":
        total = np.exp(total - total.max(axis=1, keepdims=True))
        total /= total.sum(axis=1, keepdims=True)
    elif link == "logit":
        total = 1 / (1 + np.exp(-total))
    elif link == "log":
        total = np.expm1(total)
    stacked = pd.DataFrame(total, columns=columns)
    stacked.insert(0, "row_id", first["row_id"].to_numpy())
    return stacked


def as_ratings(scores: pd.DataFrame, classes: list[str], target: str) -> pd.DataFrame:
    """The expected rating of every row, from the probabilities of ordered classes."""
    if target in scores.columns:
        return scores
    expected = scores[classes].to_numpy(dtype=float) @ np.arange(len(classes))
    return pd.DataFrame({"row_id": scores["row_id"].to_numpy(), target: expected})


COMBINE: dict[str, Callable[[Frames, dict[str, Any]], pd.DataFrame]] = {
    "blend": blend,
    "stack": stack,
}
"""What applies a pool, by its kind."""


def combined(pool: Pool, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The pooled scores of the same rows."""
    members = {name: frames[name] for name in pool.weights}
    if pool.ratings:
        classes = list(pool.ratings)
        members = {name: as_ratings(one, classes, pool.target) for name, one in members.items()}
    return COMBINE[pool.kind](members, dict(pool.parameters))
