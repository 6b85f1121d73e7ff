"""The greedy ensemble of kept candidates, with its honest score and what it would hand in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from agents.competition.blend import blend, blended, cross_fitted_blend, greedy_weights
from agents.competition.decisions import fit_decision
from agents.competition.metrics import BlendScale, metric_named
from agents.competition.scores import (
    BlindScores,
    Truth,
    aligned,
    compare,
    load_blind,
    load_test,
    score_blind,
    store_blind,
    store_test,
)
from agents.models import Comparison, Decision, Score, Task


@dataclass(frozen=True)
class Blend:
    """A weighted mean of candidates."""

    program: str
    """Its identity: members and weights."""
    key: str
    """Name under which its scores are kept."""
    weights: dict[str, float]
    """By the members' keys; those without a share are left out."""
    scale: BlendScale
    score: Score
    """Cross-fitted: each fold's weights were found on the other folds."""
    decision: Decision
    against_best: Comparison
    """The blend beside its best single member."""


def blend_members(
    task: Task, names: Mapping[str, str], answers: Mapping[int, Path], root: Path
) -> Blend:
    """Finds weights for kept candidates and scores the blend.

    Args:
        task: What is asked.
        names: Candidates' names by the key of their scores, the simplest first.
        answers: Files of the blind rows' labels by fold.
        root: Where scores are kept; the blend's own are added.
    """
    candidates = {key: load_blind(root, key) for key in names}
    folds = sorted({fold for scores in candidates.values() for fold in scores.folds})
    truth = Truth.read({fold: answers[fold] for fold in folds})
    weights = {
        name: round(share, 6) for name, share in greedy_weights(task, candidates, truth).items()
    }
    honest = cross_fitted_blend(task, candidates, truth)
    best = _best(task, candidates, truth)
    metric = metric_named(task.metric.name)
    fitted, labels = aligned(blended(task, candidates, weights), truth)
    decision = fit_decision(task, fitted.frame, labels.frame, metric)
    program = hashlib.sha256(repr(sorted(weights.items())).encode()).hexdigest()[:32]
    key = f"{program}-{len(folds)}"
    store_blind(honest, root, key)
    return Blend(
        program=program,
        key=key,
        weights=weights,
        scale=metric.blend_scale,
        score=score_blind(task, honest, truth),
        decision=decision,
        against_best=compare(task, truth, honest, candidates[best], ("ensemble", names[best])),
    )


def blend_tests(found: Blend, root: Path) -> pd.DataFrame:
    """The blend's scores of the real test, kept like any candidate's."""
    frames = {key: load_test(root, key) for key in found.weights}
    scores = blend(frames, found.weights, found.scale)
    store_test(scores, root, found.key)
    return scores


def _best(task: Task, candidates: Mapping[str, BlindScores], truth: Truth) -> str:
    metric = metric_named(task.metric.name)
    return max(
        candidates, key=lambda key: metric.gain(score_blind(task, candidates[key], truth).value)
    )
