"""Kinds of model that the person wants nothing of.

No recipe of them is begun any more, and what they have scored stays out of the answer. The baseline
is of no kind: it makes sure that there is a submission.
"""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from agents.journal.choices import LeaveOut
from agents.journal.events import DecisionTaken, StepFinished
from agents.models import CandidatePlan
from agents.recipes.families import family_of
from agents.run.choosing.selection import Build
from agents.run.world import World

ALWAYS_THERE = "baseline"


def kind_of(plan: CandidatePlan) -> str:
    """The family of a plan's recipe; empty for the baseline and for what a model codes."""
    return "" if plan.track == ALWAYS_THERE else family_of(plan.recipe)


def is_left_out(world: World, plan: CandidatePlan) -> bool:
    """Whether the person wants nothing of a plan's kind."""
    return kind_of(plan) in world.facts.state.left_out


def left_out_programs(world: World, build: Build) -> frozenset[str]:
    """Programs of these kinds; they take no further part."""
    return frozenset(
        program for program, (plan, _) in build.sources.items() if is_left_out(world, plan)
    )


def left_out_at(world: World, step: str = "") -> dict[str, float]:
    """When each kind was left out in this run, by the wall clock.

    Args:
        world: Holds the facts.
        step: Path of a step: what was left out after it was recorded is none of its business.
    """
    found: dict[str, float] = {}
    for at, choice in _carried_out(world, "leave-out", step):
        for family in LeaveOut.model_validate(choice).families:
            found.setdefault(family, at)
    return found


def stopped_at(world: World, step: str = "") -> tuple[str, ...]:
    """The tracks that were stopped in this run, before a step was recorded where one is named."""
    return tuple(str(choice["track"]) for _, choice in _carried_out(world, "stop-track", step))


def _carried_out(
    world: World, what: str, step: str
) -> Iterator[tuple[float, Mapping[str, JsonValue]]]:
    """Choices of a kind, each with when it was carried out; up to a step where one is named."""
    for fact in world.facts.of_run():
        taken = fact.event
        if step and isinstance(taken, StepFinished) and taken.path == step:
            return
        if not isinstance(taken, DecisionTaken) or taken.refused:
            continue
        if taken.choice.get("do") == what:
            yield fact.at, taken.choice
