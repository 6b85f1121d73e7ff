"""Words for a shell: text that steers no terminal, paths and commands as they are typed here."""

import getpass
import os
import shlex
import shutil
import sys
from pathlib import Path


def plain(text: str) -> str:
    """The text with control characters made visible as blanks; it may come from a program."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def called() -> str:
    """How iml-tui is typed here: by its path where the shell would not find it by its name."""
    started, found = Path(sys.argv[0]), shutil.which("iml-tui")
    known = found is not None and Path(found).resolve() == started.resolve()
    if known or started.name != "iml-tui":
        return "iml-tui"
    return shlex.quote(shown(started.absolute()))


def shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    current = Path.cwd()
    return f"./{path.relative_to(current)}" if path.is_relative_to(current) else str(path)


def whoami() -> str:
    """The name under which decisions are recorded."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for this user
        return f"user {os.getuid()}"
