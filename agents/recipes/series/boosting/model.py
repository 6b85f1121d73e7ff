"""Boosted trees by LightGBM that correct a simple forecast of each series."""

import os
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import pandas as pd

TARGETS: list[str] = []
IN_LOGARITHMS = False
SETTINGS: dict[str, Any] = {}
TREES = 150
FITS = 2
SECONDS_A_TREE = 2e-3
SECONDS_A_CELL = 4e-9
FEWEST_TREES = 20


class Model:
    """Boosted trees."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Learn how far the simple forecast is off.

        Steps: boost
        """
        features = train["X_train"].set_axis(range(train["X_train"].shape[1]), axis=1)
        seconds = FITS * (SECONDS_A_TREE + SECONDS_A_CELL * features.size)
        trees = int(np.clip(time_limit_s / seconds, FEWEST_TREES, TREES))
        self.trees = []
        for number in range(FITS):
            model = lightgbm.LGBMRegressor(
                n_estimators=trees,
                learning_rate=9 / trees,
                random_state=seed + number,
                n_jobs=int(os.environ.get("OMP_NUM_THREADS", "1")),
                verbose=-1,
                **SETTINGS,
            )
            self.trees.append(
                model.fit(features, train["y_train"], sample_weight=train["weight_train"])
            )

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """The simple forecast, corrected, in the unit of the target."""
        features, level = test["X_test"], test["level_test"].to_numpy()
        simple = features["past, expected"].to_numpy(dtype=float)
        numbered = features.set_axis(range(features.shape[1]), axis=1)
        corrections = [np.asarray(model.predict(numbered)) for model in self.trees]
        correction = np.mean(corrections, axis=0)
        if IN_LOGARITHMS:
            values = np.expm1(np.log1p(np.maximum(simple * level, 0)) + correction)
        else:
            values = (simple + correction) * level
        return pd.DataFrame({"row_id": test["row_id"], TARGETS[0]: values})

    def save(self, directory: Path) -> None:
        """Write the trees."""
        joblib.dump(self.trees, directory / "trees.joblib")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        self.trees = joblib.load(directory / "trees.joblib")
