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
from agents.recipes.blocks.targets import logarithm

PROBLEM = "binary"
CLASSES: list[str] = []
TARGETS: list[str] = []
GROUP_COLUMN = ""
LOG_TARGET = False
REFIT = False
SETTINGS: dict[str, Any] = {}
RATE = 0.05
TREES = 2_000
USUAL_TREES = 500
PATIENCE = 50
HELD_OUT = 0.1
OUTPUTS = 1
SECONDS_A_TREE = 7e-4
SECONDS_A_CELL = 3.5e-8


class Model:
    """Boosted trees."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Boost until held-out rows no longer improve."""
        features, target = train["X_train"], train["y_train"]
        if LOG_TARGET:
            target = logarithm(target)
        if PROBLEM == "multilabel":
            same = target.columns[target.nunique() == 1]
            self.constant = {name: float(target[name].iloc[0]) for name in same}
            target = target.drop(columns=list(self.constant))
        held_out = draw_rows(train, seed)
        fitted = pool(features[~held_out], target[~held_out])
        settings = settings_for(features, time_limit_s, seed)
        patience = Patience(2 * time_limit_s)
        self.trees = new_trees(settings | {"od_type": "Iter", "od_wait": PATIENCE})
        watched = pool(features[held_out], target[held_out])
        self.trees.fit(fitted, eval_set=watched, callbacks=[patience])
        if REFIT:
            enough = max(1, self.trees.tree_count_)
            self.trees = new_trees(settings | {"iterations": enough})
            self.trees.fit(pool(features, target), callbacks=[patience])

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"]
        if PROBLEM == "regression":
            values = np.asarray(self.trees.predict(features)).reshape(len(features), -1)
            scores = pd.DataFrame(np.expm1(values) if LOG_TARGET else values, columns=TARGETS)
        elif PROBLEM == "multilabel":
            varying = [name for name in TARGETS if name not in self.constant]
            scores = pd.DataFrame(self.trees.predict_proba(features), columns=varying)
            scores = scores.assign(**self.constant)[TARGETS].astype("float64")
        else:
            known = [str(label) for label in self.trees.classes_]
            scores = pd.DataFrame(self.trees.predict_proba(features), columns=known)
            scores = scores.reindex(columns=CLASSES, fill_value=0.0)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the trees."""
        self.trees.save_model(str(directory / "trees.cbm"))
        if PROBLEM == "multilabel":
            (directory / "constant.json").write_text(json.dumps(self.constant), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Read the trees."""
        self.trees = new_trees({}).load_model(str(directory / "trees.cbm"))
        if PROBLEM == "multilabel":
            self.constant = json.loads((directory / "constant.json").read_text(encoding="utf-8"))


class Patience:
    """Ends the growth of trees that take far longer than was foreseen."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def after_iteration(self, _info: object) -> bool:
        """Whether to go on."""
        return time.monotonic() < self.end


def pool(features: pd.DataFrame, target: pd.Series | pd.DataFrame) -> Pool:
    """Rows as CatBoost takes them."""
    return Pool(features, target, cat_features=words_of(features))


def new_trees(settings: dict[str, Any]) -> CatBoostClassifier | CatBoostRegressor:
    """Trees that are still to be grown.

    Steps: boost
    """
    kind = CatBoostRegressor if PROBLEM == "regression" else CatBoostClassifier
    return kind(allow_writing_files=False, verbose=False, **settings)


def settings_for(features: pd.DataFrame, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Settings for the time there is: where it allows fewer trees than usual, each learns more.

    Judged by what a tree usually costs, not by a clock: the same limit gives the same trees.
    """
    cells = features.size * (2 if words_of(features) else 1)
    seconds = OUTPUTS * SECONDS_A_TREE + cells * SECONDS_A_CELL * (1 + OUTPUTS / 20)
    trees = max(10, min(TREES, int(time_limit_s / seconds / (2 if REFIT else 1))))
    return SETTINGS | {
        "iterations": trees,
        "learning_rate": min(0.5, RATE * max(1.0, USUAL_TREES / trees)),
        "random_seed": seed,
        "thread_count": int(os.environ.get("OMP_NUM_THREADS", "1")),
    }


def draw_rows(train: dict[str, Any], seed: int) -> np.ndarray:
    """Choose rows to hold out, whose classes must all be left in the others.

    Steps: early_stop
    """
    chance = np.random.RandomState(seed)
    if GROUP_COLUMN:
        group = pd.factorize(train["groups_train"])[0]
        drawn = chance.random_sample(group.max() + 1)[group]
    else:
        drawn = chance.random_sample(len(train["X_train"]))
    held_out: np.ndarray = drawn < HELD_OUT
    if PROBLEM != "regression":
        targets = pd.DataFrame(train["y_train"])
        for name in targets:
            held_out &= targets[name].isin(targets[name][~held_out]).to_numpy()
    if not held_out.any():
        held_out[-1] = True
    return held_out
