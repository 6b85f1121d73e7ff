"""The command `iml-tui`: refuses a foreign `agents`, runs a command, turns errors into sentences.

`agents` is also the import name of another project on PyPI. Wherever that one wins, nothing of ours
may be imported before it is noticed, so the commands themselves live in `iml_tui.command_line`.

Exit codes: 0 a valid submission (or a scored model where nothing is asked for), 1 none, 2 the
command line, the data or the workspace cannot be used, 130 interrupted.
"""

import importlib.util
import io
import os
import sys
from pathlib import Path

from iml_tui.curtain import Curtain, folder_alone

UNUSABLE_STATUS = 2
FAILED_STATUS = 1
INTERRUPTED_STATUS = 130


def main() -> None:
    """Runs the command line and leaves with its exit code."""
    _write_anywhere()
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was a screen, or a run, that could have taken it
        sys.exit(INTERRUPTED_STATUS)


def _run(words: list[str]) -> None:
    """Does what was typed; what goes wrong is one sentence and an exit code."""
    foreign = foreign_agents()
    if foreign is not None:
        _complain(
            f"the package `agents` in {foreign} belongs to another project and hides ours: "
            "install iml-tui by itself, with pipx install iml-tui or uv tool install iml-tui."
        )
        sys.exit(UNUSABLE_STATUS)
    if not _stands_somewhere():
        _complain("the folder that this terminal is in is gone: go to another one first.")
        sys.exit(UNUSABLE_STATUS)
    from agents.errors import ImlError, InputError, WorkspaceError

    try:
        _do(words)
    except (InputError, WorkspaceError) as error:
        _complain(str(error))
        sys.exit(UNUSABLE_STATUS)
    except ImlError as error:
        _complain(str(error))
        sys.exit(FAILED_STATUS)
    except BrokenPipeError:  # whoever read has enough: nothing more is said, on leaving neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED_STATUS)
    except OSError as error:
        if error.filename is None:
            raise
        _complain(f"{error.filename} cannot be used: {error.strerror}; give yourself access to it.")
        sys.exit(UNUSABLE_STATUS)


def _do(words: list[str]) -> None:
    """Does what was typed; most often that is a folder and nothing else."""
    folder = folder_alone(words)
    if folder is not None:
        with Curtain(folder.resolve().name) as curtain:
            from iml_tui.enter import open_folder

            sys.exit(open_folder(folder, curtain))
    from iml_tui.command_line.commands import run_command

    run_command(words)


def _write_anywhere() -> None:
    """A letter that the terminal's encoding lacks becomes a question mark and stops nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _stands_somewhere() -> bool:
    """Whether the current folder is still there; names of others are read from it."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def foreign_agents() -> Path | None:
    """Where a package `agents` that is not ours would be imported from; None if all is well."""
    ours = Path(__file__).resolve().parents[1] / "agents"
    found = importlib.util.find_spec("agents")
    places = list(found.submodule_search_locations or []) if found is not None else []
    first = Path(places[0]).resolve() if places else ours
    return None if first == ours else first


def _complain(sentence: str) -> None:
    sys.stderr.write(f"iml-tui: {sentence}\n")


if __name__ == "__main__":
    main()
