"""Assembler (paper 3.2.2): a candidate's parts, its folds, decision and format as one program.

What comes out imports nothing of this project. Everything that the engine does around a candidate
(dealing rows into folds, averaging, deciding, writing) is copied from the engine's own source, so
that the program reproduces the engine's submission.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import JsonValue

from agents.models import CandidatePlan, Decision, SplitPlan, Task
from agents.recipes.claims import claimed_steps
from agents.recipes.imports import Import
from agents.recipes.inline import inline, load_source, merge, prefixed, share
from agents.recipes.layout import spellings, table_literals
from agents.recipes.literals import constants_of, fill, settle
from agents.recipes.source import Module, Piece, compose, parse, reached

CLASSES = ("Preprocessor", "Model")
_PROGRAMS = "agents.recipes.programs"
_REGISTERED = {
    "decide": "agents.competition.decisions",
    "write_format": "agents.competition.formats",
}


class EnsembleMember(NamedTuple):
    """One candidate of an ensemble."""

    name: str
    weight: float
    preprocess: str
    """The text of its `preprocess.py`."""
    model: str
    """The text of its `model.py`."""


def assemble(
    task: Task,
    split: SplitPlan,
    plan: CandidatePlan,
    preprocess_source: str,
    model_source: str,
    decision: Decision,
) -> str:
    """Write the `solution.py` of one candidate.

    Raises:
        SyntaxError: A source is no Python.
    """
    parts = {"preprocessing": parse(preprocess_source), "modeling": parse(model_source)}
    frame = _frame("solution", task, decision, _literals(task, split, decision))
    modules = share({**parts, "solution": frame})
    steps = [one for source in (preprocess_source, model_source) for one in claimed_steps(source)]
    heading = f"{plan.name} on {task.name}, as a program that stands alone."
    claims = f"\n\nSteps: {', '.join(dict.fromkeys(steps))}" if steps else ""
    return _joined(heading + _usage(frame) + claims, modules)


def assemble_ensemble(
    task: Task,
    split: SplitPlan,
    members: Sequence[EnsembleMember],
    decision: Decision,
    blend_scale: str,
) -> str:
    """Write the `solution.py` of a weighted blend, which carries its members.

    What two members call alike but mean differently gets the name of its member as a prefix; what
    they have in common appears once.

    Args:
        task: What is asked.
        split: How the engine dealt the rows into folds.
        members: Candidates with their sources and weights.
        decision: How blended scores become answers.
        blend_scale: `linear`, or `log` for an average of log(1 + x).

    Raises:
        SyntaxError: A source is no Python.
    """
    literals = _literals(task, split, decision) | {
        "SCALE": blend_scale,
        "WEIGHTS": {member.name: member.weight for member in members},
    }
    frame = _frame("ensemble", task, decision, literals)
    prefixes = _prefixes(members)
    modules = share(
        {
            prefix: _member(member)
            for prefix, member in zip(prefixes, members, strict=True)
        }
        | {"solution": frame}
    )
    names = {
        member.name: [_class_name(name, prefix, modules[prefix]) for name in CLASSES]
        for prefix, member in zip(prefixes, members, strict=True)
    }
    modules["solution"] = _with_parts(modules["solution"], names)
    heading = f"{_listed([m.name for m in members])} blended on {task.name}, as one program."
    return _joined(heading + _usage(frame), modules)


def _frame(name: str, task: Task, decision: Decision, literals: dict[str, JsonValue]) -> Module:
    """The skeleton of a program, with the registered decision and format, filled and pruned."""
    registered = {
        "decide": f"apply_{decision.name}",
        "write_format": f"write_{task.submission.format if task.submission else 'row'}_format",
    }

    def load(module: str) -> str:
        whole = parse(load_source(module))
        chosen = (
            replace(one, name=registered[one.alias]) if one.alias in registered else one
            for one in whole.imports
        )
        return compose(replace(whole, imports=tuple(chosen)))

    skeleton = parse(load(f"{_PROGRAMS}.{name}"))
    own = tuple(one for one in skeleton.imports if one.alias not in CLASSES)
    text = fill(compose(inline(replace(skeleton, imports=own), load)), literals)
    return reached(parse(settle(text, constants_of(text))), ["main"])
"""
"""
