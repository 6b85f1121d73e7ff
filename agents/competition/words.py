"""Small turns of phrase that messages and notes share."""

from collections.abc import Sequence

_MOST_NAMES = 4


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def some(names: Sequence[str]) -> str:
    """`a, b, c, d and 3 more`."""
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def quoted(names: Sequence[str]) -> str:
    """Names as code: all of a few, else some."""
    marked = [f"`{name}`" for name in names]
    return ", ".join(marked) if len(marked) <= 2 * _MOST_NAMES else some(marked)
