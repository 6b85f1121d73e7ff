"""An ensemble of kept candidates, with its honest score and what it would hand in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from agents.competition.judging.aggregation import cross_fitted_pool, find_pool, pooled
from agents.competition.judging.blend import combined
from agents.competition.judging.decisions import fit_decision
from agents.competition.judging.likelihood import sharper
from agents.competition.judging.scores import (
    BlindScores,
    Truth,
    aligned,
    compare,
    load_blind,
    load_test,
    load_vault,
    score_blind,
    store_blind,
    store_test,
    store_vault,
)
from agents.competition.metrics.metrics import metric_of
from agents.models import Comparison, Decision, Pool, Score, Task


@dataclass(frozen=True)
class Blend:
    """A pool of candidates, scored."""

    program: str
    """Its identity: members and coefficients."""
    key: str
    """Name under which its scores are kept."""
    pool: Pool
    """Members by their keys."""
    score: Score
    """Cross-fitted: each fold's pool was found on the other folds."""
    decision: Decision
    against_best: Comparison
    """The blend beside its best single member."""
    sharper: float
    """How much likelier than that member it finds the true labels, in standard errors; 0 where
    there are no probabilities of classes."""


def blend_members(
    task: Task, how: str, names: Mapping[str, str], answers: Mapping[int, Path], root: Path
) -> Blend:
    """Finds a pool of kept candidates and scores it.

    Args:
        task: What is asked.
        how: One of `agents.competition.judging.aggregation.AGGREGATIONS`.
        names: Candidates' names by the key of their scores, the simplest first.
        answers: Files of the blind rows' labels by fold.
        root: Where scores are kept; the blend's own are added.
    """
    candidates = {key: load_blind(root, key) for key in names}
    folds = sorted({fold for scores in candidates.values() for fold in scores.folds})
    truth = Truth.read({fold: answers[fold] for fold in folds}, task.targets)
    pool = find_pool(how, task, candidates, truth)
    honest = cross_fitted_pool(how, task, candidates, truth)
    best = _best(task, candidates, truth)
    fitted, labels = aligned(pooled(pool, candidates), truth)
    metric = metric_of(task.metric)
    decision = fit_decision(task, fitted.frame, labels.frame, metric)
    program = hashlib.sha256(pool.model_dump_json().encode()).hexdigest()[:32]
    key = f"{program}-{len(folds)}"
    store_blind(honest, root, key)
    return Blend(
        program=program,
        key=key,
        pool=pool,
        score=score_blind(task, honest, truth),
        decision=decision,
        against_best=compare(task, truth, honest, candidates[best], ("ensemble", names[best])),
        sharper=sharper(task, honest, candidates[best], truth),
    )


def blend_tests(found: Blend, root: Path) -> pd.DataFrame:
    """The blend's scores of the real test, kept like any candidate's."""
    scores = combined(found.pool, {key: load_test(root, key) for key in found.pool.weights})
    store_test(scores, root, found.key)
    return scores


def blend_vaults(found: Blend, root: Path) -> None:
    """Keeps the blend's scores of the vault's rows, where every member has answered them."""
    members = {key: load_vault(root, key) for key in found.pool.weights}
    answered = {key: frame for key, frame in members.items() if frame is not None}
    if answered and len(answered) == len(members):
        store_vault(combined(found.pool, answered), root, found.key)


def _best(task: Task, candidates: Mapping[str, BlindScores], truth: Truth) -> str:
    metric = metric_of(task.metric)
    return max(
        candidates, key=lambda key: metric.gain(score_blind(task, candidates[key], truth).value)
    )
