import ast

import pytest

from agents.recipes.writing.literals import constants_of, fill, settle, write_literal

SOURCE = """COLUMNS: list[str] = []
DATES = {"day": "ISO8601"}


def read(cells):
    found = {}
    if COLUMNS:
        # as they are
        found |= numbers(cells)
    if DATES:
        found |= dates(cells)
    else:
        found["none"] = cells
    return found if len(COLUMNS) > 1 else list(found)
"""


def test_a_branch_without_columns_is_dropped() -> None:
    assert settle(SOURCE, {"COLUMNS": [], "DATES": {"day": "x"}}).endswith(
        "    found = {}\n    found |= dates(cells)\n    return list(found)\n"
    )


def test_a_branch_that_is_taken_moves_to_the_left_with_its_comment() -> None:
    assert settle(SOURCE, {"COLUMNS": ["a", "b"], "DATES": {}}).endswith(
        "    found = {}\n    # as they are\n    found |= numbers(cells)\n"
        '    found["none"] = cells\n    return found\n'
    )


def test_what_constants_do_not_decide_stays() -> None:
    assert settle(SOURCE, {"OTHER": 1}) == SOURCE


def test_what_stands_behind_a_return_goes() -> None:
    source = "def kind():\n    if A == 'x':\n        return 1\n    return 2\n"
    assert settle(source, {"A": "x"}) == "def kind():\n    return 1\n"
    assert settle(source, {"A": "y"}) == "def kind():\n    return 2\n"


def test_a_name_that_is_only_returned_goes() -> None:
    source = "def read() -> str:\n    text = load(\n        1,\n    )\n    return text\n"
    assert settle(source, {}) == "def read() -> str:\n    return load(\n        1,\n    )\n"


def test_an_elif_that_is_taken_becomes_an_if() -> None:
    source = "if A:\n    one()\nelif other:\n    two()\nelse:\n    three()\n"
    assert settle(source, {"A": 0}) == "if other:\n    two()\nelse:\n    three()\n"


def test_constants_are_filled_with_the_values_of_a_plan() -> None:
    filled = fill(SOURCE, {"COLUMNS": ["a"], "NOT_THERE": 1})
    assert filled.startswith('COLUMNS = ["a"]\nDATES = {"day": "ISO8601"}\n')
    assert constants_of(filled) == {"COLUMNS": ["a"], "DATES": {"day": "ISO8601"}}


@pytest.mark.parametrize(
    "value",
    [
        [f"column {number}" for number in range(40)],
        {"a": ["x" * 30, "y" * 30, "z" * 30, "w" * 30], "b": [1.5, None, True]},
        ["it's", 'say "no"', "back\\slash", "línea\n", "both ' and \""],
        [],
        {},
        {"nested": {"low": [0.0, 1e9]}},
    ],
)
def test_a_literal_reads_back_as_its_value_within_the_line_width(value: object) -> None:
    written = write_literal("NAME", value)  # type: ignore[arg-type]
    node = ast.parse(written).body[0]
    assert isinstance(node, ast.Assign | ast.AnnAssign)
    assert node.value is not None
    assert ast.literal_eval(node.value) == value
    assert max(map(len, written.splitlines())) <= 100
