from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from agents.competition.profiling.adversarial import drift_of_all
from agents.competition.profiling.drift import drift_by_chance, drift_of_levels
from agents.competition.profiling.relation import levels_of

CHANCE = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1):
        yield


def drift(train: np.ndarray, test: np.ndarray) -> float:
    levels = levels_of(pd.Series(np.concatenate([train, test]))) + 1
    return drift_of_levels(levels, np.repeat([False, True], [len(train), len(test)]))


def test_sides_that_are_alike_cannot_be_told_apart() -> None:
    numbers = [drift(*CHANCE.normal(size=(2, 2_000))) for _ in range(20)]

    assert max(numbers) < 0.5 + 4 * drift_by_chance(2_000, 2_000)


@pytest.mark.parametrize(
    ("test", "low"),
    [(CHANCE.normal(1, 1, 2_000), 0.7), (CHANCE.normal(0, 3, 2_000), 0.65)],
    ids=["moved", "spread"],
)
def test_a_number_that_moved_or_spread_is_found(test: np.ndarray, low: float) -> None:
    assert drift(CHANCE.normal(size=2_000), test) > low


def test_a_word_that_train_lacks_is_found() -> None:
    train = CHANCE.choice(["a", "b"], 1_000)
    test = CHANCE.choice(["a", "b", "c"], 1_000)

    assert drift(train, test) == pytest.approx(0.5 + 1 / 6, abs=0.04)


def test_columns_that_differ_only_together_are_found() -> None:
    first, second = CHANCE.normal(size=(2, 3_000))
    train = np.column_stack([first, first + 0.1 * second])
    test = np.column_stack([first, -first + 0.1 * second])

    together = drift_of_all(train, test)

    assert together is not None
    assert together > 0.9
    assert drift(train[:, 1], test[:, 1]) < 0.55


def test_noise_is_no_drift_of_all_columns() -> None:
    found = drift_of_all(CHANCE.normal(size=(2_000, 10)), CHANCE.normal(size=(1_000, 10)))

    assert found is not None
    assert found < 0.55


def test_too_few_rows_say_nothing() -> None:
    assert drift_of_all(CHANCE.normal(size=(20, 2)), CHANCE.normal(size=(500, 2))) is None
