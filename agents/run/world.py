"""Everything a run needs from the outside, joined once: journal, steps, worker, programs, git.

`agents.engine` decides what happens; it reaches the world only through this object. `tell` makes
facts idempotent, so that a resumed run, which starts from the top, says nothing twice.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from agents.errors import RefMovedError
from agents.execution.executor import Executor
from agents.execution.installing import layered
from agents.execution.protocol import Limits, Outcome, Program, Stage, StageResult, Weights
from agents.execution.runtime import Runtime
from agents.execution.sandbox import Sandbox
from agents.execution.slots import Slots
from agents.execution.worker import Worker
from agents.journal.choices import Mode
from agents.journal.events import (
    Event,
    Noticed,
    ProgramEnded,
    ProgramStarted,
    Progress,
    Recorded,
    RunStarted,
    SandboxProbed,
)
from agents.journal.steps import Steps
from agents.models import Task
from agents.roles.error_analyzer import needed_modules
from agents.run.by_models.panel import Panel
from agents.run.candidates.verification import GRACE, REPEATABLE_GRACE, Sources, StagePlan, key
from agents.run.facts import Facts
from agents.run.gates import Gates
from agents.run.pace import Pace
from agents.run.paths import Paths
from agents.run.schedule import Schedule
from agents.settings import Settings
from agents.workspace.repository import Repository

UNLIMITED_S = 1e9
"""What a deterministic run gives instead of a time limit: recipes then never look at a clock."""
LEAST_PROGRAM_S, LEAST_AFTERWARDS_S = 30.0, 600.0
"""What a program may take at least: before the end of a run, and once it is over."""
GIB = 2**30


@dataclass
class World:
    """The joined parts. One a run."""

    competition: Path
    workspace: Path
    paths: Paths
    settings: Settings
    facts: Facts
    steps: Steps
    worker: Worker
    runtime: Runtime
    probing: asyncio.Task[Sandbox]
    """Finds the sandbox's rung while the data is looked at."""
    repository: Repository
    slots: Slots
    memory_bytes: int
    panel: Panel | None = None
    """The language models; None where the run has none."""
    preflight: Task | None = None
    """The task as stated before the workspace was made."""
    reopen: Callable[[Settings], Panel | None] = lambda _: None
    """Opens the models that other settings name.

    Raises `InputError` where a name means nothing, or a key is missing."""
    models_may_join: bool = True
    """Whether the plans of models that a person names now would still be built."""
    weights: Weights = field(init=False, default_factory=Weights)
    """Pretrained models that programs may read, once some were found."""
    pace: Pace = field(init=False)
    """Whether new work may begin, and whether the clock goes."""
    gates: Gates = field(init=False)
    """Where a person may decide."""
    began_with: Settings = field(init=False)
    """What the run was told when it began: what is recorded rests on it."""
    packages: dict[str, str] = field(init=False)
    """Modules that were installed into this workspace, each with the pin of what brings it."""
    installing: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    """One package after the other."""
    _models_joined: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Joins what waits for people with the clock and the steps."""
        state = self.facts.state
        self.packages = layered(self.paths.packages)
        self.pace = Pace(self.facts.journal, paused=state.paused)
        self.steps.room = self.pace.room
        self.steps.settled = self._was_seen
        self.gates = Gates(self.facts, self.pace, lambda: self.mode)
        started = (one.event for one in self.facts.of_run() if isinstance(one.event, RunStarted))
        first = next(started, None)
        self.began_with = Settings.model_validate(first.settings) if first else self.settings

    def tell(self, event: Event) -> Recorded:
        """Journals a fact once a run."""
        return self.facts.tell(event)

    def retell(self, event: Event) -> Recorded:
        """Journals a fact unless the last one about the same thing says the same.

        For what a person's decisions may turn to and fro.
        """
        last = self.facts.last_like(event)
        return last if last is not None and last.event == event else self.facts.append(event)

    def notice(self, text: str, *, serious: bool = False) -> None:
        """Says one sentence to the person."""
        self.tell(Noticed(text=text, serious=serious))

    @property
    def mode(self) -> Mode:
        """Whether people are asked; nobody is where nobody said so."""
        return self.settings.mode or "auto"

    # --- models that come later ---------------------------------------------------------------

    def join(self, panel: Panel) -> None:
        """Models come in while the run goes on; what waits for them goes on."""
        self.panel = panel
        self._models_joined.set()

    async def models(self) -> Panel:
        """The language models, as soon as there are any."""
        while self.panel is None:
            await self._models_joined.wait()
        return self.panel

    # --- the sandbox ----------------------------------------------------------------------

    async def probed(self) -> None:
        """Waits until it is known how programs run here, and says so."""
        sandbox = await self.probing
        reasons = tuple(why for _, why in sandbox.refused)
        self.tell(SandboxProbed(rung=sandbox.rung, reasons=reasons))

    @property
    def sandbox(self) -> Sandbox:
        """The rung that programs run on; to be asked after `probed`."""
        return self.probing.result()

    # --- time ---------------------------------------------------------------------------------

    @property
    def repeatable(self) -> bool:
        """Whether searches are bounded by trials instead of time."""
        return self.settings.deterministic

    @property
    def schedule(self) -> Schedule:
        """How the run spends its time."""
        limit = math.inf if self.repeatable else self.settings.time_limit
        return Schedule(limit, len(self.slots.cores))

    @property
    def first_schedule(self) -> Schedule:
        """As it was when the run began: results that are kept were limited by it."""
        limit = math.inf if self.repeatable else self.began_with.time_limit
        return Schedule(limit, len(self.slots.cores))

    @property
    def active(self) -> float:
        """Seconds that this run has been worked on."""
        return self.facts.journal.active

    @property
    def remaining_s(self) -> float:
        """Active seconds left of the run's limit; infinite when the run is repeatable."""
        return self.schedule.limit_s - self.active

    @property
    def _spare_s(self) -> float:
        """What a program may take; after a run is over, a person waits for it and no limit does."""
        if self.facts.state.card is not None:
            return max(LEAST_AFTERWARDS_S, self.schedule.limit_s)
        return max(LEAST_PROGRAM_S, self.remaining_s)

    def in_time(self) -> AbstractAsyncContextManager[None]:
        """Ends what is inside when no program may run any more.

        What a person asks for after a run is over is not bounded by that run's limit.

        Raises:
            TimeoutError: It was not done by then.
        """
        over = self.facts.state.card is not None
        return self.pace.until(lambda: None if over else self.schedule.programs_end)

    def _was_seen(self, path: str) -> bool:
        """Whether a run that is over looked at its data or planned so, wherever that lies now."""
        seen = path.startswith("look/") or path == "plan/commit"
        return seen and self.facts.state.card is not None

    # --- heavy work on data --------------------------------------------------------------------

    async def work(
        self,
        path: str,
        name: str,
        arguments: dict[str, JsonValue],
        *,
        label: str,
        inputs: JsonValue = None,
    ) -> JsonValue:
        """A durable step done by the worker process.

        `inputs` guard the step; the arguments do where none are given.
        """

        async def do() -> JsonValue:
            def progress(text: str, done: float) -> None:
                self.facts.journal.progress(path, Progress(label=label, done=done, text=text))

            with self.slots.busy(label):
                return await self.worker.call(name, arguments, progress)

        guard: JsonValue = inputs or {"call": name, "arguments": arguments}
        return await self.steps.step(path, guard, do, label=label)

    # --- programs ------------------------------------------------------------------------------

    def stage_plan(
        self, sources: Sources, step: str, time_limit_s: float, *, seed: int | None = None
    ) -> StagePlan:
        """An empty plan whose results are first written into a fresh attempt of `step`.

        `seed` is that of the run unless another is given.
        """
        attempt = self.paths.attempt(step)
        return StagePlan(
            sources=sources,
            paths=self.paths,
            out=attempt / "out",
            runtime=self._fingerprint(sources.files),
            seed=self.settings.seed if seed is None else seed,
            time_limit_s=time_limit_s,
            grace=REPEATABLE_GRACE if self.repeatable else GRACE,
        )

    def _pins(self, files: Mapping[str, str]) -> list[str]:
        """What a program imports of what was installed into this workspace."""
        if not self.packages:
            return []
        needed = set[str]().union(*map(needed_modules, files.values()))
        return sorted({pin for module, pin in self.packages.items() if module in needed})

    def _fingerprint(self, files: Mapping[str, str]) -> str:
        """The runtime as a program sees it: a package is nothing to those who do not need it."""
        pins = self._pins(files)
        return key(self.runtime.fingerprint, *pins) if pins else self.runtime.fingerprint

    async def run_program(
        self, order: "Order", watch: Callable[[StageResult], None] | None = None
    ) -> Outcome:
        """Runs a program on one core as soon as one is free, and journals that it did."""
        async with AsyncExitStack() as held:
            with self.pace.aside():
                cores = await held.enter_async_context(self.slots.take(order.cores))
                await self.pace.may_begin()
            log = self.paths.log(order.step)
            self.facts.append(
                ProgramStarted(
                    step=order.step,
                    track=order.track,
                    candidate=order.candidate,
                    label=order.label,
                    log=self.paths.relative(log),
                    cores=cores,
                )
            )
            program = Program(
                name=order.step,
                files=order.files,
                stages=order.stages,
                attempt=order.attempt,
                log=log,
                cores=cores,
                limits=self._limits(order),
                trusted=order.trusted,
                weights=self.weights_for(order),
                packages=self.paths.packages if self._pins(order.files) else None,
            )
            unsandboxed = self.settings.allow_unsandboxed
            executor = Executor(self.runtime, self.sandbox, unsandboxed=unsandboxed)
            outcome = await executor.run(program, watch)
        self.facts.append(_ended(order.step, outcome))
        return outcome

    def weights_for(self, order: "Order") -> Weights:
        """The pretrained models of this run, and, for our own programs, what these said."""
        if order.trusted:
            return self.weights
        return self.weights.model_copy(update={"vectors": None})

    def _limits(self, order: "Order") -> Limits:
        seconds = sum(stage.time_limit_s for stage in order.stages)
        if not self.repeatable:
            seconds = min(seconds, self._spare_s)
        elif not order.trusted:  # what a model wrote may loop for ever
            seconds = min(seconds, self.settings.time_limit)
        share = self.memory_bytes * order.cores // max(1, len(self.slots.cores))
        return Limits(seconds=min(seconds, UNLIMITED_S), memory_bytes=share)

    # --- git -----------------------------------------------------------------------------------

    async def commit(
        self, path: str, inputs: JsonValue, do: Callable[[], str], *, label: str
    ) -> str:
        """A durable step that moves the main line and returns the commit's id."""

        async def move() -> JsonValue:
            with self.slots.busy(label):
                return await asyncio.to_thread(_retried, do)

        result = await self.steps.step(path, inputs, move, label=label)
        assert isinstance(result, str)
        return result

    async def keep_clock(self) -> None:
        """Records the active time once a second, for viewers and for the next start."""
        while True:
            self.facts.journal.tick()
            await asyncio.sleep(1.0)


@dataclass(frozen=True)
class Order:
    """What `World.run_program` is to run."""

    step: str
    track: str
    candidate: str
    label: str
    files: dict[str, str]
    stages: tuple[Stage, ...]
    attempt: Path
    trusted: bool
    cores: int = 1


def _retried(do: Callable[[], str], tries: int = 5) -> str:
    for _ in range(tries - 1):
        try:
            return do()
        except RefMovedError:
            time.sleep(0.05)
    return do()


def _ended(step: str, outcome: Outcome) -> ProgramEnded:
    def seconds(prefix: str) -> float:
        return sum(
            stage.seconds
            for stage in outcome.stages
            if stage.name.rsplit("/", 1)[-1].startswith(prefix)
        )

    return ProgramEnded(
        step=step,
        ok=outcome.ok,
        ended=outcome.ended,
        seconds=outcome.seconds,
        peak_bytes=outcome.peak_bytes,
        preprocessing_seconds=seconds("preprocess"),
        modelling_seconds=seconds("model"),
    )
