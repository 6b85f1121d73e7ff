"""Where a program does the steps of its blueprint: code claims them in docstrings, by name."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_CLAIM = re.compile(r"^\s*Steps?:[ \t]*(.+)$", re.MULTILINE)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Claim(NamedTuple):
    """Where a step is done."""

    name: str
    """Of the file."""
    line: int
    function: str
    """Empty where only the file as a whole claims it."""


def claims_of(files: Mapping[str, str]) -> dict[str, Claim]:
    """Where each step is done; the smallest piece of code that claims it counts.

    Args:
        files: Texts by name; what is no Python claims nothing.
    """
    found: dict[str, tuple[int, Claim]] = {}
    for name, text in files.items():
        for depth, claim, steps in _claiming(name, text):
            for step in steps:
                if step not in found or found[step][0] < depth:
                    found[step] = depth, claim
    return {step: claim for step, (_, claim) in found.items()}


def _claiming(name: str, text: str) -> Iterator[tuple[int, Claim, list[str]]]:
    try:
        waiting: list[tuple[int, ast.AST]] = [(0, ast.parse(text))]
    except (SyntaxError, ValueError, RecursionError):
        return
    while waiting:
        depth, node = waiting.pop(0)
        if isinstance(node, Documented):
            function = "" if isinstance(node, ast.Module) else node.name
            line = 1 if isinstance(node, ast.Module) else node.lineno
            said = _CLAIM.findall(ast.get_docstring(node) or "")
            steps = [word.strip(" .`") for one in said for word in one.split(",")]
            yield depth, Claim(name, line, function), steps
        waiting += [(depth + 1, child) for child in ast.iter_child_nodes(node)]
