"""Measuring the data (paper: Profiling Agent, F_meta).

`quick_columns` looks at the first rows, fast enough to be shown while everything else starts;
`profile` measures the whole tables. Above 200,000 rows shares, distributions and relations come
from so many rows drawn at random, which the findings say; counts of rows are always exact.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.column import Sides, profile_column
from agents.competition.description import find_dictionary, read_text
from agents.competition.findings import find_all, sampled
from agents.competition.layout import read_texts
from agents.competition.rows import repeated_rows
from agents.competition.semantics import Lore, read_dictionary
from agents.competition.splits import choose_split
from agents.competition.tables import read_cells
from agents.models import ColumnProfile, Profile, Table, Task

QUICK_ROWS: Final = 5_000
MEASURED_ROWS: Final = 200_000


def quick_columns(folder: Path, task: Task) -> tuple[ColumnProfile, ...]:
    """Profile the columns from the first rows of both tables, in about a second."""
    train = _cells(folder, task.table("train"), QUICK_ROWS)
    test = _cells(folder, task.table("test"), QUICK_ROWS)
    assert train is not None
    sides = Sides(train, test, targets=target_values(task, train))
    lore = _lore(folder, task)
    return tuple(profile_column(str(name), sides, lore) for name in train)


def profile(
    folder: Path, task: Task, progress: Callable[[str, float], None], *, seed: int = 0
) -> Profile:
    """Measure the tables of a competition.

    Args:
        folder: The competition.
        task: As `state_task` stated it.
        progress: Told what is being measured and the share that is done, 0 to 1.
        seed: Of the split that is planned.

    Returns:
        Columns, findings, repeated rows and the split with its evidence.
    """
    progress("reading the tables", 0.0)
    train = _cells(folder, task.table("train"), None)
    test = _cells(folder, task.table("test"), None)
    assert train is not None
    progress("comparing train and test", 0.15)
    split = choose_split(task, train, test, seed)
    progress("looking for repeated rows", 0.3)
    repeats = repeated_rows(task, train, test)
    measured = _drawn(train), None if test is None else _drawn(test)
    sides = Sides(*measured, targets=target_values(task, measured[0]), whole_train=train)
    columns = tuple(_measured(sides, _lore(folder, task), progress))
    progress("looking for what fools people", 0.97)
    rows = len(sides.train), 0 if sides.test is None else len(sides.test)
    findings = find_all(task, columns, split, repeats, rows)
    progress("done", 1.0)
    return Profile(
        rows_train=len(train),
        rows_test=None if test is None else len(test),
        columns=columns,
        findings=(*findings, *([sampled(rows[0])] if rows[0] < len(train) else [])),
        duplicates=repeats.within_train,
        split=split,
    )


def _measured(
    sides: Sides, lore: Lore, progress: Callable[[str, float], None]
) -> Iterator[ColumnProfile]:
    for place, name in enumerate(sides.train):
        progress(f"measuring {name}", 0.4 + 0.55 * place / sides.train.shape[1])
        yield profile_column(str(name), sides, lore)


def target_values(task: Task, train: pd.DataFrame) -> dict[str, tuple[np.ndarray, bool]]:
    """Every target as numbers or class codes (NaN where unknown), and whether it has classes."""
    values = {}
    for target in task.targets:
        cells = train[target.name]
        if target.kind == "number":
            values[target.name] = (pd.to_numeric(cells, errors="coerce").to_numpy(float), False)
        else:
            codes = pd.Categorical(cells, categories=list(target.classes)).codes.astype(float)
            values[target.name] = (np.where(codes < 0, np.nan, codes), True)
    return values


def _cells(folder: Path, table: Table | None, rows: int | None) -> pd.DataFrame | None:
    if table is None:
        return None
    path = folder / table.path
    return read_cells(path, delimiter=table.delimiter, encoding=table.encoding, rows=rows)


def _drawn(cells: pd.DataFrame) -> pd.DataFrame:
    if len(cells) <= MEASURED_ROWS:
        return cells
    return cells.sample(MEASURED_ROWS, random_state=0).sort_index()


def _lore(folder: Path, task: Task) -> Lore:
    train = task.table("train")
    columns = train.columns if train is not None else ()
    texts = read_texts(folder)
    found = find_dictionary(folder, texts, columns)
    dictionary = read_text(folder / found) if found else ""
    source = dictionary or task.description_text
    return Lore(
        id_column=task.id_column,
        values=read_dictionary(source, columns),
        words=f"{task.description_text}\n{dictionary}",
    )
