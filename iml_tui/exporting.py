"""Exporting a finished run, from the command line and from the screen alike.

`export` blocks for some seconds: a screen calls it in a thread. It loads nothing heavy, for the
work is done by a process of its own (`iml_tui.export`).
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from agents import api
from agents.api import Place
from agents.errors import InputError, WorkspaceError

Form = Literal["notebook", "script", "zip", "html"]
SUFFIXES: dict[Form, str] = {
    "notebook": ".ipynb",
    "script": "-solution",
    "zip": ".zip",
    "html": ".html",
}
WHAT: dict[Form, str] = {
    "notebook": "a notebook that runs on Kaggle",
    "script": "solution.py with pinned requirements",
    "zip": "everything but data and models",
    "html": "the report as one page",
}


def default_output(place: Place, form: Form, folder: Path) -> Path:
    """Where an export goes unless somebody says otherwise: a file of the run's name in `folder`."""
    name = api.state_of(place).name or place.competition.name
    return folder / f"{file_name(name)}{SUFFIXES[form]}"


def file_name(name: str) -> str:
    """The name of a competition as files can carry it everywhere."""
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    return kept.strip("-") or "competition"


def export(place: Place, form: Form, output: Path, *, replace: bool = False) -> Path:
    """Writes a finished run in one of its forms, and returns where it lies.

    Args:
        place: Whose last run.
        form: As what.
        output: A file; for `script` a folder.
        replace: Whether what lies there already may go.

    Raises:
        InputError: something lies there, or cannot be written there.
        WorkspaceError: the run is not over, or has no program to hand on.
    """
    output = output.expanduser().absolute()
    if output.exists() and not replace:
        raise InputError(f"{output} is there already: move it away, or iml-tui export --force.")
    if not output.parent.is_dir():
        raise InputError(f"{output.parent} is no folder: make it, or name another with --output.")
    if output.is_dir() and form != "script":
        raise InputError(f"{output} is a folder: name a file with --output.")
    if shutil.which("git") is None:
        raise WorkspaceError("git is not installed: install it, the workspace is a git repository.")
    child = [sys.executable, "-P", "-m", "iml_tui.export"]
    about = [str(place.competition), str(place.workspace), form, str(output)]
    done = subprocess.run([*child, *about], capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise WorkspaceError(words[-1] if words else "The export ended without a word: try again.")
    return output
