"""The first frame, drawn before anything is loaded: which folder opens, and where its run will be.

Loading the screen takes several times as long as starting Python. Whoever typed a folder sees at
once that it was understood; the screen then paints over it. Only the standard library is used, and
no colour, since the theme is not known yet.
"""

import os
import re
import shutil
import sys
import termios
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H"
"""To the terminal's other page, without a cursor."""
LEAVE = "\x1b[?25h\x1b[?1049l"
DIM, PLAIN = "\x1b[2m", "\x1b[0m"
ROWS = 14
"""A lower terminal has no row to spare for names of panes."""
_LOCAL = 3
"""Which of a terminal's settings say whether keys are shown."""
_A_COMMAND = re.compile(r"[a-z-]*")
_SHOWN = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")


def folder_alone(words: Sequence[str]) -> Path | None:
    """The folder that was typed, where it is one, nothing else was typed, and there is a terminal.

    Args:
        words: What was typed; a word that a command might be called is left to the commands.
    """
    if len(words) != 1 or _A_COMMAND.fullmatch(words[0]) or not has_terminal():
        return None
    folder = Path(words[0]).expanduser()
    return folder if folder.is_dir() else None


def has_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def frame(name: str, columns: int, rows: int) -> str:
    """The frame as it is written to a terminal of that size.

    Args:
        name: Of the folder; what no terminal should be sent is left out.
        columns: Of the terminal.
        rows: Of the terminal.
    """
    words = _SHOWN.sub("", f" {name}   opening")[:columns]
    if rows < ROWS:
        return words
    title = " 1 Tracks "
    return f"{words}\r\n{title}{DIM}{'─' * max(0, columns - len(title) - 1)}{PLAIN}"


class Curtain:
    """Hangs before the screen from the first moment until the screen is there to paint over it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hangs = False
        self._terminal: list[Any] | None = None
        """How the terminal was set."""

    def __enter__(self) -> Self:
        if os.name == "posix" and os.environ.get("TERM", "dumb") != "dumb":
            self._hush()
            sys.stdout.write(ENTER + frame(self._name, *shutil.get_terminal_size()))
            sys.stdout.flush()
            self._hangs = True
        return self

    def _hush(self) -> None:
        """Keys that are pressed before the screen is there wait for it, and are not shown."""
        with suppress(termios.error):
            set_so = termios.tcgetattr(sys.stdin)
            quiet = [*set_so]
            quiet[_LOCAL] &= ~termios.ECHO
            termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
            self._terminal = set_so

    def _hear(self) -> None:
        if self._terminal is not None:
            with suppress(termios.error):
                termios.tcsetattr(sys.stdin, termios.TCSANOW, self._terminal)
            self._terminal = None

    def hand_over(self) -> None:
        """The screen takes the page as it is, and leaves it when it ends."""
        self._hear()
        self._hangs = False

    def lower(self) -> None:
        """Back to the page where sentences can be read."""
        self._hear()
        if self._hangs:
            sys.stdout.write(LEAVE)
            sys.stdout.flush()
            self._hangs = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lower()
