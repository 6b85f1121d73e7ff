"""Why this one won: every program beside the best single one, row by row, and what became of it.

Pure functions of a state. While the run goes on the same table says who leads.
"""

from dataclasses import dataclass

from textual.content import Content

from agents.journal.chronicle import Paired
from agents.journal.state import Moment, State, TrackState
from agents.models import Member
from iml_tui.drawing.draw import fit, line, mark, right, wrapped
from iml_tui.looking_back.rounds import UNDONE, fault_word, left_behind, moment_name
from iml_tui.looking_back.rounds import winner as leading
from iml_tui.scene import Scene
from iml_tui.words.figures import NONE, count, duration, number, score_parts, score_text, with_error

SCORE, BEHIND, WEIGHT, FIT = 17, 22, 7, 7
FULL = 100
"""Cells from which on weight and time have columns of their own."""
ROOMY = 94
"""Cells from which on what became of a program stands beside it."""
MOST = 40
"""Programs that are listed; a table of a thousand is no answer."""


@dataclass(frozen=True)
class Candidate:
    """A line of the table."""

    name: str
    round: str
    mark: str
    moment: Moment | None
    behind: Paired | None
    weight: float | None
    seconds: float
    end: str
    """What became of it."""
    won: bool = False


def title(scene: Scene) -> str:
    """`why the ensemble won`, `why boosting leads`."""
    winner = _winner(scene)
    if winner is None:
        return "nobody leads yet" if not scene.over else "nobody won"
    name = f"the {winner.candidate}" if winner.track == "ensemble" else winner.candidate
    return f"why {name} {'won' if scene.over else 'leads'}"


def in_short(scene: Scene) -> str:
    """The reason in a clause; empty where nobody won."""
    winner = _winner(scene)
    return _why_won(winner, scene).partition(": ")[2] if winner is not None else ""


def page(scene: Scene, width: int) -> list[Content]:
    """The table and what it rests on."""
    candidates, more = table(scene)
    if not candidates:
        return [line(("No program has a score yet: the first comes with the baseline.", "$dim"))]
    names = min(26, max(9, *(len(one.name) for one in candidates)) + 2)
    lines = [_head(scene, names, width)]
    for one in candidates:
        lines += _row(one, names, width)
    if more:
        rest = f"{more:,} more stand in the history, none of them ahead of these."
        lines.append(line(("  " + rest, "$dim")))
    return [*lines, line(), *(row for text in _prose(scene) for row in _wrapped(text, width))]


def _wrapped(text: str, width: int) -> list[Content]:
    return [line(" ", one) for one in wrapped(text, width - 2, "$dim")]


# --- the table --------------------------------------------------------------------------------


def table(scene: Scene) -> tuple[list[Candidate], int]:
    """The best scored programs, the winner first, then what never had a score; how many are left.

    What is left out is not looked at: a run of a thousand rounds costs what forty do.
    """
    state = scene.state
    winner = _winner(scene)
    moments = [moment for moment in state.moments if moment.score is not None]
    moments.sort(key=lambda moment: _order(moment, winner, state))
    found = [_candidate(moment, winner, scene) for moment in moments[:MOST]]
    ended = [one for one in state.moments if one.mark in {"failed", "rejected"} and not one.score]
    unmended = [one for one in ended[-MOST:] if not _mended(one, state)][: MOST - len(found)]
    found += [_candidate(one, winner, scene) for one in unmended]
    for track in state.tracks.values():
        if track.mark == "declined" and not any(one.track == track.name for one in moments):
            found.append(_declined(track))
    return found, max(0, len(moments) - MOST)


def reference(state: State) -> Moment | None:
    """The best single program: what all others are compared with."""
    by_program = {moment.program[:12]: moment for moment in state.moments if moment.program}
    for program in state.chronicle.ranked:
        if program in by_program:
            return by_program[program]
    return leading(state)


def _winner(scene: Scene) -> Moment | None:
    state = scene.state
    name = state.card.winner if state.card is not None else None
    if state.card is not None and name is None:
        return None
    alike = [moment for moment in state.moments if moment.score and moment.candidate == name]
    if alike:
        return next((one for one in reversed(alike) if one.commit is not None), alike[-1])
    return leading(state) or _blended(scene)


