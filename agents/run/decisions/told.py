"""What the person asked for in words, as prompts hold it.

A prompt that was answered is never asked again after a restart, so it must read as it did then:
what was asked for later stays out of it.
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
