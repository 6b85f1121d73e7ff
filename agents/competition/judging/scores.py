"""Scores on rows that a program never saw, their standard errors, and paired comparisons.

Blind scores of several folds are pooled by fold and row. Decisions are cross-fitted before anything
is measured. Where a metric is a mean over rows, a ratio of two sums or the root of one, errors come
from the rows' influence on it (delta method), otherwise from a jackknife that deletes blocks of
rows; rows of one group always stay together. Two candidates are compared on the rows that both have
scored.

Rows of a vault had no part in any choice: what is measured on them needs neither cross-fitting nor
correction.

All scores of everything ever run are kept: `<root>/<candidate digest>/{blind,test,vault}.parquet`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

from agents.competition.judging.decisions import apply_decision, cross_fitted
from agents.competition.metrics.labels import Array
from agents.competition.metrics.metric import Metric, Part
from agents.competition.metrics.metrics import metric_digest, metric_of
from agents.errors import ImlError
from agents.models import Comparison, Decision, Score, Target, Task

FOLD_COLUMN = "__fold__"
"""Holds the fold in stored blind scores and answers; no column of the user's is called so."""
GROUP_COLUMN = "__group__"
"""Holds the group of a row in stored blind answers."""
BLOCKS = 40
"""How many blocks the jackknife deletes in turn."""
FEW_BLOCKS = 12
"""How many where rows and labels are many, for each costs seconds."""
MANY_CELLS = 1_000_000


@dataclass(frozen=True)
class BlindScores:
    """Scores of one candidate on blind rows of one or more folds."""

    frame: pd.DataFrame
    """`row_id`, then the columns of scores."""
    fold: Array
    """The fold in which each row was blind, shape (rows,)."""
    key: str = ""
    """Name under which all these rows are kept; "" for parts of them and for what is not kept."""

    @classmethod
    def pooled(cls, frames: Mapping[int, pd.DataFrame]) -> "BlindScores":
        """Put the scores of several folds, by the number of their fold, below each other.

        Raises:
            ImlError: If a score is missing or infinite.
        """
        numbers = sorted(frames)
        for number in numbers:
            bad = int((~np.isfinite(_values(frames[number]))).sum())
            if bad:
                raise ImlError(f"{bad} scores of fold {number} are not finite; mend predict.")
        frame = pd.concat([frames[number] for number in numbers], ignore_index=True)
        return cls(frame, np.repeat(numbers, [len(frames[number]) for number in numbers]))

    @property
    def folds(self) -> tuple[int, ...]:
        """The folds that are pooled, ascending."""
        return tuple(int(number) for number in np.unique(self.fold))

    @property
    def columns(self) -> list[str]:
        """The columns of scores."""
        return [name for name in self.frame.columns if name != "row_id"]

    @property
    def keys(self) -> pd.MultiIndex:
        """Fold and id of every row."""
        return pd.MultiIndex.from_arrays([self.fold, self.frame["row_id"].astype("str")])

    def at(self, positions: Array) -> "BlindScores":
        """Only these rows, in this order."""
        if len(positions) == len(self.fold) and (np.diff(positions) == 1).all():
            return self
        return BlindScores(self.frame.iloc[positions].reset_index(drop=True), self.fold[positions])


