"""A recorded step is never repeated, and none is lost."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.journal.events import StepAbandoned, StepStarted
from agents.journal.steps import Steps
from agents.journal.store import Journal


class Counter:
    """Work that knows how often it was done."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> JsonValue:
        self.count += 1
        return {"times": self.count}


async def test_a_step_with_the_same_inputs_is_done_once(tmp_path: Path) -> None:
    work = Counter()
    steps = Steps(Journal(tmp_path))
    first = await steps.step("fit", {"seed": 7}, work, label="Fitting")
    assert await steps.step("fit", {"seed": 7}, work, label="Fitting") == first
    assert work.count == 1


async def test_other_inputs_make_a_new_attempt(tmp_path: Path) -> None:
    work = Counter()
    steps = Steps(Journal(tmp_path))
    await steps.step("fit", {"seed": 7}, work, label="Fitting")
    await steps.step("fit", {"seed": 8}, work, label="Fitting")
    assert work.count == 2


async def test_the_next_engine_finds_what_the_last_one_recorded(tmp_path: Path) -> None:
    work = Counter()
    journal = Journal(tmp_path)
    await Steps(journal).step("fit", {}, work, label="Fitting")
    journal.close()
    assert await Steps(Journal(tmp_path)).step("fit", {}, work, label="Fitting") == {"times": 1}
    assert work.count == 1


async def test_another_run_begins_with_nothing_recorded(tmp_path: Path) -> None:
    work = Counter()
    journal = Journal(tmp_path)
    journal.start_run()
    await Steps(journal).step("fit", {}, work, label="Fitting")
    journal.start_run()
    await Steps(journal).step("fit", {}, work, label="Fitting")
    assert work.count == 2


async def test_a_step_that_breaks_off_is_not_recorded(tmp_path: Path) -> None:
    async def fail() -> JsonValue:
        raise ValueError("broken")

    journal = Journal(tmp_path)
    steps = Steps(journal)
    with pytest.raises(ValueError, match="broken"):
        await steps.step("fit", {}, fail, label="Fitting")
    kinds = [fact.event for fact in journal.recorded()]
    assert kinds == [StepStarted(path="fit", label="Fitting"), StepAbandoned(path="fit")]
    assert await steps.step("fit", {}, Counter(), label="Fitting") == {"times": 1}
