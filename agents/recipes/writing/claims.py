"""Which steps of a blueprint a program claims to follow.

Code claims a step in a docstring, by a line such as `Steps: impute, encode`.
"""

import ast
import re
from collections.abc import Iterable

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
    lines = [line for text in docstrings for line in _CLAIM.findall(text)]
    ids = [word.strip(" .`") for line in lines for word in line.split(",")]
    return tuple(dict.fromkeys(one for one in ids if one))


def unclaimed_steps(plan: CandidatePlan, sources: Iterable[str]) -> list[str]:
    """Ids of the steps of a plan that no program claims.

    Steps of the part `eval` are the engine's own: no program can follow them.

    Raises:
        SyntaxError: A source is no Python.
    """
    claimed = {one for source in sources for one in claimed_steps(source)}
    return [step.id for step in plan.steps if step.part != "eval" and step.id not in claimed]


def steps_claimed_in(source: str, steps: Iterable[BlueprintStep]) -> list[BlueprintStep]:
    """Those of the steps that a program claims."""
    claimed = claimed_steps(source)
    return [step for step in steps if step.id in claimed]
