"""Join paths are found by names and values of keys, and believed by how many rows find theirs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from agents.competition.joining.joins import find_joins, key_texts, match_keys
from agents.models import Join

ROWS = 400


def table(**columns: Sequence[object] | np.ndarray) -> pd.DataFrame:
    """A table as it is read: texts."""
    return pd.DataFrame(
        {
            name: pd.Series([str(one) for one in cells], dtype="str")
            for name, cells in columns.items()
        }
    )


def days(count: int, start: str = "2021-01-01") -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in pd.date_range(start, periods=count)]


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(0)


def found(
    rows: pd.DataFrame, sides: dict[str, pd.DataFrame], *, test: pd.DataFrame | None = None
) -> dict[str, Join]:
    """Joins by path; a quarter of the rows is the test unless one is given."""
    train = rows if test is not None else rows[: len(rows) * 3 // 4]
    asked = rows[len(train) :].reset_index(drop=True) if test is None else test
    return {join.path: join for join in find_joins(train, asked, sides, ["goal"]).joins}


def keys(join: Join) -> list[tuple[str, str]]:
    return list(zip(join.left, join.right, strict=True))


# --- names and values ---------------------------------------------------------------------------


def test_keys_of_one_name_join_whatever_their_case(chance: np.random.Generator) -> None:
    rows = table(Shop_ID=chance.integers(1, 30, ROWS), goal=chance.integers(0, 2, ROWS))
    shops = table(shop=np.arange(1, 30), size=chance.random(29))
    join = found(rows, {"lists/shops.csv": shops})["lists/shops.csv"]
    assert keys(join) == [("Shop_ID", "shop")]
    assert (join.many, join.whole, join.coverage_train, join.coverage_test) == (False, True, 1, 1)


def test_the_name_of_a_table_tells_what_its_bare_id_names(chance: np.random.Generator) -> None:
    rows = table(id=np.arange(ROWS), client_id=chance.integers(1, 100, ROWS))
    clients = table(id=np.arange(1, 101), town=chance.integers(0, 9, 100))
    assert keys(found(rows, {"clients.csv": clients})["clients.csv"]) == [("client_id", "id")]


def test_keys_of_unlike_names_join_by_their_values(chance: np.random.Generator) -> None:
    codes = [f"K{number:05d}" for number in chance.permutation(90_000)[:200]]
    rows = table(origin=chance.choice(codes, ROWS), amount=chance.integers(0, 50, ROWS))
    places = table(code=codes, height=chance.random(200), level=chance.integers(0, 50, 200))
    assert keys(found(rows, {"places.csv": places})["places.csv"]) == [("origin", "code")]


def test_a_table_that_two_columns_reach_is_joined_by_both(chance: np.random.Generator) -> None:
    rows = table(home_team=chance.integers(1, 20, ROWS), away_team=chance.integers(1, 20, ROWS))
    teams = table(team=np.arange(1, 20), strength=chance.random(19))
    joins = find_joins(rows, None, {"teams.csv": teams}, []).joins
    assert {join.left for join in joins} == {("home_team",), ("away_team",)}


@pytest.mark.parametrize("what", ["amounts", "yes and no", "fractions", "one value"])
def test_columns_that_name_nothing_are_no_keys(what: str, chance: np.random.Generator) -> None:
    def cells() -> np.ndarray:
        return {
            "amounts": chance.integers(18, 90, ROWS),
            "yes and no": chance.integers(0, 2, ROWS),
            "fractions": chance.random(ROWS).round(2),
            "one value": np.full(ROWS, "same"),
        }[what]

    rows = table(age=cells(), number=np.arange(ROWS))
    other = table(age=cells(), value=chance.random(ROWS))
    assert not found(rows, {"other.csv": other})


def test_running_numbers_of_unlike_names_are_no_keys(chance: np.random.Generator) -> None:
    rows = table(row=np.arange(ROWS), amount=chance.integers(0, 60, ROWS))
    other = table(line=np.arange(1, 301), weight=chance.integers(0, 80, 300))
    assert not found(rows, {"other.csv": other})


def test_the_target_is_no_key(chance: np.random.Generator) -> None:
    rows = table(goal=chance.integers(1, 30, ROWS), x=chance.random(ROWS))
    kinds = table(goal=np.arange(1, 30), note=chance.random(29))
    assert not found(rows, {"kinds.csv": kinds}, test=rows[["x"]])


def test_more_rows_of_the_same_columns_are_no_side_table(chance: np.random.Generator) -> None:
    rows = table(
        town=chance.integers(1, 30, ROWS),
        street=chance.integers(1, 90, ROWS),
        rooms=chance.integers(1, 9, ROWS),
        floor=chance.integers(1, 9, ROWS),
    )
    joined = find_joins(rows, rows, {"unlabelled.csv": rows}, [])
    assert not joined.joins
    assert "unlabelled.csv has the columns of the rows to be predicted" in joined.notes[0]


# --- combinations and hops ----------------------------------------------------------------------


def test_the_smallest_key_that_names_one_row_wins(chance: np.random.Generator) -> None:
    dates = days(20)
    rows = table(
        shop=chance.integers(1, 12, ROWS),
        day=chance.choice(dates, ROWS),
        holiday=chance.integers(0, 2, ROWS),
        aisle=chance.integers(1, 9, ROWS),
    )
    weather = table(
        shop=np.repeat(np.arange(1, 12), 20),
        day=dates * 11,
        holiday=chance.integers(0, 2, 220),
        rain=chance.random(220),
    )
    joins = found(rows, {"weather.csv": weather})
    assert sorted(keys(joins["weather.csv"])) == [("day", "day"), ("shop", "shop")]
    assert not joins["weather.csv"].many


def test_several_rows_a_key_are_found_with_the_most_particular_key(
    chance: np.random.Generator,
) -> None:
    rows = table(client=chance.integers(1, 60, ROWS), town=chance.integers(1, 12, ROWS))
    rows = rows.assign(town=rows["client"].map(lambda one: str(int(one) % 12 + 1)))
    calls = table(client=chance.integers(1, 60, 900), minutes=chance.random(900))
    calls = calls.assign(town=calls["client"].map(lambda one: str(int(one) % 12 + 1)))
    join = found(rows, {"calls.csv": calls})["calls.csv"]
    assert join.many
    assert "client" in join.left


def test_a_table_behind_a_table_is_reached_in_two_hops(chance: np.random.Generator) -> None:
    rows = table(client=chance.integers(1, 60, ROWS), goal=chance.integers(0, 2, ROWS))
    orders = table(client=chance.integers(1, 60, 900), product=chance.integers(1, 40, 900))
    products = table(product_id=np.arange(1, 40), price=chance.random(39))
    joins = found(rows, {"products.csv": products, "orders.csv": orders})
    assert list(joins) == ["orders.csv", "products.csv"]
    assert joins["products.csv"].base == "orders.csv"
    assert keys(joins["products.csv"]) == [("product", "product_id")]


def test_each_side_table_gets_a_sentence(chance: np.random.Generator) -> None:
    rows = table(client=chance.integers(1, 60, ROWS), x=chance.random(ROWS))
    clients = table(client=np.arange(1, 31), town=chance.integers(0, 9, 30))
    loose = table(line=np.arange(5), value=chance.random(5))
    notes = find_joins(rows, rows, {"clients.csv": clients, "loose.csv": loose}, []).notes
    assert notes[0].startswith("clients.csv joins on `client`: ")
    assert notes[0].endswith(" have one row each.")
    assert notes[1] == "loose.csv is reached by no key within two joins and is not used."


# --- what a table covers ------------------------------------------------------------------------


def test_a_table_that_covers_the_test_too_is_whole(chance: np.random.Generator) -> None:
    dates = days(100)
    rows = table(day=np.repeat(dates, 4), x=chance.random(ROWS))
    weather = table(day=dates, rain=chance.random(100))
    assert found(rows, {"weather.csv": weather})["weather.csv"].whole


def test_a_table_that_no_test_row_reaches_is_history(chance: np.random.Generator) -> None:
    dates = days(100)
    rows = table(day=np.repeat(dates, 4), x=chance.random(ROWS))
    visits = table(day=dates[:75], visitors=chance.integers(0, 99, 75))
    join = found(rows, {"visits.csv": visits})["visits.csv"]
    assert (join.whole, join.coverage_train, join.coverage_test) == (False, 1, 0)


def test_events_that_end_where_train_ends_are_history(chance: np.random.Generator) -> None:
    dates = days(100)
    rows = table(shop=list(range(1, 41)) * 10, day=np.repeat(dates, 4))
    sales = table(
        shop=chance.integers(1, 41, 900),
        day=chance.choice(dates[:75], 900),
        amount=chance.random(900),
    )
    join = found(rows, {"sales.csv": sales})["sales.csv"]
    assert keys(join) == [("shop", "shop")]
    assert join.coverage_test == 1
    assert not join.whole


# --- keys ---------------------------------------------------------------------------------------


def test_blanks_and_a_point_zero_make_no_difference() -> None:
    assert list(key_texts(pd.Series(["12.0", " 12", "12", "", "1.50"], dtype="str"))) == [
        *("12", "12", "12", "", "1.50")
    ]


def test_dates_written_otherwise_are_the_same_key() -> None:
    rows = table(when=["2021-01-13 10:30:00", "2021-02-01 00:00:00"])
    calendar = table(date=["01.02.2021", "13.01.2021"])
    ours, theirs = match_keys(rows, calendar, [("when", "date")])
    assert list(ours) == list(theirs)[::-1] == ["2021-01-13", "2021-02-01"]


def test_a_key_with_an_empty_part_is_none() -> None:
    rows = table(a=["1", ""], b=["2", "2"])
    assert list(match_keys(rows, rows, [("a", "a"), ("b", "b")])[0]) == ["1\x1f2", ""]
