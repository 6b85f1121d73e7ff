"""What becomes of a plan that a person edited: who writes its code, and whether they can.

A recipe can be written with other constants and without the steps that constants switch off; that
is all it can do. Everything else takes a language model, which writes code from steps. What neither
can do is refused in one sentence.
"""

import ast
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from agents.errors import InputError
from agents.models import Blueprint, BlueprintStep, CandidatePlan
from agents.plan_text import plan_text, read_plan
from agents.recipes.writing.claims import claimed_steps, claims_of
from agents.recipes.writing.instantiate import constants_in
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing

TRIED = 4
"""So many constants are tried to switch a step off."""
BY_CONSTANTS = "change its constants instead, or begin a run with a model, which codes from steps"
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "True or False"),
    (int, "a whole number"),
    ((int, float), "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "a dictionary"),
)


def planned_again(
    text: str, plan: CandidatePlan, blueprint: Blueprint, *, with_model: bool
) -> CandidatePlan:
    """The plan that code is written from; it has a recipe where that can follow the edit.

    Args:
        text: The plan as the person edited it.
        plan: What they edited.
        blueprint: What else is planned.
        with_model: Whether a language model can write code.

    Raises:
        InputError: It cannot be read, or nobody here can write code from it.
    """
    before = read_plan(plan_text(plan, blueprint), plan, blueprint)
    edited = read_plan(text, plan, blueprint)
    if edited == before:
        raise InputError(f"Nothing differs from the plan of {plan.name}: its code stays as it is.")
    if not plan.recipe and not with_model:
        raise InputError(f"Only a model can write {plan.name} again, and this run has none.")
    if not plan.recipe:
        return edited
    try:
        return _by_recipe(edited, before)
    except InputError:
        if not with_model or edited.literals != before.literals:
            raise
    return edited.model_copy(update={"recipe": "", "literals": {}})


# --- recipes ------------------------------------------------------------------------------------


def _by_recipe(edited: CandidatePlan, before: CandidatePlan) -> CandidatePlan:
    """The plan as its recipe is written from it.

    Raises:
        InputError: The recipe cannot do that.
    """
    known = constants_in(before, "preprocess") | constants_in(before, "model")
    changes = _checked(edited.literals, known | before.literals)
    if edited.contract != before.contract:
        raise InputError(f"A recipe keeps its contract: {BY_CONSTANTS}.")
    _refuse_new_words(edited, before)
    literals = {**before.literals, **edited.literals}
    dropped = before.literals.keys() - edited.literals.keys()
    literals |= {name: known[name] for name in dropped if name in known}
    plan = before.model_copy(
        update={
            "reason": edited.reason,
            "seconds": edited.seconds,
            "threads": edited.threads,
            "literals": literals,
        }
    )
    reasons = {step.id: step.reason for step in edited.steps}
    for step in before.steps:
        if step.id not in reasons and step.id in _claimed(_code(plan)):
            plan = _without(plan, step)
    claimed = _claimed(_code(plan))
    steps = tuple(
        _said(step.model_copy(update={"reason": reasons.get(step.id, step.reason)}), changes)
        for step in plan.steps
        if step.part == "eval" or step.id in claimed
    )
    return plan.model_copy(update={"steps": steps})


def _refuse_new_words(edited: CandidatePlan, before: CandidatePlan) -> None:
    known = {step.id: step for step in before.steps}
    for step in edited.steps:
        if step.id not in known:
            raise InputError(f"A recipe cannot take up a new step ({step.id}): {BY_CONSTANTS}.")
        old = known[step.id]
        if (step.part, step.directive) != (old.part, old.directive):
            raise InputError(f"A recipe cannot follow other words ({step.id}): {BY_CONSTANTS}.")


Change = tuple[JsonValue, JsonValue]
"""What a constant was, and what it is."""


def _checked(wanted: Mapping[str, JsonValue], known: Mapping[str, JsonValue]) -> dict[str, Change]:
    """What differs, by name, also inside dictionaries.

    Raises:
        InputError: A name means nothing to the recipe, or a value is of another kind.
    """
    changes: dict[str, Change] = {}
    for name, value in wanted.items():
        if name not in known:
            raise InputError(f"The recipe has no constant {name}: Code shows those that it has.")
        old = known[name]
        _check_kind(name, value, old)
        if isinstance(value, dict) and isinstance(old, dict):
            for key in value.keys() & old.keys():
                _check_kind(f"{name}.{key}", value[key], old[key])
                changes[key] = old[key], value[key]
        else:
            changes[name] = old, value
    return {name: change for name, change in changes.items() if change[0] != change[1]}


def _check_kind(name: str, value: JsonValue, old: JsonValue) -> None:
    for kind, words in _KINDS:
        if isinstance(old, kind):
            fits = isinstance(value, kind) and isinstance(value, bool) == isinstance(old, bool)
            if not fits:
                raise InputError(f"{name} is {words} such as {old!r}, and {value!r} is not.")
            return


def _code(plan: CandidatePlan) -> tuple[str, str]:
    """Both parts as the recipe writes them.

    Raises:
        InputError: It cannot be written with these constants.
    """
    try:
        return write_preprocessing(plan), write_model(plan)
    except (ValueError, SyntaxError) as error:
        raise InputError(
            f"The recipe of {plan.name} cannot be written with these constants ({error})."
        ) from error


def _claimed(code: tuple[str, str]) -> set[str]:
    return {one for source in code for one in claimed_steps(source)}


def _without(plan: CandidatePlan, step: BlueprintStep) -> CandidatePlan:
    """The plan with the constant emptied that its code needs for a step, and for nothing else.

    Raises:
        InputError: There is no such constant.
    """
    code = _code(plan)
    before = _claimed(code)
    for name in [*_switches(plan, step, code)][:TRIED]:
        value = plan.literals[name]
        empty: JsonValue = type(value)() if isinstance(value, list | dict) else False
        tried = plan.model_copy(update={"literals": {**plan.literals, name: empty}})
        try:
            if _claimed(_code(tried)) == before - {step.id}:
                return tried
        except InputError:
            continue
    raise InputError(f"The recipe cannot do without {step.id}: {BY_CONSTANTS}.")


def _switches(plan: CandidatePlan, step: BlueprintStep, code: tuple[str, str]) -> Iterator[str]:
    """Constants with something in them that the function which claims a step uses."""
    for source in code:
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            if step.id in claims_of(ast.get_docstring(node) or ""):
                used = (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
                for name in dict.fromkeys(used):
                    if (
                        isinstance(plan.literals.get(name), list | dict | bool)
                        and (plan.literals[name])
                    ):
                        yield name


def _said(step: BlueprintStep, changes: Mapping[str, Change]) -> BlueprintStep:
    """The step, its directive naming the new value where it named the old one."""
    text = step.directive
    for name, (old, new) in changes.items():
        if isinstance(old, int | float) and not isinstance(old, bool):
            word = re.escape(name.lower().replace("_", " "))
            text = re.sub(rf"\b({word}(?: of)?) {re.escape(str(old))}\b", rf"\1 {new}", text)
            text = re.sub(rf"\b{re.escape(str(old))} ({word})\b", rf"{new} \1", text)
    return step.model_copy(update={"directive": text})
