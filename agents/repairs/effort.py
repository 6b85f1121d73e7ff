"""Less work for a program: smaller batches where memory ends, fewer rounds where time does."""

import ast
import re

from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit

MEMORY = re.compile(
    r"out of memory|can't allocate memory|unable to allocate|not enough memory", re.IGNORECASE
)
TIME = re.compile(r"timed out|time limit|TimeoutError", re.IGNORECASE)
BATCH = re.compile(r"(^|_)batch(_?size)?$|^batchsize$", re.IGNORECASE)
ROUNDS = re.compile(
    r"^(n_estimators|iterations|num_iterations|num_boost_round|max_iter|n_iter|epochs?|n_epochs|"
    r"num_epochs|max_epochs|trees|num_trees|n_trees|steps|max_steps|n_trials|rounds|n_rounds)$",
    re.IGNORECASE,
)
LESS_BATCH = 2
LESS_ROUNDS = 4
FEWEST_ROUNDS = 10
SMALLEST_BATCH = 8


def smaller_batches(at: Situation) -> Fix | None:
    """Half of the batch where memory ends; one process instead of many where no batch is named."""
    if not MEMORY.search(at.message) or at.fault.kind != "resource":
        return None
    edits = _numbers(at, BATCH, LESS_BATCH, SMALLEST_BATCH)
    if edits:
        return at.fix("smaller batches", "Batches are half as large.", edits)
    jobs = [
        at.source.replaced(given.value, "1")
        for call in at.source.calls()
        for given in call.keywords
        if given.arg in {"n_jobs", "num_workers"} and at.source.of(given.value) not in {"0", "1"}
    ]
    return at.fix("fewer processes", "One process does the work of several.", jobs)


def fewer_rounds(at: Situation) -> Fix | None:
    """A quarter of the rounds where time ends, unless it ended in a loop of the program's own."""
    if not TIME.search(at.message) or at.fault.kind != "resource" or _in_a_loop(at):
        return None
    edits = _numbers(at, ROUNDS, LESS_ROUNDS, FEWEST_ROUNDS)
    what = f"A quarter of the rounds are done, but not fewer than {FEWEST_ROUNDS}."
    return at.fix("fewer rounds", what, edits)


def _in_a_loop(at: Situation) -> bool:
    """Whether time ended inside a `while`, which fewer rounds do not end."""
    return any(
        isinstance(node, ast.While) and node.lineno <= at.line <= (node.end_lineno or node.lineno)
        for node in at.source.walk()
        if at.line is not None
    )


def _numbers(at: Situation, named: re.Pattern[str], divisor: int, least: int) -> list[Edit]:
    """Whole numbers that are given under such a name, divided; those that are small stay."""
    edits = []
    for node in at.source.walk():
        value: ast.expr | None = None
        if isinstance(node, ast.keyword) and named.search(node.arg or ""):
            value = node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value if named.search(node.targets[0].id) else None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            value = node.value if named.search(node.target.id) else None
        if isinstance(node, ast.Dict):
            for key, one in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and named.search(str(key.value)):
                    edits += _divided(at, one, divisor, least)
        edits += _divided(at, value, divisor, least)
    return edits


def _divided(at: Situation, value: ast.expr | None, divisor: int, least: int) -> list[Edit]:
    if not isinstance(value, ast.Constant) or type(value.value) is not int:
        return []
    if value.value <= least:
        return []
    return [at.source.replaced(value, str(max(least, value.value // divisor)))]
