"""Profiling Agent (paper 3.3.1): measuring what the verified profile cannot see.

The verified tool is `agents.competition.profiling`. Beside it a model writes a program that is run
in the sandbox on the user's tables; what it prints is material for the planning prompts, nothing
else.
"""

import re

from agents.adviser import CODE_TOKENS, Adviser, Question

ROLE = "profiling_agent"
PROGRAM = "explore.py"
MOST_LINES = 60
MOST_LETTERS = 6_000


async def write_exploration(adviser: Adviser, *, seconds: int, rows: int, failed: str = "") -> str:
    """Ask a model for `explore.py`.

    Args:
        adviser: Whose prompts know task and profile.
        seconds: What the program may take.
        rows: Larger tables are to be sampled down to so many.
        failed: How an earlier program ended, if one did.

    Raises:
        ModelError: The model gave no program.
    """
    facts = {"seconds": seconds, "rows": rows, "failed": failed}
    return await adviser.code(Question(ROLE, "planner", facts, CODE_TOKENS), PROGRAM)


def observations(output: str) -> str:
    """What a program printed, as a list cut to what a prompt can bear."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    lines = [line.strip()[:300] for line in plain.splitlines() if line.strip()]
    shown = "\n".join(f"- {line.lstrip('-* ')}" for line in lines[:MOST_LINES])
    return shown[:MOST_LETTERS]
