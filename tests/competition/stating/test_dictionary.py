from pathlib import Path

import pandas as pd

from agents.competition.reading.description import read_text
from agents.competition.stating.dictionary import (
    DictionaryEntry,
    dictionary_entries,
    entries_of_table,
    entries_of_text,
    is_dictionary,
)
from agents.competition.stating.task import TaskOptions, state_task
from tests.builders import write_competition, write_table

BOATS = ("boat_id", "length", "engine", "hull_code", "sail", "price")


def table(*rows: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns), dtype="str")


def test_a_dictionary_table_explains_columns_and_is_no_side_table(tmp_path: Path) -> None:
    folder = write_competition(tmp_path / "boats", "regression")
    explained = table(
        ("Length", "metres over all", "float"),
        ("hull_code", "20 = wood, 30 = steel, 45 = glass", "categorical"),
        ("boat_id", "", "ID"),
        columns=("variable", "description", "type"),
    )
    write_table(folder / "columns.csv", explained)

    task = state_task(folder, TaskOptions())

    assert "columns.csv" not in {one.path for one in task.tables}
    assert "columns.csv explains columns, so it is a data dictionary." in task.notes
    assert dictionary_entries(folder, task) == {
        "length": DictionaryEntry("metres over all", (), "number"),
        "hull_code": DictionaryEntry(
            "20 = wood, 30 = steel, 45 = glass", ("20", "30", "45"), "category"
        ),
        "boat_id": DictionaryEntry("", (), "identifier"),
    }


def test_a_column_may_have_a_row_for_every_value() -> None:
    cells = table(
        ("sail", "gaff", "four corners"),
        ("", "sloop", "three corners"),
        ("engine", "", "power in horses"),
        columns=("Column", "Value", "Meaning"),
    )

    entries = entries_of_table(cells, BOATS)

    assert entries["sail"].values == ("gaff", "sloop")
    assert entries["sail"].meaning == "four corners; three corners"
    assert entries["engine"] == DictionaryEntry("power in horses")


def test_a_side_table_is_no_dictionary() -> None:
    assert not is_dictionary(
        table(("20", "wood"), ("30", "steel"), columns=("code", "hull")), BOATS
    )
    assert not is_dictionary(table(("a", "sail"), ("b", "red"), columns=("k", "what")), BOATS)


def test_entries_are_read_from_lines_and_from_tables_in_a_text() -> None:
    text = (
        "# Files\n- `length`: metres over all\n* **sail** - the rig (1 = gaff, 2 = sloop)\n"
        "| hull_code | categorical code of the yard |\n| engine | |\nThe price: see above.\n"
    )

    entries = entries_of_text(text, BOATS)

    assert set(entries) == {"length", "sail", "hull_code"}
    assert entries["sail"].values == ("1", "2")
    assert entries["hull_code"].kind == "category"


def test_a_page_becomes_text_with_headings_lists_and_tables(tmp_path: Path) -> None:
    (tmp_path / "about.html").write_text(
        "<html><head><style>p {}</style><title>x</title></head><body><nav>Home</nav>"
        "<h2>Evaluation</h2><p>Scored by\n <b>RMSE</b> &amp; nothing else.</p>"
        "<ul><li>one</li><li>two</li></ul>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
        "<script>var x = 1;</script></body></html>",
        encoding="utf-8",
    )

    text = read_text(tmp_path / "about.html")

    assert "## Evaluation\n\nScored by RMSE & nothing else." in text
    assert "- one\n- two" in text
    assert "| a | b |\n| 1 | 2 |" in text
    assert "Home" not in text
    assert "var" not in text
