"""The commands of `iml-tui`: what may be typed, and what is done about it.

`iml-tui FOLDER` is short for `iml-tui run FOLDER`. Everything goes through the engine's front door
(`agents.api`); the screen is imported only where one is opened.
"""

import difflib
import subprocess
import sys
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from agents import api
from agents.api import Place
from agents.errors import EngineError, InputError, WorkspaceError
from agents.journal.choices import CHANGEABLE
from agents.journal.state import State
from agents.settings import Settings
from iml_tui import enter, recent
from iml_tui.command_line import answer as answer_command
from iml_tui.command_line import doctor, headless
from iml_tui.command_line import export as export_command
from iml_tui.command_line import looking as looking_command
from iml_tui.command_line import models as models_command
from iml_tui.command_line import plan as plan_command
from iml_tui.command_line import recent as recent_command
from iml_tui.command_line.options import Folder, Here, WorkspaceOption, place_with_run
from iml_tui.command_line.run_options import (
    cost_options,
    effort_options,
    method_options,
    model_options,
    reach_options,
    taking,
    task_options,
    whole_path,
)
from iml_tui.curtain import has_terminal
from iml_tui.deciding.decide import decided, until_over, waits_for
from iml_tui.looking_back import timetravel
from iml_tui.words import shell

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Turns a folder of data into a scored, readable, git-tracked pipeline.\n\n"
    "iml-tui ./competition opens a folder; it is short for iml-tui run ./competition.",
)


def run_command(words: list[str]) -> None:
    """Runs what was typed.

    Raises:
        SystemExit: always, with the exit code.
        ImlError: something that the user should read as one sentence.
    """
    names = {info.name or "" for info in app.registered_commands}
    try:
        typed = with_command(words, names) or ["recent"]
        status = app(typed, prog_name="iml-tui", standalone_mode=False)
    except typer.TyperException as error:  # Typer itself would say it in four lines
        raise InputError(one_sentence(error)) from error
    except typer.Abort as error:
        raise SystemExit(headless.INTERRUPTED_STATUS) from error
    raise SystemExit(status)


def one_sentence(error: typer.TyperException) -> str:
    """What is wrong with the words that were typed, and where the right ones are told."""
    said = " ".join(error.format_message().split()).rstrip(".").replace("Value error, ", "")
    typed = getattr(error, "ctx", None)  # which command was meant, where that is known
    command = typed.command_path if typed is not None and typed.parent is not None else "iml-tui"
    return said if said.endswith("?") else f"{said}; {command} --help says what it takes."


def with_command(words: list[str], names: Collection[str]) -> list[str]:
    """What was typed with `run` in front where only a folder, or an option of it, was named."""
    if not words or words[0] in names or words[0] in {"--help", "--version"}:
        return words
    folder = words[0]
    slip = difflib.get_close_matches(folder, names, n=1) and not Path(folder).exists()
    return words if slip and "/" not in folder else ["run", *words]


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"iml-tui {version('iml-tui')}")
        raise typer.Exit


