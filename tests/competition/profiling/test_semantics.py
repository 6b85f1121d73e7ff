import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.semantics import Lore, coordinates, meaning_of, read_dictionary
from agents.models import ColumnProfile

CHANCE = np.random.default_rng(0)
NOTHING = Lore(id_column="id", values={}, words="")


def column(values: object) -> pd.Series:
    return pd.Series(values).astype("str")


CASES = [
    ("id", column(range(200)), "identifier"),
    ("token", column([f"u{n:06x}" for n in range(200)]), "identifier"),
    ("row", column(range(200)), "identifier"),
    ("same", column(["x"] * 200), "constant"),
    ("nothing", column([""] * 200), "constant"),
    ("flag", column(["yes", "no"] * 100), "boolean"),
    ("bit", column(["1", "0", "", "1"] * 50), "boolean"),
    ("mass", column(np.round(CHANCE.normal(size=200), 3)), "number"),
    ("count", column(CHANCE.poisson(3, 200)), "number"),
    ("rain", column(["0.1", "M", "0.3", "-", "0.7"] * 40), "number"),
    ("depth", column(["NA", "NA", "NA", "NA", "1.5", "NA", "NA", "2.25"] * 25), "number"),
    ("zip_code", column(CHANCE.choice([10115, 20095, 80331], 200)), "category"),
    ("store_id", column(CHANCE.integers(1, 9, 200)), "category"),
    ("colour", column(CHANCE.choice(["red", "dark blue", "green"], 200)), "category"),
    ("seat", column([f"{c}/{n}/P" for n in range(50) for c in "ABCD"]), "delimited"),
    ("when", column(pd.date_range("2020-01-01", periods=200).strftime("%d.%m.%Y")), "date"),
    ("posted", column(pd.date_range("2020-01-01", periods=200).strftime("%Y%m%d")), "date"),
    ("id", column(pd.date_range("2020-01-01", periods=200).strftime("%Y-%m-%d")), "date"),
    ("serial", column(CHANCE.integers(20_000_000, 20_999_999, 200)), "number"),
    ("advert", column([f"a fine boat number {n} for sale" for n in range(200)]), "text"),
    ("stay", column(["2 years", "6 months", "1 year"] * 60), "number"),
    ("fee", column([f"${n},{n % 9}50" for n in range(1, 99)]), "number"),
    ("tags", column(["a;b", "b", "a;b;c", "c;a"] * 40), "list"),
    ("crew", column(['["Ann", "Bo"]', '["Bo"]', "[]"] * 40), "list"),
    ("spec", column(['{"mast": 1}', '{"mast": 2}'] * 40), "json"),
    ("skipper", column([f"Ann Lee{n}" for n in range(200)]), "text"),
]


@pytest.mark.parametrize(("name", "cells", "semantic"), CASES, ids=[case[0] for case in CASES])
def test_a_column_is_judged_by_its_cells(name: str, cells: pd.Series, semantic: str) -> None:
    assert meaning_of(name, cells, NOTHING).semantic == semantic


def test_the_parts_of_a_delimited_column_are_counted() -> None:
    cells = column([f"{c}/{n}/P" for n in range(50) for c in "ABCD"] + ["", "broken"])

    meaning = meaning_of("seat", cells, NOTHING)

    assert (meaning.delimiter, meaning.parts) == ("/", 3)


def test_words_of_unlike_length_are_not_delimited() -> None:
    cells = column([("a-b", "c", "d-e-f")[n % 3] + str(n) for n in range(120)])

    assert meaning_of("tag", cells, NOTHING).semantic != "delimited"


def test_words_for_missing_among_numbers_are_named() -> None:
    meaning = meaning_of("depth", column(["1", "2.5", "NA", "?", "7"] * 30), NOTHING)

    assert (meaning.semantic, meaning.missing_words) == ("number", ("?", "NA"))


def test_na_is_a_value_where_it_is_frequent_or_explained() -> None:
    rare = column(["NA"] + ["oak", "ash"] * 200)
    often = column(["NA", "oak", "ash"] * 100)
    lore = Lore(id_column=None, values={"tree": ("oak", "ash", "NA")}, words="")

    assert meaning_of("tree", rare, NOTHING).missing_words == ("NA",)
    assert meaning_of("tree", often, NOTHING).missing_words == ()
    assert meaning_of("tree", rare, lore).missing_words == ()


def test_a_description_may_call_a_number_a_code() -> None:
    cells = column(CHANCE.choice([20, 30, 45], 200))
    lore = Lore(id_column=None, values={}, words="`hull` is a code, not a quantity.")

    assert meaning_of("hull", cells, NOTHING).semantic == "number"
    assert meaning_of("hull", cells, lore).semantic == "category"


def test_a_dictionary_tells_codes_from_scales() -> None:
    text = "form: kind of house\n\n   20\tone floor\n   30\told\n   85\tsplit\n"
    text += "grade: quality\n\n    3\tgood\n    2\tfair\n    1\tpoor\n"
    values = read_dictionary(text, ["form", "grade"])
    lore = Lore(id_column=None, values=values, words="")

    assert values == {"form": ("20", "30", "85"), "grade": ("3", "2", "1")}
    assert meaning_of("form", column([20, 30, 85] * 50), lore).semantic == "category"
    assert meaning_of("grade", column([1, 2, 3] * 50), lore).semantic == "number"


def test_whole_numbers_without_order_in_the_target_are_names() -> None:
    group = CHANCE.integers(0, 8, 800)
    level = np.array([3.0, -2, 1, -3, 2.5, -1, 3, -2.5])[group]
    ordered = group + CHANCE.normal(0, 1, 800)
    unordered = level + CHANCE.normal(0, 1, 800)

    assert meaning_of("kind", column(group), NOTHING, unordered).semantic == "category"
    assert meaning_of("kind", column(group), NOTHING, ordered).semantic == "number"
    assert meaning_of("kind", column(group), NOTHING, CHANCE.normal(size=800)).semantic == "number"


def test_amounts_with_units_and_lists_keep_how_they_are_read() -> None:
    spans = meaning_of("stay", column(["2 years", "6 months", "1 year", ""] * 20), NOTHING)
    tags = meaning_of("tags", column(["red, big", "red", "big, old, red", "old"] * 20), NOTHING)

    assert spans.numbers(column(["1 year", "12 months"])).tolist() == pytest.approx(
        [1, 1], rel=1e-4
    )
    assert (tags.semantic, tags.delimiter, set(tags.items)) == ("list", ",", {"red", "big", "old"})


def test_latitude_and_longitude_find_each_other() -> None:
    names = {"start_lat": 50.0, "start_lon": 120.0, "lateness": 9.0}
    columns = [
        ColumnProfile(
            name=name, semantic="number", distinct=9, missing=0.0, minimum=-most, maximum=most
        )
        for name, most in names.items()
    ]

    noted = coordinates(columns)

    assert noted[0].note == "latitude, with the longitude in start_lon"
    assert noted[1].note == "longitude, with the latitude in start_lat"
    assert noted[2].note == ""
