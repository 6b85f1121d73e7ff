"""Linear models, as strongly held back as rows outside the fit ask for.

Steps: linear, strength
    linear: Fit ridge regression for the target.
    strength: Choose how strongly it is held back on three fifths in turn held out from the fit.
"""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import Ridge

OUTPUTS = 1
SECONDS_A_CELL = 1e-7
PENALTIES: list[float] = [0.1, 1, 10, 100, 1000]
PARTS = 5
ROUNDS = 3
MOST_ROWS = 20_000
TARGETS = ["hardness"]


def choose(
    models: list[BaseEstimator], features: np.ndarray, goal: pd.Series, seed: int
) -> BaseEstimator:
    """The model with the least loss on rows that it was not fitted to.

    Steps: strength
    """
    rows = np.random.RandomState(seed).permutation(len(features))[:MOST_ROWS]
    features, goal = features[rows], goal.iloc[rows]
    part = np.arange(len(rows)) % PARTS
    losses = np.zeros(len(models))
    for k in range(ROUNDS):
        held_out = part == k
        for place, model in enumerate(models):
            fitted = clone(model).fit(features[~held_out], goal[~held_out])
            losses[place] += loss(fitted, features[held_out], goal[held_out])
    return models[int(np.argmin(losses))]


def loss(model: BaseEstimator, features: np.ndarray, goal: pd.Series) -> float:
    """The mean loss on rows with a known target."""
    return float(((model.predict(features) - goal) ** 2).mean())


def affordable_rows(count: int, seconds_a_row: float, time_limit_s: float, seed: int) -> np.ndarray:
    """Positions of all rows, or of as many drawn ones as the time allows.

    Judged by what a row usually costs, not by a clock: the same limit gives the same rows anywhere.
    """
    most = max(1_000, int(time_limit_s / seconds_a_row))
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.RandomState(seed).permutation(count)[:most])


def learnable(target: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """What models learn, a column each: labels, or numbers on their scale."""
    return pd.DataFrame(target)


def ranges_of(goals: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """The least and the largest value of every goal."""
    return {str(name): (float(goals[name].min()), float(goals[name].max())) for name in goals}


def in_units(
    values: dict[str, np.ndarray], ranges: dict[str, tuple[float, float]]
) -> dict[str, np.ndarray]:
    """Predicted goals within the range of training, as quantities or ranks."""
    return {name: np.clip(one, *ranges[name]) for name, one in values.items()}


def scores_of(
    models: dict[str, BaseEstimator],
    features: pd.DataFrame | np.ndarray,
    ranges: dict[str, tuple[float, float]],
) -> pd.DataFrame:
    """Scores of rows by a model a target (or one for all classes)."""
    values = {name: np.asarray(model.predict(features)) for name, model in models.items()}
    return pd.DataFrame(in_units(values, ranges))


def weights_at(train: dict[str, Any], rows: np.ndarray) -> pd.Series | None:
    """The weights of some rows; None where all rows count alike."""
    return None


class Model:
    """One model for the classes, or one for each label or quantity."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Choose the strength of each model, then fit it to all rows."""
        features, goals = train["X_train"].to_numpy(), learnable(train["y_train"])
        seconds_a_row = features.shape[1] * OUTPUTS * SECONDS_A_CELL
        rows = affordable_rows(len(features), seconds_a_row, time_limit_s, seed)
        weights = weights_at(train, rows)
        features, goals = features[rows], goals.iloc[rows]
        self.ranges = ranges_of(goals)
        self.models = {}
        for name in TARGETS:
            self.models[name] = fit_one(features, goals[name], weights, seed)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        scores = scores_of(self.models, test["X_test"].to_numpy(), self.ranges)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the models."""
        joblib.dump(vars(self), directory / "models.joblib")

    def load(self, directory: Path) -> None:
        """Read the models."""
        vars(self).update(joblib.load(directory / "models.joblib"))


def fit_one(
    features: np.ndarray, goal: pd.Series, weights: pd.Series | None, seed: int
) -> BaseEstimator:
    """Fit the best candidate to all rows."""
    best = choose(lines(), features, goal, seed)
    return clone(best).fit(features, goal, sample_weight=weights)


def lines() -> list[BaseEstimator]:
    """Linear models, from strongly held back to hardly at all.

    Steps: linear
    """
    return [Ridge(alpha) for alpha in PENALTIES]
