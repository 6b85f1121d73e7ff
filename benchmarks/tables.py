"""Markdown tables, and the place where they are kept beside the command that made them."""

import datetime
import os
import platform
import re
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
NONE = "\N{EN DASH}"
"""Stands where there is no value."""
_PATH = re.compile(r"(?<![\w./:])/[^\s'\"]+")
"""An absolute path, and no part of an address or of a relative one."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is left-aligned, the others right-aligned."""
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def shown(value: float | None, places: int) -> str:
    """A number with so many decimals, or a dash."""
    return NONE if value is None else f"{value:.{places}f}"


def without_machine(argument: str) -> str:
    """An argument as others may read it: every path in it, quoted ones too, tells only its end."""
    return _PATH.sub(lambda path: "/".join(["...", *PurePath(path[0]).parts[2:][-2:]]), argument)


def keep(name: str, title: str, parts: Sequence[str]) -> Path:
    """Writes a result with the command and the machine it came from; returns the file."""
    command = shlex.join([Path(sys.argv[0]).stem, *map(without_machine, sys.argv[1:])])
    today = datetime.datetime.now(datetime.UTC).date()
    machine = (
        f"{today}, iml-tui {version('iml-tui')}, Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} cores."
    )
    path = RESULTS / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    text = "\n\n".join([f"# {title}", f"    python -m benchmarks.{command}", machine, *parts])
    path.write_text(f"{text}\n", encoding="utf-8")
    return path
