"""Boosted trees by CatBoost, as many as held-out rows ask for."""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from agents.recipes.blocks.features import words_of
from agents.recipes.blocks.holdout import held_out_rows
from agents.recipes.blocks.targets import expected_rank, learnable, quantities, ranges_of
from agents.recipes.blocks.weights import WEIGHTED

PROBLEM = "binary"
CLASSES: list[str] = []
TARGETS: list[str] = []
AS_NUMBER = False
AS_EXPECTED = False
REFIT = False
SETTINGS: dict[str, Any] = {}
RATE = 0.05
TREES = 2_000
USUAL_TREES = 500
PATIENCE = 50
SECONDS_A_TREE = 2e-4
SECONDS_A_ROW = 5e-8
SECONDS_A_COLUMN = 4e-5
SECONDS_A_CELL = 5e-9
WORD_COLUMNS = 5
EFFORT = 1.0
LONGER = 1.1
SEED_SHIFT = 0


class Model:
    """Boosted trees."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Boost until held-out rows no longer improve."""
        features, goals = train["X_train"], learnable(train["y_train"])
        self.learned: dict[str, Any] = {}
        if AS_NUMBER:
            self.learned["ranges"] = ranges_of(goals)
        if PROBLEM == "multilabel":
            same = goals.columns[goals.nunique() == 1]
            self.learned["constant"] = {name: float(goals[name].iloc[0]) for name in same}
            goals = goals.drop(columns=same)
        weights = train["weight_train"] if WEIGHTED else None
        if SEED_SHIFT:
            seed += SEED_SHIFT
        held_out = held_out_rows(train, seed)
        settings = settings_for(features, time_limit_s, seed)
        patience = Patience(2 * time_limit_s)
        self.trees = new_trees(settings | {"od_type": "Iter", "od_wait": PATIENCE})
        watched = pool(features, goals, weights, held_out)
        fitted = pool(features, goals, weights, ~held_out)
        self.trees.fit(fitted, eval_set=watched, callbacks=[patience])
        if REFIT:
            enough = max(1, round(LONGER * self.trees.tree_count_))
            self.trees = new_trees(settings | {"iterations": enough})
            self.trees.fit(pool(features, goals, weights), callbacks=[patience])

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"]
        if AS_NUMBER:
            scores = quantities(np.asarray(self.trees.predict(features)), self.learned["ranges"])
        elif PROBLEM == "multilabel":
            constant = self.learned["constant"]
            varying = [name for name in TARGETS if name not in constant]
            scores = pd.DataFrame(self.trees.predict_proba(features), columns=varying)
            scores = scores.assign(**constant)[TARGETS].astype("float64")
        else:
            known = [str(label) for label in self.trees.classes_]
            scores = pd.DataFrame(self.trees.predict_proba(features), columns=known)
            scores = scores.reindex(columns=CLASSES, fill_value=0.0)
            if AS_EXPECTED:
                scores = expected_rank(scores)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the trees."""
        self.trees.save_model(str(directory / "trees.cbm"))
        (directory / "learned.json").write_text(json.dumps(self.learned), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        self.trees = new_trees({}).load_model(str(directory / "trees.cbm"))
        self.learned = json.loads((directory / "learned.json").read_text(encoding="utf-8"))


class Patience:
    """Ends the growth of trees that take far longer than was foreseen."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def after_iteration(self, _info: object) -> bool:
        """Whether to go on."""
        return time.monotonic() < self.end


def pool(
    features: pd.DataFrame,
    goals: pd.DataFrame,
    weights: pd.Series | None,
    chosen: np.ndarray | slice = slice(None),
) -> Pool:
    """Rows as CatBoost takes them."""
    weight = None if weights is None else weights[chosen]
    rows = features[chosen]
    goal = goals[chosen] if goals.shape[1] > 1 else goals.iloc[:, 0][chosen]
    return Pool(rows, goal, weight=weight, cat_features=words_of(rows))


def new_trees(settings: dict[str, Any]) -> CatBoostClassifier | CatBoostRegressor:
    """Trees that are still to be grown.

    Steps: boost
    """
    kind = CatBoostRegressor if AS_NUMBER else CatBoostClassifier
    return kind(allow_writing_files=False, verbose=False, **settings)


def settings_for(features: pd.DataFrame, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Settings for the time there is: where it allows fewer trees than usual, each learns more.

    Judged by what a tree usually costs, not by a clock: the same limit gives the same trees.
    """
    rows, columns = len(features), features.shape[1]
    if WORD_COLUMNS:
        columns += WORD_COLUMNS * len(words_of(features))
    seconds = SECONDS_A_TREE + SECONDS_A_ROW * rows
    seconds += columns * (SECONDS_A_COLUMN + SECONDS_A_CELL * rows)
    trees = max(10, min(TREES, int(time_limit_s / seconds / EFFORT / (2 if REFIT else 1))))
    return SETTINGS | {
        "iterations": trees,
        "learning_rate": min(0.5, RATE * max(1.0, USUAL_TREES / trees)),
        "random_seed": seed,
        "thread_count": int(os.environ.get("OMP_NUM_THREADS", "1")),
    }
