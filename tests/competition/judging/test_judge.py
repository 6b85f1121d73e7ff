"""What the sample rung finds, and what it lets pass."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.judge import (
    explained,
    judge_scores,
    judge_shuffled,
    judge_variants,
    same_answers,
    score_columns,
)
from agents.models import MetricChoice, Target, Task

ROWS = 200
IDS = [f"r{number}" for number in range(ROWS)]
METRIC = MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default")


@pytest.fixture
def task() -> Task:
    target = Target(name="won", kind="class", classes=("no", "yes"), positive="yes")
    return Task(
        name="t", problem="binary", targets=(target,), id_column="id", metric=METRIC, tables=()
    )


@pytest.fixture
def number_task() -> Task:
    target = Target(name="price", kind="number")
    return Task(
        name="t", problem="regression", targets=(target,), id_column="id", metric=METRIC, tables=()
    )


def probabilities(yes: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"row_id": IDS, "no": 1 - yes, "yes": yes})


def labels(seed: int = 0) -> pd.DataFrame:
    won = np.random.default_rng(seed).random(ROWS) < 0.4
    return pd.DataFrame({"row_id": IDS, "won": np.where(won, "yes", "no")})


def test_good_scores_pass(task: Task) -> None:
    assert judge_scores(task, probabilities(np.linspace(0, 1, ROWS)), IDS) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda scores: scores.drop(columns="row_id"), "row_id"),
        (lambda scores: scores.drop(columns="no"), "columns"),
        (lambda scores: scores.iloc[:-3], "missing"),
        (lambda scores: scores.assign(yes=np.nan), "empty or infinite"),
        (lambda scores: scores.assign(yes=2.0), "Probabilities"),
    ],
)
def test_bad_scores_are_named(task: Task, spoil: object, words: str) -> None:
    assert callable(spoil)
    faults = judge_scores(task, spoil(probabilities(np.linspace(0, 1, ROWS))), IDS)
    assert len(faults) == 1
    assert words in faults[0].message


def test_scores_that_depend_on_other_rows_are_found_unless_declared(task: Task) -> None:
    plain = probabilities(np.linspace(0, 1, ROWS))
    half = probabilities(np.linspace(0, 1, ROWS) ** 2).iloc[: ROWS // 2]
    (fault,) = judge_variants(plain, {"sample-half": half}, transductive=False)
    assert fault.kind == "leakage"
    assert judge_variants(plain, {"sample-half": half}, transductive=True) == []
    same = plain.iloc[::-1]
    assert judge_variants(plain, {"sample-permuted": same}, transductive=False) == []


def test_a_program_that_sees_labels_some_other_way_is_found(task: Task) -> None:
    truth = labels()
    sees = probabilities(np.where(truth["won"] == "yes", 0.95, 0.05))
    (fault,) = judge_shuffled(task, sees, sees, truth)
    assert fault.kind == "leakage"


def test_nonsense_without_conviction_is_no_leak_however_well_it_ranks(task: Task) -> None:
    truth = labels()
    honest = probabilities(np.where(truth["won"] == "yes", 0.8, 0.2))
    lucky = probabilities(np.where(truth["won"] == "yes", 0.42, 0.40))
    assert judge_shuffled(task, honest, lucky, truth) == []


def test_a_constant_explains_nothing_and_the_truth_everything(number_task: Task) -> None:
    prices = np.random.default_rng(0).normal(100, 10, ROWS)
    truth = pd.DataFrame({"row_id": IDS, "price": prices.astype(str)})
    mean = pd.DataFrame({"row_id": IDS, "price": prices.mean()})
    exact = pd.DataFrame({"row_id": IDS, "price": prices})
    assert explained(number_task, mean, truth) == pytest.approx(0, abs=1e-9)
    assert explained(number_task, exact, truth) == pytest.approx(1)


def test_one_column_a_class_or_a_target_is_asked_for(task: Task, number_task: Task) -> None:
    assert score_columns(task) == ["no", "yes"]
    assert score_columns(number_task) == ["price"]


def test_submissions_are_compared_by_what_they_say(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("id,y\n1,0.50\n2,3\n", encoding="utf-8")
    second.write_text("id,y\n1,0.5\n2,3.0\n", encoding="utf-8")
    assert same_answers(first, second) == []
    second.write_text("id,y\n1,0.5\n2,4.0\n", encoding="utf-8")
    assert "1 of 2" in same_answers(first, second)[0]
