"""Looks for models and at the machine, tries a model out, pulls one: a process of its own.

    python -P -m iml_tui.surveying look WORKSPACE | try NAME | pull NAME

It loads the clients of models, which the screen never does, and says what it finds as a line of
json each, at once. `Found` is such a line.
"""

import os
import sys
from pathlib import Path

from agents import api
from agents.conversation import Progress, Reach
from agents.errors import ImlError
from agents.models import Diagnosis, Frozen


class Found(Frozen):
    """One thing that was found or happened."""

    reaches: tuple[Reach, ...] = ()
    diagnosis: Diagnosis | None = None
    progress: Progress | None = None
    error: str = ""


def main(words: list[str]) -> int:
    """Does what was asked and says it; returns the exit status."""
    try:
        _do(*words)
    except ImlError as error:
        _say(Found(error=str(error)))
        return 1
    return 0


def _do(what: str, about: str) -> None:
    match what:
        case "look":
            _say(Found(reaches=api.reachable_models(os.environ)))
            api.check_up([], os.environ, Path(about), _tell)
        case "try":
            api.try_model(about, os.environ, _tell)
        case _:
            api.pull_model(about, os.environ, lambda progress: _say(Found(progress=progress)))


def _tell(diagnosis: Diagnosis) -> None:
    _say(Found(diagnosis=diagnosis))


def _say(found: Found) -> None:
    sys.stdout.write(f"{found.model_dump_json()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
