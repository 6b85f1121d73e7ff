"""What people decide on proposals while a run goes on and after it; a script plays the model."""

import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agents.api import Connection, Place
from agents.errors import InputError
from agents.journal.choices import Answer, Finish, Tell
from agents.journal.events import (
    DecisionTaken,
    InstructionGiven,
    ModelAsked,
    ProposalAccepted,
    ProposalUndone,
)
from tests.builders import write_competition
from tests.engine.played import (
    ELSEWHERE,
    PLAN,
    READING,
    WHOLE,
    code,
    edit,
    plans,
    write_script,
)
from tests.engine.support import (
    ENGINE,
    SHORT,
    engine_command,
    facts_of,
    git,
    iml_tui,
    run_engine,
    state_of,
    wait_until,
)

SETTINGS = SHORT | {"only": "model"}
PATIENCE_S = 280.0
STRONGER = (
    edit(
        "model.py",
        "        self.model = make_pipeline(StandardScaler(), LogisticRegression())",
        "        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))",
        "It overfits.",
    )
    + edit("model.py", '        """Probabilities."""', '        """Shares."""', "").lstrip()
)
INSTRUCTION = {"sensible": True, "reply": "Small models it is.", "directive": "Keep it small."}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def write_answers(file: Path) -> str:
    """A model that plans one solution without a mistake."""
    return write_script(
        file,
        ("task_analyzer", json.dumps(READING)),
        ("profiling_agent", code("explore.py", "print('seen')\n")),
        ("knowledge_retriever", json.dumps({"picks": []})),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", WHOLE)),
        ("modeling_coder", code("model.py", ELSEWHERE)),
        ("debugging_agent", STRONGER),
        ("instruction", json.dumps(INSTRUCTION)),
        ("guideline_agent", plans("Small")),
        ("preprocessing_coder", code("preprocess.py", WHOLE)),
        ("modeling_coder", code("model.py", ELSEWHERE.replace("A linear model", "A small one"))),
    )


def place_of(competition: Path) -> Place:
    return Place(competition=competition, workspace=competition / "pipeline")


def waits(competition: Path, gate: str) -> bool:
    """Whether a gate is open, and nothing is under way but what waits at it."""
    if not place_of(competition).has_run:
        return False
    state = state_of(competition)
    return gate in {one.gate for one in state.open_gates} and not state.running


def stands_still(connection: Connection) -> bool:
    """Whether the clock rests; an engine at work moves it every second."""
    before = connection.active()
    time.sleep(1.5)
    return connection.active() == before


def decide(competition: Path, gate: str, answer: Answer) -> None:
    connection = Connection(place_of(competition))
    try:
        connection.answer(state_of(competition), gate, answer, "a test")
    finally:
        connection.close()


def taken(competition: Path, gate: str) -> list[DecisionTaken]:
    facts = (fact.event for fact in facts_of(competition))
    return [one for one in facts if isinstance(one, DecisionTaken) and one.gate == gate]


