"""Pretrained Model Retriever (paper 3.4.2): checkpoints that could be adapted to this data.

Facts say which kinds are wanted, disk and Hub say what there is, and rules put the smallest
adequate one first. A model, where there is one, may choose among what was found, and nothing else.
"""

from typing import Final, Literal

from pydantic import Field

from agents.adviser import Adviser, Question
from agents.errors import NotUnderstoodError
from agents.knowledge.checkpoints import (
    MEGABYTE,
    MOST,
    Checkpoint,
    Choice,
    Wanted,
    ranked,
    runnable,
    wanted_for,
)
from agents.knowledge.hub import Hub, Listing
from agents.knowledge.ledger import entry
from agents.knowledge.retrieval import facts_of
from agents.models import Frozen, Profile, Task
from agents.recipes.needs.availability import Surroundings
from agents.retrieved import Retrieval

ROLE = "model_retriever"
SHOWN: Final = 9
"""Checkpoints that a model chooses from."""


class Pick(Frozen):
    """A checkpoint that a model chose."""

    repository: str
    reason: str


class Picks(Frozen):
    """What a model answers."""

    picks: tuple[Pick, ...] = Field(max_length=SHOWN)


class Checkpoints(Frozen):
    """The checkpoints to be tried on a first fold, the most promising first."""

    choices: tuple[Choice, ...] = ()
    """At most three."""
    why_not: str = ""
    """Why there are none, or why only some places were looked at, as a sentence; else empty."""
    entries: tuple[Retrieval, ...] = ()
    """What was fetched from beyond this machine."""
    chosen_by: Literal["rule", "model"] = "rule"


async def retrieve_checkpoints(
    task: Task, profile: Profile, surroundings: Surroundings, adviser: Adviser | None, *, hub: Hub
) -> Checkpoints:
    """Find pretrained models for a competition.

    Args:
        task: What is asked.
        profile: What was measured.
        surroundings: Which packages programs can import, and whether the network may be reached.
        adviser: Whose prompts know task and profile; None without a model.
        hub: Where to look.

    Returns:
        At most three checkpoints that an installed package runs. A Hub that is silent, broken or
        not to be reached costs no more than its part: what lies on disk is found all the same.

    Raises:
        ModelError: the model gave no answer at all.
    """
    asked_for = wanted_for(task, profile, facts_of(task, profile))
    wanted = runnable(asked_for, surroundings.installed)
    if not wanted:
        return Checkpoints(why_not=_nothing_wanted(asked_for))
    offline = surroundings.offline or hub.offline
    listing = Listing() if offline else await hub.search(wanted)
    shown = ranked((*listing.models, *hub.cached()), wanted)[:SHOWN]
    by_rule = Checkpoints(
        choices=shown[:MOST],
        why_not=_why_not(wanted, shown, listing, offline=offline),
        entries=_entries(listing, wanted, task),
    )
    if adviser is None or len(shown) < 2:
        return by_rule
    try:
        picks = await adviser.value(_question(shown), Picks)
    except NotUnderstoodError:
        return by_rule
    chosen = _chosen(picks, shown)
    if not chosen:
        return by_rule
    return by_rule.model_copy(update={"choices": chosen, "chosen_by": "model"})


def _question(shown: tuple[Choice, ...]) -> Question:
    facts = {"found": shown, "most": MOST, "sizes": [_size(one.checkpoint) for one in shown]}
    return Question(ROLE, "planner", facts)


def _size(one: Checkpoint) -> str:
    return f"{(one.bytes or 0) / MEGABYTE:,.0f} MB"


def _chosen(picks: Picks, shown: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """What a model chose of what was found; inventions and repetitions are left out."""
    by_name = {one.checkpoint.repository: one for one in shown}
    reasons = {pick.repository.strip("` "): pick.reason for pick in picks.picks}
    known = [name for name in reasons if name in by_name][:MOST]
    return tuple(by_name[name].model_copy(update={"reason": reasons[name]}) for name in known)


def _entries(listing: Listing, wanted: tuple[Wanted, ...], task: Task) -> tuple[Retrieval, ...]:
    if not listing.text:
        return ()
    query = ", ".join(tag for one in wanted for tag in one.tags)
    return (entry("checkpoints", listing.address, listing.text, task, query=query),)


def _nothing_wanted(asked_for: tuple[Wanted, ...]) -> str:
    if not asked_for:
        return "Nothing in these data calls for a pretrained model."
    needs = " and ".join(one.because for one in asked_for)
    return (
        f"Pretrained models could serve {needs}, but no package that runs one is installed where "
        "programs run: install iml-tui with its extra `deep`."
    )


def _why_not(
    wanted: tuple[Wanted, ...], shown: tuple[Choice, ...], listing: Listing, *, offline: bool
) -> str:
    """Why there is nothing, or not all that there could be; empty where all was looked at."""
    if offline:
        why = "the network is not to be reached"
    elif listing.problem:
        why = f"{listing.address} {listing.problem}"
    elif shown:
        return ""
    else:
        needs = " or ".join(one.because for one in wanted)
        return f"The Hub lists no open model of adequate size for {needs}."
    there = "is used" if shown else "could be used, and nothing fits there"
    return f"Only what lies in the Hugging Face cache {there}, since {why}."
