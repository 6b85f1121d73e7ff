"""Extremely randomised trees: deep, many, each split drawn at random and then averaged.

Steps: forest
    forest: Grow 300 deep trees with random splits for the target.
"""

import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

SETTINGS = {"min_samples_leaf": 2, "max_features": 0.5}
TREES = 300
FEWEST_TREES = 60
SECONDS_A_CELL = 6e-8
CLASSES = ["early", "late", "never"]


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


def weights_at(train: dict[str, Any], rows: np.ndarray) -> pd.Series | None:
    """The weights of some rows; None where all rows count alike."""
    return None


class Model:
    """One forest for all targets."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Grow the forest."""
        features, goals = train["X_train"].to_numpy(), learnable(train["y_train"])
        seconds_a_row = features.shape[1] * SECONDS_A_CELL
        rows = affordable_rows(len(features), FEWEST_TREES * seconds_a_row, time_limit_s, seed)
        affordable = int(time_limit_s / (len(rows) * seconds_a_row))
        trees = max(FEWEST_TREES, min(TREES, affordable))
        weights = weights_at(train, rows)
        features, goals = features[rows], goals.iloc[rows]
        self.ranges = {}
        labels = goals if goals.shape[1] > 1 else goals.iloc[:, 0]
        self.forest = new_forest(trees, seed).fit(features, labels, sample_weight=weights)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"].to_numpy()
        known = [str(label) for label in self.forest.classes_]
        scores = pd.DataFrame(self.forest.predict_proba(features), columns=known)
        scores = softened(scores.reindex(columns=CLASSES, fill_value=0.0))
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the forest."""
        joblib.dump(vars(self), directory / "forest.joblib", compress=1)

    def load(self, directory: Path) -> None:
        """Read the forest."""
        vars(self).update(joblib.load(directory / "forest.joblib"))


def softened(shares: pd.DataFrame) -> pd.DataFrame:
    """Count one more tree that cannot decide: no class is ruled out because no tree names it."""
    return (shares * TREES + 1 / len(CLASSES)) / (TREES + 1)


def new_forest(trees: int, seed: int) -> ExtraTreesClassifier | ExtraTreesRegressor:
    """A forest that is still to be grown (Geurts, Ernst and Wehenkel 2006).

    Steps: forest
    """
    kind = ExtraTreesClassifier
    cores = int(os.environ.get("OMP_NUM_THREADS", "1"))
    return kind(trees, random_state=seed, n_jobs=cores, **SETTINGS)
