"""Which column names the rows: as told, as the sample submission shows, or as its cells behave."""

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd

from agents.competition.reading.words import nearest
from agents.competition.splitting.time_axis import period_axes
from agents.competition.stating.pairing import Pairing
from agents.competition.stating.table_file import TableFile
from agents.errors import InputError

_ID_NAME: Final = re.compile(
    r"(?:^|[_\W])(?:ids?|idx|index|key|uuid|guid|rowid|unnamed: \d+)$", re.IGNORECASE
)
_LONGEST_CODE: Final = 40
_LENGTHS: Final = 4
"""How far the lengths of codes may lie apart."""
_CAMEL_ID: Final = re.compile(r"[a-z0-9](?:Id|ID|Key|Index)$")


def looks_like_id(name: str) -> bool:
    """Whether a column is named as ids usually are."""
    return bool(_ID_NAME.search(name) or _CAMEL_ID.search(name))


def find_id(pairing: Pairing, wanted: str | None, targets: Sequence[str]) -> str | None:
    """The column that names rows: as told, else the sample's, else one that behaves like it.

    Raises:
        InputError: The named id is in no table, the test lacks it, or its values repeat there.
    """
    asks = pairing.test or pairing.train
    if wanted is not None and wanted not in asks.columns:
        near = nearest(wanted, asks.columns)
        raise InputError(f"{asks.path} has no id column {wanted!r}{near}")
    if not asks.rows:
        raise InputError(f"{asks.path} has a header but no rows: put the rows there or remove it.")
    found = wanted or _id_of_sample(pairing) or _id_by_behaviour(pairing, targets)
    test = pairing.test
    if found is not None and test is not None and not test.is_unique(found):
        raise InputError(
            f"{test.path}: the id {found} = {test.twice(found)!r} occurs more than once; make ids "
            "unique or name another column with --id NAME."
        )
    return found


def sample_id(pairing: Pairing, id_column: str | None) -> str | None:
    """The sample's column that holds the ids, whatever the sample calls it."""
    if pairing.sample is None or id_column is None:
        return None
    if id_column in pairing.sample.columns:
        return id_column
    if pairing.test is None or id_column not in pairing.test.columns:
        return None
    sample, test = pairing.sample, pairing.test
    same = (name for name in sample.columns if sample.same_values(name, test, id_column))
    return next(same, None)


def _id_of_sample(pairing: Pairing) -> str | None:
    sample, test = pairing.sample, pairing.test
    if sample is None or test is None:
        return None
    if pairing.long is not None:
        return pairing.long.test_id
    shared = [name for name in sample.columns if name in test.columns]
    if shared:
        return shared[0]
    if not any(sample.is_unique(name) for name in sample.columns):
        return None
    same = [name for name in test.columns if sample_id(pairing, name) is not None]
    same.sort(key=lambda name: not test.is_unique(name))
    if not same:
        raise InputError(
            f"{test.path} lacks the id {sample.columns[0]!r} that {sample.path} asks for: add that "
            f"column to {test.path}."
        )
    return same[0]


def _id_by_behaviour(pairing: Pairing, targets: Sequence[str]) -> str | None:
    asks, taught = pairing.test or pairing.train, pairing.train
    for name in sorted(asks.columns, key=lambda name: name.startswith("Unnamed: ")):
        named = looks_like_id(name)
        # What the drawn rows rule out needs no look at all the others.
        if name in targets or not (named or _grows(asks.drawn[name])):
            continue
        if not asks.is_unique(name) or (asks.telling([name])[name] == "").any():
            continue
        if name in taught.columns and not named and not taught.is_unique(name):
            continue
        if named or _counts_rows(asks.column(name)) or _number_both(name, asks, taught):
            return name
    first = next((name for name in asks.columns if name not in targets), None)
    if first is None or not asks.is_unique(first):
        return None
    told = first in taught.columns
    if told and not (taught.rows > 1 and taught.is_unique(first)):
        return None
    cells = asks.drawn[first]
    return first if _are_codes(pd.concat([cells, taught.drawn[first] if told else cells])) else None


def _are_codes(cells: pd.Series) -> bool:
    """Whether every row has a short word of its own, such as `A-0017`, and all are alike."""
    sizes = cells.str.len()
    words = cells.str.fullmatch(r"[\w.:/#-]*[A-Za-z_][\w.:/#-]*")
    alike = sizes.max() - sizes.min() <= _LENGTHS and sizes.max() <= _LONGEST_CODE
    return bool(words.all() and alike)


def _counts_rows(cells: pd.Series) -> bool:
    """Whether a column is a running number."""
    numbers = pd.to_numeric(cells, errors="coerce")
    steps = numbers.diff().dropna()
    return bool(len(steps) > 1 and numbers.notna().all() and (steps == 1).all())


def _number_both(name: str, asks: TableFile, taught: TableFile) -> bool:
    """Whether the first column numbers the rows of both tables together, none missing.

    One named as periods are may be a time, which there is something to learn from.
    """
    if asks is taught or name != asks.columns[0] or name not in taught.columns:
        return False
    if any(True for _ in period_axes(asks.drawn, [name])):
        return False
    cells = pd.concat([asks.column(name), taught.column(name)])
    return _counts_rows(pd.to_numeric(cells, errors="coerce").sort_values())


def _grows(cells: pd.Series) -> bool:
    """Whether a column holds numbers that rise from row to row, as running numbers do."""
    return bool((pd.to_numeric(cells, errors="coerce").diff().iloc[1:] > 0).all())
