"""Gradient boosting by LightGBM: leaf by leaf, as many trees as held-out rows ask for.

Steps: boost, early_stop
    boost: Boost trees of at most 24 leaves for the target with LightGBM, each on 50% of the
        columns.
    early_stop: Stop when rows held out from training no longer improve. Then fit that many trees to
        all rows.
"""

import os
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import pandas as pd
from lightgbm import Booster, Dataset, early_stopping

SETTINGS = {
    "objective": "regression",
    "num_leaves": 24,
    "min_child_samples": 10,
    "colsample_bytree": 0.5,
    "subsample": 0.8,
    "subsample_freq": 1,
    "reg_lambda": 5.0,
}
RATE = 0.04
TREES = 2_000
USUAL_TREES = 400
PATIENCE = 50
OUTPUTS = 1
LONGER = 1.1
SECONDS_A_TREE = 3e-4
SECONDS_A_ROW = 6e-8
SECONDS_A_COLUMN = 2e-5
SECONDS_A_CELL = 1.5e-9
HELD_OUT = 0.1
TARGETS = ["hardness"]


def held_out_rows(train: dict[str, Any], seed: int) -> np.ndarray:
    """Choose rows to hold out; every class of the target is left in the others.

    Steps: early_stop

    Args:
        train: `y_train`; `groups_train` (keys) where HOLDOUT is "grouped"; `time_train` (numbers,
            later is larger) where it is "last".
        seed: Of the draw.

    Returns:
        Booleans of shape (rows,), true for about HELD_OUT of them, at least one.
    """
    held_out = np.random.RandomState(seed).random_sample(len(train["y_train"])) < HELD_OUT
    if not held_out.any():
        held_out[-1] = True
    return held_out


def learnable(target: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """What models learn, a column each: labels, or numbers on their scale."""
    return pd.DataFrame(target)


def ranges_of(goals: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """The least and the largest value of every goal."""
    return {str(name): (float(goals[name].min()), float(goals[name].max())) for name in goals}


def in_units(
    values: dict[str, np.ndarray], ranges: dict[str, tuple[float, float]]
) -> dict[str, np.ndarray]:
    """Predicted goals within the range of training, as quantities or ranks."""
    return {name: np.clip(one, *ranges[name]) for name, one in values.items()}


def weights_at(train: dict[str, Any], rows: np.ndarray) -> pd.Series | None:
    """The weights of some rows; None where all rows count alike."""
    return None


class Model:
    """Boosted trees: one ensemble for all classes, or one a target."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Boost until held-out rows no longer improve."""
        features, goals = train["X_train"].to_numpy(), learnable(train["y_train"])
        self.learned: dict[str, Any] = {}
        self.learned["ranges"] = ranges_of(goals)
        held_out = held_out_rows(train, seed)
        settings = settings_for(len(features), features.shape[1], time_limit_s, seed)
        if len(self.learned.get("labels", [])) > 2:
            settings["num_class"] = len(self.learned["labels"])
        parts = [np.flatnonzero(~held_out), np.flatnonzero(held_out), np.arange(len(features))]
        weights = [weights_at(train, rows) for rows in parts]
        self.trees = {}
        for name in TARGETS:
            goal = goals[name].to_numpy()
            rows = [
                Dataset(features[part], goal[part], weight=weight)
                for part, weight in zip(parts, weights, strict=True)
            ]
            self.trees[name] = grow(rows, settings)

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"].to_numpy()
        found = {name: np.asarray(trees.predict(features)) for name, trees in self.trees.items()}
        scores = pd.DataFrame(in_units(found, self.learned["ranges"]))
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the trees."""
        joblib.dump(vars(self), directory / "trees.joblib")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        vars(self).update(joblib.load(directory / "trees.joblib"))


def grow(rows: list[Dataset], settings: dict[str, Any]) -> Booster:
    """Grow the trees of one target, on rows to fit, rows to watch, or both.

    Steps: boost
    """
    fitted, watched, everything = rows
    stop = early_stopping(PATIENCE, verbose=False)
    trees = lightgbm.train(settings, fitted, valid_sets=[watched], callbacks=[stop])
    enough = max(10, round(LONGER * trees.best_iteration))
    return lightgbm.train({**settings, "num_iterations": enough}, everything)


def settings_for(rows: int, columns: int, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Settings for the time there is: where it allows fewer trees than usual, each learns more.

    Judged by what a tree usually costs, not by a clock: the same limit gives the same trees.
    """
    seconds = SECONDS_A_TREE + SECONDS_A_ROW * rows
    seconds += columns * (SECONDS_A_COLUMN + SECONDS_A_CELL * rows)
    seconds *= 0.35 + 0.65 * OUTPUTS
    trees = max(10, min(TREES, int(time_limit_s / seconds / (2))))
    return SETTINGS | {
        "num_iterations": trees,
        "learning_rate": min(0.5, RATE * max(1.0, USUAL_TREES / trees)),
        "seed": seed,
        "num_threads": int(os.environ.get("OMP_NUM_THREADS", "1")),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
