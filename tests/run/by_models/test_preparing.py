"""What the Modeling Coder is told about the objects that preprocessing made."""

from agents.execution.protocol import ObjectFacts
from agents.run.by_models.preparing import in_words

NAMES = ("age", "deck", *(f"topic_{number}" for number in range(40)))
TRAIN = ObjectFacts(
    name="X_train",
    kind="DataFrame",
    rows=450,
    columns=NAMES,
    dtypes=("float32", "int64", *("float64",) * 40),
    ranges=("0 to 79", "0 to 7", *("0 to 1",) * 40),
    examples=(("39", "2", *("0.1",) * 40), ("24", "5", *("0.2",) * 40)),
    missing=3,
)


def test_columns_are_told_once_with_ranges_and_families_as_one_line() -> None:
    test = TRAIN.model_copy(update={"name": "X_test", "rows": 150, "missing": 0})
    told = in_words((TRAIN, ObjectFacts(name="y_train", kind="Series", rows=450), test))
    lines = told.splitlines()
    assert lines[0] == "- `X_train`: DataFrame, 450 rows; 42 columns, below; 3 empty cells"
    assert "    - `age` float32: 0 to 79" in lines
    assert "    - `deck` int64: 0 to 7" in lines
    assert "    - `topic_0` to `topic_39`, 40 columns float64" in lines
    assert lines[-1] == (
        "- `X_test`: DataFrame, 150 rows; the same columns as `X_train`; nothing empty"
    )
    assert told.count("`age`") == 1


def test_the_first_rows_are_shown_as_far_as_a_prompt_can_bear() -> None:
    [first] = [line for line in in_words((TRAIN,)).splitlines() if "row 1:" in line]
    assert first.startswith("    - row 1: 39, 2, 0.1")
    assert first.endswith("0.1, …")


def test_columns_of_another_order_or_dtype_are_told_anew() -> None:
    other = TRAIN.model_copy(update={"name": "X_test", "dtypes": ("float64", *TRAIN.dtypes[1:])})
    assert in_words((TRAIN, other)).count("`age`") == 2
