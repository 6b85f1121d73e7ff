"""The command `iml-tui plan`: a plan as text, and its code written again from an edited one."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agents import api
from agents.api import plan_text, read_plan
from agents.errors import InputError
from agents.journal.choices import Replan
from agents.journal.state import State
from agents.models import CandidatePlan
from iml_tui.command_line.answer import send
from iml_tui.command_line.options import Folder, WorkspaceOption, place_with_run
from iml_tui.words import shell


def plan(
    folder: Folder,
    candidate: Annotated[
        str | None, typer.Argument(metavar="[PLAN]", help="Such as boosting; lists all if absent.")
    ] = None,
    edited: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FILE", help="Write its code again from this text; - reads stdin."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """List the plans, or print one as text. Its code is written again from an edited text."""
    state = api.state_of(place_with_run(folder, workspace))
    if state.blueprint is None:
        raise InputError("Nothing is planned yet: try again in a few seconds.")
    if candidate is None:
        for one in state.plans:
            typer.echo(shell.plain(f"{one.name} ({one.track}): {one.reason}"))
        return
    known = _named(state, candidate)
    if edited is None:
        typer.echo(plan_text(known, state.blueprint), nl=False)
        return
    text = _read(edited)
    read_plan(text, known, state.blueprint)  # what cannot be read is said at once
    send(folder, workspace, Replan(candidate=known.name, text=text))


def _named(state: State, name: str) -> CandidatePlan:
    known = next((one for one in state.plans if one.name == name), None)
    if known is None:
        names = ", ".join(one.name for one in state.plans)
        raise InputError(f"No plan is called {name!r}: there are {names}.")
    return known


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no UTF-8 text: save it as such.") from error
