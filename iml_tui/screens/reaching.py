"""Reaching everything: palette, help, jump mode, themes, and hints that can be clicked.

The screens that list and find are loaded when they are asked for: the first paint does without.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.reactive import var
from textual.screen import Screen

from iml_tui.deciding.asking import ThemeChosen
from iml_tui.doing import focused_first
from iml_tui.scene import Scene
from iml_tui.widgets.frame import FrameRow
from iml_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from iml_tui.screens.finder import Entry
    from iml_tui.screens.jump import Target


class Reaching(Screen[None]):
    """A screen of panes, all of whose actions can be found by name, by key and by letter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("colon,ctrl+p", "commands", "commands", id="app.commands"),
        Binding("question_mark,f1", "help", "all keys", id="app.help"),
        Binding("J,ctrl+o", "jump", "jump: a letter on everything", id="app.jump"),
        Binding("A,ctrl+t", "themes", "appearance: another theme", id="app.themes"),
    ]

    scene: var[Scene | None] = var[Scene | None](None)

    @property
    def scene_shown(self) -> Scene | None:
        """The run, and what is looked at."""
        return self.scene

    def look_at(self, pane: Pane) -> None:
        """Shows a pane and gives it the focus."""
        raise NotImplementedError

    def action_help(self) -> None:
        """Lists all keys, those of what has the focus first."""
        from iml_tui.screens.palette import help_screen

        about = "enter does it, esc closes"
        actions = focused_first(self, self.query(Pane))
        self.app.push_screen(help_screen(actions, about), self._do)

    def action_commands(self) -> None:
        """Finds anything that can be done, looked at or changed."""
        from iml_tui.screens.palette import palette

        scene = self.scene_shown
        if scene is not None:
            actions = [one for one in focused_first(self, self.query(Pane)) if one.possible]
            themes = self.app.available_themes
            finder = palette(scene, actions, themes, self)
            self.app.push_screen(finder, self._do)

    async def _do(self, entry: "Entry | None") -> None:
        """Does what was taken from palette or help; another pane is looked at first."""
        if entry is None or not isinstance(entry.data, DOMNode):
            return
        pane = next((one for one in entry.data.ancestors_with_self if isinstance(one, Pane)), None)
        if pane is not None:
            self.look_at(pane)
        await self.app.run_action(entry.action, default_namespace=entry.data)

    def action_themes(self) -> None:
        """Lists the themes; the marked one is shown at once."""
        from iml_tui.screens.themes import ThemeFinder

        self.app.push_screen(ThemeFinder(self.app), self._themed)

    def _themed(self, entry: "Entry | None") -> None:
        if entry is not None:
            self.post_message(ThemeChosen(entry.title))

    def action_theme(self, name: str) -> None:
        """Takes a theme at once."""
        self.post_message(ThemeChosen(name))

    def action_jump(self) -> None:
        """A letter on everything that can be reached."""
        from iml_tui.screens.jump import Jump

        def go(target: "Target | None") -> None:
            if target is not None:
                target.go()

        self.app.push_screen(Jump(list(self._targets())), go)

    def _targets(self) -> "Iterator[Target]":
        """Tabs, panes, rows that can be marked."""
        from iml_tui.screens.jump import Target

        for pane in self.query(Pane):
            if pane.display and pane.region:
                x, y = pane.region.offset
                here = next((cell for cell, _ in pane.tabs()), 0)
                if here or not pane.tabs():
                    yield Target(x, y, partial(self._to, pane, None))
                for below, cell, action in pane.links():
                    yield Target(x + cell, y + below, partial(self._run, action, pane))
                for below, place in pane.places():
                    yield Target(x, y + below, partial(self._to, pane, place))
        for row in self.query(FrameRow):
            if row.display:
                for cell, action in row.places():
                    yield Target(row.region.x + cell, row.region.y, partial(self._run, action))

    def _to(self, pane: Pane, place: int | None) -> None:
        self.set_focus(pane, scroll_visible=False)
        if place is not None:
            pane.cursor = place

    def _run(self, action: str, pane: Pane | None = None) -> None:
        if pane is not None:
            self.set_focus(pane, scroll_visible=False)
        self.run_worker(self.run_action(action), exit_on_error=False)
