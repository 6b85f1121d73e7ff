"""What the screen remembers of a person: theme and notifications, in `screen.toml` of their config.

A file that cannot be read or written costs nothing but the memory.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from iml_tui.words.notify import WAYS, Way

FILE = "screen.toml"


def preferences_file() -> Path:
    """Where they lie."""
    return Path(platformdirs.user_config_dir("iml-tui")) / FILE


@dataclass(frozen=True)
class Preferences:
    """How a person likes the screen."""

    theme: str = ""
    """Empty where they never chose."""
    notify: Way = "auto"


def read(path: Path) -> Preferences:
    """What is remembered; the usual where nothing is."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Preferences()
    theme = written.get("theme")
    known = Preferences(theme=theme) if isinstance(theme, str) else Preferences()
    ways = [way for way in WAYS if way == written.get("notify")]
    return replace(known, notify=ways[0]) if ways else known


def write(path: Path, wanted: Preferences) -> str:
    """Remembers; what went wrong in a sentence, or nothing."""
    rows = [f'theme = "{wanted.theme}"'] if wanted.theme else []
    rows.append(f'notify = "{wanted.notify}"')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    except OSError as error:
        return f"{path} cannot be written ({error.strerror}): the choice holds until you leave."
    return ""
