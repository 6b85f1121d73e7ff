"""Scores, their standard errors, and paired comparisons."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.scores import (
    GROUP_COLUMN,
    BlindScores,
    Truth,
    compare,
    expected_after_selection,
    load_blind,
    load_test,
    load_vault,
    score_blind,
    score_vault,
    store_blind,
    store_test,
    store_vault,
)
from agents.competition.metrics.metrics import METRICS, Array
from agents.errors import ImlError
from agents.models import Decision, MetricChoice, ProblemType, Score, Target, Task

YES_NO = Target(name="seated", kind="class", classes=("no", "yes"), positive="yes")
PRICE = Target(name="price", kind="number")


def task_of(problem: ProblemType, metric: str, target: Target) -> Task:
    choice = MetricChoice(
        name=metric, direction=METRICS[metric].direction, title=metric, source="default"
    )
    return Task(
        name="t", problem=problem, targets=(target,), id_column="id", metric=choice, tables=()
    )


ACCURACY = task_of("multiclass", "accuracy", YES_NO)  # argmax only: nothing is fitted
RMSE = task_of("regression", "rmse", PRICE)
AUC = task_of("binary", "auc", YES_NO)


def regression(
    noise: float, rows: int = 400, seed: int = 1, folds: int = 4
) -> tuple[BlindScores, Truth]:
    price = np.random.default_rng(0).uniform(0, 100, rows)
    said = price + noise * np.random.default_rng(seed).normal(size=rows)
    fold = np.arange(rows) % folds + 1
    ids = [str(row) for row in range(rows)]
    truth = pd.DataFrame({"row_id": ids, "price": [repr(one) for one in price.tolist()]})
    return BlindScores(pd.DataFrame({"row_id": ids, "price": said}), fold), Truth(truth, fold)


def classification(
    noise: float, rows: int = 400, seed: int = 1, groups: Array | None = None
) -> tuple[BlindScores, Truth]:
    latent = np.random.default_rng(0).normal(size=rows)
    said = latent + noise * np.random.default_rng(seed).normal(size=rows)
    yes = 1 / (1 + np.exp(-said))
    fold = np.arange(rows) % 4
    ids = [str(row) for row in range(rows)]
    truth = pd.DataFrame({"row_id": ids, "seated": np.where(latent > 0, "yes", "no")})
    frame = pd.DataFrame({"row_id": ids, "no": 1 - yes, "yes": yes})
    return BlindScores(frame, fold), Truth(truth, fold, groups)


def test_the_error_of_accuracy_is_that_of_a_share() -> None:
    scores, truth = classification(noise=1.0)
    score = score_blind(ACCURACY, scores, truth)
    share = score.value
    assert score.rows == 400
    assert score.folds == (0, 1, 2, 3)
    assert score.error == pytest.approx(np.sqrt(share * (1 - share) / 399), rel=1e-9)
    assert np.mean(score.per_fold) == pytest.approx(share)


def test_the_error_of_a_root_mean_square_matches_the_bootstrap() -> None:
    scores, truth = regression(noise=5.0)
    score = score_blind(RMSE, scores, truth)
    errors = truth.frame["price"].astype(float) - scores.frame["price"].clip(0, 100)
    chance = np.random.default_rng(0)
    drawn = chance.choice(errors.to_numpy() ** 2, (4000, 400))
    assert score.error == pytest.approx(np.sqrt(drawn.mean(axis=1)).std(), rel=0.1)


def test_the_error_of_auc_matches_the_spread_over_fresh_data() -> None:
    values, errors = [], []
    for seed in range(60):
        chance = np.random.default_rng(seed)
        latent = chance.normal(size=300)
        ids = [str(row) for row in range(300)]
        yes = 1 / (1 + np.exp(-latent - chance.normal(size=300)))
        scores = BlindScores(pd.DataFrame({"row_id": ids, "no": 1 - yes, "yes": yes}), np.ones(300))
        labels = np.where(latent > 0, "yes", "no")
        truth = Truth(pd.DataFrame({"row_id": ids, "seated": labels}), np.ones(300))
        score = score_blind(AUC, scores, truth)
        values.append(score.value)
        errors.append(score.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.3)


def test_rows_of_one_group_count_as_one_when_they_fail_together() -> None:
    groups = np.arange(400) // 10
    alone, truth = classification(noise=1.0)
    right = np.repeat(np.arange(40) % 4 != 0, 10)
    yes = np.where(right == (truth.frame["seated"] == "yes"), 0.9, 0.1)
    together = BlindScores(alone.frame.assign(yes=yes, no=1 - yes), alone.fold)
    single = score_blind(ACCURACY, together, truth)
    grouped = score_blind(ACCURACY, together, Truth(truth.frame, truth.fold, groups))
    assert grouped.value == single.value
    assert grouped.error == pytest.approx(single.error * np.sqrt(10), rel=0.02)


def test_auc_is_averaged_over_folds_whose_scales_differ() -> None:
    scores, truth = classification(noise=0.5)
    shifted = scores.frame.assign(yes=scores.frame["yes"] / (1 + scores.fold))
    expected = score_blind(AUC, scores, truth)
    assert score_blind(AUC, BlindScores(shifted, scores.fold), truth).value == expected.value


def test_a_paired_difference_is_surer_than_two_scores() -> None:
    first, truth = regression(noise=5.0)
    worse = first.frame.assign(price=first.frame["price"] + 1.0)
    second = BlindScores(worse, first.fold)
    comparison = compare(RMSE, truth, first, second, ("steady", "biased"))
    assert comparison.first == "steady"
    assert comparison.difference > 0
    assert comparison.error < score_blind(RMSE, first, truth).error
    turned = compare(RMSE, truth, second, first)
    assert turned.difference == pytest.approx(-comparison.difference)


def test_a_jackknifed_comparison_is_paired_too() -> None:
    first, truth = classification(noise=0.6)
    second, _ = classification(noise=3.0, seed=2)
    comparison = compare(AUC, truth, first, second)
    assert comparison.difference > 4 * comparison.error
    assert compare(AUC, truth, first, first).error == 0


def test_candidates_are_compared_on_the_rows_that_both_scored() -> None:
    first, truth = regression(noise=5.0)
    second, _ = regression(noise=6.0, seed=2)
    shorter = second.at(np.flatnonzero(second.fold == 2)[::-1])
    comparison = compare(RMSE, truth, first, shorter)
    on_fold = first.at(np.flatnonzero(first.fold == 2))
    assert comparison.difference == pytest.approx(
        score_blind(RMSE, shorter, truth).value - score_blind(RMSE, on_fold, truth).value
    )


def test_candidates_without_a_common_row_cannot_be_compared() -> None:
    scores, truth = regression(noise=5.0)
    first, second = (scores.at(np.flatnonzero(scores.fold == number)) for number in (1, 2))
    with pytest.raises(ImlError, match="share no blind row"):
        compare(RMSE, truth, first, second)


def test_ids_that_come_again_in_another_fold_are_other_rows() -> None:
    prices = {1: [1.0, 2.0], 2: [2.0, 1.0]}
    frames = {n: pd.DataFrame({"row_id": ["0", "1"], "price": said}) for n, said in prices.items()}
    scores = BlindScores.pooled(frames)
    truth = pd.concat(frames.values(), ignore_index=True)
    score = score_blind(RMSE, scores, Truth(truth, np.array([1, 1, 2, 2])))
    assert score.value == 0.0
    assert score.folds == (1, 2)


def test_a_row_that_nobody_asked_for_is_named() -> None:
    scores, truth = regression(noise=1.0)
    strange = BlindScores(scores.frame.replace({"row_id": {"7": "77777"}}), scores.fold)
    with pytest.raises(ImlError, match="77777"):
        score_blind(RMSE, strange, truth)


def test_missing_scores_are_refused_when_they_are_pooled() -> None:
    frame = pd.DataFrame({"row_id": ["0"], "price": [float("nan")]})
    with pytest.raises(ImlError, match="fold 3"):
        BlindScores.pooled({3: frame})


def test_selection_is_corrected_by_what_chance_alone_would_win() -> None:
    chance = np.random.default_rng(0)
    luck = chance.normal(0, 0.01, (20_000, 8)).max(axis=1).mean()
    score = Score(value=0.8, error=0.02, rows=100, folds=(1,))
    expected = expected_after_selection(AUC, score, [0.01 * np.sqrt(2)] * 7, tried=8)
    assert score.value - expected == pytest.approx(luck, rel=0.03)
    assert expected_after_selection(RMSE, score, [0.01], tried=2) > score.value
    assert expected_after_selection(AUC, score, [], tried=1) == score.value


def test_a_vault_is_decided_as_it_is_told_and_fits_nothing_of_its_own() -> None:
    chance = np.random.default_rng(0)
    latent = chance.normal(size=300)
    labels = np.where(latent + chance.normal(0, 0.5, 300) > 1, "yes", "no")
    yes = 1 / (1 + np.exp(-latent))
    frame = pd.DataFrame({"row_id": np.arange(300).astype(str), "no": 1 - yes, "yes": yes})
    truth = Truth(pd.DataFrame({"row_id": frame["row_id"], "seated": labels}), np.zeros(300))
    half, high = (
        score_vault(ACCURACY, frame, truth, Decision(name=name, parameters=parameters))
        for name, parameters in (
            ("argmax", {"target": "seated", "classes": ["no", "yes"]}),
            (
                "weighted_argmax",
                {"target": "seated", "classes": ["no", "yes"], "factors": [2.5, 1.0]},
            ),
        )
    )
    assert half.value == pytest.approx(np.mean((yes > 0.5) == (labels == "yes")))
    assert high.value > half.value + 3 * half.error
    assert half.error == pytest.approx(np.sqrt(half.value * (1 - half.value) / 299))
    assert (half.how, half.rows, half.folds) == ("vault", 300, ())


def test_errors_on_a_vault_go_by_whole_groups() -> None:
    alone, labels = regression(noise=5.0, folds=1)
    frame = alone.frame.assign(price=alone.frame["price"] + np.repeat([20.0, 0.0] * 20, 10))
    grouped = Truth(labels.frame, labels.fold, np.repeat(np.arange(40), 10))
    decision = Decision(name="clip", parameters={"ranges": {"price": [-500.0, 500.0]}})
    apart, together = (score_vault(RMSE, frame, truth, decision) for truth in (labels, grouped))
    assert apart.value == together.value == pytest.approx(15, abs=0.5)
    assert together.error > apart.error


def test_scores_are_kept_and_read_back(tmp_path: Path) -> None:
    scores, _ = regression(noise=1.0)
    store_blind(scores, tmp_path, "abc")
    store_test(scores.frame, tmp_path, "abc")
    back = load_blind(tmp_path, "abc")
    assert back.frame.equals(scores.frame)
    assert np.array_equal(back.fold, scores.fold)
    assert load_test(tmp_path, "abc").equals(scores.frame)
    assert load_vault(tmp_path, "abc") is None
    store_vault(scores.frame, tmp_path, "def")
    kept = load_vault(tmp_path, "def")
    assert kept is not None
    assert kept.equals(scores.frame)
    assert sorted(path.name for path in (tmp_path / "abc").iterdir()) == [
        "blind.parquet",
        "test.parquet",
    ]


def test_answers_of_several_folds_are_read_with_their_groups(tmp_path: Path) -> None:
    for number in (1, 2):
        frame = pd.DataFrame({"row_id": ["0"], "price": ["3.5"], GROUP_COLUMN: [number * 10]})
        frame.to_parquet(tmp_path / f"blind-{number}.parquet")
    truth = Truth.read({number: tmp_path / f"blind-{number}.parquet" for number in (2, 1)})
    assert list(truth.fold) == [1, 2]
    assert list(truth.frame.columns) == ["row_id", "price"]
    assert truth.groups is not None
    assert list(truth.groups) == [10, 20]
