"""Guideline Agent (paper 3.3.2): from the task and the measured data to a blueprint.

Without a model the blueprint follows rules: what the profile found decides which steps there are,
and each says why. A model adds rival plans of the same type; real rows judge between them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field, create_model

from agents.adviser import Adviser, Question
from agents.models import (
    Blueprint,
    BlueprintStep,
    CandidatePlan,
    Contract,
    ContractObject,
    Frozen,
    Profile,
    Task,
)
from agents.plan_text import contract_lines, step_lines
from agents.recipes.needs.availability import NOTHING, Surroundings, pretrained_verdict
from agents.recipes.needs.needs import Needs
from agents.recipes.plans import plan_baseline, plan_media, plan_portfolio
from agents.recipes.plans.neural import no_neural, plan_neural
from agents.recipes.plans.pretrained import Encoder, plan_pretrained

ROLE = "guideline_agent"


def guide(task: Task, profile: Profile, surroundings: Surroundings = NOTHING) -> Blueprint:
    """Plan the candidates of every track.

    Args:
        task: What is asked.
        profile: What was measured about the data.
        surroundings: What programs could use beyond their data.

    Returns:
        A blueprint whose candidates are empty if no column says anything about the target. The
        pretrained track is neither declined nor planned where an encoder can be tried: its plans
        follow once it is known how long that takes (`guide_pretrained`).
    """
    needs = Needs(task, profile)
    why_not = pretrained_verdict(task, profile, surroundings)
    declined = {"pretrained": why_not} if why_not else {}
    candidates = plan_media(needs)
    no_network = no_neural(needs, surroundings.installed)
    if needs.features or needs.sides.measures:
        candidates = (plan_baseline(needs), *plan_portfolio(needs), *candidates)
        if no_network is None:
            candidates += (plan_neural(needs),)
        else:
            declined["neural"] = no_network
    elif not candidates:
        nothing = "No column that train and test share says anything, so there is nothing to learn."
        declined |= dict.fromkeys(("baseline", "traditional", "pretrained", "neural"), nothing)
    return Blueprint(
        version=1,
        summary=_summary(needs),
        candidates=candidates,
        split=profile.split,
        metric=task.metric,
        declined=declined,
    )


def guide_pretrained(
    task: Task, profile: Profile, encoder: Encoder, longest: int, dimensions: int
) -> tuple[CandidatePlan, ...]:
    """Plan the candidates that adapt one encoder.

    Args:
        task: What is asked.
        profile: What was measured about the data.
        encoder: What is at hand, and was found to be quick enough.
        longest: After so many tokens texts are cut.
        dimensions: How many numbers the encoder says of a content.
    """
    return plan_pretrained(Needs(task, profile), encoder, longest, dimensions)


# --- plans of a model ---------------------------------------------------------------------------


FEWEST_STEPS = 3
"""One of each part."""
MOST_STEPS = 12


class RivalStep(Frozen):
    """One directive; code claims it by its id in a docstring (`Steps: impute, encode`)."""

    id: str
    part: Literal["prep", "model", "train"]
    directive: str
    reason: str


RivalTrack = Literal["traditional", "pretrained", "neural"]


class RivalPlan(Frozen):
    """A solution as a model plans it."""

    track: RivalTrack
    name: str = Field(max_length=40)
    idea: str
    steps: tuple[RivalStep, ...] = Field(min_length=FEWEST_STEPS, max_length=MOST_STEPS)
    train_features: Literal["DataFrame", "ndarray", "sparse", "texts"] = "DataFrame"
    test_features: Literal["DataFrame", "ndarray", "sparse", "texts"] = "DataFrame"
    dtypes: tuple[str, ...] = ()
    nullable: bool = False
    transductive: bool = False
    seconds: float = Field(default=30.0, gt=0)


class RivalPlans(Frozen):
    """What a model plans."""

    summary: str
    plans: tuple[RivalPlan, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Wanted:
    """What plans are asked for."""

    count: int
    tracks: Mapping[str, str]
    """The tracks that plans may take, and what is said of each."""
    seconds: float
    """What a fit may take."""
    cards: Sequence[object] = ()
    """Retrieved knowledge, each with a `title` and a `text`."""
    designs: Sequence[object] = ()
    """Tested network architectures, each with a `title` and a `reason`."""
    scores: Mapping[str, str] = field(default_factory=dict)
    """What recipes have scored so far, in words, by name."""
    again: bool = False
    """Whether the person has asked for something since the last plans were made."""


async def plan_rivals(
    adviser: Adviser, blueprint: Blueprint, wanted: Wanted
) -> tuple[CandidatePlan, ...]:
    """Ask a model for plans that differ from the recipes and from each other.

    Args:
        adviser: Whose prompts know task and profile.
        blueprint: What the recipes do.
        wanted: How many plans, of what kind.

    Returns:
        Candidates without a recipe, at most as many as wanted, their names unlike any other.

    Raises:
        ModelError: The model gave no answer that can be used.
    """
    facts = {
        "plans": wanted.count,
        "recipes": blueprint.candidates,
        "recipe_scores": wanted.scores,
        "tracks": wanted.tracks,
        "cards": wanted.cards,
        "designs": wanted.designs,
        "seconds": round(wanted.seconds),
        "again": wanted.again,
        "fewest_steps": FEWEST_STEPS,
        "most_steps": MOST_STEPS,
    }
    answer = await adviser.value(Question(ROLE, "planner", facts), answer_type(wanted))
    taken = {plan.name for plan in blueprint.candidates}
    planned: list[CandidatePlan] = []
    for plan in answer.plans:
        if plan.track in wanted.tracks and len(planned) < wanted.count:
            planned.append(_candidate(plan, blueprint.candidates[0], taken, wanted.seconds))
            taken.add(planned[-1].name)
    return tuple(planned)


def answer_type(wanted: Wanted) -> type[RivalPlans]:
    """The form of the answer, with only what is open in its schema.

    A plan too many, or for a track that is closed, is left out when the answer is read, and not
    sent back: the others are as good without it.
    """
    tracks = Field(json_schema_extra={"enum": list(wanted.tracks)})
    most = round(wanted.seconds)
    seconds = Field(default=min(30.0, most), gt=0, json_schema_extra={"maximum": most})
    plan = create_model(
        "RivalPlan",
        __base__=RivalPlan,
        __doc__=RivalPlan.__doc__,
        track=(RivalTrack, tracks),
        seconds=(float, seconds),
    )
    plans = Field(min_length=1, json_schema_extra={"maxItems": wanted.count})
    return create_model(
        "RivalPlans",
        __base__=RivalPlans,
        __doc__=RivalPlans.__doc__,
        plans=(tuple[plan, ...], plans),
    )


def _candidate(
    plan: RivalPlan, baseline: CandidatePlan, taken: set[str], seconds: float
) -> CandidatePlan:
    return CandidatePlan(
        track=plan.track,
        name=_unlike(plan.name, taken),
        recipe="",
        literals={},
        steps=_distinct(plan.steps),
        contract=_contract(plan, baseline.contract),
        reason=plan.idea,
        seconds=min(plan.seconds, seconds),
    )


def _unlike(name: str, taken: set[str]) -> str:
    """A plain word that no other candidate has."""
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "plan"
    word = word if word[0].isalpha() else f"plan_{word}"
    numbered = (word if number == 1 else f"{word}_{number}" for number in range(1, 100))
    return next(one for one in numbered if one not in taken)


def _distinct(steps: Sequence[RivalStep]) -> tuple[BlueprintStep, ...]:
    """Steps whose ids are plain words, none twice: code claims them in its docstrings."""
    ids: set[str] = set()
    named = []
    for one in steps:
        ids.add(word := _unlike(one.id, ids))
        named.append(
            BlueprintStep(id=word, part=one.part, directive=one.directive, reason=one.reason)
        )
    return tuple(named)


def _contract(plan: RivalPlan, baseline: Contract) -> Contract:
    """Features of the kinds that the plan names; target and row ids as every solution has them."""

    def feature(one: ContractObject) -> ContractObject:
        if one.role != "features":
            return one
        kind = plan.train_features if one.side == "train" else plan.test_features
        same = kind == plan.train_features
        return one.model_copy(
            update={
                "kind": kind,
                "dtypes": plan.dtypes,
                "nullable": plan.nullable,
                "same_columns_as": one.same_columns_as if same else None,
            }
        )

    objects = tuple(feature(one) for one in baseline.objects)
    return Contract(objects=objects, transductive=plan.transductive, declined=baseline.declined)


# --- the blueprint in words ---------------------------------------------------------------------


def blueprint_markdown(blueprint: Blueprint, task: Task) -> str:
    """The blueprint as `blueprint.md`: what is planned, and why."""
    lines = [f"# Blueprint: {task.name}", "", blueprint.summary, ""]
    shared = _shared_steps(blueprint.candidates)
    if shared:
        lines += ["## For every candidate", "", *step_lines(shared)]
    for plan in blueprint.candidates:
        own = [step for step in plan.steps if step not in shared]
        lines += [_heading(plan, blueprint), "", plan.reason, "", *step_lines(own)]
        lines += [*contract_lines(plan.contract), ""]
    planned = {plan.name for plan in blueprint.candidates}
    left_out = {
        name: f"{why[0].upper()}{why[1:]}."
        for name, why in blueprint.left_out.items()
        if name not in planned
    }
    if not_taken := left_out | blueprint.declined:
        lines += ["## Not taken", ""]
        lines += [f"- **{name}**: {reason}" for name, reason in not_taken.items()]
        lines += [""]
    return "\n".join(lines)


def _heading(plan: CandidatePlan, blueprint: Blueprint) -> str:
    why = blueprint.left_out.get(plan.name)
    return f"## {plan.name} ({plan.track})" + (f": {why}" if why else "")


def _summary(needs: Needs) -> str:
    task, profile = needs.task, needs.profile
    targets = ", ".join(f"`{target.name}`" for target in task.targets)
    files = f" and {needs.media.files:,} {needs.media.kind} files" if needs.media.sides else ""
    left_out = ", ".join(f"`{name}`" for name in task.left_out)
    said = f" Left out, as you said: {left_out}." if left_out else ""
    return (
        f"Predict {targets} ({task.problem}) from {len(needs.features)} columns{files} of "
        f"{profile.rows_train} rows; judged by {task.metric.title} on {profile.split.folds} "
        f"{profile.split.splitter} folds.{said}"
    )


def _shared_steps(plans: tuple[CandidatePlan, ...]) -> list[BlueprintStep]:
    """Steps that all candidates have, in the order of the first."""
    if len(plans) < 2:
        return []
    return [step for step in plans[0].steps if all(step in plan.steps for plan in plans[1:])]