@dataclass(frozen=True)
class Truth:
    """Labels of blind rows, which stay with the engine."""

    frame: pd.DataFrame
    """`row_id` and a column a target, cells as the training table writes them; beside them, where
    the metric goes by them, the rows' weights and groups (`agents.competition.metrics.metric`)."""
    fold: Array
    groups: Array | None = None
    """The group of every row, shape (rows,), where rows belong together."""

    @classmethod
    def read(cls, paths: Mapping[int, Path], targets: Sequence[Target] = ()) -> "Truth":
        """Read the answers of several blind views, by the number of their fold.

        Numbers among the targets are parsed here, once for all that is measured on them.
        """
        frames = {number: pd.read_parquet(paths[number]) for number in sorted(paths)}
        frame = pd.concat(frames.values(), ignore_index=True)
        for target in targets:
            if target.kind == "number":
                frame[target.name] = pd.to_numeric(frame[target.name])
        fold = np.repeat(list(frames), [len(part) for part in frames.values()])
        if GROUP_COLUMN not in frame:
            return cls(frame, fold)
        return cls(frame.drop(columns=GROUP_COLUMN), fold, frame[GROUP_COLUMN].to_numpy())

    @property
    def keys(self) -> pd.MultiIndex:
        """Fold and id of every row."""
        return pd.MultiIndex.from_arrays([self.fold, self.frame["row_id"].astype("str")])

    def at(self, positions: Array) -> "Truth":
        """Only these rows, in this order."""
        frame = self.frame.iloc[positions].reset_index(drop=True)
        groups = None if self.groups is None else self.groups[positions]
        return Truth(frame, self.fold[positions], groups)


# --- storing ------------------------------------------------------------------------------------


def store_blind(scores: BlindScores, root: Path, digest: str) -> Path:
    """Keep the blind scores of a candidate; returns the file."""
    return _store(scores.frame.assign(**{FOLD_COLUMN: scores.fold}), root / digest, "blind.parquet")


def store_test(frame: pd.DataFrame, root: Path, digest: str) -> Path:
    """Keep a candidate's scores of the real test; returns the file."""
    return _store(frame, root / digest, "test.parquet")


def store_vault(frame: pd.DataFrame, root: Path, digest: str) -> Path:
    """Keep a candidate's scores of the vault's rows; returns the file."""
    return _store(frame, root / digest, "vault.parquet")


def load_blind(root: Path, digest: str) -> BlindScores:
    """The kept blind scores of a candidate."""
    frame = pd.read_parquet(root / digest / "blind.parquet")
    return BlindScores(frame.drop(columns=FOLD_COLUMN), frame[FOLD_COLUMN].to_numpy(), digest)


def load_test(root: Path, digest: str) -> pd.DataFrame:
    """A candidate's kept scores of the real test."""
    return pd.read_parquet(root / digest / "test.parquet")


def load_vault(root: Path, digest: str) -> pd.DataFrame | None:
    """A candidate's kept scores of the vault's rows; None where it has not answered them."""
    path = root / digest / "vault.parquet"
    return pd.read_parquet(path) if path.exists() else None


def _store(frame: pd.DataFrame, folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}.unfinished"
    frame.to_parquet(unfinished, index=False)
    return unfinished.replace(folder / name)


# --- aligning -----------------------------------------------------------------------------------


def aligned(scores: BlindScores, truth: Truth) -> tuple[BlindScores, Truth]:
    """Scores and their truth, row beside row, in the order of the scores.

    Raises:
        ImlError: If a row that was scored has no truth.
    """
    places = truth.keys.get_indexer(scores.keys)
    if (places < 0).any():
        lost = scores.frame["row_id"].iloc[int(np.argmin(places))]
        raise ImlError(f"Row {lost!r} was scored but is none of the blind rows; return their ids.")
    return scores, truth.at(places)


def shared(scores: Sequence[BlindScores]) -> list[BlindScores]:
    """The same candidates on the rows that all of them scored, in one order."""
    keys = scores[0].keys
    for other in scores[1:]:
        keys = keys[keys.isin(other.keys)]
    return [one.at(one.keys.get_indexer(keys)) for one in scores]


