"""A table too large to be held answers as exactly as one that is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.stating.layout import read_layout
from agents.competition.stating.table_file import USUAL, Limits, TableFile
from agents.competition.stating.telling import Telling
from tests.builders import write_table

ROWS = 3_000
SMALL = Limits(cells=1_000, rows=200)


@pytest.fixture
def boats(tmp_path: Path) -> Path:
    chance = np.random.default_rng(7)
    lengths = chance.permutation(ROWS) / 64
    lengths[-1] = lengths[0]
    cells = pd.DataFrame(
        {
            "boat": [f"b{place}" for place in range(ROWS)],
            "port": chance.choice(["Kiel", "Riga", "NA", ""], ROWS),
            "length": lengths.astype(str),
            "sunk": np.where(np.arange(ROWS) == ROWS // 2, "yes", "no"),
            "seen": np.where(np.arange(ROWS) == 17, "twice", ""),
        }
    )
    write_table(tmp_path / "boats.csv", cells)
    write_table(tmp_path / "wanted.csv", cells[["boat"]].iloc[::3])
    write_table(tmp_path / "again.csv", cells[["boat"]].iloc[::-1].assign(boat=cells["boat"]))
    return tmp_path


def read(folder: Path, limits: Limits = SMALL) -> dict[str, TableFile]:
    return {table.stem: table for table in read_layout(folder, limits).tables}


def test_a_large_table_is_never_loaded_whole(boats: Path) -> None:
    table, wanted = read(boats)["boats"], read(boats)["wanted"]

    assert len(table.drawn) == 200 == len(table.places)
    assert not table.is_unique("length")
    assert table.head(3)["boat"].tolist() == ["b0", "b1", "b2"]
    assert len(table.column("port")) == ROWS
    assert len(table.without(["port"]).telling(["sunk"])) < 210
    assert wanted.same_values("boat", wanted, "boat")
    assert not table.is_whole
    assert "cells" not in vars(table)


def test_drawn_rows_are_rows_of_the_table_in_its_order(boats: Path) -> None:
    table, whole = read(boats)["boats"], read(boats, USUAL)["boats"].cells

    assert table.drawn.equals(whole.iloc[table.places].reset_index(drop=True))
    assert (np.diff(table.places) > 0).all()


@pytest.mark.parametrize("limits", [SMALL, USUAL], ids=["in parts", "whole"])
def test_questions_about_all_rows_are_answered_exactly(boats: Path, limits: Limits) -> None:
    tables = read(boats, limits)
    table, wanted, again = tables["boats"], tables["wanted"], tables["again"]
    every_third = range(0, ROWS, 3)

    assert table.is_unique("boat")
    assert not table.is_unique("length")
    assert table.twice("length") == table.column("length").iloc[0]
    assert table.same_values("boat", again, "boat")
    assert not table.same_values("boat", wanted, "boat")
    assert table.holds_values("boat", wanted, "boat")
    assert not wanted.holds_values("boat", table, "boat")
    assert np.flatnonzero(table.repeated_in("boat", wanted, "boat")).tolist() == [*every_third]
    assert np.flatnonzero(table.which("sunk", lambda cells: cells == "yes")).tolist() == [ROWS // 2]
    assert table.values("port") == {"Kiel", "Riga", "NA", ""}


def test_telling_rows_show_every_value_and_mostly_filled_rows(boats: Path) -> None:
    table = read(boats)["boats"]

    assert set(table.telling(["port"])["port"]) == {"Kiel", "Riga", "NA", ""}
    assert (table.telling(["port"])["port"].isin(["NA", ""])).sum() == 2
    assert set(table.telling(["sunk", "port"])["sunk"]) == {"yes", "no"}
    assert table.telling(["seen"])["seen"].tolist() == ["", "twice"]


def test_telling_rows_are_few_however_many_parts_there_are() -> None:
    gathered = Telling(50)
    for start in range(0, 10_000, 500):
        words = pd.Series([f"w{place % 30}" for place in range(start, start + 500)], dtype="str")
        gathered.add(words.to_frame("word"))

    assert gathered.cells["word"].nunique() == 30
    assert len(gathered.cells) == 50 + 30


@pytest.mark.parametrize("limits", [SMALL, USUAL], ids=["in parts", "whole"])
def test_a_table_is_shown_with_other_names_fewer_columns_and_some_rows(
    boats: Path, limits: Limits
) -> None:
    table = read(boats, limits)["boats"]
    odd = np.arange(ROWS) % 2 == 1

    shown = table.renamed({"boat": "ship"}).without(["port", "no such"]).only(odd)
    some = shown.only(np.arange(shown.rows) < 20)

    assert shown.columns == ("ship", "length", "sunk", "seen")
    assert shown.rows == ROWS // 2
    assert some.column("ship").tolist() == [f"b{place}" for place in range(1, 40, 2)]
    assert set(shown.drawn["ship"]) <= set(shown.column("ship"))
    assert shown.drawn.columns.tolist() == [*shown.columns]
    assert shown.is_unique("ship")
    assert shown.same_values("ship", table.only(odd), "boat")
    assert shown.head(2)["ship"].str.fullmatch(r"b\d*[13579]").all()
