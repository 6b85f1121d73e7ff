"""Running a program: spawn, stream, watch, end, and say what became of it.

`Executor.run` turns a `Program` into an `Outcome`. A program that fails, floods, hangs or eats all
memory is a value; only a broken promise of our own raises. When `run` returns or is cancelled, no
process of the program is left, and what its stages wrote is durable.

Call it on the event loop of the main thread: the kernel ties "die with the parent" to the thread
that spawned the child.
"""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Literal

import psutil
from pydantic import JsonValue

from agents.execution.attempt import Attempt, results_of
from agents.execution.limits import END_PATIENCE_S, POLL_S, Breach, Meter, end_tree, settle, watch
from agents.execution.protocol import Outcome, Program, Stage, StageError, StageResult
from agents.execution.runtime import Runtime
from agents.execution.sandbox import Sandbox
from agents.journal.arrivals import Arrivals

OnStage = Callable[[StageResult], None]
Stopped = Breach | Literal["too much output", "could not start"]
Ended = Stopped | Literal["finished", "stage failed", "killed"]
StageEnd = Literal["timed out", "out of memory", "killed"]

FIRST = asyncio.FIRST_COMPLETED
CHUNK_BYTES = 1 << 16
TAIL_BYTES = 24_576
TAIL_LINES = 200
GRACE_S = 5.0
"""Between the signal that asks a stage to end and the one that makes it."""
WATCH_GRACE_S = 3.0
"""The runner keeps the deadlines itself and politely; the watcher is there in case it cannot."""

UNSANDBOXED = (
    "This program was written by a model and nothing on this machine can keep it from reading your"
    " files; install bubblewrap, or allow it with --allow-unsandboxed."
)


class Executor:
    """Runs programs on one runtime, inside one sandbox, any number at a time."""

    def __init__(
        self,
        runtime: Runtime,
        sandbox: Sandbox,
        *,
        grace_s: float = GRACE_S,
        unsandboxed: bool = False,
    ) -> None:
        """Nothing runs yet.

        Args:
            runtime: The interpreter.
            sandbox: What programs are kept in.
            grace_s: Between the signal that asks a stage to end and the one that makes it.
            unsandboxed: Whether the person allowed what is not ours to run where nothing can keep
                it from their files.
        """
        self.runtime = runtime
        self.sandbox = sandbox
        self._grace_s = grace_s
        self._unsandboxed = unsandboxed

    async def run(self, program: Program, on_stage: OnStage | None = None) -> Outcome:
        """Run all stages of `program` and return when nothing of it is left.

        Args:
            program: What to run; its `attempt` is a fresh folder of its own.
            on_stage: Called with each stage's result as soon as it is known.
        """
        started = time.monotonic()
        refusal = self._refusal(program)
        if refusal:
            return self._outcome(program, [], "could not start", tail=refusal)
        attempt = Attempt(program, self.runtime, self.sandbox, self._grace_s)
        run = _Run(attempt, on_stage or _ignore, self._grace_s + WATCH_GRACE_S)
        program.log.parent.mkdir(parents=True, exist_ok=True)
        program.log.touch()
        await asyncio.to_thread(run.attempt.lay_out)
        shared = self.sandbox.shares_startup
        groups = [program.stages] if shared else [(stage,) for stage in program.stages]
        for group in groups:
            await run.process(group, program.limits.seconds - (time.monotonic() - started))
        removed = await asyncio.to_thread(settle, results_of(program))
        run.note(f"Removed {path.name}: results may hold files only." for path in removed)
        outcome = self._outcome(program, run.results, run.stopped, tail=run.tail())
        # The watcher sees the whole tree, but only now and then; a stage saw itself all the time.
        peak = max([run.peak_bytes, *(result.peak_bytes for result in run.results)])
        seconds = time.monotonic() - started
        return outcome.model_copy(update={"seconds": seconds, "peak_bytes": peak})

    def _refusal(self, program: Program) -> str | None:
        if not (program.trusted or self._unsandboxed) and self.sandbox.rung == "limits":
            return UNSANDBOXED
        missing = (path for stage in program.stages for path in stage.reads if not path.exists())
        written = set(results_of(program))
        for path in missing:
            if path.resolve() not in written:
                return f"The input {path} does not exist; it must be there before the run starts."
        return None

    def _outcome(
        self,
        program: Program,
        results: Sequence[StageResult],
        stopped: Stopped | None,
        tail: str,
    ) -> Outcome:
        known = {result.name: result for result in results}
        skipped = (StageResult(name=stage.name, ok=False, skipped=True) for stage in program.stages)
        stages = tuple(known.get(result.name, result) for result in skipped)
        ok = stopped is None and all(result.ok for result in stages)
        failed = next((result for result in stages if not result.ok and not result.skipped), None)
        return Outcome(
            ok=ok,
            ended=stopped or ("finished" if ok else _ended_as(failed)),
            stages=stages,
            seconds=0.0,
            peak_bytes=0,
            rung=self.sandbox.rung,
            tail=tail,
        )


