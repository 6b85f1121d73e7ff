"""What the winner said of rows that it never saw, beside the truth: for people who look back.

Everything was stored while the run went on; nothing is trained, and nothing is decided by it. What
is not there any more (a workspace that was copied without its `.iml`) is simply not shown.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.judging.decisions import cross_fitted
from agents.competition.judging.scores import BlindScores, Truth, aligned, load_blind
from agents.competition.metrics.metrics import metric_of
from agents.journal.events import CandidateScored, Recorded, StepFinished
from agents.models import Hindsight, Reliability, Task

SHOWN_PAIRS = 2_000
BINS = 10
VIEW_STEP = "plan/view/blind-"


def look_back(facts: Sequence[Recorded], state_dir: Path, task: Task, winner: str) -> Hindsight:
    """Reads what is stored of the winner.

    Args:
        facts: Of the last run.
        state_dir: The workspace's `.iml`.
        task: What was asked.
        winner: Name of the candidate.

    Raises:
        LookupError: Nothing usable is stored.
    """
    scored = [
        fact.event
        for fact in facts
        if isinstance(fact.event, CandidateScored) and fact.event.candidate == winner
    ]
    if not scored:
        raise LookupError(winner)
    last = max(scored, key=lambda one: len(one.score.folds))
    try:
        scores = load_blind(state_dir / "scores", f"{last.program}-{len(last.score.folds)}")
        paths = _answers(facts, state_dir)
        truth = Truth.read({fold: paths[fold] for fold in scores.folds}, task.targets)
    except (OSError, KeyError) as error:
        raise LookupError(winner) from error
    return _compared(task, *aligned(scores, truth))


def _answers(facts: Sequence[Recorded], state_dir: Path) -> dict[int, Path]:
    """Where the labels of each fold lie; the workspace may have been moved since."""
    found = {}
    for fact in facts:
        step = fact.event
        if isinstance(step, StepFinished) and step.path.startswith(VIEW_STEP):
            assert isinstance(step.result, dict)
            view = step.result["view"]
            assert isinstance(view, dict)
            kept = Path(str(view["answers"]))
            number = int(step.path.removeprefix(VIEW_STEP))
            found[number] = state_dir / "answers" / kept.parent.name / kept.name
    return found


def _compared(task: Task, scores: BlindScores, truth: Truth) -> Hindsight:
    target = task.targets[0]
    metric = metric_of(task.metric)
    answers = cross_fitted(task, scores.frame, truth.frame, scores.fold, metric)
    if target.kind == "number":
        pairs = np.column_stack([truth.frame[target.name], answers[target.name]]).astype(float)
        shown = np.random.default_rng(0).permutation(len(pairs))[:SHOWN_PAIRS]
        kept = tuple((float(known), float(said)) for known, said in pairs[np.sort(shown)])
        return Hindsight(target=target.name, rows=len(pairs), pairs=kept)
    classes = target.classes
    if task.problem == "multilabel" or not classes:
        raise LookupError(target.name)
    known = pd.Categorical(truth.frame[target.name].astype(str), classes).codes
    likely = set(classes) <= set(scores.columns)
    said = _said(answers, scores, target.name, classes)
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    usable = (known >= 0) & (said >= 0)
    np.add.at(counts, (known[usable], said[usable]), 1)
    reliability = _reliability(scores.frame[list(classes)].to_numpy(float), known) if likely else ()
    return Hindsight(
        target=target.name,
        rows=int(usable.sum()),
        classes=classes,
        confusion=tuple(tuple(int(one) for one in row) for row in counts),
        reliability=reliability,
    )


def _said(
    answers: pd.DataFrame, scores: BlindScores, target: str, classes: tuple[str, ...]
) -> np.ndarray:
    """The answered class of each row; the likeliest one where probabilities are asked for."""
    if target in answers:
        said = np.asarray(pd.Categorical(answers[target].astype(str), classes).codes)
        if (said >= 0).all():
            return said
    if not set(classes) <= set(scores.columns):
        raise LookupError(target)
    return np.asarray(scores.frame[list(classes)].to_numpy(float).argmax(axis=1))


def _reliability(shares: np.ndarray, known: np.ndarray) -> tuple[Reliability, ...]:
    """Equally many rows a bin, so that every dot weighs the same."""
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == known
    order = np.argsort(sure, kind="stable")
    return tuple(
        Reliability(said=float(sure[rows].mean()), seen=float(right[rows].mean()), rows=len(rows))
        for rows in np.array_split(order, BINS)
        if len(rows)
    )
