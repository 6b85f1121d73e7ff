"""Who goes first: work beside the screen's loop rests while a key is answered.

Python runs one thread at a time: one that reads the log takes every second turn from the loop, and
a key takes twice as long from press to paint. So such work is done in small parts, and before each
of them it waits until the last key has had its time. Keys that follow each other without a pause
slow it down and never stop it.
"""

import time

ANSWERED_S = 0.06
"""So long after a key its answer is on the screen."""
PART_S = 0.004
"""Seconds of the processor that work beside the loop takes between two looks for a key."""


class Turns:
    """One for all that is at work in a process; any thread may ask."""

    def __init__(self) -> None:
        """Nothing was pressed yet."""
        self._until = 0.0

    def pressed(self) -> None:
        """A key, or the mouse: it goes first."""
        self._until = time.monotonic() + ANSWERED_S

    def rest(self) -> None:
        """Waits, once, for what was pressed before."""
        left = self._until - time.monotonic()
        if left > 0:
            time.sleep(left)
