import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.items import fields_of, find_items, items_of

CHANCE = np.random.default_rng(0)
TAGS = ["red", "dark green", "blue", "grey", "white", "black"]


def column(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype="str")


def drawn() -> list[list[str]]:
    sizes = CHANCE.integers(1, 5, 200)
    return [CHANCE.choice(TAGS, size, replace=False).tolist() for size in sizes]


@pytest.mark.parametrize("delimiter", ["; ", ",", "|"])
def test_lists_in_cells_are_recognised(delimiter: str) -> None:
    lists = drawn()
    cells = column([delimiter.join(items) for items in lists])

    found = find_items(cells)

    assert found is not None
    assert found.delimiter == delimiter.strip()
    assert set(found.items) == set(TAGS)
    assert items_of(cells, delimiter.strip()).tolist() == lists


@pytest.mark.parametrize("write", [json.dumps, str])
def test_json_lists_are_recognised_in_both_spellings(write: Callable[[list[str]], str]) -> None:
    lists = drawn()
    cells = column([write(items) for items in lists])

    found = find_items(cells)

    assert found is not None
    assert found.delimiter == "json"
    assert items_of(cells, "json").tolist() == lists


def test_lists_of_objects_go_by_their_names() -> None:
    cells = column([json.dumps([{"id": n, "name": (n % 3 and "b") or "a"}]) for n in range(60)])

    found = find_items(cells)

    assert found is not None
    assert set(found.items) == {"a", "b"}


def test_objects_are_recognised_by_their_keys() -> None:
    cells = column([json.dumps({"size": n, "kind": "x"}) for n in range(50)] + ["", "{broken"])

    found = find_items(cells[cells != ""])

    assert found is not None
    assert found.delimiter is None
    assert set(found.items) == {"size", "kind"}
    assert fields_of(cells, "size").tolist() == [str(n) for n in range(50)] + ["", ""]


@pytest.mark.parametrize(
    "cells",
    [
        ["a fine boat, hardly used", "an old boat; cheap, too", "boats, boats"] * 30,
        [f"item {n}, size {n % 7}" for n in range(90)],
        ["New York, NY", "Austin, TX", "Boise, ID"] * 30,
        ["divorced", "married, apart", "married", "never married"] * 30,
        ["x"] * 50,
        [],
    ],
)
def test_words_with_commas_are_no_lists(cells: list[str]) -> None:
    assert find_items(column(cells)) is None
