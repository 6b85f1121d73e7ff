"""Greedy ensemble selection: better than its members, deterministic, honest when scored."""

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.blend import blend, blended, cross_fitted_blend, greedy_weights
from agents.competition.metrics import METRICS
from agents.competition.scores import BlindScores, Truth, score_blind
from agents.models import MetricChoice, ProblemType, Target, Task

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


@pytest.mark.parametrize("case", list(CASES))
def test_the_blend_is_better_than_its_best_member_even_when_cross_fitted(case: str) -> None:
    task, candidates, truth = CASES[case]()
    metric = METRICS[task.metric.name]
    honest = score_blind(task, cross_fitted_blend(task, candidates, truth), truth)
    single = {name: score_blind(task, one, truth).value for name, one in candidates.items()}
    assert all(metric.better(honest.value, value) for value in single.values())


@pytest.mark.parametrize("case", list(CASES))
def test_weights_are_shares_and_useless_candidates_have_none(case: str) -> None:
    task, candidates, truth = CASES[case]()
    weights = greedy_weights(task, candidates, truth)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    assert weights.get("bad", 0.0) <= 0.1
    assert weights == greedy_weights(task, dict(candidates), truth)


def test_a_candidate_that_knows_the_truth_needs_nobody() -> None:
    task, candidates, truth = prices()
    candidates["oracle"] = scores_of({"price": truth.frame["price"].to_numpy()})
    assert greedy_weights(task, candidates, truth) == {"oracle": 1.0}


def test_weights_of_a_fold_do_not_depend_on_its_own_truth() -> None:
    task, candidates, truth = prices()
    honest = cross_fitted_blend(task, candidates, truth).frame
    turned = truth.frame.copy()
    turned.loc[FOLD == 3, "price"] = 1.0
    other = cross_fitted_blend(task, candidates, Truth(turned, FOLD)).frame
    assert honest[FOLD == 3].equals(other[FOLD == 3])
    assert not honest.equals(other)


def test_candidates_are_blended_on_the_rows_that_all_of_them_scored() -> None:
    task, candidates, truth = prices()
    few = candidates["one"].at(np.flatnonzero(FOLD < 2))
    both = {"one": few, "two": candidates["two"]}
    assert len(cross_fitted_blend(task, both, truth).fold) == len(few.fold)
    assert len(blended(task, both, {"two": 0.5, "one": 0.5}).fold) == len(few.fold)


def test_scores_are_averaged_row_by_row_whatever_their_order() -> None:
    first = pd.DataFrame({"row_id": ["a", "b"], "no": [0.2, 0.4], "yes": [0.8, 0.6]})
    second = pd.DataFrame({"row_id": ["b", "a"], "yes": [0.0, 0.4], "no": [1.0, 0.6]})
    mixed = blend({"x": first, "y": second}, {"x": 3, "y": 1})
    assert list(mixed["row_id"]) == ["a", "b"]
    assert mixed["yes"].tolist() == pytest.approx([0.7, 0.45])
    assert mixed["no"].tolist() == pytest.approx([0.3, 0.55])


def test_prices_are_averaged_as_logarithms_where_the_metric_looks_at_them() -> None:
    frames = {n: pd.DataFrame({"row_id": ["a"], "price": [p]}) for n, p in (("x", 9), ("y", 999))}
    mixed = blend(frames, {"x": 0.5, "y": 0.5}, METRICS["rmsle"].blend_scale)
    assert mixed["price"].tolist() == pytest.approx([99.0])


def test_blind_rows_of_a_blend_are_those_of_its_members() -> None:
    task, candidates, _ = prices()
    again = {
        name: BlindScores(one.frame.assign(row_id=[str(row // 5) for row in range(ROWS)]), FOLD)
        for name, one in candidates.items()
    }
    mixed = blended(task, again, {"one": 0.5, "two": 0.5})
    expected = (candidates["one"].frame["price"] + candidates["two"].frame["price"]) / 2
    assert mixed.frame["price"].tolist() == pytest.approx(expected.tolist())
    assert list(mixed.frame["row_id"]) == list(again["one"].frame["row_id"])


def test_blending_stands_alone_as_source_text() -> None:
    alone: dict[str, Any] = {"np": np, "pd": pd}
    exec(inspect.getsource(blend), alone)
    frames = {"x": pd.DataFrame({"row_id": ["a"], "price": [3.0]})}
    assert alone["blend"](frames, {"x": 1.0}, "log").equals(blend(frames, {"x": 1.0}, "log"))
