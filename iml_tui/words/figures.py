"""Numbers as people read them: times, scores with their errors, shares, counts, lists of names.

The rules are those of the screen's notes: four decimals for scores as long as that is sensible,
times as `m:ss`, shares with one decimal, counts with commas.
"""

import math
from collections.abc import Iterable, Sequence

from agents.models import Comparison, Member, Score

NONE = "\N{EN DASH}"
"""Stands where there is no value."""


def duration(seconds: float) -> str:
    """`6:12`, from an hour `1:06:12`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def decimals(magnitude: float) -> int:
    """Decimals for numbers up to `magnitude`, so that five digits or so remain."""
    if not math.isfinite(magnitude) or magnitude < 10:
        return 4
    return max(0, 4 - int(math.log10(magnitude)))


def number(value: float, places: int | None = None) -> str:
    """A score or a part of one; thousands get commas once the decimals are gone."""
    if not math.isfinite(value):
        return NONE
    if 0 < abs(value) < 0.001 and places is None:
        return f"{value:.2g}"
    places = decimals(abs(value)) if places is None else places
    return f"{value:.{places}f}" if places else f"{value:,.0f}"


def score_parts(score: Score | None) -> tuple[str, str]:
    """Value and ` ±error`, with the same decimals; a dash and nothing without a score."""
    if score is None:
        return NONE, ""
    return with_error(score.value, score.error)


def score_text(score: Score | None) -> str:
    """`0.8105 ±0.0047`."""
    return "".join(score_parts(score))


def with_error(value: float, error: float) -> tuple[str, str]:
    """A value and ` ±error`, both with the same decimals."""
    tiny = 0 < max(abs(value), abs(error)) < 0.001
    places = None if tiny else decimals(max(abs(value), abs(error)))
    shown = number(value, places)
    return shown, f" ±{number(error, places)}" if math.isfinite(error) else ""


def difference_text(comparison: Comparison) -> str:
    """`+0.0047 ±0.0016`; positive means that the first is better."""
    value, error = with_error(comparison.difference, comparison.error)
    return f"{'' if value.startswith(('-', NONE)) else '+'}{value}{error}"


def share(value: float) -> str:
    """`2.5%`; a dash for nothing at all."""
    if value <= 0:
        return NONE
    return "<0.1%" if value < 0.0005 else f"{value * 100:.1f}%"


def count(amount: int, noun: str) -> str:
    """`1 row`, `6,954 rows`."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def members_text(members: Iterable[Member]) -> str:
    """`boosting 0.58, linear 0.42`."""
    ordered = sorted(members, key=lambda member: -member.weight)
    return ", ".join(f"{member.candidate} {member.weight:.2f}" for member in ordered)


def rounded(amount: int) -> str:
    """`950`, `184k`, `2.1M`: tokens, which nobody counts one by one."""
    if amount < 1_000:
        return str(amount)
    return f"{amount / 1_000:.0f}k" if amount < 1_000_000 else f"{amount / 1_000_000:.1f}M"
