"""Whole runs with a language model that is played from a script: nothing else is played."""

import subprocess
from pathlib import Path

import pytest

from agents.api import Connection
from agents.journal.choices import Change
from agents.journal.events import FaultFound, ModelAnswered, ModelAsked, ProposalAccepted
from tests.builders import write_competition
from tests.engine.played import whole_run, write_script
from tests.engine.support import (
    ENGINE,
    SHORT,
    engine_command,
    facts_of,
    git,
    place_of,
    run_engine,
    state_of,
    wait_until,
)

SETTINGS = SHORT | {"only": "model"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose person names a model when it has begun."""
    folder = tmp_path_factory.mktemp("models")
    competition = write_competition(folder / "c", "binary", rows=200)
    name = whole_run(folder / "answers.jsonl")
    place = place_of(competition)
    engine = subprocess.Popen(engine_command(competition, ENGINE, SETTINGS), cwd="/")
    wait_until(lambda: place.has_run)
    connection = Connection(place)
    connection.decide(Change(settings={"model": name}), "a test")
    connection.close()
    assert engine.wait(timeout=300) == 0
    return competition


def test_what_a_model_wrote_is_repaired_verified_and_kept_in_its_name(finished: Path) -> None:
    facts = [fact.event for fact in facts_of(finished)]
    kinds = [fact.fault.kind for fact in facts if isinstance(fact, FaultFound)]
    accepted = [
        one for one in facts if isinstance(one, ProposalAccepted) and one.track == "traditional"
    ]

    assert kinds == ["syntax", "incompatible API"]
    assert len(accepted) == 1
    assert "takes no `multi_class`" in accepted[0].subject
    message = git(finished, "log", "-1", "--format=%B", accepted[0].commit)
    assert "Model: script/" in message
    assert "Verdict: valid" in message
    written = finished / "pipeline" / "tracks" / "traditional" / "model.py"
    assert "LogisticRegression()" in written.read_text(encoding="utf-8")


def test_the_plan_of_a_model_stands_in_the_blueprint_beside_the_recipes(finished: Path) -> None:
    text = (finished / "pipeline" / "blueprint.md").read_text(encoding="utf-8")

    assert "## smooth_sums (traditional)" in text
    assert "## baseline" in text


def test_every_answer_is_counted_and_none_is_asked_for_again(finished: Path) -> None:
    facts = [fact.event for fact in facts_of(finished)]
    asked = [fact for fact in facts if isinstance(fact, ModelAsked)]
    answered = [fact for fact in facts if isinstance(fact, ModelAnswered)]
    assert len(asked) == len(answered) == 9
    assert all(fact.prompt_tokens > 500 for fact in answered)

    again = run_engine(finished, settings=SETTINGS)

    assert again.returncode == 0, again.stderr
    assert state_of(finished).card is not None
    assert sum(isinstance(fact.event, ModelAsked) for fact in facts_of(finished)) == 9


def test_a_model_that_makes_no_sense_costs_its_plans_and_nothing_else(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    name = write_script(tmp_path / "answers.jsonl", *[("guideline_agent", "I cannot.")] * 3)

    ended = run_engine(competition, settings=SETTINGS | {"model": name})

    assert ended.returncode == 0, ended.stderr
    state = state_of(competition)
    assert state.submission is not None
    assert state.submission.check.valid
    assert any("recipes" in notice.text for notice in state.notices)
