"""Linear models, as strongly held back as rows outside the fit ask for."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.targets import logarithm

PROBLEM = "binary"
CLASSES: list[str] = []
LOG_TARGET = False
KERNEL = False
PARTS = 5
ROUNDS = 1
MOST_ROWS = 20_000
OUTPUTS = 1
SECONDS_A_CELL = 1e-7
PENALTIES = (0.1, 1, 10, 100, 1000)
STRENGTHS = (1, 0.3, 0.1, 0.03, 0.01)


class Model:
    """One model for the classes, or one for each label or quantity."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Choose the strength of each model, then fit it to all rows."""
        targets = pd.DataFrame(train["y_train"])
        if LOG_TARGET:
            targets = logarithm(targets)
        features = train["X_train"].to_numpy()
        seconds_a_row = features.shape[1] * OUTPUTS * SECONDS_A_CELL
        rows = affordable_rows(len(features), seconds_a_row, time_limit_s, seed)
        features, targets = features[rows], targets.iloc[rows]
        self.models = {name: fit_one(features, targets[name], seed) for name in targets}
        if PROBLEM == "regression":
            self.ranges = {name: (targets[name].min(), targets[name].max()) for name in targets}

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        features = test["X_test"].to_numpy()
        if PROBLEM == "regression":
            scores = {
                name: np.clip(model.predict(features), *self.ranges[name])
                for name, model in self.models.items()
            }
            if LOG_TARGET:
                scores = {name: np.expm1(values) for name, values in scores.items()}
        elif PROBLEM == "multilabel":
            scores = {name: share(model, features, 1) for name, model in self.models.items()}
        else:
            model = next(iter(self.models.values()))
            scores = {label: share(model, features, label) for label in CLASSES}
        return pd.DataFrame({"row_id": test["row_id"], **scores})

    def save(self, directory: Path) -> None:
        """Write the models."""
        joblib.dump(vars(self), directory / "models.joblib")

    def load(self, directory: Path) -> None:
        """Read the models."""
        vars(self).update(joblib.load(directory / "models.joblib"))


def fit_one(features: np.ndarray, target: pd.Series, seed: int) -> BaseEstimator:
    """Fit the best candidate to all rows."""
    if PROBLEM != "regression" and target.nunique() < 2:
        return DummyClassifier().fit(features, target)
    return clone(choose(features, target, seed)).fit(features, target)


def kernels(features: np.ndarray) -> list[BaseEstimator]:
    """Support vector regression with Gaussian kernels, from lithe to nearly straight.

    The wider a kernel, the less it needs to be held back: one line through both settings is tried.

    Steps: linear
    """
    width = 1 / (features.shape[1] * features.var())
    return [
        TransformedTargetRegressor(
            SVR(C=strength, gamma=gamma * width, epsilon=0.05), transformer=StandardScaler()
        )
        for strength, gamma in ((3, 0.25), (10, 0.1), (30, 0.03), (100, 0.01))
    ]


def lines() -> list[BaseEstimator]:
    """Linear models, from strongly held back to hardly at all.

    Steps: linear
    """
    if PROBLEM == "regression":
        return [Ridge(alpha) for alpha in PENALTIES]
    return [LogisticRegression(C=strength, max_iter=300) for strength in STRENGTHS]


def choose(features: np.ndarray, target: pd.Series, seed: int) -> BaseEstimator:
    """The candidate with the least loss on rows that it was not fitted to.

    Steps: strength
    """
    rows = np.random.RandomState(seed).permutation(len(features))[:MOST_ROWS]
    features, target = features[rows], target.iloc[rows]
    part = np.arange(len(rows)) % PARTS
    tried = kernels(features) if KERNEL else lines()
    losses = np.zeros(len(tried))
    for k in range(ROUNDS):
        held_out = part == k
        if PROBLEM != "regression":
            held_out &= target.isin(target[~held_out]).to_numpy()
        for place, model in enumerate(tried):
            fitted = clone(model).fit(features[~held_out], target[~held_out])
            losses[place] += loss(fitted, features[held_out], target[held_out])
    return tried[int(np.argmin(losses))]


def loss(model: BaseEstimator, features: np.ndarray, target: pd.Series) -> float:
    """The mean loss on rows with a known target."""
    if PROBLEM == "regression":
        return float(((model.predict(features) - target) ** 2).mean())
    place = pd.Index(model.classes_).get_indexer(target)
    shares = model.predict_proba(features)[np.arange(len(place)), place]
    return float(-np.log(np.maximum(shares, 1e-15)).mean())


def share(model: BaseEstimator, features: np.ndarray, label: str | int) -> np.ndarray:
    """The probability of a label; 0 for one that training never showed."""
    known = list(model.classes_)
    if label not in known:
        return np.zeros(len(features))
    shares: np.ndarray = model.predict_proba(features)
    return shares[:, known.index(label)]
