"""What the person asked for in words, as prompts hold it, and what that comes to.

A prompt that was answered is never asked again after a restart, so it must read as it did then:
what was asked for later stays out of it. Plans that were made before something was asked for are
made anew, as long as there is time to try them.
"""

from agents.adviser import Adviser
from agents.journal.events import InstructionGiven, ModelAnswered, ModelAsked
from agents.run.world import World


def instructed(adviser: Adviser, world: World, path: str) -> Adviser:
    """The adviser whose prompts hold what the person asked for before this path was answered.

    Args:
        adviser: Whose prompts know task and profile.
        world: Holds the facts.
        path: Where the replies are recorded; see `RecordedModel`.
    """
    facts = world.facts.of_run()
    first = f"{path}/ask-1"
    answered = any(
        isinstance(fact.event, ModelAnswered) and fact.event.step == first for fact in facts
    )
    asked = [
        fact.seq
        for fact in facts
        if answered and isinstance(fact.event, ModelAsked) and fact.event.step == first
    ]
    held = tuple(
        fact.event.directive
        for fact in facts
        if isinstance(fact.event, InstructionGiven) and (not asked or fact.seq < asked[-1])
    )
    return adviser.knowing(instructions=held) if held else adviser


PLANNING = "plan/rivals"


def planning(again: int) -> str:
    """Where a model plans: first, and each time that it plans anew."""
    return f"{PLANNING}-{again + 1}" if again else PLANNING


def is_planned_without(world: World, again: int) -> bool:
    """Whether something was asked for since a model planned, and is to be planned with.

    Args:
        world: Holds the facts.
        again: How often was planned anew.
    """
    if _asked_at(world, planning(again + 1)) is not None:
        return True  # an engine that died began it
    planned = _asked_at(world, planning(again))
    given = [fact.seq for fact in world.facts.of_run() if isinstance(fact.event, InstructionGiven)]
    return planned is not None and bool(given) and given[-1] > planned and is_early(world)


def what_follows(world: World) -> str:
    """What comes of an instruction that makes sense, in a sentence."""
    if world.facts.state.card is not None:
        return "The run is over, so nothing is written by it: start another with --new."
    if _asked_at(world, PLANNING) is None:
        return "The plans of the models are made with it; built-in recipes cannot follow it."
    if is_early(world):
        return "The models plan anew with it; built-in recipes cannot follow it."
    return "It applies to what models write from now on: there is no time left to plan anew."


def _asked_at(world: World, path: str) -> int | None:
    """When a model was asked there for the first time; None: it was not."""
    step = f"{path}/ask-1"
    facts = (fact for fact in world.facts.of_run() if isinstance(fact.event, ModelAsked))
    return next((fact.seq for fact in facts if getattr(fact.event, "step", "") == step), None)


def is_early(world: World) -> bool:
    """Whether there is time to plan anew: building goes on, and its first part is not over."""
    state = world.facts.state
    early = world.repeatable or world.active < world.schedule.screening_ends
    building = any(one.phase == "build" and one.ended is None for one in state.phases)
    return early and building and not state.finishing
