"""An engine that is killed (SIGKILL, by itself) at one chosen place, as `agents` would be started.

    python -P kill_at.py PLACE NUMBER WORKSPACE REQUEST

It runs the very engine; only the function that names the place is wrapped, so that nothing in the
product knows about tests.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn, ParamSpec, TypeVar

from agents.__main__ import main
from agents.execution.executor import Executor
from agents.execution.worker import Worker
from agents.workspace.repository import Repository

P = ParamSpec("P")
R = TypeVar("R")


def die() -> NoReturn:
    """Ends this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def at_call(owner: type, method: str, number: int) -> None:
    """Dies when `method` is called for the `number`-th time."""
    calls = 0

    def deadly(original: Callable[P, R]) -> Callable[P, R]:
        def wrapped(*arguments: P.args, **named: P.kwargs) -> R:
            nonlocal calls
            calls += 1
            if calls == number:
                die()
            return original(*arguments, **named)

        return wrapped

    setattr(owner, method, deadly(getattr(owner, method)))


def inside_call(owner: type, method: str, number: int, seconds: float, matching: str = "") -> None:
    """Dies `seconds` after the asynchronous `method` was entered for the `number`-th time."""
    calls = 0

    def deadly(original: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        async def wrapped(*arguments: P.args, **named: P.kwargs) -> R:
            nonlocal calls
            concerned = matching in repr(arguments[1:])
            calls += concerned
            if concerned and calls == number:
                asyncio.get_running_loop().call_later(seconds, die)
            return await original(*arguments, **named)

        return wrapped

    setattr(owner, method, deadly(getattr(owner, method)))


PLACES = {
    "view building": lambda number: inside_call(Worker, "call", number, 0.005, "build_view"),
    "execution": lambda number: inside_call(Executor, "run", number, 1.0),
    "between blobs and ref": lambda number: at_call(Repository, "move_ref", number),
    "between ref and files": lambda number: at_call(Repository, "materialise", number),
}

if __name__ == "__main__":
    PLACES[sys.argv[1]](int(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
