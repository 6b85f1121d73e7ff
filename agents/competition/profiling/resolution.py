"""How small a difference of the metric this data can show at all.

Two models that learn almost the same are compared by a paired difference on the rows that both
predict blind. Its standard error shrinks with the root of the number of rows; a difference under
twice that error may be luck (95 % of the time it stays below it where the models are equally good).
Since no model exists yet when data is profiled, two quick forests of different kinds stand in: as
alike as two sensible candidates are, and as good as what is easy to get.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer

from agents.competition.judging.scores import BlindScores, Truth, compare
from agents.competition.metrics.labels import held_labels
from agents.errors import ImlError
from agents.models import Task

MOST_ROWS: Final = 1_500
_FEWEST_ROWS: Final = 60
_FOLDS: Final = 3
_TOPICS: Final = 16
_SHARE_OF_COLUMNS: Final = 0.5
_HUGE: Final = 1e9
_SMOOTHING: Final = 1e-3
_FOREST: Final = {"n_estimators": 25, "min_samples_leaf": 3, "random_state": 0}
_CLASSIFIERS: Final = (RandomForestClassifier, ExtraTreesClassifier)
_REGRESSORS: Final = (RandomForestRegressor, ExtraTreesRegressor)


class Labelled(NamedTuple):
    """Labelled training rows in numbers."""

    features: np.ndarray
    """Shape (rows, columns), NaN for nothing."""
    targets: pd.DataFrame
    """Cells of the targets, a column each."""
    groups: np.ndarray | None
    """Codes of the groups that stay together, shape (rows,)."""


def resolution_of(task: Task, rows: Labelled, all_rows: int) -> float | None:
    """Twice the standard error of a paired difference of the task's metric on all labelled rows.

    Args:
        task: Its metric and its decision are used as for any candidate.
        rows: At most 1,500 labelled training rows.
        all_rows: How many labelled rows will be predicted blind; for grouped rows the number of
            groups is assumed to grow alike.

    Returns:
        A difference of the metric, or None where 60 labelled rows or features are lacking, or the
        two forests cannot be told apart at all.
    """
    count = len(rows.targets)
    if count < _FEWEST_ROWS or rows.features.shape[1] == 0:
        return None
    chance = np.random.default_rng(0)
    units = np.arange(count) if rows.groups is None else pd.factorize(rows.groups)[0]
    fold = (chance.permutation(int(units.max()) + 1) % _FOLDS)[units]
    ids = pd.DataFrame({"row_id": [str(row) for row in range(count)]})
    truth = Truth(pd.concat([ids, rows.targets.reset_index(drop=True)], axis=1), fold, rows.groups)
    first, second = (
        BlindScores(pd.concat([ids, scores], axis=1), fold)
        for scores in _two_forests(task, rows, fold)
    )
    try:
        error = compare(task, truth, first, second).error
    except ImlError:
        return None
    found = 2 * error * float(np.sqrt(count / max(count, all_rows)))
    return found if np.isfinite(found) and found > 0 else None


def topics(texts: pd.Series) -> np.ndarray:
    """Texts as a few numbers: the strongest directions of their words, shape (rows, up to 16)."""
    try:
        words = TfidfVectorizer(max_features=2_000, sublinear_tf=True).fit_transform(texts)
    except ValueError:
        return np.empty((len(texts), 0))
    directions = min(_TOPICS, words.shape[1] - 1, len(texts) - 1)
    if directions < 1:
        return np.empty((len(texts), 0))
    found: np.ndarray = TruncatedSVD(directions, random_state=0).fit_transform(words)
    return found


def _two_forests(task: Task, rows: Labelled, fold: np.ndarray) -> Iterator[pd.DataFrame]:
    """Blind scores of the two forests, without ids, in the order of the rows.

    Several labels are 0 and 1 for forests of numbers: the squared error is half the Gini impurity,
    so trees split alike and leaves hold shares, a hundred times faster where labels are many.
    """
    features = np.nan_to_num(rows.features, nan=-_HUGE).clip(-_HUGE, _HUGE).astype(np.float32)
    names = [target.name for target in task.targets]
    numbers, several = task.problem == "regression", len(names) > 1
    goal = rows.targets[names]
    if numbers:
        goal = goal.apply(pd.to_numeric)
    elif several:
        goal = pd.DataFrame(held_labels(goal, task.targets).astype(float))
    for kind in _REGRESSORS if numbers or several else _CLASSIFIERS:
        found: list[np.ndarray] = []
        for known, blind in _folds(fold):
            model = kind(max_features=_SHARE_OF_COLUMNS if numbers else "sqrt", **_FOREST)
            model.fit(features[known], np.squeeze(goal[known].to_numpy()))
            if numbers or several:
                told = model.predict(features[blind]).reshape(-1, len(names))
            else:
                told = _probabilities(task, model, features[blind])
            found.append(told)
        order = np.argsort(np.concatenate([np.flatnonzero(blind) for _, blind in _folds(fold)]))
        columns = list(task.targets[0].classes) if len(names) == 1 and not numbers else names
        yield pd.DataFrame(np.concatenate(found)[order], columns=columns)


def _probabilities(task: Task, model: Any, features: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """Smoothed probabilities of every class."""
    classes = list(task.targets[0].classes)
    told = np.full((len(features), len(classes)), _SMOOTHING)
    places = np.array([classes.index(str(one)) for one in model.classes_])
    told[:, places] += model.predict_proba(features)
    scaled: np.ndarray = told / told.sum(axis=1, keepdims=True)
    return scaled


def _folds(fold: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for number in range(_FOLDS):
        blind = fold == number
        if blind.any() and not blind.all():
            yield ~blind, blind
