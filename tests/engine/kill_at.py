"""An engine that is killed (SIGKILL, by itself) at one chosen place, as `agents` would be started.

    python -P kill_at.py PLACE NUMBER WORKSPACE REQUEST

It runs the very engine; only the function that names the place is wrapped, so that nothing in the
product knows about tests.
"""

import asyncio
import os
import signal
import sys
from typing import Any, NoReturn

from agents.__main__ import main
from agents.execution.executor import Executor
from agents.execution.worker import Worker
from agents.workspace.repository import Repository


def die() -> NoReturn:
    """Ends this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def at_call(owner: type, method: str, number: int, matching: str = "") -> None:
    """Dies when `method` is called for the `number`-th time with `matching` in its arguments."""
    original = getattr(owner, method)
    calls = 0

    def is_the_one(arguments: tuple[object, ...]) -> bool:
        nonlocal calls
        calls += matching in repr(arguments[1:])
        return calls == number and matching in repr(arguments[1:])

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if is_the_one(arguments):
            die()
        return original(*arguments, **named)

    setattr(owner, method, wrapped)


def inside_call(owner: type, method: str, number: int, seconds: float, matching: str = "") -> None:
    """Dies `seconds` after the asynchronous `method` was entered for the `number`-th time."""
    original = getattr(owner, method)
    calls = 0

    async def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += matching in repr(arguments[1:])
        if calls == number and matching in repr(arguments[1:]):
            asyncio.get_running_loop().call_later(seconds, die)
        return await original(*arguments, **named)

    setattr(owner, method, wrapped)


PLACES = {
    "view building": lambda number: inside_call(Worker, "call", number, 0.005, "build_view"),
    "execution": lambda number: inside_call(Executor, "run", number, 1.0),
    "between blobs and ref": lambda number: at_call(Repository, "move_ref", number),
    "between ref and files": lambda number: at_call(Repository, "_write_files", number),
}

if __name__ == "__main__":
    PLACES[sys.argv[1]](int(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
