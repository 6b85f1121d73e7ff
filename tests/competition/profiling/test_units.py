import math

import pandas as pd
import pytest

from agents.competition.profiling.units import find_units, to_measures


def column(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype="str")


CASES = [
    (["2 years", "18 months", "1 year"], {"years": 2.0}, [2.0, 1.5, 1.0]),
    (["$1,200", "$3.50", "-$7", "$1.2k"], {"$": 1200.0}, [1200.0, 3.5, -7.0, 1200.0]),
    (["15%", "7.5 %", "-3%"], {"%": 15.0}, [15.0, 7.5, -3.0]),
    (["180 cm", "1.8 m", "170cm"], {"cm": 180.0}, [180.0, 180.0, 170.0]),
    (["1st", "2nd", "3rd"], {"st": 1.0}, [1.0, 2.0, 3.0]),
    (["USD 12", "USD 13.5", "USD 9"], {"USD": 12.0}, [12.0, 13.5, 9.0]),
    (["1,5 kg", "500 g", "2 kg"], {"kg": 1.5}, [1.5, 0.5, 2.0]),
    (["3.5k", "2M", "700"], {"k": 3500.0}, [3500.0, 2e6, 700.0]),
    (["2 bedrooms", "1 bedroom"], {"bedrooms": 2.0}, [2.0, 1.0]),
    (["100 sq ft", "250 sq ft"], {"sq ft": 100.0}, [100.0, 250.0]),
]


@pytest.mark.parametrize(("cells", "first", "numbers"), CASES, ids=[case[0][0] for case in CASES])
def test_a_number_with_a_unit_is_read(
    cells: list[str], first: dict[str, float], numbers: list[float]
) -> None:
    units = find_units(column(cells))

    assert units is not None
    assert first.keys() <= units.keys()
    assert to_measures(column(cells), units).tolist() == pytest.approx(numbers, rel=1e-4)


@pytest.mark.parametrize(
    "cells",
    [
        ["3", "2", "1"],
        ["A12", "B13", "C7"],
        ["12A", "13B", "7C"],
        ["12 Main St", "4 High Rd", "5 Low Rd"],
        ["2020-01", "2021-02"],
        ["10:30", "11:45"],
        ["10-20", "20-30"],
        ["3 stars", "2 moons", "5 fish"],
        ["€5", "$6"],
        ["red", "blue"],
        [],
    ],
)
def test_what_only_looks_like_it_is_left_alone(cells: list[str]) -> None:
    assert find_units(column(cells)) is None


def test_a_cell_without_a_known_unit_is_no_number() -> None:
    read = to_measures(column(["2 years", "", "many", "3 moons", "5"]), {"years": 1.0})

    assert read.iloc[[0, 4]].tolist() == [2.0, 5.0]
    assert all(math.isnan(number) for number in read.iloc[1:4])


def test_a_cell_is_read_alike_in_any_company() -> None:
    units = {"$": 1.0, "k": 1000.0}
    cells = column(["$1,200", "$3,5", "$7k"])

    together = to_measures(cells, units)

    assert [to_measures(cells.iloc[[place]], units).iloc[0] for place in range(3)] == list(together)
