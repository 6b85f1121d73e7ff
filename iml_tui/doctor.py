"""`iml-tui doctor`: tries out what a run needs and says in one line what to do where it fails."""

import os
from pathlib import Path
from typing import Annotated

import typer

from agents import api
from agents.models import Diagnosis
from iml_tui.headless import plain

FAILED_STATUS = 1
_MARKS = {"good": "+", "fair": "~", "bad": "-"}


def doctor(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where pipelines are built; here if absent.")
    ] = Path(),
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A model to try; may be said several times."),
    ] = None,
) -> None:
    """Try out the sandbox, the GPU, git, the disk and models, one line each."""
    found: list[Diagnosis] = []

    def tell(diagnosis: Diagnosis) -> None:
        found.append(diagnosis)
        typer.echo(plain(line_of(diagnosis)))

    api.check_up(model or [], os.environ, folder.expanduser().absolute(), tell)
    if not model:
        typer.echo(
            "~ models: none was named, so none was called; name one with --model, `iml-tui models` "
            "lists what can be reached"
        )
    if any(diagnosis.state == "bad" for diagnosis in found):
        raise typer.Exit(FAILED_STATUS)


def line_of(diagnosis: Diagnosis) -> str:
    """A diagnosis as one line."""
    return f"{_MARKS[diagnosis.state]} {diagnosis.subject}: {diagnosis.text}"
