"""Support vector machines with Gaussian kernels: smooth, and at their best where rows are few."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from agents.recipes.blocks.calibration import choose_linked, shares_linked
from agents.recipes.blocks.choice import choose
from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.targets import (
    CLASSES,
    TARGETS,
    expected_rank,
    in_units,
    learnable,
    ranges_of,
)
from agents.recipes.blocks.weights import weights_at

PROBLEM = "binary"
AS_NUMBER = False
AS_EXPECTED = False
FITS = 13
SECONDS_A_PAIR = 2e-10
COLUMNS_A_PAIR = 40
WIDTHS: list[list[float]] = [[3, 0.25], [10, 0.1], [30, 0.03], [100, 0.01]]


class Model:
    """One machine a target."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Choose the width of the kernel, then fit to as many rows as the time allows."""
        features, goals = train["X_train"].to_numpy(), learnable(train["y_train"])
        seconds_a_pair = (features.shape[1] + COLUMNS_A_PAIR) * FITS * SECONDS_A_PAIR * len(TARGETS)
        most = int((time_limit_s / seconds_a_pair) ** 0.5)
        rows = affordable_rows(len(features), time_limit_s / max(1, most), time_limit_s, seed)
        weights = weights_at(train, rows)
        features, goals = features[rows], goals.iloc[rows]
        if AS_NUMBER:
            self.ranges = ranges_of(goals)
        self.models = {}
        for name in TARGETS:
            self.models[name] = fit_one(features, goals[name], weights, seed)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"].to_numpy()
        if AS_NUMBER:
            values = {name: one["model"].predict(features) for name, one in self.models.items()}
            scores = pd.DataFrame(in_units(values, self.ranges))
        elif PROBLEM == "multilabel":
            shares = {name: shares_linked(one, features) for name, one in self.models.items()}
            scores = pd.DataFrame(
                {name: one[1] if 1 in one else 0.0 * one[0] for name, one in shares.items()}
            )
        else:
            scores = shares_linked(next(iter(self.models.values())), features)
            scores = scores.reindex(columns=CLASSES, fill_value=0.0)
            if AS_EXPECTED:
                scores = expected_rank(scores)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the machines."""
        joblib.dump(vars(self), directory / "models.joblib", compress=1)

    def load(self, directory: Path) -> None:
        """Read the machines."""
        vars(self).update(joblib.load(directory / "models.joblib"))


def fit_one(
    features: np.ndarray, goal: pd.Series, weights: pd.Series | None, seed: int
) -> dict[str, Any]:
    """Fit the best candidate to all rows; classes come with a link to probabilities."""
    if AS_NUMBER:
        best = choose(kernels(features), features, goal, seed)
        return {"model": clone(best).fit(features, goal, sample_weight=weights)}
    return choose_linked(kernels(features), features, goal, seed)


def kernels(features: np.ndarray) -> list[BaseEstimator]:
    """Gaussian kernels from narrow to wide.

    The wider a kernel, the less it needs to be held back: one line through both settings is tried.

    Steps: kernel
    """
    width = 1 / (features.shape[1] * features.var())
    if AS_NUMBER:
        return [
            TransformedTargetRegressor(
                SVR(C=strength, gamma=gamma * width, epsilon=0.05), transformer=StandardScaler()
            )
            for strength, gamma in WIDTHS
        ]
    return [SVC(C=strength, gamma=gamma * width) for strength, gamma in WIDTHS]
