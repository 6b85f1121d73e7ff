"""Linear models on the scores of several candidates, on the scale of a link.

The model adds up linked scores with a coefficient a candidate and column, and an intercept a
column. For classes it is a log-linear pool (Genest and Zidek 1986), whose coefficients the columns
share; otherwise every column has its own. Losses are those of the link: cross-entropy for
probabilities, squares for amounts.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from agents.competition.metrics.metrics import Array

Link = Literal["softmax", "logit", "log", "linear"]
CLIP = 1e-6
SHRINKAGE = 1.0
"""How strongly coefficients are held to those of the plain mean, in rows."""
STEP = 0.02
STEPS = 150


@dataclass(frozen=True)
class Shape:
    """Linked scores beside what they should say."""

    link: Link
    scores: Array
    """Linked, shape (candidates, rows, columns)."""
    goals: Array
    """Shape (rows, columns): 0/1 for probabilities, amounts on the link's scale otherwise."""

    @classmethod
    def of(cls, link: Link, values: Array, goals: Array) -> "Shape":
        """Link scores as they are given."""
        if link in ("softmax", "logit"):
            kept = np.clip(values, CLIP, 1 - CLIP)
            return cls(link, np.log(kept if link == "softmax" else kept / (1 - kept)), goals)
        if link == "log":
            return cls(link, np.log1p(np.maximum(values, 0)), np.log1p(np.maximum(goals, 0)))
        return cls(link, values, goals)

    def at(self, rows: Array) -> "Shape":
        """Only these rows."""
        return Shape(self.link, self.scores[:, rows], self.goals[rows])

    @property
    def unit(self) -> float:
        """The spread of the goals, in which losses of amounts are counted."""
        return 1.0 if self.link in ("softmax", "logit") else float(self.goals.std()) or 1.0

    def loss(self, coefficients: Array, intercepts: Array) -> tuple[float, Array, Array]:
        """The mean loss, and its slopes by coefficient and by intercept."""
        said = np.einsum("mrc,mc->rc", self.scores, coefficients) + intercepts
        if self.link == "softmax":
            said = said - said.max(axis=1, keepdims=True)
            logs = said - np.log(np.exp(said).sum(axis=1, keepdims=True))
            value, wrong = -(self.goals * logs).sum(axis=1).mean(), np.exp(logs) - self.goals
        elif self.link == "logit":
            value = (np.logaddexp(0, said) - self.goals * said).sum(axis=1).mean()
            wrong = 1 / (1 + np.exp(-said)) - self.goals
        else:
            wrong = (said - self.goals) / self.unit**2
            value = 0.5 * (((said - self.goals) / self.unit) ** 2).sum(axis=1).mean()
        rows = len(self.goals)
        slopes = np.einsum("mrc,rc->mc", self.scores, wrong) / rows
        if self.link == "softmax":
            slopes = np.repeat(slopes.sum(axis=1, keepdims=True), slopes.shape[1], axis=1)
        return float(value), slopes, wrong.mean(axis=0)


def fit_linear(shape: Shape) -> tuple[Array, Array]:
    """Coefficients of shape (candidates, columns) and intercepts of shape (columns,)."""
    members, rows, columns = shape.scores.shape
    free = 1 if shape.link == "softmax" else columns
    spread = shape.scores.std(axis=1).mean(axis=0)[:free] / shape.unit
    weight = SHRINKAGE / rows * np.maximum(spread, 1e-12) ** 2

    def target(flat: Array) -> tuple[float, Array]:
        shared = flat[: members * free].reshape(members, free)
        value, slopes, level = shape.loss(
            np.broadcast_to(shared, (members, columns)), flat[members * free :]
        )
        off = shared - 1 / members
        return (
            value + float((weight * off**2).sum()) / 2,
            np.concatenate([(slopes[:, :free] + weight * off).ravel(), level]),
        )

    start = np.concatenate([np.full(members * free, 1 / members), np.zeros(columns)])
    found = minimize(target, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    shared = found.x[: members * free].reshape(members, free)
    return np.array(np.broadcast_to(shared, (members, columns))), found.x[members * free :]


def boost(shape: Shape, parts: Array) -> tuple[Array, Array]:
    """The same, grown in small steps for as long as rows of other parts gain."""
    losses = np.zeros(STEPS + 1)
    for part in np.unique(parts):
        held, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        unseen = shape.at(held)
        for step, (coefficients, intercepts) in enumerate(_grow(shape.at(others), STEPS)):
            losses[step] += unseen.loss(coefficients, intercepts)[0] * len(held)
    return _grow(shape, int(np.argmin(losses)))[-1]


def _grow(shape: Shape, steps: int) -> list[tuple[Array, Array]]:
    """Coefficients and intercepts after every step, beginning with none."""
    members, _, columns = shape.scores.shape
    coefficients = np.zeros((members, columns))
    intercepts = _levels(shape, coefficients, np.zeros(columns))
    grown = [(coefficients, intercepts)]
    for _ in range(steps):
        slopes = shape.loss(coefficients, intercepts)[1]
        steepest = np.abs(slopes).argmax(axis=0), np.arange(columns)
        coefficients = coefficients.copy()
        coefficients[steepest] -= STEP * np.sign(slopes[steepest])
        intercepts = _levels(shape, coefficients, intercepts)
        grown.append((coefficients, intercepts))
    return grown


def _levels(shape: Shape, coefficients: Array, intercepts: Array) -> Array:
    """Intercepts that suit the coefficients: exact for amounts, near for probabilities."""
    if shape.link in ("log", "linear"):
        said = np.einsum("mrc,mc->rc", shape.scores, coefficients)
        return np.asarray((shape.goals - said).mean(axis=0))
    for _ in range(2):
        share = np.clip(shape.goals.mean(axis=0), CLIP, 1)
        intercepts = intercepts - shape.loss(coefficients, intercepts)[2] / np.maximum(
            share * (1 - share), 0.05
        )
    return intercepts
