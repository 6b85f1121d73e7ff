"""`iml-tui export`: hands a finished run on as a notebook, a program, an archive or a page."""

from pathlib import Path
from typing import Annotated

import typer

from iml_tui.command_line.options import Here, WorkspaceOption, place_with_run
from iml_tui.exporting import WHAT, Form, default_output
from iml_tui.exporting import export as write
from iml_tui.words.shell import plain, shown


def export(
    folder: Here = Path(),
    to: Annotated[
        Form, typer.Option("--to", help="; ".join(f"{k}: {v}" for k, v in WHAT.items()))
    ] = "notebook",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="Where; beside you if absent."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what lies there.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Hand a run on as a notebook, a program, an archive or a page."""
    place = place_with_run(folder, workspace)
    wanted = output if output is not None else default_output(place, to, Path.cwd())
    typer.echo(plain(shown(write(place, to, wanted, replace=force))))
