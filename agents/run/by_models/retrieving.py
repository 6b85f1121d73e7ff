"""What is looked up for a model before it plans and codes: cards of advice, network architectures.

Where the model is of no use as a retriever, rules choose.
"""

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.knowledge.architectures import FoundArchitecture, find_architectures, shape_of
from agents.knowledge.retrieval import facts_of
from agents.roles.architecture_retriever import retrieve_architectures
from agents.roles.knowledge_retriever import retrieve
from agents.run.by_models.asking import give_up
from agents.run.choosing.selection import Build
from agents.run.switches import known_profile, retrieves_cards, retrieves_designs
from agents.run.world import World

DESIGNS_NAMED = 6
"""Architectures that a plan may build on."""


async def retrieve_cards(world: World, build: Build, adviser: Adviser) -> tuple[object, ...]:
    """What the Knowledge Retriever finds for this data."""
    if not retrieves_cards(world.settings):
        return ()
    profile = known_profile(world.settings, build.profile)
    try:
        found = await retrieve(build.task, profile, adviser)
    except ModelError as error:
        give_up(world, error)
        found = await retrieve(build.task, profile, None)
    return found.cards


def known_designs(world: World, build: Build) -> tuple[FoundArchitecture, ...]:
    """Architectures that suit the data by rule: what a plan may name."""
    if not retrieves_designs(world.settings):
        return ()
    facts = facts_of(build.task, known_profile(world.settings, build.profile))
    return find_architectures(shape_of(build.task, facts), most=DESIGNS_NAMED)


async def retrieve_designs(
    world: World, build: Build, adviser: Adviser
) -> tuple[FoundArchitecture, ...]:
    """What the Custom Architecture Retriever finds for whoever writes a network."""
    if not retrieves_designs(world.settings):
        return ()
    profile = known_profile(world.settings, build.profile)
    neural = build.blueprint.of_track("neural")
    plans = [one for one in neural if not one.recipe]
    try:
        known = await retrieve_architectures(build.task, profile, adviser, plans=plans)
        return known.found
    except ModelError as error:
        give_up(world, error)
        return (await retrieve_architectures(build.task, profile, None)).found
