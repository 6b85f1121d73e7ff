"""What a program learnt on its folds, laid out for its `solution.py`, and seen to answer with it.

The states of every fold are kept, so a program that is written out anew, with another decision or
other members, need not learn again to be tried: it must repeat the answers that the engine decided.
"""

import asyncio
import shutil
from pathlib import Path

from pydantic import JsonValue

from agents.models import Frozen
from agents.run.candidates.verification import plan_prediction
from agents.run.choosing.selection import Build, Scored
from agents.run.world import Order, World

PREDICT_S = 600.0


class Answered(Frozen):
    """Whether a kept model repeats its program's answers."""

    ok: bool
    words: str
    """How the answers differ, or the program's last words; "" when all is well."""


async def lay_out(world: World, build: Build, scored: Scored, target: Path) -> None:
    """Copies saved states to `target` as `solution.py fit` would have left them there."""
    await asyncio.to_thread(_copy_states, world, build, scored, target)


async def answer_again(
    world: World, build: Build, scored: Scored, text: str, model: Path, step: str
) -> Answered:
    """Runs `solution.py predict` on the real test, and compares; a durable step.

    Where there is no test table the sample's rows are answered, and nothing is compared.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        scored: Whose program it is.
        text: Its `solution.py`.
        model: What it has learnt, as `lay_out` left it.
        step: Path of the step.

    Raises:
        TimeoutError: There was no time to answer, which says nothing about the program.
    """
    label = f"The kept model of {scored.candidate} answers once more"

    async def answer() -> JsonValue:
        attempt, view = world.paths.attempt(step), build.full or build.views["sample"]
        order = Order(
            step=step,
            track=scored.track,
            candidate=scored.candidate,
            label=label,
            files={"solution.py": text},
            stages=(plan_prediction(view.predict, model, attempt / "out", PREDICT_S),),
            attempt=attempt,
            trusted=scored.trusted,
            cores=len(world.slots.cores),
        )
        outcome = await world.run_program(order)
        if outcome.ended == "timed out":
            raise TimeoutError
        if not outcome.ok:
            words = outcome.tail.strip()[-2000:] or f"the program was {outcome.ended}"
            return Answered(ok=False, words=words).model_dump(mode="json")
        words = await _differences(world, build, scored, attempt / "out" / "predicted.csv")
        return Answered(ok=not words, words=words).model_dump(mode="json")

    inputs: JsonValue = {"winner": scored.key, "solution": text}
    return Answered.model_validate(await world.steps.step(step, inputs, answer, label=label))


async def _differences(world: World, build: Build, scored: Scored, written: Path) -> str:
    if build.full is None:
        return ""
    decided = world.paths.submissions / scored.answers
    arguments: dict[str, JsonValue] = {"first": str(written), "second": str(decided)}
    found = await world.worker.call("same_answers", arguments)
    assert isinstance(found, list)
    return " ".join(map(str, found))


def _copy_states(world: World, build: Build, scored: Scored, target: Path) -> None:
    fresh = world.paths.state / "new-model"
    shutil.rmtree(fresh, ignore_errors=True)
    members = {scored.program: scored}
    if scored.parts:
        members = {program: build.scored[program] for program in scored.parts}
    for member in members.values():
        answering = [fold for fold in member.folds if fold.test is not None] or member.folds
        for number, fold in enumerate(answering, start=1):
            place = fresh / fold_folder(number, member if scored.parts else None)
            for name, saved in (("preprocessor", fold.preprocessor), ("model", fold.model)):
                shutil.copytree(world.paths.state / saved, place / name)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(target)


def fold_folder(number: int, member: Scored | None) -> str:
    """Where `solution.py` keeps a fold: `fold-1`, or `boosting/fold-1` in an ensemble."""
    return f"fold-{number}" if member is None else f"{member.candidate}/fold-{number}"
