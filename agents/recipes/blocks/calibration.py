"""From decision values to probabilities: a slope and offsets found on rows outside the fit.

Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017), with an offset a class where classes are
few; for two classes it is the scaling of Platt (1999).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, clone

LINK_PARTS = 4
FEW_CLASSES = 10
Link = tuple[float, list[float]]


def choose_linked(
    models: list[BaseEstimator], features: np.ndarray, goal: pd.Series, seed: int
) -> dict[str, Any]:
    """The model whose probabilities fit rows outside its own fit best, fitted to all rows."""
    labels = sorted(goal.unique())
    codes = pd.Index(labels).get_indexer(goal)
    part = parts_by_class(codes, seed)
    tried = []
    for model in models:
        values = outside_values(model, features, codes, part)
        link, loss = learn_link(values, codes)
        tried.append((loss, link, model))
    _, link, best = min(tried, key=lambda one: one[0])
    return {"labels": labels, "link": link, "model": clone(best).fit(features, codes)}


def shares_linked(chosen: dict[str, Any], features: np.ndarray) -> pd.DataFrame:
    """Probabilities of every label that training showed."""
    values = decision_values(chosen["model"], features, len(chosen["labels"]))
    return pd.DataFrame(linked(values, chosen["link"]), columns=chosen["labels"])


def parts_by_class(codes: np.ndarray, seed: int) -> np.ndarray:
    """Deal the rows of every class into parts, at random."""
    order = np.random.RandomState(seed).permutation(len(codes))
    place = pd.Series(codes[order]).groupby(codes[order]).cumcount().to_numpy()
    part = np.empty(len(codes), dtype=int)
    part[order] = (place + codes[order]) % LINK_PARTS
    return part


def outside_values(
    model: BaseEstimator, features: np.ndarray, codes: np.ndarray, part: np.ndarray
) -> np.ndarray:
    """Decision values of every row by a model that was fitted without it."""
    values = np.zeros((len(codes), codes.max() + 1))
    for k in np.unique(part):
        held_out = part == k
        fitted = clone(model).fit(features[~held_out], codes[~held_out])
        values[held_out] = decision_values(fitted, features[held_out], values.shape[1])
    return values


def decision_values(model: BaseEstimator, features: np.ndarray, classes: int) -> np.ndarray:
    """A value a class and row; what the model does not know gets its row's least value."""
    known = model.decision_function(features)
    if known.ndim == 1:
        known = np.column_stack([-known / 2, known / 2])
    values = np.repeat(known.min(axis=1, keepdims=True), classes, axis=1)
    values[:, model.classes_] = known
    return values


def learn_link(values: np.ndarray, codes: np.ndarray) -> tuple[Link, float]:
    """Slope and offsets with the least log loss, and that loss.

    Steps: link
    """
    classes = values.shape[1]
    offsets = classes if classes <= FEW_CLASSES else 0
    rows = np.arange(len(codes))

    def loss(parameters: np.ndarray) -> float:
        shifted = np.exp(parameters[0]) * values
        if offsets:
            shifted = shifted + parameters[1:]
        return float(-log_softmax(shifted, axis=1)[rows, codes].mean())

    start = np.zeros(1 + offsets)
    bounds = [(-6.0, 8.0)] + [(-8.0, 8.0)] * offsets
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return (float(np.exp(found.x[0])), found.x[1:].tolist()), float(found.fun)


def linked(values: np.ndarray, link: Link) -> np.ndarray:
    """Probabilities of decision values."""
    slope, offsets = link
    shares: np.ndarray = softmax(slope * values + (np.array(offsets) if offsets else 0.0), axis=1)
    return shares
