"""Decisions: what they learn, that they are honest when scored, and that they stand alone."""

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.decisions import (
    RULES,
    apply_decision,
    choose_decision,
    cross_fitted,
    fit_decision,
)
from agents.competition.formats import write_row_format
from agents.competition.metrics import METRICS
from agents.errors import InputError
from agents.models import MetricChoice, ProblemType, Target, Task

YES_NO = Target(name="seated", kind="class", classes=("no", "yes"), positive="yes")
COLOUR = Target(name="colour", kind="class", classes=("blue", "green", "red"))
RATING = Target(name="stars", kind="class", classes=("1", "2", "3", "4"))
PRICE = Target(name="price", kind="number")


def task_of(problem: ProblemType, metric: str, *targets: Target) -> Task:
    choice = MetricChoice(
        name=metric,
        direction=METRICS[metric].direction,
        title=METRICS[metric].title,
        source="default",
    )
    return Task(
        name="t", problem=problem, targets=targets, id_column="id", metric=choice, tables=()
    )


def rare_events(rows: int = 400, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Honest probabilities of a rare event: argmax would never answer it."""
    chance = np.random.default_rng(seed)
    probability = chance.beta(1, 6, rows)
    truth = np.where(chance.random(rows) < probability, "yes", "no")
    ids = [str(row) for row in range(rows)]
    scores = pd.DataFrame({"row_id": ids, "no": 1 - probability, "yes": probability})
    return scores, pd.DataFrame({"row_id": ids, "seated": truth})


def ratings(rows: int = 400, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Timid probabilities: the expected rating knows more than the most probable one."""
    chance = np.random.default_rng(seed)
    latent = chance.normal(size=rows)
    stars = np.clip(np.digitize(latent + chance.normal(size=rows), [-1.5, 0, 1.5]), 0, 3)
    near = np.exp(-((np.arange(4) - 1.5 - 0.5 * latent[:, None]) ** 2))
    scores = pd.DataFrame(near / near.sum(axis=1, keepdims=True), columns=list(RATING.classes))
    scores.insert(0, "row_id", [str(row) for row in range(rows)])
    return scores, pd.DataFrame({"row_id": scores["row_id"], "stars": (stars + 1).astype(str)})


def test_argmax_answers_the_most_probable_class_as_the_training_table_writes_it() -> None:
    scores = pd.DataFrame({"row_id": ["a", "b"], "red": [0.7, 0.1], "green": [0.2, 0.1]})
    scores["blue"] = [0.1, 0.8]
    task = task_of("multiclass", "accuracy", COLOUR)
    truth = pd.DataFrame({"colour": ["red", "blue"]})
    decision = fit_decision(task, scores, truth, METRICS["accuracy"])
    answers = apply_decision(decision, scores)
    assert answers.to_dict("list") == {"row_id": ["a", "b"], "colour": ["red", "blue"]}


def test_a_threshold_beats_argmax_where_the_event_is_rare() -> None:
    scores, truth = rare_events()
    task = task_of("binary", "f1", YES_NO)
    decision = fit_decision(task, scores, truth, METRICS["f1"])
    answers = apply_decision(decision, scores)
    assert decision.name == "threshold"
    assert METRICS["f1"].evaluate(truth, answers, [YES_NO]) > 0.35
    assert (scores["yes"] > 0.5).mean() < 0.03


def test_the_threshold_is_the_best_that_there_is() -> None:
    scores, truth = rare_events(rows=60)
    task, metric = task_of("binary", "mcc", YES_NO), METRICS["mcc"]
    fitted = RULES["threshold"].fit(task, scores, truth, metric)
    values = []
    for threshold in [*scores["yes"], 2.0]:
        answers = RULES["threshold"].apply(scores, {**fitted, "threshold": threshold})
        values.append(metric.evaluate(truth, answers, [YES_NO]))
    best = metric.evaluate(truth, RULES["threshold"].apply(scores, fitted), [YES_NO])
    assert best == pytest.approx(max(values))


def test_quantile_cuts_answer_each_rating_as_often_as_it_occurs() -> None:
    scores, truth = ratings()
    task = task_of("ordinal", "kappa", RATING)
    cuts = RULES["quantile_cuts"].fit(task, scores, truth, METRICS["kappa"])
    answers = RULES["quantile_cuts"].apply(scores, cuts)
    difference = answers["stars"].value_counts() - truth["stars"].value_counts()
    assert difference.abs().max() <= 1


def test_quantile_cuts_are_taken_where_they_agree_better_than_argmax() -> None:
    scores, truth = ratings()
    task = task_of("ordinal", "kappa", RATING)
    assert fit_decision(task, scores, truth, METRICS["kappa"]).name == "quantile_cuts"


def test_ratings_may_come_from_a_regression() -> None:
    scores, truth = ratings()
    expected = scores[list(RATING.classes)].to_numpy() @ np.arange(1, 5)
    single = pd.DataFrame({"row_id": scores["row_id"], "stars": expected})
    task = task_of("ordinal", "kappa", RATING)
    decision = fit_decision(task, single, truth, METRICS["kappa"])
    assert decision.name == "quantile_cuts"
    assert set(apply_decision(decision, single)["stars"]) <= set(RATING.classes)


def test_numbers_stay_in_the_range_of_the_training_rows() -> None:
    task = task_of("regression", "rmse", PRICE)
    scores = pd.DataFrame({"row_id": ["a", "b", "c"], "price": [-5.0, 2.0, 99.0]})
    truth = pd.DataFrame({"price": ["-1", "3", "10"]})
    decision = fit_decision(task, scores, truth, METRICS["rmse"])
    assert list(apply_decision(decision, scores)["price"]) == [-1.0, 2.0, 10.0]


def test_probabilities_answer_for_themselves_within_zero_and_one() -> None:
    scores = pd.DataFrame({"row_id": ["a", "b"], "no": [1.1, 0.4], "yes": [-0.1, 0.6]})
    task = task_of("binary", "auc", YES_NO)
    truth = pd.DataFrame({"seated": ["no", "yes"]})
    decision = fit_decision(task, scores, truth, METRICS["auc"])
    assert list(apply_decision(decision, scores)["seated"]) == [0.0, 0.6]


def test_several_targets_answer_column_by_column() -> None:
    targets = [Target(name=n, kind="class", classes=("0", "1"), positive="1") for n in "ab"]
    scores = pd.DataFrame({"row_id": ["x"], "a": [0.3], "b": [0.6]})
    task = task_of("multilabel", "auc", *targets)
    truth = pd.DataFrame({"a": ["0"], "b": ["1"]})
    answers = apply_decision(fit_decision(task, scores, truth, METRICS["auc"]), scores)
    assert answers.equals(scores)


def test_what_a_fold_answers_does_not_depend_on_its_own_truth() -> None:
    scores, truth = rare_events()
    fold = np.arange(len(scores)) % 4
    task, metric = task_of("binary", "f1", YES_NO), METRICS["f1"]
    honest = cross_fitted(task, scores, truth, fold, metric)
    flipped = truth.copy()
    flipped.loc[fold == 2, "seated"] = "yes"
    other = cross_fitted(task, scores, flipped, fold, metric)
    assert list(honest["row_id"]) == list(scores["row_id"])
    assert honest[fold == 2].equals(other[fold == 2])
    assert not honest[fold != 2].equals(other[fold != 2])


def test_one_fold_is_cross_fitted_over_parts_of_itself() -> None:
    scores, truth = rare_events()
    task, metric = task_of("binary", "f1", YES_NO), METRICS["f1"]
    answers = cross_fitted(task, scores, truth, np.ones(len(scores)), metric)
    fitted = apply_decision(fit_decision(task, scores, truth, metric), scores)
    assert metric.evaluate(truth, answers, [YES_NO]) <= metric.evaluate(truth, fitted, [YES_NO])


def test_a_metric_that_cannot_score_the_problem_is_refused() -> None:
    with pytest.raises(InputError, match="AUC cannot score"):
        choose_decision(task_of("multiclass", "auc", COLOUR))


@pytest.mark.parametrize("name", list(RULES))
def test_every_decision_stands_alone_as_source_text(name: str) -> None:
    scores, truth = rare_events(rows=50) if name != "quantile_cuts" else ratings(rows=50)
    target = YES_NO if name != "quantile_cuts" else RATING
    if name == "clip":
        target, scores = PRICE, scores[["row_id", "yes"]].set_axis(["row_id", "price"], axis=1)
        truth = pd.DataFrame({"price": ["0.1", "0.2"]})
    task = task_of("binary", "f1", target)
    parameters = RULES[name].fit(task, scores, truth, METRICS["f1"])
    alone: dict[str, Any] = {"np": np, "pd": pd, "Any": Any}
    exec(inspect.getsource(RULES[name].apply), alone)
    inlined = alone[RULES[name].apply.__name__](scores, json.loads(json.dumps(parameters)))
    assert inlined.equals(RULES[name].apply(scores, parameters))


def test_the_row_format_stands_alone_as_source_text(tmp_path: Path) -> None:
    alone: dict[str, Any] = {"pd": pd, "Path": Path}
    exec("import csv\n" + inspect.getsource(write_row_format), alone)
    answers = pd.DataFrame({"row_id": ["1"], "seated": ["yes"]})
    target = tmp_path / "submission.csv"
    alone["write_row_format"](answers, ["id", "seated"], "id", ["1"], {}, target)
    assert target.read_text(encoding="utf-8") == "id,seated\n1,yes\n"
