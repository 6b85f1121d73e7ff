"""Preprocessing Coder (paper 3.3.3): code that turns raw tables into what the contract promises.

From a recipe where the plan names one; else a model writes it.
"""

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan
from agents.recipes.writing.claims import unclaimed_steps
from agents.recipes.writing.instantiate import instantiate

__all__ = ["code_preprocessing", "unclaimed_steps", "write_preprocessing"]

ROLE = "preprocessing_coder"


def write_preprocessing(plan: CandidatePlan) -> str:
    """Write `preprocess.py` for a candidate from its recipe."""
    return instantiate(plan, "preprocess", "Preprocessor")


def write_encoding(plan: CandidatePlan, part: str) -> str:
    """Write `measure.py` or `embed.py` of a plan with a pretrained encoder.

    The one tells what encoding everything would take, the other does it, in the plan's own words.
    """
    return instantiate(plan.model_copy(update={"recipe": "pretrained"}), part, "main")


async def code_preprocessing(adviser: Adviser, plan: CandidatePlan, *, example: str) -> str:
    """Ask a model for `preprocess.py`.

    Args:
        adviser: Whose prompts know task and profile.
        plan: What is to be written.
        example: A recipe's `preprocess.py` for the same data.

    Raises:
        ModelError: The model gave no such file.
    """
    facts = {"plan": plan, "contract": plan.contract, "example": example}
    return await adviser.code(Question(ROLE, "coder", facts, CODE_TOKENS), "preprocess.py")