# --- scoring ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answered:
    """Answers beside their truth, encoded."""

    metric: Metric
    truth: Array
    answers: Array
    fold: Array
    weights: Array | None
    groups: Array | None
    """Within which the metric is measured."""
    blocks: Array
    """Codes of the rows that belong together, or of the rows themselves, shape (rows,)."""

    def all_and_folds(self) -> tuple[float, list[float]]:
        """The metric of all rows, and that of each fold."""
        everything = np.ones(len(self.fold), dtype=bool)
        folds = [self.fold == one for one in np.unique(self.fold)]
        if self.metric.pooling == "rows":
            value, *per_fold = self._measured([everything, *folds])
            return value, per_fold
        per_fold = self._measured(folds)
        return float(np.mean(per_fold)), per_fold

    def values(self, choices: Sequence[Array]) -> list[float]:
        """The metric of each choice of rows, given as masks."""
        if self.metric.pooling == "rows":
            return self._measured(choices)
        return [
            float(np.mean(self._measured([rows & (self.fold == one) for one in present])))
            for rows, present in ((rows, np.unique(self.fold[rows])) for rows in choices)
        ]

    def influence(self) -> Array | None:
        """How far each row moves the metric from its value, shape (rows,); None if unknown."""
        if self.groups is not None:
            return None
        if self.metric.pooling == "rows" or self.metric.moves is None:
            return self.metric.influence(self.truth, self.answers, self.weights)
        folds = np.unique(self.fold)
        moved = np.zeros(len(self.fold))
        for rows in (np.flatnonzero(self.fold == one) for one in folds):
            weights = None if self.weights is None else self.weights[rows]
            within = self.metric.influence(self.truth[rows], self.answers[rows], weights)
            assert within is not None  # it is known for all rows or for none
            moved[rows] = within * len(moved) / (len(rows) * len(folds))
        return moved

    def _measured(self, choices: Sequence[Array]) -> list[float]:
        places = [np.flatnonzero(rows) for rows in choices]
        parts = [Part(rows, rows) for rows in places]
        return self.metric.measure_parts(
            self.truth, self.answers, parts, (self.weights, self.groups)
        )


MOST_ANSWERED = 64
_ANSWERED: dict[tuple[str, str], _Answered] = {}
"""A worker serves one run, in which a key names one candidate and its rows for good."""


def score_blind(task: Task, scores: BlindScores, truth: Truth) -> Score:
    """The task's metric on blind rows, with its standard error.

    Args:
        task: What is asked.
        scores: A candidate's blind scores.
        truth: At least the labels of the rows that were scored.
    """
    answered = _answer(task, *aligned(scores, truth))
    value, per_fold = answered.all_and_folds()
    return Score(
        value=value,
        error=_error([answered], [1.0]),
        rows=len(answered.fold),
        folds=scores.folds,
        per_fold=tuple(per_fold),
    )


def score_vault(task: Task, frame: pd.DataFrame, truth: Truth, decision: Decision) -> Score:
    """The task's metric on the vault, decided as the submission is, with its standard error.

    Args:
        task: What is asked.
        frame: Scores of the vault's rows: `row_id`, then the columns of scores.
        truth: Their labels, read as those of one fold.
        decision: Fitted on blind rows.

    Raises:
        ImlError: If a score is not finite, or a row that was scored is none of the vault's.
    """
    fold = int(truth.fold[0])
    scores, labels = aligned(BlindScores.pooled({fold: frame}), truth)
    answered = _encoded(task, apply_decision(decision, scores.frame), scores.fold, labels)
    value, _ = answered.all_and_folds()
    error = _error([answered], [1.0])
    return Score(value=value, error=error, how="vault", rows=len(scores.fold), folds=())


def compare(
    task: Task,
    truth: Truth,
    first: BlindScores,
    second: BlindScores,
    names: tuple[str, str] = ("first", "second"),
) -> Comparison:
    """Compare two candidates on the rows that both scored; positive means the first is better.

    Raises:
        ImlError: If they share no row.
    """
    pair = shared([first, second])
    if not len(pair[0].fold):
        raise ImlError(f"{names[0]} and {names[1]} share no blind row; run both on one fold first.")
    answered = [_answer(task, *aligned(one, truth)) for one in pair]
    gains = [one.metric.gain(one.all_and_folds()[0]) for one in answered]
    return Comparison(
        first=names[0],
        second=names[1],
        difference=gains[0] - gains[1],
        error=_error(answered, [1.0, -1.0]),
    )


