"""The noun of the search: one change of a plan."""

from typing import NamedTuple

from pydantic import JsonValue


class Variation(NamedTuple):
    """Other literals for a plan."""

    name: str
    """A suffix for the candidate's name."""
    literals: dict[str, JsonValue]
    """What takes the place of the plan's own."""
    reason: str
