"""The engine process: `python -P -m agents WORKSPACE REQUEST`.

It states the task before it writes anything, so that an unusable competition stays as it was; then
it takes the workspace's lock, joins the parts of a run, and runs. Exit status: 0 done or stopped in
good order, 2 the competition cannot be used, 3 the workspace cannot be used, 4 the start failed
otherwise.
"""

import asyncio
import json
import os
import platform
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs
import psutil
from pydantic import JsonValue

from agents.api import STATE_DIR
from agents.engine import run
from agents.errors import ImlError, InputError, WorkspaceError, is_full_disk, sentence_of
from agents.execution.ladder import probe
from agents.execution.runtime import Runtime, current_runtime
from agents.execution.slots import Slots
from agents.execution.worker import Worker
from agents.journal import events
from agents.journal.events import StepFinished
from agents.journal.steps import Steps
from agents.journal.store import Journal
from agents.launch import ENGINE_ERROR_STATUS, INPUT_ERROR_STATUS, WORKSPACE_ERROR_STATUS
from agents.lock import EngineLock
from agents.models import Task
from agents.run.by_models.panel import Panel, open_panel, remember
from agents.run.facts import Facts
from agents.run.only import check_only
from agents.run.paths import Paths
from agents.run.world import GIB, World
from agents.settings import Settings
from agents.workspace.repository import Repository

LOG_BYTES = 1_000_000
MEMORY_SHARE = 0.8


@dataclass(frozen=True)
class Request:
    """What the launcher asked for."""

    workspace: Path
    competition: Path
    settings: Settings
    new: bool

    @property
    def state_dir(self) -> Path:
        """The workspace's `.iml`."""
        return self.workspace / STATE_DIR

    @property
    def data(self) -> Path:
        """The folder that is read: the competition, or what was laid out in its place."""
        laid_out = Paths(self.state_dir).laid_out / _name(self.competition)
        return laid_out if laid_out.exists() else self.competition


def main(arguments: list[str]) -> int:
    """Runs the engine; returns the exit status."""
    given = json.loads(arguments[1])
    request = Request(
        workspace=Path(arguments[0]),
        competition=Path(given["competition"]),
        settings=Settings.model_validate(given["settings"]),
        new=given["new"],
    )
    try:
        return asyncio.run(_serve(request))
    except InputError as error:
        return _refuse(error, INPUT_ERROR_STATUS)
    except WorkspaceError as error:
        return _refuse(error, WORKSPACE_ERROR_STATUS)
    except ImlError as error:
        return _refuse(error, ENGINE_ERROR_STATUS)


def _refuse(error: ImlError, status: int) -> int:
    sentence = str(error).splitlines()[0]  # what follows it is for the log
    sys.stderr.write(f"{error}\n{sentence}\n")
    return status


async def _serve(request: Request) -> int:
    if shutil.which("git") is None:
        raise WorkspaceError("git is not installed: install it, the workspace is a git repository.")
    memory = _memory_bytes(request.settings)
    async with Worker(memory) as worker:
        fresh = not (request.state_dir / "journal.db").exists()
        repository = Repository(request.workspace)
        repository.refuse_foreign()
        task = await _preflight(worker, request) if fresh or request.new else None
        name = task.name if task else request.competition.name
        repository.scaffold(name, datetime.now(UTC))
        lock = EngineLock(request.state_dir)
        with _writing(request.workspace):
            if not lock.take():
                return 0
        try:
            return await _engine(request, worker, repository, task)
        finally:
            lock.release()


