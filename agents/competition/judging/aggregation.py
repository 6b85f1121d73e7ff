"""Finding pools of kept candidates: the aggregations of the paper (5.2.3), and greedy selection.

`greedy`    Caruana, Niculescu-Mizil, Crew and Ksikes (2004), "Ensemble selection from libraries of
            models": begin with the best candidate, again and again add the one (with replacement)
            that helps the average most, and keep the best prefix.
`average`   the plain mean of all candidates.
`best`      the best candidate alone.
`stacking`  a linear model on the candidates' scores (Wolpert 1992), shrunk to their mean.
`boosting`  the same model grown in small steps, each to the candidate that lowers the loss most
            (forward stagewise fitting: Hastie, Tibshirani and Friedman 2009, section 16.2.1).

No chance: the same scores give the same pool. What a pool is worth is found cross-fitted: each
fold's rows are pooled by what the other folds taught.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from agents.competition.judging.blend import as_ratings, combined
from agents.competition.judging.decisions import cross_parts
from agents.competition.judging.linear_pool import Link, Shape, boost, fit_linear
from agents.competition.judging.objective import Objective, objective, scale_of, to_scale
from agents.competition.judging.scores import BlindScores, Truth, aligned, shared
from agents.competition.metrics.labels import ordered_classes
from agents.competition.metrics.metrics import Array
from agents.models import Pool, Task

ROUNDS = 25
"""How many candidates greedy selection draws at most; a weight is a multiple of one over it."""
PATIENCE = 5
"""After so many draws without progress it ends."""


@dataclass(frozen=True)
class Material:
    """Scores of candidates on the rows that all of them scored, beside the truth."""

    task: Task
    frames: dict[str, pd.DataFrame]
    """Row beside row; `row_id` is the place of the row, since ids may come again in a fold."""
    fold: Array
    ids: Array
    truth: Truth

    @classmethod
    def gathered(
        cls, task: Task, candidates: Mapping[str, BlindScores], truth: Truth
    ) -> "Material":
        """Align candidates with each other and with the truth."""
        same = dict(zip(candidates, shared(list(candidates.values())), strict=True))
        first, rows = aligned(next(iter(same.values())), truth)
        places = np.arange(len(first.fold))
        frames = {name: one.frame.assign(row_id=places) for name, one in same.items()}
        if ratings := ratings_of(task, frames):
            target = task.targets[0].name
            frames = {name: as_ratings(one, ratings, target) for name, one in frames.items()}
        return cls(task, frames, first.fold, first.frame["row_id"].to_numpy(), rows)

    @property
    def columns(self) -> list[str]:
        """The columns of scores."""
        first = next(iter(self.frames.values()))
        return [str(name) for name in first.columns if name != "row_id"]

    @cached_property
    def values(self) -> Array:
        """Scores of shape (candidates, rows, columns)."""
        columns = self.columns
        return np.stack([one[columns].to_numpy(dtype=float) for one in self.frames.values()])

    def at(self, places: Array) -> "Material":
        """Only these rows."""
        frames = {
            name: one.iloc[places].reset_index(drop=True) for name, one in self.frames.items()
        }
        return Material(
            self.task, frames, self.fold[places], self.ids[places], self.truth.at(places)
        )

    def goal(self) -> Objective:
        """How good blended scores of these rows are, on the blending scale."""
        first = next(iter(self.frames.values()))
        return objective(self.task, BlindScores(first, self.fold), self.truth)


def ratings_of(task: Task, frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Classes in order where some candidates rate in one column and others give probabilities."""
    target = task.targets[0]
    rates = [target.name in frame.columns for frame in frames.values()]
    return ordered_classes(target) if any(rates) and not all(rates) else []


def find_pool(how: str, task: Task, candidates: Mapping[str, BlindScores], truth: Truth) -> Pool:
    """The pool of candidates by one of `AGGREGATIONS`.

    Args:
        how: Its name.
        task: What is asked; its metric is what is optimised.
        candidates: Blind scores by name.
        truth: At least the labels of the rows that were scored.
    """
    material = Material.gathered(task, candidates, truth)
    pool = AGGREGATIONS[how](material)
    given = {name: one.frame for name, one in candidates.items() if name in pool.weights}
    ratings = tuple(ratings_of(task, given))
    return pool.model_copy(update={"ratings": ratings, "target": task.targets[0].name})


def pooled(pool: Pool, candidates: Mapping[str, BlindScores]) -> BlindScores:
    """Blind scores of a pool on the rows that all its members scored, to fit a decision on.

    Their score flatters the pool, which saw the same rows; `cross_fitted_pool` does not.
    """
    members = dict(
        zip(pool.weights, shared([candidates[one] for one in pool.weights]), strict=True)
    )
    first = next(iter(members.values()))
    places = np.arange(len(first.fold))
    frame = combined(pool, {name: one.frame.assign(row_id=places) for name, one in members.items()})
    return BlindScores(frame.assign(row_id=first.frame["row_id"].to_numpy()), first.fold)


