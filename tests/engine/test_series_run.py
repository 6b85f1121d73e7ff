"""A whole run on series that go on: what was handed in is repeated by its exported script alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.competition.judging.judge import same_answers
from iml_tui.exporting import export
from tests.engine.support import place_of, run_engine, state_of
from tests.recipes.series.forecasting import write
from tests.recipes.series.test_series import panel

SETTINGS: dict[str, object] = {"deterministic": True, "time_limit": 600.0, "only": "baseline"}


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_the_exported_script_of_a_forecast_repeats_the_submission(tmp_path: Path) -> None:
    competition, data = tmp_path / "c", tmp_path / "data"
    write(competition, panel(places=3, days=120, asked=14))
    shutil.copytree(competition, data)
    finished = run_engine(competition, settings=SETTINGS)
    assert finished.returncode == 0, finished.stderr
    state = state_of(competition)
    assert state.blueprint is not None
    assert state.blueprint.split.splitter in {"time", "entity_tail", "periodic"}

    program = export(place_of(competition), "script", tmp_path / "alone") / "solution.py"
    again = tmp_path / "again.csv"
    command = [sys.executable, "-I", str(program), "run", "--data", str(data)]
    subprocess.run([*command, "--output", str(again)], check=True, capture_output=True)
    assert same_answers(again, competition / "pipeline" / "submission.csv") == []
