"""Boosted trees by CatBoost, as many as held-out rows ask for."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor, Pool

PROBLEM = "binary"
CLASSES: list[str] = []
TARGETS: list[str] = []
GROUP_COLUMN = ""
LOSS = "Logloss"
LOG_TARGET = False
REFIT = True
TREES = 2_000
PATIENCE = 50
DEPTH = 6
RATE = 0.05
HELD_OUT = 0.1
UNLIMITED_S = 1e8


class Model:
    """Boosted trees, or a constant where there is nothing to tell apart."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Boost until held-out rows no longer improve."""
        self.trees = boost(train, seed, time_limit_s)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"]
        if PROBLEM == "regression":
            values = np.asarray(self.trees.predict(features)).reshape(len(features), -1)
            scores = pd.DataFrame(np.expm1(values) if LOG_TARGET else values, columns=TARGETS)
        elif PROBLEM == "multilabel":
            scores = pd.DataFrame(self.trees.predict_proba(features), columns=TARGETS)
        else:
            known = [str(label) for label in self.trees.classes_]
            scores = pd.DataFrame(self.trees.predict_proba(features), columns=known)
            scores = scores.reindex(columns=CLASSES, fill_value=0.0)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the trees."""
        self.trees.save_model(directory / "trees.cbm")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        kind = CatBoostRegressor if PROBLEM == "regression" else CatBoostClassifier
        self.trees = kind().load_model(directory / "trees.cbm")


def boost(train: dict[str, Any], seed: int, time_limit_s: float) -> CatBoost:
    """Boost on most rows until the others no longer improve."""
    features, target = train["X_train"], train["y_train"]
    if LOG_TARGET:
        target = np.log1p(target)
    words = list(features.select_dtypes("str"))
    held_out = draw_rows(train, seed)
    fitted, watched = (Pool(features[rows], target[rows], cat_features=words) for rows in (~held_out, held_out))
    settings = {"loss_function": LOSS, "depth": DEPTH, "learning_rate": RATE, "random_seed": seed,
      "thread_count": int(os.environ.get("OMP_NUM_THREADS", "1")), "verbose": False, "allow_writing_files": False}
    settings |= eval(os.environ.get("XS","{}"))
    kind = CatBoostRegressor if PROBLEM == "regression" else CatBoostClassifier
    trees = kind(iterations=TREES, od_type="Iter", od_wait=PATIENCE, **settings)
    trees.fit(fitted, eval_set=watched)
    print(trees.tree_count_, end=' ')
    if REFIT:
        trees = kind(iterations=max(1, trees.tree_count_), **settings).fit(Pool(features, target, cat_features=words))
    return trees


def draw_rows(train: dict[str, Any], seed: int) -> np.ndarray:
    """Hold out a tenth of the rows."""
    chance = np.random.RandomState(seed)
    if GROUP_COLUMN:
        keys = pd.factorize(train["groups_train"])[0]
        return chance.random_sample(keys.max() + 1)[keys] < HELD_OUT
    return chance.random_sample(len(train["X_train"])) < HELD_OUT
