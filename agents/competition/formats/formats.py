"""Formats turn answers into a submission file. They are copied as text into stand-alone programs.

A format needs nothing but numpy, pandas and the standard library. All take the same arguments:

    answers  `row_id` and a column a target (a column a class for probabilities of several classes)
    form     what `agents.competition.formats.forms.submission_form` says about the submission
    ids      the ids in the order in which they must be written
    path     the file to write

and raise `KeyError` if an id has no answer. Numbers are written so that they read back as the same
number, labels as they are.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents.competition.formats.forms import submission_form
from agents.models import Task


def write_submission(task: Task, answers: pd.DataFrame, ids: list[str], path: Path) -> None:
    """Write answers in the form that the task asks for; it must have a submission."""
    assert task.submission is not None  # asked only where there is a test
    write = {
        "row": write_row_format,
        "class_columns": write_class_columns_format,
        "long": write_long_format,
        "label_list": write_label_list_format,
    }[task.submission.format]
    write(answers, submission_form(task), ids, path)


def write_row_format(
    answers: pd.DataFrame, form: dict[str, Any], ids: list[str], path: Path
) -> None:
    """Write one line a row: its id, then its answers.

    Columns find their answers by name; where the submission calls one otherwise, by position.
    """
    names = [name for name in answers.columns if name != "row_id"]
    given = {form["id_column"], *form["fixed"]}
    asked = [name for name in form["columns"] if name not in given]
    sources = asked if set(asked) <= set(names) else names[: len(asked)]
    ordered = answers.set_index("row_id").loc[ids]
    cells = {name: [value] * len(ids) for name, value in form["fixed"].items()}
    cells[form["id_column"]] = list(ids)
    for name, source in zip(asked, sources, strict=True):
        cells[name] = [form["spelled"].get(word, word) for word in written(ordered[source])]
    write_lines(path, form["columns"], zip(*(cells[name] for name in form["columns"]), strict=True))


def write_class_columns_format(
    answers: pd.DataFrame, form: dict[str, Any], ids: list[str], path: Path
) -> None:
    """Write one line a row: its id, then a probability for every class, which sum to one."""
    ordered = answers.set_index("row_id").loc[ids]
    values = class_values(ordered, list(form["classes"]), form["positive"])
    total = values.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, values / np.where(total > 0, total, 1.0), 1 / values.shape[1])
    cells: dict[str, Any] = dict(zip(form["classes"].values(), shares.T, strict=True))
    cells |= {name: [value] * len(ids) for name, value in form["fixed"].items()}
    columns = [
        list(ids) if name == form["id_column"] else written(pd.Series(cells[name]))
        for name in form["columns"]
    ]
    write_lines(path, form["columns"], zip(*columns, strict=True))


def write_long_format(
    answers: pd.DataFrame, form: dict[str, Any], ids: list[str], path: Path
) -> None:
    """Write one line for every row and class (or target), row after row."""
    ordered = answers.set_index("row_id").loc[ids].assign(**form["fixed"])
    names = form["names"]
    if set(names) <= set(ordered.columns):
        words = {name: written(ordered[name]) for name in names}
    else:
        values = class_values(ordered, list(names), form["positive"])
        words = {
            name: written(pd.Series(column)) for name, column in zip(names, values.T, strict=True)
        }
    lines = []
    for place, row in enumerate(ids):
        for name, spoken in names.items():
            key = row if form["class_column"] else f"{row}{form['joined_by']}{spoken}"
            word = words[name][place]
            answer = form["spelled"].get(word, word)
            cells = {form["id_column"]: key, form["class_column"]: spoken, form["value"]: answer}
            lines.append([cells[column] for column in form["columns"]])
    write_lines(path, form["columns"], lines)


def write_label_list_format(
    answers: pd.DataFrame, form: dict[str, Any], ids: list[str], path: Path
) -> None:
    """Write one line a row: its id, then all its labels in one cell.

    Answers are a column a label that says 1 or 0, or one column of several guesses, best first.
    """
    ordered = answers.set_index("row_id").loc[ids]
    if len(ordered.columns) > 1:
        held = ordered[list(form["labels"])].astype("float64").to_numpy() > 0
        labels = np.array(list(form["labels"].values()), dtype=object)
        lists = [list(labels[row]) for row in held]
    else:
        lists = [str(cell).split() for cell in ordered.iloc[:, 0]]
    cells = [joined(items, form["joined_by"]) for items in lists]
    lines = [
        [row if name == form["id_column"] else cell for name in form["columns"]]
        for row, cell in zip(ids, cells, strict=True)
    ]
    write_lines(path, form["columns"], lines)


def joined(labels: list[str], joint: str) -> str:
    """All labels in one cell; `json` and `python` are lists in brackets."""
    if joint == "json":
        return json.dumps(labels, ensure_ascii=False)
    return str(labels) if joint == "python" else joint.join(labels)


def class_values(answers: pd.DataFrame, classes: list[str], positive: str) -> np.ndarray:
    """Probabilities of shape (rows, classes), whatever the answers are.

    Answers may be a column a class (one that is absent is never expected), the probability of the
    positive class, or the label itself.
    """
    if set(classes) & set(answers.columns) or len(answers.columns) > 1:
        columns = [answers.get(name, pd.Series(0.0, answers.index)) for name in classes]
        return np.column_stack(columns).astype(float).clip(0.0, 1.0)
    only = answers.iloc[:, 0]
    if only.dtype.kind not in "iuf":
        return np.column_stack([(only.astype("str") == name).to_numpy(float) for name in classes])
    probability = only.to_numpy(dtype=float).clip(0.0, 1.0)
    other = 1 - probability
    return np.column_stack([probability if name == positive else other for name in classes])


def repeat_cells(path: Path, cells: pd.DataFrame, columns: dict[str, str]) -> None:
    """Add to a submission what it repeats of the rows that it answers.

    Args:
        path: The submission, with its answers only, in the order of the rows.
        cells: The rows that are answered.
        columns: All headers in order, with the column of the rows that each repeats; "" for those
            that are written already.
    """
    answers = pd.read_csv(path, dtype="str", keep_default_na=False)
    given = {name: cells[source].to_list() for name, source in columns.items() if source}
    answers.assign(**given)[list(columns)].to_csv(path, index=False, lineterminator="\n")


def written(values: pd.Series) -> list[str]:
    """Cells: numbers with all their digits, anything else as it is."""
    if values.dtype.kind in "iuf":
        return [repr(float(value)) for value in values]
    return [str(value) for value in values]


def write_lines(path: Path, header: list[str], lines: Iterable[Sequence[str]]) -> None:
    """Write a csv file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
