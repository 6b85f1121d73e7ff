"""LightGBM with early stopping.

Steps: boost, early_stop
"""

from pathlib import Path
from typing import Any

import joblib
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

PARAMS = {
    "n_estimators": 200,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "verbosity": -1,
    "n_jobs": 1,
}


class Model:
    """Boosted trees."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Grow trees until held-out rows no longer improve."""
        X, y = train["X_train"], train["y_train"]
        X_tr, X_va, y_tr, y_va = train_test_split(
            X, y, test_size=0.2, random_state=seed, stratify=y
        )
        self.model = lgb.LGBMClassifier(random_state=seed, **PARAMS)
        self.model.fit(
            X_tr,
            y_tr,
            eval_set=[(X_va, y_va)],
            callbacks=[lgb.early_stopping(20, verbose=False)],
        )
        self.best = self.model.best_iteration_

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Probabilities of the classes."""
        X = test["X_test"]
        proba = self.model.predict_proba(X, num_iteration=self.best)
        out = pd.DataFrame(np.asarray(proba), columns=self.model.classes_)
        out.insert(0, "row_id", test["row_id"].values)
        return out

    def save(self, directory: Path) -> None:
        """Write the trees."""
        joblib.dump((self.model, self.best), directory / "model.pkl")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        self.model, self.best = joblib.load(directory / "model.pkl")
