"""The check of what a person asks for while a run goes on (DESIGN 6).

An instruction joins the next planning or repair only where it makes sense for this task and data;
otherwise the person is asked back.
"""

from agents.adviser import Adviser, Question
from agents.models import Frozen

ROLE = "instruction"


class InstructionReading(Frozen):
    """What an instruction means here."""

    sensible: bool
    reply: str
    """To the person: what follows from it, or why it makes no sense and what would."""
    metric: str | None = None
    only: str | None = None
    directive: str = ""
    """For the planning and coding agents."""


async def check_instruction(
    adviser: Adviser,
    words: str,
    *,
    running: str,
    metrics: tuple[str, ...],
    names: tuple[str, ...],
) -> InstructionReading:
    """Ask a model whether an instruction makes sense, and what follows from it.

    Args:
        adviser: Whose prompts know task and profile.
        words: What the person typed.
        running: What the run is doing.
        metrics: Names that the engine knows.
        names: Tracks and plans of this run.

    Raises:
        ModelError: The model gave no answer that can be used.
    """
    facts = {"words": words, "running": running, "metrics": metrics, "names": names}
    reading = await adviser.value(Question(ROLE, "planner", facts), InstructionReading)
    known = {"metric": set(metrics), "only": set(names)}
    chosen = {
        name: value if value and set(_listed(value)) <= known[name] else None
        for name, value in (("metric", reading.metric), ("only", reading.only))
    }
    return reading.model_copy(update=chosen)


def _listed(names: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in names.split(",") if name.strip()]