def expected_after_selection(
    task: Task, score: Score, difference_errors: Iterable[float], tried: int
) -> float:
    """What to expect of the best of several candidates on new rows.

    The best of k equally good candidates beats their common value by the expected maximum of k
    normal errors, about s · Φ⁻¹((k - 0.375) / (k + 0.25)) (Blom 1958, "Statistical Estimates and
    Transformed Beta-Variables"; why it must be taken off: Cawley and Talbot 2010, JMLR 11). The
    candidates share their rows, so s is the part of the error that they do not share: a paired
    difference has twice its variance. Where the winner leads clearly this takes off too much.

    Args:
        task: Its metric says which way is worse.
        score: The winner's blind score.
        difference_errors: Standard errors of the winner's paired differences to the others.
        tried: How many candidates were compared, the winner among them.

    Returns:
        The value of `score`, made worse by that maximum.
    """
    errors = [error for error in difference_errors if error > 0]
    if tried < 2 or not errors:
        return score.value
    spread = float(np.mean(errors)) / np.sqrt(2)
    optimism = spread * NormalDist().inv_cdf((tried - 0.375) / (tried + 0.25))
    higher = metric_of(task.metric).direction == "higher"
    return float(score.value - optimism if higher else score.value + optimism)


def _answer(task: Task, scores: BlindScores, truth: Truth) -> _Answered:
    """Cross-fitted answers; those of kept candidates are kept too, since many comparisons ask."""
    known = (metric_digest(task.metric), scores.key)
    if scores.key and known in _ANSWERED:
        return _ANSWERED[known]
    answered = _answer_anew(task, scores, truth)
    if scores.key:
        if len(_ANSWERED) >= MOST_ANSWERED:
            _ANSWERED.pop(next(iter(_ANSWERED)))
        _ANSWERED[known] = answered
    return answered


def _answer_anew(task: Task, scores: BlindScores, truth: Truth) -> _Answered:
    metric = metric_of(task.metric)
    answers = cross_fitted(task, scores.frame, truth.frame, scores.fold, metric)
    return _encoded(task, answers, scores.fold, truth)


def _encoded(task: Task, answers: pd.DataFrame, fold: Array, truth: Truth) -> _Answered:
    """Answers beside their truth, in one order, as the metric takes them."""
    metric = metric_of(task.metric)
    weights, groups = metric.row_facts(truth.frame)
    together = [known for known in (groups, truth.groups) if known is not None]
    blocks = together[0] if together else np.arange(len(fold))
    return _Answered(
        metric,
        *metric.encode(truth.frame, answers, task.targets),
        fold,
        weights,
        groups,
        pd.factorize(blocks)[0],
    )


def _error(answered: Sequence[_Answered], signs: Sequence[float]) -> float:
    """Standard error of a signed sum of metrics of the same rows."""
    influences = [one.influence() for one in answered]
    known = [influence for influence in influences if influence is not None]
    if len(known) == len(answered):
        total = sum(sign * influence for sign, influence in zip(signs, known, strict=True))
        return _clustered_error(np.asarray(total), answered[0].blocks)
    return _jackknife_error(answered, signs)


def _clustered_error(influence: Array, groups: Array) -> float:
    sums = np.bincount(groups, weights=influence)
    count = len(sums)
    if count < 2:
        return float("inf")
    return float(np.sqrt(count / (count - 1) * (sums**2).sum()) / len(influence))


def _jackknife_error(answered: Sequence[_Answered], signs: Sequence[float]) -> float:
    """Delete-a-block jackknife (Kott 2001): whole groups, dealt into blocks at random."""
    groups = answered[0].blocks
    count = int(groups.max()) + 1
    if count < 2:
        return float("inf")
    many = answered[0].answers.size > MANY_CELLS
    blocks = min(FEW_BLOCKS if many else BLOCKS, count)
    block = (np.random.default_rng(0).permutation(count) % blocks)[groups]
    kept = [block != left for left in range(blocks)]
    columns = [sign * np.array(one.values(kept)) for one, sign in zip(answered, signs, strict=True)]
    values = np.sum(columns, axis=0)
    return float(np.sqrt((blocks - 1) / blocks * ((values - values.mean()) ** 2).sum()))


def _values(frame: pd.DataFrame) -> Array:
    return frame.drop(columns="row_id").to_numpy(dtype=float)
