"""Opens the screen of a folder; `iml-tui ./FOLDER` in a terminal comes here at once.

Whoever names nothing but a folder waits for its first frame: neither the other commands nor what
reads a command line is loaded on the way.
"""

import gc
import os
import sys
from pathlib import Path

from agents import api
from agents.api import Place
from agents.settings import Settings
from iml_tui import recent
from iml_tui.curtain import Curtain
from iml_tui.past import Forerunner

UNUSABLE_STATUS = 2
FRAMES = "120"
"""At most so many a second: a key that comes just after something was painted waits for the next
one, and nothing is painted that did not change.
"""
SWITCH_S = 0.000_5
"""So soon the screen's loop has its turn again while journal and log are read beside it. A key
takes some fifty turns from press to paint: at Python's 5 ms each, a quarter of a second.
"""


def open_folder(folder: Path, curtain: Curtain) -> int:
    """Starts, resumes or watches the run of a folder on the screen; returns the exit code."""
    place = api.locate(folder)
    settings = api.settings_for(place, {})
    recent.remember(place)
    if place.note:
        curtain.lower()
        sys.stderr.write(f"{place.note}\n")
    status = open_screen(place, settings, new=False, curtain=curtain)
    if status == UNUSABLE_STATUS:
        recent.forget_unless_begun(place)
    return status


def open_screen(
    place: Place, settings: Settings, *, new: bool, curtain: Curtain | None = None
) -> int:
    """Shows the screen until it is left; returns the exit code.

    Args:
        place: Where data and pipeline lie.
        settings: Of a new run; what a person can decide is shown to them unless they say otherwise.
        new: Whether another run is asked for where the last one is over.
        curtain: What hangs before the screen meanwhile.
    """
    ahead = Forerunner.of(place)
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)
    gc.disable()  # the app looks for garbage from its first frame on
    from iml_tui.app import ImlApp  # a headless run never loads Textual

    sys.setswitchinterval(SWITCH_S)
    asks = not place.has_run and not settings.models  # a folder is new only once
    reviewed = settings.model_copy(update={"mode": settings.mode or "review"})
    screen = ImlApp(place, reviewed, new=new, asks=asks, ahead=ahead)
    if curtain is not None:
        curtain.hand_over()
    screen.run()
    return screen.return_code or 0
