"""What metrics of labels compute, on codes, counts and matrices of 0 and 1.

One target: the confusion matrix says everything, so metrics are functions of tables of shape
(…, classes + 1, classes + 1) by (true code, answered code), whose last row and column stand for an
unknown label. Leading axes hold several tables at once, for searches over thresholds.

Several labels a row: truth and answers are 0 or 1 of shape (rows, labels).
"""

from typing import Literal

import numpy as np

from agents.competition.metrics.labels import Array
from agents.errors import ImlError

Average = Literal["binary", "macro", "micro", "weighted"]


def ratio(above: Array, below: Array) -> Array:
    """Quotients, 0 where the denominator is 0."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    zeros = np.zeros(np.broadcast(above, below).shape)
    return np.asarray(np.divide(above, below, out=zeros, where=below > 0))


def confusion(truth: Array, answers: Array, weights: Array | None = None) -> Array:
    """Counts by (true code, answered code); an unknown label has the last row and column."""
    size = int(max(truth.max(initial=0), answers.max(initial=0))) + 2
    cells = (truth % size) * size + answers % size
    counts = np.bincount(cells, weights=weights, minlength=size * size)
    return counts.reshape(size, size).astype(float)


def binary_tables(tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
    """Confusion tables, shape (…, 3, 3), from arrays of true and false positives and negatives."""
    tables = np.zeros((*np.shape(tp), 3, 3))
    tables[..., 0, 0], tables[..., 0, 1] = tn, fp
    tables[..., 1, 0], tables[..., 1, 1] = fn, tp
    return tables


# --- one label a row ---------------------------------------------------------------------------


def hits(truth: Array, answers: Array) -> Array:
    """1 where the answer is right, shape (rows, 1), or (rows, labels) for several labels."""
    right = np.asarray(truth == answers, dtype=float)
    return right if right.ndim == 2 else right[:, None]


def accuracy(tables: Array) -> Array:
    """Share of right answers."""
    return ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def balanced_accuracy(tables: Array) -> Array:
    """Mean over the classes that occur of the share of their rows that is found."""
    true = tables.sum(axis=-1)
    found = ratio(np.diagonal(tables, axis1=-2, axis2=-1), true)
    return ratio(found.sum(axis=-1), (true > 0).sum(axis=-1))


def f_score(tables: Array, *, beta: float = 1.0, average: Average = "binary") -> Array:
    """F-beta, the weighted harmonic mean of precision and recall (van Rijsbergen 1979).

    Averages are those of scikit-learn's `fbeta_score`: over the classes that occur in truth or
    answers, over all counts, or by how often classes occur. `binary` is that of the second class.
    """
    hit = np.diagonal(tables, axis1=-2, axis2=-1)
    true, said = tables.sum(axis=-1), tables.sum(axis=-2)
    if average == "binary":
        return _f_of(hit[..., 1], true[..., 1], said[..., 1], beta)
    return _averaged_f(hit, true, said, beta, average)


def matthews(tables: Array) -> Array:
    """The correlation of two labellings of several classes (Gorodkin 2004)."""
    total, right = tables.sum(axis=(-2, -1)), np.trace(tables, axis1=-2, axis2=-1)
    true, said = tables.sum(axis=-1), tables.sum(axis=-2)
    spread = (total**2 - (said**2).sum(axis=-1)) * (total**2 - (true**2).sum(axis=-1))
    return ratio(right * total - (true * said).sum(axis=-1), np.sqrt(np.maximum(spread, 0.0)))


def kappa(tables: Array, *, power: int = 2) -> Array:
    """Cohen's kappa, weighted by a power of the distance between ranks (Cohen 1968).

    Args:
        tables: Confusion tables whose classes are in the order of their ranks.
        power: 2 for quadratic, 1 for linear weights, 0 where every mistake counts the same.

    Raises:
        ImlError: An answer is an unknown label, which has no rank.
    """
    if tables[..., -1].any():
        raise ImlError("An answer is none of the known ratings; use the labels of the training.")
    ranks = np.arange(tables.shape[-1])
    distance = np.abs(np.subtract.outer(ranks, ranks)).astype(float)
    weights = np.where(distance > 0, distance**power, 0.0)
    chance = tables.sum(axis=-1)[..., :, None] * tables.sum(axis=-2)[..., None, :]
    expected = ratio(chance, tables.sum(axis=(-2, -1))[..., None, None])
    disagreement = (weights * expected).sum(axis=(-2, -1))
    return np.asarray(1 - ratio((weights * tables).sum(axis=(-2, -1)), disagreement))


# --- several labels a row ----------------------------------------------------------------------


def label_counts(
    truth: Array, answers: Array, weights: Array | None = None
) -> tuple[Array, Array, Array]:
    """How often each label is right, true and answered.

    Args:
        truth: 0 or 1, shape (rows, labels).
        answers: Likewise.
        weights: How much each row counts, shape (rows,), or (…, rows) for several ways of counting.

    Returns:
        Three arrays of shape (labels,), or (…, labels).
    """
    one = np.ones(len(truth)) if weights is None else weights
    hit, true, said = (one @ cells.astype(one.dtype) for cells in (truth * answers, truth, answers))
    return hit, true, said


def f_of_labels(
    hit: Array, true: Array, said: Array, *, beta: float = 1.0, average: Average = "macro"
) -> Array:
    """F-beta over labels, from `label_counts`; `macro` leaves out labels nobody has or answers."""
    return _averaged_f(hit, true, said, beta, average)


def f_of_rows(truth: Array, answers: Array, *, beta: float = 1.0) -> Array:
    """F-beta of the labels of each row, shape (rows, 1); 1 where neither side has any."""
    hit, true, said = ((truth * answers).sum(axis=1), truth.sum(axis=1), answers.sum(axis=1))
    values = np.where(true + said > 0, _f_of(hit, true, said, beta), 1.0)
    return np.asarray(values)[:, None]


def jaccard_of_rows(truth: Array, answers: Array) -> Array:
    """Shared labels by all labels of each row, shape (rows, 1); 1 where neither side has any."""
    hit = (truth * answers).sum(axis=1)
    either = truth.sum(axis=1) + answers.sum(axis=1) - hit
    return np.asarray(np.where(either > 0, ratio(hit, either), 1.0))[:, None]


def exact_matches(truth: Array, answers: Array) -> Array:
    """1 where all labels of a row are right, shape (rows, 1)."""
    return np.asarray((truth == answers).all(axis=1, keepdims=True), dtype=float)


def wrong_labels(truth: Array, answers: Array) -> Array:
    """1 where a label is wrongly given or missing, shape (rows, labels): the Hamming loss."""
    return np.asarray(np.abs(truth - answers))


# --- several guesses a row ---------------------------------------------------------------------


def precision_of_guesses(truth: Array, answers: Array, *, k: int = 3) -> Array:
    """One over the rank of the right guess among the first k, else 0, shape (rows, 1).

    With one right label a row, this is its average precision at k.
    """
    right = answers[:, :k] == truth[:, None]
    first = right.argmax(axis=1)
    return np.asarray(np.where(right.any(axis=1), 1 / (1 + first), 0.0))[:, None]


# --- shared ------------------------------------------------------------------------------------


def _f_of(hit: Array, true: Array, said: Array, beta: float) -> Array:
    return ratio((1 + beta**2) * hit, beta**2 * true + said)


def _averaged_f(hit: Array, true: Array, said: Array, beta: float, average: Average) -> Array:
    if average == "micro":
        return _f_of(hit.sum(axis=-1), true.sum(axis=-1), said.sum(axis=-1), beta)
    values = _f_of(hit, true, said, beta)
    shares = true if average == "weighted" else np.asarray(true + said > 0, dtype=float)
    return ratio((values * shares).sum(axis=-1), shares.sum(axis=-1))
