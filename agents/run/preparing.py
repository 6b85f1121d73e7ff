"""A model's `preprocess.py` on real data before any model is written for it (paper 3.3.3).

It runs on `sample`, and what it makes is held against the contract; the Modeling Coder is then told
what is really there. What it made is kept, so that the whole program does not make it again.
"""

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from agents.contract import differences
from agents.execution.protocol import ObjectFacts, Outcome
from agents.models import CandidatePlan, Fault
from agents.roles.error_analyzer import static_faults
from agents.run.fitting import Fitting
from agents.run.selection import Build
from agents.run.solution_check import Failed, rung_fault, sample_budget
from agents.run.verification import Sources
from agents.run.world import World

_MOST_COLUMNS = 40


@dataclass(frozen=True)
class Prepared:
    """What a `preprocess.py` made of `sample`."""

    text: str
    made: str
    """The objects, a line each."""


async def prepare(
    world: World, build: Build, plan: CandidatePlan, text: str, step: str
) -> Prepared | Fault:
    """Runs a `preprocess.py` alone on `sample`.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        plan: Whose contract it must keep.
        text: The file.
        step: Path of the durable step.
    """
    for fault in static_faults({"preprocess.py": text}, module_exists):
        return fault

    async def do() -> JsonValue:
        found = await _run(world, build, plan, text, step)
        return found if isinstance(found, str) else found.model_dump(mode="json")

    inputs: JsonValue = {"program": Sources(text, "").program}
    label = f"{plan.name} prepares sample"
    found = await world.steps.step(f"{step}-verdict", inputs, do, label=label)
    return Prepared(text, found) if isinstance(found, str) else Fault.model_validate(found)


async def _run(
    world: World, build: Build, plan: CandidatePlan, text: str, step: str
) -> str | Fault:
    """What it made of `sample`, in words, or the fault that it ended with."""
    sources = Sources(text, "")
    stages = world.stage_plan(sources, step, sample_budget(world))
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
    broken = differences(plan.contract, fits, tests, build.task)
    if broken:
        return rung_fault("contract fulfilment", "\n".join(broken), "sample")
    return in_words((*fits, *tests))


def in_words(facts: Iterable[ObjectFacts]) -> str:
    """What was measured about objects, a line each."""
    return "\n".join(f"- `{one.name}`: {_described(one)}" for one in facts)


def _described(one: ObjectFacts) -> str:
    said = [f"{one.kind}, {one.rows:,} rows"]
    if one.columns:
        kinds = one.dtypes if len(one.dtypes) == len(one.columns) else ()
        named = [
            f"{name} {kind}".rstrip()
            for name, kind in zip(one.columns, kinds or [""] * len(one.columns), strict=True)
        ]
        more = f" and {len(named) - _MOST_COLUMNS} more" if len(named) > _MOST_COLUMNS else ""
        said.append(f"{len(named)} columns: {', '.join(named[:_MOST_COLUMNS])}{more}")
    elif one.dtypes:
        said.append(f"{', '.join(one.dtypes)}, shape {one.shape}")
    said.append(f"{one.missing:,} empty cells" if one.missing else "nothing empty")
    if one.infinite:
        said.append(f"{one.infinite:,} infinite")
    return "; ".join(said)


def module_exists(name: str) -> bool:
    """Whether programs could import a module, given by its dotted name."""
    try:
        return importlib.util.find_spec(name.split(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _facts(outcome: Outcome, kind: str) -> tuple[ObjectFacts, ...]:
    found = (stage.facts for stage in outcome.stages if stage.ok and stage.name.endswith(kind))
    return next(found, ())
