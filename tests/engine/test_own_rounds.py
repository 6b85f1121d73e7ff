"""Code and plans that a person edits: tried within seconds while a run goes on, and after it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from agents.api import Connection
from agents.journal.choices import Replan
from agents.journal.events import (
    DecisionTaken,
    Noticed,
    OwnRoundOpened,
    ProgramStarted,
    RunFinished,
    UserEdited,
)
from agents.journal.state import Moment, State
from agents.plan_text import plan_text
from tests.builders import write_competition
from tests.engine.played import ELSEWHERE, PLAN, READING, WHOLE, code, write_script
from tests.engine.support import (
    ENGINE,
    PATIENCE_S,
    SHORT,
    engine_command,
    facts_of,
    finish_after,
    git,
    place_of,
    run_engine,
    state_of,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def kept(competition: Path, track: str) -> bool:
    known = state_of(competition).tracks.get(track) if place_of(competition).has_run else None
    return known is not None and known.commit is not None


def replan(competition: Path, candidate: str, old: str, new: str) -> str:
    """Asks for the code of a candidate anew, its plan edited; the gate."""
    state = state_of(competition)
    assert state.blueprint is not None
    plan = next(one for one in state.plans if one.name == candidate)
    text = plan_text(plan, state.blueprint)
    assert old in text, text
    connection = Connection(place_of(competition))
    try:
        return connection.decide(
            Replan(candidate=candidate, text=text.replace(old, new, 1)), "a test"
        )
    finally:
        connection.close()


def outcome(competition: Path, gate: str) -> DecisionTaken:
    facts = (fact.event for fact in facts_of(competition))
    return next(one for one in facts if isinstance(one, DecisionTaken) and one.gate == gate)


def round_called(state: State, words: str) -> Moment:
    return next(one for one in state.moments if words in one.what)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run in which the person edits a program and a plan as soon as there is one."""
    competition = write_competition(tmp_path_factory.mktemp("own") / "c", "regression", rows=150)
    engine = subprocess.Popen(engine_command(competition, ENGINE), cwd="/")
    wait_until(lambda: kept(competition, "baseline"), PATIENCE_S)
    model = competition / "pipeline" / "tracks" / "baseline" / "model.py"
    model.write_text(model.read_text(encoding="utf-8") + "\n# my own words\n", encoding="utf-8")
    gate = replan(competition, "linear", "ROUNDS = 3", "ROUNDS = 2")
    finish_after(competition, "baseline/2", "traditional/2")
    assert engine.wait(PATIENCE_S) == 0
    return competition, gate


def test_what_a_person_edits_is_tried_before_the_run_is_over(edited: tuple[Path, str]) -> None:
    competition, gate = edited
    facts = facts_of(competition)
    ends = [fact.seq for fact in facts if isinstance(fact.event, RunFinished)]
    opened = [fact for fact in facts if isinstance(fact.event, OwnRoundOpened)]
    state = state_of(competition)

    assert len(ends) == 1
    assert len(opened) == 2
    assert all(fact.seq < ends[0] for fact in opened)
    moment = state.moment("baseline/2")
    assert moment is not None
    assert moment.mark == "kept"
    assert "# my own words" in (
        competition / "pipeline" / "tracks" / "baseline" / "model.py"
    ).read_text(encoding="utf-8")
    assert not outcome(competition, gate).refused


def test_a_plan_is_written_again_from_its_recipe_with_other_constants(
    edited: tuple[Path, str],
) -> None:
    competition, _ = edited
    state = state_of(competition)
    moment = round_called(state, "your edit of the plan of linear")
    assert moment.fault is None
    assert moment.score is not None
    assert moment.proposal is not None
    text = git(competition, "show", f"{moment.proposal}:tracks/traditional/model.py")
    assert "ROUNDS = 2" in text
    assert [plan.name for plan in state.own_plans] == [moment.candidate]
    assert f"## {moment.candidate} (traditional)" in git(competition, "show", "main:blueprint.md")
    assert "your edit of linear" in git(competition, "log", "--format=%s", "--", "blueprint.md")


def test_after_a_run_a_broken_edit_is_a_fault_in_it_and_the_last_good_program_stays(
    edited: tuple[Path, str], tmp_path: Path
) -> None:
    competition = Path(shutil.copytree(edited[0], tmp_path / "carried elsewhere"))
    before = state_of(competition)
    log = git(competition, "log", "--format=%s")
    model = competition / "pipeline" / "tracks" / "traditional" / "model.py"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("def predict(self", "def predict(self,,", 1), encoding="utf-8")
    line = 1 + text[: text.index("def predict(self")].count("\n")
    refused = replan(competition, "linear", "- **", "- **new**: Guess.\n- **")

    ended = run_engine(competition)

    assert ended.returncode == 0, ended.stderr
    state = state_of(competition)
    moment = state.moments[-1]
    assert moment.fault is not None
    assert (moment.fault.component, moment.fault.line) == ("model.py", line)
    assert state.tracks["traditional"].program == before.tracks["traditional"].program
    said = [fact.event.text for fact in facts_of(competition) if isinstance(fact.event, Noticed)]
    assert any("Your edit of traditional does not pass (syntax in model.py" in one for one in said)
    assert "def predict(self,," in model.read_text(encoding="utf-8")
    assert outcome(competition, refused).refused
    assert "cannot take up a new step (new)" in outcome(competition, refused).outcome
    later = (fact.event for fact in facts_of(competition) if fact.seq > before.seq)
    assert not any(isinstance(one, ProgramStarted) for one in later), "all was done again"
    assert "draft(" not in git(competition, "log", "--format=%s").removesuffix(log)


def test_a_model_writes_code_from_steps_that_no_recipe_knows(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    changed = WHOLE.replace('"""Numbers and decks.', '"""Numbers and decks, as the person wants.')
    name = write_script(
        tmp_path / "answers.jsonl",
        ("task_analyzer", json.dumps(READING)),
        ("profiling_agent", code("explore.py", "print('seen')\n")),
        ("knowledge_retriever", json.dumps({"picks": []})),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", WHOLE)),
        ("modeling_coder", code("model.py", ELSEWHERE)),
        ("preprocessing_coder", code("preprocess.py", changed)),
        ("modeling_coder", code("model.py", ELSEWHERE)),
    )
    settings = SHORT | {"only": "model", "model": name}
    engine = subprocess.Popen(engine_command(competition, ENGINE, settings), cwd="/")
    wait_until(lambda: kept(competition, "traditional"), PATIENCE_S)
    gate = replan(competition, "smooth_sums", "Read `age`.", "Read `age` in decades.")
    finish_after(competition, "traditional/2")
    assert engine.wait(PATIENCE_S) == 0

    state = state_of(competition)
    moment = round_called(state, "your edit of the plan of smooth_sums")
    assert "by the model" in outcome(competition, gate).outcome
    assert moment.fault is None
    assert moment.proposal is not None
    proposed = git(competition, "show", f"{moment.proposal}:tracks/traditional/preprocess.py")
    assert "as the person wants" in proposed
    prompts = (competition / "pipeline" / ".iml" / "logs").glob("*preprocess*prompt.md")
    assert any("Read `age` in decades." in one.read_text(encoding="utf-8") for one in prompts)
    assert not [one for one in facts_of(competition) if isinstance(one.event, UserEdited)]
