"""Small turns of phrase that messages and notes share."""

from collections.abc import Sequence
from difflib import get_close_matches

_MOST_NAMES = 4


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def some(names: Sequence[str]) -> str:
    """`a, b, c, d and 3 more`."""
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def doing(count: int, noun: str, verb: str) -> str:
    """A noun with its number and what it does: `1 row repeats`, `2 rows repeat`."""
    return f"{counted(count, noun)} {verb}{'s' if count == 1 else ''}"


def quoted(names: Sequence[str]) -> str:
    """Names as code: all of a few, else some."""
    marked = [f"`{name}`" for name in names]
    return ", ".join(marked) if len(marked) <= 2 * _MOST_NAMES else some(marked)


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, or a hint."""
    folded = {other.casefold(): other for other in known}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return f"; did you mean {folded[near[0]]!r}?" if near else ": check the spelling."
