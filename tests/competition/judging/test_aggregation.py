"""Pools of candidates: better than their members, deterministic, honest when scored."""

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.aggregation import (
    AGGREGATIONS,
    cross_fitted_pool,
    find_pool,
    pooled,
)
from agents.competition.judging.blend import as_ratings, blend, combined, stack
from agents.competition.judging.scores import BlindScores, Truth, score_blind
from agents.competition.metrics.metrics import METRICS
from agents.models import MetricChoice, Pool, ProblemType, Target, Task

ROWS = 300
FOLD = np.arange(ROWS) % 5
IDS = [str(row) for row in range(ROWS)]
PRICE = Target(name="price", kind="number")
FAULTS = tuple(
    Target(name=name, kind="class", classes=("0", "1"), positive="1") for name in ("jam", "leak")
)
YES_NO = Target(name="seated", kind="class", classes=("no", "yes"), positive="yes")
STARS = Target(name="stars", kind="class", classes=("1", "2", "3"))


def task_of(problem: ProblemType, metric: str, *targets: Target) -> Task:
    choice = MetricChoice(
        name=metric, direction=METRICS[metric].direction, title=metric, source="default"
    )
    return Task(
        name="t", problem=problem, targets=targets, id_column="id", metric=choice, tables=()
    )


def scores_of(columns: dict[str, Any]) -> BlindScores:
    return BlindScores(pd.DataFrame({"row_id": IDS, **columns}), FOLD)


def prices(metric: str = "rmse") -> tuple[Task, dict[str, BlindScores], Truth]:
    chance = np.random.default_rng(0)
    price = chance.gamma(2, 50, ROWS)
    said = {name: price * np.exp(chance.normal(0, 0.2, ROWS)) for name in ("one", "two", "three")}
    said["bad"] = chance.permutation(price)
    truth = pd.DataFrame({"row_id": IDS, "price": price})
    candidates = {name: scores_of({"price": values}) for name, values in said.items()}
    return task_of("regression", metric, PRICE), candidates, Truth(truth, FOLD)


def labelled(
    problem: ProblemType, metric: str, targets: tuple[Target, ...]
) -> tuple[Task, dict[str, BlindScores], Truth]:
    chance = np.random.default_rng(0)
    latent = chance.normal(size=(ROWS, len(targets)))
    truth: dict[str, Any] = {"row_id": IDS}
    columns: dict[str, dict[str, Any]] = {name: {} for name in ("one", "two", "bad")}
    for place, target in enumerate(targets):
        cuts = np.quantile(latent[:, place], np.linspace(0, 1, len(target.classes) + 1)[1:-1])
        codes = np.digitize(latent[:, place], cuts)
        truth[target.name] = np.array(target.classes, dtype=object)[codes]
        for name, noise in (("one", 0.7), ("two", 0.8), ("bad", 50.0)):
            said = latent[:, place] + noise * chance.normal(size=ROWS)
            centres = np.linspace(-1, 1, len(target.classes))
            near = np.exp(-((said[:, None] - centres) ** 2) / 2) + 1e-6
            shares = near / near.sum(axis=1, keepdims=True)
            if len(targets) > 1:
                columns[name][target.name] = shares[:, 1]
            else:
                columns[name] |= dict(zip(target.classes, shares.T, strict=True))
    candidates = {name: scores_of(said) for name, said in columns.items()}
    return task_of(problem, metric, *targets), candidates, Truth(pd.DataFrame(truth), FOLD)


CASES = {
    "rmse": lambda: prices("rmse"),
    "rmsle": lambda: prices("rmsle"),
    "auc": lambda: labelled("multilabel", "auc", FAULTS),
    "log_loss": lambda: labelled("multiclass", "log_loss", (STARS,)),
    "accuracy": lambda: labelled("multiclass", "accuracy", (STARS,)),
    "f1": lambda: labelled("binary", "f1", (YES_NO,)),
    "kappa": lambda: labelled("ordinal", "kappa", (STARS,)),
}


LEARNING = ("greedy", "stacking", "boosting")


def mean_of(*names: str, scale: str = "linear") -> Pool:
    weights = dict.fromkeys(names, 1 / len(names))
    return Pool(kind="blend", parameters={"weights": {**weights}, "scale": scale}, weights=weights)


@pytest.mark.parametrize("how", LEARNING)
@pytest.mark.parametrize("case", list(CASES))
def test_a_pool_is_better_than_its_best_member_even_when_cross_fitted(case: str, how: str) -> None:
    task, candidates, truth = CASES[case]()
    metric = METRICS[task.metric.name]
    honest = score_blind(task, cross_fitted_pool(how, task, candidates, truth), truth)
    single = {name: score_blind(task, one, truth).value for name, one in candidates.items()}
    slack = 0.0 if how == "greedy" else 0.5 * honest.error
    assert metric.gain(honest.value) + slack > max(metric.gain(value) for value in single.values())


@pytest.mark.parametrize("how", list(AGGREGATIONS))
@pytest.mark.parametrize("case", list(CASES))
def test_weights_are_shares_and_the_same_scores_give_the_same_pool(case: str, how: str) -> None:
    task, candidates, truth = CASES[case]()
    pool = find_pool(how, task, candidates, truth)
    assert sum(pool.weights.values()) == pytest.approx(1.0, abs=1e-4)
    assert list(pool.weights.values()) == sorted(pool.weights.values(), reverse=True)
    assert pool == find_pool(how, task, dict(candidates), truth)
    if how in LEARNING:
        assert pool.weights.get("bad", 0.0) <= 0.15


