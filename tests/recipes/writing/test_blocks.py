"""An ablation gives one block of a program its simplest form, and leaves all others as they are."""

import pandas as pd
import pytest

from agents.recipes.writing.blocks import blocks_of, simplified

PREPROCESS = '''"""Features.

Steps: sums, words
"""

import numpy as np
import pandas as pd


def sums(cells: pd.DataFrame) -> pd.DataFrame:
    """Add up.

    Steps: sums
    """
    if cells.empty:
        return pd.DataFrame({"sum": cells.sum(axis=1)})

    def helper() -> int:
        return 3

    return pd.DataFrame({"sum": cells.sum(axis=1) + helper()})


def shortened(words: list[str]) -> list[str]:
    """Cut words.

    Steps: words
    """
    cut = [word[:3] for word in words]
    return cut


class Preprocessor:
    """Both."""

    def fit(self, data_dir: str, *, seed: int) -> dict[str, object]:
        """Fit.

        Steps: words
        """
        return {}
'''
MODEL = '''class Model:
    """A model."""

    def fit(self, train: dict, *, seed: int) -> None:
        """Fit.

        Steps: boost
        """
        self.model = Booster(depth=9, rate=0.1, random_state=seed, loss="log", seed=3)

    def save(self, directory: str) -> None:
        """Write."""
'''
FILES = {"preprocess.py": PREPROCESS, "model.py": MODEL}


def test_blocks_are_the_functions_that_claim_steps() -> None:
    names = [block.title for block in blocks_of(FILES)]

    assert names == [
        "sums of preprocess.py",
        "shortened of preprocess.py",
        "Preprocessor.fit of preprocess.py",
        "Model.fit of model.py",
    ]


def test_where_no_function_claims_a_step_all_but_the_plainest_are_blocks() -> None:
    unclaimed = MODEL.replace("        Steps: boost\n", "")

    assert [block.name for block in blocks_of({"model.py": unclaimed})] == ["Model.fit"]


def test_each_block_gets_the_simplest_form_that_reading_finds_for_it() -> None:
    found = {one.block.name: one for one in simplified(FILES)}

    assert list(found) == ["sums", "Model.fit", "shortened"]
    assert found["sums"].how == "when what it returns says nothing"
    assert found["shortened"].how == "when it is skipped"
    assert found["Model.fit"].how == "with default parameters"
    assert all(len(one.files) == 2 for one in found.values())
    kept = found["Model.fit"].files["model.py"]
    assert "Booster(random_state=seed, loss='log', seed=3)" in kept
    assert found["Model.fit"].files["preprocess.py"] == PREPROCESS


@pytest.mark.parametrize(
    ("block", "sums", "words"), [("sums", [0, 0], "abc"), ("shortened", [6, 10], "abcd")]
)
def test_a_simplified_program_runs_and_differs_in_its_block_alone(
    block: str, sums: list[int], words: str
) -> None:
    one = next(one for one in simplified(FILES) if one.block.name == block)
    names: dict[str, object] = {}
    exec(compile(one.files["preprocess.py"], "preprocess.py", "exec"), names)
    made, cut = names["sums"], names["shortened"]
    assert callable(made)
    assert callable(cut)

    table = made(pd.DataFrame({"a": [1, 3], "b": [2, 4]}))

    assert list(table["sum"]) == sums
    assert cut(["abcd"]) == [words]


def test_text_that_is_no_python_is_said_to_be_none() -> None:
    with pytest.raises(SyntaxError):
        simplified({"model.py": "def fit(:"})
