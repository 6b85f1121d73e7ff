"""`iml-tui models`: which models can be reached from here, and what is missing for the others."""

import os
from typing import Annotated

import typer

from agents import api
from agents.conversation import Progress, Reach
from iml_tui.headless import plain

SHOWN = 20
"""Models of a provider that are listed unless all are asked for."""
FAILED_STATUS = 1


def models(
    pull: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Have Ollama download this model: ollama/NAME."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every model of every provider.")
    ] = False,
) -> None:
    """List the models that can be reached, and what is missing for the others."""
    if pull is not None:
        _pull(pull)
        return
    reaches = api.reachable_models(os.environ)
    for reach in reaches:
        for line in lines_of(reach, None if every else SHOWN):
            typer.echo(plain(line))
    if not any(reach.models for reach in reaches):
        typer.echo("No model can be reached: runs use the built-in recipes.")
        raise typer.Exit(FAILED_STATUS)


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