@app.callback()
def _group(
    *,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None: ...


@app.command("run")
@taking(task_options, effort_options, model_options, cost_options, method_options, reach_options)
def run(
    folder: Folder,
    workspace: WorkspaceOption = None,
    new: Annotated[
        bool, typer.Option("--new", help="Start another run where the last one is over.")
    ] = False,
    no_screen: Annotated[
        bool, typer.Option("--headless", help="Tell the run in plain lines on stderr.")
    ] = False,
    json_lines: Annotated[
        bool, typer.Option("--json", help="Headless, with one event a line on stdout.")
    ] = False,
    *,
    given: dict[str, JsonValue],
) -> None:
    """Start, resume or watch a run: on the screen, or headless."""
    place = api.locate(folder, workspace)
    settings = api.settings_for(place, given)
    refuse_unsuitable(place, given, settings, new=new)
    recent.remember(place)
    if place.note:
        typer.echo(place.note, err=True)
    if json_lines or no_screen or not has_terminal():
        if not (json_lines or no_screen):
            typer.echo("There is no terminal here: the run is told in plain lines.", err=True)
        try:
            status = headless.run_headless(place, settings, new=new, json_lines=json_lines)
        except (InputError, WorkspaceError):
            recent.forget_unless_begun(place)
            raise
        raise typer.Exit(status)
    status = enter.open_screen(place, settings, new=new)
    if status == enter.UNUSABLE_STATUS:
        recent.forget_unless_begun(place)
    raise typer.Exit(status)


def refuse_unsuitable(
    place: Place, given: dict[str, JsonValue], asked: Settings, *, new: bool
) -> None:
    """Says no to what an existing run cannot take up any more.

    Args:
        place: Where a run may have been started.
        given: Options that were typed.
        asked: What they come to.
        new: Whether another run is asked for.

    Raises:
        InputError: the last run is not over, or an option differs from what it was started with.
    """
    if not (given or new):  # a long run is read once, by the screen
        return
    state = api.state_of(place) if place.has_run else State()
    if new and state.run and state.card is None and state.mark != "failed":
        raise InputError(
            f"Run {state.run} in {place.workspace} is not over: leave out --new to go on with it."
        )
    kept, wanted = ({} if new else state.settings), asked.model_dump(mode="json")
    for name in given:
        if name in kept and kept[name] != wanted[name]:
            option = f"--{name.replace('_', '-')}"
            was = f"without {option}" if kept[name] is None else f"with {option} {kept[name]}"
            raise InputError(
                f"The run in {place.workspace} was started {was} and keeps its settings: "
                f"leave {option} out, {_otherwise(name, place)}start another run with --new."
            )


def _otherwise(name: str, place: Place) -> str:
    """How to change a setting of a run that goes on, where that can be done."""
    if name not in CHANGEABLE:
        return "or "
    folder = shell.shown(place.competition)
    return f"change it with iml-tui set {folder} --{name.replace('_', '-')}, or "


@app.command("recent")
def recent_folders(
    forget: Annotated[
        bool, typer.Option("--forget", help="Take folders off the list that are gone.")
    ] = False,
    as_text: Annotated[bool, typer.Option("--plain", help="As text, also in a terminal.")] = False,
) -> None:
    """List the folders that were opened lately; enter opens one."""
    if forget:
        recent_command.forget_those_gone()
    elif as_text or not has_terminal() or not recent.remembered():
        recent_command.tell_recent()
    else:
        _open_list()


def _open_list() -> None:
    from iml_tui.screens.recent import RecentApp

    chosen = RecentApp().run()
    if chosen is not None:
        run(chosen.competition, workspace=chosen.workspace)


@app.command("demo")
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write it; ./competition if absent.")
    ] = Path("competition"),
) -> None:
    """Write a small real competition and open it. An existing folder is opened as it is."""
    if not folder.exists():
        child = [sys.executable, "-P", "-m", "iml_tui.command_line.demo", str(folder.absolute())]
        if subprocess.run(child, check=False).returncode != 0:
            raise InputError(f"{folder} could not be written: name another folder.")
    run(folder)


@app.command("back")
def back(
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="A commit, or a round such as traditional-2.")
    ],
    folder: looking_command.Last = None,
    workspace: WorkspaceOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
) -> None:
    """Set a track back to an earlier moment, by a new commit. Nothing is rewritten."""
    named, where = timetravel.apart((revision, folder), 1)
    place = place_with_run(where, workspace)
    if not named:
        raise InputError("Say which moment to go back to: iml-tui history lists them.")
    step = timetravel.plan(place, named[0])
    changes = timetravel.changes(place, step)
    if not changes:
        typer.echo(f"{step.track} is already as it was at {step.to.id[:7]}: nothing was changed.")
        raise typer.Exit
    for line in (f"{step.track} goes back to {timetravel.history_line(step.to)}", *changes):
        typer.echo(shell.plain(line))
    typer.echo("Your own edits are committed first; later rounds stay in the history.")
    if not yes:
        if not has_terminal():
            raise InputError("Nobody can be asked here: say --yes to go back.")
        if not typer.confirm("Go back?", default=False):
            typer.echo("Nothing was changed.")
            raise typer.Exit
    typer.echo(shell.plain(timetravel.carry_out(place, step)))


@app.command("redecide")
def redecide(
    metric: Annotated[str, typer.Option(metavar="NAME", help="How it is judged from now on.")],
    folder: Here = Path(),
    workspace: WorkspaceOption = None,
) -> None:
    """Judge what was trained by another metric. It decides, ranks and blends; trains nothing."""
    place = place_with_run(folder, workspace)
    if before := waits_for(place):
        typer.echo(before, err=True)
    outcome = decided(
        place, lambda connection: connection.redecide(whole_path(metric), shell.whoami())
    )
    typer.echo(shell.plain(outcome))
    until_over(place)
    state = api.state_of(place)
    if state.mark == "failed":
        raise EngineError(state.message)
    card = state.card
    if card is not None and card.score is not None:
        typer.echo(
            f"{card.winner}: {card.metric.title} {card.score.value:.4f} ±{card.score.error:.4f}"
        )


app.command("history")(looking_command.history)
app.command("show")(looking_command.show)
app.command("diff")(looking_command.diff)
app.command("report")(looking_command.report)
app.command("export")(export_command.export)
app.command("models")(models_command.models)
app.command("doctor")(doctor.doctor)
app.command("answer")(answer_command.answer)
app.command("tell")(answer_command.tell)
app.command("plan")(plan_command.plan)
app.command("pause")(answer_command.pause)
app.command("resume")(answer_command.resume)
app.command("finish")(answer_command.finish)
app.command("stop-track")(answer_command.stop_track)
app.command("set")(answer_command.change)
