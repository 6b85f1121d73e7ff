"""Ids that no table holds, because only the sample submission writes them.

Some competitions ask for rows that their test table does not name: the sample submission counts
them, or composes a name of other cells (`Store_Dept_Date`). Its rows are then in the test's order,
and the rule by which it names them is found here, so that any new rows can be named by it too.
"""

from dataclasses import replace

import pandas as pd

from agents.competition.reading.words import quoted
from agents.competition.stating.id_rules import id_template, ids_by_rule
from agents.competition.stating.pairing import Pairing
from agents.competition.stating.table_file import TableFile
from agents.models import MadeId


def with_made_ids(pairing: Pairing) -> Pairing:
    """Show the test with the ids that only the sample writes, where a rule makes them.

    Nothing changes where the test names its rows itself, is too large to be held in memory, or is
    no csv file, and where the sample follows no such rule.
    """
    sample, test = pairing.sample, pairing.test
    if sample is None or test is None or not _could_name(sample, test):
        return pairing
    if pairing.long is not None or pairing.marker is not None:
        return pairing
    taught = {name.lower() for name in pairing.train.columns}
    names = (name for name in sample.columns if name.lower() not in taught)
    key = next((name for name in names if sample.is_unique(name)), None)
    if key is None or _named_otherwise(sample, key, test):
        return pairing
    ids = sample.cells[key]
    made = _rule(ids, test.cells)
    if made is None:
        return pairing
    return replace(
        pairing,
        test=test.with_column(key, ids),
        made_id=made,
        notes=(*pairing.notes, _note(made, sample, test)),
    )


def _could_name(sample: TableFile, test: TableFile) -> bool:
    """Whether the sample has a row for each of the test's, and no column that the test has."""
    apart = not set(sample.columns) & set(test.columns) and len(sample.columns) > 1
    plain = test.is_whole and test.table.format == "csv"
    return apart and plain and sample.rows == test.rows


def _named_otherwise(sample: TableFile, key: str, test: TableFile) -> bool:
    """Whether the test holds the same ids in a column of another name."""
    return any(
        test.is_unique(name) and sample.same_values(key, test, name) for name in test.columns
    )


def _rule(ids: pd.Series, cells: pd.DataFrame) -> MadeId | None:
    first = pd.to_numeric(ids.iloc[:1], errors="coerce").iloc[0]
    template = id_template(list(ids), cells)
    if first % 1 == 0:
        made = MadeId(first=int(first))
    elif template is not None:
        made = MadeId(parts=tuple(template[1]), joined_by=template[0])
    else:
        return None
    return made if ids_by_rule(cells, made) == list(ids) else None


def _note(made: MadeId, sample: TableFile, test: TableFile) -> str:
    if made.parts:
        how = f"composes them of {quoted(made.parts)}"
    else:
        how = f"numbers its rows from {made.first}"
    return f"{test.path} holds no ids; {sample.path} {how}, in the same order."
