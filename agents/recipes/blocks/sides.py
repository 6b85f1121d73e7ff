"""Side tables beside the rows that they belong to: looked up, or gathered into measures.

A table with one row a key adds its columns as cells, called `<table>.<column>`. Of a table with
several rows a key, each row gets measures (float32) and a few cells. Nothing is learned: what is
counted is named by the constants, so that rows to be predicted get what training rows got.
"""

from typing import Any

import numpy as np
import pandas as pd

from agents.competition.joining.joins import joined_key, key_texts, whole_days
from agents.competition.reading.tables import to_dates, to_numbers

JOINS: dict[str, dict[str, Any]] = {}
LOOKUPS: dict[str, list[str]] = {}
GATHERED: list[str] = []
HOPS = 1
KEY_DATES: dict[str, dict[str, tuple[str, str]]] = {}
SIDE_NUMBERS: dict[str, list[str]] = {}
SIDE_WORDS: dict[str, dict[str, list[str]]] = {}
SIDE_CODES: dict[str, list[str]] = {}
SIDE_AMOUNTS: dict[str, str] = {}
SIDE_TEXTS: dict[str, list[str]] = {}
SIDE_DATES: dict[str, tuple[str, str]] = {}
ROW_DATE: dict[str, str] = {}
PAST: list[str] = []

Tables = dict[str, pd.DataFrame]
Keys = tuple[pd.Series, pd.Series]
"""The key of every row of both tables of a join."""


def with_sides(cells: pd.DataFrame, tables: Tables, base: str = "") -> pd.DataFrame:
    """Add what side tables say about the rows of a table.

    Args:
        cells: The rows.
        tables: Cells of the side tables by the names that `JOINS` gives them.
        base: Which of those tables the rows are; "" for those of train or test.
    """
    added = [cells]
    if LOOKUPS:
        added += [look_up(name, cells, tables) for name in LOOKUPS if JOINS[name]["base"] == base]
    if GATHERED:
        added += [gather(name, cells, tables) for name in GATHERED if JOINS[name]["base"] == base]
    return pd.concat(added, axis=1)


def side_table(name: str, tables: Tables) -> pd.DataFrame:
    """A side table with what the tables behind it say."""
    return with_sides(tables[name], tables, name) if HOPS > 1 else tables[name]


def join_keys(name: str, cells: pd.DataFrame, table: pd.DataFrame) -> Keys:
    """The key of every row on both sides of a join; "" where there is none."""
    ours, theirs = [], []
    for left, right in zip(JOINS[name]["left"], JOINS[name]["right"], strict=True):
        if KEY_DATES and left in KEY_DATES.get(name, {}):
            written, written_there = KEY_DATES[name][left]
            days = whole_days(table[right], written_there)
            ours.append(key_texts(cells[left], written, days=days))
            theirs.append(key_texts(table[right], written_there, days=days))
        else:
            ours.append(key_texts(cells[left]))
            theirs.append(key_texts(table[right]))
    return joined_key(ours), joined_key(theirs)


def measures_in(table: pd.DataFrame) -> list[str]:
    """Columns that measure what was gathered from another table."""
    return [str(name) for name in table if table[name].dtype == "float32"]


