"""Data that say nothing about what is asked: the run still hands something in, and says why."""

from pathlib import Path

import pandas as pd
import pytest

from tests.builders import write_table
from tests.engine.support import SHORT, run_engine, state_of

pytestmark = pytest.mark.slow


def ids_alone(folder: Path) -> Path:
    """A table of ids and answers, and a test of ids."""
    rows = pd.DataFrame({"stone": [f"s{17 * place % 101:03d}" for place in range(80)]})
    answers = rows.assign(colour=["grey" if place % 3 else "red" for place in range(80)])
    write_table(folder / "train.csv", answers)
    write_table(folder / "test.csv", pd.DataFrame({"stone": [f"t{place}" for place in range(9)]}))
    return folder


def test_ids_alone_are_answered_by_the_best_constant(tmp_path: Path) -> None:
    folder = ids_alone(tmp_path)
    ran = run_engine(folder, settings=SHORT)
    assert ran.returncode == 0, ran.stderr
    state = state_of(folder)
    assert state.card is not None
    assert state.card.outcome == "submission"
    answers = pd.read_csv(folder / "pipeline" / "submission.csv", dtype="str")
    assert list(answers["stone"]) == [f"t{place}" for place in range(9)]
    assert set(answers["colour"]) == {"grey"}
    told = [notice.text for notice in state.notices]
    assert any("No column but ids is there to predict colour from" in text for text in told)
    assert not any("--time-limit" in text for text in told)


def test_without_a_test_there_is_nothing_to_do(tmp_path: Path) -> None:
    folder = ids_alone(tmp_path)
    (folder / "test.csv").unlink()
    ran = run_engine(folder, settings=SHORT)
    assert ran.returncode != 0
    assert "No column but ids" in state_of(folder).message