@contextmanager
def _writing(workspace: Path) -> Iterator[None]:
    """Turns what the disk refuses at the start into one sentence."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if is_full_disk(error):
            raise WorkspaceError(sentence_of(error, workspace)) from error
        raise WorkspaceError(
            f"{workspace} cannot be written to ({error}): give yourself access, or name another "
            "folder with --workspace."
        ) from error


async def _preflight(worker: Worker, request: Request) -> Task:
    check_only(request.settings.only)
    open_panel(request.settings, os.environ)
    options = request.settings.task_options
    place = Paths(request.state_dir).laid_out
    before = [one for one in (place, *place.parents) if one.exists()]
    try:
        folder = await worker.call(
            "lay_out", {"folder": str(request.competition), "place": str(place)}
        )
        stated = await worker.call("state_task", {"folder": folder, "options": options})
    except InputError:
        _remove(place, until=before[0])
        raise
    return Task.model_validate(stated)


def _remove(place: Path, until: Path) -> None:
    """Leave nothing of a folder, nor of those above it that were made for it."""
    made = [one for one in (place, *place.parents) if until in one.parents]
    if made:
        shutil.rmtree(made[-1], ignore_errors=True)


async def _engine(
    request: Request, worker: Worker, repository: Repository, task: Task | None
) -> int:
    with _writing(request.workspace):
        journal = Journal(request.state_dir)
    first = True
    try:
        while True:
            facts, settings = _begun(journal, request)
            panel = _panel(settings, facts)
            cores = _cores(settings)
            if first:  # what is refused before reaches who started it
                with _writing(request.workspace):
                    _redirect_output(request.state_dir / "engine.log")
                facts.append(_started(cores))
            parts = worker, repository, task, cores, panel
            status = await _one_run(request, settings, facts, parts)
            if status is not None:
                return status
            first, task = False, None  # the person stated another task: the next run begins
    finally:
        journal.close()


def _begun(journal: Journal, request: Request) -> tuple[Facts, Settings]:
    """The run that goes on, or a new one, and its settings."""
    facts = Facts(journal)
    over = facts.state.card is not None or facts.state.mark == "failed"
    settings = _settings_of_run(facts, request.settings)
    if journal.run == 0 or (request.new and over) or facts.state.restated:
        settings = settings if facts.state.restated else request.settings
        journal.start_run()
        facts = Facts(journal)
    journal.clear_progress()
    return facts, settings


def _panel(settings: Settings, facts: Facts) -> Panel | None:
    panel = open_panel(settings, os.environ, facts.journal.progress)
    if panel is not None:
        remember(panel, facts.of_run())
    return panel


def _started(cores: tuple[int, ...]) -> events.EngineStarted:
    return events.EngineStarted(
        version=_version(), pid=os.getpid(), host=platform.node(), cores=len(cores)
    )


async def _one_run(
    request: Request,
    settings: Settings,
    facts: Facts,
    parts: tuple[Worker, Repository, Task | None, tuple[int, ...], Panel | None],
) -> int | None:
    """One run as far as it gets: the engine's exit status, or None where the next run begins."""
    if facts.state.run != facts.journal.run:  # not: told again, since a person may change settings
        facts.append(
            events.RunStarted(
                competition=str(request.competition),
                name=_name(request.competition),
                settings=settings.model_dump(mode="json"),
            )
        )
    try:
        world = _join(request, settings, facts, parts)
        world.runtime = await _runtime_of_run(world)
        return await _run(world, facts)
    except BaseException as error:
        message = sentence_of(error, request.workspace)
        with suppress(OSError, sqlite3.Error):  # where the disk is full, viewers see that it is
            facts.append(events.EngineStopped(reason="failed", message=message))
        if isinstance(error, ImlError) or is_full_disk(error):
            return 1
        raise


def _join(
    request: Request,
    settings: Settings,
    facts: Facts,
    parts: tuple[Worker, Repository, Task | None, tuple[int, ...], Panel | None],
) -> World:
    worker, repository, task, cores, panel = parts
    runtime = current_runtime()
    cache = Path(platformdirs.user_cache_dir("iml-tui"))
    return World(
        competition=request.data,
        workspace=request.workspace,
        paths=Paths(request.state_dir),
        settings=settings,
        facts=facts,
        steps=Steps(facts.journal),
        worker=worker,
        runtime=runtime,
        probing=asyncio.create_task(probe(runtime, cache), name="probe"),
        repository=repository,
        slots=Slots(cores),
        memory_bytes=_memory_bytes(settings),
        panel=panel,
        preflight=task,
        reopen=lambda changed: open_panel(changed, os.environ, facts.journal.progress),
    )


async def _runtime_of_run(world: World) -> Runtime:
    """The runtime; of a run that is over, as its last programs saw it.

    Results are kept by what was installed, and a run that is over begins nothing new: what was
    installed since then must not make it train again.
    """
    now: JsonValue = world.runtime.fingerprint

    async def look() -> JsonValue:
        return now

    if world.facts.state.card is None:
        await world.steps.step("runtime", {"fingerprint": now}, look, label="Looking around")
        return world.runtime
    steps = [one.event for one in world.facts.of_run() if isinstance(one.event, StepFinished)]
    used = [str(step.result) for step in steps if step.path == "runtime"]
    return world.runtime.model_copy(update={"fingerprint": used[-1]}) if used else world.runtime


async def _run(world: World, facts: Facts) -> int | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ended = await run(world, stop)
    if ended == "restated":
        return None
    if ended == "stopped":
        facts.append(events.EngineStopped(reason="stopped", message="Stopped by you."))
        return 0
    facts.append(events.EngineStopped(reason="finished"))
    return 0


def _settings_of_run(facts: Facts, given: Settings) -> Settings:
    """A run that goes on keeps the settings it began with."""
    if facts.state.settings and facts.state.run == facts.journal.run:
        return Settings.model_validate(facts.state.settings)
    return given


def _cores(settings: Settings) -> tuple[int, ...]:
    allowed = sorted(psutil.Process().cpu_affinity() or range(os.cpu_count() or 1))
    return tuple(allowed[: settings.cores or len(allowed)])


def _memory_bytes(settings: Settings) -> int:
    if settings.memory is not None:
        return int(settings.memory * GIB)
    return int(psutil.virtual_memory().total * MEMORY_SHARE)


def _name(competition: Path) -> str:
    return competition.resolve().name or "competition"


def _version() -> str:
    try:
        return version("iml-tui")
    except PackageNotFoundError:
        return "unknown"


def _redirect_output(log: Path) -> None:
    """Sends what this process prints to a file that never grows without bound."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".old.log"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    os.write(descriptor, f"--- engine {os.getpid()}, {stamp}\n".encode())
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
