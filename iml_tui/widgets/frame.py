"""The rows around the panes: the run's state on top, the one sentence and the keys below."""

from functools import lru_cache

from textual.content import Content
from textual.reactive import var
from typing_extensions import override

from agents.models import Score
from iml_tui.drawing.draw import Part, bar, ends, fit, hint, line, link, links, mark, wrapped
from iml_tui.log.index import Entry
from iml_tui.log.under_way import progress_line
from iml_tui.scene import Scene
from iml_tui.widgets.log import entry_line
from iml_tui.widgets.machine import machine
from iml_tui.widgets.pane import Hint
from iml_tui.widgets.pointing import Pointing
from iml_tui.words.figures import duration, score_parts
from iml_tui.words.pending import pending
from iml_tui.words.sentence import current_moments, looking_back, sentence, standing, time_limit
from iml_tui.words.waiting import proposals, waiting

TINY = 60
WIDE, ROOMY = 180, 110
STANDINGS = {
    "done": ("done", "$good"),
    "failed": ("failed", "$fail"),
    "checking": ("running", "$run"),
    "paused": ("paused", "$dim"),
    "stopped": ("paused", "$dim"),
    "engine gone": ("look", "$wait"),
    "running": ("running", "$run"),
    "starting": ("not yet", "$dim"),
}


class FrameRow(Pointing):
    """One line over the whole width."""

    DEFAULT_CSS = """
    FrameRow { height: 1; text-wrap: nowrap; text-overflow: clip; color: $fg; }
    """

    scene: var[Scene | None] = var[Scene | None](None)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._drawn = line()

    def watch_scene(self) -> None:
        """A new moment: draw it if it looks different."""
        self.redraw()

    def redraw(self) -> None:
        """Repaints if the line changed."""
        if self.scene is not None and not self.content(self.scene).is_same(self._drawn):
            self.refresh()

    def content(self, scene: Scene) -> Content:
        """The line."""
        raise NotImplementedError

    @override
    def render(self) -> Content:
        """The line for the width there is."""
        if self.scene is None or self.size.width < 4:
            return line()
        self._drawn = self.content(self.scene)
        return self._drawn

    def places(self) -> list[tuple[int, str]]:
        """Where something can be clicked, and what that does."""
        return links(self._drawn)

    @property
    def room(self) -> int:
        """Cells between one blank at either side."""
        return max(1, self.size.width - 2)


class StateRow(FrameRow):
    """Name, state, time, best score; machine facts at the right."""

    @override
    def content(self, scene: Scene) -> Content:
        """The row for the width there is."""
        width = self.size.width
        if width < TINY:
            return line(" ", _tiny(scene, self.room))
        left = _left(scene, width)
        facts = machine(scene, width, self.room - left.cell_length - 3)
        return line(" ", ends(left, facts, self.room))


def _name(scene: Scene) -> str:
    return scene.state.name or scene.place.competition.name


def _standing(scene: Scene) -> str:
    """The state of the run; a person's pause is one here, though its engine is at work."""
    word = standing(scene.state, alive=scene.alive)
    return "paused" if word == "running" and scene.state.paused else word


def _tiny(scene: Scene, room: int) -> Content:
    word = _standing(scene)
    value, _ = score_parts(_best(scene))
    now = line(
        mark(STANDINGS[word][0]), f" {duration(scene.active)}  ", (f"{value:>7}", "bold $good")
    )
    return ends(line((_name(scene), "$strong bold")), now, room)


def _best(scene: Scene) -> Score | None:
    state = scene.state
    if state.card is not None:
        return state.card.score
    if state.submission is not None:
        return state.submission.score
    return state.best.score if state.best is not None else None


def _left(scene: Scene, width: int) -> Content:
    state = scene.state
    word = _standing(scene)
    sign, role = STANDINGS[word]
    parts: list[Part] = [(_name(scene), "$strong bold"), "  ", mark(sign), (f" {word}", role)]
    limit = time_limit(state)
    if word in {"done", "failed"}:
        parts += [(" in ", "$dim"), duration(scene.active)]
    elif word == "checking":
        parts += [f" {moment.track}" for moment in current_moments(state)[-1:]]
    elif state.run:
        parts += [f" {duration(scene.active)}"]
        parts += [(" of ", "$dim"), duration(limit)] if limit else []
    if width >= WIDE and limit and not scene.over:
        parts += ["  ", bar(scene.active / limit, 14)]
    return line(*parts, "   ", _score(scene))


def _score(scene: Scene) -> Content:
    score = _best(scene)
    if score is None:
        return line(("no score yet" if not scene.over else "no score", "$dim"))
    value, error = score_parts(score)
    return line(("best ", "$dim"), (value, "bold $good"), (error, "$dim"))


