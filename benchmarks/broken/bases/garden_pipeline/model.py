"""A forest, checked on held-out rows.

Steps: forest
"""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold


class Model:
    """A random forest."""

    def build(self, seed: int) -> RandomForestClassifier:
        """A forest that is still to be grown."""
        return RandomForestClassifier(n_estimators=100, min_samples_leaf=2, random_state=seed)

    def check(self, X: pd.DataFrame, y: pd.Series, seed: int) -> float:
        """Accuracy on held-out rows."""
        scores = []
        folds = StratifiedKFold(n_splits=3, shuffle=True, random_state=seed)
        for train_idx, valid_idx in folds.split(X, y):
            model = self.build(seed)
            model.fit(X.iloc[train_idx], y.iloc[train_idx])
            predicted = model.predict(X.iloc[valid_idx])
            scores.append(accuracy_score(y.iloc[valid_idx], predicted))
        return float(sum(scores) / len(scores))

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Check, then grow on all rows."""
        X, y = train["X_train"], train["y_train"]
        print("accuracy:", self.check(X, y, seed))
        self.columns = list(X.columns)
        self.model = self.build(seed)
        self.model.fit(X, y)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Probabilities of the classes."""
        X = test["X_test"][self.columns]
        proba = self.model.predict_proba(X)
        scores = pd.DataFrame(proba, columns=[str(name) for name in self.model.classes_])
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the forest."""
        joblib.dump({"model": self.model, "columns": self.columns}, directory / "model.joblib")

    def load(self, directory: Path) -> None:
        """Read the forest."""
        state = joblib.load(directory / "model.joblib")
        self.model, self.columns = state["model"], state["columns"]
