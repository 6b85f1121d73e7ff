"""Handing in early: the first fold's answers go out while the others are still being fitted."""

import asyncio
from collections.abc import Callable

from agents.execution.protocol import StageResult
from agents.run.verification import FittedFold, StagePlan


class FirstFold:
    """Starts one task as soon as the first fold has answered everything."""

    def __init__(self, start: Callable[[FittedFold], asyncio.Task[None]]) -> None:
        """Nothing is started yet."""
        self._start = start
        self._task: asyncio.Task[None] | None = None
        self._fold: FittedFold | None = None
        self._last = ""

    def expect(self, plan: StagePlan, fold: FittedFold) -> None:
        """The fold is done with the last stage that is planned so far."""
        self._last, self._fold = plan.stages[-1].name if plan.stages else "", fold

    def listen(self, result: StageResult) -> None:
        """Takes notice of a stage."""
        if result.name == self._last and result.ok and self._fold is not None:
            self.done(self._fold)

    def done(self, fold: FittedFold) -> None:
        """The fold's scores lie there."""
        if self._task is None:
            self._task = self._start(fold)

    async def wait(self) -> None:
        """Until what was started, if anything, no longer needs the files."""
        if self._task is not None:
            await asyncio.wait({self._task})