def _blended(scene: Scene) -> Moment | None:
    """The round of a leader whose program is not written yet: weights come before it."""
    best = scene.best
    return next((one for one in scene.state.moments if best and one.track == best.name), None)


def _order(moment: Moment, winner: Moment | None, state: State) -> tuple[bool, bool, float]:
    assert moment.score is not None  # only scored ones are sorted
    higher = state.task is None or state.task.metric.direction == "higher"
    folds = state.blueprint.split.folds if state.blueprint else 1
    part = len(moment.score.folds) < folds
    return (moment is not winner, part, -moment.score.value if higher else moment.score.value)


def _mended(moment: Moment, state: State) -> bool:
    """Whether a later round of the same candidate got a score: that one stands in the table."""
    return any(
        one.score is not None and one.track == moment.track and one.candidate == moment.candidate
        for one in state.moments
    )


def _candidate(moment: Moment, winner: Moment | None, scene: Scene) -> Candidate:
    state = scene.state
    beside = reference(state)
    behind = None
    if beside is not None and beside is not moment:
        behind = state.chronicle.between(beside.program, moment.program)
    marks = {"kept": "done", "running": "running", "failed": "failed"}
    blended = any(one.name == "ensemble" and one.mark == "valid" for one in state.tracks.values())
    weight = _weight(moment, state.members) if blended else None
    own = f"{moment.track}/{moment.program[:12]}" if moment.program else ""
    seconds = state.chronicle.seconds
    return Candidate(
        name=moment.candidate,
        round=moment_name(moment),
        mark="done" if weight else marks.get(moment.mark, "undone"),
        moment=moment,
        behind=behind,
        weight=weight,
        seconds=seconds.get(moment.key, seconds.get(own, 0.0)),
        end=_end(moment, winner, weight, scene),
        won=moment is winner,
    )


def _weight(moment: Moment, members: tuple[Member, ...]) -> float | None:
    if not members or moment.track == "ensemble":
        return None
    return next((one.weight for one in members if one.candidate == moment.candidate), 0.0)


def _declined(track: TrackState) -> Candidate:
    return Candidate(track.name, track.name, "not yet", None, None, None, 0.0, "not needed")


def _end(moment: Moment, winner: Moment | None, weight: float | None, scene: Scene) -> str:
    state = scene.state
    if moment is winner:
        return _why_won(moment, scene)
    if moment.fault is not None:
        return f"{fault_word(moment.fault.kind)}: given up"
    if moment.key in left_behind(state):
        return "left behind: you went back"
    blended = any(one.name == "ensemble" and one.mark == "valid" for one in state.tracks.values())
    if blended and weight:
        return "in the ensemble"
    if moment.reason.startswith(UNDONE):
        return moment.reason
    if moment.mark == "running":
        return "at work"
    if moment.reason.startswith("not finished"):
        done = len(moment.score.folds) if moment.score else 0
        folds = state.blueprint.split.folds if state.blueprint else done
        if done == folds:
            return "not finished in time: no solution.py"
        return f"not finished in time: {done} of {count(folds, 'fold')}"
    if moment.reason:
        return moment.reason.partition(":")[0]
    return "kept, without weight in the ensemble" if blended else "kept"


def _why_won(moment: Moment, scene: Scene) -> str:
    verb = "won" if scene.over else "leads"
    card = scene.state.card
    if moment.track == "ensemble":
        if card is None or card.ahead is None or card.ahead.difference > 0:
            return f"{verb}: its cross-fitted score holds"
        return f"{verb}: better probabilities, within the error of {card.ahead.second}"
    others = [one for one in scene.state.moments if one.score and one is not moment]
    if not others:
        return f"{verb}: the only one with a score"
    if card is None or card.ahead is None:
        return f"{verb} by its score"
    clear = card.ahead.difference > card.ahead.error
    near = f"within the error of {card.ahead.second}"
    return f"{verb}: {'clearly ahead' if clear else near}"


# --- drawing ----------------------------------------------------------------------------------


