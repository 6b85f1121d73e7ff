"""Copying: where the text went, and what is not known of it.

A program in a terminal can only ask the terminal to take a text (OSC 52), and no terminal says
whether it did. So the desktop's own tools come first where there are any, and where the answer is
unknown it is said to be, with a file that surely holds the text.
"""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from iml_tui.words.figures import count

TOOL_SECONDS = 3.0
TERMINAL_TAKES = 74_000
"""Bytes that a terminal surely takes at once."""
CLIP = "clip.txt"


def copy(text: str, state_dir: Path, terminal: Callable[[str], None]) -> str:
    """Copies a text, and says in one sentence where it went.

    Args:
        text: What is copied.
        state_dir: Receives the file, where nothing else is sure.
        terminal: Writes a control sequence to the terminal.
    """
    what = count(len(text.splitlines()) or 1, "line")
    if any(_handed(text, command) for command in desktop_tools(os.environ)):
        return f"Copied {what}."
    file = _file(text, state_dir / CLIP)
    if "TMUX" in os.environ and _handed(text, ["tmux", "load-buffer", "-w", "-"]):
        return f"Copied {what} into tmux's buffer; whether your desktop has it too is not known."
    if len(text.encode()) > TERMINAL_TAKES:
        lies = f": the text lies in {file}" if file else ""
        return f"Not copied: {what} of {len(text):,} characters fit no terminal's clipboard{lies}."
    terminal(osc52(text))
    sure = f"; if it did not, the text lies in {file}" if file else ""
    return f"Sent {what} to the terminal, which does not say whether it took the text{sure}."


def desktop_tools(environment: Mapping[str, str]) -> list[list[str]]:
    """Commands that put their input on the clipboard of the desktop that the person sits at."""
    if environment.get("SSH_TTY") or environment.get("SSH_CONNECTION"):
        return []  # they would fill the clipboard of a machine that nobody sits at
    wanted: list[list[str]] = []
    if sys.platform == "darwin":
        wanted.append(["pbcopy"])
    if environment.get("WAYLAND_DISPLAY"):
        wanted.append(["wl-copy"])
    if environment.get("DISPLAY"):
        wanted += [["xclip", "-selection", "clipboard"], ["xsel", "-ib"]]
    if environment.get("WSL_DISTRO_NAME"):
        wanted.append(["clip.exe"])
    return [command for command in wanted if shutil.which(command[0])]


def osc52(text: str) -> str:
    """The control sequence that asks a terminal to take a text."""
    coded = base64.b64encode(text.encode()).decode("ascii")
    return f"\x1b]52;c;{coded}\a"


def _handed(text: str, command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TOOL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _file(text: str, path: Path) -> str:
    """Where the text lies as a file; empty where it cannot."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        return ""
    return str(path)
