"""What a column means, found by testing its cells instead of trusting a dtype.

An integer may be an amount or a name, `B/12/P` is three facts, `NA` may be a missing number or the
word for "none", `2 years` is an amount, `a;b` and `["a"]` are lists: the cells, the data dictionary
and the relation to the target decide.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.profiling.items import JSON, find_items
from agents.competition.profiling.units import find_units, to_measures
from agents.competition.reading.tables import (
    COMPACT_DATE,
    MISSING_WORDS,
    date_format,
    to_booleans,
    to_numbers,
)
from agents.competition.stating.ids import looks_like_id
from agents.models import ColumnProfile, SemanticType

PART_DELIMITERS: Final = ("/", "|", "_", "-", ":", ";", ",")

_SAME_PARTS: Final = 0.95
_MOST_PARTS: Final = 12
_FEWEST_DELIMITED: Final = 30
_MOST_CODES: Final = 60
_FEWEST_PER_CODE: Final = 8
_FREQUENT: Final = 0.01
_MOSTLY: Final = 0.5
_NEARLY_ALL: Final = 0.9
_FEWEST_NUMBERS: Final = 10
"""So many numbers beside nothing but words for "missing" make a column of numbers."""
_MOST_ODD_WORDS: Final = 5
_UNIQUE: Final = 0.98
_LONG_TEXT_WORDS: Final = 4
_CODE_WORDS: Final = r"codes?|types?|class(?:es)?|categor(?:y|ies)|identifie[sr]s?|nominal"
_CODE_NAME: Final = re.compile(
    r"(?:^|_|[a-z](?=[A-Z]))(?:code|type|zip|zipcode|postcode|postal|cat|category|class|region|"
    r"district|sector|department|dept|store|shop|brand|vendor|channel)(?:$|_\d*|\d+$)",
    re.IGNORECASE,
)

_COORDINATES: Final = {
    "latitude": (re.compile(r"(?:^|_|\W)lat(?:itude)?(?:$|_|\W)", re.IGNORECASE), 90.0),
    "longitude": (re.compile(r"(?:^|_|\W)(?:lon|lng|long)(?:itude)?(?:$|_|\W)", re.I), 180.0),
}
"""How such columns are called, and the largest value either way."""


class Meaning(NamedTuple):
    """What a column means and how to read its cells."""

    semantic: SemanticType
    missing_words: tuple[str, ...] = ()
    integer: bool = False
    delimiter: str | None = None
    parts: int = 0
    note: str = ""
    units: Mapping[str, float] = MappingProxyType({})
    items: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: ColumnProfile) -> "Meaning":
        """The meaning that a measured column was found to have."""
        return cls(
            semantic=column.semantic,
            missing_words=column.missing_words,
            integer=column.integer,
            delimiter=column.delimiter,
            parts=column.parts,
            note=column.note,
            units=column.units,
            items=column.items,
        )

    def present(self, cells: pd.Series) -> pd.Series:
        """Those cells that hold something."""
        filled = cells[cells != ""]
        return filled[~filled.isin(list(self.missing_words))] if self.missing_words else filled

    def numbers(self, cells: pd.Series) -> pd.Series:
        """The numbers that cells of such a column hold; NaN where there is none."""
        if self.units:
            return to_measures(cells, self.units)
        return to_numbers(cells, self.missing_words)


class Lore(NamedTuple):
    """What is known about columns apart from their cells."""

    id_column: str | None
    values: Mapping[str, tuple[str, ...]]
    """Column to the cell values that the data dictionary explains."""
    words: str
    """Description and data dictionary in one text."""
    codes: frozenset[str] = frozenset()
    """Columns that the data dictionary calls categories, whatever their cells look like."""


def read_dictionary(text: str, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Values that a data dictionary explains, for every column that has an entry there.

    An entry begins with a line `NAME: meaning`; indented lines below it are `VALUE  meaning`.
    """
    entries: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        opened = re.match(r"[-*`\s]*([^:=\t`]+?)`?\s*[:=]", line)
        if opened and opened[1] in columns:
            current = entries.setdefault(opened[1], [])
        elif current is not None and (
            value := re.match(
                r"(?:\s{2,}|\t|\s*[-*]\s+)`?([^\s`]\S*?)`?\s*(?:[\t:=]|\s{1,}\S)", line
            )
        ):
            current.append(value[1])
        elif line.strip() and not line[0].isspace():
            current = None
    return {name: tuple(values) for name, values in entries.items()}


