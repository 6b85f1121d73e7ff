"""Taking decision rows up: what is read of them, and what is journaled of each."""

from typing import NamedTuple

from pydantic import ValidationError

from agents.journal.choices import Choice, read_choice
from agents.journal.events import DecisionTaken
from agents.journal.store import DecisionRow
from agents.run.world import World


class Outcome(NamedTuple):
    """What became of a decision."""

    text: str
    """One sentence."""
    refused: bool = False
    """Whether it cannot be carried out; then everything stays as it was."""


class Asked(NamedTuple):
    """A row that was not taken up yet, and what it asks for."""

    row: DecisionRow
    choice: Choice


def take(world: World, row: DecisionRow, outcome: Outcome) -> None:
    """Journals what became of a row, once."""
    if row.gate not in world.facts.state.taken:
        world.facts.append(
            DecisionTaken(
                gate=row.gate,
                choice=row.choice,
                by=row.by,
                outcome=outcome.text,
                refused=outcome.refused,
            )
        )


def untaken(world: World) -> list[Asked]:
    """What lies there and was not taken up, oldest first; what nobody understands is refused."""
    found: list[Asked] = []
    for row in world.facts.journal.decisions():
        if row.gate in world.facts.state.taken:
            continue
        try:
            found.append(Asked(row, read_choice(row.choice)))
        except ValidationError:
            known = f"{row.choice.get('do')!r} is nothing that this version can do"
            take(world, row, Outcome(f"{known}: nothing was changed.", refused=True))
    return found
