"""`iml-tui models`: which models can be reached from here, and what is missing for the others."""

import os
from pathlib import Path
from typing import Annotated

import typer

from agents import api
from agents.conversation import Part, Progress, Reach, who_does_what
from agents.settings import resolve_settings
from iml_tui.words.shell import plain

SHOWN = 20
"""Models of a provider that are listed unless all are asked for."""
FAILED_STATUS = 1
HOW_TO_CHOOSE = "name one with --model, in IML_MODEL, or as `model` in the settings file"


def models(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A competition or workspace; here if absent.")
    ] = Path(),
    pull: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Have Ollama download this model: ollama/NAME."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every model of every provider.")
    ] = False,
) -> None:
    """List the models that are chosen and can be reached. What others lack is said too."""
    if pull is not None:
        _pull(pull)
        return
    chosen = chosen_for(folder)
    said = f"Chosen: {who_does_what(chosen)}." if chosen else f"None is chosen: {HOW_TO_CHOOSE}."
    typer.echo(plain(said))
    reaches = api.reachable_models(os.environ)
    for reach in reaches:
        for line in lines_of(reach, None if every else SHOWN):
            typer.echo(plain(line))
    if not any(reach.models for reach in reaches):
        typer.echo("No model can be reached: runs use the built-in recipes.")
        raise typer.Exit(FAILED_STATUS)


def chosen_for(folder: Path) -> dict[Part, str]:
    """The model of each part that a run in `folder` would use, by the settings files and IML_….

    Args:
        folder: A competition or a workspace; need not be there.

    Raises:
        InputError: a settings file cannot be used.
    """
    workspace = api.locate(folder).workspace if folder.is_dir() else folder
    return resolve_settings({}, workspace=workspace).models


def lines_of(reach: Reach, shown: int | None) -> list[str]:
    """What is said of a provider: one line, and one line a model.

    Args:
        reach: The provider as it was found.
        shown: At most so many models; None: all.
    """
    if reach.problem:
        return [f"- {reach.title}: {reach.problem}"]
    key = f", key from {reach.key}" if reach.key else ""
    count = len(reach.models)
    noun = "model" if count == 1 else "models"
    lines = [f"+ {reach.title} at {reach.url}{key}: {count} {noun}"]
    lines += [f"    {name}" for name in reach.models[:shown]]
    if shown is not None and count > shown:
        lines.append(f"    and {count - shown} more: --all lists them")
    return lines


def _pull(name: str) -> None:
    said = ""

    def tell(progress: Progress) -> None:
        nonlocal said
        share = "" if progress.share is None else f" {int(progress.share * 20) * 5} %"
        line = plain(f"{progress.what}{share}")
        if line != said:  # a line for every twentieth, whatever reads them
            said = line
            typer.echo(line)

    api.pull_model(name, os.environ, tell)
    typer.echo(f"{plain(name)} is there.")
