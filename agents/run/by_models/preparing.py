"""A model's `preprocess.py` on real data before any model is written for it (paper 3.3.3).

It runs on `sample`, and what it makes is held against the contract; the Modeling Coder is then told
what is really there. What it made is kept, so that the whole program does not make it again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import JsonValue

from agents.contract import differences
from agents.execution.protocol import ObjectFacts, Outcome
from agents.models import CandidatePlan, Fault
from agents.recipes.writing.claims import wrong_claims
from agents.roles.error_analyzer import completed
from agents.run.candidates.fitting import Fitting
from agents.run.candidates.solution_check import Failed, rung_fault, sample_budget
from agents.run.candidates.verification import Sources
from agents.run.choosing.selection import Build
from agents.run.fetching.packages import Unrun, fault_in
from agents.run.world import World

_MOST_LINES = 80
_MOST_CELLS = 40
MADE_BEFORE = "- The same `preprocess.py` ran before in this run, so nothing was measured anew."
"""What another plan's equal text made is kept, and was held against that plan's contract."""
_FAMILY = 4
"""So many columns in a row that differ by a number are told as one."""


@dataclass(frozen=True)
class Prepared:
    """What a `preprocess.py` made of `sample`."""

    text: str
    made: str
    """The objects, with their columns."""


async def prepare(
    world: World, build: Build, plan: CandidatePlan, text: str, step: str
) -> Prepared | Fault:
    """Runs a `preprocess.py` alone on `sample`, if nothing is wrong with it that reading shows.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        plan: Whose contract it must keep.
        text: The file.
        step: Path of the durable step.
    """
    files = {"preprocess.py": text}
    fault = await fault_in(world, Unrun(plan, step, files, asks=True))
    if fault is not None:
        return fault
    claims = wrong_claims(plan, text, ("prep",))
    if claims:
        return completed(rung_fault("contract fulfilment", "\n".join(claims), "blueprint"), files)

    async def do() -> JsonValue:
        found = await _run(world, build, plan, text, step)
        return found if isinstance(found, str) else found.model_dump(mode="json")

    inputs: JsonValue = {"program": Sources(text, "").program}
    label = f"{plan.name} prepares sample"
    found = await world.steps.step(f"{step}-verdict", inputs, do, label=label)
    if isinstance(found, str):
        return Prepared(text, found)
    return completed(Fault.model_validate(found), files)


async def _run(
    world: World, build: Build, plan: CandidatePlan, text: str, step: str
) -> str | Fault:
    """What it made of `sample`, in words, or the fault that it ended with."""
    sources = Sources(text, "")
    stages = world.stage_plan(sources, step, sample_budget(world, trusted=False))
    sample = build.views["sample"]
    _, state, fitted = stages.fit_preprocessor(sample)
    stages.transform(sample, state, fitted)
    fitting = Fitting(world, sources, plan.track, plan.name, trusted=False, cores=1)
    outcome = await fitting.stages(step, stages, "prepares sample")
    try:
        fitting.raise_fault(outcome, "sample")
    except Failed as failure:
        return failure.fault
    fits, tests = _facts(outcome, "preprocess-fit"), _facts(outcome, "preprocess-transform")
    if fits is None or tests is None:
        return MADE_BEFORE
    broken = differences(plan.contract, fits, tests, build.task)
    if broken:
        return rung_fault("contract fulfilment", "\n".join(broken), "sample")
    return in_words((*fits, *tests))


def in_words(facts: Sequence[ObjectFacts]) -> str:
    """What was measured about objects, each once; of small tables the first rows too."""
    told: list[str] = []
    for place, one in enumerate(facts):
        twin = next((like for like in facts[:place] if _same_columns(like, one)), None)
        told.append(f"- `{one.name}`: {_described(one, twin)}")
        if one.columns and twin is None:
            told += [f"    - {line}" for line in _columns(one)]
            told += [f"    - row {row}: {', '.join(cells)}" for row, cells in _rows(one)]
    return "\n".join(told)


def _same_columns(like: ObjectFacts, one: ObjectFacts) -> bool:
    return bool(one.columns) and (like.columns, like.dtypes) == (one.columns, one.dtypes)


def _described(one: ObjectFacts, twin: ObjectFacts | None) -> str:
    said = [f"{one.kind}, {one.rows:,} rows"]
    if twin is not None:
        said.append(f"the same columns as `{twin.name}`")
    elif one.columns:
        said.append(f"{len(one.columns):,} columns, below")
    elif one.dtypes:
        said.append(f"{', '.join(one.dtypes)}, shape {one.shape}")
    said.append(f"{one.missing:,} empty cells" if one.missing else "nothing empty")
    if one.infinite:
        said.append(f"{one.infinite:,} infinite")
    return "; ".join(said)


def _columns(one: ObjectFacts) -> list[str]:
    """The columns with dtypes and ranges; those that differ by a number only are one line."""
    kinds = one.dtypes if len(one.dtypes) == len(one.columns) else ("",) * len(one.columns)
    ranges = (*one.ranges, *[""] * len(one.columns))
    lines: list[str] = []
    named = list(zip(one.columns, kinds, ranges, strict=False))
    for (_, kind), family in groupby(named, key=lambda column: (_stem(column[0]), column[1])):
        members = list(family)
        if len(members) >= _FAMILY:
            first, last = members[0][0], members[-1][0]
            lines.append(f"`{first}` to `{last}`, {len(members)} columns {kind}".rstrip())
        else:
            lines += [
                f"`{name}` {dtype}{f': {seen}' if seen else ''}" for name, dtype, seen in members
            ]
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"and {more} more"] if more > 0 else [])]


def _stem(name: str) -> str:
    """A name without its numbers."""
    return re.sub(r"\d+", "#", name)


def _rows(one: ObjectFacts) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The first cells of the first rows."""
    for row, cells in enumerate(one.examples, start=1):
        more = ("…",) if len(one.columns) > _MOST_CELLS else ()
        yield row, (*cells[:_MOST_CELLS], *more)


def _facts(outcome: Outcome, kind: str) -> tuple[ObjectFacts, ...] | None:
    """What a stage made; None where it did not have to run."""
    found = (stage.facts for stage in outcome.stages if stage.ok and stage.name.endswith(kind))
    return next(found, None)
