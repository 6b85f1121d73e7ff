"""Checkpoints of a run: which there are, which could help, and fetching those that may be fetched.

Only where the person allows it is anything fetched, within a tenth of the run's time; every
download is recorded, so that it is never repeated, and stands in the ledger.
"""

import os
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, TypeAdapter

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.execution.protocol import Weights
from agents.journal.events import Progress
from agents.knowledge.checkpoints import MOST, Choice
from agents.knowledge.encoders import as_encoder, folder_of, readers, suiting
from agents.knowledge.hub import Fetched, Hub
from agents.knowledge.ledger import entry
from agents.models import Profile, Task
from agents.recipes.needs.availability import Surroundings, installed_packages
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.pretrained import Encoder
from agents.retrieved import Retrieval
from agents.roles.model_retriever import Checkpoints, retrieve_checkpoints
from agents.run.by_models.asking import at, give_up
from agents.run.choosing.selection import Build
from agents.run.fetching.reaching_out import tell_retrieved
from agents.run.switches import may_reach_out, retrieves_designs
from agents.run.world import World

DOWNLOAD_SHARE = 0.1
"""Of the run's limit: what all downloads together may take."""
REPEATABLE_DOWNLOAD_S = 600.0
BARRED = "Nothing is looked up in this run (--no-retrieval), and so no pretrained model either."
MEGABYTE = 1_000_000


class Found(NamedTuple):
    """Encoders whose weights are at hand."""

    encoders: tuple[Encoder, ...]
    """At most three, the most promising first."""
    problems: tuple[str, ...]
    """Why there are no others, as sentences."""


class _Download(NamedTuple):
    """What came of one download."""

    fetched: Fetched
    seconds: float
    entry: Retrieval | None = None


_DOWNLOAD = TypeAdapter(_Download)


async def surroundings(world: World, task: Task, profile: Profile) -> Surroundings:
    """What programs could use beyond their data; recorded, since it may change between starts."""
    hub = Hub(os.environ, Path.home())

    async def look() -> JsonValue:
        installed = installed_packages()
        at_hand = suiting(task, profile, installed, hub.cached())
        return [[*sorted(installed)], [one.checkpoint.repository for one in at_hand]]

    seen = await world.steps.step("plan/surroundings", {}, look, label="Looking around")
    installed, cached = TypeAdapter(tuple[frozenset[str], frozenset[str]]).validate_python(seen)
    settings = world.began_with
    return Surroundings(
        installed,
        cached,
        offline=not may_reach_out(settings),
        barred="" if retrieves_designs(settings) else BARRED,
    )


async def find_encoders(world: World, build: Build, adviser: Adviser | None) -> Found:
    """Finds and fetches encoders; from then on programs may read their weights.

    Args:
        world: The joined parts.
        build: What all candidates share.
        adviser: Who may choose among checkpoints; None without a model.
    """
    hub = Hub(os.environ, Path.home())
    found = await _retrieved(world, build, adviser, hub)
    choices = readers(found.choices, Needs(build.task, build.profile))[:MOST]
    left = world.began_with.time_limit * DOWNLOAD_SHARE
    left = REPEATABLE_DOWNLOAD_S if world.repeatable else left
    encoders: list[Encoder] = []
    problems: list[str] = []
    for choice in choices:
        fetched = Fetched(revision=choice.checkpoint.revision)
        if not choice.checkpoint.cached:
            download = await _download(world, build, choice, hub, left)
            fetched, left = download.fetched, left - download.seconds
        encoder = as_encoder(choice, fetched.revision, hub.cache)
        if encoder is not None:
            encoders.append(encoder)
        else:
            why = fetched.problem or "is not in the Hugging Face cache any more"
            problems.append(f"`{choice.checkpoint.repository}` {why}.")
    if encoders:
        vectors = world.paths.vectors
        vectors.mkdir(parents=True, exist_ok=True)
        folders = tuple(folder_of(hub.cache, one.repository) for one in encoders)
        world.weights = Weights(repositories=folders, vectors=vectors)
    if found.why_not and (not (encoders or problems) or may_reach_out(world.began_with)):
        problems.append(found.why_not)
    return Found(tuple(encoders), tuple(problems))


async def _retrieved(world: World, build: Build, adviser: Adviser | None, hub: Hub) -> Checkpoints:
    """What the Pretrained Model Retriever finds; recorded, and told."""
    seen = await surroundings(world, build.task, build.profile)

    async def retrieve() -> JsonValue:
        return (await _asked(world, build, adviser, seen, hub)).model_dump(mode="json")

    label = "Looking for pretrained models"
    recorded = await world.steps.step("plan/checkpoints", {}, retrieve, label=label)
    found = Checkpoints.model_validate(recorded)
    tell_retrieved(world, found.entries)
    return found


async def _asked(
    world: World, build: Build, adviser: Adviser | None, seen: Surroundings, hub: Hub
) -> Checkpoints:
    task, profile = build.task, build.profile
    if adviser is not None and world.panel is not None:
        asked = at(adviser, world, world.panel, "plan/checkpoints")
        try:
            return await retrieve_checkpoints(task, profile, seen, asked, hub=hub)
        except ModelError as error:
            give_up(world, error)
    return await retrieve_checkpoints(task, profile, seen, None, hub=hub)


async def _download(
    world: World, build: Build, choice: Choice, hub: Hub, seconds: float
) -> _Download:
    """A checkpoint from the Hub, recorded and told."""
    one = choice.checkpoint
    step = f"plan/download/{one.repository}"
    label = f"Downloading {one.repository}"

    def told(size: int) -> None:
        whole = one.bytes or size
        words = f"{size / MEGABYTE:,.0f} of about {whole / MEGABYTE:,.0f} MB"
        progress = Progress(label=label, done=min(1.0, size / max(1, whole)), text=words)
        world.facts.journal.progress(step, progress)

    async def fetch() -> JsonValue:
        began = world.active
        fetched = Fetched(problem="was not fetched: the time for downloads is over")
        said: Retrieval | None = None
        if seconds > 0:
            fetched = await hub.fetch(one, seconds=seconds, told=told)
        if fetched.revision:
            address = f"{hub.endpoint}/{one.repository}/tree/{fetched.revision}"
            about = f"{one.repository}\n{fetched.files}"
            about_it = entry("weights", address, about, build.task)
            said = about_it.model_copy(update={"size": fetched.size})
        found = _Download(fetched, world.active - began, said)
        dumped: JsonValue = _DOWNLOAD.dump_python(found, mode="json")
        return dumped

    found = _DOWNLOAD.validate_python(await world.steps.step(step, {}, fetch, label=label))
    if found.entry is not None:
        tell_retrieved(world, [found.entry])
    return found
