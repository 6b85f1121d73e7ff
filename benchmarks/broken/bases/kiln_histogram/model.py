"""Histogram boosting beside a ridge.

Steps: boost, ridge, blend
"""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def rmse(y_true: pd.Series, y_pred: np.ndarray) -> float:
    """The error that is asked for."""
    return float(root_mean_squared_error(y_true, y_pred))


class Model:
    """Two models and their weights."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Fit both, and weigh them on held-out rows."""
        X, y = train["X_train"], train["y_train"]
        self.models = self.make(seed)
        folds = KFold(n_splits=3, shuffle=True, random_state=seed)
        held_out = np.zeros((len(X), len(self.models)))
        for fit_rows, rows in folds.split(X):
            for place, model in enumerate(self.make(seed)):
                model.fit(X.iloc[fit_rows], y.iloc[fit_rows])
                held_out[rows, place] = model.predict(X.iloc[rows])
        errors = np.array([rmse(y, held_out[:, place]) for place in range(len(self.models))])
        self.weights = (1 / errors) / (1 / errors).sum()
        for model in self.models:
            model.fit(X, y)

    def make(self, seed: int) -> list[Any]:
        """Models that are still to be fitted."""
        boost = HistGradientBoostingRegressor(max_iter=60, random_state=seed)
        return [boost, make_pipeline(StandardScaler(), Ridge(alpha=1.0))]

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """The blend."""
        X = test["X_test"]
        values = sum(w * m.predict(X) for w, m in zip(self.weights, self.models, strict=True))
        return pd.DataFrame({"row_id": test["row_id"], "hardness": values})

    def save(self, directory: Path) -> None:
        """Write both."""
        joblib.dump((self.models, self.weights), directory / "models.joblib")

    def load(self, directory: Path) -> None:
        """Read both."""
        self.models, self.weights = joblib.load(directory / "models.joblib")
