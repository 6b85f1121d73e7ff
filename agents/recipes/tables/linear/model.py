"""Linear models, as strongly held back as rows outside the fit ask for."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge

from agents.recipes.blocks.choice import choose
from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.targets import TARGETS, learnable, ranges_of, scores_of
from agents.recipes.blocks.weights import weights_at

AS_NUMBER = False
OUTPUTS = 1
SECONDS_A_CELL = 1e-7
PENALTIES: list[float] = [0.1, 1, 10, 100, 1000]
STRENGTHS: list[float] = [1, 0.3, 0.1, 0.03, 0.01]


class Model:
    """One model for the classes, or one for each label or quantity."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Choose the strength of each model, then fit it to all rows."""
        features, goals = train["X_train"].to_numpy(), learnable(train["y_train"])
        seconds_a_row = features.shape[1] * OUTPUTS * SECONDS_A_CELL
        rows = affordable_rows(len(features), seconds_a_row, time_limit_s, seed)
        weights = weights_at(train, rows)
        features, goals = features[rows], goals.iloc[rows]
        self.ranges = ranges_of(goals) if AS_NUMBER else {}
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
    if not AS_NUMBER and goal.nunique() < 2:
        return DummyClassifier().fit(features, goal)
    best = choose(lines(), features, goal, seed)
    return clone(best).fit(features, goal, sample_weight=weights)


def lines() -> list[BaseEstimator]:
    """Linear models, from strongly held back to hardly at all.

    Steps: linear
    """
    if AS_NUMBER:
        return [Ridge(alpha) for alpha in PENALTIES]
    return [LogisticRegression(C=strength, max_iter=300) for strength in STRENGTHS]
