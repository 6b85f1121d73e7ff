"""Histogram gradient boosting with a hundred small trees: quick, and a fair first score."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.targets import AS_NUMBER, TARGETS, learnable, ranges_of, scores_of
from agents.recipes.blocks.weights import weights_at

LOSS = "squared_error"
TREES = 100
OUTPUTS = 1
SECONDS_A_CELL = 7e-9


class Model:
    """One ensemble of trees a target."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Grow the trees."""
        features, goals = train["X_train"], learnable(train["y_train"])
        seconds_a_row = features.shape[1] * TREES * OUTPUTS * SECONDS_A_CELL
        rows = affordable_rows(len(features), seconds_a_row, time_limit_s, seed)
        weights = weights_at(train, rows)
        features, goals = features.iloc[rows], goals.iloc[rows]
        # An empty column has no thresholds to be cut at, and scikit-learn 1.9 fails on it.
        self.columns = [name for name in features if features[name].notna().any()]
        features = features[self.columns]
        self.ranges = ranges_of(goals) if AS_NUMBER else {}
        self.trees = {name: grow(features, goals[name], weights, seed) for name in TARGETS}

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        scores = scores_of(self.trees, test["X_test"][self.columns], self.ranges)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the trees."""
        joblib.dump(vars(self), directory / "trees.joblib")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        vars(self).update(joblib.load(directory / "trees.joblib"))


def grow(
    features: pd.DataFrame, goal: pd.Series, weights: pd.Series | None, seed: int
) -> BaseEstimator:
    """Grow the trees of one target.

    Steps: trees
    """
    settings = {"max_iter": TREES, "max_leaf_nodes": 15, "early_stopping": False}
    if AS_NUMBER:
        trees = HistGradientBoostingRegressor(loss=LOSS, random_state=seed, **settings)
    elif goal.nunique() < 2:
        trees = DummyClassifier()
    else:
        trees = HistGradientBoostingClassifier(random_state=seed, **settings)
    return trees.fit(features, goal, sample_weight=weights)
