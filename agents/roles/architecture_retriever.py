"""Custom Architecture Retriever (paper 3.4.2): networks whose form suits the measured data.

Facts find them by rule. A model, where there is one, chooses among the best with a reason each; it
sees what each is for, not its code, which only the coder needs.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pydantic import Field

from agents.adviser import Adviser, Question
from agents.errors import NotUnderstoodError
from agents.knowledge.architectures import (
    FoundArchitecture,
    Measure,
    find_architectures,
    shape_of,
)
from agents.knowledge.retrieval import facts_of
from agents.models import CandidatePlan, Frozen, Profile, Task

ROLE = "architecture_retriever"
MOST: Final = 3
SHOWN: Final = 9
"""Architectures that a model chooses from."""


class Pick(Frozen):
    """An architecture that a model chose."""

    architecture: str
    """Its name, such as `tables/real_mlp`."""
    reason: str


class Picks(Frozen):
    """What a model answers."""

    picks: tuple[Pick, ...] = Field(max_length=MOST)


class Architectures(Frozen):
    """The worked examples for whoever writes a network, the most useful first."""

    found: tuple[FoundArchitecture, ...]
    """At most three, each with a `title` and a `text`."""
    chosen_by: Literal["rule", "model"] = "rule"


async def retrieve_architectures(
    task: Task,
    profile: Profile,
    adviser: Adviser | None,
    *,
    plans: Sequence[CandidatePlan] = (),
    measured: Mapping[Measure, float] | None = None,
) -> Architectures:
    """Find network architectures for a competition.

    Args:
        task: What is asked.
        profile: What was measured.
        adviser: Whose prompts know task and profile; None without a model.
        plans: Whose networks they are for; a model is told them.
        measured: What is known besides: `length` and `channels` of texts, pictures, sounds, series.

    Raises:
        ModelError: the model gave no answer at all.
    """
    shape = shape_of(task, facts_of(task, profile), measured=measured)
    shown = find_architectures(shape, most=SHOWN)
    by_rule = Architectures(found=shown[:MOST])
    if adviser is None or len(shown) <= 1:
        return by_rule
    try:
        picks = await adviser.value(
            Question(ROLE, "planner", {"found": shown, "most": MOST, "plans": plans}), Picks
        )
    except NotUnderstoodError:
        return by_rule
    by_name = {one.architecture.name: one for one in shown}
    reasons = {pick.architecture.strip("` "): pick.reason for pick in picks.picks}
    known = [name for name in reasons if name in by_name][:MOST]
    if not known:
        return by_rule
    chosen = (by_name[name].model_copy(update={"reason": reasons[name]}) for name in known)
    return Architectures(found=tuple(chosen), chosen_by="model")
