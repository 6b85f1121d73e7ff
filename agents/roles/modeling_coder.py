"""Modeling Coder (paper 3.4.1): the code that learns from what preprocessing promised.

From a recipe where the plan names one; else a model writes it, told what preprocessing really made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan
from agents.recipes.writing.instantiate import instantiate

ROLE = "modeling_coder"


@dataclass(frozen=True)
class Ground:
    """What a model is written for."""

    made: str
    """What preprocessing really made, in words."""
    rows: int
    """Training rows at full size."""
    seconds: float
    """What one fit may take."""
    sample_seconds: float = 4.0
    """What it may take on the sample that it meets first."""
    threads: int = 1
    architectures: Sequence[object] = ()
    """Retrieved architectures, each with a `title` and a `text`."""


def write_model(plan: CandidatePlan) -> str:
    """Write `model.py` for a candidate from its recipe."""
    return instantiate(plan, "model", "Model")


async def code_model(adviser: Adviser, plan: CandidatePlan, ground: Ground) -> str:
    """Ask a model for `model.py`.

    Args:
        adviser: Whose prompts know task and profile.
        plan: What is to be written.
        ground: What it is written for.

    Raises:
        ModelError: The model gave no such file.
    """
    facts = {
        "plan": plan,
        "contract": plan.contract,
        "facts": ground.made,
        "rows": ground.rows,
        "seconds": round(ground.seconds),
        "sample_seconds": round(ground.sample_seconds),
        "threads": ground.threads,
        "architectures": ground.architectures,
    }
    return await adviser.code(Question(ROLE, "coder", facts, CODE_TOKENS), "model.py")