def meaning_of(
    name: str, cells: pd.Series, lore: Lore, target: np.ndarray | None = None
) -> Meaning:
    """Decide what a column means.

    Args:
        name: Its name, a hint at most.
        cells: Its training cells as text.
        lore: Id column, data dictionary, description.
        target: The first target as numbers or class codes, shape (rows,), to judge whole numbers
            that may be names; None leaves that test out.
    """
    filled = cells[cells != ""]
    distinct = filled.nunique()
    if name == lore.id_column:
        # A date names the rows of one series, and is what there is to learn from.
        dated = _date(filled)
        if dated is not None:
            return dated
        return Meaning("identifier", integer=bool((to_numbers(filled) % 1 == 0).all()))
    if distinct == 0 or (distinct == 1 and len(filled) == len(cells)):
        return Meaning("constant")
    return (
        _boolean(filled, distinct)
        or _compact_date(filled)
        or _number(name, cells, filled, lore, target)
        or _measure(filled)
        or _date(filled)
        or _several(filled)
        or _delimited(filled, distinct)
        or _words(name, filled, distinct, lore)
    )


def coordinates(columns: Sequence[ColumnProfile]) -> tuple[ColumnProfile, ...]:
    """The same columns, with a note on those that are latitude and longitude of one place."""
    found: dict[str, list[ColumnProfile]] = {"latitude": [], "longitude": []}
    for column in columns:
        for word, (pattern, most) in _COORDINATES.items():
            if _is_coordinate(column, pattern, most):
                found[word].append(column)
    if len(found["latitude"]) != len(found["longitude"]):
        return tuple(columns)
    partners = dict[str, str]()
    for first, second in zip(*found.values(), strict=True):
        partners |= {
            first.name: f"latitude, with the longitude in {second.name}",
            second.name: f"longitude, with the latitude in {first.name}",
        }
    return tuple(
        column.model_copy(update={"note": partners[column.name]})
        if column.name in partners
        else column
        for column in columns
    )


def _is_coordinate(column: ColumnProfile, pattern: re.Pattern[str], most: float) -> bool:
    if column.semantic != "number" or column.minimum is None or column.maximum is None:
        return False
    inside = -most <= column.minimum <= column.maximum <= most
    return inside and not column.integer and pattern.search(column.name) is not None


def _boolean(filled: pd.Series, distinct: int) -> Meaning | None:
    if distinct > 2 + _MOST_ODD_WORDS:
        return None
    missing = _rare_words(filled, ())
    rest = filled[~filled.isin(missing)]
    truths = to_booleans(rest)
    if truths.notna().all() and truths.nunique() == 2 and rest.nunique() == 2:
        return Meaning("boolean", missing_words=missing)
    return None


def _number(
    name: str, cells: pd.Series, filled: pd.Series, lore: Lore, target: np.ndarray | None
) -> Meaning | None:
    numbers = to_numbers(filled)
    words = sorted(filled[numbers.isna()].unique())
    share = float(numbers.notna().mean())
    known = all(word.strip() in MISSING_WORDS for word in words)
    found = numbers.dropna()
    enough = len(found) >= _FEWEST_NUMBERS or share >= _MOSTLY if known else share >= _NEARLY_ALL
    if not enough or not len(found) or (not known and len(words) > _MOST_ODD_WORDS):
        return None
    whole = bool((found % 1 == 0).all())
    if whole and _is_running_id(name, found, len(cells)):
        return Meaning("identifier", missing_words=tuple(words), integer=True)
    if whole and (why := _names_things(name, found, lore)):
        return Meaning("category", missing_words=tuple(words), integer=True, note=why)
    scale = len(listed := _listed_numbers(name, lore)) >= 3 and _consecutive(listed)
    if (
        whole
        and not scale
        and target is not None
        and _unordered(numbers.reindex(cells.index), target)
    ):
        why = "whole numbers, but the target does not rise or fall with them: names, not amounts"
        return Meaning("category", missing_words=tuple(words), integer=True, note=why)
    note = f"numbers among which {', '.join(words)} means missing" if words else ""
    return Meaning("number", missing_words=tuple(words), integer=whole, note=note)


def _measure(filled: pd.Series) -> Meaning | None:
    units = find_units(filled)
    if units is None:
        return None
    found = to_measures(filled, units)
    words = filled[found.isna()]
    missing = tuple(sorted(set(words) & MISSING_WORDS))
    named = ", ".join(units)
    note = f"numbers with units ({named})" if named else "numbers whose digits are grouped"
    whole = bool((found.dropna() % 1 == 0).all())
    return Meaning("number", missing_words=missing, integer=whole, units=units, note=note)


def _several(filled: pd.Series) -> Meaning | None:
    """Lists of recurring items, or objects."""
    found = find_items(filled)
    if found is None:
        return None
    if found.delimiter is None:
        keys = ", ".join(found.items[:4])
        return Meaning("json", items=found.items, note=f"objects with the keys {keys}")
    written = "in JSON" if found.delimiter == JSON else f"cut by `{found.delimiter}`"
    note = f"lists {written}, {found.average:.1f} items on average"
    return Meaning("list", delimiter=found.delimiter, items=found.items, note=note)


def _is_running_id(name: str, numbers: pd.Series, rows: int) -> bool:
    unique = len(numbers) == rows and numbers.is_unique and rows > 1
    return bool(unique and (looks_like_id(name) or (numbers.diff().dropna() == 1).all()))