class _Run:
    """What is known of one run so far."""

    def __init__(self, attempt: Attempt, on_stage: OnStage, grace_s: float) -> None:
        self.attempt = attempt
        self.results: list[StageResult] = []
        self.stopped: Stopped | None = None
        self.peak_bytes = 0
        self._on_stage = on_stage
        self._grace_s = grace_s
        self._log = attempt.program.log
        self._log_start = self._log.stat().st_size if self._log.exists() else 0
        self._output_bytes = 0
        self._running: str | None = None

    async def process(self, stages: Sequence[Stage], seconds: float) -> None:
        """Run the process of `stages` to its end, unless there is nothing for it to do."""
        done = [result.name for result in self.results if result.ok]
        if (
            self.stopped
            or seconds <= 0
            or not any(set(done).issuperset(stage.after) for stage in stages)
        ):
            return
        file = self.attempt.results_file(stages)
        with file.open("ab") as results:
            process = await self._spawn(stages, done, seconds, results.fileno())
        if process is None:
            return
        follower = _Results(file)
        limits = self.attempt.program.limits.model_copy(update={"seconds": seconds})
        meter = Meter(process.pid, self.attempt.written, limits.memory_bytes)
        try:
            await self._attend(process, watch(meter, limits, self._grace_s), follower)
        finally:
            await asyncio.shield(_end(process, meter.seen))
            self.peak_bytes = max(self.peak_bytes, meter.peak_bytes)
        self._take(follower.fresh())
        self._account_for(stages)

    async def _spawn(
        self, stages: Sequence[Stage], done: Sequence[str], seconds: float, results: int
    ) -> asyncio.subprocess.Process | None:
        arguments, environment = self.attempt.command(stages, done, seconds, results)
        try:
            return await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                cwd=self.attempt.program.attempt,
                start_new_session=True,
                pass_fds=(results,),
            )
        except OSError as error:
            self.stopped = "could not start"
            self.note([f"The program could not be started: {error}."])
            return None

    async def _attend(
        self,
        process: asyncio.subprocess.Process,
        watching: Coroutine[None, None, Breach],
        follower: "_Results",
    ) -> None:
        """Stream, watch and follow a process until it ends or passes a limit."""
        output = asyncio.create_task(self._stream(process), name="output")
        watcher = asyncio.create_task(watching, name="watch")
        try:
            while not output.done() and not watcher.done():
                await asyncio.wait({output, watcher}, timeout=POLL_S, return_when=FIRST)
                self._take(follower.fresh())
            if watcher.done():
                self.stopped = watcher.result()
        finally:
            for task in (output, watcher):
                task.cancel()
            await asyncio.wait({output, watcher})

    async def _stream(self, process: asyncio.subprocess.Process) -> None:
        """Write output to the log as it comes, until it ends or there is too much of it."""
        assert process.stdout is not None
        limit = self.attempt.program.limits.output_bytes
        arrivals = Arrivals(self._log)
        with self._log.open("ab", buffering=0) as log:
            while chunk := await process.stdout.read(CHUNK_BYTES):
                arrivals.note(log.tell())
                log.write(chunk[: limit - self._output_bytes])
                self._output_bytes += len(chunk)
                if self._output_bytes > limit:
                    self.stopped = "too much output"
                    return
        await process.wait()

    def _take(self, lines: Sequence[dict[str, JsonValue]]) -> None:
        for line in lines:
            if "began" in line:
                self._running = str(line["began"])
            else:
                self._add(StageResult.model_validate(line["ended"]))

    def _add(self, result: StageResult) -> None:
        self._running = None
        self.results.append(result)
        self._on_stage(result)

    def _account_for(self, stages: Sequence[Stage]) -> None:
        """Give the stage that was running when its process ended a result of its own."""
        if self._running:
            ended = _stage_end(self.stopped)
            message = f"The program was ended: {self.stopped or 'its process was killed'}."
            error = StageError(type=ended, message=message)
            self._add(StageResult(name=self._running, ok=False, ended=ended, error=error))
        elif not self.stopped and not any(self._knows(stage) for stage in stages):
            self.stopped = "could not start"

    def _knows(self, stage: Stage) -> bool:
        return any(result.name == stage.name for result in self.results)

    def note(self, sentences: Iterable[str]) -> None:
        """Add sentences of ours to the log."""
        with self._log.open("a", encoding="utf-8") as log:
            log.writelines(f"{sentence}\n" for sentence in sentences)

    def tail(self) -> str:
        """Return the last lines that this run wrote to the log."""
        with self._log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, end - TAIL_BYTES))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


class _Results:
    """Follows the file in which the runner reports; only whole lines are taken."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = 0

    def fresh(self) -> list[dict[str, JsonValue]]:
        """Return the lines that were added since the last call."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            file.seek(self._offset)
            whole = file.read().rpartition(b"\n")[0]
        if not whole:
            return []
        self._offset += len(whole) + 1
        return [json.loads(line) for line in whole.splitlines()]


async def _end(process: asyncio.subprocess.Process, seen: Iterable[psutil.Process]) -> None:
    """Leave nothing of a process tree, not even where its root was killed before its leaves."""
    if process.returncode is None:
        await end_tree(process.pid)
    for left in seen:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
    assert process.stdout is not None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_PATIENCE_S):
            # A full pipe that nobody reads would keep asyncio from noticing the end.
            while await process.stdout.read(CHUNK_BYTES):
                pass
            await process.wait()


def _stage_end(stopped: Stopped | None) -> StageEnd:
    if stopped in {"timed out", "out of memory"}:
        return stopped
    return "killed"


def _ended_as(failed: StageResult | None) -> Ended:
    """Say how a program ended whose first failed stage is `failed`."""
    if failed is None:
        # Whatever did not run had no time left: a stage that it needs would have failed.
        return "timed out"
    if failed.ended in {"timed out", "out of memory", "killed"}:
        return failed.ended
    return "stage failed"


def _ignore(_: StageResult) -> None:
    """Stand in for a caller who waits for the outcome only."""
