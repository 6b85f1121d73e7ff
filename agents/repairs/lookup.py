"""Asking the libraries that are installed where programs run what they take and where it lives."""

from functools import cache
from pathlib import Path

from agents.knowledge.signatures import argument_of, relocated
from agents.repairs.situation import Argument, Lookup


@cache
def installed(python: Path) -> Lookup:
    """Questions to the packages of an interpreter; each asks it once, which takes a second or more.

    Args:
        python: The interpreter that programs run on.
    """

    def argument(name: str, keyword: str) -> Argument | None:
        told = argument_of(name, keyword, python)
        return None if told is None else Argument(*told)

    def home(name: str, package: str) -> str | None:
        return relocated(name, package, python)

    return Lookup(argument, home)
