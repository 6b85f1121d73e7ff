"""An open question is answered while the run goes on: another task, in the same engine."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest

from agents.api import Connection, Place
from agents.journal.choices import Answer
from agents.journal.events import EngineStarted, RunStarted, SettingsChanged
from tests.builders import write_competition
from tests.engine.support import ENGINE, SHORT, engine_command, facts_of, state_of, wait_until

SETTINGS = SHORT | {"mode": "review"}
PATIENCE_S = 200.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two columns could be the target; the person means the other one, then stops the run."""
    competition = write_competition(tmp_path_factory.mktemp("asked") / "c", "multiclass", rows=80)
    asked = pd.read_csv(competition / "test.csv", dtype=str, keep_default_na=False)
    asked.drop(columns="soil").to_csv(competition / "test.csv", index=False)
    engine = subprocess.Popen(engine_command(competition, ENGINE, SETTINGS), cwd="/")
    place = Place(competition=competition, workspace=competition / "pipeline")
    wait_until(lambda: place.has_run and "target" in state_of(competition).gates, PATIENCE_S)
    connection = Connection(place)
    state = state_of(competition)
    gate = state.gates["target"].opened
    other = next(one for one in gate.options if one != gate.default)
    connection.answer(state, "target", Answer(option=other), "a test")
    wait_until(lambda: state_of(competition).run == 2 and state_of(competition).task is not None)
    connection.stop("a test")
    connection.close()
    assert engine.wait(timeout=PATIENCE_S) == 0
    return competition


def test_the_next_run_predicts_what_the_person_means(restated: Path) -> None:
    state = state_of(restated)
    assert state.task is not None
    assert state.run == 2
    assert state.task.target_columns == [state.settings["target"]]
    assert state.mark == "stopped"


def test_one_engine_worked_on_both_runs_and_the_change_is_journaled(restated: Path) -> None:
    facts = [fact.event for fact in facts_of(restated)]
    assert sum(isinstance(one, EngineStarted) for one in facts) == 1
    assert sum(isinstance(one, RunStarted) for one in facts) == 2
    [change] = [one for one in facts if isinstance(one, SettingsChanged)]
    assert (change.restates, change.changed) == (True, ("target",))
