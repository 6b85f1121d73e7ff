"""Preprocessing Coder (paper 3.3.3): code that turns raw tables into what the contract promises.

From a recipe where the plan names one; else a model writes it.
"""

from dataclasses import dataclass

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan, Task
from agents.recipes.writing.claims import unclaimed_steps
from agents.recipes.writing.instantiate import instantiate

__all__ = ["code_preprocessing", "unclaimed_steps", "write_preprocessing"]

ROLE = "preprocessing_coder"
FRAMED = {"images", "sounds"}
"""Files that the frame of a program reads."""
PLAIN = {"features", "y", "row_id"}
"""What the frame makes."""


@dataclass(frozen=True)
class Size:
    """What a program must cope with."""

    rows: int
    """Training rows."""
    seconds: float
    """What `fit` may take for all of them."""
    sample_seconds: float = 4.0
    """What it may take for the sample that it meets first."""
    threads: int = 1


def write_preprocessing(plan: CandidatePlan) -> str:
    """Write `preprocess.py` for a candidate from its recipe."""
    return instantiate(plan, "preprocess", "Preprocessor")


def write_encoding(plan: CandidatePlan, part: str) -> str:
    """Write `measure.py` or `embed.py` of a plan with a pretrained encoder.

    The one tells what encoding everything would take, the other does it, in the plan's own words.
    """
    return instantiate(plan.model_copy(update={"recipe": "pretrained"}), part, "main")


async def code_preprocessing(
    adviser: Adviser, plan: CandidatePlan, size: Size, *, example: str
) -> str:
    """Ask a model for `preprocess.py`.

    Args:
        adviser: Whose prompts know task and profile.
        plan: What is to be written.
        size: What it must cope with.
        example: A recipe's `preprocess.py` for the same data.

    Raises:
        ModelError: The model gave no such file.
    """
    facts = {
        "plan": plan,
        "contract": plan.contract,
        "example": example,
        "size": size,
        "framed": _framed(adviser, plan),
    }
    return await adviser.code(Question(ROLE, "coder", facts, CODE_TOKENS), "preprocess.py")


def _framed(adviser: Adviser, plan: CandidatePlan) -> str:
    """The kind of the features, where rows are files that the frame reads, and no more is promised.

    Empty where a recipe is the better example.
    """
    task, promised = adviser.shared["task"], plan.contract.objects
    assert isinstance(task, Task)
    train = task.table("train")
    fits = (
        train is not None
        and train.format == "csv"
        and any(one.role == "train" for one in task.files)
        and adviser.shared["files_kind"] in FRAMED
        and {one.role for one in promised} == PLAIN
    )
    return next((one.kind for one in promised if fits and one.role == "features"), "")
