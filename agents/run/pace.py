"""Whether new work may begin, and whether the clock of the run goes.

A pause takes effect at step boundaries: a program that runs is let end, since time that it measures
itself cannot be made to stand still, and nothing new is begun. The limit of a run counts seconds of
work only (`design/engine.md`): while the run is paused, or waits for a person, and nothing is under
way, the clock rests, and every deadline moves on with it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from agents.journal.store import Journal

_INSIDE: ContextVar[bool] = ContextVar("inside a step", default=False)

Ends = Callable[[], float | None]
"""The active second at which something is to end; None where nothing bounds it."""


class Pace:
    """The pace of one run."""

    def __init__(self, journal: Journal, *, paused: bool = False) -> None:
        """Goes on unless the person paused the run before the engine was started again."""
        self._journal = journal
        self._go = asyncio.Event()
        if not paused:
            self._go.set()
        self._under_way = self._awaited = 0
        self._rests = False
        self._deadlines: dict[asyncio.Timeout, Ends] = {}
        self._settle()

    @property
    def rests(self) -> bool:
        """Whether the clock stands still."""
        return self._rests

    def pause(self) -> None:
        """Nothing new begins from now on."""
        self._go.clear()
        self._settle()

    def resume(self) -> None:
        """Work goes on."""
        self._go.set()
        self._settle()

    # --- work -------------------------------------------------------------------------------------

    @asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """Around a piece of work: waits while the run is paused, then counts as under way.

        Work inside work begins no sooner, and counts once.
        """
        if _INSIDE.get():
            with self.aside():
                await self._go.wait()
            yield
            return
        await self._go.wait()
        token = _INSIDE.set(True)
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)
            _INSIDE.reset(token)

    async def may_begin(self) -> None:
        """Waits while the run is paused; for what already waits inside a piece of work."""
        await self._go.wait()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Inside a piece of work: it waits for something, and nothing of it is under way."""
        self._count(-1)
        try:
            yield
        finally:
            self._count(1)

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """While something waits for a person's answer."""
        self._awaited += 1
        self._settle()
        try:
            yield
        finally:
            self._awaited -= 1
            self._settle()

    def _count(self, change: int) -> None:
        self._under_way += change
        self._settle()

    def _settle(self) -> None:
        held = self._awaited > 0 or not self._go.is_set()
        rests = held and self._under_way == 0
        if rests == self._rests:
            return
        self._rests = rests
        if rests:
            self._journal.rest()
        else:
            self._journal.work()
        self.reckon()

    # --- deadlines --------------------------------------------------------------------------------

    @asynccontextmanager
    async def until(self, ends: Ends) -> AsyncIterator[None]:
        """Ends what is inside at a second of active time.

        Args:
            ends: Asked again whenever the clock or the limit changed.

        Raises:
            TimeoutError: It was not done by then.
        """
        async with asyncio.timeout(None) as timeout:
            self._deadlines[timeout] = ends
            self.reckon()
            try:
                yield
            finally:
                del self._deadlines[timeout]

    def reckon(self) -> None:
        """Sets every deadline anew: the clock, the limit, or what is wanted has changed."""
        if not self._deadlines:
            return
        now, active = asyncio.get_running_loop().time(), self._journal.active
        for timeout, ends in self._deadlines.items():
            end = ends()
            if timeout.expired():
                continue
            if end is None or math.isinf(end) or (self._rests and end > active):
                timeout.reschedule(None)
            else:
                timeout.reschedule(now + end - active)
