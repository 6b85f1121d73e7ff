"""Decisions: what they learn, that they are honest when scored, and that they stand alone."""

import inspect
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.decisions import (
    RULES,
    apply_decision,
    choose_decision,
    cross_fitted,
    fit_decision,
)
from agents.competition.metrics.metric import WEIGHT_COLUMN
from agents.competition.metrics.metrics import METRICS, metric_of
from agents.errors import InputError
from agents.models import (
    Decision,
    LabelList,
    MetricChoice,
    MetricWeights,
    ProblemType,
    Target,
    Task,
)

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
    cuts = RULES["prior_cuts"].fit(task, scores, truth, METRICS["kappa"])
    answers = RULES["prior_cuts"].apply(scores, cuts)
    difference = answers["stars"].value_counts() - truth["stars"].value_counts()
    assert difference.abs().max() <= 1


def test_quantile_cuts_are_taken_where_they_agree_better_than_argmax() -> None:
    scores, truth = ratings()
    task = task_of("ordinal", "kappa", RATING)
    assert fit_decision(task, scores, truth, METRICS["kappa"]).name == "cuts"


def test_ratings_may_come_from_a_regression() -> None:
    scores, truth = ratings()
    expected = scores[list(RATING.classes)].to_numpy() @ np.arange(1, 5)
    single = pd.DataFrame({"row_id": scores["row_id"], "stars": expected})
    task = task_of("ordinal", "kappa", RATING)
    decision = fit_decision(task, single, truth, METRICS["kappa"])
    assert decision.name == "cuts"
    assert set(apply_decision(decision, single)["stars"]) <= set(RATING.classes)


def test_numbers_stay_near_the_range_of_the_rows_seen() -> None:
    task = task_of("regression", "rmse", PRICE)
    scores = pd.DataFrame({"row_id": ["a", "b", "c"], "price": [-50.0, 2.0, 99.0]})
    truth = pd.DataFrame({"price": ["-1", "3", "10"]})
    decision = fit_decision(task, scores, truth, METRICS["rmse"])
    assert list(apply_decision(decision, scores)["price"]) == [-7.0, 2.0, 16.0]


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
    with pytest.raises(InputError, match="Hamming loss cannot score"):
        choose_decision(task_of("multiclass", "hamming", COLOUR))


