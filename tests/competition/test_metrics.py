"""Every metric against worked examples, against scikit-learn, and against its own promises."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as reference

from agents.competition.metrics import METRICS, Metric, metric_named, ordered_classes, verify
from agents.errors import ImlError, InputError
from agents.models import Target

YES_NO = Target(name="seated", kind="class", classes=("no", "yes"), positive="yes")
COLOUR = Target(name="colour", kind="class", classes=("blue", "green", "red"))
RATING = Target(name="stars", kind="class", classes=("0", "1", "2", "3", "4"))
PRICE = Target(name="price", kind="number")


def target_for(metric: Metric) -> Target:
    if metric.name == "kappa":
        return RATING
    return PRICE if metric.answers == "number" else YES_NO


def column(target: Target, cells: list[str] | list[float]) -> pd.DataFrame:
    return pd.DataFrame({target.name: cells})


def drawn_truth(target: Target, rows: int = 200, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    if target.kind == "number":
        return column(target, [repr(value) for value in chance.gamma(2, 50, rows).tolist()])
    return column(target, list(chance.choice(target.classes, rows)))


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_the_truth_is_optimal_and_shuffles_are_worse_in_the_stated_direction(
    metric: Metric,
) -> None:
    target = target_for(metric)
    assert verify(metric, drawn_truth(target), [target]) == ()


@pytest.mark.parametrize("name", ["accuracy", "log_loss", "mcc"])
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


def test_auc_refuses_several_classes() -> None:
    answers = pd.DataFrame(np.full((200, 3), 1 / 3), columns=list(COLOUR.classes))
    with pytest.raises(InputError, match="two classes"):
        METRICS["auc"].evaluate(drawn_truth(COLOUR), answers, [COLOUR])


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


def test_row_values_average_to_the_metric() -> None:
    truth, answers = drawn_truth(PRICE), drawn_truth(PRICE, seed=1)
    rows = METRICS["mae"].row_values(truth, answers, [PRICE])
    assert rows is not None
    assert rows.mean() == pytest.approx(METRICS["mae"].evaluate(truth, answers, [PRICE]))
    assert METRICS["r2"].row_values(truth, answers, [PRICE]) is None


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="log_loss"):
        metric_named("logloss?")


def test_binary_counts_give_the_same_values_as_the_labels() -> None:
    truth, answers = drawn_truth(YES_NO), drawn_truth(YES_NO, seed=1)
    true, said = truth["seated"] == "yes", answers["seated"] == "yes"
    counts = [np.array(float(rows.sum())) for rows in (true & said, ~true & said, true & ~said)]
    counts.append(np.array(float((~true & ~said).sum())))
    for metric in METRICS.values():
        if metric.counts is not None:
            value = metric.evaluate(truth, answers, [YES_NO])
            assert float(metric.counts(*counts)) == pytest.approx(value, abs=1e-12)
