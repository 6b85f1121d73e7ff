"""What several commands take: folders, workspaces, times, models, limits."""

from pathlib import Path
from typing import Annotated

import typer

from agents import api, settings
from agents.api import Place
from agents.errors import WorkspaceError

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", readable=False, help="The folder that holds your data.")
]
Here = Annotated[
    Path,
    typer.Argument(
        metavar="[DIR]", readable=False, help="Competition or workspace; this folder if absent."
    ),
]
WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        metavar="DIR",
        readable=False,
        help="Where the pipeline lies or is to be built.",
    ),
]
PlannerOption = Annotated[str | None, typer.Option(metavar="NAME", help="Another one to plan.")]
CoderOption = Annotated[str | None, typer.Option(metavar="NAME", help="Another one to code.")]
DebuggerOption = Annotated[str | None, typer.Option(metavar="NAME", help="Another one to repair.")]
DebugRoundsOption = Annotated[
    int | None, typer.Option(metavar="K", help="Repairs of a solution before it is given up.")
]
TokensOption = Annotated[int | None, typer.Option(metavar="N", help="Tokens that models may use.")]
CostOption = Annotated[
    float | None, typer.Option(metavar="USD", help="Dollars that models may cost.")
]


def seconds(text: str) -> float:
    """Seconds that a person means by `300`, `90s`, `5m`, `1h30m`."""
    try:
        return settings.seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


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
