"""The code of one moment, read from the workspace's history; done beside the screen's loop."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.api import Connection, Place, read_commit, read_files
from agents.errors import ImlError
from agents.journal.choices import Answer
from agents.journal.state import Moment
from agents.models import TrackName
from iml_tui.drawing.highlight import taken_apart
from iml_tui.looking_back.changes import Changes, changes_between
from iml_tui.looking_back.review import base_of
from iml_tui.looking_back.rounds import gate_of
from iml_tui.scene import Scene

PARTS = ("preprocess.py", "model.py")
"""What is written of a program; `solution.py` is made of them."""
_EDIT = re.compile(r"your edit ([0-9a-f]{7,40})")
ORDER = (*PARTS, "solution.py", "contract.json")


@dataclass(frozen=True)
class Wanted:
    """Which code is looked at."""

    commit: str
    track: TrackName
    base: str | None = None
    """What it is compared with; None: the commit before it."""
    gate: str | None = None
    """Where a person may keep or undo it."""
    edit: str | None = None
    """The commit of a person's edit, where that is what it verifies: it changed what lay there."""
    moment: str = ""
    """Key of the round whose code it is; a proposal that is kept becomes another commit."""


@dataclass(frozen=True)
class Sources:
    """Files of the workspace as of a commit, and what that commit changed in its track."""

    wanted: Wanted
    files: Mapping[str, str] = field(default_factory=dict)
    """By path in the workspace."""
    before: Mapping[str, str] = field(default_factory=dict)
    """The track's files that it is compared with, by name."""
    changes: Changes = field(default_factory=Changes)
    model: str = ""
    """Who wrote it, where a language model did."""
    given: Answer | None = None
    """An answer to its gate that no engine has taken up yet."""
    problem: str = ""
    """Why nothing could be read."""

    @property
    def commit(self) -> str:
        """The commit."""
        return self.wanted.commit

    @property
    def own(self) -> tuple[str, ...]:
        """Paths of the track's files, the written ones first."""
        folder = f"tracks/{self.wanted.track}/"
        return tuple(path for name in ORDER if (path := folder + name) in self.files)

    def text(self, path: str) -> str:
        """A file's text; empty where it does not exist."""
        return self.files.get(path, "")


def commit_of(moment: Moment) -> str | None:
    """The commit in which the code of a moment stands."""
    return moment.commit or moment.proposal


def wanted_of(scene: Scene) -> Wanted | None:
    """The code of the moment that is looked at; None where it has none."""
    moment = scene.moment
    commit = commit_of(moment) if moment is not None else None
    if moment is None or commit is None:
        return None
    gate = gate_of(scene.state, moment)
    base = base_of(scene.state, moment)
    edit = _EDIT.fullmatch(moment.what)
    return Wanted(
        commit,
        moment.track,
        base,
        gate=gate.opened.gate if gate else None,
        edit=edit[1] if edit else None,
        moment=moment.key,
    )


def newer_program(scene: Scene) -> Moment | None:
    """The newest program, where an older one is looked at and work goes on."""
    if scene.selected is None:
        return None
    moments = reversed(scene.state.moments)
    newest = next((one for one in moments if commit_of(one) is not None), None)
    if newest is None or newest.key == scene.selected:
        return None
    card = scene.state.card
    return newest if card is None or newest.started >= card.active_seconds else None


def load(place: Place, wanted: Wanted) -> Sources:
    """Reads a moment's files and takes those apart that are shown first."""
    try:
        sources = _read(place, wanted)
    except (ImlError, sqlite3.Error) as error:
        return Sources(wanted, problem=str(error))
    for path in sources.own[: len(PARTS)]:
        taken_apart(sources.files[path], path)
    for name in PARTS:
        taken_apart(sources.before.get(name, ""), name)
    return sources


def _read(place: Place, wanted: Wanted) -> Sources:
    about = read_commit(place, wanted.commit)
    over = read_commit(place, wanted.edit) if wanted.edit else about
    base = wanted.base or (over.parents[0] if over.parents else None)
    files = read_files(place, wanted.commit)
    before = _of_track(read_files(place, base), wanted.track) if base else {}
    after = _of_track(files, wanted.track)
    shown = PARTS if any(name in after for name in PARTS) else tuple({*after, *before})
    changes = changes_between(_only(before, shown), _only(after, shown))
    given = _given(place, wanted.gate) if wanted.gate else None
    return Sources(wanted, files, before, changes, about.trailers.get("Model", ""), given)


def _given(place: Place, gate: str) -> Answer | None:
    connection = Connection(place)
    try:
        return connection.given(gate)
    finally:
        connection.close()


def _of_track(files: Mapping[str, str], track: TrackName) -> dict[str, str]:
    folder = f"tracks/{track}/"
    own = (path for path in files if path.startswith(folder))
    return {path.removeprefix(folder): files[path] for path in own}


def _only(files: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: files[name] for name in names if name in files}
