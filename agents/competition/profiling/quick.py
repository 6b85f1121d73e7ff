"""The first look at the columns: fast enough to be shown while everything else starts.

It needs no learning library, which would take longer to load than all that is measured here.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.profiling.column import Sides, profile_column
from agents.competition.profiling.semantics import Lore, coordinates, read_dictionary
from agents.competition.reading.description import find_dictionary, read_text
from agents.competition.reading.loading import load_cells
from agents.competition.stating.dictionary import dictionary_entries
from agents.competition.stating.layout import read_texts
from agents.competition.stating.parts import measured
from agents.models import ColumnProfile, Table, Task

QUICK_ROWS: Final = 5_000
QUICK_COLUMNS: Final = 300


def quick_columns(folder: Path, task: Task) -> tuple[ColumnProfile, ...]:
    """Profile the first columns from the first rows of both tables, in about a second."""
    train, test = (first_rows(folder, task, task.table(role)) for role in ("train", "test"))
    assert train is not None
    sides = Sides(
        train,
        test,
        targets=target_values(task, train),
        asked=task.targets,
        ordered=task.problem == "ordinal",
    )
    lore = lore_of(folder, task)
    return coordinates(
        [profile_column(str(name), sides, lore) for name in [*train][:QUICK_COLUMNS]]
    )


def first_rows(folder: Path, task: Task, table: Table | None) -> pd.DataFrame | None:
    """The first rows of a table as they are measured, or None without a table."""
    if table is None:
        return None
    return measured(load_cells(folder, table, rows=QUICK_ROWS), task, table)


def target_values(task: Task, train: pd.DataFrame) -> dict[str, tuple[np.ndarray, bool]]:
    """Every target as numbers or class codes (NaN where unknown), and whether it has classes."""
    values = {}
    for target in task.targets:
        cells = train[target.name]
        if target.kind == "number":
            values[target.name] = (pd.to_numeric(cells, errors="coerce").to_numpy(float), False)
        else:
            codes = pd.Index(target.classes).get_indexer(pd.Index(cells)).astype(float)
            values[target.name] = (np.where(codes < 0, np.nan, codes), True)
    return values


def lore_of(folder: Path, task: Task) -> Lore:
    """What description and data dictionary say about the columns."""
    train = task.table("train")
    columns = train.columns if train is not None else ()
    texts = read_texts(folder)
    found = find_dictionary(folder, texts, columns)
    dictionary = read_text(folder / found) if found else ""
    entries = dictionary_entries(folder, task)
    values = {name: entry.values for name, entry in entries.items() if entry.values}
    return Lore(
        id_column=task.id_column,
        values=values | read_dictionary(dictionary or task.description_text, columns),
        words=f"{task.description_text}\n{dictionary}",
        codes=frozenset(name for name, entry in entries.items() if entry.kind == "category"),
    )
