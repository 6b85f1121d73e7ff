"""Deciding from the command line while a run goes on: answer, tell, pause, finish, set.

Each command inserts one decision row, as the screen does, and says what became of it: at once where
an engine is at work, else that the next start takes it up.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from agents import api
from agents.api import Connection, Place
from agents.errors import InputError
from agents.journal.choices import (
    Answer,
    Change,
    Choice,
    Finish,
    Mode,
    Pause,
    Resume,
    StopTrack,
    Tell,
)
from agents.journal.events import GateOpened
from agents.journal.hunks import Hunk
from agents.journal.state import State
from iml_tui.command_line import headless
from iml_tui.command_line.options import (
    CoderOption,
    CostOption,
    DebuggerOption,
    DebugRoundsOption,
    Folder,
    PlannerOption,
    TokensOption,
    WorkspaceOption,
    place_with_run,
    seconds,
)
from iml_tui.deciding.decide import insert, outcome
from iml_tui.words import shell

PATIENCE_S = 60.0
"""How long an engine at work is waited for; a model may have to be asked first."""


def answer(
    folder: Folder,
    gate: Annotated[
        str | None,
        typer.Argument(metavar="[GATE]", help="What to answer; all that waits if absent."),
    ] = None,
    choice: Annotated[
        str | None, typer.Argument(metavar="[CHOICE]", help="Such as keep or undo.")
    ] = None,
    hunks: Annotated[
        str | None,
        typer.Option(metavar="1,3", help="Keep only these changes of a proposal."),
    ] = None,
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; of an undone proposal, another is made by it.")
    ] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """List what waits for you, show a gate, or answer it."""
    place = place_with_run(folder, workspace)
    state = api.state_of(place)
    if gate is None:
        _tell(_waiting(state))
    elif choice is None:
        _tell(_shown(place, state, gate))
    else:
        given = Answer(option=choice, hunks=_numbers(hunks), why=why)
        _await_outcome(place, insert(place, state, given, gate), state)


def tell(
    folder: Folder,
    words: Annotated[str, typer.Argument(metavar="WORDS", help='Such as "optimise macro F1".')],
    workspace: WorkspaceOption = None,
) -> None:
    """Ask the run for something in your own words."""
    if not words.strip():
        raise InputError('Nothing is asked for: write some words, such as "no deep nets".')
    send(folder, workspace, Tell(words=words.strip()))


def pause(folder: Folder, workspace: WorkspaceOption = None) -> None:
    """Begin nothing more until you go on. The clock stands still meanwhile."""
    send(folder, workspace, Pause())


def resume(folder: Folder, workspace: WorkspaceOption = None) -> None:
    """Go on after a pause."""
    send(folder, workspace, Resume())


def finish(folder: Folder, workspace: WorkspaceOption = None) -> None:
    """Take the best there is now. Nothing more is built; it decides and reports."""
    send(folder, workspace, Finish())


def stop_track(
    track: Annotated[str, typer.Argument(metavar="TRACK", help="Such as neural.")],
    folder: Folder,
    workspace: WorkspaceOption = None,
) -> None:
    """Begin nothing more on a track; what it has achieved stays."""
    send(folder, workspace, StopTrack(track=track))


def change(
    folder: Folder,
    time_limit: Annotated[
        float | None, typer.Option(parser=seconds, metavar="TIME", help="Another limit: 300, 2h.")
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="review: undo later; ask: wait for me; auto: never ask.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another language model for all parts.")
    ] = None,
    planner: PlannerOption = None,
    coder: CoderOption = None,
    debugger: DebuggerOption = None,
    debug_rounds: DebugRoundsOption = None,
    max_tokens: TokensOption = None,
    max_cost: CostOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Change settings of a run while it goes on."""
    typed: dict[str, JsonValue] = {
        "time_limit": time_limit,
        "mode": mode,
        "model": model,
        "planner": planner,
        "coder": coder,
        "debugger": debugger,
        "debug_rounds": debug_rounds,
        "max_tokens": max_tokens,
        "max_cost": max_cost,
    }
    given: dict[str, JsonValue] = {
        name: value for name, value in typed.items() if value is not None
    }
    if not given:
        raise InputError("Nothing is to be changed: say what, such as --time-limit 2h.")
    if model is not None:  # it stands for all parts, unless others are named beside it
        given |= {part: typed[part] for part in ("planner", "coder", "debugger")}
    send(folder, workspace, Change(settings=given))


