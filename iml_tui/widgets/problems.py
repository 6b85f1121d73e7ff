"""The problems of a run: every fault, those that are still open first, by class and place.

Pure functions of a scene; the Log pane shows them as a mode.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from textual.content import Content

from agents.journal.standing import mended_by
from agents.journal.state import Moment, State
from agents.models import Fault
from iml_tui.drawing.draw import ends, fit, line, mark
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Row
from iml_tui.words.figures import count, duration
from iml_tui.words.present import fault_place

Outcome = Literal["open", "mended", "given up"]
MARKS = {"open": "look", "mended": "done", "given up": "failed"}
ROLES = {"open": "$wait", "mended": "$good", "given up": "$fail"}
ORDER: tuple[Outcome, ...] = ("open", "given up", "mended")
PLACE, WHERE = 22, 17


class Problem(NamedTuple):
    """A fault and what became of it."""

    moment: Moment
    fault: Fault
    outcome: Outcome
    by: Moment | None = None
    """The round that mended it."""


def problems(state: State) -> list[Problem]:
    """Every fault of the run, open ones first, by class and place."""
    found = [_problem(moment, state) for moment in state.moments if moment.fault is not None]
    return sorted(found, key=_order)


def _problem(moment: Moment, state: State) -> Problem:
    assert moment.fault is not None  # it is asked for those that have one
    by = mended_by(state.moments, moment)  # as the end card and the history count it
    track = state.tracks.get(moment.track)
    if by is not None:
        return Problem(moment, moment.fault, "mended", by)
    over = state.card is not None or (track is not None and track.mark in {"failed", "valid"})
    return Problem(moment, moment.fault, "given up" if over else "open")


def _order(one: Problem) -> tuple[int, str, str, float]:
    return ORDER.index(one.outcome), one.fault.kind, fault_place(one.fault), one.moment.started


def problem_rows(scene: Scene, width: int, cursor: int = 0) -> list[Row]:
    """A title for every class, below it a row a fault; the marked one says all it has to say.

    Args:
        scene: The run.
        width: Cells of a row.
        cursor: Which fault is marked, from 0.
    """
    found = problems(scene.state)
    if not found:
        return [Row(line(("No fault was found.", "$dim")))]
    marked = found[min(cursor, len(found) - 1)]
    rows: list[Row] = []
    for (outcome, kind), members in groupby(found, key=lambda one: (one.outcome, one.fault.kind)):
        title = line(mark(MARKS[outcome]), (f" {kind}", "$strong"))
        rows.append(Row(ends(title, line((outcome, ROLES[outcome])), width)))
        for one in members:
            rows += _rows(one, width, whole=one is marked)
    return rows


def _rows(one: Problem, width: int, *, whole: bool) -> list[Row]:
    """Where, in which round, when; what the program said; what mended it at the right."""
    roomy = width >= PLACE + WHERE + 30
    place = line("  ", fault_place(one.fault))
    whose = line((f"{one.moment.track} {one.moment.round}", "$dim"))
    by = one.by is not None and one.by.round != one.moment.round
    mended = line((f"by round {one.by.round}", "$dim")) if one.by and by else line()
    start = line(fit(place, PLACE), fit(whose, WHERE)) if roomy else line(fit(place, PLACE))
    if roomy:
        start = line(start, (f"{duration(one.moment.started)} ", "$dim"))
    words = line((last_line(one.fault), "$fg" if one.outcome == "mended" else ROLES[one.outcome]))
    first = Row(ends(line(start, words), mended, width), one.moment.key)
    room = width - start.cell_length - mended.cell_length - (2 if mended.cell_length else 0)
    if not whole or words.cell_length <= room:
        return [first]
    said = words.wrap(max(8, width - 4))
    return [first, *(Row(line("    ", row)) for row in said)]


def last_line(fault: Fault) -> str:
    """What the program said last."""
    said = fault.message.strip().splitlines()
    return said[-1].strip() if said else ""


def problem_counts(found: Sequence[Problem]) -> Content:
    """`2 open, 5 mended`."""
    parts: list[tuple[str, str]] = []
    for outcome in ORDER:
        total = sum(one.outcome == outcome for one in found)
        if total:
            parts.append((f"{total:,} {outcome}", ROLES[outcome]))
    joined: list[tuple[str, str]] = []
    for part in parts:
        joined += [(", ", "$dim"), part] if joined else [part]
    return line(*joined) if joined else line((count(0, "fault"), "$dim"))
