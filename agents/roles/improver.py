"""Improver (3.4.3): one change of one block of a solution that is valid already.

The block is chosen by measuring, not by the model; the change is made as edits, so that everything
else stays as it is. Edits that reach beyond the block go back to the model once, with what they
reach. Where the model stands by them they are one change of all that they touch, and its sentence
says so: what the model learns in one function it may have to save in another. Whether a change is
kept is decided by scores on rows that the program never saw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan
from agents.recipes.writing.blocks import Block, changed_names

ROLE = "improver"
MOST_WORDS = 200
"""Letters of what a model says about its change that are kept."""

BEYOND = (
    "You were to change `{block}` and nothing else; your edits change {beyond} too. Nothing was "
    "changed. Write all edits again so that these stay as they are; new functions and imports may "
    "be added. If the change cannot be made without them, give the same edits once more."
)
"""What is said once to edits that reach further than they were asked to."""


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
    measured: bool = True
    """Whether it is known what any of them is worth."""
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
        "measured": standing.measured,
        "others": standing.others,
        "tried": standing.tried,
        "seconds": round(standing.seconds),
        "letters": MOST_WORDS,
    }
    question = Question(ROLE, "coder", facts, CODE_TOKENS)

    def doubt(changed: Mapping[str, str]) -> str:
        beyond = _beyond(standing, changed)
        return BEYOND.format(block=standing.block.name, beyond=beyond) if beyond else ""

    files, words = await adviser.edited(question, standing.files, (standing.block.file,), doubt)
    said = shorten(words, MOST_WORDS, placeholder=" …") or f"Another {standing.block.name}."
    beyond = _beyond(standing, files)
    return Change(files, f"{said} It also changes {beyond}." if beyond else said)


def _beyond(standing: Standing, changed: Mapping[str, str]) -> str:
    """What edits change besides the block, in words."""
    block = standing.block
    names = changed_names(standing.files[block.file], changed[block.file])
    return " and ".join(f"`{name}`" for name in names if name != block.name)