def _names_things(name: str, numbers: pd.Series, lore: Lore) -> str:
    """Why whole numbers are names, or "" if nothing outside the cells says so."""
    distinct = numbers.nunique()
    if distinct < 3 or distinct > len(numbers) / 2:
        return ""
    listed = _listed_numbers(name, lore)
    if name in lore.codes:
        return "whole numbers that the data dictionary calls a category"
    if len(listed) >= 3 and not _consecutive(listed):
        return "whole numbers that the data dictionary lists as codes"
    if re.search(
        rf"`?\b{re.escape(name)}\b`? (?:is|are) (?:a |an |the )?(?:{_CODE_WORDS})", lore.words
    ):
        return "whole numbers that the description calls codes"
    if looks_like_id(name) or _CODE_NAME.search(name):
        return "whole numbers that repeat under a name for codes"
    return ""


def _listed_numbers(name: str, lore: Lore) -> list[int]:
    return [int(value) for value in lore.values.get(name, ()) if re.fullmatch(r"-?\d+", value)]


def _consecutive(values: Sequence[int]) -> bool:
    return sorted(set(values)) == list(range(min(values), max(values) + 1))


def _unordered(numbers: pd.Series, target: np.ndarray) -> bool:
    """Whether few whole numbers tell much about the target, but not by their order.

    Compares the variance of the target's ranks that the values explain as names (corrected for
    their number) with what a parabola in the value explains.
    """
    known = numbers.notna().to_numpy() & np.isfinite(target)
    values, goal = numbers.to_numpy()[known], target[known]
    levels, codes = np.unique(values, return_inverse=True)
    if not 4 <= len(levels) <= _MOST_CODES or len(values) < _FEWEST_PER_CODE * len(levels):
        return False
    ranks = pd.Series(goal).rank().to_numpy()
    total = float(((ranks - ranks.mean()) ** 2).sum())
    counts = np.bincount(codes)
    means = np.bincount(codes, weights=ranks) / counts
    within = total - float((counts * (means - ranks.mean()) ** 2).sum())
    if total <= 0:
        return False
    as_names = 1 - (within / (len(values) - len(levels))) / (total / (len(values) - 1))
    scaled = (values - values.mean()) / (values.std() or 1.0)
    curve = np.polyval(np.polyfit(scaled, ranks, 2), scaled)
    as_amounts = 1 - float(((ranks - curve) ** 2).sum()) / total
    return bool(as_names >= 0.05 and as_amounts <= as_names / 2)


def _date(filled: pd.Series) -> Meaning | None:
    written = date_format(filled)
    if written is None:
        return None
    words = tuple(sorted(set(filled) & MISSING_WORDS))
    return Meaning("date", missing_words=words, note=f"dates written as {written}")


def _compact_date(filled: pd.Series) -> Meaning | None:
    """Dates such as 20190301; hardly one of thirty other numbers of eight digits could be one."""
    found = _date(filled)
    return found if found is not None and found.note.endswith(COMPACT_DATE) else None


def _delimited(filled: pd.Series, distinct: int) -> Meaning | None:
    if distinct < _FEWEST_DELIMITED or filled.str.contains(" ", regex=False).mean() > 0.05:
        return None
    rest = filled[~filled.isin(list(MISSING_WORDS))]
    for delimiter in PART_DELIMITERS:
        counts = rest.str.count(re.escape(delimiter)).value_counts(normalize=True)
        extra = int(counts.index[0]) if len(counts) else 0
        if 1 <= extra < _MOST_PARTS and counts.iloc[0] >= _SAME_PARTS:
            example = rest.iloc[0]
            note = f"{extra + 1} facts in one cell, such as {example}"
            return Meaning("delimited", delimiter=delimiter, parts=extra + 1, note=note)
    return None


def _words(name: str, filled: pd.Series, distinct: int, lore: Lore) -> Meaning:
    head = filled.head(5_000)
    words = float(head.str.count(r"\S+").mean())
    if words >= _LONG_TEXT_WORDS or (words >= 1.8 and distinct > _MOSTLY * len(filled)):
        return Meaning("text")
    if distinct >= _UNIQUE * len(filled) and distinct > _MOST_CODES and words < 1.5:
        return Meaning("identifier", note="hardly any value repeats")
    missing = _rare_words(filled, lore.values.get(name, ()))
    return Meaning("category", missing_words=missing)


def _rare_words(filled: pd.Series, explained: Sequence[str]) -> tuple[str, ...]:
    """Words for "missing" in a column of words: rare, and not explained as a value of its own."""
    shares = filled[filled.isin(list(MISSING_WORDS - {"M", ".", "-"}))].value_counts() / len(filled)
    return tuple(
        sorted(
            str(word)
            for word, share in shares.items()
            if share < _FREQUENT and word not in explained
        )
    )
