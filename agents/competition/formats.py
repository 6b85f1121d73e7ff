"""Formats turn answers into a submission file. They are copied as text into stand-alone programs.

A format therefore needs nothing but numpy, pandas and the standard library, and calls nothing else
of this module.
"""

import csv
from pathlib import Path

import pandas as pd

from agents.models import Task


def spellings(task: Task) -> dict[str, str]:
    """How the submission writes each label, where that differs from the training table."""
    if task.submission is None or not task.submission.labels:
        return {}
    pairs = zip(task.targets[0].classes, task.submission.labels, strict=True)
    return {label: written for label, written in pairs if label != written}


def write_row_format(
    answers: pd.DataFrame,
    columns: list[str],
    id_column: str | None,
    ids: list[str],
    spelled: dict[str, str],
    path: Path,
) -> None:
    """Write one line a row: its id, then its answers.

    Args:
        answers: `row_id` and a column a target. Numbers are written so that they read back as
            the same number, labels as they are.
        columns: The header, in order. Columns find their answers by name; where the submission
            calls one otherwise, by position.
        id_column: Which of `columns` holds the id, or None.
        ids: The ids in the order in which they must be written.
        spelled: Labels that the submission writes otherwise than the answers do.
        path: The file to write.

    Raises:
        KeyError: If an id has no answer.
    """
    names = [name for name in answers.columns if name != "row_id"]
    asked = [name for name in columns if name != id_column]
    sources = asked if set(asked) <= set(names) else names[: len(asked)]
    ordered = answers.set_index("row_id").loc[ids]
    cells: dict[str, list[str]] = {} if id_column is None else {id_column: list(ids)}
    for name, source in zip(asked, sources, strict=True):
        values = ordered[source]
        numeric = values.dtype.kind in "iuf"
        words = [repr(float(value)) if numeric else str(value) for value in values]
        cells[name] = [spelled.get(word, word) for word in words]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(cells[name] for name in columns), strict=True))
