"""Profiling Agent (paper 3.3.1): measuring what the verified profile cannot see.

The verified tool is `agents.competition.profiling`. Beside it a model writes a program that is run
in the sandbox on the user's tables; what it prints is material for the planning prompts, nothing
else.
"""

import re
from dataclasses import dataclass

from agents.adviser import CODE_TOKENS, Adviser, Question

ROLE = "profiling_agent"
PROGRAM = "explore.py"
MOST_LINES = 60
MOST_IN_LINE = 300
"""Letters."""
MOST_LETTERS = 6_000
_OF_THE_RUNNER = re.compile(r"explore: [\d.]+ s$")
"""What the sandbox says of the stage, which is no finding."""


@dataclass(frozen=True)
class Bounds:
    """What an exploration may take."""

    seconds: int
    """What it should take."""
    limit: int
    """Seconds after which it is ended."""
    rows: int
    """Larger tables are to be sampled down to so many."""


async def write_exploration(adviser: Adviser, bounds: Bounds, *, failed: str = "") -> str:
    """Ask a model for `explore.py`.

    Args:
        adviser: Whose prompts know task and profile.
        bounds: What the program may take.
        failed: How an earlier program ended, if one did.

    Raises:
        ModelError: The model gave no program.
    """
    facts = {
        "seconds": bounds.seconds,
        "limit": bounds.limit,
        "rows": bounds.rows,
        "lines": MOST_LINES,
        "letters": MOST_IN_LINE,
        "letters_in_all": MOST_LETTERS,
        "failed": failed,
    }
    return await adviser.code(Question(ROLE, "planner", facts, CODE_TOKENS), PROGRAM)


def observations(output: str) -> str:
    """What a program printed, as a list cut to what a prompt can bear; cuts are marked."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    found = [f"- {_cut(line.lstrip('-* '))}" for line in lines if not _OF_THE_RUNNER.match(line)]
    kept, letters = 0, 0
    for line in found[:MOST_LINES]:
        letters += len(line) + 1
        if letters > MOST_LETTERS:
            break
        kept += 1
    left = len(found) - kept
    return "\n".join([*found[:kept], *([f"- … and {left} lines more, left out"] if left else [])])


def _cut(line: str) -> str:
    return line if len(line) <= MOST_IN_LINE else f"{line[: MOST_IN_LINE - 1]}…"
