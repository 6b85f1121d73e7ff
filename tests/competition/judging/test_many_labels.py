"""Decisions and errors where labels are many: the fast ways say what the plain ones say."""

import time

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.decision_search import (
    best_f_thresholds,
    best_threshold,
    counts_by_threshold,
    threshold_curve,
)
from agents.competition.judging.decisions import choose_decision, fit_decision
from agents.competition.judging.scores import BlindScores, Truth, score_blind
from agents.competition.metrics.labels import Array, held_labels, with_labels_read
from agents.competition.metrics.metric import Part
from agents.competition.metrics.metric_labels import binary_tables, f_score, label_counts
from agents.competition.metrics.metrics import METRICS, metric_of
from agents.models import MetricChoice, Target, Task


def made(rows: int, labels: int) -> tuple[Array, Array]:
    """Which rows have which labels, and honest probabilities of it."""
    chance = np.random.default_rng(0)
    said = chance.beta(1, 6, (rows, labels)).round(3)
    return chance.random((rows, labels)) < said, said


def task_of(labels: int, metric: str) -> Task:
    targets = tuple(
        Target(name=f"l{n}", kind="class", classes=("no", "yes"), positive="yes")
        for n in range(labels)
    )
    choice = MetricChoice(
        name=metric, direction=METRICS[metric].direction, title=metric, source="default"
    )
    return Task(
        name="t", problem="multilabel", targets=targets, id_column="id", metric=choice, tables=()
    )


def frames(task: Task, held: Array, said: Array) -> tuple[BlindScores, Truth]:
    names = [target.name for target in task.targets]
    ids = [str(row) for row in range(len(held))]
    words = pd.DataFrame(np.where(held, "yes", "no"), columns=names, dtype="str")
    scores = pd.DataFrame(said, columns=names)
    for frame in (words, scores):
        frame.insert(0, "row_id", ids)
    fold = np.arange(len(held)) % 3
    return BlindScores(scores, fold), Truth(words, fold)


@pytest.mark.parametrize("weighed", [False, True])
def test_thresholds_of_labels_are_the_best_of_all(weighed: bool) -> None:
    held, said = made(300, 6)
    weights = np.random.default_rng(1).uniform(0.5, 2, 300) if weighed else None
    found = best_f_thresholds(held, said, 1.0, weights)
    weight = np.ones(300) if weights is None else weights
    for yes, one, threshold in zip(held.T, said.T, found, strict=True):
        curve = threshold_curve(yes, one, lambda *counts: f_score(binary_tables(*counts)), weights)
        answered = one >= threshold
        hit = (weight * (yes & answered)).sum()
        value = 2 * hit / ((weight * yes).sum() + (weight * answered).sum())
        assert value == pytest.approx(curve[1].max())
        assert threshold == pytest.approx(best_threshold(*curve))


def test_counts_under_many_thresholds_are_those_under_each() -> None:
    held, said = made(200, 5)
    thresholds = np.array([0.02, 0.1, 0.25, 0.9])
    counts = counts_by_threshold(held.astype(float), said, thresholds)
    for place, threshold in enumerate(thresholds):
        alone = label_counts(held.astype(float), (said >= threshold).astype(float))
        for many, one in zip(counts, alone, strict=True):
            assert np.array_equal(many[place], one)


def test_parts_are_measured_together_as_they_are_alone() -> None:
    held, said = made(200, 5)
    truth, answers = held.astype(float), (said > 0.2).astype(float)
    parts = [np.arange(200), np.arange(0, 200, 3), np.arange(7)]
    for name in ("f1_macro", "f1_micro", "f1_weighted"):
        metric = METRICS[name]
        together = metric.measure_parts(truth, answers, [Part(rows, rows) for rows in parts])
        alone = [metric.measure(truth[rows], answers[rows]) for rows in parts]
        assert together == pytest.approx(alone)


def test_labels_that_were_read_once_are_the_same_labels() -> None:
    held, said = made(50, 4)
    task = task_of(4, "f1_macro")
    words = frames(task, held, said)[1].frame
    read = with_labels_read(words, task.targets)
    assert np.array_equal(held_labels(words, task.targets), held)
    assert np.array_equal(held_labels(read, task.targets), held)
    assert list(read["row_id"]) == list(words["row_id"])


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("weighed", [False, True])
def test_a_row_moves_the_area_as_leaving_it_out_does(average: str, weighed: bool) -> None:
    held, said = made(150, 3)
    said = (said + 0.3 * held + 0.2 * np.random.default_rng(2).random(said.shape)).round(2)
    choice = MetricChoice(
        name="auc",
        direction="higher",
        title="AUC",
        source="default",
        parameters={"average": average},
    )
    metric, truth = metric_of(choice), held.astype(float)
    weights = np.random.default_rng(3).uniform(0.5, 2, 150) if weighed else np.ones(150)
    moves = metric.influence(truth, said, weights)
    assert moves is not None
    whole = metric.measure(truth, said, weights)
    rest = [
        metric.measure(*(np.delete(one, row, axis=0) for one in (truth, said, weights)))
        for row in range(150)
    ]
    left_out = whole - np.array(rest)
    assert np.corrcoef(moves, left_out)[0, 1] > 0.98
    assert moves.std() == pytest.approx(left_out.std() * 149, rel=0.1)


def test_exclusive_targets_are_judged_as_one_of_several_classes() -> None:
    chance = np.random.default_rng(0)
    codes, said = chance.integers(0, 4, 200), chance.random((200, 4))
    task = task_of(4, "log_loss")
    joint = task.metric.model_copy(update={"parameters": {"joint": True}})
    task = task.model_copy(update={"metric": joint})
    held = codes[:, None] == np.arange(4)
    shares = said / said.sum(axis=1, keepdims=True)
    value = metric_of(joint).measure(held.astype(float), said)
    assert value == pytest.approx(-np.log(shares[np.arange(200), codes]).mean())
    assert choose_decision(task) == ("renormalise", "temperature")
    scores, truth = frames(task, held, said)
    assert score_blind(task, scores, truth).value < value


def test_hundreds_of_labels_are_decided_and_scored_in_seconds() -> None:
    held, said = made(1_500, 200)
    task = task_of(200, "f1_macro")
    scores, truth = frames(task, held, said)
    start = time.process_time()
    score = score_blind(task, scores, truth)
    decision = fit_decision(task, scores.frame, truth.frame, metric_of(task.metric))
    assert time.process_time() - start < 10
    assert decision.name == "label_thresholds"
    assert score.error > 0
