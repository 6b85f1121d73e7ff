"""What every app of ours looks like: roles of colour from any theme, ASCII where it must be."""

import locale
import os
from typing import TypeVar

from textual.app import App
from typing_extensions import override

from iml_tui.drawing.theme import DARK, AsciiFilter, roles
from iml_tui.keys import long_form

Result = TypeVar("Result")


class Themed(App[Result]):
    """An app whose widgets name roles (`$good`), never colours."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        """The default theme, unless the environment names another."""
        super().__init__()
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = DARK
        if not _can_utf8():
            self._filters.append(AsciiFilter())

    async def action_press(self, printed: str) -> None:
        """What a key would do, for the hints when they are clicked."""
        self.simulate_key(long_form(printed))

    @override
    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables and our roles, for styles in CSS and in lines alike."""
        variables = super().get_css_variables()
        variables |= roles(self.current_theme, variables)
        self.theme_variables = variables
        return variables


def _can_utf8() -> bool:
    encoding = locale.getpreferredencoding(False).lower().replace("-", "")
    return encoding == "utf8" and os.environ.get("TERM") not in {"linux", "vt100", "dumb"}
