"""Whether a changed program is an improvement: shared folds, row by row, with two seeds (3.4.3).

A change meets fold 1, then the other folds; it must be ahead of the program that it comes from by
more than a standard error of the paired difference, and again with another seed on the same folds.
What does not show that is not accepted, and its answers are not handed in; its scores stay, and
ensembles may draw on them.
"""

from dataclasses import dataclass

from pydantic import JsonValue

from agents.models import Comparison
from agents.roles.evaluation_agent import is_improvement
from agents.run.candidates.draft import planned_fit_s
from agents.run.candidates.fitting import Fitting
from agents.run.candidates.solution_check import Failed
from agents.run.candidates.trial import Trial
from agents.run.candidates.verification import Asked, Sources, ViewFact, key
from agents.run.choosing.selection import Build, Scored, compare, not_ahead, scoring
from agents.run.schedule import LEAST_FIT_S, ROOM
from agents.run.world import UNLIMITED_S, World

SEED_STEP = 1
"""From the run's seed to the other one."""


async def prove(world: World, build: Build, trial: Trial, parent: Scored) -> bool:
    """Takes a change up the ladder; whether it is an improvement that was verified to its end.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        trial: Of the change; its draft is tentative.
        parent: What was changed.
    """
    first = await trial.screen()
    if first is None:
        return False
    early = await compare(world, build, first, parent)
    if early.difference <= 0:
        trial.leave(f"no better than {parent.candidate} on fold 1: {_figures(early)}")
        return False
    scored = await trial.fill()
    if scored is None:
        return False
    if reason := await _unproven(world, build, scored, parent):
        trial.leave(reason)
        return False
    return await trial.settle() is not None


async def _unproven(world: World, build: Build, scored: Scored, parent: Scored) -> str:
    """Why it may have been chance; empty where it was not."""
    once = await compare(world, build, scored, parent)
    if not is_improvement(once):
        return not_ahead(once, parent.candidate)
    try:
        reseeded = [await with_other_seed(world, build, one) for one in (scored, parent)]
    except Failed as failure:
        return f"with another seed it fails: {failure.fault.message.splitlines()[0]}"
    again = await compare(world, build, *reseeded)
    if is_improvement(again):
        return ""
    return (
        f"better than {parent.candidate} with one seed ({_figures(once)}), "
        f"not with another ({_figures(again)})"
    )


async def with_other_seed(world: World, build: Build, one: Scored) -> Scored:
    """The same program on the same folds, all that is random in it drawn anew.

    Raises:
        Failed: It does not run with that seed.
    """
    seed = world.settings.seed + SEED_STEP
    step = f"{one.track}/round-{one.round}/seed-{seed}"
    sources = build.sources[one.program][1]
    named = one.model_copy(update={"program": key(one.program, str(seed))})
    fit_s = usual_fit_s(world, build, one)
    return await score_apart(world, build, named, Apart(step, sources, build.blind, fit_s, seed))


@dataclass(frozen=True)
class Apart:
    """A program that is scored on blind views for comparison only: it answers nothing."""

    step: str
    """Path of the durable steps."""
    sources: Sources
    views: tuple[ViewFact, ...]
    fit_s: float
    """What a fit may take."""
    seed: int | None = None
    """Where it is not the run's."""


async def score_apart(world: World, build: Build, like: Scored, apart: Apart) -> Scored:
    """Fits a program on blind views and scores it there.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        like: A program of about the same size, under the name of this one.
        apart: What is to be scored, and where.

    Raises:
        Failed: It does not run.
    """
    fitting = Fitting(world, apart.sources, like.track, like.candidate, like.trusted, 1, apart.seed)
    fitted = await fitting.folds(apart.step, apart.views, Asked(), apart.fit_s)
    shared = scoring(world, build)
    assert isinstance(shared, dict)
    result = await world.work(
        f"{apart.step}-score",
        "score",
        {
            "scoring": {**shared, "full": None},
            "program": like.program,
            "folds": [fold.model_dump(mode="json") for fold in fitted.folds],
        },
        label=f"Scoring {like.candidate}",
        inputs={"program": like.program, "folds": [fold.view for fold in fitted.folds]},
    )
    assert isinstance(result, dict)
    known: dict[str, JsonValue] = like.model_dump(mode="json")
    folds: JsonValue = [fold.model_dump(mode="json") for fold in fitted.folds]
    return Scored.model_validate({**known, **result, "folds": folds, "seconds": fitted.seconds})


def usual_fit_s(world: World, build: Build, one: Scored) -> float:
    """What a fit may take that is like those of a program that was scored.

    Never by what they took in a repeatable run, since that differs from time to time.
    """
    plan = build.sources[one.program][0]
    if world.repeatable:
        return UNLIMITED_S if plan.recipe else planned_fit_s(plan)
    return max(LEAST_FIT_S, ROOM * one.seconds / max(1, len(one.folds)))


def _figures(comparison: Comparison) -> str:
    return f"{comparison.difference:+.4f} ±{comparison.error:.4f}"
