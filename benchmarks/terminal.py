"""A program in a terminal of its own, timed from outside: what it prints, and when."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

COLUMNS, ROWS = 120, 36
LONGEST_S = 60.0
_CODES = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]")
KEPT_BYTES = 1 << 20
"""Of what was printed since the last mark so much is searched."""


class Terminal:
    """One program in a pseudoterminal of 120x36 cells."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Starts the program.

        Args:
            command: What is started, and its arguments.
            folder: Where it is started.
            environment: Added to this process's.
        """
        self._fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        named = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(os.environ) | named | dict(environment or {}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._printed = b""

    def __enter__(self) -> Self:
        """The program is at work."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """It is ended, whatever it does."""
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    @property
    def shown(self) -> str:
        """What was printed since the last key, without its colours and places."""
        return _CODES.sub(b"", self._printed).decode("utf-8", "replace")

    @property
    def megabytes(self) -> float:
        """Memory that the program holds (RSS)."""
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

    @property
    def worked(self) -> float:
        """Seconds of the processor that the program took."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def drain(self, seconds: float) -> bool:
        """Reads what is printed within so many seconds; whether anything was."""
        until, any_at_all = time.perf_counter() + seconds, False
        while self._take(until - time.perf_counter()):
            any_at_all = True
        return any_at_all

    def press(self, key: str) -> float:
        """Presses a key; when that was."""
        self.drain(0.0)
        self._printed = b""
        pressed = time.perf_counter()
        os.write(self._fd, key.encode())
        return pressed

    def wait_for(self, pattern: str, seconds: float = LONGEST_S) -> float:
        """When text that matches stood on the screen, printed since the last key.

        Raises:
            TimeoutError: it was not printed in time, or the program ended before.
        """
        wanted = re.compile(pattern)
        until = time.perf_counter() + seconds
        while not wanted.search(self.shown):
            if not self._take(until - time.perf_counter()):
                raise TimeoutError(f"{pattern!r} was not printed: {self.shown[-2000:]}")
        return time.perf_counter()

    def _take(self, seconds: float) -> bool:
        """Reads what is there, or comes within so many seconds."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            more = os.read(self._fd, 1 << 16)
        except OSError:  # the program has ended
            return False
        self._printed = (self._printed + more)[-KEPT_BYTES:]
        return bool(more)
