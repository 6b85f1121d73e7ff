"""The paper's degraded variant with mono code (4, RQ2): both coders merged into one.

It writes preprocessing and model as one file, without a contract between them; there is no recipe
path, since it only exists to be measured beside the two coders.
"""

from dataclasses import dataclass

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan

ROLE = "mono_coder"
PROGRAM = "solution.py"


@dataclass(frozen=True)
class Size:
    """What a program must cope with."""

    rows: int
    """Training rows."""
    seconds: float
    """What one fit may take."""
    threads: int = 1


async def code_whole(adviser: Adviser, plan: CandidatePlan, size: Size, *, example: str) -> str:
    """Ask a model for the whole program.

    Args:
        adviser: Whose prompts know task and profile.
        plan: What is to be written.
        size: What it must cope with.
        example: A recipe's two parts for the same data, one below the other.

    Raises:
        ModelError: The model gave no such file.
    """
    facts = {
        "plan": plan,
        "rows": size.rows,
        "seconds": round(size.seconds),
        "threads": size.threads,
        "example": example,
    }
    return await adviser.code(Question(ROLE, "coder", facts, CODE_TOKENS), PROGRAM)
