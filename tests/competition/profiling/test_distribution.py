import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.distribution import MOST_BINS, Cells, Goal, Spread, spread_of
from agents.competition.profiling.semantics import Meaning

NUMBER = Meaning("number")
COUNT = Meaning("number", integer=True)


def numbers(
    train: np.ndarray,
    test: np.ndarray | None = None,
    *,
    goal: Goal | None = None,
    whole: bool = True,
) -> Spread:
    meaning = COUNT if whole else NUMBER
    cells = [None if side is None else pd.Series(side).astype("str") for side in (train, test)]
    assert cells[0] is not None
    return spread_of(meaning, Cells(cells[0], cells[1], meaning.numbers(cells[0])), goal)


def labels(spread: Spread) -> list[str]:
    return [bar.label for bar in spread.bars]


def test_whole_numbers_get_steps_that_people_count_in() -> None:
    ages = np.random.default_rng(0).integers(0, 80, 4_000)

    assert labels(numbers(ages))[:3] == ["0 to 9", "10 to 19", "20 to 29"]


def test_a_value_that_many_rows_share_stands_alone_before_a_long_tail() -> None:
    chance = np.random.default_rng(0)
    bills = np.where(chance.random(8_000) < 0.6, 0, np.ceil(chance.lognormal(4, 2, 8_000)))

    spread = numbers(bills)

    assert spread.spiked
    assert spread.bars[0].label == "0"
    assert spread.bars[0].share == pytest.approx((bills == 0).mean())
    widest = max(bar.share for bar in spread.bars[1:])
    assert sorted(bar.share for bar in spread.bars[1:])[-4] > widest / 4
    assert labels(spread)[-1].endswith("and more")
    assert len(spread.bars) <= MOST_BINS


@pytest.mark.parametrize("kind", ["even", "tail", "tiny", "huge", "negative", "outlier", "years"])
def test_every_row_is_in_one_bar_and_labels_differ(kind: str) -> None:
    chance = np.random.default_rng(1)
    values = {
        "even": chance.random(3_000),
        "tail": chance.lognormal(0, 3, 3_000),
        "tiny": chance.normal(0, 1e-9, 3_000),
        "huge": chance.normal(0, 1e12, 3_000),
        "negative": -chance.lognormal(0, 2, 3_000),
        "outlier": np.append(chance.normal(size=2_999), 1e18),
        "years": chance.integers(1950, 2020, 3_000).astype(float),
    }[kind]

    spread = numbers(values, values[:100], whole=kind == "years")

    assert sum(bar.share for bar in spread.bars) == pytest.approx(1)
    assert sum(bar.test_share or 0 for bar in spread.bars) == pytest.approx(1)
    assert len(set(labels(spread))) == len(spread.bars)
    assert 2 <= len(spread.bars) <= MOST_BINS
    assert kind != "years" or not any("," in label for label in labels(spread))


def test_rates_are_those_of_the_rows_in_a_bar() -> None:
    ages = np.random.default_rng(0).integers(0, 80, 4_000)
    goal = Goal(np.where(np.arange(4_000) % 4 == 0, np.nan, (ages < 10).astype(float)))

    rates = [bar.rate for bar in numbers(ages, goal=goal).bars]

    assert rates == [1.0, *[0.0] * (len(rates) - 1)]


def test_of_many_classes_a_bar_names_the_most_frequent_one() -> None:
    words = pd.Series(["a"] * 60 + ["b"] * 40)
    goal = Goal(np.array([0.0] * 50 + [1.0] * 10 + [2.0] * 40), ("low", "middle", "high"))

    spread = spread_of(Meaning("category"), Cells(words, None, None), goal)

    assert [(bar.label, bar.answer, bar.rate) for bar in spread.bars] == [
        ("a", "low", pytest.approx(0.8333)),
        ("b", "high", 1.0),
    ]


def test_words_beyond_the_most_frequent_ones_are_one_bar_on_both_sides() -> None:
    train = pd.Series([f"w{place}" for place in range(30) for _ in range(30 - place)])
    test = pd.Series(["w0", "w29", "new"])

    bars = spread_of(Meaning("category"), Cells(train, test, None)).bars

    assert (bars[0].label, bars[-1].label) == ("w0", "19 others")
    assert [bars[0].test_share, bars[-1].test_share] == [pytest.approx(1 / 3), pytest.approx(2 / 3)]
