"""Weights and groups of rows: from the cells of a table to scores and their errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.scores import BlindScores, Truth, compare, score_blind
from agents.competition.metrics.metric import METRIC_GROUP_COLUMN, WEIGHT_COLUMN
from agents.competition.metrics.row_weights import metric_columns, row_weights
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.views import Places, ViewBuilder
from agents.errors import InputError
from agents.models import MetricChoice, MetricWeights, SplitPlan, Target, Task
from tests.builders import write_table

PRICE = Target(name="price", kind="number")


def wape_task(weights: MetricWeights | None = None, group: str | None = None) -> Task:
    choice = MetricChoice(
        name="wape",
        direction="lower",
        title="WAPE",
        source="default",
        weights=weights,
        parameters={} if group is None else {"group": group},
    )
    return Task(
        name="t",
        problem="regression",
        targets=(PRICE,),
        id_column="id",
        metric=choice,
        tables=(),
    )


def test_words_for_yes_and_equal_numbers_mean_the_same_cell() -> None:
    cells = pd.Series(["True", "yes", "1", "no", "", "0"])
    weights = MetricWeights(column="open", values={"True": 5.0})
    assert row_weights(weights, cells).tolist() == [5, 5, 5, 1, 1, 1]
    numbers = MetricWeights(column="size", values={"2": 3.0}, default=0.5)
    assert row_weights(numbers, pd.Series(["2.0", "2", "3"])).tolist() == [3, 3, 0.5]


def test_cells_may_be_the_weights_themselves() -> None:
    weights = MetricWeights(column="w")
    assert row_weights(weights, pd.Series(["0.5", "2"])).tolist() == [0.5, 2]
    for cells in (["a", "1"], ["-1", "2"], ["", "1"]):
        with pytest.raises(InputError, match="'w'"):
            row_weights(weights, pd.Series(cells))


def test_a_column_that_is_not_there_is_named() -> None:
    choice = wape_task(MetricWeights(column="gone")).metric
    with pytest.raises(InputError, match="'gone', which is no column of the training table"):
        metric_columns(choice, pd.DataFrame({"a": ["1"]}))


def test_blind_answers_hold_the_weights_and_groups_of_their_rows(tmp_path: Path) -> None:
    folder, chance = tmp_path / "shop", np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "id": [str(row) for row in range(90)],
            "open": chance.choice(["yes", "no"], 90),
            "size": chance.integers(1, 99, 90).astype(str),
            "price": chance.gamma(2, 9, 90).round(2).astype(str),
        }
    )
    write_table(folder / "train.csv", rows.head(60))
    write_table(folder / "test.csv", rows.tail(30).drop(columns="price"))
    (folder / "description.md").write_text(
        "## Evaluation\n`sum(w * |actual - predicted|) / sum(w * |actual|)` with `w = 4` where "
        "`open` is yes and `w = 1` elsewhere.\n"
    )
    task = state_task(folder, TaskOptions())
    assert task.metric.name == "wape"
    assert task.metric.weights == MetricWeights(column="open", values={"yes": 4.0})
    split = SplitPlan(splitter="random", folds=3, seed=0)
    places = Places(tmp_path / "views", tmp_path / "answers", tmp_path / "media")
    view = ViewBuilder(folder, task, split, places).build("blind-1")
    assert view.answers is not None
    answers = pd.read_parquet(view.answers).set_index("row_id")
    expected = np.where(rows.set_index("id").loc[answers.index, "open"] == "yes", 4.0, 1.0)
    assert answers[WEIGHT_COLUMN].tolist() == expected.tolist()


def weighed_scores(noise: float, seed: int, rows: int = 600) -> tuple[BlindScores, Truth]:
    chance = np.random.default_rng(0)
    price, weight = chance.gamma(3, 20, rows), np.where(chance.random(rows) < 0.2, 5.0, 1.0)
    said = price * np.exp(noise * np.random.default_rng(seed).normal(size=rows))
    ids, fold = [str(row) for row in range(rows)], np.arange(rows) % 3
    truth = pd.DataFrame({"row_id": ids, "price": price, WEIGHT_COLUMN: weight})
    return BlindScores(pd.DataFrame({"row_id": ids, "price": said}), fold), Truth(truth, fold)


def test_a_ratio_of_weighted_sums_has_the_error_that_the_bootstrap_finds() -> None:
    scores, truth = weighed_scores(0.3, seed=1)
    task = wape_task(MetricWeights(column="w", values={"1": 5.0}))
    score = score_blind(task, scores, truth)
    actual, weight = truth.frame["price"], truth.frame[WEIGHT_COLUMN]
    said = scores.frame["price"].clip(actual.min(), actual.max())
    lost, size = (weight * (actual - said).abs()).to_numpy(), (weight * actual.abs()).to_numpy()
    assert score.value == pytest.approx(lost.sum() / size.sum(), rel=0.02)
    chance = np.random.default_rng(2)
    drawn = [chance.integers(0, 600, 600) for _ in range(800)]
    values = [lost[rows].sum() / size[rows].sum() for rows in drawn]
    assert score.error == pytest.approx(np.std(values), rel=0.12)


def test_two_candidates_are_compared_by_the_weights() -> None:
    task = wape_task(MetricWeights(column="w", values={"1": 5.0}))
    good, truth = weighed_scores(0.1, seed=1)
    poor, _ = weighed_scores(0.3, seed=2)
    compared = compare(task, truth, good, poor)
    assert compared.difference > 5 * compared.error > 0


def test_a_metric_within_groups_gets_its_error_from_whole_groups() -> None:
    scores, truth = weighed_scores(0.3, seed=1)
    frame = truth.frame.drop(columns=WEIGHT_COLUMN)
    group = np.arange(len(frame)) % 30
    grouped = Truth(frame.assign(**{METRIC_GROUP_COLUMN: group}), truth.fold)
    score = score_blind(wape_task(group="shop"), scores, grouped)
    actual = frame["price"]
    said = scores.frame["price"].clip(actual.min(), actual.max())
    parts = [
        ((actual - said).abs()[group == k].sum() / actual[group == k].sum()) for k in range(30)
    ]
    assert score.value == pytest.approx(np.mean(parts), rel=0.04)
    assert score.error == pytest.approx(np.std(parts, ddof=1) / np.sqrt(30), rel=0.1)
