"""Looking back and going back from the command line: history, one moment, a preview, the wait.

The repository is only read here. Going back is a decision that the engine carries out.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from agents import api
from agents.api import Place
from agents.errors import ImlError, InputError
from agents.models import Commit, Frozen, TrackName
from iml_tui.deciding.decide import decided
from iml_tui.looking_back.changes import changes_between
from iml_tui.words.shell import whoami

TRACK_FILES = ("contract.json", "preprocess.py", "model.py", "solution.py")
_PATHS = ("./", "../", "/", "~")
_ROUND = re.compile(r"([a-z][a-z0-9_]*)[-/ ](\d+)")


class StepBack(Frozen):
    """A track and the moment that it is to return to."""

    track: TrackName
    to: Commit


def revision_named(text: str) -> str:
    """The revision as the repository knows it: `traditional-2` means `traditional 2`."""
    named = _ROUND.fullmatch(text.strip())
    return f"{named[1]} {named[2]}" if named else text


def apart(words: Sequence[str | None], most: int) -> tuple[list[str], Path]:
    """Revisions and the folder, told apart: what exists or is written as a folder is the folder.

    Args:
        words: As they were typed; None where nothing was.
        most: So many revisions are taken; what comes after them is the folder.
    """
    given = [word for word in words if word is not None]
    last = given[-1] if given else ""
    if given and (len(given) > most or last.startswith(_PATHS) or Path(last).is_dir()):
        return given[:-1], Path(last)
    return given, Path()


def history_line(commit: Commit, width: int | None = None) -> str:
    """`3f2a91c  2026-11-20 12:31  traditional 2   subject  0.8105 ±0.0047`.

    Args:
        commit: What is told of.
        width: Cells there are; the time gives way first, then the end of the subject.
    """
    facts = [commit.trailers.get("Score", ""), "proposal" if commit.ref is not None else ""]
    tail = "".join(f"  {fact}" for fact in facts if fact)
    round_named = f"{_moment(commit):<14}  "
    room = 0 if width is None else width - len(f"{commit.id[:7]}  {round_named}{tail}")
    if width is None or len(commit.subject) + len(_when(commit)) + 2 <= room:
        return f"{commit.id[:7]}  {_when(commit)}  {round_named}{commit.subject}{tail}"
    number = commit.trailers.get("Round", "")
    subject = commit.subject.rpartition(f": round {number}, ")[2]  # the name before it says that
    short = subject if len(subject) <= room else f"{subject[: max(8, room - 1)]}…"
    return f"{commit.id[:7]}  {round_named}{short}{tail}"


def heading(commit: Commit) -> Iterator[str]:
    """What a moment says of itself."""
    yield f"{commit.id}  {_when(commit)}  {commit.author}"
    yield commit.subject
    for name, value in commit.trailers.items():
        yield f"  {name + ':':<10} {value}"


def _moment(commit: Commit) -> str:
    track, number = commit.trailers.get("Track", ""), commit.trailers.get("Round", "")
    return f"{track} {number}".strip()


def _when(commit: Commit) -> str:
    return datetime.datetime.fromisoformat(commit.at).astimezone().strftime("%Y-%m-%d %H:%M")


def plan(place: Place, revision: str) -> StepBack:
    """The step back that `revision` asks for.

    Raises:
        WorkspaceError: nothing or several things are called that.
        InputError: the moment belongs to no track.
    """
    commit, _ = api.show(place, revision_named(revision))
    track = commit.trailers.get("Track")
    if track is None:
        raise InputError(
            f"{commit.id[:7]} ({commit.subject}) belongs to no track: "
            "name a moment of one, see iml-tui history."
        )
    return StepBack(track=track, to=commit)


class FileChange(NamedTuple):
    """What going back does to one file of a track."""

    name: str
    added: int
    removed: int
    goes: bool = False

    @property
    def words(self) -> str:
        """`+3 -14`, or that it goes."""
        return "goes" if self.goes else f"+{self.added} -{self.removed}"


def changes(place: Place, step: StepBack) -> list[str]:
    """What going back would change, one line a file; nothing where all is as it was."""
    found = file_changes(place, step.track, step.to.id)
    return [f"  {one.name:<14} {one.words}" for one in found]


def file_changes(place: Place, track: TrackName, to: str) -> list[FileChange]:
    """What going back to a commit would change of a track's files, edits of one's own included."""
    now, then = (_files(place, one, track) for one in (api.resolve_revision(place, "main"), to))
    for path in api.user_edits(place):
        folder, _, name = path.rpartition("/")
        if folder == f"tracks/{track}" and name in now:
            now[name] = (api.working_file(place, path) or b"").decode("utf-8", "replace")
    counted = changes_between(now, then).counted
    return [
        FileChange(name, *counted[name], goes=not then[name])
        for name in TRACK_FILES
        if name in counted
    ]


def _files(place: Place, commit: str, track: TrackName) -> dict[str, str]:
    return {name: api.read_file(place, commit, f"tracks/{track}/{name}") for name in TRACK_FILES}


class Preview(NamedTuple):
    """What a person is told before a track goes back."""

    track: TrackName
    to: str
    files: tuple[FileChange, ...] = ()
    edits: tuple[str, ...] = ()
    """Files that the person changed and nobody has saved."""
    problem: str = ""
    """Why nothing could be read."""


def preview(place: Place, track: TrackName, to: str) -> Preview:
    """Reads what going back would change; some tens of milliseconds."""
    try:
        files = tuple(file_changes(place, track, to))
        return Preview(track, to, files, api.user_edits(place))
    except ImlError as error:
        return Preview(track, to, problem=str(error))


def carry_out(place: Place, step: StepBack) -> str:
    """Decides the step back, waits until an engine has taken it up, and returns what it says.

    Raises:
        EngineError: the engine ended before it took the decision up.
    """
    return decided(place, lambda connection: connection.go_back(step.track, step.to.id, whoami()))
