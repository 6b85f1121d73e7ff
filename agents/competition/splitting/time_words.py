"""Moments and lengths of time in words; plain enough for the engine, which loads no pandas."""

from collections.abc import Sequence
from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # cells of tables know no zone


def read_moment(text: str, *, date: bool) -> float:
    """A moment as it is written in a plan: days since 1970, or the number itself."""
    return (datetime.fromisoformat(text) - _EPOCH) / timedelta(days=1) if date else float(text)


def span(length: float, *, date: bool) -> str:
    """A length of time in words."""
    if not date:
        return f"{length:g} periods" if length != 1 else "1 period"
    for unit, days in (("days", 1.0), ("hours", 1 / 24)):
        if length >= 2 * days:
            return f"{length / days:.0f} {unit}"
    return f"{length * 24 * 60:.0f} minutes"


def axis_named(columns: Sequence[str]) -> str:
    """The columns of a time axis in a sentence."""
    return " and ".join(f"`{name}`" for name in columns)
