"""The folders that were opened lately, as a screen of its own: `iml-tui` without a folder.

The list is there at once; how each run stands is read in a thread, since a long journal takes a
moment. Enter leaves with the marked folder; whoever started the app opens it.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen
from typing_extensions import override

from agents.api import Place
from iml_tui.drawing.draw import ends, fit, hint, line, mark
from iml_tui.drawing.themed import Themed
from iml_tui.recent import Opened, Standing, ago, forget_gone, remembered, standing_of
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row
from iml_tui.widgets.pointing import Saying
from iml_tui.words.figures import count, score_parts
from iml_tui.words.shell import shown

MARKS = {
    "done": "done",
    "failed": "failed",
    "stopped": "paused",
    "checking": "running",
    "engine gone": "look",
    "running": "running",
    "starting": "not yet",
    "gone": "undone",
}
NAMES, WORDS, SCORES, TIMES = 22, 12, 15, 15
WIDE, MIDDLE, NARROW = 100, 72, 52
"""Cells from which the folder, the time, the word stand in the row."""


class RecentPane(Pane):
    """A row a folder."""

    TITLE = "Opened lately"
    HINTS: ClassVar[tuple[Hint, ...]] = (("enter", "open"), ("x", "forget those that are gone"))

    known: var[tuple[Opened, ...]] = var[tuple[Opened, ...]](())
    standings: var[dict[Path, Standing]] = var[dict[Path, Standing]]({})
    """By workspace, as far as they have been read."""

    def watch_known(self) -> None:
        """Another list."""
        self.rebuild()

    def watch_standings(self) -> None:
        """More is known."""
        self.rebuild()

    @override
    def detail(self, scene: Scene) -> Content:
        """How many."""
        return line((count(len(self.known), "folder"), "$dim"))

    @override
    def fact(self, scene: Scene) -> Content:
        """How many are gone."""
        gone = sum(one.gone for one in self.standings.values())
        return line((f"{gone} gone", "$dim")) if gone else line()

    @override
    def rows(self, scene: Scene, width: int) -> Sequence[Row]:
        """The latest first."""
        now = time.time()
        return [
            Row(folder_row(one, self.standings.get(one.workspace), width, now), str(one.workspace))
            for one in self.known
        ]


def folder_row(opened: Opened, standing: Standing | None, width: int, now: float) -> Content:
    """Mark, name, state, score, when, where: as much of it as fits."""
    name = standing.name if standing else opened.competition.name
    word = standing.word if standing else ""
    sign = mark(MARKS[word]) if word else line((" ", "$dim"))
    value, error = score_parts(standing.score if standing else None)
    score = line((value, "bold $good"), (error, "$dim")) if error else line(("no score", "$dim"))
    gone = word == "gone"
    if gone or not word:
        score = line()
    title = line(sign, " ", (name, "$dim" if gone else "$strong bold"))
    if width < NARROW:
        return ends(title, line((value, "bold $good")) if error else line(), width)
    parts = [fit(title, NAMES + 2), line("  "), fit(line((word, "$dim" if gone else "$fg")), WORDS)]
    parts.append(fit(score, SCORES + 2))
    if width >= MIDDLE:
        parts.append(fit(line((ago(opened.at, now), "$dim")), TIMES + 2))
    if width >= WIDE:
        parts.append(line((shown(opened.competition), "$fg" if not gone else "$dim")))
    return fit(line(*parts), width)


class RecentScreen(Screen[None]):
    """Title, folders, keys."""

    DEFAULT_CSS = """
    RecentScreen { layout: vertical; background: $background; color: $fg; overflow: hidden; }
    RecentScreen > Saying { height: 1; background: $bar; }
    RecentScreen > RecentPane { height: 1fr; margin: 1 1 0 1; }
    """

    @override
    def compose(self) -> ComposeResult:
        """Three parts."""
        title = Saying(id="title")
        title.said = line((" iml-tui", "$strong bold"))
        yield title
        yield RecentPane(id="recent")
        yield Saying(id="keys")

    def on_resize(self) -> None:
        """The keys as far as they fit."""
        parts = [
            part
            for key, does in (*RecentPane.HINTS, ("q", "leave"))
            for part in (" ", hint(key, does), "  ")
        ]
        self.query_one("#keys", Saying).said = fit(line(*parts), self.size.width)


class RecentApp(Themed[Opened]):
    """Chooses a folder."""

    TITLE = "iml-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "forget", "forget folders that are gone", id="recent.forget", show=False),
        Binding("q,escape,ctrl+c", "leave", "leave", id="recent.leave", show=False),
    ]

    class Looked(Message):
        """How one folder stands."""

        def __init__(self, standing: Standing) -> None:
            super().__init__()
            self.standing = standing

    @property
    def pane(self) -> RecentPane:
        """The list."""
        return self.screen.query_one(RecentPane)

    async def on_mount(self) -> None:
        """The list at once; the rest as it is read."""
        await self.push_screen(RecentScreen())
        here = Path.cwd()
        self.pane.scene = Scene(place=Place(competition=here, workspace=here), current=here)
        self.pane.known = remembered()
        self.pane.focus()
        self._look(self.pane.known)

    @work(thread=True, exclusive=True, group="standing", exit_on_error=False)
    def _look(self, known: tuple[Opened, ...]) -> None:
        for opened in known:
            self.post_message(self.Looked(standing_of(opened)))

    @on(Looked)
    def _looked(self, message: Looked) -> None:
        standing = message.standing
        self.pane.standings = {**self.pane.standings, standing.opened.workspace: standing}

    @on(Pane.Opened)
    def _opened(self, message: Pane.Opened) -> None:
        chosen = next(one for one in self.pane.known if str(one.workspace) == message.key)
        if chosen.competition.is_dir():
            self.exit(chosen)
        else:
            self.notify(f"{chosen.competition} is gone: x forgets it.", markup=False)

    def action_forget(self) -> None:
        """Takes folders off the list that are gone."""
        gone = {one.workspace for one in forget_gone()}
        self.pane.known = remembered()
        kept = self.pane.standings.items()
        self.pane.standings = {path: one for path, one in kept if path not in gone}

    def action_leave(self) -> None:
        """Leaves without a folder."""
        self.exit(None)
