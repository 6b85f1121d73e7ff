"""The lines of the run as a tree: phases, tracks, rounds and what each of them does.

Pure functions of a scene, of a width and of what is folded; `tracks` puts them on the screen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from textual.content import Content

from agents.journal.events import Phase, Progress
from agents.journal.standing import mended_by
from agents.journal.state import Moment, Running, State, TrackState
from agents.models import TrackName
from iml_tui.drawing.draw import bar, ends, fit, line, mark, right, wrapped
from iml_tui.looking_back.rounds import (
    SINGLE,
    Word,
    change_text,
    fault_word,
    left_behind,
    proposal_gates,
    waits,
)
from iml_tui.scene import Scene
from iml_tui.widgets.listing import LazyRow
from iml_tui.widgets.pane import Row
from iml_tui.words.figures import NONE, count, duration, score_parts
from iml_tui.words.present import PHASES, plan_asked

SCORE = 14
"""Cells of a score with its error."""
ROUNDS_WIDTH = 50
"""From this width on, the rounds of a track are listed below it unless they are folded."""
LATEST = 6
"""Rounds of a track that are listed before anybody asks for all."""
MORE = "more/"
"""Begins the key of the row that stands for earlier rounds."""
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


@dataclass(frozen=True)
class Folds:
    """What a person folded and unfolded; the rest is as it is by itself."""

    opened: Mapping[TrackName, bool] = field(default_factory=dict)
    whole: frozenset[TrackName] = frozenset()
    """Tracks whose earlier rounds are listed too."""

    def open(self, track: TrackName, scene: Scene, width: int) -> bool:
        """Whether the rounds of a track are listed."""
        if track in self.opened:
            return self.opened[track]
        return width >= ROUNDS_WIDTH and not scene.over and track not in SINGLE


def tree(scene: Scene, width: int, folds: Folds) -> list[Row]:
    """Four phases, the tracks below the third."""
    rows: list[Row] = []
    for phase in PHASES:
        rows.append(Row(_phase(scene, phase, width)))
        if phase == "build":
            rows += _Tracks(scene, width, folds).rows()
        else:
            rows += [Row(row) for row in _steps(scene, phase, width)]
    return rows


def moment_mark(moment: Moment, scene: Scene) -> Content:
    """The mark of a round; nothing runs where the engine is gone."""
    meaning = MOMENT_MARKS[moment.mark]
    return mark("paused" if meaning == "running" and not scene.alive else meaning)


# --- phases -----------------------------------------------------------------------------------


def _phase(scene: Scene, phase: Phase, width: int) -> Content:
    state = next((step for step in scene.state.phases if step.phase == phase), None)
    title = PHASES[phase]
    if phase == "look" and state is not None and state.ended is None:
        title = "Looking at the data"
    if phase == "plan" and scene.state.blueprint is not None:
        title = f"{title} {scene.state.blueprint.version + len(scene.state.own_plans)}"
    if state is None:
        return line(mark("not yet"), (f" {title}", "$dim"))
    ended = state.ended if state.ended is not None else scene.active
    meaning = "done" if state.ended is not None else "running"
    if meaning == "running" and (not scene.alive or scene.state.paused):
        meaning = "paused"
    spent = (duration(ended - state.started), "$dim")
    return ends(line(mark(meaning), f" {title}"), line(spent), width)


def _steps(scene: Scene, phase: Phase, width: int) -> list[Content]:
    """What a phase without tracks is doing, with a bar where it is known how far it is."""
    rows = []
    for path, work in scene.state.running.items():
        if path.split("/")[0] == phase:
            rows.append(_work(work.label, scene.progress.get(path), width, indent=4))
    return rows[:2]


def _work(text: str, progress: Progress | None, width: int, *, indent: int) -> Content:
    label = line(" " * indent, (text, "$dim"))
    if progress is None or progress.done < 0:
        text = progress.text if progress is not None else ""
        return ends(label, line((text, "$dim")), width)
    done = line((f"{progress.done:.0%}", "$fg"))
    room = min(SCORE, max(6, width - label.cell_length - 8))
    return ends(label, line(bar(progress.done, room), " ", right(done, 5)), width)


# --- tracks -----------------------------------------------------------------------------------


class _Tracks:
    """All tracks of one moment."""

    def __init__(self, scene: Scene, width: int, folds: Folds) -> None:
        self.scene, self.width, self.folds = scene, width, folds
        self.gates = proposal_gates(scene.state)
        self.behind = left_behind(scene.state)
        self.moments: dict[TrackName, list[Moment]] = {}
        for moment in scene.state.moments:
            self.moments.setdefault(moment.track, []).append(moment)
        self.tracks = list(scene.state.tracks.values())
        if scene.over:
            self.tracks.sort(key=lambda track: (track is not scene.best, _rank(track, scene.state)))
        self.words = {track.name: self._word(track) for track in self.tracks}
        scored = [self.words[track.name] for track in self.tracks if track.score]
        self.tail = max([4, *(word.cell_length for word in scored)])
        self.gap = 2 if self.tail <= 8 else 1
        longest = max((len(track.name) for track in self.tracks), default=0) + 4
        self.names = max(longest, width - SCORE - 1 - self.gap - self.tail)
        """Cells of names, which never give way to a number."""

    def rows(self) -> Iterator[Row]:
        """Tracks with what is listed below each."""
        for track in self.tracks:
            yield Row(self._track(track), track.name)
            yield from self._below(track)

    def waiting(self, track: TrackName) -> tuple[Moment, Word] | None:
        """The newest round of a track that wants something of the person."""
        for moment in reversed(self.moments.get(track, [])):
            word = waits(moment, self.gates.get(moment.key), self.scene.state)
            if word is not None:
                return moment, word
        return None

    def _word(self, track: TrackState) -> Content:
        scene, best = self.scene, self.scene.best
        if best is not None and best.name == track.name:
            return line(("best", "$good"))
        words = {
            "declined": ("not needed", "$dim"),
            "failed": ("failed", "$fail"),
            "unfinished": ("not finished", "$dim"),
        }
        if track.mark == "declined" and track.score is not None:
            return line(("not kept", "$dim"))  # it was tried
        if track.mark in words:
            return line(words[track.mark])
        if track.name in scene.state.stopped_tracks and not scene.over:
            return line(("stopped", "$dim"))
        rounds = len(self.moments.get(track.name, ()))
        folded = not self.folds.open(track.name, scene, self.width)
        if folded and rounds > 1 and (scene.over or track.name in self.folds.opened):
            return line((f"{rounds} rounds", "$dim"))
        return line()

    def _track(self, track: TrackState) -> Content:
        word, scene = self.words[track.name], self.scene
        meaning = TRACK_MARKS[track.mark]
        if scene.over and scene.best is track:  # its answers are handed in
            meaning = "done"
        if meaning == "running" and scene.over and not scene.alive:  # a later edit is looked into
            meaning = "done" if track.commit is not None else "undone"
        if meaning == "running" and (not scene.alive or scene.state.paused):
            meaning = "paused"
        if self.waiting(track.name) is not None:
            meaning = "look"
        idle = track.mark in {"not yet", "declined"}
        name = line("  ", mark(meaning), (f" {track.name}", "$dim" if idle else "$fg"))
        if track.score is None:
            if track.mark == "declined":
                return ends(name, word, self.width)
            told = self._before_it(track) if idle else line((NONE, "$dim"))
            return self._columns(name, told, word)
        value, error = score_parts(track.score)
        settled = "$fg" if track.commit is not None else "$dim"
        best = scene.best is track
        score = line((value, "bold $good" if best else settled), (error, "$dim"))
        return self._columns(name, score, word)

    def _before_it(self, track: TrackState) -> Content:
        """What a track that has not begun comes after."""
        working = [one for one in self.tracks if one.mark == "running"]
        if track.name != "ensemble" or not working or self.scene.over:
            return line()
        return line((f"after {count(len(working), 'track')}", "$dim"))

    def _columns(self, name: Content, score: Content, word: Content) -> Content:
        """A row; where it gets narrow the error of a score goes first."""
        room = self.width - self.names - 1 - word.cell_length - bool(word)
        if score.cell_length > room and " ±" in score.plain:
            score = score[: score.plain.index(" ±")]
        return ends(line(fit(name, self.names), " ", score), word, self.width, 1)

    # --- what stands below a track ------------------------------------------------------------

    def _below(self, track: TrackState) -> Iterator[Row]:
        work = self._works(track.name)
        if self.folds.open(track.name, self.scene, self.width):
            yield from self._rounds(track, work)
        elif (waiting := self.waiting(track.name)) is not None:
            moment, (word, role) = waiting
            yield Row(line("    ", (f"round {moment.round}, {word}", role)))
        left = [row for rows in work.values() for row in rows]
        indent = 4 if self.width < ROUNDS_WIDTH else 6
        yield from (Row(self._doing(one, indent)) for one in left[:3])

    def _works(self, track: TrackName) -> dict[str, list[Running]]:
        """What runs for a track, by the round that it is about."""
        found: dict[str, list[Running]] = {}
        for work in self.scene.running(track):
            number = work.path.split("/")[1].removeprefix("round-") if "/" in work.path else ""
            found.setdefault(f"{track}/{number}", []).append(work)
        return found

    def _rounds(self, track: TrackState, work: dict[str, list[Running]]) -> Iterator[Row]:
        moments = self.moments.get(track.name, [])
        if track.mark == "declined" and not moments:
            for row in wrapped(track.text, self.width - 4, "$dim"):
                yield Row(line("    ", row))
        hidden = 0 if track.name in self.folds.whole else max(0, len(moments) - LATEST)
        if hidden:
            yield Row(line("    ", (f"… {hidden:,} earlier", "$dim")), f"{MORE}{track.name}")
        for moment in moments[hidden:]:
            yield self._round_row(moment)
            for one in work.pop(moment.key, [])[:3]:
                yield Row(self._doing(one, 8))

    def _round_row(self, moment: Moment) -> Row:
        word = waits(moment, self.gates.get(moment.key), self.scene.state)
        left = moment.key in self.behind
        alive = self.scene.alive or moment.mark != "running"
        token = (moment, word, left, alive, self.width, self.tail)
        return LazyRow(
            moment.key, token, lambda: self._round(moment, word, left=left), change_text(moment)
        )

    def _round(self, moment: Moment, word: Word | None, *, left: bool) -> Content:
        sign = mark("look") if word is not None else moment_mark(moment, self.scene)
        sign = mark("undone") if left else sign
        name = line("    ", sign, f" {moment.round} {change_text(moment)}")
        if moment.fault is not None and moment.score is None:
            fault = line((fault_word(moment.fault.kind), "$fail"))
            return self._columns(name, fault, self._after(moment))
        value = line((score_parts(moment.score)[0], "$dim"))
        if moment.score is None and moment.mark != "running":
            value = line()
        if word is None and name.cell_length > self.names:
            return ends(name, value, self.width, 1)  # a name is not cut for a number
        return self._columns(name, value, line(word) if word is not None else line())

    def _after(self, moment: Moment) -> Content:
        """Whether a later round mended this one."""
        by = mended_by(self.moments[moment.track], moment)
        return line(("mended", "$dim")) if by is not None else line()

    def _doing(self, work: Running, indent: int) -> Content:
        """A program that runs now; its clock where no share is known."""
        progress = self.scene.progress.get(work.path)
        label = work.label.removeprefix(f"{work.path.partition('/')[0]} ")  # its row stands above
        if asked := plan_asked(work.path, self.scene.state):
            label = f"asking the {label.rpartition(' answers as ')[2]}{asked}"
        if progress is not None:
            return _work(label, progress, self.width, indent=indent)
        spent = line((duration(self.scene.active - work.since), "$dim"))
        return ends(line(" " * indent, (label, "$dim")), spent, self.width)


def _rank(track: TrackState, state: State) -> tuple[int, float]:
    if track.score is None:
        return (1, 0.0)
    higher = state.task is None or state.task.metric.direction == "higher"
    return (0, -track.score.value if higher else track.score.value)
