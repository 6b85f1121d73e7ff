"""Several labels in a cell: which columns list labels, and which only look so."""

import numpy as np
import pandas as pd
import pytest

from agents.competition.formats.label_lists import expand_labels, find_labels, find_ranking

NAMES = ("sun", "rain", "wind", "snow", "fog", "hail")


def listed(joint: str, seed: int = 0) -> pd.Series:
    chance = np.random.default_rng(seed)
    sizes = chance.integers(1, 4, 300)
    return pd.Series([joint.join(chance.choice(NAMES, n, replace=False)) for n in sizes])


@pytest.mark.parametrize("joint", [" ", ",", ", ", ";", "|"])
def test_labels_that_recur_in_combinations_are_a_list(joint: str) -> None:
    found = find_labels("sky", listed(joint), None)
    assert found is not None
    assert found.listed.delimiter == (joint.strip() or " ")
    assert set(found.labels) == set(NAMES)


def test_lists_in_brackets_are_lists() -> None:
    for cells in (listed(",").map(lambda cell: str(cell.split(","))), pd.Series(["[1, 2]", "[3]"])):
        found = find_labels("sky", cells, None)
        assert found is not None
        assert found.listed.delimiter in {"python", "json"}


@pytest.mark.parametrize(
    "cells",
    [
        ["New York", "Los Angeles", "Rome", "Den Haag"] * 50,
        [f"{a} {b}" for a in ("red", "blue", "grey") for b in ("car", "bus", "van")] * 20,
        [f"{n // 7},{n % 10}" for n in range(200)],
        [f"2020-01-{n % 28 + 1:02d} 10:00" for n in range(200)],
        [f"Well, it was fine. I saw {n} of them." for n in range(200)],
    ],
)
def test_names_numbers_dates_and_sentences_are_no_lists(cells: list[str]) -> None:
    assert find_labels("place", pd.Series(cells), None) is None


def test_a_new_combination_in_the_sample_is_proof() -> None:
    cells = pd.Series(["sun rain", "rain wind", "wind snow"] * 40)
    assert find_labels("sky", cells, None) is None
    assert find_labels("sky", cells, pd.Series(["sun snow"] * 9)) is not None


def test_the_rarest_of_very_many_labels_are_left_out() -> None:
    chance = np.random.default_rng(1)
    draws = (chance.random((9_000, 2)) ** 2 * 600).astype(int)
    cells = pd.Series([" ".join(f"l{n}" for n in sorted({*row})) for row in draws])
    found = find_labels("tags", cells, None)
    assert found is not None
    assert len(found.labels) == 500
    assert found.left_out == 100
    assert found.labels[0] in {"l0", "l1"}


def test_cells_become_a_column_a_label() -> None:
    cells = pd.DataFrame({"a": list("xyz"), "sky": ["sun rain", "", "fog"]})
    labels = {"sky: sun": "sun", "sky: fog": "fog"}
    expanded = expand_labels(cells, "sky", " ", labels)
    assert expanded.to_dict("list") == {
        "a": ["x", "y", "z"],
        "sky: sun": ["1", "", "0"],
        "sky: fog": ["0", "", "1"],
    }


def test_several_guesses_a_row_are_told_from_one() -> None:
    classes = ("1", "2", "3")
    assert find_ranking(classes, pd.Series(["1 2 3"] * 4)) == " "
    assert find_ranking(classes, pd.Series(["1"] * 4)) == ""
    assert find_ranking(("a b", "c"), pd.Series(["a b"] * 4)) == ""
