"""Opens the screen of a folder; `iml-tui ./FOLDER` in a terminal comes here at once.

Whoever names nothing but a folder waits for its first frame: neither the other commands nor what
reads a command line is loaded on the way.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from agents import api
from agents.api import Place
from agents.settings import Settings
from iml_tui import recent

SWITCH_S = 0.000_5
"""So soon the screen's loop has its turn again while journal and log are read beside it. A key
takes some fifty turns from press to paint: at Python's 5 ms each, a quarter of a second.
"""
_A_COMMAND = re.compile(r"[a-z-]*")


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


def open_folder(folder: Path) -> int:
    """Starts, resumes or watches the run of a folder on the screen; returns the exit code."""
    place = api.locate(folder)
    settings = api.settings_for(place, {})
    recent.remember(place)
    if place.note:
        sys.stderr.write(f"{place.note}\n")
    return open_screen(place, settings, new=False)


def open_screen(place: Place, settings: Settings, *, new: bool) -> int:
    """Shows the screen until it is left; returns the exit code.

    Args:
        place: Where data and pipeline lie.
        settings: Of a new run; what a person can decide is shown to them unless they say otherwise.
        new: Whether another run is asked for where the last one is over.
    """
    from iml_tui.app import ImlApp  # a headless run never loads Textual

    sys.setswitchinterval(SWITCH_S)
    asks = not place.has_run and not settings.models  # a folder is new only once
    reviewed = settings.model_copy(update={"mode": settings.mode or "review"})
    screen = ImlApp(place, reviewed, new=new, asks=asks)
    screen.run()
    return screen.return_code or 0