def _head(scene: Scene, names: int, width: int) -> Content:
    beside = reference(scene.state)
    winner = _winner(scene)
    whose = f" {beside.candidate}" if beside is not None and beside is not winner else ""
    behind = f"behind{whose}, row by row"
    if len(behind) >= BEHIND:
        behind = f"behind{whose}"
    cells = [
        fit(line(("  program", "$dim")), names + 2),
        fit(line(("score ± error", "$dim")), SCORE),
    ]
    if _beside(names, width):
        cells.append(fit(line((behind, "$dim")), BEHIND))
    if width >= FULL:
        cells += [right(line(("weight", "$dim")), WEIGHT), right(line(("fit", "$dim")), FIT)]
    if width >= ROOMY:
        cells.append(line("   ", ("in the end", "$dim")))
    return line(*cells)


def _row(one: Candidate, names: int, width: int) -> list[Content]:
    moment = one.moment
    value, error = score_parts(moment.score if moment else None)
    partly = one.end.startswith("not finished")
    lit = "bold $good" if one.won else "$dim" if partly else "$fg"
    cells = [
        line(
            mark(one.mark),
            " ",
            fit(line((one.name, "$strong bold" if one.won else "$fg")), names - 1),
            " ",
        ),
        fit(line((value, lit), (error, "$dim")), SCORE),
    ]
    if _beside(names, width):
        cells.append(fit(_behind(one), BEHIND))
    if width >= FULL:
        weight = NONE if one.weight is None else f"{one.weight:.2f}" if one.weight else "0"
        fitted = duration(one.seconds) if one.seconds else NONE
        cells += [right(line(weight), WEIGHT), right(line((fitted, "$dim")), FIT)]
    role = "$fg" if one.won or one.weight or (moment and moment.mark == "kept") else "$dim"
    if width >= ROOMY:
        start = line(*cells, "   ")
        first, *rest = wrapped(one.end, max(12, width - start.cell_length), role) or [line()]
        return [line(start, first), *(line(" " * start.cell_length, row) for row in rest)]
    told = one.end
    if one.behind is not None and not _beside(names, width):
        told = f"{_behind(one).plain.removesuffix(' ahead')} {_way(one.behind)}; {told}"
    return [line(*cells), *(line("    ", row) for row in wrapped(told, width - 4, "$dim"))]


def _beside(names: int, width: int) -> bool:
    """Whether how far a program lies behind has a column of its own."""
    return names + 2 + SCORE + BEHIND <= width


def _way(paired: Paired) -> str:
    return "ahead" if paired.difference < 0 else "behind"


def _behind(one: Candidate) -> Content:
    if one.behind is None:
        return line((NONE, "$dim"))
    value, error = with_error(abs(one.behind.difference), one.behind.error)
    ahead = " ahead" if one.behind.difference < 0 else ""
    return line(value, (error, "$dim"), (ahead, "$dim"))


# --- what it rests on -------------------------------------------------------------------------


def _prose(scene: Scene) -> list[str]:
    state = scene.state
    winner = _winner(scene)
    score = winner.score if winner is not None else None
    if score is None:
        return []
    sentences = []
    if score.how == "blind":
        folds = f"the same {len(score.folds)} folds" if len(score.folds) > 1 else "one fold"
        rows = count(score.rows, "row")
        sentences.append(f"All on {folds}: {rows} whose answers no program could see.")
    elif score.how == "unguarded":
        rows = count(score.rows, "row")
        sentences.append(f"On {rows} that this machine's sandbox could not hide from programs.")
    card = state.card
    if card is not None and card.chosen_by is not None and card.score is not None:
        sentences.append(
            f"On {count(card.score.rows, 'row')} kept aside to the end, scored once, the winner "
            f"has {score_text(card.score)}."
        )
    elif card is not None and card.expect is not None:
        tried = count(card.tried, "program")
        were = "was" if card.tried == 1 else "were"
        sentences.append(
            f"{tried[:1].upper()}{tried[1:]} {were} compared, so expect about "
            f"{number(card.expect)} on new rows."
        )
    if any(one.track == "ensemble" and one.score for one in state.moments):
        sentences.append(
            "The ensemble's weights were fitted on other folds than those they are judged on."
        )
    declined = [one for one in state.tracks.values() if one.mark == "declined" and one.text]
    return [" ".join(sentences), *(f"{one.name}: {one.text}" for one in declined)]