@dataclass
class Asked:
    """A run in mode `ask`, and what was seen while it waited."""

    competition: Path
    listed: str = ""
    shown: str = ""
    refused: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A draft is undone with words, and of the repair that follows only one change is kept.

    What is asked for in between is planned anew with; nobody answers about that draft, since the
    best there is is taken. While nothing is under way but the wait for an answer, the clock of the
    run stands still.
    """
    folder = tmp_path_factory.mktemp("ask")
    competition = write_competition(folder / "c", "binary", rows=200)
    name = write_answers(folder / "answers.jsonl")
    settings = SETTINGS | {"model": name, "mode": "ask"}
    engine = subprocess.Popen(engine_command(competition, ENGINE, settings), cwd="/")
    seen = Asked(competition)
    wait_until(lambda: waits(competition, "traditional-2"), PATIENCE_S)
    connection = Connection(place_of(competition))
    wait_until(lambda: stands_still(connection), PATIENCE_S)
    told = connection.decide(Tell(words="keep it small"), "a test")
    wait_until(lambda: bool(taken(competition, told)), PATIENCE_S)
    wait_until(lambda: waits(competition, "traditional-3"), PATIENCE_S)
    seen.listed = iml_tui("answer", str(competition)).stdout
    decide(competition, "traditional-2", Answer(option="undo", why="It overfits."))
    wait_until(lambda: waits(competition, "traditional-4"), PATIENCE_S)
    seen.shown = iml_tui("answer", str(competition), "traditional-4").stdout
    for wrong in (Answer(option="perhaps"), Answer(option="keep", hunks=(7,))):
        with pytest.raises(InputError) as refusal:
            connection.answer(state_of(competition), "traditional-4", wrong, "a test")
        seen.refused.append(str(refusal.value))
    decide(competition, "traditional-4", Answer(option="keep", hunks=(1,)))
    again = iml_tui("answer", str(competition), "traditional-4", "undo")
    assert again.returncode == 2
    seen.refused.append(again.stderr)
    wait_until(lambda: state_of(competition).tracks["traditional"].program is not None, PATIENCE_S)
    connection.decide(Finish(), "a test")
    connection.close()
    assert engine.wait(timeout=PATIENCE_S) == 0
    return seen


def test_an_undone_proposal_is_proposed_again_by_the_persons_words(asked: Asked) -> None:
    facts = [fact.event for fact in facts_of(asked.competition)]
    first = state_of(asked.competition).moment("traditional/2")
    assert first is not None
    assert (first.mark, first.reason) == ("rejected", "undone (It overfits.) by you")
    steps = [one.step for one in facts if isinstance(one, ModelAsked)]
    assert "traditional/round-2/debug/ask-1" in steps
    logs = asked.competition / "pipeline" / ".iml" / "logs"
    prompt = (logs / "traditional__round-2__debug__ask-1.prompt.md").read_text(encoding="utf-8")
    assert "It overfits." in prompt
    assert "Keep it small." in prompt


def test_a_part_that_is_kept_is_verified_and_committed_as_the_persons(asked: Asked) -> None:
    facts = [fact.event for fact in facts_of(asked.competition)]
    accepted = [
        one for one in facts if isinstance(one, ProposalAccepted) and one.track == "traditional"
    ]
    assert [one.round for one in accepted] == [5]
    message = git(asked.competition, "log", "-1", "--format=%B", accepted[0].commit)
    assert message.startswith("edit(traditional): round 5, change 1 of round 4")
    assert "Decision: yours" in message
    text = git(asked.competition, "show", f"{accepted[0].commit}:tracks/traditional/model.py")
    assert "LogisticRegression(C=0.5)" in text
    assert '"""Probabilities."""' in text


def test_the_changes_of_a_proposal_are_shown_by_number(asked: Asked) -> None:
    assert "change 1, model.py line" in asked.shown
    assert "LogisticRegression(C=0.5)" in asked.shown
    assert "change 2, model.py line" in asked.shown


def test_a_wrong_answer_and_a_second_one_are_refused_in_one_sentence(asked: Asked) -> None:
    strange, missing, second = asked.refused
    assert strange == "Round 4 of traditional takes keep or undo, not 'perhaps'."
    assert missing == "Round 4 of traditional has no change 7: they are numbered 1 to 2."
    assert "answered already" in second
    assert second.count("\n") == 1


def test_an_instruction_is_checked_and_joins_what_is_asked_next(asked: Asked) -> None:
    facts = [fact.event for fact in facts_of(asked.competition)]
    given = [one for one in facts if isinstance(one, InstructionGiven)]
    assert [(one.words, one.directive) for one in given] == [("keep it small", "Keep it small.")]
    steps = [one.step for one in facts if isinstance(one, ModelAsked)]
    assert len([step for step in steps if step.startswith("instructions/")]) == 1


def test_plans_that_were_made_before_an_instruction_are_made_anew_with_it(asked: Asked) -> None:
    [told] = state_of(asked.competition).told
    assert told.outcome == (
        "Small models it is. The models plan anew with it; built-in recipes cannot follow it."
    )
    logs = asked.competition / "pipeline" / ".iml" / "logs"
    first, again = (
        (logs / f"plan__rivals{number}__ask-1.prompt.md").read_text(encoding="utf-8")
        for number in ("", "-2")
    )
    assert "Keep it small." not in first
    assert "Keep it small." in again
    assert "let each follow it to the letter" in again
    planned = [plan.name for plan in state_of(asked.competition).plans if not plan.recipe]
    assert planned == ["smooth_sums", "small"]


def test_a_gate_carries_what_was_measured_of_its_proposal(asked: Asked) -> None:
    gates = state_of(asked.competition).gates
    drafted, repaired = gates["traditional-2"].opened, gates["traditional-4"].opened
    assert drafted.measured.startswith("On fold 1 of ")
    assert "baseline, the best so far" in drafted.measured
    assert repaired.measured
    assert drafted.measured in asked.listed


def test_a_gate_that_nobody_answered_is_closed_with_its_reason_when_its_round_ends(
    asked: Asked,
) -> None:
    state = state_of(asked.competition)
    gate, moment = state.gates["traditional-3"], state.moment("traditional/3")
    assert moment is not None
    assert moment.mark == "rejected"
    assert moment.reason
    assert (gate.decided, gate.closed) == (None, moment.reason)
    assert state.open_gates == ()
    late = iml_tui("answer", str(asked.competition), "traditional-3", "undo")
    assert late.returncode == 2
    assert f"needs no answer any more: {moment.reason}" in late.stderr.replace("\n", " ")


# --- after the run --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in mode `review`; when it is over its draft is undone, with words."""
    folder = tmp_path_factory.mktemp("review")
    competition = write_competition(folder / "c", "binary", rows=200)
    name = write_answers(folder / "answers.jsonl")
    settings = SETTINGS | {"model": name, "mode": "review"}
    ended = run_engine(competition, settings=settings)
    assert ended.returncode == 0, ended.stderr
    [gate] = [one for one in state_of(competition).open_gates if one.topic == "proposal"]
    assert gate.gate == "traditional-2"
    write_script(folder / "answers.jsonl", ("debugging_agent", STRONGER))
    said = iml_tui("answer", str(competition), gate.gate, "undo", "--why", "It overfits.")
    assert said.returncode == 0, said.stderr
    assert "no engine is at work" in said.stdout
    ended = run_engine(competition)
    assert ended.returncode == 0, ended.stderr
    return competition


