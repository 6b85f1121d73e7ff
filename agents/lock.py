"""The workspace's lock: one engine at a time, and the truth about whether one is alive.

The lock is `flock` on an open descriptor that no child inherits, so it vanishes with its process
however that ends. What stands in the file (pid, host, start) is for people to read, never for
deciding.
"""

import fcntl
import json
import os
import platform
import time
from pathlib import Path

LOCK_FILE = "engine.lock"


class EngineLock:
    """Held by the engine for as long as it lives."""

    def __init__(self, state_dir: Path) -> None:
        """Names the lock of the workspace whose `.iml` is `state_dir`."""
        self._path = state_dir / LOCK_FILE
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Takes the lock; False when another engine holds it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        who = {"pid": os.getpid(), "host": platform.node(), "since": time.time()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(who).encode(), 0)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Gives the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def engine_alive(state_dir: Path) -> bool:
    """Whether an engine holds the lock right now."""
    try:
        descriptor = os.open(state_dir / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
