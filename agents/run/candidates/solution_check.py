"""The last rung of the ladder: `solution.py` itself, as one file, on `sample`.

Also what every rung shares: a program that does not pass leaves its trial as `Failed`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import JsonValue

from agents.execution.protocol import Outcome
from agents.models import Fault
from agents.roles.error_analyzer import analyze
from agents.run.candidates.verification import plan_solution
from agents.run.choosing.selection import Build
from agents.run.world import UNLIMITED_S, Order, World

SAMPLE_BUDGET_S = 4.0
"""What a fit on `sample` may take: every program meets real data first in seconds."""


class Failed(Exception):  # noqa: N818  # leaves a trial, never the module
    """A rung was not passed; carries the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def rung_fault(kind: str, message: str, rung: str) -> Fault:
    """A fault that no traceback shows."""
    return Fault.model_validate(
        {"kind": kind, "component": "preprocess.py", "message": message or kind, "rung": rung}
    )


@dataclass(frozen=True)
class SolutionUnderTest:
    """A stand-alone program and what it belongs to."""

    path: str
    track: str
    candidate: str
    text: str
    trusted: bool


async def verify_solution(world: World, build: Build, solution: SolutionUnderTest) -> None:
    """`solution.py` passes fit, predict and run on `sample`, and its answers are in order.

    Raises:
        Failed: it does not.
    """
    step = f"{solution.path}/solution"
    label = f"{solution.candidate} as one file on sample"

    async def do() -> JsonValue:
        attempt = world.paths.attempt(step)
        budget = sample_budget(world, trusted=solution.trusted)
        order = Order(
            step=step,
            track=solution.track,
            candidate=solution.candidate,
            label=label,
            files={"solution.py": solution.text},
            stages=plan_solution(build.views["sample"], attempt / "out", budget),
            attempt=attempt,
            trusted=solution.trusted,
        )
        outcome = await world.run_program(order)
        problems: JsonValue = []
        if outcome.ok:
            arguments: dict[str, JsonValue] = {
                "task": build.task.model_dump(mode="json"),
                "view": build.views["sample"].model_dump(mode="json"),
                "written": str(attempt / "out" / "written"),
                "repeatable": world.settings.deterministic,
            }
            with world.slots.busy("Judging solution.py"):
                problems = await world.worker.call("judge_solution", arguments)
        return {"outcome": outcome.model_dump(mode="json"), "problems": problems}

    result = await world.steps.step(step, {"solution": solution.text}, do, label=label)
    assert isinstance(result, dict)
    _raise_solution_fault(result, solution.text)


def _raise_solution_fault(result: dict[str, JsonValue], text: str) -> None:
    outcome = Outcome.model_validate(result["outcome"])
    if not outcome.ok:
        fault = analyze(outcome, rung="solution", sources={"solution.py": text})
        raise Failed(fault or rung_fault("unknown", outcome.tail, "solution"))
    problems = result["problems"]
    if isinstance(problems, list) and problems:
        message = "\n".join(str(problem) for problem in problems)
        fault = rung_fault("submission format", message, "solution")
        raise Failed(fault.model_copy(update={"component": "solution.py"}))


def sample_budget(world: World, *, trusted: bool) -> float:
    """Seconds that a fit on `sample` is told to keep to; the same whenever a run is repeated.

    A recipe stops by the clock it is told, so a repeatable run tells it of none. Programs of others
    may never end, and are told the usual; that they look at no clock there is up to their author.
    """
    return UNLIMITED_S if world.repeatable and trusted else SAMPLE_BUDGET_S


@asynccontextmanager
async def failing_together() -> AsyncIterator[asyncio.TaskGroup]:
    """A group of tasks in which the first fault ends the others, and leaves as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except* Failed as failures:
        faults = [error for error in failures.exceptions if isinstance(error, Failed)]
    else:
        return
    raise faults[0]
