"""Extremely randomised trees: deep, many, each split drawn at random and then averaged."""

import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.targets import CLASSES, learnable, quantities, ranges_of
from agents.recipes.blocks.weights import weights_at

PROBLEM = "binary"
TARGETS: list[str] = []
AS_NUMBER = False
SETTINGS: dict[str, Any] = {}
TREES = 300
FEWEST_TREES = 60
SECONDS_A_CELL = 6e-8
SEED_SHIFT = 0


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
        if SEED_SHIFT:
            seed += SEED_SHIFT
        features, goals = features[rows], goals.iloc[rows]
        self.ranges = ranges_of(goals) if AS_NUMBER else {}
        labels = goals if goals.shape[1] > 1 else goals.iloc[:, 0]
        self.forest = new_forest(trees, seed).fit(features, labels, sample_weight=weights)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"].to_numpy()
        if AS_NUMBER:
            scores = quantities(self.forest.predict(features), self.ranges)
        elif PROBLEM == "multilabel":
            shares = self.forest.predict_proba(features)
            scores = pd.DataFrame(
                {
                    name: one @ (np.asarray(labels) == 1)
                    for name, one, labels in zip(TARGETS, shares, self.forest.classes_, strict=True)
                }
            )
        else:
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
    kind = ExtraTreesRegressor if AS_NUMBER else ExtraTreesClassifier
    cores = int(os.environ.get("OMP_NUM_THREADS", "1"))
    return kind(trees, random_state=seed, n_jobs=cores, **SETTINGS)
