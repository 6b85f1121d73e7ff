"""Finding architectures by measured facts; no learning library is loaded for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from agents.knowledge.architectures import (
    Data,
    FoundArchitecture,
    Shape,
    all_architectures,
    find_architectures,
    read_architecture,
    shape_of,
)
from agents.knowledge.retrieval import facts_of
from tests.recipes.support import planned

ROOT = Path(__file__).resolve().parents[2]
TABLE = Shape(
    data={"table": 1.0},
    problem="regression",
    metric="rmse",
    measures={"rows": 5_000, "columns": 30, "distinct": 5},
)
FILE = '''"""A network.

For: rows.
Input: a
    b.
Output: c.
Parameters: 1 of `A()`.
Source: Doe 2020.
Data: table, set
When: rows 5..9; columns ..4
Problems: ordinal
Metrics: kappa
"""
'''


def names(found: tuple[FoundArchitecture, ...]) -> list[str]:
    return [one.architecture.name for one in found]


def everything(shape: Shape) -> set[str]:
    return set(names(find_architectures(shape, most=100)))


def with_measures(shape: Shape, **measures: float) -> Shape:
    return shape.model_copy(update={"measures": {**shape.measures, **measures}})


def test_for_a_table_networks_for_tables_are_found_with_reasons() -> None:
    found = find_architectures(TABLE)
    assert len(found) == 3
    assert {one.architecture.data for one in found} == {("table",)}
    assert found[0].reason == "table; rows 5,000; columns 30"
    assert found[0].architecture.merit == 3
    assert found[0].title in found[0].architecture.code
    assert found[0].text.startswith("Chosen for: table;")
    assert found[0].text.endswith("```")


@pytest.mark.parametrize(
    ("data", "folder"),
    [
        ("text", "texts"),
        ("image", "images"),
        ("image-to-image", "images"),
        ("audio", "sounds"),
        ("series", "series"),
        ("records", "records"),
        ("set", "sets"),
        ("points", "points"),
        ("ratings", "ratings"),
        ("fusion", "fusion"),
    ],
)
def test_every_kind_of_data_finds_its_own_first(data: Data, folder: str) -> None:
    found = find_architectures(Shape(data={data: 1.0}))
    assert found[0].architecture.name.startswith(f"{folder}/")
    assert all(data in one.architecture.data for one in found)


def test_bounds_rule_out_and_what_is_not_known_does_not() -> None:
    assert "tables/ft_transformer" in everything(TABLE)
    assert "tables/ft_transformer" not in everything(with_measures(TABLE, rows=400))
    assert "tables/ft_transformer" not in everything(with_measures(TABLE, columns=2_000))
    assert "tables/ft_transformer" in everything(Shape(data={"table": 1.0}))
    assert everything(Shape()) == set()


def test_another_form_of_data_comes_before_the_table_beside_it() -> None:
    both = TABLE.model_copy(update={"data": {"table": 1.0, "image": 1.0, "fusion": 1.0}})
    found = find_architectures(both)
    assert {one.architecture.data[0] for one in found} == {"image", "fusion"}


def test_a_head_is_found_where_problem_metric_or_measure_asks_for_it() -> None:
    heads = {
        "heads/ordinal": TABLE.model_copy(update={"problem": "ordinal", "metric": "kappa"}),
        "heads/many_labels": TABLE.model_copy(update={"problem": "multilabel", "metric": ""}),
        "heads/quantiles": TABLE.model_copy(update={"metric": "pinball"}),
        "heads/zero_inflated": with_measures(TABLE, tail=40.0),
    }
    for wanted, shape in heads.items():
        found = [name for name in names(find_architectures(shape)) if name.startswith("heads/")]
        assert found == [wanted]
        assert names(find_architectures(shape))[0].startswith("tables/")
    assert not [name for name in everything(TABLE) if name.startswith("heads/")]


def test_the_shape_comes_from_task_and_profile(tmp_path: Path) -> None:
    competition = planned(tmp_path / "c", "binary")
    facts = facts_of(competition.task, competition.profile)
    shape = shape_of(competition.task, facts, measured={"length": 12.0})
    assert shape.data["table"] > 0
    assert shape.measures["rows"] == competition.profile.rows_train
    assert shape.measures["length"] == 12.0
    assert find_architectures(shape)


def test_a_file_says_what_it_is_in_its_docstring() -> None:
    one = read_architecture("x/y", FILE)
    assert (one.title, one.input, one.data) == ("A network", "a b.", ("table", "set"))
    assert [(span.measure, span.least) for span in one.when] == [("rows", 5), ("columns", 0)]
    assert (one.problems, one.metrics, one.merit) == (("ordinal",), ("kappa",), 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (FILE.replace("Source: Doe 2020.\n", ""), "no line “Source: …”"),
        (FILE.replace("rows 5..9", "lines 5..9"), "a bound that is none: 'lines 5..9'"),
        (FILE.replace("Data: table, set", "Data: tables"), "data"),
        ("x = 1\n", "no docstring"),
    ],
)
def test_a_file_that_says_it_wrongly_is_refused(wrong: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_architecture("x/y", wrong)


def test_every_file_cites_a_source_and_is_shown_in_full() -> None:
    for one in all_architectures():
        assert any(letter.isdigit() for letter in one.source), one.name
        assert len(one.code.splitlines()) <= 70, one.name


@pytest.mark.slow
def test_finding_loads_no_learning_library() -> None:
    program = (
        "from agents.knowledge.architectures import *\n"
        "assert find_architectures(Shape(data={'image': 1.0}))\n"
        "import sys; print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert {"torch", "pandas", "sklearn"} & set(loaded.stdout.split()) == set()
