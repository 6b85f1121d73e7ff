"""`iml-tui doctor`: tries out what a run needs and says in one line what to do where it fails."""

import os
from pathlib import Path
from typing import Annotated

import typer

from agents import api
from agents.conversation import who_does_what
from agents.errors import InputError
from agents.models import Diagnosis
from iml_tui.command_line.models import HOW_TO_CHOOSE, chosen_for
from iml_tui.words.shell import plain

FAILED_STATUS = 1
_MARKS = {"good": "+", "fair": "~", "bad": "-"}


def doctor(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A competition or workspace; here if absent.")
    ] = Path(),
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A model to try instead of the chosen ones; repeatable."),
    ] = None,
) -> None:
    """Try out sandbox, GPU, git, disk and the chosen models. One line each."""
    found: list[Diagnosis] = []

    def tell(diagnosis: Diagnosis) -> None:
        found.append(diagnosis)
        typer.echo(plain(line_of(diagnosis)))

    names, diagnosis = _models_to_try(folder, model or [])
    tell(diagnosis)
    api.check_up(names, os.environ, folder.expanduser().absolute(), tell)
    if any(diagnosis.state == "bad" for diagnosis in found):
        raise typer.Exit(FAILED_STATUS)


def _models_to_try(folder: Path, named: list[str]) -> tuple[list[str], Diagnosis]:
    """The models that are called, and what is said of the choice."""
    if named:
        text = f"{', '.join(named)}, as named."
        return named, Diagnosis(subject="models", state="good", text=text)
    try:
        chosen = chosen_for(folder)
    except InputError as error:
        return [], Diagnosis(subject="settings", state="bad", text=str(error))
    if not chosen:
        text = f"none is chosen, so runs use the built-in recipes: {HOW_TO_CHOOSE}."
        return [], Diagnosis(subject="models", state="fair", text=text)
    names = list(dict.fromkeys(chosen.values()))
    text = f"{who_does_what(chosen)}."
    return names, Diagnosis(subject="models", state="good", text=text)


def line_of(diagnosis: Diagnosis) -> str:
    """A diagnosis as one line."""
    return f"{_MARKS[diagnosis.state]} {diagnosis.subject}: {diagnosis.text}"
