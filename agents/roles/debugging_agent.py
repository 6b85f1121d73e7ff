"""Debugging Agent (paper 3.2.3): mends the located component, and nothing else.

It gets the fault, the located function, what the installed libraries really offer, and what was
tried before; it answers with edits, so that what works stays as it is.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan, Fault

ROLE = "debugging_agent"
MOST_LINES_SHOWN = 60


@dataclass(frozen=True)
class Case:
    """A fault and all that is known about it."""

    plan: CandidatePlan
    fault: Fault
    files: Mapping[str, str]
    """The program's parts by name."""
    tried: Sequence[str] = ()
    """Earlier repairs of this program that did not help, one sentence each."""
    signatures: str = ""
    """What the installed libraries offer where the fault speaks of them."""
    words: str = ""
    """What the person said about it."""
    anew: bool = False
    """Whether patching has failed often enough, and the function is to be written anew."""

    @property
    def component(self) -> str:
        """The file to be mended."""
        return self.fault.component if self.fault.component in self.files else "model.py"


@dataclass(frozen=True)
class Repair:
    """A proposed repair."""

    files: Mapping[str, str]
    cause: str
    """What the agent says was wrong."""


async def repair(adviser: Adviser, case: Case) -> Repair:
    """Ask a model for the smallest change that mends a fault.

    Raises:
        ModelError: The model gave no edits that match the file.
    """
    facts = {
        "plan": case.plan,
        "fault": case.fault,
        "files": case.files,
        "component": case.component,
        "located": located(case.files.get(case.component, ""), case.fault),
        "contract": case.plan.contract,
        "tried": case.tried,
        "signatures": case.signatures,
        "words": case.words,
        "anew": case.anew,
    }
    question = Question(ROLE, "debugger", facts, CODE_TOKENS)
    files, cause = await adviser.edited(question, case.files, (case.component,))
    return Repair(files, cause or f"{case.fault.kind} in {case.component}")


def located(source: str, fault: Fault) -> str:
    """The function that the fault names, or the lines around the one it names; else nothing."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return _around(source, fault.line)
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_meant(node, fault)
    ]
    if not found:
        return _around(source, fault.line)
    inner = min(found, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
    return ast.get_source_segment(source, inner, padded=True) or ""


def _is_meant(node: ast.FunctionDef | ast.AsyncFunctionDef, fault: Fault) -> bool:
    if fault.line is not None:
        return node.lineno <= fault.line <= (node.end_lineno or node.lineno)
    return fault.function is not None and node.name == fault.function.rsplit(".", 1)[-1]


def _around(source: str, line: int | None) -> str:
    if line is None:
        return ""
    lines = source.splitlines()
    first = max(0, line - MOST_LINES_SHOWN // 2)
    return "\n".join(lines[first : first + MOST_LINES_SHOWN])