def test_an_accepted_proposal_is_undone_by_a_new_commit_and_takes_no_part(reviewed: Path) -> None:
    facts = [fact.event for fact in facts_of(reviewed)]
    [undone] = [one for one in facts if isinstance(one, ProposalUndone)]
    assert (undone.track, undone.round, undone.why) == ("traditional", 2, "It overfits.")
    assert undone.commit is not None
    message = git(reviewed, "log", "-1", "--format=%B", undone.commit)
    assert message.startswith("undo(traditional): round 2")
    assert git(reviewed, "ls-tree", undone.commit, "tracks/traditional/model.py") == ""
    assert git(reviewed, "merge-base", "--is-ancestor", undone.commit, "main") == ""


def test_what_is_proposed_by_the_persons_words_is_verified_and_waits_for_them(
    reviewed: Path,
) -> None:
    state = state_of(reviewed)
    second = state.moment("traditional/3")
    assert second is not None
    assert second.mark == "kept"
    assert "traditional-3" in {one.gate for one in state.open_gates}
    text = (reviewed / "pipeline" / "tracks" / "traditional" / "model.py").read_text("utf-8")
    assert "LogisticRegression(C=0.5)" in text
    assert state.submission is not None
    assert state.submission.check.valid


def test_another_start_says_and_asks_nothing_again(reviewed: Path) -> None:
    before = facts_of(reviewed)
    assert run_engine(reviewed).returncode == 0
    later = [fact.event for fact in facts_of(reviewed)[len(before) :]]
    kinds = {one.kind for one in later}
    assert not kinds & {"model-asked", "proposal-undone", "decision-taken", "gate-opened"}


# --- recipes alone --------------------------------------------------------------------------------


def test_in_mode_ask_a_recipe_waits_for_the_person_and_the_baseline_does_not(
    tmp_path: Path,
) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    settings = SETTINGS | {"only": "linear", "mode": "ask"}
    engine = subprocess.Popen(engine_command(competition, ENGINE, settings), cwd="/")
    wait_until(lambda: waits(competition, "traditional-1"), PATIENCE_S)

    waiting = state_of(competition)
    assert waiting.tracks["baseline"].commit is not None
    assert waiting.submission is not None
    assert waiting.submission.candidate.startswith("baseline")
    gate = waiting.gates["traditional-1"].opened
    assert gate.measured.startswith("On 8 folds: ")
    said = iml_tui("answer", str(competition), "traditional-1", "undo", "--why", "Too smooth.")
    assert "no model is there to propose another" in said.stdout
    connection = Connection(place_of(competition))
    connection.decide(Finish(), "a test")
    connection.close()
    assert engine.wait(timeout=PATIENCE_S) == 0

    state = state_of(competition)
    moment = state.moment("traditional/1")
    assert moment is not None
    assert (moment.mark, moment.reason) == ("rejected", "undone (Too smooth.) by you")
    assert state.open_gates == ()
    assert {gate.opened.track for gate in state.gates.values()} == {"traditional"}
    assert state.submission is not None
    assert state.submission.check.valid
