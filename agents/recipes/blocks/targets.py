"""Targets on the scale on which they are learned, and back again."""

from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

PROBLEM = "binary"
CLASSES: list[str] = []
TARGETS: list[str] = []
AS_NUMBER = False
LOG_TARGET = False

Target = TypeVar("Target", pd.Series, pd.DataFrame)


def logarithm(target: Target) -> Target:
    """The logarithm of 1 + target.

    Steps: log_target
    """
    return target.transform(np.log1p)


def ranks(target: pd.Series) -> pd.Series:
    """The places of ordered classes: 0 for the lowest.

    Steps: ranks
    """
    return target.map({label: float(rank) for rank, label in enumerate(CLASSES)})


def learnable(target: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """What models learn, a column each: labels, or numbers on their scale."""
    goals = pd.DataFrame(target)
    if PROBLEM == "ordinal" and AS_NUMBER:
        goals = goals.apply(ranks)
    if LOG_TARGET:
        goals = logarithm(goals)
    return goals


def ranges_of(goals: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """The least and the largest value of every goal."""
    return {str(name): (float(goals[name].min()), float(goals[name].max())) for name in goals}


def in_units(
    values: dict[str, np.ndarray], ranges: dict[str, tuple[float, float]]
) -> dict[str, np.ndarray]:
    """Predicted goals within the range of training, as quantities or ranks."""
    within = {name: np.clip(one, *ranges[name]) for name, one in values.items()}
    if LOG_TARGET:
        return {name: np.expm1(one) for name, one in within.items()}
    return within


def quantities(found: np.ndarray, ranges: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Predicted goals, a column a target or the only one, as quantities or ranks."""
    columns = found.reshape(len(found), -1)
    named = {name: columns[:, place] for place, name in enumerate(TARGETS)}
    return pd.DataFrame(in_units(named, ranges))


def class_shares(model: BaseEstimator, features: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Probabilities, a column a class; 0 for a class that training never showed."""
    known = [str(label) for label in model.classes_]
    shares = pd.DataFrame(model.predict_proba(features), columns=known)
    return shares.reindex(columns=CLASSES, fill_value=0.0)


def label_share(model: BaseEstimator, features: pd.DataFrame | np.ndarray) -> np.ndarray:
    """The probability that a yes-or-no label is 1; 0 if training never showed a 1."""
    known = list(model.classes_)
    if 1 not in known:
        return np.zeros(len(features))
    shares: np.ndarray = model.predict_proba(features)
    return shares[:, known.index(1)]


def expected_rank(shares: pd.DataFrame) -> pd.DataFrame:
    """The mean place of ordered classes, weighted by their probabilities."""
    return pd.DataFrame({TARGETS[0]: shares.to_numpy() @ np.arange(len(CLASSES))})


def scores_of(
    models: dict[str, BaseEstimator],
    features: pd.DataFrame | np.ndarray,
    ranges: dict[str, tuple[float, float]],
) -> pd.DataFrame:
    """Scores of rows by a model a target (or one for all classes)."""
    if AS_NUMBER:
        values = {name: np.asarray(model.predict(features)) for name, model in models.items()}
        return pd.DataFrame(in_units(values, ranges))
    if PROBLEM == "multilabel":
        return pd.DataFrame({name: label_share(model, features) for name, model in models.items()})
    return class_shares(next(iter(models.values())), features)
