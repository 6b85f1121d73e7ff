"""What a person asks for in plain words really takes effect, with no model at all."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from agents.api import Connection
from agents.journal.choices import Answer, Choice, Tell
from agents.journal.events import BlueprintWritten, DecisionTaken, ProposalAccepted, SettingsChanged
from agents.journal.state import State
from tests.builders import write_competition
from tests.engine.support import (
    DETERMINISTIC,
    ENGINE,
    PATIENCE_S,
    engine_command,
    facts_of,
    git,
    place_of,
    state_of,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
LEFT_OUT = "length"


class Person:
    """Somebody at the command line, while the engine works."""

    def __init__(self, competition: Path) -> None:
        place = place_of(competition)
        wait_until(lambda: place.has_run)
        self.competition, self.connection = competition, Connection(place)

    def says(self, choice: Choice) -> DecisionTaken:
        """A row, once the engine has taken it up."""
        gate = self.connection.decide(choice, "a test")
        return self.told(gate)

    def answers(self, gate: str, option: str) -> DecisionTaken:
        """An answer, once the engine has taken it up."""
        self.connection.answer(state_of(self.competition), gate, Answer(option=option), "a test")
        return self.told(gate)

    def told(self, gate: str) -> DecisionTaken:
        """What became of a person's row."""
        self.waits(lambda _: bool(self._taken(gate)))
        return self._taken(gate)[-1]

    def _taken(self, gate: str) -> list[DecisionTaken]:
        events = (fact.event for fact in facts_of(self.competition))
        return [
            one
            for one in events
            if isinstance(one, DecisionTaken) and one.gate == gate and one.by != "policy"
        ]

    def waits(self, until: Callable[[State], bool]) -> None:
        """For a state of the run."""
        wait_until(lambda: until(state_of(self.competition)))


def is_building(run: int) -> Callable[[State], bool]:
    """Whether programs are written in this run."""
    return lambda state: state.run == run and any(one.phase == "build" for one in state.phases)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[DecisionTaken]]:
    """A column is left out, by a slip of the pen at first; then a kind of model is."""
    competition = write_competition(tmp_path_factory.mktemp("wishes") / "c", "regression", rows=120)
    engine = subprocess.Popen(engine_command(competition, ENGINE, DETERMINISTIC), cwd="/")
    person = Person(competition)
    person.waits(is_building(1))
    outcomes = [person.says(Tell(words="drop the column lenght"))]
    person.answers("instruction-1", LEFT_OUT)
    person.waits(is_building(2))
    outcomes.append(person.says(Tell(words="no linear models")))
    assert engine.wait(timeout=PATIENCE_S) == 0
    person.connection.close()
    return competition, outcomes


def test_a_column_that_does_not_exist_gets_a_question_back(
    heard: tuple[Path, list[DecisionTaken]],
) -> None:
    competition, (asked, _) = heard

    assert asked.outcome == "No column is called `lenght`; is `length` meant?"
    assert asked.refused
    [change] = [
        fact.event for fact in facts_of(competition) if isinstance(fact.event, SettingsChanged)
    ]
    assert (change.restates, change.changed, change.settings["drop"]) == (
        True,
        ("drop",),
        LEFT_OUT,
    )


def test_no_program_sees_a_column_that_was_left_out(
    heard: tuple[Path, list[DecisionTaken]],
) -> None:
    competition, _ = heard
    state = state_of(competition)
    workspace = competition / "pipeline"

    assert state.run == 2
    assert state.task is not None
    assert state.task.left_out == (LEFT_OUT,)
    assert LEFT_OUT not in {column.name for column in state.columns}
    assert "Left out, as you said: `length`." in (workspace / "blueprint.md").read_text()
    assert f"'{LEFT_OUT}'" not in (workspace / "tracks/baseline/solution.py").read_text()
    versions = sorted((workspace / ".iml/views").glob("*/full/run/train.csv"))
    headers = [LEFT_OUT in pd.read_csv(one, nrows=1).columns for one in versions]
    assert sorted(headers) == [False, True]  # of the second run, and of the first
    assert state.card is not None
    assert state.card.outcome == "submission"


def test_a_kind_of_model_that_was_left_out_takes_no_part_in_the_answer(
    heard: tuple[Path, list[DecisionTaken]],
) -> None:
    competition, (_, told) = heard
    state = state_of(competition)

    assert told.outcome == "Understood: nothing of linear."
    assert state.left_out == {"linear"}
    assert state.card is not None
    assert state.card.winner == "baseline"
    kept = [one.event for one in facts_of(competition) if isinstance(one.event, ProposalAccepted)]
    assert [one.candidate for one in kept] == ["baseline"]
    plans = [one.event for one in facts_of(competition) if isinstance(one.event, BlueprintWritten)]
    assert plans[-1].blueprint.summary.endswith("Left out, as you said: linear.")
    assert "without linear" in git(competition, "log", "--format=%s")
