"""What several commands take: folders, workspaces, times."""

import re
from pathlib import Path
from typing import Annotated

import typer

from agents import api
from agents.api import Place
from agents.errors import WorkspaceError

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_TIME = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds your data.")]
Here = Annotated[
    Path, typer.Argument(metavar="[DIR]", help="Competition or workspace; this folder if absent.")
]
WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", metavar="DIR", help="Where the pipeline lies or is to be built."),
]


def seconds(text: str) -> float:
    """Seconds that a person means by `300`, `90s`, `5m`, `1h30m`."""
    parts = _TIME.findall(text.lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.lower():
        raise typer.BadParameter(f"{text!r} is no time: write 300, 90s, 5m or 1h30m.")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def place_with_run(folder: Path, workspace: Path | None) -> Place:
    """The workspace that `folder` is or holds.

    Raises:
        InputError: there is no such folder.
        WorkspaceError: nothing was run there yet.
    """
    place = api.locate(folder, workspace)
    if not place.has_run:
        raise WorkspaceError(
            f"Nothing was run in {place.competition} yet: iml-tui {folder} starts it."
        )
    return place
