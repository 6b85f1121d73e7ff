"""Side tables of played views: whole where they cover the real test, cut where they do not."""

import numpy as np
import pandas as pd

from agents.competition.views.side_cut import Sides, kept_rows
from agents.models import Join, SplitPlan, TimeSplit, TimeWindow

RANDOM = SplitPlan(splitter="random", folds=2, seed=0)
FUTURE = SplitPlan(
    splitter="time",
    folds=1,
    seed=0,
    time=TimeSplit(
        column="on",
        written="ISO8601",
        windows=(TimeWindow(learn_until="2020-01-05", start="2020-01-08", end="2020-01-10"),),
    ),
)


def cells(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def days(first: int, last: int) -> list[str]:
    return [f"2020-01-{day:02d}" for day in range(first, last + 1)]


def by_shop(path: str = "orders.csv", *, whole: bool, many: bool = True) -> Join:
    return Join(
        path=path,
        left=("shop",),
        right=("shop",),
        many=many,
        coverage_train=1.0,
        coverage_test=0.0,
        whole=whole,
    )


def shown(sides: Sides, joins: list[Join], split: SplitPlan) -> dict[str, list[bool]]:
    return {path: kept.tolist() for path, kept in kept_rows(sides, joins, split, 0).items()}


def test_a_table_that_covers_train_only_loses_what_only_blind_rows_reach() -> None:
    sides = Sides(
        learned=cells(shop=["a", "b"]),
        blind=cells(shop=["b", "c"]),
        test=cells(shop=["x"]),
        tables={"orders.csv": cells(shop=["a", "b", "c", "never"])},
    )
    assert shown(sides, [by_shop(whole=False)], RANDOM) == {"orders.csv": [True, True, False, True]}
    assert shown(sides, [by_shop(whole=True)], RANDOM) == {"orders.csv": [True] * 4}


def test_a_table_without_a_join_stays_whole() -> None:
    sides = Sides(cells(shop=["a"]), cells(shop=["b"]), None, {"notes.csv": cells(word=["b"])})
    assert shown(sides, [], RANDOM) == {"notes.csv": [True]}


def test_a_table_behind_a_cut_one_loses_what_only_cut_rows_reach() -> None:
    further = by_shop("lines.csv", whole=False).model_copy(
        update={"base": "orders.csv", "left": ("order",), "right": ("order",)}
    )
    sides = Sides(
        learned=cells(shop=["a"]),
        blind=cells(shop=["b"]),
        test=cells(shop=["x"]),
        tables={
            "orders.csv": cells(shop=["a", "b", "b"], order=["1", "2", "3"]),
            "lines.csv": cells(order=["1", "2", "3", "3"]),
        },
    )
    kept = shown(sides, [by_shop(whole=False), further], RANDOM)
    assert kept["lines.csv"] == [True, False, False, False]


def test_a_table_that_ends_with_train_ends_with_the_rows_to_learn_from() -> None:
    sides = Sides(
        learned=cells(on=days(1, 4)),
        blind=cells(on=days(8, 10)),
        test=cells(on=days(13, 15)),
        tables={
            "past.csv": cells(on=days(1, 10)),
            "weather.csv": cells(on=days(1, 15)),
        },
    )
    kept = shown(sides, [], FUTURE)
    assert kept["past.csv"] == [day < 5 for day in range(1, 11)]
    assert kept["weather.csv"] == [True] * 15


def test_a_log_with_dates_of_its_own_ends_there_and_attributes_stay() -> None:
    sides = Sides(
        learned=cells(on=days(1, 4), shop=["a"] * 4),
        blind=cells(on=days(8, 10), shop=["a"] * 3),
        test=cells(on=days(13, 15), shop=["a"] * 3),
        tables={
            "visits.csv": cells(shop=["a"] * 10, at=days(1, 10)),
            "shops.csv": cells(shop=["a"], opened=["2020-01-09"]),
        },
    )
    joins = [by_shop("visits.csv", whole=True), by_shop("shops.csv", whole=True, many=False)]
    kept = shown(sides, joins, FUTURE)
    assert np.sum(kept["visits.csv"]) == 4
    assert kept["shops.csv"] == [True]
