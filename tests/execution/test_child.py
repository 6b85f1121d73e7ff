"""Objects of the contract on their way through files, and what the runner does by itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from agents.execution import child
from agents.execution.protocol import ObjectFacts


def round_trip(tmp_path: Path, **objects: object) -> dict[str, object]:
    child.store_objects(objects, tmp_path, "Preprocessor.fit")
    return child.load_objects(tmp_path)


def test_a_frame_keeps_order_dtypes_and_categories(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "a b/[ü]": pd.Categorical(["x", None], categories=["z", "x"], ordered=True),
            "number": np.array([1, 2], dtype="int8"),
            "half": np.array([0.5, np.nan], dtype="float32"),
            "text": ["NA", ""],
            "flag": [True, False],
            "when": pd.Series(["2020-01-01", None], dtype="datetime64[us]"),
        },
        index=[7, 3],
    )
    loaded = round_trip(tmp_path, X_train=frame)["X_train"]
    assert isinstance(loaded, pd.DataFrame)
    pd.testing.assert_frame_equal(loaded, frame.reset_index(drop=True))


@pytest.mark.parametrize("name", [None, "target", "a b"])
def test_a_series_keeps_its_name_and_dtype(tmp_path: Path, name: str | None) -> None:
    series = pd.Series(["b", "a"], dtype="category", name=name, index=[5, 6])
    loaded = round_trip(tmp_path, y_train=series)["y_train"]
    assert isinstance(loaded, pd.Series)
    pd.testing.assert_series_equal(loaded, series.reset_index(drop=True))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 0, 3), "float16"), np.array(["a", "bc"]), np.array(3)]
)
def test_an_array_keeps_shape_and_dtype(tmp_path: Path, array: np.ndarray) -> None:
    loaded = round_trip(tmp_path, x=array)["x"]
    assert isinstance(loaded, np.ndarray)
    assert loaded.dtype == array.dtype
    np.testing.assert_array_equal(loaded, array)


def dense(matrix: Any) -> np.ndarray:  # noqa: ANN401 - a sparse matrix of any form
    return np.asarray(matrix.todense())


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok"])
def test_a_sparse_matrix_keeps_its_values(tmp_path: Path, form: str) -> None:
    matrix = getattr(scipy.sparse, f"{form}_array")(np.diag([1.5, 0, 2]))
    loaded = round_trip(tmp_path, x=matrix)["x"]
    assert scipy.sparse.issparse(loaded)
    np.testing.assert_array_equal(dense(loaded), dense(matrix))


@pytest.mark.parametrize(
    "value", [["a", "b"], [], 1, 2.5, "word", None, True, {"a": [1, None]}, [1, [2, 3]]]
)
def test_plain_values_go_through_json(tmp_path: Path, value: object) -> None:
    assert round_trip(tmp_path, x=value)["x"] == value


def test_scalars_of_numpy_become_plain_numbers(tmp_path: Path) -> None:
    assert round_trip(tmp_path, x=np.float32(0.5), y={"n": np.int64(3)}) == {
        "x": 0.5,
        "y": {"n": 3},
    }


def test_objects_come_back_in_the_order_they_were_given(tmp_path: Path) -> None:
    assert list(round_trip(tmp_path, zebra=1, ant=2)) == ["zebra", "ant"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"x": object()}, "'x' is a builtins.object"),
        ({"x": {1, 2}}, "'x' is a builtins.set"),
        ({"../x": 1}, "'../x' is not a plain word"),
        ([1], "must return a dict of objects, not list"),
        ({"x": pd.DataFrame({"a": [1], 3: [2]})}, "must all be texts"),
        ({"x": {"a": object()}}, "cannot be written as json"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence(
    tmp_path: Path, value: object, words: str
) -> None:
    with pytest.raises(TypeError, match=words.replace(".", r"\.")):
        child.store_objects(value, tmp_path, "Preprocessor.fit")


def test_an_array_of_objects_is_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        round_trip(tmp_path, x=np.array([{}, []], dtype=object))


def test_scores_must_be_a_frame(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"Model\.predict must return a DataFrame, not ndarray"):
        child.store_scores(np.zeros(3), tmp_path / "scores.parquet")


def facts_of(value: object) -> ObjectFacts:
    return ObjectFacts.model_validate(child.facts("x", child.kind_of("x", value), value))


def test_facts_of_a_frame() -> None:
    frame = pd.DataFrame({"a": [1.0, np.inf, np.nan], "b": pd.Categorical(["x", None, "x"])})
    facts = facts_of(frame)
    assert (facts.kind, facts.rows, facts.shape) == ("DataFrame", 3, (3, 2))
    assert (facts.columns, facts.dtypes) == (("a", "b"), ("float64", "category"))
    assert (facts.missing, facts.infinite) == (2, 1)


def test_a_small_frame_is_shown_by_its_ranges_and_first_rows_and_a_large_one_is_not() -> None:
    frame = pd.DataFrame(
        {
            "code": [0, 4, 2, 1],
            "share": np.array([0.25, np.nan, 1.0, 0.5], dtype="float32"),
            "deck": ["A", "B" * 99, "A", ""],
            "empty": [np.nan] * 4,
            "lists": [[1], [2], [3], [4]],
        }
    )
    facts = facts_of(frame)
    assert facts.ranges[:2] == ("0 to 4", "0.25 to 1")
    assert facts.ranges[2].startswith("3 different: A, BBB")
    assert facts.ranges[3:] == ("empty", "")
    assert facts.examples[0] == ("0", "0.25", "A", "nan", "[1]")
    assert len(facts.examples) == 3
    assert max(len(cell) for row in facts.examples for cell in row) <= 24
    large = facts_of(pd.concat([frame] * 2_000, ignore_index=True))
    assert (large.ranges, large.examples) == ((), ())


def test_facts_of_arrays_and_the_rest() -> None:
    dense = facts_of(np.array([[1, np.nan], [-np.inf, 2]]))
    assert (dense.rows, dense.dtypes, dense.missing, dense.infinite) == (2, ("float64",), 1, 1)
    sparse = facts_of(scipy.sparse.csr_array(np.eye(4)))
    assert (sparse.kind, sparse.rows, sparse.density) == ("sparse", 4, 0.25)
    assert facts_of(["a", "b"]).kind == "texts"
    assert facts_of({"a": 1}).rows == 1
    assert facts_of(np.array([1, 2])).missing == 0


def test_imports_are_read_from_the_files_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "import helper, numpy.linalg\n"
        "def f():\n    from sklearn import svm\n    from . import sibling\n",
        encoding="utf-8",
    )
    (tmp_path / "helper.py").write_text("import json", encoding="utf-8")
    (tmp_path / "broken.py").write_text("import (", encoding="utf-8")
    assert child.wanted_imports(tmp_path) == ["json", "numpy.linalg", "sklearn", "sklearn.svm"]


def test_importing_ahead_survives_whatever_a_package_does() -> None:
    child.import_packages(["json.tool", "no_such_package", "os.path.join", "json.nothing"])
    assert "json.tool" in sys.modules


def test_the_runner_stands_alone() -> None:
    code = (
        "import json, runpy, sys; sys.modules['agents'] = None\n"
        f"runpy.run_path({child.__file__!r}, run_name='child')\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    alone = subprocess.run(command, check=True, capture_output=True, text=True)
    assert not {"numpy", "pandas", "pydantic"} & set(json.loads(alone.stdout))
