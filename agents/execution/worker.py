"""The engine's side of the worker process that does the heavy work on data.

Reading tables, profiling, building views, scoring and checking submissions happen in a child
(`agents.competition.work`), so that a reader that crashes or eats the memory ends that child and
not the engine. Calls are one at a time; a dead worker is replaced at the next call.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pydantic import JsonValue

from agents.errors import InputError, WorkerError

_LINE_LIMIT = 1 << 30


class Worker:
    """One worker process, started when first needed."""

    def __init__(self, memory_bytes: int) -> None:
        """Limits the worker's address space to `memory_bytes`."""
        self._memory = memory_bytes
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Starts the process, so that its imports are paid while the engine does other things."""
        self._process = await self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends the process."""
        await self._end()

    async def call(
        self,
        name: str,
        arguments: dict[str, JsonValue],
        on_progress: Callable[[str, float], None] | None = None,
    ) -> JsonValue:
        """Runs a function of `agents.competition.work` and returns its result.

        Raises:
            InputError: the function found that the competition cannot be used.
            WorkerError: the worker died or raised something unforeseen.
        """
        async with self._one_at_a_time:
            if self._process is None or self._process.returncode is not None:
                self._process = await self._start()
            try:
                return await self._exchange(self._process, name, arguments, on_progress)
            except asyncio.CancelledError:
                await self._end()
                raise

    async def _exchange(
        self,
        process: asyncio.subprocess.Process,
        name: str,
        arguments: dict[str, JsonValue],
        on_progress: Callable[[str, float], None] | None,
    ) -> JsonValue:
        assert process.stdin is not None
        assert process.stdout is not None
        request = json.dumps({"call": name, "arguments": arguments}) + "\n"
        with contextlib.suppress(ConnectionError):
            process.stdin.write(request.encode())
            await process.stdin.drain()
        while line := await process.stdout.readline():
            answer = json.loads(line)
            if "progress" in answer:
                if on_progress is not None:
                    on_progress(*answer["progress"])
                continue
            return _result(answer, name)
        await process.wait()
        raise WorkerError(
            f"The worker ended (status {process.returncode}) in {name}: "
            "the data may be too large for the memory of this machine."
        )

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "agents.competition.work",
            str(self._memory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )

    async def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def _result(answer: dict[str, JsonValue], name: str) -> JsonValue:
    if "result" in answer:
        return answer["result"]
    if answer.get("error") == "InputError":
        raise InputError(str(answer["message"]))
    raise WorkerError(f"{name} failed: {answer['message']}\n{answer.get('traceback', '')}")
