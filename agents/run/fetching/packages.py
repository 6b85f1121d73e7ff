"""Packages that a model's program imports and that are not there: asked for, installed, or not had.

Installing is the person's to decide (DESIGN 6): a gate a package and run, at which the program's
track waits in every mode in which somebody is asked. What each program was told is recorded, so
that a restart finds it the same; what was installed lies in the workspace, is seen only by programs
that import it, and is part of their fingerprint alone.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from agents.errors import RetrievalError
from agents.execution.installing import Pin, install, layered
from agents.journal.choices import Answer
from agents.journal.events import GateOpened, ProgramEnded, ProgramStarted
from agents.knowledge.distributions import Distribution, distribution_of
from agents.models import CandidatePlan, Fault
from agents.repairs.imports import NO_MODULE
from agents.repairs.lookup import installed
from agents.repairs.quick_fixes import quick_fix
from agents.retrieved import Retrieval
from agents.roles.error_analyzer import module_exists, static_faults
from agents.run.fetching.reaching_out import tell_retrieved
from agents.run.world import World

INSTALL, WITHOUT = "install", "without"


@dataclass(frozen=True)
class Unrun:
    """A program that is read before it runs."""

    plan: CandidatePlan
    path: str
    """Of its round, for the steps that this takes."""
    files: Mapping[str, str]
    asks: bool
    """Whether a model wrote it; for others nothing is installed."""


@dataclass(frozen=True)
class _Missing:
    """A module that is not there, and what would bring it."""

    module: str
    file: str
    package: Distribution


async def fault_in(world: World, program: Unrun) -> Fault | None:
    """The first fault that reading a program shows, once what it misses was asked for."""
    there = set[str]()

    def exists(module: str) -> bool:
        return module.partition(".")[0] in there or module_exists(module)

    while True:
        fault = next(iter(static_faults(dict(program.files), exists)), None)
        missing = _missing(fault)
        if fault is None or missing is None:
            return fault
        if why := await _refusal(world, program, fault, missing):
            return fault if why == _MENDED else _told(fault, why)
        there.add(missing.module)


_MENDED = "a rule mends it"


def _missing(fault: Fault | None) -> _Missing | None:
    """What a fault is missing, where that can be installed."""
    named = NO_MODULE.search(fault.message) if fault is not None else None
    if fault is None or fault.kind != "missing dependency" or named is None:
        return None
    package = distribution_of(named[1])
    if package is None:
        return None
    return _Missing(named[1].partition(".")[0], fault.file or fault.component, package)


def _told(fault: Fault, why: str) -> Fault:
    """A fault whose author is told that the package is not to be had."""
    return fault.model_copy(update={"message": f"{fault.message}\n{why}"})


async def _refusal(world: World, program: Unrun, fault: Fault, missing: _Missing) -> str:
    """Why a module cannot be had; empty where it can."""
    name = missing.package.name
    if not program.asks:
        return "" if missing.module in world.packages else f"{name} is not installed."
    if await _is_mended(world, program, fault):
        return _MENDED
    if not await _is_wanted(world, program, missing):
        return f"{name} cannot be had here: it is not to be installed, so do without it."
    await _install(world, program, missing)
    if missing.module in world.packages:
        return ""
    return f"{name} cannot be had here: installing it failed, so do without it."


async def _is_mended(world: World, program: Unrun, fault: Fault) -> bool:
    """Whether a rule knows better: the module has moved, or is not used at all."""
    python, contract = world.runtime.python, program.plan.contract
    fix = await asyncio.to_thread(quick_fix, fault, program.files, contract, installed(python))
    return fix is not None


# --- asking ---------------------------------------------------------------------------------------


async def _is_wanted(world: World, program: Unrun, missing: _Missing) -> bool:
    """Whether the package is to be installed; waits for a person, and holds for this program."""
    said = INSTALL
    if missing.module not in world.packages:
        verdict = await _answer(world, program, missing)
        said = verdict or WITHOUT

    async def told() -> JsonValue:
        return said

    name = missing.package.name
    path = f"{program.path}/package-{name}"
    inputs: JsonValue = {"package": name, "module": missing.module}
    return await world.steps.step(path, inputs, told, label=f"Asking for {name}") == INSTALL


async def _answer(world: World, program: Unrun, missing: _Missing) -> str | None:
    """What the person, or a policy, says of a package; None where the run ends before that."""
    wish, known = world.settings.install, missing.package.known
    if wish is False:
        return WITHOUT
    name = world.gates.name("install", missing.package.name)
    allowed = wish is True and known
    settled = "as --install says" if allowed else ""
    world.gates.open(_gate(name, program, missing, allowed=allowed), settled=settled)
    verdict = await world.gates.answered(name, waiting_in=("review", "ask"))
    return verdict.option if verdict is not None else None


def _gate(name: str, program: Unrun, missing: _Missing, *, allowed: bool) -> GateOpened:
    package = missing.package
    guessed = "" if package.known else " Its name is a guess from the import: look it up first."
    return GateOpened(
        gate=name,
        topic="package",
        about=package.name,
        question=(
            f"`{missing.file}` of {program.plan.track} imports {missing.module}, which is not "
            f"installed where programs run. Install {package.name} into this workspace (from the "
            f"package index)?{guessed}"
        ),
        options=(INSTALL, WITHOUT),
        default=INSTALL if allowed else WITHOUT,
    )


def said_of(choice: Answer, gate: GateOpened) -> str:
    """What is said of an answer when it is taken up."""
    if choice.option == INSTALL:
        return f"{gate.about} is installed into this workspace as soon as a program needs it."
    return f"{gate.about} is not installed: programs do without it."


# --- installing -----------------------------------------------------------------------------------


async def _install(world: World, program: Unrun, missing: _Missing) -> None:
    """Installs a package once a run, and writes into the ledger what came from where."""
    name = missing.package.name
    step = f"packages/{name}"

    async def do() -> JsonValue:
        try:
            pins = await _installed(world, program, step, name)
        except RetrievalError as error:
            return {"failed": str(error), "pins": []}
        at = datetime.now(UTC).isoformat()
        return {"failed": "", "at": at, "pins": [one.model_dump(mode="json") for one in pins]}

    async with world.installing:
        if missing.module in world.packages:
            return
        label = f"Installing {name}"
        found = await world.steps.step(step, {"package": name}, do, label=label)
        assert isinstance(found, dict)
        world.packages = await asyncio.to_thread(layered, world.paths.packages)
    pins = found["pins"]
    assert isinstance(pins, list)
    tell_retrieved(world, [_entry(Pin.model_validate(one), str(found["at"])) for one in pins])
    if missing.module not in world.packages:
        why = found["failed"] or f"it holds no module {missing.module}"
        world.notice(
            f"{name} could not be installed ({why}): install it where iml-tui is installed, or let "
            "the program do without it, as it does now."
        )


async def _installed(world: World, program: Unrun, step: str, name: str) -> tuple[Pin, ...]:
    """Runs the installer as a program of the engine, with a log of its own."""
    log, started = world.paths.log(step), time.monotonic()
    pins: tuple[Pin, ...] = ()
    world.facts.append(
        ProgramStarted(
            step=step,
            track=program.plan.track,
            candidate=program.plan.name,
            label=f"Installing {name}",
            log=world.paths.relative(log),
            cores=(),
        )
    )
    ended = "killed"
    try:
        pins = await install(name, world.runtime.python, world.paths.packages, log)
        ended = "finished"
    except RetrievalError:
        ended = "stage failed"
        raise
    finally:
        world.facts.append(
            ProgramEnded(
                step=step,
                ok=bool(pins),
                ended=ended,
                seconds=time.monotonic() - started,
                peak_bytes=0,
            )
        )
    return pins


def _entry(pin: Pin, at: str) -> Retrieval:
    return Retrieval(
        kind="package",
        query=pin.text,
        address=pin.address,
        at=datetime.fromisoformat(at),
        sha256=pin.sha256,
        size=pin.size,
        concerns=False,
        reason="a package of Python that was agreed to",
    )
