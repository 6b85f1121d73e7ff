"""Guideline Agent (paper 3.3.2): from the task and the measured data to a blueprint.

Without a model the blueprint follows rules: what the profile found decides which steps there are,
and each says why. It is the same type that a model fills.
"""

from collections.abc import Iterable, Iterator

from agents.models import Blueprint, BlueprintStep, CandidatePlan, Profile, Task
from agents.recipes.availability import NOTHING, Surroundings, pretrained_verdict
from agents.recipes.needs import Needs
from agents.recipes.plans import plan_baseline, plan_portfolio
from agents.recipes.plans.neural import no_neural, plan_neural

_PARTS = {"prep": "Preprocessing", "model": "Model", "train": "Training", "eval": "Evaluation"}


def guide(task: Task, profile: Profile, surroundings: Surroundings = NOTHING) -> Blueprint:
    """Plan the candidates of every track.

    Args:
        task: What is asked.
        profile: What was measured about the data.
        surroundings: What programs could use beyond their data.

    Returns:
        A blueprint whose candidates are empty if no column says anything about the target.
    """
    needs = Needs(task, profile)
    declined = {"pretrained": pretrained_verdict(task, profile, surroundings)}
    candidates: tuple[CandidatePlan, ...] = ()
    no_network = no_neural(needs, surroundings.installed)
    if needs.features or needs.sides.measures:
        candidates = (plan_baseline(needs), *plan_portfolio(needs))
        if no_network is None:
            candidates += (plan_neural(needs),)
        else:
            declined["neural"] = no_network
    else:
        nothing = "No column that train and test share says anything, so there is nothing to learn."
        declined |= dict.fromkeys(("baseline", "traditional", "neural"), nothing)
    return Blueprint(
        version=1,
        summary=_summary(needs, candidates),
        candidates=candidates,
        split=profile.split,
        metric=task.metric,
        declined=declined,
    )


def blueprint_markdown(blueprint: Blueprint, task: Task) -> str:
    """The blueprint as `blueprint.md`: what is planned, and why."""
    lines = [f"# Blueprint: {task.name}", "", blueprint.summary, ""]
    shared = _shared_steps(blueprint.candidates)
    if shared:
        lines += ["## For every candidate", "", *_step_lines(shared)]
    for plan in blueprint.candidates:
        own = [step for step in plan.steps if step not in shared]
        lines += [f"## {plan.name} ({plan.track})", "", plan.reason, "", *_step_lines(own)]
        lines += [*_contract_lines(plan), ""]
    if blueprint.declined:
        lines += ["## Not taken", ""]
        lines += [f"- **{track}**: {reason}" for track, reason in blueprint.declined.items()]
        lines += [""]
    return "\n".join(lines)


def _summary(needs: Needs, candidates: tuple[CandidatePlan, ...]) -> str:
    task, profile = needs.task, needs.profile
    targets = ", ".join(f"`{target.name}`" for target in task.targets)
    names = ", ".join(plan.name for plan in candidates) or "nothing"
    return (
        f"Predict {targets} ({task.problem}) from {len(needs.features)} columns of "
        f"{profile.rows_train} rows; judged by {task.metric.title} on {profile.split.folds} "
        f"{profile.split.splitter} folds; planned: {names}."
    )


def _shared_steps(plans: tuple[CandidatePlan, ...]) -> list[BlueprintStep]:
    """Steps that all candidates have, in the order of the first."""
    if len(plans) < 2:
        return []
    return [step for step in plans[0].steps if all(step in plan.steps for plan in plans[1:])]


def _step_lines(steps: Iterable[BlueprintStep]) -> Iterator[str]:
    """Steps by part, each with its reason."""
    every = list(steps)
    for part, title in _PARTS.items():
        if chosen := [step for step in every if step.part == part]:
            yield f"### {title}"
            yield ""
            for step in chosen:
                yield f"- **{step.id}**: {step.directive}  "
                yield f"  *{step.reason}*"
            yield ""


def _contract_lines(plan: CandidatePlan) -> Iterator[str]:
    contract = plan.contract
    yield "### Contract"
    yield ""
    yield "| object | side | kind | role | dtypes | may be empty |"
    yield "|---|---|---|---|---|---|"
    for one in contract.objects:
        dtypes = ", ".join(one.dtypes) or "any"
        empty = "yes" if one.nullable else "no"
        yield f"| `{one.name}` | {one.side} | {one.kind} | {one.role} | {dtypes} | {empty} |"
    yield ""
    if contract.transductive:
        yield "`transform` looks at the test table as a whole."
    yield from (f"`{table}` is not read: {why}." for table, why in contract.declined.items())