def look_up(name: str, cells: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Take the columns of the one row that has the same key.

    Steps: join
    """
    table = side_table(name, tables)
    ours, theirs = join_keys(name, cells, table)
    columns = LOOKUPS[name]
    if HOPS > 1:
        columns = [*columns, *measures_in(table)]
    first = (~theirs.duplicated() & (theirs != "")).to_numpy()
    found = table.loc[first, columns].set_axis(theirs[first]).reindex(ours)
    found = found.assign(**{word: found[word].fillna("") for word in LOOKUPS[name]})
    return found.set_axis(cells.index).add_prefix(f"{name}.")


def gather(name: str, cells: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Measure the rows that have the same key.

    Steps: aggregate
    """
    table = side_table(name, tables)
    keys = join_keys(name, cells, table)
    if PAST and name in PAST:
        found = gather_past(name, cells, table, keys)
    else:
        found = gather_all(name, table, keys)
        if SIDE_DATES and name in SIDE_DATES:
            found = found.assign(**gather_dates(name, cells, table, keys))
    return found.set_axis(cells.index).add_prefix(f"{name}.")


def gather_all(name: str, table: pd.DataFrame, keys: Keys) -> pd.DataFrame:
    """Measure all rows of a side table that have the same key."""
    ours, theirs = keys
    known = pd.Index(ours[ours != ""].unique())
    codes = known.get_indexer(pd.Index(theirs))
    rows = table[codes >= 0].reset_index(drop=True)
    group = pd.Series(codes[codes >= 0])
    found = {"rows": group.value_counts().reindex(range(len(known)), fill_value=0)}
    if SIDE_NUMBERS or HOPS > 1:
        found |= number_measures(name, rows, group)
    if SIDE_WORDS:
        found |= word_measures(name, table, theirs, known)
    if SIDE_CODES:
        found |= code_measures(name, rows, group)
    measures = pd.DataFrame(found, index=range(len(known))).astype("float32")
    gathered = measures.set_axis(known).reindex(ours)
    gathered["rows"] = gathered["rows"].fillna(0)
    if SIDE_WORDS or SIDE_TEXTS:
        gathered = gathered.assign(**gathered_words(name, rows, group, known, ours))
    return gathered


def number_measures(name: str, rows: pd.DataFrame, group: pd.Series) -> dict[str, pd.Series]:
    """Sum, mean, least, largest and spread of every column of numbers."""
    numbers = {column: to_numbers(rows[column]) for column in SIDE_NUMBERS.get(name, [])}
    if HOPS > 1:
        numbers |= {column: rows[column] for column in measures_in(rows)}
    found: dict[str, pd.Series] = {}
    for column, values in numbers.items():
        grouped = values.groupby(group)
        found[f"{column}, sum"] = grouped.sum()
        found[f"{column}, mean"] = grouped.mean()
        found[f"{column}, least"] = grouped.min()
        found[f"{column}, largest"] = grouped.max()
        found[f"{column}, spread"] = grouped.std()
    return found


def word_measures(
    name: str, table: pd.DataFrame, theirs: pd.Series, known: pd.Index
) -> dict[str, pd.Series]:
    """How often each frequent word occurs, how many there are, and how many keys have them.

    Where the table has one column of amounts, words are weighed by it, on a logarithmic scale.
    """
    group = known.get_indexer(pd.Index(theirs))
    held = group >= 0
    weights = np.ones(len(table))
    if SIDE_AMOUNTS and name in SIDE_AMOUNTS:
        weights = to_numbers(table[SIDE_AMOUNTS[name]]).fillna(0).to_numpy()
    found: dict[str, pd.Series] = {}
    for column, items in SIDE_WORDS.get(name, {}).items():
        place = pd.Index(items).get_indexer(pd.Index(table[column]))
        listed = held & (place >= 0)
        cell = group[listed] * len(items) + place[listed]
        sums = np.bincount(cell, weights[listed], len(known) * len(items))
        if SIDE_AMOUNTS and name in SIDE_AMOUNTS:
            sums = np.log1p(sums.clip(min=0))
        sums = sums.reshape(len(known), len(items))
        found |= {f"{column} {word}": pd.Series(sums[:, k]) for k, word in enumerate(items)}
        words = pd.DataFrame({"key": theirs.to_numpy(), "word": table[column].to_numpy()})
        once = words.assign(group=group).drop_duplicates(["key", "word"])
        once["keys"] = np.log1p(once["word"].map(once["word"].value_counts()).to_numpy())
        keys = once[once["group"] >= 0].groupby("group")["keys"]
        found[f"{column}, kinds"] = keys.size()
        found[f"{column}, rarest"] = keys.min()
        found[f"{column}, commonness"] = keys.mean()
    return found


def code_measures(name: str, rows: pd.DataFrame, group: pd.Series) -> dict[str, pd.Series]:
    """Least, mean and largest of the numbers at the end of words such as `part 12`."""
    found: dict[str, pd.Series] = {}
    for column in SIDE_CODES.get(name, []):
        number = to_numbers(rows[column].str.extract(r"(\d+)\s*$", expand=False).fillna(""))
        grouped = number.groupby(group)
        found[f"{column}, least number"] = grouped.min()
        found[f"{column}, mean number"] = grouped.mean()
        found[f"{column}, largest number"] = grouped.max()
    return found


def gathered_words(
    name: str, rows: pd.DataFrame, group: pd.Series, known: pd.Index, ours: pd.Series
) -> dict[str, pd.Series]:
    """The most frequent word of each column of words, and all texts in a row."""
    found: dict[str, pd.Series] = {}
    if SIDE_WORDS:
        for column in SIDE_WORDS.get(name, {}):
            words = pd.DataFrame({"group": group, "word": rows[column]})
            counts = words.value_counts(sort=False).reset_index()
            ranked = counts.sort_values(["count", "word"], ascending=[False, True])
            found[column] = ranked.drop_duplicates("group").set_index("group")["word"]
    if SIDE_TEXTS:
        for column in SIDE_TEXTS.get(name, []):
            found[column] = rows[column].groupby(group).agg("\n".join)
    return {
        column: words.set_axis(known[words.index]).reindex(ours).fillna("")
        for column, words in found.items()
    }


def gather_dates(
    name: str, cells: pd.DataFrame, table: pd.DataFrame, keys: Keys
) -> dict[str, np.ndarray]:
    """When the first and the last row of a key were, seen from the row that has the key."""
    ours, theirs = keys
    column, written = SIDE_DATES[name]
    days = elapsed(table[column], written).groupby(theirs.to_numpy()).agg(["min", "max"])
    days = days[days.index != ""].reindex(ours)
    first, last = days["min"].to_numpy(), days["max"].to_numpy()
    now = np.zeros(len(cells))
    if ROW_DATE:
        now = elapsed(cells[ROW_DATE["column"]], ROW_DATE["written"]).to_numpy()
    found = {
        f"{column}, days since the first": now - first,
        f"{column}, days since the last": now - last,
        f"{column}, days between": last - first,
    }
    return {title: days.astype("float32") for title, days in found.items()}


def elapsed(cells: pd.Series, written: str) -> pd.Series:
    """Days since 1970."""
    return (to_dates(cells, written) - pd.Timestamp(0)) / pd.Timedelta(days=1)


def gather_past(name: str, cells: pd.DataFrame, table: pd.DataFrame, keys: Keys) -> pd.DataFrame:
    """Measure those rows with the same key that lie before the row that has it.

    The test's own time is missing from such a table, so training rows may not see theirs.
    """
    column, written = SIDE_DATES[name]
    past = pd.DataFrame({"key": keys[1].to_numpy(), "day": elapsed(table[column], written)})
    numbers = {one: to_numbers(table[one]) for one in SIDE_NUMBERS.get(name, [])}
    past = past.assign(last=past["day"], **numbers)
    past = past[past["day"].notna() & (past["key"] != "")].sort_values("day", kind="stable")
    grouped = past.groupby("key")
    state = past[["key", "day", "last"]].assign(rows=grouped.cumcount() + 1)
    for one in numbers:
        sums = past[one].fillna(0).groupby(past["key"]).cumsum()
        seen = past[one].notna().groupby(past["key"]).cumsum()
        state[f"{one}, sum"] = sums
        state[f"{one}, mean"] = sums / seen.where(seen > 0)
        state[f"{one}, largest"] = grouped[one].cummax()
        state[f"{one}, last"] = grouped[one].ffill()
    now = elapsed(cells[ROW_DATE["column"]], ROW_DATE["written"]).to_numpy()
    asked = pd.DataFrame({"key": keys[0].to_numpy(), "day": now, "place": range(len(cells))})
    asked = asked.dropna().sort_values("day", kind="stable")
    found = pd.merge_asof(asked, state, on="day", by="key", allow_exact_matches=False)
    found["days since the last"] = found["day"] - found["last"]
    found = found.set_index("place").reindex(range(len(cells)))
    found["rows"] = found["rows"].fillna(0)
    return found.drop(columns=["key", "day", "last"]).astype("float32")
