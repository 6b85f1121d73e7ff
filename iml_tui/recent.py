"""Folders that were opened lately, kept in the user's state directory, and how each stands now.

Only where and when is written down: name, state and score come from the workspace's own journal, so
that the list never tells another story than the screen. A list that cannot be read is an empty one,
and one that cannot be written stops no run.
"""

import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from pydantic import TypeAdapter, ValidationError

from agents.api import Connection, Place
from agents.errors import ImlError
from agents.journal.folding import fold
from agents.journal.state import State
from agents.models import Frozen, Score
from iml_tui.words.sentence import standing

MOST = 40
"""Folders that are remembered."""


class Opened(Frozen):
    """A folder that was opened."""

    competition: Path
    workspace: Path
    at: float
    """When, in seconds since the epoch."""

    @property
    def place(self) -> Place:
        """Where that is."""
        return Place(competition=self.competition, workspace=self.workspace)


@dataclass(frozen=True)
class Standing:
    """A folder of the list, and how its run stands now."""

    opened: Opened
    word: str
    """As the screen says it; `gone` where nothing lies there any more."""
    state: State = field(default_factory=State)

    @property
    def gone(self) -> bool:
        """Whether there is nothing to be opened."""
        return self.word == "gone"

    @property
    def score(self) -> Score | None:
        """The best there is."""
        if self.state.card is not None:
            return self.state.card.score
        best = self.state.best
        return best.score if best is not None else None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.state.name or self.opened.competition.name or str(self.opened.competition)


_LIST = TypeAdapter(tuple[Opened, ...])


def list_file() -> Path:
    """Where the list is kept."""
    return Path(platformdirs.user_state_dir("iml-tui")) / "recent.json"


def remembered() -> tuple[Opened, ...]:
    """What was opened, the latest first."""
    try:
        return _LIST.validate_json(list_file().read_bytes())
    except (OSError, ValidationError):
        return ()


def remember(place: Place) -> None:
    """Puts a folder on top of the list."""
    opened = Opened(competition=place.competition, workspace=place.workspace, at=time.time())
    others = [one for one in remembered() if one.workspace != place.workspace]
    _write((opened, *others[: MOST - 1]))


def forget_unless_begun(place: Place) -> None:
    """Takes a folder off the list in which no run can begin."""
    if not place.has_run:
        _write(tuple(one for one in remembered() if one.workspace != place.workspace))


def forget_gone() -> tuple[Opened, ...]:
    """Takes folders off the list in which nothing lies any more, and returns them."""
    known = remembered()
    gone = tuple(one for one in known if not one.place.has_run)
    if gone:
        _write(tuple(one for one in known if one not in gone))
    return gone


def standing_of(opened: Opened) -> Standing:
    """How a folder of the list stands now; reads its whole journal."""
    if not opened.place.has_run:
        return Standing(opened, "gone")
    try:
        connection = Connection(opened.place)
    except (ImlError, sqlite3.Error, OSError):
        return Standing(opened, "gone")
    try:
        state = fold(connection.new())
        return Standing(opened, standing(state, alive=connection.alive()), state)
    except (ImlError, sqlite3.Error):
        return Standing(opened, "gone")
    finally:
        connection.close()


def ago(at: float, now: float) -> str:
    """`just now`, `12 minutes ago`, `yesterday`, `3 days ago`, a date."""
    seconds = max(0.0, now - at)
    if seconds < 90:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} minutes ago"
    if seconds < 36 * 3600:
        hours = round(seconds / 3600)
        return "an hour ago" if hours == 1 else f"{hours} hours ago"
    if seconds < 14 * 86400:
        return f"{seconds / 86400:.0f} days ago"
    return time.strftime("%Y-%m-%d", time.localtime(at))


def _write(opened: tuple[Opened, ...]) -> None:
    """Replaces the list in one move, so that two terminals never leave half of one."""
    path = list_file()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(_LIST.dump_json(opened, indent=1))
        fresh.replace(path)
