"""Durable steps: work that is done once for the same inputs, however often the engine dies.

A step's identity is its path; the digest of its inputs guards it: the same path with another digest
is a new attempt. Pure computation is not recorded, only what costs or cannot be repeated.
"""

import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from pydantic import JsonValue

from agents.journal.events import StepAbandoned, StepFinished, StepStarted
from agents.journal.store import Journal


def digest_of(inputs: JsonValue) -> str:
    """sha256 over the canonical json of `inputs`."""
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Steps:
    """The recorded steps of the current run, and the way to do a new one."""

    def __init__(self, journal: Journal) -> None:
        """Reads what is recorded; the journal's run must be set already."""
        self._journal = journal
        self.room: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
        """Entered around all work that is not recorded yet: where new work may have to wait."""
        self.settled: Callable[[str], bool] = lambda _path: False
        """Whether what is recorded of a path holds whatever its inputs are by now."""
        self._recorded: dict[tuple[str, str], JsonValue] = {}
        self._latest: dict[str, JsonValue] = {}
        for fact in journal.recorded():
            if fact.run == journal.run and isinstance(fact.event, StepFinished):
                self._record(fact.event)

    async def step(
        self,
        path: str,
        inputs: JsonValue,
        do: Callable[[], Awaitable[JsonValue]],
        *,
        label: str,
    ) -> JsonValue:
        """Returns the recorded result of this step, or does it and records it."""
        digest = digest_of(inputs)
        if (path, digest) in self._recorded:
            return self._recorded[path, digest]
        if path in self._latest and self.settled(path):
            return self._latest[path]
        async with self.room():
            result, seconds = await self._done(path, do, label)
        finished = StepFinished(path=path, digest=digest, result=result, seconds=seconds)
        self._journal.append(finished)
        self._record(finished)
        return result

    def _record(self, finished: StepFinished) -> None:
        self._recorded[finished.path, finished.digest] = finished.result
        self._latest[finished.path] = finished.result

    async def _done(
        self, path: str, do: Callable[[], Awaitable[JsonValue]], label: str
    ) -> tuple[JsonValue, float]:
        self._journal.append(StepStarted(path=path, label=label))
        started = time.monotonic()
        try:
            result = await do()
        except BaseException:
            self._journal.append(StepAbandoned(path=path))
            raise
        finally:
            self._journal.progress(path, None)
        return result, time.monotonic() - started
