"""Linear discriminant analysis: a normal distribution a class, with one shape shared by all."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from agents.recipes.blocks.calibration import choose_linked, shares_linked
from agents.recipes.blocks.rows import affordable_rows

CLASSES: list[str] = []
SECONDS_A_CELL = 2e-6
SHRINKAGES: list[float] = [0.01, 0.05, 0.1, 0.2, 0.4, 0.7]


class Model:
    """Class means, and the shape of the clouds around them."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Choose how round the clouds are taken to be, then fit to all rows."""
        features, goal = train["X_train"].to_numpy(), train["y_train"]
        seconds_a_row = features.shape[1] * SECONDS_A_CELL
        rows = affordable_rows(len(features), seconds_a_row, time_limit_s, seed)
        self.chosen = choose_linked(discriminants(), features[rows], goal.iloc[rows], seed)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        scores = shares_linked(self.chosen, test["X_test"].to_numpy())
        scores = scores.reindex(columns=CLASSES, fill_value=0.0)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the discriminant."""
        joblib.dump(self.chosen, directory / "discriminant.joblib")

    def load(self, directory: Path) -> None:
        """Read the discriminant."""
        self.chosen = joblib.load(directory / "discriminant.joblib")


def discriminants() -> list[BaseEstimator]:
    """From a shape as measured to a ball (shrinkage: Friedman 1989; Ledoit and Wolf 2004).

    Steps: discriminant
    """
    return [LinearDiscriminantAnalysis(solver="lsqr", shrinkage=one) for one in SHRINKAGES]
