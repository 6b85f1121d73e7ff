"""Numbers that are written with a unit: `2 years`, `$1,200`, `15%`, `3.5k`.

`find_units` tests whether a column is such and by what each of its units has to be multiplied;
`to_measures` reads the cells. Programs carry `to_measures` and the factors, so that engine and
program read the same numbers, cell by cell and independent of the other cells.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from agents.competition.reading.tables import MISSING_WORDS

MEASURE: Final = (
    r"(?P<sign>[-+]?)\s*(?P<before>[^\s\w.,+-]+|[A-Z]{2,3}\$?|Rs\.?|R\$)?\s*"
    r"(?P<number>[-+]?\d[\d,]*\.?\d*|[-+]?\.\d+)"
    r"\s*(?P<after>[^\s\d.,][^\s\d,]{0,11}(?: [^\s\d.,][^\s\d,]{0,11})?|m[23])?"
)
"""Sign, currency, number, unit; everything but the number may be missing."""

_CURRENCIES: Final = re.compile(
    r"[$€£¥₹₩₽₺฿₫₴₪]|US\$|R\$|A\$|C\$|Rs\.?|INR|USD|EUR|GBP|CHF|JPY|CNY|AUD|CAD|SEK|NOK|DKK|kr|zł"
)
_MAGNITUDES: Final = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12}
_MAGNITUDES_SPELLED: Final = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "lakh": 1e5}
_FAMILIES: Final[tuple[dict[str, float], ...]] = (
    {
        **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1 / 86_400),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), 1 / 1_440),
        **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1 / 24),
        **dict.fromkeys(("d", "day", "days"), 1.0),
        **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7.0),
        **dict.fromkeys(("mo", "mos", "month", "months"), 30.4375),
        **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 365.25),
    },
    {
        "mm": 0.001,
        "cm": 0.01,
        **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1.0),
        "km": 1000.0,
        **dict.fromkeys(("in", "inch", "inches", '"'), 0.0254),
        **dict.fromkeys(("ft", "foot", "feet", "'"), 0.3048),
        **dict.fromkeys(("yd", "yard", "yards"), 0.9144),
        **dict.fromkeys(("mi", "mile", "miles"), 1609.344),
    },
    {
        "mg": 0.001,
        **dict.fromkeys(("g", "gram", "grams"), 1.0),
        **dict.fromkeys(("kg", "kgs"), 1000.0),
        **dict.fromkeys(("oz", "ounce", "ounces"), 28.349523),
        **dict.fromkeys(("lb", "lbs", "pound", "pounds"), 453.59237),
    },
    {
        "ml": 0.001,
        "cl": 0.01,
        **dict.fromkeys(("l", "liter", "liters", "litre", "litres"), 1.0),
        **dict.fromkeys(("gal", "gallon", "gallons"), 3.785412),
    },
    {"bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    {"st": 1.0, "nd": 1.0, "rd": 1.0, "th": 1.0},
)
_NEARLY_ALL: Final = 0.95
_MOSTLY: Final = 0.8
_MOST_UNITS: Final = 12
_FIRST_CELLS: Final = 40
_TESTED_CELLS: Final = 20_000


def find_units(filled: pd.Series) -> dict[str, float] | None:
    """The factor of every unit in a column, the most frequent unit's being 1.

    Args:
        filled: The non-empty cells.

    Returns:
        Factors by unit as it is written, `{"years": 1.0, "months": 0.0833333}`, or `{"": 1.0}` for
        numbers that only group their digits (`1,200`); None if fewer than 95 % of the cells are
        numbers with units that can be converted into each other.
    """
    cells = filled[~filled.isin(list(MISSING_WORDS))].head(_TESTED_CELLS)
    first = [re.fullmatch(MEASURE, cell.strip()) for cell in cells.head(_FIRST_CELLS)]
    if sum(map(bool, first)) < max(1, _MOSTLY * len(first)):
        return None
    pieces = cells.str.strip().str.extract(f"^{MEASURE}$").fillna("")
    marked = (pieces["before"] != "") | (pieces["after"] != "")
    grouped = pieces["number"].str.contains(",", regex=False)
    if (pieces["number"] != "").mean() < _NEARLY_ALL or (marked | grouped).mean() < 0.5:
        return None
    before, after = (Counter(pieces[name][pieces[name] != ""]) for name in ("before", "after"))
    if len(before) > 1 or len(after) > _MOST_UNITS:
        return None
    if any(not _CURRENCIES.fullmatch(unit) for unit in before):
        return None
    factors = _factors([unit for unit, _ in after.most_common()], money=bool(before))
    if factors is None or _ambiguous(factors, float((pieces["after"] == "").mean())):
        return None
    return dict.fromkeys(before, 1.0) | factors or {"": 1.0}


def to_measures(cells: pd.Series, units: Mapping[str, float]) -> pd.Series:
    """Turn cells such as `2 years` into floats, in the unit whose factor is 1.

    A comma before three digits groups them, any other is a decimal comma. NaN where a cell is
    empty, no number, or has a unit without a factor.

    Args:
        cells: Cells as text.
        units: Factors by unit as `find_units` gives them.
    """
    pieces = cells.str.strip().str.extract(f"^{MEASURE}$")
    figures = pieces["number"].str.replace(r",(?=\d{3}(?!\d))", "", regex=True)
    numbers = pd.to_numeric(figures.str.replace(",", ".", regex=False), errors="coerce")
    for side in ("before", "after"):
        numbers = numbers * pieces[side].map(units).where(pieces[side].notna(), 1.0)
    return numbers.where(pieces["sign"] != "-", -numbers).astype("float64")


def _factors(units: Sequence[str], *, money: bool) -> dict[str, float] | None:
    """Factors of units, the most frequent first; None if they cannot be converted."""
    folded = [unit.casefold().rstrip(".") for unit in units]
    tables = [_MAGNITUDES | _MAGNITUDES_SPELLED] if money else [*_FAMILIES, _MAGNITUDES_SPELLED]
    if not money and all(unit[:1] in {"k", "K", "M", "B"} for unit in units):
        tables.append(_MAGNITUDES)
    for table in tables:
        if units and all(unit in table for unit in folded):
            base = 1.0 if table.keys() & {"thousand", "k"} else table[folded[0]]
            return {
                unit: float(f"{table[low] / base:.6g}")
                for unit, low in zip(units, folded, strict=True)
            }
    if len({unit.removesuffix("s") for unit in folded}) <= 1:
        return dict.fromkeys(units, 1.0)
    return None


def _ambiguous(factors: Mapping[str, float], bare: float) -> bool:
    """Whether many numbers have no unit although there are several to choose from."""
    smaller = any(factor < 1 for factor in factors.values())
    return bare > 1 - _NEARLY_ALL and len(set(factors.values())) > 1 and smaller
