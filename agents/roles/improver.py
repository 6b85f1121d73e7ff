"""Improver (3.4.3): one change of one block of a solution that is valid already.

The block is chosen by measuring, not by the model; the change is made as edits, so that everything
else stays as it is. Whether it is kept is decided by scores on rows that the program never saw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan
from agents.recipes.writing.blocks import Block

ROLE = "improver"
MOST_WORDS = 200
"""Letters of what a model says about its change that are kept."""


@dataclass(frozen=True)
class Standing:
    """A valid solution, and what is known about it."""

    plan: CandidatePlan
    files: Mapping[str, str]
    score: str
    """In words, with its error."""
    block: Block
    """What is to be changed."""
    blocks: Sequence[object]
    """All blocks, each with a `block` and a `text` that says what it is worth."""
    seconds: float
    """What a fit may take."""
    others: str = ""
    """What other solutions score, in words."""
    tried: Sequence[str] = ()
    """Earlier changes and what became of them, one sentence each."""


@dataclass(frozen=True)
class Change:
    """A proposed change."""

    files: Mapping[str, str]
    expected: str
    """What the model expects of it."""


async def propose_change(adviser: Adviser, standing: Standing) -> Change:
    """Ask a model for one change of one block.

    Args:
        adviser: Whose prompts know task and profile.
        standing: The solution as it is.

    Raises:
        ModelError: The model gave no edits that match the file.
    """
    facts = {
        "plan": standing.plan,
        "contract": standing.plan.contract,
        "files": standing.files,
        "score": standing.score,
        "block": standing.block,
        "blocks": standing.blocks,
        "others": standing.others,
        "tried": standing.tried,
        "seconds": round(standing.seconds),
    }
    question = Question(ROLE, "coder", facts, CODE_TOKENS)
    files, words = await adviser.edited(question, standing.files, (standing.block.file,))
    return Change(files, words[:MOST_WORDS] or f"another {standing.block.name}")