def rare_colours(rows: int = 600, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Honest probabilities of three classes, one of which is nearly always likeliest."""
    chance = np.random.default_rng(seed)
    said = chance.dirichlet([8, 1, 1], rows)
    codes = [chance.choice(3, p=row) for row in said]
    ids = [str(row) for row in range(rows)]
    scores = pd.DataFrame(said, columns=list(COLOUR.classes))
    scores.insert(0, "row_id", ids)
    truth = np.array(COLOUR.classes, dtype=object)[codes]
    return scores, pd.DataFrame({"row_id": ids, "colour": truth})


TAGS = tuple(
    Target(name=name, kind="class", classes=("0", "1"), positive="1") for name in ("jam", "leak")
)


def tagged(rows: int = 500, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Honest probabilities of two labels, the second much rarer than the first."""
    chance = np.random.default_rng(seed)
    said = np.column_stack([chance.beta(2, 2, rows), chance.beta(1, 9, rows)])
    held = (chance.random((rows, 2)) < said).astype(int).astype(str)
    ids = [str(row) for row in range(rows)]
    scores, truth = (pd.DataFrame(cells, columns=["jam", "leak"]) for cells in (said, held))
    scores.insert(0, "row_id", ids)
    truth.insert(0, "row_id", ids)
    return scores, truth


def amounts(factor: float, rows: int = 400, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions that are all too high by a factor."""
    chance = np.random.default_rng(seed)
    price = chance.gamma(3, 20, rows)
    ids = [str(row) for row in range(rows)]
    said = factor * price * np.exp(chance.normal(0, 0.1, rows))
    return (
        pd.DataFrame({"row_id": ids, "price": said}),
        pd.DataFrame({"row_id": ids, "price": [repr(one) for one in price.tolist()]}),
    )


def scored(task: Task, scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[str, float]:
    """The decision that is taken, and what it scores cross-fitted."""
    metric = metric_of(task.metric)
    fold = np.arange(len(scores)) % 5
    answers = cross_fitted(task, scores, truth, fold, metric)
    name = fit_decision(task, scores, truth, metric).name
    return name, metric.evaluate(truth, answers, task.targets)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1_macro"])
def test_rare_classes_get_weights_where_every_class_counts_the_same(metric: str) -> None:
    scores, truth = rare_colours()
    task = task_of("multiclass", metric, COLOUR)
    plain = RULES["argmax"].apply(scores, RULES["argmax"].fit(task, scores, truth, METRICS[metric]))
    name, value = scored(task, scores, truth)
    assert name == "weighted_argmax"
    assert value > METRICS[metric].evaluate(truth, plain, [COLOUR]) + 0.03


def test_honest_probabilities_are_left_as_they_are() -> None:
    scores, truth = rare_colours()
    assert scored(task_of("multiclass", "log_loss", COLOUR), scores, truth)[0] == "renormalise"


def test_sure_probabilities_are_tempered_where_that_really_helps() -> None:
    scores, truth = rare_colours()
    columns = list(COLOUR.classes)
    sharp = scores[columns] ** 3
    scores[columns] = sharp.div(sharp.sum(axis=1), axis=0)
    task = task_of("multiclass", "log_loss", COLOUR)
    name, value = scored(task, scores, truth)
    plain = METRICS["log_loss"].evaluate(truth, scores, [COLOUR])
    assert name == "temperature"
    assert value < plain - 0.1


def test_probabilities_of_classes_sum_to_one() -> None:
    scores, truth = rare_colours(rows=50)
    scores["red"] *= 3
    task = task_of("multiclass", "auc", COLOUR)
    answers = apply_decision(fit_decision(task, scores, truth, METRICS["auc"]), scores)
    assert answers[list(COLOUR.classes)].sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_each_label_has_its_own_threshold_where_each_counts_the_same() -> None:
    scores, truth = tagged()
    name, value = scored(task_of("multilabel", "f1_macro", *TAGS), scores, truth)
    half = {"columns": {one: ["0", "1", 0.5] for one in ("jam", "leak")}, "least": 0}
    answers = RULES["label_thresholds"].apply(scores, half)
    assert name == "label_thresholds"
    assert value > METRICS["f1_macro"].evaluate(truth, answers, TAGS) + 0.04


@pytest.mark.parametrize("metric", ["f1_micro", "hamming", "jaccard", "f1_samples", "exact_match"])
def test_answers_to_several_labels_are_their_own_spelling(metric: str) -> None:
    scores, truth = tagged()
    task = task_of("multilabel", metric, *TAGS)
    answers = apply_decision(fit_decision(task, scores, truth, METRICS[metric]), scores)
    assert list(answers.columns) == ["row_id", "jam", "leak"]
    assert set(answers["jam"]) | set(answers["leak"]) <= {"0", "1"}


def test_a_row_of_listed_labels_is_never_empty_where_none_is() -> None:
    scores, truth = tagged()
    filled = truth[(truth["jam"] == "1") | (truth["leak"] == "1")].index
    scores, truth = scores.loc[filled] * 1, truth.loc[filled]
    task = task_of("multilabel", "f1_samples", *TAGS).model_copy(
        update={"label_list": LabelList(column="tags", delimiter=" ")}
    )
    for name in ("shared_threshold", "expected_labels"):
        fitted = RULES[name].fit(task, scores, truth, METRICS["f1_samples"])
        answers = RULES[name].apply(scores, fitted)
        assert ((answers["jam"] == "1") | (answers["leak"] == "1")).all()


def test_guesses_are_listed_best_first() -> None:
    scores, truth = rare_colours(rows=20)
    task = task_of("multiclass", "map_at_k", COLOUR)
    decision = fit_decision(task, scores, truth, METRICS["map_at_k"])
    row = scores.iloc[0].drop("row_id").astype(float).sort_values(ascending=False)
    assert apply_decision(decision, scores)["colour"][0] == " ".join(row.index)


def test_cuts_are_moved_to_where_the_metric_likes_them() -> None:
    scores, truth = ratings(rows=2_000)
    task, metric = task_of("ordinal", "kappa", RATING), METRICS["kappa"]
    values = {
        name: metric.evaluate(
            truth, RULES[name].apply(scores, RULES[name].fit(task, scores, truth, metric)), [RATING]
        )
        for name in ("argmax", "prior_cuts", "optimised_cuts")
    }
    assert values["optimised_cuts"] > values["prior_cuts"] > values["argmax"]


def test_amounts_that_are_all_too_high_are_scaled() -> None:
    scores, truth = amounts(1.2)
    task = task_of("regression", "mape", PRICE)
    name, value = scored(task, scores, truth)
    assert name == "adjust"
    assert value < 0.1


def test_amounts_that_are_right_are_only_clipped() -> None:
    scores, truth = amounts(1.0)
    assert scored(task_of("regression", "wape", PRICE), scores, truth)[0] == "clip"
    assert choose_decision(task_of("regression", "rmse", PRICE)) == ("clip",)


@pytest.mark.parametrize(
    ("prices", "ranges"),
    [
        (np.linspace(200.5, 300.5, 50), [150.5, 350.5]),
        (np.linspace(10.5, 110.5, 50), [0.0, 160.5]),
        (np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 10), [1.0, 5.0]),
        (np.array([0.0] * 30 + [1.0, 2.0, 3.0]), [0.0, 5.0]),
    ],
)
def test_answers_may_pass_the_rows_seen_but_no_end_of_a_scale(
    prices: np.ndarray, ranges: list[float]
) -> None:
    task = task_of("regression", "rmse", PRICE)
    truth = pd.DataFrame({"price": prices.astype(str)})
    fitted = RULES["clip"].fit(task, truth, truth, metric_of(task.metric))
    assert fitted["ranges"]["price"] == pytest.approx(ranges)


def test_whole_numbers_are_answered_where_absolute_errors_count() -> None:
    chance = np.random.default_rng(0)
    level = chance.uniform(0, 4, 600)
    ids = [str(row) for row in range(600)]
    truth = pd.DataFrame({"row_id": ids, "price": np.round(level).astype(int).astype(str)})
    scores = pd.DataFrame({"row_id": ids, "price": level + chance.normal(0, 0.1, 600)})
    assert scored(task_of("regression", "mae", PRICE), scores, truth)[0] == "round"


def test_a_threshold_follows_the_weights_of_rows() -> None:
    scores, truth = rare_events()
    task = task_of("binary", "accuracy", YES_NO)
    weights = MetricWeights(column="w")
    weighed = metric_of(task.metric.model_copy(update={"weights": weights}))
    truth = truth.assign(**{WEIGHT_COLUMN: np.where(truth["seated"] == "yes", 9.0, 1.0)})
    plain, other = (
        RULES["threshold"].fit(task, scores, truth, metric)["threshold"]
        for metric in (METRICS["accuracy"], weighed)
    )
    assert other < plain - 0.2


STANDING_ALONE: dict[str, tuple[ProblemType, str, tuple[Target, ...], Any]] = {
    "argmax": ("binary", "f1", (YES_NO,), rare_events),
    "weighted_argmax": ("multiclass", "f1_macro", (COLOUR,), rare_colours),
    "threshold": ("binary", "f1", (YES_NO,), rare_events),
    "prior_cuts": ("ordinal", "kappa", (RATING,), ratings),
    "optimised_cuts": ("ordinal", "kappa", (RATING,), ratings),
    "shared_threshold": ("multilabel", "f1_micro", TAGS, tagged),
    "label_thresholds": ("multilabel", "f1_macro", TAGS, tagged),
    "expected_labels": ("multilabel", "jaccard", TAGS, tagged),
    "top_guesses": ("multiclass", "map_at_k", (COLOUR,), rare_colours),
    "identity": ("binary", "auc", (YES_NO,), rare_events),
    "renormalise": ("multiclass", "log_loss", (COLOUR,), rare_colours),
    "temperature": ("multiclass", "log_loss", (COLOUR,), rare_colours),
    "clip": ("regression", "rmse", (PRICE,), lambda: amounts(1.0)),
    "round": ("regression", "mae", (PRICE,), lambda: amounts(1.0)),
    "factor": ("regression", "mape", (PRICE,), lambda: amounts(1.1)),
    "shift": ("regression", "mae", (PRICE,), lambda: amounts(1.1)),
}


@pytest.mark.parametrize("name", list(RULES))
def test_every_decision_stands_alone_as_source_text(name: str) -> None:
    problem, metric, targets, make = STANDING_ALONE[name]
    scores, truth = make()
    task, rule = task_of(problem, metric, *targets), RULES[name]
    parameters = rule.fit(task, scores, truth, METRICS[metric])
    alone: dict[str, Any] = {"np": np, "pd": pd, "Any": Any}
    exec(inspect.getsource(rule.apply), alone)
    inlined = alone[rule.apply.__name__](scores, json.loads(json.dumps(parameters)))
    assert inlined.equals(rule.apply(scores, parameters))
    assert apply_decision(Decision(name=rule.decision, parameters=parameters), scores).equals(
        inlined
    )
