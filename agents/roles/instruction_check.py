"""The check of what a person asks for while a run goes on (DESIGN 6).

An instruction joins the next planning or repair only where it makes sense for this task and data;
otherwise the person is asked back. Without a model rules read the plain ones: another metric, a
track to leave out or to go on with alone, another limit; and say which words they did not read.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.adviser import Adviser, Question
from agents.models import Frozen

ROLE = "instruction"
_NEGATION: Final = r"(?:no|not|without|stop|skip|drop|leave out|forget|avoid)"
_FAVOUR: Final = (
    r"(?:only|just|solely|nothing but|focus on|concentrate on|stick to|time on|time to|effort on)"
)
_CLAUSES: Final = re.compile(r"[,;!?]|\.(?!\d)|\band\b|\bbut\b|\bplease\b")
_NICKNAMES: Final = {
    "neural": ("neural", "deep", "net", "nets", "network", "networks"),
    "pretrained": ("pretrained", "foundation", "transformer", "transformers"),
    "traditional": (
        *("traditional", "classical", "tree", "trees", "boosting", "boosted"),
        *("lightgbm", "catboost", "xgboost", "gbm"),
    ),
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
    said = _plain(words)
    metric = _metric(said, metrics)
    favoured = [track for track in tracks if _is_named(said, _FAVOUR, track)]
    left_out = [
        track
        for track in tracks
        if _is_named(said, _NEGATION, track) or (favoured and track not in favoured)
    ]
    only = ",".join(track for track in tracks if track not in left_out) if left_out else None
    seconds = _seconds(said)
    follows = [f"judged by {metric}"] if metric else []
    follows += [f"nothing more on {track}" for track in left_out]
    follows += [f"at most {seconds:.0f} s"] if seconds else []
    unread = [one for one in _clauses(words) if not _is_read(one, metrics, tracks)]
    if not follows:
        reply = (
            "Understood as a note for a language model, and this run has none: name a metric, a "
            "track to leave out or a time limit, or give the run a model with --model."
        )
        return InstructionReading(sensible=True, reply=reply, directive=words)
    reply = f"Understood: {', '.join(follows)}."
    if unread:
        quoted = ", ".join(f"“{one}”" for one in unread)
        reply += f" Not understood without a language model: {quoted}."
    return InstructionReading(
        sensible=True,
        reply=reply,
        metric=metric,
        only=only,
        time_limit=seconds,
        directive=", ".join(unread),
    )


def _plain(words: str) -> str:
    return " ".join(words.lower().replace("-", " ").split())


def _clauses(words: str) -> list[str]:
    """What is asked for, one by one, as it was written."""
    return [one.strip() for one in _CLAUSES.split(words) if one.strip()]


def _is_read(clause: str, metrics: Sequence[str], tracks: Sequence[str]) -> bool:
    """Whether a rule makes something of a part of the words, perhaps with what stands before."""
    said = _plain(clause)
    named = any(_is_named(said, "", track) for track in tracks)
    return named or _metric(said, metrics) is not None or _seconds(said) is not None


def _metric(said: str, metrics: Sequence[str]) -> str | None:
    """The metric whose name is there, its words in any order; the longest where several are."""
    words = set(re.findall(r"\w+", said.replace("_", " ")))
    named = [name for name in metrics if set(name.lower().split("_")) <= words]
    return max(named, key=lambda name: (len(name.split("_")), len(name)), default=None)


def _is_named(said: str, after: str, track: str) -> bool:
    """Whether a track is named, by whatever people call it, soon after words of a kind."""
    names = "|".join(_NICKNAMES.get(track, (track,)))
    before = rf"\b{after}\b(?: \w+){{0,3}}? " if after else r"\b"
    return re.search(rf"{before}(?:{names})\b", said) is not None


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
