"""Core slots: how many programs run side by side, and an honest account of idle time.

Idle is what `design/engine.md` asks to be measured: seconds in which a core slot was free, work was
ready (the engine was busy preparing or judging something) and no program ran, by cause.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager


class Slots:
    """Hands cores to programs, first come first served."""

    def __init__(self, cores: tuple[int, ...], clock: Callable[[], float] = time.monotonic) -> None:
        """Takes the core numbers that this run may use."""
        self.cores = cores
        self._free = sorted(cores)
        self._changed = asyncio.Condition()
        self._queue: list[object] = []
        self._clock = clock
        self._running = 0
        self._causes: list[str] = []
        self._since = clock()
        self._idle: dict[str, float] = {}

    @asynccontextmanager
    async def take(self, count: int = 1) -> AsyncIterator[tuple[int, ...]]:
        """Waits for `count` cores (at most all there are) and holds them."""
        count = min(count, len(self.cores))
        ticket = object()
        self._queue.append(ticket)
        try:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: self._queue[0] is ticket and len(self._free) >= count
                )
                self._account()
                taken, self._free = tuple(self._free[:count]), self._free[count:]
                self._running += 1
        finally:
            self._queue.remove(ticket)
            async with self._changed:
                self._changed.notify_all()
        try:
            yield taken
        finally:
            async with self._changed:
                self._account()
                self._running -= 1
                self._free = sorted([*self._free, *taken])
                self._changed.notify_all()

    @contextmanager
    def busy(self, cause: str) -> Iterator[None]:
        """Marks that the engine works on something a program waits for."""
        self._account()
        self._causes.append(cause)
        try:
            yield
        finally:
            self._account()
            self._causes.remove(cause)

    def idle(self) -> dict[str, float]:
        """Idle seconds so far, by cause."""
        self._account()
        return {cause: round(seconds, 2) for cause, seconds in sorted(self._idle.items())}

    def _account(self) -> None:
        now = self._clock()
        seconds, self._since = now - self._since, now
        if self._running == 0 and self._causes:
            cause = self._causes[0]
            self._idle[cause] = self._idle.get(cause, 0.0) + seconds