class TabsRow(FrameRow):
    """Which panes there are and which is shown, where only one has room."""

    shown: var[int] = var(1)
    titles: var[tuple[tuple[int, str], ...]] = var[tuple[tuple[int, str], ...]](())

    def watch_shown(self) -> None:
        """Another tab."""
        self.redraw()

    @override
    def content(self, scene: Scene) -> Content:
        """Number and title of each; the one that is shown underlined."""
        parts: list[Part] = [" "]
        for number, title in self.titles:
            current = number == self.shown
            parts += ["   "] if len(parts) > 1 else []
            tab = line(
                (f"{number} ", "$run bold" if current else "$dim"),
                (title, "$strong bold underline" if current else "$fg"),
                ("!" if title == "Code" and proposals(scene.state) else "", "$wait bold"),
            )
            parts.append(link(tab, f"screen.look_number({number})"))
        return fit(line(*parts), self.size.width)


class SentenceRow(FrameRow):
    """What is happening, why, and until when; at the right what wants the person's eye."""

    DEFAULT_CSS = "SentenceRow { height: auto; max-height: 4; }"
    notice: var[str] = var("")
    """Said instead for as long as it is not empty, over as many rows as it needs."""

    def watch_notice(self) -> None:
        """Something else is to be said."""
        self.refresh(layout=True)

    @override
    def content(self, scene: Scene) -> Content:
        """The one sentence."""
        if self.notice:
            rows = wrapped(self.notice, self.room, "$strong")
            return Content("\n").join(line(" ", row) for row in rows)
        far = _wanted(scene, self.room)
        room = self.room - far.cell_length - (2 if far.cell_length else 0)
        gone = "Nothing is at work here any more." if scene.deleted else ""
        told = (
            gone
            or looking_back(scene, room)
            or sentence(scene.state, room, alive=scene.alive, active=scene.active)
        )
        return line(" ", ends(line(told), far, self.room))


def _wanted(scene: Scene, room: int) -> Content:
    """The mode, and what is to be looked at; the mode leaves first."""
    mode = scene.state.settings.get("mode")
    told = mode if isinstance(mode, str) and not scene.over else ""
    own = pending(scene)
    parts = [line(mark("own"), (f" {own}", "$own"))] if own and room >= TINY else []
    longer, shorter = waiting(scene.state)
    if longer:
        words = longer if len(longer) + 2 <= room and not parts else shorter
        parts.append(link(line(("! ", "$wait bold"), (words, "$wait")), "screen.go"))
    if told and room >= TINY and (not own or room >= ROOMY):
        parts.insert(0, link(line((told, "$dim")), "screen.control('mode')"))
    return line(*[part for one in parts for part in ("   ", one)][1:])


class KeysRow(FrameRow):
    """The keys of the focused pane, as many as fit; how to see all at the right."""

    hints: var[tuple[Hint, ...]] = var[tuple[Hint, ...]](())

    def watch_hints(self) -> None:
        """Another pane has the focus."""
        self.redraw()

    @override
    def content(self, scene: Scene) -> Content:
        """Keys bold, what they do in grey."""
        if self.size.width < TINY:
            return line(" ", self._smallest(scene))
        far = _hints(((":", "commands"), ("?", "keys")))
        shown: tuple[Hint, ...] = ()
        for one in self.hints:
            if _hints((*shown, one)).cell_length + 3 + far.cell_length <= self.room:
                shown = (*shown, one)
        return line(" ", ends(_hints(shown), far, self.room))

    def _smallest(self, scene: Scene) -> Content:
        """What is to be looked at, else the state in words; the letters alone."""
        letters = [key for key, _ in self.hints if len(key) == 1][:4]
        keys = [link(line((key, "$dim")), f"app.press({key!r})") for key in (*letters, "?")]
        far = line(*(part for key in keys[:-1] for part in (key, " ")), " ", keys[-1])
        wanted = _wanted(scene, self.room - far.cell_length - 2)
        if not wanted.cell_length:
            room = self.room - far.cell_length - 2
            told = sentence(scene.state, room, alive=scene.alive, active=scene.active)
            wanted = line((told, "$dim"))
        return ends(wanted, far, self.room)


@lru_cache(256)  # asked for again and again, to see how many have room
def _hints(hints: tuple[Hint, ...]) -> Content:
    parts: list[Part] = []
    for key, does in hints:
        parts += ["   "] if parts else []
        parts.append(hint(key, does))
    return line(*parts)


class LastLine(FrameRow):
    """The log's last line, under whatever pane hides the log."""

    entry: var[Entry | None] = var[Entry | None](None)

    def watch_entry(self) -> None:
        """The log grew."""
        self.redraw()

    @override
    def content(self, scene: Scene) -> Content:
        """What was said last, or what is under way."""
        start = link(line((" 5 ", "$dim"), ("Log", "$fg")), "screen.look_number(5)")
        start = line(start, "  ")
        rows = list(scene.progress.items())
        if rows:
            path, row = rows[-1]
            return fit(line(start, progress_line(path, row, scene, 200)), self.size.width)
        if self.entry is None:
            return start
        return fit(line(start, entry_line(self.entry, 4)), self.size.width)
