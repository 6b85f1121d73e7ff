"""When the output of a program or a model came: a small file beside its log.

A log holds what was printed and nothing else, so that it can be read with anything. Which second a
part of it came in lies beside it, one line a second at most: the wall clock, and how long the log
was before. With it a run that is opened again shows the output of all its programs in the order in
which it came.
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EVERY_S = 1.0


class Arrival(NamedTuple):
    """What stands in the log from `offset` on came at `at` or later."""

    at: float
    """Wall clock, seconds since the epoch."""
    offset: int


class Arrivals:
    """Notes when a log grows; what comes in its first second needs no note."""

    def __init__(self, log: Path) -> None:
        """Writes nothing yet."""
        self._file = arrivals_file(log)
        self._noted = time.time()

    def note(self, offset: int) -> None:
        """More is about to be written; called as often as one likes.

        Args:
            offset: Length of the log so far.
        """
        now = time.time()
        if now - self._noted >= EVERY_S:
            self._noted = now
            with suppress(OSError), self._file.open("a", encoding="ascii") as file:
                file.write(f"{now:.2f} {offset}\n")  # a lost note costs an order, not a run


def arrivals_file(log: Path) -> Path:
    """Where the times of a log lie."""
    return log.with_name(f"{log.name}.times")


def read_arrivals(log: Path, start: int = 0) -> tuple[list[Arrival], int]:
    """Notes of a log in order, and where to go on reading; none where nobody wrote any.

    Args:
        log: The log itself.
        start: What the last call returned.
    """
    try:
        with arrivals_file(log).open("rb") as file:
            file.seek(start)
            text = file.read()
    except OSError:
        return [], start
    whole = text[: text.rfind(b"\n") + 1]
    return [one for line in whole.splitlines() if (one := _arrival(line))], start + len(whole)


def _arrival(line: bytes) -> Arrival | None:
    """A note, or None for a line that is none: the disk may have been full."""
    try:
        at, offset = line.split()
        return Arrival(float(at), int(offset))
    except ValueError:
        return None
