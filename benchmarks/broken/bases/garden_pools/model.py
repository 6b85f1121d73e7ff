"""CatBoost on numbers and words.

Steps: boost
"""

from pathlib import Path
from typing import Any

import pandas as pd
from catboost import CatBoostClassifier, Pool

CATEGORIES = ["ground", "shaded"]


class Model:
    """Boosted trees."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Grow trees."""
        X, y = train["X_train"], train["y_train"]
        self.model = CatBoostClassifier(
            iterations=100,
            depth=4,
            learning_rate=0.1,
            loss_function="MultiClass",
            random_seed=seed,
            thread_count=1,
            verbose=False,
            allow_writing_files=False,
        )
        pool = Pool(X, y, cat_features=CATEGORIES)
        self.model.fit(pool)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Probabilities of the classes."""
        pool = Pool(test["X_test"], cat_features=CATEGORIES)
        proba = self.model.predict_proba(pool)
        scores = pd.DataFrame(proba, columns=list(self.model.classes_))
        return pd.concat([test["row_id"].rename("row_id"), scores], axis=1)

    def save(self, directory: Path) -> None:
        """Write the trees."""
        self.model.save_model(str(directory / "model.cbm"))

    def load(self, directory: Path) -> None:
        """Read the trees."""
        self.model = CatBoostClassifier()
        self.model.load_model(str(directory / "model.cbm"))
