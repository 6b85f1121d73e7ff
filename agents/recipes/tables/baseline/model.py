"""Histogram gradient boosting with a hundred small trees: quick, and a fair first score."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.targets import logarithm

PROBLEM = "binary"
CLASSES: list[str] = []
LOSS = "squared_error"
LOG_TARGET = False
TREES = 100
OUTPUTS = 1
SECONDS_A_CELL = 7e-9


class Model:
    """One ensemble of trees a target."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Grow the trees."""
        features, targets = train["X_train"], pd.DataFrame(train["y_train"])
        seconds_a_row = features.shape[1] * TREES * OUTPUTS * SECONDS_A_CELL
        rows = affordable_rows(len(features), seconds_a_row, time_limit_s, seed)
        features, targets = features.iloc[rows], targets.iloc[rows]
        self.trees = {name: grow(features, targets[name], seed) for name in targets}

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"]
        if PROBLEM == "regression":
            scores = {name: expected(trees, features) for name, trees in self.trees.items()}
        elif PROBLEM == "multilabel":
            scores = {name: share(trees, features, 1) for name, trees in self.trees.items()}
        else:
            trees = next(iter(self.trees.values()))
            scores = {label: share(trees, features, label) for label in CLASSES}
        return pd.DataFrame({"row_id": test["row_id"], **scores})

    def save(self, directory: Path) -> None:
        """Write the trees."""
        joblib.dump(self.trees, directory / "trees.joblib")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        self.trees = joblib.load(directory / "trees.joblib")


def grow(features: pd.DataFrame, target: pd.Series, seed: int) -> BaseEstimator:
    """Grow the trees of one target.

    Steps: trees
    """
    settings = {"max_iter": TREES, "max_leaf_nodes": 15, "early_stopping": False}
    if PROBLEM == "regression":
        values = logarithm(target) if LOG_TARGET else target
        return HistGradientBoostingRegressor(loss=LOSS, random_state=seed, **settings).fit(
            features, values
        )
    if target.nunique() < 2:
        return DummyClassifier().fit(features, target)
    return HistGradientBoostingClassifier(random_state=seed, **settings).fit(features, target)


def expected(trees: BaseEstimator, features: pd.DataFrame) -> np.ndarray:
    """Predict numbers in their own unit."""
    values: np.ndarray = trees.predict(features)
    return np.expm1(values) if LOG_TARGET else values


def share(trees: BaseEstimator, features: pd.DataFrame, label: str | int) -> np.ndarray:
    """The probability of a label; 0 for one that training never showed."""
    known = list(trees.classes_)
    if label not in known:
        return np.zeros(len(features))
    shares: np.ndarray = trees.predict_proba(features)
    return shares[:, known.index(label)]
