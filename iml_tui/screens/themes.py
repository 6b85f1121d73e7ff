"""Choosing a theme: the marked one is shown at once; going back brings the old one back."""

from textual.app import App
from typing_extensions import override

from iml_tui.screens.finder import Entry, Finder


class ThemeFinder(Finder):
    """All themes by name."""

    DEFAULT_CSS = "ThemeFinder { background: $background 0%; }"

    def __init__(self, app: App[object]) -> None:
        """`app` shows them."""
        names = sorted(app.available_themes)
        entries = [Entry(name, where=_kind(app, name)) for name in names]
        self._before = app.theme
        at = names.index(self._before) if self._before in names else 0
        super().__init__(
            entries,
            foot="enter keeps it, esc goes back",
            placeholder="Search the themes",
            marked=at,
        )

    @override
    def marked_changed(self) -> None:
        """The whole screen is drawn in it."""
        if self.marked is not None:
            self.app.theme = self.marked.title

    @override
    def action_back(self) -> None:
        """As it was."""
        self.app.theme = self._before
        self.dismiss(None)


def _kind(app: App[object], name: str) -> str:
    theme = app.available_themes[name]
    light = "dark" if theme.dark else "light"
    return f"{light}, the terminal's own colours" if theme.ansi else light
