"""Pane 1: phases and tracks, each with its state, its score beside its error, and what it does."""

from typing import ClassVar

from textual.content import Content
from typing_extensions import override

from agents.journal.events import Phase, Progress
from agents.journal.state import Moment, Running, State, TrackState
from iml_tui.draw import bar, ends, fit, line, mark, right
from iml_tui.figures import duration, score_parts
from iml_tui.present import PHASES
from iml_tui.scene import Scene
from iml_tui.sentence import time_limit
from iml_tui.widgets.pane import Hint, Pane, Row

SCORE = 14
"""Cells of a score with its error."""
ROUNDS_WIDTH = 50
"""From this width on, the rounds of a track are listed below it."""
TRACK_MARKS = {
    "not yet": "not yet",
    "running": "running",
    "valid": "done",
    "failed": "failed",
    "declined": "not yet",
    "unfinished": "undone",
}
MOMENT_MARKS = {
    "running": "running",
    "kept": "done",
    "rejected": "undone",
    "failed": "failed",
    "yours": "own",
    "back": "undone",
}


class TracksPane(Pane):
    """The run as a tree."""

    NUMBER = 1
    TITLE = "Tracks"
    HINTS: ClassVar[tuple[Hint, ...]] = (("enter", "its code"), ("j k", "choose"))

    @override
    def detail(self, scene: Scene) -> Content:
        """How many tracks, where the title does not stand here."""
        if not self.bare:
            return line()
        tracks = scene.state.tracks.values()
        working = sum(track.mark == "running" for track in tracks)
        text = f"{len(tracks)} tracks, {working} at work" if working else f"{len(tracks)} tracks"
        return line((text, "$dim")) if tracks else line()

    @override
    def fact(self, scene: Scene) -> Content:
        """Time left."""
        limit = time_limit(scene.state)
        if scene.over or not limit or scene.state.mark != "running":
            return line()
        return line((f"{duration(limit - scene.active)} left", "$dim"))

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Four phases, the tracks below the third."""
        rows: list[Row] = []
        for phase in PHASES:
            rows.append(Row(_phase(scene, phase, width)))
            if phase == "build":
                rows += _tracks(scene, width)
            else:
                rows += [Row(row) for row in _steps(scene, phase, width)]
        return rows


def moment_mark(moment: Moment, scene: Scene) -> Content:
    """The mark of a round; nothing runs where the engine is gone."""
    meaning = MOMENT_MARKS[moment.mark]
    return mark("paused" if meaning == "running" and not scene.alive else meaning)


def _phase(scene: Scene, phase: Phase, width: int) -> Content:
    state = next((step for step in scene.state.phases if step.phase == phase), None)
    title = PHASES[phase]
    if phase == "look" and state is not None and state.ended is None:
        title = "Looking at the data"
    if phase == "plan" and scene.state.blueprint is not None:
        title = f"{title} {scene.state.blueprint.version}"
    if state is None:
        return line(mark("not yet"), (f" {title}", "$dim"))
    ended = state.ended if state.ended is not None else scene.active
    meaning = "done" if state.ended is not None else "running"
    if meaning == "running" and not scene.alive:
        meaning = "paused"
    spent = (duration(ended - state.started), "$dim")
    return ends(line(mark(meaning), f" {title}"), line(spent), width)


def _steps(scene: Scene, phase: Phase, width: int) -> list[Content]:
    """What a phase without tracks is doing, with a bar where it is known how far it is."""
    rows = []
    for path, work in scene.state.running.items():
        if path.split("/")[0] == phase:
            rows.append(_work(work, scene.progress.get(path), width, indent=4))
    return rows[:2]


def _work(work: Running, progress: Progress | None, width: int, *, indent: int) -> Content:
    label = line(" " * indent, (work.label, "$dim"))
    if progress is None or progress.done < 0:
        text = progress.text if progress is not None else ""
        return ends(label, line((text, "$dim")), width)
    done = line((f"{progress.done:.0%}", "$fg"))
    room = min(SCORE, max(6, width - label.cell_length - 8))
    return ends(label, line(bar(progress.done, room), " ", right(done, 5)), width)


def _tracks(scene: Scene, width: int) -> list[Row]:
    tracks = list(scene.state.tracks.values())
    if scene.over:
        tracks.sort(key=lambda track: _rank(track, scene.state))
    words = {track.name: _word(track, scene) for track in tracks}
    room = max([4, *(words[track.name].cell_length for track in tracks if track.score)])
    rows: list[Row] = []
    for track in tracks:
        rows.append(Row(_track(track, scene, words[track.name], (width, room)), track.name))
        rows += [Row(row) for row in _below(track, scene, width, room)]
    return rows


def _rank(track: TrackState, state: State) -> tuple[int, float]:
    if track.score is None:
        return (1, 0.0)
    higher = state.task is None or state.task.metric.direction == "higher"
    return (0, -track.score.value if higher else track.score.value)


def _word(track: TrackState, scene: Scene) -> Content:
    best = scene.best
    if best is not None and best.name == track.name:
        return line(("best", "$good"))
    if track.mark == "declined":
        return line(("not needed", "$dim"))
    if track.mark == "failed":
        return line(("failed", "$fail"))
    if track.mark == "unfinished":
        return line(("not finished", "$dim"))
    if scene.over and track.round > 1:
        return line((f"{track.round} rounds", "$dim"))
    return line()


def _track(track: TrackState, scene: Scene, word: Content, room: tuple[int, int]) -> Content:
    width, tail = room
    meaning = TRACK_MARKS[track.mark]
    if meaning == "running" and not scene.alive:
        meaning = "paused"
    idle = track.mark in {"not yet", "declined"}
    name = line("  ", mark(meaning), (f" {track.name}", "$dim" if idle else "$fg"))
    if track.score is None:
        return ends(name, word, width) if idle else _row(name, line(("\u2013", "$dim")), word, room)
    value, error = score_parts(track.score)
    best = scene.best is track
    settled = "$fg" if track.commit is not None else "$dim"
    score = line((value, "bold $good" if best else settled), (error, "$dim"))
    return _row(name, score, word, (width, tail))


def _row(name: Content, score: Content, word: Content, room: tuple[int, int]) -> Content:
    width, tail = room
    gap = 2 if tail <= 8 else 1
    names = max(8, width - SCORE - 1 - gap - tail)
    return line(fit(name, names), " ", fit(score, SCORE), " " * gap, right(word, tail))


def _below(track: TrackState, scene: Scene, width: int, tail: int) -> list[Content]:
    if width >= ROUNDS_WIDTH:
        moments = [moment for moment in scene.state.moments if moment.track == track.name]
        listed = track.name not in {"baseline", "ensemble"} and len(moments) > 0
        rounds = [_round(moment, scene, (width, tail)) for moment in moments] if listed else []
        return rounds + _doing(track, scene, width, indent=6)
    return _doing(track, scene, width, indent=4)


def _round(moment: Moment, scene: Scene, room: tuple[int, int]) -> Content:
    name = line("    ", moment_mark(moment, scene), f" {moment.round} {moment.what}")
    if moment.fault is not None and moment.score is None:
        return ends(name, line((moment.fault.kind, "$fail")), room[0])
    value = line((score_parts(moment.score)[0], "$dim"))
    return _row(name, value, line(), room)


def _doing(track: TrackState, scene: Scene, width: int, *, indent: int) -> list[Content]:
    """Programs of the track that run now; the clock of each where no share is known."""
    rows = []
    for work in scene.running(track.name):
        progress = scene.progress.get(work.path)
        if progress is None:
            spent = line((duration(scene.active - work.since), "$dim"))
            rows.append(ends(line(" " * indent, (work.label, "$dim")), spent, width))
        else:
            rows.append(_work(work, progress, width, indent=indent))
    return rows[:3]
