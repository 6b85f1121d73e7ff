"""The best constants: what is handed in where no program has passed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.constant import (
    best_constant,
    constant_scores,
    geometric_mean,
    mean,
    median,
)
from agents.competition.judging.scores import BlindScores, Truth, score_blind, store_blind
from agents.competition.metrics.metrics import METRICS
from agents.competition.work import do_compare_with_constants
from agents.models import MetricChoice, ProblemType, Target, Task
from agents.roles.evaluation_agent import is_improvement

COLOUR = Target(name="colour", kind="class", classes=("blue", "green", "red"))
PRICE = Target(name="price", kind="number")


def task_of(problem: ProblemType, metric: str, target: Target) -> Task:
    choice = MetricChoice(
        name=metric, direction=METRICS[metric].direction, title=metric, source="default"
    )
    return Task(
        name="t", problem=problem, targets=(target,), id_column="id", metric=choice, tables=()
    )


def truth_of(name: str, cells: list[str], folds: int = 4) -> Truth:
    frame = pd.DataFrame({"row_id": [str(row) for row in range(len(cells))], name: cells})
    return Truth(frame, np.arange(len(cells)) % folds + 1)


def skewed_prices(rows: int = 400) -> list[str]:
    drawn = np.random.default_rng(0).lognormal(3, 1, rows)
    return [repr(one) for one in drawn.tolist()]


@pytest.mark.parametrize(
    ("metric", "statistic"), [("rmse", mean), ("mae", median), ("rmsle", geometric_mean)]
)
def test_the_constant_follows_the_metric(metric: str, statistic: object) -> None:
    task = task_of("regression", metric, PRICE)

    _, chosen = best_constant(task, truth_of("price", skewed_prices()))

    assert chosen is statistic


def test_classes_are_answered_with_their_shares() -> None:
    task = task_of("multiclass", "log_loss", COLOUR)
    cells = ["red"] * 6 + ["blue"] * 2

    scores = constant_scores(task, pd.DataFrame({"colour": cells}), mean, ["a", "b"])

    assert scores["row_id"].tolist() == ["a", "b"]
    assert scores[["blue", "green", "red"]].to_numpy()[1].tolist() == [0.25, 0.0, 0.75]


def test_the_score_of_a_constant_is_that_of_saying_the_commonest_class() -> None:
    task = task_of("multiclass", "accuracy", COLOUR)
    truth = truth_of("colour", ["red"] * 100 + ["blue"] * 60)

    blind, _ = best_constant(task, truth)

    assert score_blind(task, blind, truth).value == pytest.approx(5 / 8)


def test_one_fold_alone_answers_by_its_own_labels() -> None:
    task = task_of("regression", "rmse", PRICE)

    blind, _ = best_constant(task, truth_of("price", ["1", "2", "6"], folds=1))

    assert blind.frame["price"].tolist() == [3.0, 3.0, 3.0]


def test_a_program_whose_answers_say_nothing_is_not_ahead_of_the_best_constant(
    tmp_path: Path,
) -> None:
    task = task_of("regression", "rmse", PRICE)
    cells = skewed_prices()
    ids = [str(row) for row in range(len(cells))]
    pd.DataFrame({"row_id": ids, "price": cells}).to_parquet(tmp_path / "blind-1.parquet")
    known = np.array(cells, dtype="float64")
    for name, said in (("able", known * 1.1), ("blank", np.full(len(known), known.mean()))):
        frame = pd.DataFrame({"row_id": ids, "price": said})
        store_blind(BlindScores.pooled({1: frame}), tmp_path, name)
    answers = {"1": str(tmp_path / "blind-1.parquet")}

    able, blank = (
        do_compare_with_constants(
            task.model_dump(mode="json"), answers, [name, name], str(tmp_path)
        )
        for name in ("able", "blank")
    )

    assert is_improvement(able)
    assert not is_improvement(blank)
