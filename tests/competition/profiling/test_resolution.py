import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.resolution import Labelled, resolution_of
from agents.models import MetricChoice, ProblemType, Target, Task

CHANCE = np.random.default_rng(0)


def task(problem: ProblemType, metric: str, *targets: Target) -> Task:
    choice = MetricChoice(name=metric, direction="higher", title=metric, source="default")
    return Task(
        name="made", problem=problem, targets=targets, id_column=None, metric=choice, tables=()
    )


def binary(rows: int) -> tuple[np.ndarray, pd.DataFrame]:
    features = CHANCE.normal(size=(rows, 5))
    yes = features[:, 0] + features[:, 1] + CHANCE.normal(size=rows) > 0
    return features, pd.DataFrame({"y": np.where(yes, "yes", "no")})


ACCURACY = task(
    "binary", "accuracy", Target(name="y", kind="class", classes=("no", "yes"), positive="yes")
)


def test_it_is_what_two_equally_good_models_differ_by_luck() -> None:
    found = resolution_of(ACCURACY, Labelled(*binary(1_000), None), 1_000)

    # Two models that are wrong in other rows each, a tenth of all rows in either direction.
    differences = []
    for _ in range(2_000):
        kinds = CHANCE.multinomial(1_000, [0.8, 0.1, 0.1])
        differences.append((kinds[1] - kinds[2]) / 1_000)
    luck = float(np.quantile(np.abs(differences), 0.95))
    assert found is not None
    assert luck / 2 < found < luck * 1.5


def test_more_rows_show_smaller_differences() -> None:
    rows = Labelled(*binary(600), None)

    few, many = resolution_of(ACCURACY, rows, 600), resolution_of(ACCURACY, rows, 60_000)

    assert few is not None
    assert many == pytest.approx(few / 10)


def test_rows_that_come_in_groups_hide_more_than_as_many_single_ones() -> None:
    features, targets = binary(150)
    of_group = np.repeat(np.arange(150), 6)
    grouped = features[of_group], targets.iloc[of_group].reset_index(drop=True)

    alone = resolution_of(ACCURACY, Labelled(*binary(900), None), 900)
    together = resolution_of(ACCURACY, Labelled(*grouped, of_group), 900)

    assert alone is not None
    assert together is not None
    assert together > 1.5 * alone


@pytest.mark.parametrize("metric", ["rmse", "mae"])
def test_amounts_are_in_the_unit_of_the_metric(metric: str) -> None:
    features, _ = binary(500)
    target = Target(name="y", kind="number")
    small = pd.DataFrame({"y": (features[:, 0] + CHANCE.normal(size=500)).astype(str)})
    large = pd.DataFrame({"y": (1_000 * small["y"].astype(float)).astype(str)})

    found = [
        resolution_of(task("regression", metric, target), Labelled(features, cells, None), 500)
        for cells in (small, large)
    ]

    assert found[0] is not None
    assert found[1] == pytest.approx(1_000 * found[0], rel=0.01)


def test_nothing_is_said_about_too_few_rows() -> None:
    assert resolution_of(ACCURACY, Labelled(*binary(40), None), 40) is None