# --- sending --------------------------------------------------------------------------------------


def send(folder: Path, workspace: Path | None, choice: Choice) -> None:
    """Inserts a decision and says what became of it.

    Raises:
        InputError: it cannot be carried out.
    """
    place = place_with_run(folder, workspace)
    state = api.state_of(place)
    _await_outcome(place, insert(place, state, choice), state)


def _await_outcome(place: Place, gate: str, before: State) -> None:
    """Says what the engine makes of a decision, or when it will be taken up."""
    told = outcome(place, gate, after=before.seq, patience=PATIENCE_S)
    if told is not None:
        _tell([told])
    elif _alive(place):
        _tell(["Noted: the engine takes it up by itself, also if you leave here."])
    else:
        _tell([f"Noted: no engine is at work; {headless.how_to_go_on(place)} takes it up first."])


def _alive(place: Place) -> bool:
    connection = Connection(place)
    try:
        return connection.alive()
    finally:
        connection.close()


def _numbers(hunks: str | None) -> tuple[int, ...]:
    """The changes that `1,3` names.

    Raises:
        InputError: that is no list of numbers.
    """
    named = [part.strip() for part in (hunks or "").split(",") if part.strip()]
    if not all(part.isdecimal() for part in named):
        raise InputError(f"{hunks!r} names no changes: write their numbers, such as --hunks 1,3.")
    return tuple(sorted({int(part) for part in named}))


# --- showing --------------------------------------------------------------------------------------


def _tell(lines: Iterator[str] | list[str]) -> None:
    for line in lines:
        typer.echo(shell.plain(line))


def _waiting(state: State) -> Iterator[str]:
    """What waits for an answer, then what a policy has answered."""
    if not state.open_gates:
        yield "Nothing waits for you."
    yield from (_gate_line(gate) for gate in state.open_gates)
    by_policy = [one.opened for one in state.gates.values() if one.decided and one.answerable]
    if by_policy:
        yield "Answered by policy; your answer outweighs it:"
        yield from (_gate_line(gate) for gate in by_policy)


def _gate_line(gate: GateOpened) -> str:
    options = [f"{one} (now)" if one == gate.default else one for one in gate.options]
    known = f"{gate.measured} " if gate.measured else ""
    return f"{gate.gate}: {gate.question} {known}{' or '.join(options)}"


def _shown(place: Place, state: State, name: str) -> Iterator[str]:
    """A gate, and the changes of its proposal by number."""
    gate = state.gates.get(name)
    if gate is None:
        raise InputError(
            f"No gate is called {name!r}: iml-tui answer {shell.shown(place.competition)} "
            "lists what waits."
        )
    yield _gate_line(gate.opened)
    if gate.decided is not None:
        yield gate.decided.outcome
    if gate.closed:
        yield f"It needs no answer any more: {gate.closed}."
    connection = Connection(place)
    try:
        hunks = connection.hunks(gate.opened)
    finally:
        connection.close()
    for hunk in hunks:
        yield from _hunk_lines(hunk)


def _hunk_lines(hunk: Hunk) -> Iterator[str]:
    yield f"change {hunk.number}, {hunk.path} line {hunk.start}:"
    yield from (f"  - {line.rstrip()}" for line in hunk.removed)
    yield from (f"  + {line.rstrip()}" for line in hunk.added)
