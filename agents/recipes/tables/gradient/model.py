"""Gradient boosting by LightGBM: leaf by leaf, as many trees as held-out rows ask for."""

import os
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import pandas as pd
from lightgbm import Booster, Dataset, early_stopping

from agents.recipes.blocks.holdout import held_out_rows
from agents.recipes.blocks.targets import (
    AS_NUMBER,
    CLASSES,
    TARGETS,
    in_units,
    learnable,
    ranges_of,
)
from agents.recipes.blocks.weights import weights_at

PROBLEM = "binary"
REFIT = False
SETTINGS: dict[str, Any] = {}
RATE = 0.04
TREES = 2_000
USUAL_TREES = 400
PATIENCE = 50
OUTPUTS = 1
LONGER = 1.1
SEED_SHIFT = 0
SECONDS_A_TREE = 3e-4
SECONDS_A_ROW = 6e-8
SECONDS_A_COLUMN = 2e-5
SECONDS_A_CELL = 1.5e-9


class Model:
    """Boosted trees: one ensemble for all classes, or one a target."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Boost until held-out rows no longer improve."""
        features, goals = train["X_train"].to_numpy(), learnable(train["y_train"])
        self.learned: dict[str, Any] = {}
        if AS_NUMBER:
            self.learned["ranges"] = ranges_of(goals)
        elif PROBLEM != "multilabel":
            self.learned["labels"] = sorted(goals[TARGETS[0]].unique())
            codes = pd.Index(self.learned["labels"]).get_indexer(pd.Index(goals[TARGETS[0]]))
            goals = pd.DataFrame({TARGETS[0]: codes})
        if SEED_SHIFT:
            seed += SEED_SHIFT
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
        if AS_NUMBER:
            scores = pd.DataFrame(in_units(found, self.learned["ranges"]))
        elif PROBLEM == "multilabel":
            scores = pd.DataFrame(found)
        else:
            shares = found[TARGETS[0]]
            if shares.ndim == 1:
                shares = np.column_stack([1 - shares, shares])
            scores = pd.DataFrame(shares, columns=self.learned["labels"])
            scores = scores.reindex(columns=CLASSES, fill_value=0.0)
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
    if REFIT:
        enough = max(10, round(LONGER * trees.best_iteration))
        trees = lightgbm.train({**settings, "num_iterations": enough}, everything)
    return trees


def settings_for(rows: int, columns: int, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Settings for the time there is: where it allows fewer trees than usual, each learns more.

    Judged by what a tree usually costs, not by a clock: the same limit gives the same trees.
    """
    seconds = SECONDS_A_TREE + SECONDS_A_ROW * rows
    seconds += columns * (SECONDS_A_COLUMN + SECONDS_A_CELL * rows)
    seconds *= 0.35 + 0.65 * OUTPUTS
    trees = max(10, min(TREES, int(time_limit_s / seconds / (2 if REFIT else 1))))
    return SETTINGS | {
        "num_iterations": trees,
        "learning_rate": min(0.5, RATE * max(1.0, USUAL_TREES / trees)),
        "seed": seed,
        "num_threads": int(os.environ.get("OMP_NUM_THREADS", "1")),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
