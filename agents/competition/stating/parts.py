"""The rows of one role out of a table as it is read, for the engine.

A table as it lies there may hold training and test rows together, may list several labels in one
cell, and may spell a column otherwise than the training table. What is measured, split and scored
goes through here; programs do the same by the literals of `agents.recipes.blocks.tables`.
"""

import pandas as pd

from agents.competition.formats.forms import label_names
from agents.competition.formats.label_lists import expand_labels
from agents.competition.stating.id_rules import ids_by_rule
from agents.models import Table, Task


def marked(cells: pd.DataFrame, column: str, test: list[str]) -> pd.Series:
    """Which rows of a table are to be predicted: those whose cell in `column` is one of `test`."""
    return cells[column].str.strip().isin(test)


def rows_of(cells: pd.DataFrame, task: Task, table: Table) -> pd.DataFrame:
    """The rows that a table's entry in the task stands for, with all its columns.

    The test's columns get the training table's names; its targets, where it has any, are emptied,
    and ids that only the sample submission writes are made.

    Args:
        cells: The whole table as it lies there.
        task: What is asked.
        table: Its entry: train, test, sample or side.
    """
    if table.role not in {"train", "test"}:
        return cells
    if table.role == "test" and task.renamed:
        cells = cells.rename(columns=task.renamed)
    made = task.made_id if table.role == "test" else None
    if made is not None and task.id_column and task.id_column not in cells:
        cells = cells.assign(**{task.id_column: ids_by_rule(cells, made)}).astype("str")
    if task.marker is None:
        return cells
    asked = marked(cells, task.marker.column, list(task.marker.test))
    rows = cells[asked if table.role == "test" else ~asked].reset_index(drop=True)
    if table.role == "test":
        rows = rows.assign(**dict.fromkeys(task.target_columns, ""))
    return rows


def measured(cells: pd.DataFrame, task: Task, table: Table) -> pd.DataFrame:
    """`rows_of`, as it is measured and compared: without what only marks rows, targets by name."""
    rows = rows_of(cells, task, table)
    if table.role not in {"train", "test"}:
        return rows
    aside = task.target_columns if table.role == "test" else []
    if task.marker is not None and task.marker.column not in task.target_columns:
        aside = [*aside, task.marker.column]
    return with_labels(rows.drop(columns=aside, errors="ignore"), task)


def with_labels(cells: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Training rows with a column a target, also where they list labels in one cell."""
    listed = task.label_list
    if listed is None or listed.column not in cells:
        return cells
    return expand_labels(cells, listed.column, listed.delimiter, label_names(task))
