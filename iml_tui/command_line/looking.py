"""The commands that look and change nothing: history, show, diff, report.

They say what the screen shows. Colour and marks are for terminals alone: in a pipe, and under
NO_COLOR, the words are the same without them. `--json` is for other programs.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from agents import api
from agents.api import Place
from agents.errors import InputError
from agents.journal.standing import described
from agents.journal.state import Moment, State
from agents.models import Commit
from iml_tui.command_line.options import Here, WorkspaceOption, place_with_run
from iml_tui.looking_back import timetravel
from iml_tui.words import present
from iml_tui.words.figures import score_text
from iml_tui.words.shell import plain

TrackOption = Annotated[
    str | None, typer.Option("--track", metavar="NAME", help="Of this track only.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="As json on stdout.")]
Moment1 = Annotated[
    str | None,
    typer.Argument(metavar="[REV]", help="A commit, or a round such as traditional-2."),
]
Moment2 = Annotated[
    str | None, typer.Argument(metavar="[REV]", help="Another one; how it is now if absent.")
]
Last = Annotated[
    str | None,
    typer.Argument(metavar="[DIR]", help="Competition or workspace; this folder if absent."),
]
NOW = "main"
"""How it is now, as the repository calls it."""
_STYLES = {"+++": "bold", "---": "bold", "+": "green", "-": "red", "@@": "cyan", "diff": "bold"}
_ID_AND_DATE = r"^\w{7}(  \d{4}-\d\d-\d\d \d\d:\d\d)?"
_VERDICTS = {"kept": "kept", "yours": "yours", "back": "gone back", "running": "running"}


def say(lines: Iterable[str | Text]) -> None:
    """Prints lines whole, however wide the terminal is; a reader that has enough ends it."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for line in lines:
        shown = Text(plain(line)) if isinstance(line, str) else line
        console.print(shown)


def say_json(value: object) -> None:
    """Prints a value for another program."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def history(
    folder: Here = Path(),
    track: TrackOption = None,
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many.", min=1)] = 200,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was kept and what was proposed, newest first."""
    place = place_with_run(folder, workspace)
    commits = api.history(place, track=track, limit=limit)
    if not commits:  # an earlier run may have had it
        _refuse_unknown(track, api.state_of(place))
    if as_json:
        say_json([commit.model_dump(mode="json") for commit in commits])
        return
    console = Console()
    width = console.width if console.is_terminal else None
    say(_commit_line(commit, width) for commit in commits)


def show(
    revision: Moment1 = None,
    folder: Last = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one moment, by default the newest. What it says of itself, and what it changed."""
    named, where = timetravel.apart((revision, folder), 1)
    place = place_with_run(where, workspace)
    commit, diff = api.show(place, timetravel.revision_named(named[0] if named else NOW))
    if as_json:
        say_json({**commit.model_dump(mode="json"), "diff": diff})
        return
    say([*timetravel.heading(commit), "", *_diff_lines(diff)])


def diff(
    older: Moment1 = None,
    newer: Moment2 = None,
    folder: Last = None,
    track: TrackOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what leads from one moment to another, or to now."""
    named, where = timetravel.apart((older, newer, folder), 2)
    place = place_with_run(where, workspace)
    if not named:
        raise InputError("Say which one or two moments to compare: iml-tui history lists them.")
    before, after = [timetravel.revision_named(one) for one in (*named, NOW)][:2]
    found = api.diff(place, before, after, track or _track_of_both(place, before, after))
    say(_diff_lines(found) if found.strip() else ["Nothing differs between these two."])


def _track_of_both(place: Place, before: str, after: str) -> str | None:
    """The track that two rounds belong to: other tracks are no part of what parts them."""
    first, second = (api.show(place, one)[0].trailers.get("Track") for one in (before, after))
    return first if first == second else None


def report(
    folder: Here = Path(),
    track: TrackOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how the run stands or ended. The score, why it won, every round, what fools people."""
    place = place_with_run(folder, workspace)
    state = api.state_of(place)
    _refuse_unknown(track, state)
    moments = [one for one in state.moments if track is None or one.track == track]
    if as_json:
        say_json(_report_json(state, moments))
        return
    lines: list[str | Text] = list(present.report(state, place.workspace, Path.cwd()))
    if moments:
        lines += ["", *_rounds(moments, state)]
    findings = state.profile.findings if state.profile and track is None else ()
    if findings:
        lines += ["", Text("What will fool you", style="bold")]
        lines += [f"  {one.title}. {one.text} {one.done}".rstrip() for one in findings]
    say(lines)


def _refuse_unknown(track: str | None, state: State) -> None:
    """Says no to a track that the run does not have."""
    if track is not None and track not in state.tracks:
        raise InputError(f"No track is called {track!r}: use {', '.join(state.tracks)}.")


# --- lines ----------------------------------------------------------------------------------------


def _commit_line(commit: Commit, width: int | None) -> Text:
    line = Text(plain(timetravel.history_line(commit, width)))
    line.highlight_regex(_ID_AND_DATE, "dim")
    if commit.ref is not None:
        line.stylize("dim")
    elif score := commit.trailers.get("Score"):
        line.highlight_words([score], "green")
    return line


def _diff_lines(text: str) -> list[Text]:
    return [Text(plain(line), style=_diff_style(line)) for line in text.splitlines()]


def _diff_style(line: str) -> str:
    return next((style for mark, style in _STYLES.items() if line.startswith(mark)), "")


def _rounds(moments: list[Moment], state: State) -> list[Text]:
    names = [f"{one.track} {one.round}" for one in moments]
    room = max(map(len, names))
    told = [described(state.moments, one) for one in moments]
    whats = min(40, max(map(len, told)))
    lines = []
    for name, one, what in zip(names, moments, told, strict=True):
        verdict = one.reason or _VERDICTS.get(one.mark, one.mark)
        if one.fault is not None and one.score is None:
            verdict = present.fault_text(one.fault)
        won = state.card is not None and one.candidate == state.card.winner and one.mark == "kept"
        what = what if len(what) <= whats else f"{what[: whats - 1]}…"
        text = f"  {name:<{room}}  {what:<{whats}}  {score_text(one.score):<15}  {verdict}"
        lines.append(Text(plain(text), style="bold green" if won else ""))
    return lines


def _report_json(state: State, moments: list[Moment]) -> dict[str, object]:
    return {
        "name": state.name,
        "run": state.run,
        "mark": state.mark,
        "active_seconds": state.active,
        "card": state.card.model_dump(mode="json") if state.card is not None else None,
        "rounds": [
            {
                "track": one.track,
                "round": one.round,
                "what": one.what,
                "mark": one.mark,
                "score": one.score.model_dump(mode="json") if one.score is not None else None,
                "reason": one.reason,
            }
            for one in moments
        ],
    }