def test_a_candidate_that_knows_the_truth_needs_nobody() -> None:
    task, candidates, truth = prices()
    candidates["oracle"] = scores_of({"price": truth.frame["price"].to_numpy()})
    assert find_pool("greedy", task, candidates, truth).weights == {"oracle": 1.0}
    assert find_pool("best", task, candidates, truth).weights == {"oracle": 1.0}
    assert find_pool("stacking", task, candidates, truth).weights["oracle"] > 0.8


@pytest.mark.parametrize("how", LEARNING)
def test_the_pool_of_a_fold_does_not_depend_on_its_own_truth(how: str) -> None:
    task, candidates, truth = prices()
    honest = cross_fitted_pool(how, task, candidates, truth).frame
    turned = truth.frame.copy()
    turned.loc[FOLD == 3, "price"] = 1.0
    other = cross_fitted_pool(how, task, candidates, Truth(turned, FOLD)).frame
    assert honest[FOLD == 3].equals(other[FOLD == 3])
    assert not honest.equals(other)


def test_stacking_mends_what_all_members_get_wrong() -> None:
    task, candidates, truth = prices()
    skewed = {
        name: scores_of({"price": 2 * one.frame["price"] + 30}) for name, one in candidates.items()
    }
    stacked = score_blind(task, cross_fitted_pool("stacking", task, skewed, truth), truth)
    mean = score_blind(task, cross_fitted_pool("greedy", task, skewed, truth), truth)
    assert stacked.value < 0.5 * mean.value


def test_candidates_that_rate_are_pooled_with_candidates_that_give_probabilities() -> None:
    task, candidates, truth = labelled("ordinal", "kappa", (STARS,))
    rating = as_ratings(candidates["one"].frame, ["1", "2", "3"], "stars")
    mixed = {"rating": BlindScores(rating, FOLD), "shares": candidates["two"]}
    for how in AGGREGATIONS:
        pool = find_pool(how, task, mixed, truth)
        frame = pooled(pool, mixed).frame
        expected = ["stars"] if len(pool.weights) > 1 or "rating" in pool.weights else ["1", "2"]
        assert set(expected) <= set(frame.columns)
        assert score_blind(task, cross_fitted_pool(how, task, mixed, truth), truth).value > 0.5


def test_candidates_are_pooled_on_the_rows_that_all_of_them_scored() -> None:
    task, candidates, truth = prices()
    few = candidates["one"].at(np.flatnonzero(FOLD < 2))
    both = {"one": few, "two": candidates["two"]}
    assert len(cross_fitted_pool("greedy", task, both, truth).fold) == len(few.fold)
    assert len(pooled(mean_of("two", "one"), both).fold) == len(few.fold)


def test_scores_are_averaged_row_by_row_whatever_their_order() -> None:
    first = pd.DataFrame({"row_id": ["a", "b"], "no": [0.2, 0.4], "yes": [0.8, 0.6]})
    second = pd.DataFrame({"row_id": ["b", "a"], "yes": [0.0, 0.4], "no": [1.0, 0.6]})
    mixed = blend({"x": first, "y": second}, {"weights": {"x": 3, "y": 1}, "scale": "linear"})
    assert list(mixed["row_id"]) == ["a", "b"]
    assert mixed["yes"].tolist() == pytest.approx([0.7, 0.45])
    assert mixed["no"].tolist() == pytest.approx([0.3, 0.55])


def test_prices_are_averaged_as_logarithms_where_the_metric_looks_at_them() -> None:
    frames = {n: pd.DataFrame({"row_id": ["a"], "price": [p]}) for n, p in (("x", 9), ("y", 999))}
    mixed = combined(mean_of("x", "y", scale=METRICS["rmsle"].blend_scale), frames)
    assert mixed["price"].tolist() == pytest.approx([99.0])


def test_stacked_probabilities_of_classes_sum_to_one() -> None:
    frame = pd.DataFrame({"row_id": ["a", "b"], "x": [0.7, 0.0], "y": [0.3, 1.0]})
    parameters = {
        "link": "softmax",
        "coefficients": {"one": {"x": 1.4, "y": 1.4}},
        "intercepts": {"x": 0.1, "y": 0.0},
    }
    stacked = stack({"one": frame}, parameters)
    assert stacked[["x", "y"]].sum(axis=1).tolist() == pytest.approx([1.0, 1.0])


def test_blind_rows_of_a_pool_are_those_of_its_members() -> None:
    _, candidates, _ = prices()
    again = {
        name: BlindScores(one.frame.assign(row_id=[str(row // 5) for row in range(ROWS)]), FOLD)
        for name, one in candidates.items()
    }
    mixed = pooled(mean_of("one", "two"), again)
    expected = (candidates["one"].frame["price"] + candidates["two"].frame["price"]) / 2
    assert mixed.frame["price"].tolist() == pytest.approx(expected.tolist())
    assert list(mixed.frame["row_id"]) == list(again["one"].frame["row_id"])


@pytest.mark.parametrize("how", ["greedy", "stacking"])
def test_a_pool_stands_alone_as_source_text(how: str) -> None:
    task, candidates, truth = prices("rmsle")
    pool = find_pool(how, task, candidates, truth)
    function = {"blend": blend, "stack": stack}[pool.kind]
    alone: dict[str, Any] = {"np": np, "pd": pd, "Any": Any}
    exec(inspect.getsource(function), alone)
    frames = {name: candidates[name].frame for name in pool.weights}
    assert alone[pool.kind](frames, pool.parameters).equals(combined(pool, frames))
