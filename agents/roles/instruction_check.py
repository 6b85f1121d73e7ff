"""The check of what a person asks for while a run goes on (DESIGN 6).

An instruction joins the next planning or repair only where it makes sense for this task and data;
otherwise the person is asked back. Plain ones are read by rule, without a question
(`agents.run.decisions.plain_words`); a model reads what rules leave over.
"""

from agents.adviser import Adviser, Question
from agents.models import Frozen

ROLE = "instruction"
MOST_COLUMNS = 100
"""So many are named in the prompt."""


class Reading(Frozen):
    """What an instruction means here, as a model may read it."""

    sensible: bool
    reply: str
    """To the person: what follows from it, or why it makes no sense and what would."""
    metric: str | None = None
    only: str | None = None
    columns: tuple[str, ...] = ()
    """Columns that no program is to see."""
    directive: str = ""
    """For the planning and coding agents."""
    time_limit: float | None = None
    """Seconds, where the person names another limit."""


class InstructionReading(Reading):
    """The same with what only rules read."""

    families: tuple[str, ...] = ()
    """Families of recipes to leave out (`agents.recipes.families`)."""
    instead: tuple[str, ...] = ()
    """Columns that may be meant where the words name one that does not exist."""


async def check_instruction(
    adviser: Adviser,
    words: str,
    *,
    running: str,
    metrics: tuple[str, ...],
    names: tuple[str, ...],
    columns: tuple[str, ...],
) -> Reading:
    """Ask a model whether an instruction makes sense, and what follows from it.

    Args:
        adviser: Whose prompts know task and profile.
        words: What the person typed.
        running: What the run is doing.
        metrics: Names that the engine knows.
        names: Tracks and plans of this run.
        columns: That programs could read.

    Raises:
        ModelError: The model gave no answer that can be used.
    """
    facts = {
        "words": words,
        "running": running,
        "metrics": metrics,
        "names": names,
        "readable": columns[:MOST_COLUMNS],
    }
    reading = await adviser.value(Question(ROLE, "planner", facts), Reading)
    known = {"metric": set(metrics), "only": set(names)}
    chosen = {
        name: value if value and set(_listed(value)) <= known[name] else None
        for name, value in (("metric", reading.metric), ("only", reading.only))
    }
    left_out = tuple(one for one in reading.columns if one in columns)
    return reading.model_copy(update={**chosen, "columns": left_out})


def _listed(names: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in names.split(",") if name.strip()]
