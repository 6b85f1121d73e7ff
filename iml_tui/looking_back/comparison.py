"""Two moments beside each other: their files, read from git; done beside the screen's loop."""

import json
from dataclasses import dataclass, field

from agents.api import Place, read_file
from agents.errors import ImlError
from agents.models import TrackName
from iml_tui.drawing.highlight import taken_apart
from iml_tui.looking_back.changes import Changes, changes_between
from iml_tui.widgets.pages import Colours, Side

PARTS = ("preprocess.py", "model.py")
CONTRACT = "contract.json"
SOLUTION = "solution.py"
"""Shown only where a track has nothing else, as the ensemble's."""


@dataclass(frozen=True)
class Moments:
    """Which two: a commit and its track each, the earlier one first."""

    old: tuple[str, TrackName]
    new: tuple[str, TrackName]


@dataclass(frozen=True)
class Compared:
    """What leads from one moment's program to another's."""

    moments: Moments
    changes: Changes = field(default_factory=Changes)
    colours: Colours = field(default_factory=dict)
    same: tuple[str, ...] = ()
    """Files that both have and that are alike."""
    objects: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Objects of the contract that come and that go."""
    problem: str = ""
    """Why nothing could be read."""


def compared(place: Place, moments: Moments) -> Compared:
    """Reads both moments and takes them apart; some tens of milliseconds."""
    try:
        before, after = (_files(place, *one) for one in (moments.old, moments.new))
    except ImlError as error:
        return Compared(moments, problem=str(error))
    old, new = (
        {name: text for name, text in one.items() if name != CONTRACT} for one in (before, after)
    )
    promised = [_objects(one.get(CONTRACT, "")) for one in (before, after)]
    sides: tuple[tuple[Side, dict[str, str]], ...] = (("old", old), ("new", new))
    return Compared(
        moments,
        changes_between(old, new),
        {
            (side, name): taken_apart(text, name)
            for side, one in sides
            for name, text in one.items()
        },
        tuple(sorted(name for name in old if name in new and old[name] == new[name])),
        (
            tuple(sorted(promised[1] - promised[0])),
            tuple(sorted(promised[0] - promised[1])),
        ),
    )


def _files(place: Place, commit: str, track: TrackName) -> dict[str, str]:
    """The files of a program by their bare names, so that two tracks can be compared."""
    folder = f"tracks/{track}"
    texts = {name: read_file(place, commit, f"{folder}/{name}") for name in (*PARTS, CONTRACT)}
    found = {name: text for name, text in texts.items() if text}
    if not any(name in found for name in PARTS):
        found[SOLUTION] = read_file(place, commit, f"{folder}/{SOLUTION}")
    return found


def _objects(text: str) -> set[str]:
    """Names of what a contract promises."""
    try:
        objects = json.loads(text)["objects"]
        return {str(one["name"]) for one in objects}
    except (ValueError, KeyError, TypeError):
        return set()
