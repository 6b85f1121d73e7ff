"""The settings of a run as options of the command line, in groups that a command takes whole.

A group is a signature and nothing else: the names, types and help of some settings. `taking` gives
a command the options of groups, and hands it what was really typed as `given`, by setting.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from agents.journal.choices import Mode
from agents.settings import Variant
from iml_tui.command_line.options import (
    CoderOption,
    CostOption,
    DebuggerOption,
    DebugRoundsOption,
    PlannerOption,
    TokensOption,
    seconds,
)

Command = Callable[..., None]
_SETTINGS = {"id_column": "id"}
"""Settings that parameters cannot be called like."""


def taking(*groups: Command) -> Callable[[Command], Command]:
    """Gives a command the options of groups, as its argument `given`."""
    added = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for group in groups
        for one in inspect.signature(group).parameters.values()
    ]

    def decorate(command: Command) -> Command:
        own = [one for one in inspect.signature(command).parameters.values() if one.name != "given"]

        @functools.wraps(command)
        def called(*arguments: object, **options: object) -> None:
            typed = {one.name: options.pop(one.name, None) for one in added}
            command(*arguments, given=_given(typed), **options)

        every = [*own, *added]
        vars(called)["__signature__"] = inspect.Signature(every)
        called.__annotations__ = {one.name: one.annotation for one in every}
        return called

    return decorate


def _given(typed: dict[str, object]) -> dict[str, JsonValue]:
    """What was really typed, by the name of its setting."""
    given: dict[str, JsonValue] = {}
    for name, value in typed.items():
        if isinstance(value, str | int | float):
            given[_SETTINGS.get(name, name)] = value
    if isinstance(metric := given.get("metric"), str):
        given["metric"] = whole_path(metric)
    return given


def whole_path(metric: str) -> str:
    """A metric given as `file.py:function` with its whole path: the engine works elsewhere."""
    if ".py:" not in metric:
        return metric
    place, _, function = metric.rpartition(":")
    return f"{Path(place).expanduser().absolute()}:{function}"


def task_options(
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What to predict; several with commas.")
    ] = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="How it is judged.")] = None,
    id_column: Annotated[
        str | None, typer.Option("--id", metavar="COLUMN", help="The column that names a row.")
    ] = None,
    drop: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Columns that no program is to see, with commas."),
    ] = None,
) -> None:
    """What is asked."""


def effort_options(
    time_limit: Annotated[
        float | None,
        typer.Option(parser=seconds, metavar="TIME", help="At most so long: 300, 5m, 2h."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="For everything random.")] = None,
    cores: Annotated[int | None, typer.Option(help="CPU cores to use.")] = None,
    aggregation: Annotated[
        str | None,
        typer.Option(
            metavar="HOW", help="greedy (default), best, average, stacking or boosting of programs."
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Try only these tracks or candidates, with commas."),
    ] = None,
    deterministic: Annotated[
        bool | None,
        typer.Option("--deterministic", help="Bound searches by trials; no time limit ends it."),
    ] = None,
) -> None:
    """How much is tried."""


def model_options(
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Language model: ollama/…, openai/…, a URL; none by default."
        ),
    ] = None,
    planner: PlannerOption = None,
    coder: CoderOption = None,
    debugger: DebuggerOption = None,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="Of what a model proposes: review (undo later; default on the screen), ask (wait "
            "for me), auto (never ask; default elsewhere)."
        ),
    ] = None,
    allow_unsandboxed: Annotated[
        bool | None,
        typer.Option(
            "--allow-unsandboxed",
            help="Run what a model writes also where nothing keeps it from your files.",
        ),
    ] = None,
) -> None:
    """Who is asked."""


def cost_options(
    max_tokens: TokensOption = None,
    max_cost: CostOption = None,
) -> None:
    """What models may cost."""


def method_options(
    debug_rounds: DebugRoundsOption = None,
    improve_rounds: Annotated[
        int | None, typer.Option(metavar="N", help="Changes of valid solutions to be proposed.")
    ] = None,
    variant: Annotated[
        Variant | None, typer.Option(help="Leave a part of the method out, as the paper measures.")
    ] = None,
    retrieval: Annotated[
        bool | None,
        typer.Option("--retrieval/--no-retrieval", help="Look up knowledge for the model."),
    ] = None,
    strip: Annotated[
        bool | None,
        typer.Option("--strip", help="Take no notice of what the folder says of itself."),
    ] = None,
) -> None:
    """How models work, and what of the method is left out."""


def reach_options(
    web: Annotated[
        bool | None, typer.Option("--web/--no-web", help="Reach the web for it (not by default).")
    ] = None,
    install: Annotated[
        bool | None,
        typer.Option(
            "--install/--no-install",
            help="Install well-known packages that its programs miss, into the workspace (asked by "
            "default, and not done where nobody is asked).",
        ),
    ] = None,
) -> None:
    """What may be fetched for models from beyond this machine."""
