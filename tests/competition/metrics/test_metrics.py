"""Every metric against worked examples, against scikit-learn, and against its own promises."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics as reference
from pydantic import JsonValue

from agents.competition.metrics.labels import ordered_classes
from agents.competition.metrics.metric import METRIC_GROUP_COLUMN, WEIGHT_COLUMN
from agents.competition.metrics.metric_check import verify
from agents.competition.metrics.metrics import (
    METRICS,
    Metric,
    metric_digest,
    metric_named,
    metric_of,
)
from agents.errors import ImlError, InputError
from agents.models import MetricChoice, MetricWeights, Target

YES_NO = Target(name="seated", kind="class", classes=("no", "yes"), positive="yes")
COLOUR = Target(name="colour", kind="class", classes=("blue", "green", "red"))
RATING = Target(name="stars", kind="class", classes=("0", "1", "2", "3", "4"))
PRICE = Target(name="price", kind="number")


TAGS = tuple(
    Target(name=name, kind="class", classes=("0", "1"), positive="1")
    for name in ("jam", "leak", "hum")
)


def targets_for(metric: Metric) -> tuple[Target, ...]:
    if metric.problems == ("multilabel",):
        return TAGS
    if metric.answers == "number":
        return (PRICE,)
    if metric.by_rank or metric.answers == "labels":
        return (RATING,)
    return (YES_NO,)


def column(target: Target, cells: list[str] | list[float]) -> pd.DataFrame:
    return pd.DataFrame({target.name: cells})


def drawn(targets: tuple[Target, ...], seed: int = 0) -> pd.DataFrame:
    return pd.concat([drawn_truth(one, seed=seed + k) for k, one in enumerate(targets)], axis=1)


def drawn_truth(target: Target, rows: int = 200, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    if target.kind == "number":
        return column(target, [repr(value) for value in chance.gamma(2, 50, rows).tolist()])
    return column(target, list(chance.choice(target.classes, rows)))


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_the_truth_is_optimal_and_shuffles_are_worse_in_the_stated_direction(
    metric: Metric,
) -> None:
    targets = targets_for(metric)
    assert verify(metric, drawn(targets), targets) == ()


@pytest.mark.parametrize("name", [name for name, one in METRICS.items() if one.suits("multilabel")])
def test_metrics_of_several_labels_are_sound(name: str) -> None:
    assert verify(METRICS[name], drawn(TAGS), TAGS) == ()


@pytest.mark.parametrize("name", [name for name, one in METRICS.items() if one.suits("multiclass")])
def test_metrics_of_several_classes_are_sound_too(name: str) -> None:
    assert verify(METRICS[name], drawn_truth(COLOUR), [COLOUR]) == ()


def test_a_metric_of_the_wrong_direction_is_found_out() -> None:
    accuracy = METRICS["accuracy"]
    upside_down = Metric(
        name="error",
        title="accuracy, lower is better",
        direction="lower",
        answers="label",
        problems=("binary",),
        rows=accuracy.rows,
    )
    assert len(verify(upside_down, drawn_truth(YES_NO), [YES_NO])) == 2


def test_more_accuracy_is_better_and_more_log_loss_is_worse() -> None:
    assert METRICS["accuracy"].better(0.8, 0.7)
    assert METRICS["log_loss"].better(0.3, 0.4)
    assert not METRICS["mae"].better(1.0, 1.0)


def test_labels_score_as_in_scikit_learn() -> None:
    truth, answers = drawn_truth(YES_NO), drawn_truth(YES_NO, seed=1)
    pair = truth["seated"], answers["seated"]
    expected = {
        "accuracy": reference.accuracy_score(*pair),
        "f1": reference.f1_score(*pair, pos_label="yes"),
        "mcc": reference.matthews_corrcoef(*pair),
    }
    for name, value in expected.items():
        assert METRICS[name].evaluate(truth, answers, [YES_NO]) == pytest.approx(value, abs=1e-12)


def test_matthews_correlation_of_several_classes_is_that_of_scikit_learn() -> None:
    truth, answers = drawn_truth(COLOUR), drawn_truth(COLOUR, seed=1)
    expected = reference.matthews_corrcoef(truth["colour"], answers["colour"])
    assert METRICS["mcc"].evaluate(truth, answers, [COLOUR]) == pytest.approx(expected, abs=1e-12)


def test_kappa_is_that_of_scikit_learn() -> None:
    truth, answers = drawn_truth(RATING), drawn_truth(RATING, seed=1)
    pair = truth["stars"].astype(int), answers["stars"].astype(int)
    expected = reference.cohen_kappa_score(*pair, weights="quadratic")
    assert METRICS["kappa"].evaluate(truth, answers, [RATING]) == pytest.approx(expected, abs=1e-12)


def test_a_rating_that_nobody_gave_keeps_its_rank_in_kappa() -> None:
    truth, answers = column(RATING, ["0", "1", "4"]), column(RATING, ["0", "1", "1"])
    expected = reference.cohen_kappa_score(
        [0, 1, 4], [0, 1, 1], weights="quadratic", labels=[0, 1, 2, 3, 4]
    )
    assert METRICS["kappa"].evaluate(truth, answers, [RATING]) == pytest.approx(expected, abs=1e-12)


def test_ratings_are_ordered_as_numbers_not_as_words() -> None:
    target = Target(name="stars", kind="class", classes=("1", "10", "2"))
    assert ordered_classes(target) == ["1", "2", "10"]


def test_the_positive_label_has_the_last_rank() -> None:
    target = Target(name="ill", kind="class", classes=("a", "b"), positive="a")
    assert ordered_classes(target) == ["b", "a"]


def test_f1_without_a_true_positive_is_zero() -> None:
    truth, answers = column(YES_NO, ["yes", "no"]), column(YES_NO, ["no", "no"])
    assert METRICS["f1"].evaluate(truth, answers, [YES_NO]) == 0.0


def test_an_unknown_label_is_a_wrong_answer() -> None:
    truth, answers = column(YES_NO, ["yes", "no"]), column(YES_NO, ["maybe", "no"])
    assert METRICS["accuracy"].evaluate(truth, answers, [YES_NO]) == 0.5


def test_labels_that_are_the_same_number_are_the_same_label() -> None:
    truth, answers = column(RATING, ["1", "2"]), column(RATING, ["1.0", "3.0"])
    assert METRICS["accuracy"].evaluate(truth, answers, [RATING]) == 0.5


def test_ties_count_half_in_the_area_under_the_curve() -> None:
    truth = column(YES_NO, ["yes", "no", "yes", "no"])
    answers = column(YES_NO, [0.5, 0.5, 0.9, 0.1])
    assert METRICS["auc"].evaluate(truth, answers, [YES_NO]) == 0.875


def test_auc_is_the_mean_over_targets_that_say_anything() -> None:
    chance = np.random.default_rng(0)
    names = ["jam", "leak", "noise"]
    targets = [Target(name=n, kind="class", classes=("0", "1"), positive="1") for n in names]
    labels = chance.integers(0, 2, (100, 3))
    labels[:, 2] = 0
    scores = np.round(chance.random((100, 3)), 1)
    expected = [reference.roc_auc_score(labels[:, k], scores[:, k]) for k in range(2)]
    truth = pd.DataFrame(labels.astype(str), columns=names)
    value = METRICS["auc"].evaluate(truth, pd.DataFrame(scores, columns=names), targets)
    assert value == pytest.approx(np.mean(expected), abs=1e-12)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_auc_of_several_classes_is_that_of_each_against_the_rest(average: str) -> None:
    truth, answers = drawn_truth(COLOUR), probabilities()
    metric = specialised("auc", average=average)
    expected = reference.roc_auc_score(
        truth["colour"], answers, multi_class="ovr", average=average, labels=answers.columns
    )
    assert metric.evaluate(truth, answers, [COLOUR]) == pytest.approx(expected, abs=1e-12)


def test_log_loss_reads_the_probability_of_the_positive_label() -> None:
    truth, answers = column(YES_NO, ["yes", "no"]), column(YES_NO, [0.8, 0.4])
    expected = -(np.log(0.8) + np.log(0.6)) / 2
    assert METRICS["log_loss"].evaluate(truth, answers, [YES_NO]) == pytest.approx(expected)


def test_log_loss_of_several_classes_is_that_of_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    truth = drawn_truth(COLOUR)
    values = chance.dirichlet([1, 1, 1], len(truth))
    answers = pd.DataFrame(values, columns=list(COLOUR.classes))
    expected = reference.log_loss(truth["colour"], values, labels=list(COLOUR.classes))
    assert METRICS["log_loss"].evaluate(truth, answers, [COLOUR]) == pytest.approx(expected)


def test_a_sure_mistake_costs_much_but_not_infinitely() -> None:
    truth, answers = column(YES_NO, ["yes"]), column(YES_NO, [0.0])
    expected = -np.log(1e-15)
    assert METRICS["log_loss"].evaluate(truth, answers, [YES_NO]) == pytest.approx(expected)


def test_numbers_score_as_in_scikit_learn() -> None:
    truth, answers = drawn_truth(PRICE), drawn_truth(PRICE, seed=1)
    pair = truth["price"].astype(float), answers["price"].astype(float)
    expected = {
        "mae": reference.mean_absolute_error(*pair),
        "rmse": reference.root_mean_squared_error(*pair),
        "rmsle": reference.root_mean_squared_log_error(*pair),
        "r2": reference.r2_score(*pair),
    }
    for name, value in expected.items():
        assert METRICS[name].evaluate(truth, answers, [PRICE]) == pytest.approx(value, rel=1e-12)


def test_several_numbers_are_averaged_column_by_column() -> None:
    targets = [Target(name=name, kind="number") for name in ("a", "b")]
    truth = pd.DataFrame({"a": [0.0, 0.0], "b": [0.0, 0.0]})
    answers = pd.DataFrame({"a": [1.0, 1.0], "b": [3.0, 3.0]})
    assert METRICS["rmse"].evaluate(truth, answers, targets) == 2.0


def test_r2_of_a_constant_truth_is_one_only_for_the_truth() -> None:
    truth = column(PRICE, [5.0, 5.0])
    assert METRICS["r2"].evaluate(truth, truth, [PRICE]) == 1.0
    assert METRICS["r2"].evaluate(truth, column(PRICE, [5.0, 6.0]), [PRICE]) == 0.0


def test_negative_predictions_are_an_error_of_rmsle_not_a_nan() -> None:
    with pytest.raises(ImlError, match="clip"):
        METRICS["rmsle"].evaluate(column(PRICE, [1.0]), column(PRICE, [-2.0]), [PRICE])


def test_a_missing_answer_cannot_be_scored() -> None:
    with pytest.raises(ImlError, match="price"):
        METRICS["mae"].evaluate(column(PRICE, [1.0]), column(PRICE, [float("nan")]), [PRICE])


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="log_loss"):
        metric_named("logloss?")


def test_binary_counts_give_the_same_values_as_the_labels() -> None:
    truth, answers = drawn_truth(YES_NO), drawn_truth(YES_NO, seed=1)
    true, said = truth["seated"] == "yes", answers["seated"] == "yes"
    counts = [np.array(float(rows.sum())) for rows in (true & said, ~true & said, true & ~said)]
    counts.append(np.array(float((~true & ~said).sum())))
    for metric in METRICS.values():
        if metric.table is not None:
            value = metric.evaluate(truth, answers, [YES_NO])
            assert float(metric.of_counts(*counts)) == pytest.approx(value, abs=1e-12)


# --- the wider set ------------------------------------------------------------------------------


def specialised(name: str, weights: MetricWeights | None = None, **parameters: JsonValue) -> Metric:
    metric = METRICS[name]
    choice = MetricChoice(
        name=name,
        direction=metric.direction,
        title=metric.title,
        source="option",
        weights=weights,
        parameters=parameters,
    )
    return metric_of(choice)


def probabilities(target: Target = COLOUR) -> pd.DataFrame:
    values = np.random.default_rng(2).dirichlet(np.ones(len(target.classes)), 200)
    return pd.DataFrame(values, columns=list(target.classes))


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_f_scores_are_those_of_scikit_learn(average: str, beta: float) -> None:
    metric = specialised(f"f1_{average}", beta=beta)
    truth, answers = drawn_truth(COLOUR), drawn_truth(COLOUR, seed=1)
    pair = truth["colour"], answers["colour"]
    expected = reference.fbeta_score(*pair, beta=beta, average=average)
    assert metric.evaluate(truth, answers, [COLOUR]) == pytest.approx(expected, abs=1e-12)
    tags, said = drawn(TAGS), drawn(TAGS, seed=9)
    expected = reference.fbeta_score(
        tags.astype(int).to_numpy(), said.astype(int).to_numpy(), beta=beta, average=average
    )
    assert metric.evaluate(tags, said, TAGS) == pytest.approx(expected, abs=1e-12)


def test_metrics_of_label_sets_are_those_of_scikit_learn() -> None:
    truth, answers = drawn(TAGS), drawn(TAGS, seed=9)
    true, said = truth.astype(int).to_numpy(), answers.astype(int).to_numpy()
    some = (true.sum(axis=1) + said.sum(axis=1)) > 0
    expected = {
        "hamming": reference.hamming_loss(true, said),
        "exact_match": reference.accuracy_score(true, said),
        "accuracy": 1 - reference.hamming_loss(true, said),
    }
    for name, value in expected.items():
        assert METRICS[name].evaluate(truth, answers, TAGS) == pytest.approx(value, abs=1e-12)
    for name, function in (("jaccard", "jaccard_score"), ("f1_samples", "f1_score")):
        value = getattr(reference, function)(true[some], said[some], average="samples")
        found = METRICS[name].evaluate(truth[some], answers[some], TAGS)
        assert found == pytest.approx(value, abs=1e-12)


def test_a_row_without_labels_is_right_if_none_are_answered() -> None:
    empty = pd.DataFrame("0", index=[0], columns=["jam", "leak", "hum"])
    assert METRICS["f1_samples"].evaluate(empty, empty, TAGS) == 1.0
    assert METRICS["jaccard"].evaluate(empty, empty, TAGS) == 1.0


def test_rankings_of_labels_are_those_of_scikit_learn() -> None:
    truth = drawn(TAGS)
    said = np.round(np.random.default_rng(3).random((200, 3)), 1)
    answers, true = pd.DataFrame(said, columns=truth.columns), truth.astype(int).to_numpy()
    expected = {
        "lrap": reference.label_ranking_average_precision_score(true, said),
        "average_precision": reference.average_precision_score(true, said),
    }
    for name, value in expected.items():
        assert METRICS[name].evaluate(truth, answers, TAGS) == pytest.approx(value, abs=1e-12)


def test_labels_of_several_classes_score_as_in_scikit_learn() -> None:
    truth, answers = drawn_truth(RATING), drawn_truth(RATING, seed=1)
    pair = truth["stars"], answers["stars"]
    expected = {
        "balanced_accuracy": reference.balanced_accuracy_score(*pair),
        "kappa_unweighted": reference.cohen_kappa_score(*pair),
        "kappa_linear": reference.cohen_kappa_score(*pair, weights="linear"),
    }
    for name, value in expected.items():
        assert METRICS[name].evaluate(truth, answers, [RATING]) == pytest.approx(value, abs=1e-12)


def test_numbers_of_the_wider_set_score_as_in_scikit_learn() -> None:
    truth, answers = drawn_truth(PRICE), drawn_truth(PRICE, seed=1)
    actual, said = (one["price"].astype(float) for one in (truth, answers))
    expected = {
        "mse": reference.mean_squared_error(actual, said),
        "mape": reference.mean_absolute_percentage_error(actual, said),
        "medae": reference.median_absolute_error(actual, said),
        "poisson": reference.mean_poisson_deviance(actual, said),
        "pinball": reference.mean_pinball_loss(actual, said, alpha=0.5),
        "pearson": np.corrcoef(actual, said)[0, 1],
        "spearman": scipy.stats.spearmanr(actual, said).statistic,
        "wape": (actual - said).abs().sum() / actual.abs().sum(),
        "smape": (2 * (actual - said).abs() / (actual.abs() + said.abs())).mean(),
        "rmspe": np.sqrt((((actual - said) / actual) ** 2).mean()),
    }
    for name, value in expected.items():
        assert METRICS[name].evaluate(truth, answers, [PRICE]) == pytest.approx(value, rel=1e-9)
    at_nine = specialised("pinball", quantile=0.9).evaluate(truth, answers, [PRICE])
    assert at_nine == pytest.approx(reference.mean_pinball_loss(actual, said, alpha=0.9))


def test_rows_whose_truth_is_zero_do_not_count_in_percentages() -> None:
    truth, answers = column(PRICE, [0.0, 10.0]), column(PRICE, [5.0, 8.0])
    assert METRICS["mape"].evaluate(truth, answers, [PRICE]) == pytest.approx(0.2)
    assert METRICS["rmspe"].evaluate(truth, answers, [PRICE]) == pytest.approx(0.2)
    with pytest.raises(ImlError, match="no row that counts"):
        METRICS["mape"].evaluate(truth[:1], answers[:1], [PRICE])


def test_gini_of_two_classes_is_twice_the_area_less_one() -> None:
    truth, answers = drawn_truth(YES_NO), probabilities(YES_NO)[["yes"]].round(1)
    answers = answers.set_axis(["seated"], axis=1)
    area = reference.roc_auc_score(truth["seated"] == "yes", answers["seated"])
    assert METRICS["gini"].evaluate(truth, answers, [YES_NO]) == pytest.approx(2 * area - 1)


def test_guesses_count_by_the_rank_of_the_right_one() -> None:
    truth = column(COLOUR, ["red", "blue", "green", "red"])
    answers = column(COLOUR, ["red blue", "green blue red", "red", "blue green red"])
    value = METRICS["map_at_k"].evaluate(truth, answers, [COLOUR])
    assert value == pytest.approx((1 + 1 / 2 + 0 + 1 / 3) / 4)
    assert specialised("map_at_k", k=2).evaluate(truth, answers, [COLOUR]) == pytest.approx(0.375)


def test_guesses_may_hold_spaces() -> None:
    drink = Target(name="drink", kind="class", classes=("green tea", "tea", "water"))
    truth, answers = column(drink, ["tea"]), column(drink, ["green tea tea"])
    assert METRICS["map_at_k"].evaluate(truth, answers, [drink]) == 0.5


def test_the_brier_score_is_that_of_scikit_learn() -> None:
    truth, answers = drawn_truth(COLOUR), probabilities()
    expected = reference.brier_score_loss(
        truth["colour"], answers.to_numpy(), labels=list(COLOUR.classes)
    )
    value = METRICS["brier"].evaluate(truth, answers, [COLOUR])
    assert value == pytest.approx(expected * (1 if value / expected < 1.5 else 2), rel=1e-9)


WEIGHABLE = [name for name, one in METRICS.items() if one.weighable and one.name != "medae"]


@pytest.mark.parametrize("name", WEIGHABLE)
def test_a_row_of_weight_two_counts_like_two_rows(name: str) -> None:
    metric = specialised(name, MetricWeights(column="w"))
    targets = targets_for(metric)
    truth, answers = drawn(targets), drawn(targets, seed=5)
    if metric.answers == "probability":
        said = np.random.default_rng(1).random((200, len(targets)))
        answers = pd.DataFrame(said, columns=truth.columns)
    weight = np.random.default_rng(4).integers(0, 3, 200)
    repeated = np.repeat(np.arange(200), weight)
    weighed = metric.evaluate(truth.assign(**{WEIGHT_COLUMN: weight}), answers, targets)
    plain = metric.evaluate(truth.iloc[repeated], answers.iloc[repeated], targets)
    assert weighed == pytest.approx(plain, rel=1e-9)


def test_a_metric_within_groups_is_the_mean_of_theirs() -> None:
    truth, answers = drawn_truth(PRICE), drawn_truth(PRICE, seed=1)
    group = np.arange(200) % 3
    rmse = specialised("rmse", group="shop")
    parts = [rmse.evaluate(truth[group == k], answers[group == k], [PRICE]) for k in range(3)]
    grouped = truth.assign(**{METRIC_GROUP_COLUMN: group})
    assert rmse.evaluate(grouped, answers, [PRICE]) == pytest.approx(np.mean(parts))


def test_weights_that_a_metric_does_not_go_by_change_nothing() -> None:
    truth, answers = drawn_truth(PRICE), drawn_truth(PRICE, seed=1)
    weighed = truth.assign(**{WEIGHT_COLUMN: np.arange(200.0)})
    plain = METRICS["mae"].evaluate(truth, answers, [PRICE])
    assert METRICS["mae"].evaluate(weighed, answers, [PRICE]) == plain


def test_numbers_are_clipped_and_columns_pooled_where_the_choice_says_so() -> None:
    targets = [Target(name=name, kind="number") for name in ("a", "b")]
    truth = pd.DataFrame({"a": [0.0], "b": [30.0]})
    answers = pd.DataFrame({"a": [3.0], "b": [24.0]})
    assert specialised("rmse", clip=[0, 20]).evaluate(truth, answers, targets) == 1.5
    pooled = specialised("rmse", reduction="pooled").evaluate(truth, answers, targets)
    assert pooled == pytest.approx(np.sqrt((9 + 36) / 2))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("mae", {"k": 3}),
        ("map_at_k", {"k": 0}),
        ("pinball", {"quantile": 2}),
        ("rmse", {"clip": [1]}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    name: str, parameters: dict[str, JsonValue]
) -> None:
    with pytest.raises(InputError):
        specialised(name, None, **parameters)


def test_weights_are_refused_where_they_mean_nothing() -> None:
    with pytest.raises(InputError, match="count rows differently"):
        specialised("spearman", weights=MetricWeights(column="w"))


@pytest.mark.parametrize("name", [name for name, one in METRICS.items() if one.rows is not None])
def test_influence_foretells_what_leaving_a_row_out_does(name: str) -> None:
    metric = METRICS[name]
    targets = targets_for(metric)
    truth, answers = drawn(targets), drawn(targets, seed=5)
    if metric.answers == "probability":
        said = np.random.default_rng(1).random((200, len(targets)))
        answers = pd.DataFrame(said, columns=truth.columns)
    weight = np.random.default_rng(4).uniform(0.5, 2, 200)
    known, said = metric.encode(truth, answers, targets)
    influence = metric.influence(known, said, weight)
    assert influence is not None
    assert influence.mean() == pytest.approx(0, abs=1e-9)
    whole = metric.measure(known, said, weight)
    rest = np.array(
        [
            metric.measure(*(np.delete(one, row, axis=0) for one in (known, said, weight)))
            for row in range(200)
        ]
    )
    assert np.corrcoef(influence, whole - rest)[0, 1] > 0.99
    assert influence.std() == pytest.approx((whole - rest).std() * 199, rel=0.2)


def test_a_digest_follows_what_decides_a_score_and_nothing_else() -> None:
    choice = MetricChoice(name="mae", direction="lower", title="MAE", source="default")
    weighed = choice.model_copy(update={"weights": MetricWeights(column="w")})
    renamed = choice.model_copy(update={"title": "mean error", "words": "because"})
    assert metric_digest(renamed) == metric_digest(choice)
    assert metric_digest(weighed) != metric_digest(choice)


def test_a_metric_that_cannot_score_the_truth_says_so_in_a_sentence() -> None:
    (problem,) = verify(METRICS["rmsle"], column(PRICE, [-1.0, 2.0, 3.0]), [PRICE])
    assert "negative" in problem
