"""The code of one moment, read from the workspace's history; done beside the screen's loop."""

from dataclasses import dataclass, field

from agents.api import Place, read_file, track_diff
from agents.errors import ImlError
from agents.journal.state import Moment
from agents.models import TrackName
from iml_tui.diff import FileDiff, parse

TRACK_FILES = ("preprocess.py", "model.py", "solution.py", "contract.json")


@dataclass(frozen=True)
class Sources:
    """Files of a track as of a commit, and what that commit changed in them."""

    commit: str
    track: TrackName
    files: dict[str, str] = field(default_factory=dict)
    diffs: dict[str, FileDiff] = field(default_factory=dict)
    problem: str = ""
    """Why nothing could be read."""


def commit_of(moment: Moment) -> str | None:
    """The commit in which the code of a moment stands."""
    return moment.commit or moment.proposal


def load(place: Place, commit: str, track: TrackName) -> Sources:
    """Reads a moment's files; takes some tens of milliseconds."""
    try:
        texts = {name: read_file(place, commit, f"tracks/{track}/{name}") for name in TRACK_FILES}
        diffs = {one.name: one for one in parse(track_diff(place, commit, track))}
    except ImlError as error:
        return Sources(commit, track, problem=str(error))
    return Sources(commit, track, {name: text for name, text in texts.items() if text}, diffs)
