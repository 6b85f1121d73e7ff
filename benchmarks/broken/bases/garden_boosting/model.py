"""Boosted trees by CatBoost, as many as held-out rows ask for.

Steps: boost, early_stop
    boost: Boost trees of depth 5 on numbers and words with CatBoost, loss MultiClass.
    early_stop: Stop when rows held out from training no longer improve. Then fit that many trees to
        all rows.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

CLASSES = ["early", "late", "never"]
SETTINGS = {"loss_function": "MultiClass", "depth": 5, "rsm": 0.3, "one_hot_max_size": 40}
RATE = 0.05
TREES = 2_000
USUAL_TREES = 500
PATIENCE = 50
SECONDS_A_TREE = 2e-4
SECONDS_A_ROW = 5e-8
SECONDS_A_COLUMN = 4e-5
SECONDS_A_CELL = 5e-9
EFFORT = 1.75
LONGER = 1.1
HELD_OUT = 0.1


def words_of(features: pd.DataFrame) -> list[str]:
    """Columns of words."""
    return [str(name) for name in features if features[name].dtype == "str"]


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
    targets = pd.DataFrame(train["y_train"])
    for name in targets:
        held_out &= targets[name].isin(targets[name][~held_out]).to_numpy()
    if not held_out.any():
        held_out[-1] = True
    return held_out


def learnable(target: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """What models learn, a column each: labels, or numbers on their scale."""
    return pd.DataFrame(target)


class Model:
    """Boosted trees."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Boost until held-out rows no longer improve."""
        features, goals = train["X_train"], learnable(train["y_train"])
        self.learned: dict[str, Any] = {}
        weights = None
        held_out = held_out_rows(train, seed)
        settings = settings_for(features, time_limit_s, seed)
        patience = Patience(2 * time_limit_s)
        self.trees = new_trees(settings | {"od_type": "Iter", "od_wait": PATIENCE})
        watched = pool(features, goals, weights, held_out)
        fitted = pool(features, goals, weights, ~held_out)
        self.trees.fit(fitted, eval_set=watched, callbacks=[patience])
        enough = max(1, round(LONGER * self.trees.tree_count_))
        self.trees = new_trees(settings | {"iterations": enough})
        self.trees.fit(pool(features, goals, weights), callbacks=[patience])

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"]
        known = [str(label) for label in self.trees.classes_]
        scores = pd.DataFrame(self.trees.predict_proba(features), columns=known)
        scores = scores.reindex(columns=CLASSES, fill_value=0.0)
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
    kind = CatBoostClassifier
    return kind(allow_writing_files=False, verbose=False, **settings)


def settings_for(features: pd.DataFrame, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Settings for the time there is: where it allows fewer trees than usual, each learns more.

    Judged by what a tree usually costs, not by a clock: the same limit gives the same trees.
    """
    rows, columns = len(features), features.shape[1]
    seconds = SECONDS_A_TREE + SECONDS_A_ROW * rows
    seconds += columns * (SECONDS_A_COLUMN + SECONDS_A_CELL * rows)
    trees = max(10, min(TREES, int(time_limit_s / seconds / EFFORT / (2))))
    return SETTINGS | {
        "iterations": trees,
        "learning_rate": min(0.5, RATE * max(1.0, USUAL_TREES / trees)),
        "random_seed": seed,
        "thread_count": int(os.environ.get("OMP_NUM_THREADS", "1")),
    }
