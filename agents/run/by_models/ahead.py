"""One piece of work that is begun before anybody asks for it, and dropped where it is not wanted.

While programs run a model can think about what comes next. What it thinks rests on how things
stand now: where that changes meanwhile it is of no use, and ends.
"""

import asyncio
from collections.abc import Coroutine
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """At most one piece of work under way."""

    def __init__(self) -> None:
        """Nothing is begun."""
        self._task: asyncio.Task[T] | None = None
        self._about = ""

    def begin(self, about: str, work: Coroutine[object, object, T]) -> None:
        """Begins work that rests on something, by its name; what was begun before ends."""
        self.end()
        self._about, self._task = about, asyncio.create_task(work, name=f"ahead/{about}")

    def holds(self, about: str) -> bool:
        """Whether work is begun that rests on this."""
        return self._task is not None and self._about == about

    async def take(self, about: str) -> T | None:
        """What came of the work, once; None where none was begun that rests on this.

        What it fails with is raised here.
        """
        task, self._task = self._task, None
        if task is None:
            return None
        if self._about != about:
            _drop(task)
            return None
        try:
            return await task
        finally:
            _drop(task)

    def end(self) -> None:
        """What is under way is not wanted any more."""
        if self._task is not None:
            _drop(self._task)
            self._task = None


def _drop(task: asyncio.Task[T]) -> None:
    """Ends work; what it fails with concerns nobody."""
    task.cancel()
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