def cross_fitted_pool(
    how: str, task: Task, candidates: Mapping[str, BlindScores], truth: Truth
) -> BlindScores:
    """Pooled scores of the shared rows, each fold's with a pool found on the other folds."""
    material = Material.gathered(task, candidates, truth)
    parts = cross_parts(material.fold)
    pieces = []
    for part in np.unique(parts):
        held, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        pool = AGGREGATIONS[how](material.at(others if len(others) else held))
        pieces.append(combined(pool, material.at(held).frames).set_index(held))
    frame = pd.concat(pieces).sort_index()
    return BlindScores(frame.assign(row_id=material.ids), material.fold)


# --- weighted means -----------------------------------------------------------------------------


def greedy(material: Material) -> Pool:
    """Greedy ensemble selection."""
    values = to_scale(material.values, scale_of(material.task))
    return _mean(material, _greedy_shares(values, material.goal()))


def average(material: Material) -> Pool:
    """Equal shares."""
    return _mean(material, np.full(len(material.frames), 1 / len(material.frames)))


def best(material: Material) -> Pool:
    """The best candidate alone."""
    goal = material.goal()
    values = to_scale(material.values, scale_of(material.task))
    gains = [goal(one) for one in values]
    return _mean(material, np.eye(len(gains))[int(np.argmax(gains))])


def _mean(material: Material, shares: Array) -> Pool:
    names = list(material.frames)
    order = np.argsort(-shares, kind="stable")
    weights = {names[k]: round(float(shares[k]), 6) for k in order if shares[k] > 0}
    scale = scale_of(material.task)
    return Pool(kind="blend", parameters={"weights": {**weights}, "scale": scale}, weights=weights)


def _greedy_shares(values: Array, goal: Objective) -> Array:
    """Shares of the candidates, shape (candidates,)."""
    counts = np.zeros((ROUNDS + 1, len(values)))
    total = np.zeros(values.shape[1:])
    highest, best_round = -np.inf, 0
    for drawn in range(1, ROUNDS + 1):
        gains = [goal((total + one) / drawn) for one in values]
        chosen = int(np.argmax(gains))
        total += values[chosen]
        counts[drawn] = counts[drawn - 1]
        counts[drawn, chosen] += 1
        if gains[chosen] > highest + 1e-12:
            highest, best_round = gains[chosen], drawn
        if drawn - best_round >= PATIENCE:
            break
    return np.asarray(counts[best_round] / max(1, best_round))


# --- linear models on scores ----------------------------------------------------------------------


def stacking(material: Material) -> Pool:
    """A linear model on the scores, shrunk to their mean."""
    shape = _shape(material)
    return _linear(material, shape, *fit_linear(shape))


def boosting(material: Material) -> Pool:
    """A linear model on the scores, grown in small steps for as long as other rows gain."""
    shape = _shape(material)
    return _linear(material, shape, *boost(shape, cross_parts(material.fold)))


def _shape(material: Material) -> Shape:
    """Scores and truth on the scale on which a linear model adds them up."""
    task, columns, values = material.task, material.columns, material.values
    target = task.targets[0]
    link: Link
    if task.problem == "multilabel":
        link = "logit"
    elif task.problem == "regression":
        link = "log" if scale_of(task) == "log" else "linear"
    else:
        link = "linear" if columns == [target.name] else "softmax"
    goals = [_goal_of(material, name) for name in columns]
    return Shape.of(link, values, np.column_stack(goals))


def _goal_of(material: Material, column: str) -> Array:
    """What a column of scores should say: a number, a rank, or 1 where its label is the truth."""
    task, frame = material.task, material.truth.frame
    named = next((one for one in task.targets if one.name == column), None)
    if named is not None and named.kind == "number":
        return np.asarray(pd.to_numeric(frame[column], errors="coerce"), dtype=float)
    target = named or task.targets[0]
    classes = ordered_classes(target)
    cells = frame[target.name].astype("str").to_numpy()
    if named is None:
        return np.asarray(cells == column, dtype=float)
    ranks = {label: float(rank) for rank, label in enumerate(classes)}
    return np.array([ranks[cell] for cell in cells])


def _linear(material: Material, shape: Shape, coefficients: Array, intercepts: Array) -> Pool:
    """A pool of coefficients of shape (candidates, columns)."""
    names, columns = list(material.frames), material.columns
    total = np.abs(coefficients).sum(axis=1)
    shares = total / max(total.sum(), 1e-12)
    order = [k for k in np.argsort(-shares, kind="stable") if shares[k] > 1e-6]
    return Pool(
        kind="stack",
        parameters={
            "link": shape.link,
            "coefficients": {
                names[k]: dict(zip(columns, np.round(coefficients[k], 6).tolist(), strict=True))
                for k in order
            },
            "intercepts": dict(zip(columns, np.round(intercepts, 6).tolist(), strict=True)),
        },
        weights={names[k]: round(float(shares[k]), 6) for k in order},
    )


AGGREGATIONS: dict[str, Callable[[Material], Pool]] = {
    "greedy": greedy,
    "best": best,
    "average": average,
    "stacking": stacking,
    "boosting": boosting,
}
"""Every known aggregation by name."""
