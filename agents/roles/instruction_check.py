"""The check of what a person asks for while a run goes on (DESIGN 6).

An instruction joins the next planning or repair only where it makes sense for this task and data;
otherwise the person is asked back. Without a model rules read the plain ones: another metric, a
track to leave out, more time.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.adviser import Adviser, Question
from agents.models import Frozen

ROLE = "instruction"
_NEGATION: Final = r"(?:no|not|without|stop|skip|drop|leave out|forget|avoid)"
_NICKNAMES: Final = {
    "neural": ("neural", "deep", "net", "nets", "network", "networks"),
    "pretrained": ("pretrained", "foundation", "transformer", "transformers"),
    "traditional": ("traditional", "classical", "tree", "trees", "boosting"),
}
"""How people call the tracks."""
_UNITS: Final = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0} | {
    "h": 3600.0,
    "hour": 3600.0,
}
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(seconds?|secs?|minutes?|mins?|hours?|[smh])\b")
_LIMIT: Final = re.compile(r"\b(time|limit|longer|minutes?|hours?|seconds?)\b")


class InstructionReading(Frozen):
    """What an instruction means here."""

    sensible: bool
    reply: str
    """To the person: what follows from it, or why it makes no sense and what would."""
    metric: str | None = None
    only: str | None = None
    directive: str = ""
    """For the planning and coding agents."""
    time_limit: float | None = None
    """Seconds, where the person names another limit."""


def read_by_rule(words: str, metrics: Sequence[str], tracks: Sequence[str]) -> InstructionReading:
    """What plain words ask for, read without a model.

    Args:
        words: What the person typed.
        metrics: Names that the engine knows.
        tracks: Tracks of this run that can be left out.

    Returns:
        A reading without any consequence where the words are for a model to read.
    """
    said = " ".join(words.lower().replace("-", " ").split())
    metric = _metric(said, metrics)
    left_out = [track for track in tracks if _is_refused(said, track)]
    only = ",".join(track for track in tracks if track not in left_out) if left_out else None
    seconds = _seconds(said)
    follows = [f"judged by {metric}"] if metric else []
    follows += [f"nothing more on {track}" for track in left_out]
    follows += [f"at most {seconds:.0f} s"] if seconds else []
    if not follows:
        reply = (
            "Understood as a note for a language model, and this run has none: name a metric, a "
            "track to leave out or a time limit, or give the run a model with --model."
        )
        return InstructionReading(sensible=True, reply=reply, directive=words)
    return InstructionReading(
        sensible=True,
        reply=f"Understood: {', '.join(follows)}.",
        metric=metric,
        only=only,
        time_limit=seconds,
    )


def _metric(said: str, metrics: Sequence[str]) -> str | None:
    """The metric whose name is there, its words in any order; the longest where several are."""
    words = set(re.findall(r"\w+", said.replace("_", " ")))
    named = [name for name in metrics if set(name.lower().split("_")) <= words]
    return max(named, key=lambda name: (len(name.split("_")), len(name)), default=None)


def _is_refused(said: str, track: str) -> bool:
    names = "|".join(_NICKNAMES.get(track, (track,)))
    return re.search(rf"\b{_NEGATION}\b(?: \w+){{0,3}}? (?:{names})\b", said) is not None


def _seconds(said: str) -> float | None:
    found = _TIME.search(said)
    if found is None or not _LIMIT.search(said):
        return None
    unit = found[2]
    return float(found[1]) * _UNITS[unit if unit in _UNITS else unit.rstrip("s")]


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
