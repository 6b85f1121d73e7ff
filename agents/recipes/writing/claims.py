"""Which steps of a blueprint a program claims to follow.

Code claims a step in a docstring, by a line such as `Steps: impute, encode`.
"""

import ast
import re
from collections.abc import Container, Iterable

from agents.models import BlueprintStep, CandidatePlan

_CLAIM = re.compile(r"^\s*Steps?:[ \t]*(.+)$", re.MULTILINE)


def claimed_steps(source: str) -> tuple[str, ...]:
    """Ids of the steps that the docstrings of a program claim, in order of first mention.

    Raises:
        SyntaxError: The text is no Python.
    """
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, documented)
    ]
    return tuple(dict.fromkeys(one for text in docstrings for one in claims_of(text)))


def claims_of(docstring: str) -> tuple[str, ...]:
    """Ids of the steps that one docstring claims, in order."""
    words = [word for line in _CLAIM.findall(docstring) for word in line.split(",")]
    return tuple(word.strip(" .`") for word in words if word.strip(" .`"))


def unclaimed_steps(plan: CandidatePlan, sources: Iterable[str]) -> list[str]:
    """Ids of the steps of a plan that no program claims.

    Steps of the part `eval` are the engine's own: no program can follow them.

    Raises:
        SyntaxError: A source is no Python.
    """
    claimed = {one for source in sources for one in claimed_steps(source)}
    return [step.id for step in plan.steps if step.part != "eval" and step.id not in claimed]


def wrong_claims(plan: CandidatePlan, source: str, parts: Container[str]) -> list[str]:
    """What the claims of one file lack, and what they make up in its place, one sentence each.

    A claim too many is named beside a missing one, whose name it may be meant for; alone it does no
    harm.

    Args:
        plan: What it was written for.
        source: The file.
        parts: The parts of the plan that it carries out.

    Raises:
        SyntaxError: The text is no Python.
    """
    claimed = claimed_steps(source)
    missing = [one.id for one in plan.steps if one.part in parts and one.id not in claimed]
    if not missing:
        return []
    said = [f"No docstring claims these steps: {', '.join(missing)}."]
    made_up = [one for one in claimed if one not in {step.id for step in plan.steps}]
    if made_up:
        said.append(f"Docstrings claim steps that the plan does not have: {', '.join(made_up)}.")
    return said


def steps_claimed_in(source: str, steps: Iterable[BlueprintStep]) -> list[BlueprintStep]:
    """Those of the steps that a program claims."""
    claimed = claimed_steps(source)
    return [step for step in steps if step.id in claimed]
