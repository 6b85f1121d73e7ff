"""How well two column names agree that one is the key of what the other names.

`store` and `Store_ID` name the same thing, `customer_id` names a row of `customers.csv`, and a bare
`id` names something only together with the name of its table.
"""

import re
from pathlib import PurePosixPath
from typing import Final

_ID_WORDS: Final = frozenset(
    {"id", "ids", "key", "code", "no", "num", "nr", "number", "idx", "index", "uuid", "guid", "fk"}
)
_AMOUNTS: Final = frozenset(
    {"age", "year", "month", "week", "day", "hour", "minute", "quarter", "count", "quantity", "qty"}
    | {"amount", "price", "size", "rank", "score", "level", "value", "rating", "weight", "height"}
    | {"length", "width", "duration", "total", "sum", "rate", "distance", "step"}
)
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SHORTEST_PLURAL: Final = 4


def stem_of(path: str) -> str:
    """The name of a table: its file's, without folders and suffixes."""
    return PurePosixPath(path).name.partition(".")[0]


def alike(left: str, right: str, side: str, base: str) -> int:
    """How well two names agree.

    Args:
        left: A column of the rows that look something up.
        right: A column of the side table.
        side: Name of the side table, as `stem_of` has it.
        base: Name of the table of `left`; "" for train and test.

    Returns:
        3 for the same name, or the name of the side table with its id (`customer_id` and `id` of
        `customers`); 2 for the same thing in other words (`home_team` and `team`); 1 for two ids
        that do not say of what; 0 for names that have nothing in common.
    """
    ours, theirs = _thing(left), _thing(right)
    if not ours and not theirs:
        return 1
    if "".join(_words(left)) == "".join(_words(right)):
        return 3
    if not theirs:
        theirs, exact = _thing(side), 3
    elif not ours:
        ours, exact = _thing(base), 3
    else:
        exact = 2
    if not ours or not theirs:
        return 0
    if ours == theirs:
        return exact
    return 2 if ours[-len(theirs) :] == theirs else 0


def names_amount(name: str) -> bool:
    """Whether a column is named as quantities and parts of dates are (`age`, `order_year`)."""
    return (_words(name) or [""])[-1] in _AMOUNTS


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]


def _thing(name: str) -> list[str]:
    """The words of a name without those that only say "id", in the singular."""
    words = _words(name)
    while words and words[-1] in _ID_WORDS:
        words = words[:-1]
    return [*words[:-1], _singular(words[-1])] if words else []


def _singular(word: str) -> str:
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]
