"""AdaBoost over trees, and a bag.

Steps: boost, bag
"""

import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import AdaBoostRegressor, BaggingRegressor
from sklearn.tree import DecisionTreeRegressor


class Model:
    """The mean of two ensembles."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Fit both."""
        X, y = train["X_train"], train["y_train"]
        tree = DecisionTreeRegressor(max_depth=4, random_state=seed)
        self.boost = AdaBoostRegressor(estimator=tree, n_estimators=40, random_state=seed)
        self.bag = BaggingRegressor(estimator=tree, n_estimators=40, random_state=seed)
        self.boost.fit(X, np.log1p(y))
        self.bag.fit(X, np.log1p(y))

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """The mean."""
        X = test["X_test"]
        mean = (self.boost.predict(X) + self.bag.predict(X)) / 2
        scores = pd.DataFrame({"hardness": np.expm1(mean)})
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write both."""
        path = os.path.join(directory, "model.joblib")
        joblib.dump(vars(self), path)

    def load(self, directory: Path) -> None:
        """Read both."""
        path = os.path.join(directory, "model.joblib")
        vars(self).update(joblib.load(path))
