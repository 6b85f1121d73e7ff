"""A whole exchange with a model, recorded (`tests/journals/repair`), is understood as it was then.

The journal keeps every reply whole, and of each prompt its digest.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.conversation import Reply
from agents.journal.events import ModelAnswered, ProposalMade, Recorded, StepFinished
from agents.journal.store import Journal
from agents.replies import Editing, NotUnderstood, read_files, read_typed
from agents.roles.guideline_agent import RivalPlans
from agents.roles.task_analyzer import TaskReading
from agents.run.candidates.verification import Sources
from tests.replay import replay


@pytest.fixture
def recorded(tmp_path: Path) -> list[Recorded]:
    journal = Journal(replay("repair", tmp_path).workspace / ".iml")
    try:
        return journal.recorded()
    finally:
        journal.close()


def replies_to(recorded: list[Recorded], role: str) -> Iterator[str]:
    """What a role was answered, in order."""
    steps = {
        fact.event.path: fact.event for fact in recorded if isinstance(fact.event, StepFinished)
    }
    for fact in recorded:
        if isinstance(fact.event, ModelAnswered) and fact.event.role == role:
            yield Reply.model_validate(steps[fact.event.step].result).text


def test_every_answer_of_a_recorded_run_makes_the_programs_that_it_made(
    recorded: list[Recorded],
) -> None:
    [reading] = replies_to(recorded, "task_analyzer")
    [planned] = replies_to(recorded, "guideline_agent")
    assert isinstance(read_typed(reading, TaskReading), TaskReading)
    plans = read_typed(planned, RivalPlans)
    assert isinstance(plans, RivalPlans)
    assert [one.name for one in plans.plans] == ["Smooth sums"]

    files: dict[str, str] = {}
    for role, name in (
        ("preprocessing_coder", "preprocess.py"),
        ("modeling_coder", "model.py"),
    ):
        [answer] = replies_to(recorded, role)
        written = read_files(answer, {name})
        assert not isinstance(written, NotUnderstood)
        files[name] = written[0].text
    for repair in replies_to(recorded, "debugging_agent"):
        mended = Editing(files).read(repair)
        assert not isinstance(mended, NotUnderstood)
        files = mended

    made = [fact.event for fact in recorded if isinstance(fact.event, ProposalMade)]
    last = [one for one in made if one.candidate == "smooth_sums"][-1]
    assert Sources(files["preprocess.py"], files["model.py"]).program == last.program


def test_no_prompt_of_a_recorded_run_was_asked_twice(recorded: list[Recorded]) -> None:
    asked = [
        fact.event.digest
        for fact in recorded
        if isinstance(fact.event, StepFinished) and "/ask-" in fact.event.path
    ]
    assert len(asked) == len(set(asked)) == 8
