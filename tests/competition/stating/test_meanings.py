"""What columns and codes mean reaches prompts where the folder explains them apart."""

from pathlib import Path

from agents.competition.stating.meanings import column_meanings, entries_with_codes
from agents.competition.stating.task import TaskOptions, state_task
from tests.builders import write_competition

CODES = """age: How old the traveller is, in years

berth: Where the traveller sleeps

       A\tUpper deck, outside
       B\tLower deck
       NA\tNo berth

spent: Money
       A\tUpper deck, outside
       B\tLower deck
       NA\tNo berth
"""


def test_each_code_is_read_with_its_meaning() -> None:
    entries = entries_with_codes(CODES, ["age", "berth", "spent"])

    assert entries["age"] == ("How old the traveller is, in years", {})
    assert entries["berth"][1] == {
        "A": "Upper deck, outside",
        "B": "Lower deck",
        "NA": "No berth",
    }


def test_a_file_that_explains_columns_is_told_in_a_line_a_column(tmp_path: Path) -> None:
    folder = write_competition(tmp_path / "c", "binary", rows=40)
    assert column_meanings(folder, state_task(folder, TaskOptions())) == {}

    (folder / "data_dictionary.txt").write_text(CODES, encoding="utf-8")
    told = column_meanings(folder, state_task(folder, TaskOptions()))

    assert told["age"] == "How old the traveller is, in years"
    assert told["berth"] == (
        "Where the traveller sleeps. A = Upper deck, outside, B = Lower deck, NA = No berth"
    )
    assert told["spent"] == "Money. Codes as of `berth`"
