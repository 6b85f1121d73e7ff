"""The submission check: every way in which a file would be refused, said before it is sent.

Each problem is one sentence: what is wrong, and how to mend it. Numbers are read as Python reads
them, so what passes here reads back everywhere. A suspicious but acceptable file gives warnings,
which are kept apart.
"""

import csv
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from agents.competition.formats.forms import label_names
from agents.competition.formats.label_lists import cell_labels
from agents.models import SubmissionCheck, SubmissionSpec, Task

_SHOWN = 3
"""How many examples a problem names."""
_SUM_TOLERANCE = 1e-6
"""How far the probabilities of a row may be from one in total."""


def check_submission(path: Path, task: Task, test_ids: Sequence[str] | None) -> SubmissionCheck:
    """Check a submission against what the task asks for.

    Args:
        path: The file.
        task: What is asked; it must have a submission.
        test_ids: Ids of the test rows in their order; None where they are unknown. Where the
            submission has no id column, only their number counts.

    Returns:
        The verdict, with every problem at once.
    """
    read = _read(path)
    if isinstance(read, str):
        return SubmissionCheck(valid=False, rows=0, problems=(read,))
    header, rows = read
    assert task.submission is not None  # asked only where there is a test
    problems = _shape_problems(header, rows, task.submission)
    if not problems:
        cells = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
        problems = _id_problems(cells, rows, task.submission, test_ids)
        answers = {one: cells[one] for one in cells if one not in _given(task.submission)}
        for name, column in answers.items():
            problems += _answer_problems(name, column, task)
        if not problems and answers and _shares(task):
            problems = _sum_problems(answers, task.submission)
    return SubmissionCheck(
        valid=not problems, rows=len(rows), problems=tuple(problems), digest=_digest(path)
    )


def submission_warnings(path: Path, task: Task) -> tuple[str, ...]:
    """What looks wrong with a file that would be accepted: constant columns, odd probabilities."""
    read = _read(path)
    if isinstance(read, str) or task.submission is None or len(read[1]) < 2:
        return ()
    header, rows = read
    warnings = []
    for name, column in zip(header, zip(*rows, strict=False), strict=False):
        if name in _given(task.submission):
            continue
        if len(set(column)) == 1:
            warnings.append(f"Column {name!r} answers {column[0]!r} for every row.")
        elif task.submission.answers == "probability" and not _all_within(column, 0.0, 1.0):
            warnings.append(f"Column {name!r} holds values outside 0 to 1: no probabilities.")
    return tuple(warnings)


def _read(path: Path) -> tuple[list[str], list[list[str]]] | str:
    """Header and rows without blank lines, or the sentence that says why there are none."""
    csv.field_size_limit(1 << 30)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except FileNotFoundError:
        return f"There is no file {path.name}; write the submission first."
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return f"{path.name} is not a readable UTF-8 csv ({error}); write it anew."
    if not rows:
        return f"{path.name} is empty; write a header and one line a test row."
    return rows[0], rows[1:]


def _shape_problems(
    header: list[str], rows: list[list[str]], submission: SubmissionSpec
) -> list[str]:
    wanted = list(submission.columns)
    if header != wanted:
        absent, unknown = set(wanted) - set(header), set(header) - set(wanted)
        reason = f"missing {_some(absent)}, unknown {_some(unknown)}"
        if not absent and not unknown:
            reason = "the columns are in another order"
        return [f"The header is not {','.join(wanted[:8])}: {reason}; write it exactly so."]
    ragged = [row for row in rows if len(row) != len(header)]
    if ragged:
        cells = f"{len(ragged[0])} cells instead of {len(header)}"
        return [
            f"{len(ragged)} lines have the wrong width (one has {cells}); quote commas in cells."
        ]
    return []


def _id_problems(
    cells: dict[str, tuple[str, ...]],
    rows: list[list[str]],
    submission: SubmissionSpec,
    test_ids: Sequence[str] | None,
) -> list[str]:
    if test_ids is not None and (submission.id_column is None or not rows):
        if len(rows) == len(test_ids):
            return []
        return [f"There are {len(rows)} rows for {len(test_ids)} test rows; write one for each."]
    if submission.id_column is None or not rows:
        return []
    name = " and ".join(_keys(submission))
    ids = [" ".join(key) for key in zip(*(cells[one] for one in _keys(submission)), strict=True)]
    if test_ids is not None and submission.format == "long":
        joint = " " if len(submission.key_columns) > 1 else submission.joined_by
        spoken = submission.class_columns.values()
        test_ids = [f"{row}{joint}{one}" for row in test_ids for one in spoken]
    twice = [one for one, count in Counter(ids).items() if count > 1]
    problems = []
    if twice:
        problems.append(f"{len(twice)} ids appear twice ({_some(twice)}); write each {name} once.")
    if test_ids is None:
        return problems
    missing, extra = set(test_ids) - set(ids), set(ids) - set(test_ids)
    if missing:
        problems.append(f"{len(missing)} test rows have no answer ({_some(missing)}); add them.")
    if extra:
        problems.append(f"{len(extra)} ids are not in the test ({_some(extra)}); remove them.")
    if not problems and list(ids) != list(test_ids):
        problems.append(f"The rows are not in the order of the test; sort them by its {name}.")
    return problems


def _answer_problems(name: str, column: tuple[str, ...], task: Task) -> list[str]:
    assert task.submission is not None  # checked by the caller's caller
    if task.submission.format == "label_list":
        return _list_problems(name, column, task)
    if task.submission.answers in {"label", "labels"}:
        return _label_problems(name, column, task.submission.labels)
    problems = _number_problems(name, column)
    if problems:
        return problems
    metric = task.metric.name
    if (metric == "log_loss" or _shares(task)) and not _all_within(column, 0.0, 1.0):
        return [f"Column {name!r} holds values outside 0 to 1; write probabilities."]
    if metric == "rmsle" and not _all_within(column, 0.0, math.inf):
        return [f"Column {name!r} holds negative numbers, which RMSLE refuses; clip them at 0."]
    return []


def _keys(submission: SubmissionSpec) -> tuple[str, ...]:
    """The columns that name rows instead of answering them."""
    if submission.format == "long":
        return submission.key_columns
    return () if submission.id_column is None else (submission.id_column,)


def _given(submission: SubmissionSpec) -> set[str]:
    """The columns that answer nothing of their own: row names, repeated cells, fixed answers."""
    return {*_keys(submission), *submission.repeated, *submission.fixed}


def _shares(task: Task) -> bool:
    """Whether a row's answers are shares of one whole."""
    spec = task.submission
    if spec is None or spec.format not in {"class_columns", "long"}:
        return False
    return spec.format == "class_columns" or (
        len(task.targets) == 1 and spec.answers == "probability"
    )


def _sum_problems(answers: dict[str, tuple[str, ...]], submission: SubmissionSpec) -> list[str]:
    """Rows whose probabilities do not sum to one, as a reader of the file adds them."""
    columns = list(answers.values())
    if submission.format == "long":
        lines = len(submission.class_columns)
        columns = [columns[0][place::lines] for place in range(lines)]
    totals = [math.fsum(map(float, row)) for row in zip(*columns, strict=True)]
    wrong = [total for total in totals if abs(total - 1) > _SUM_TOLERANCE]
    if not wrong:
        return []
    return [
        f"The probabilities of {len(wrong)} rows do not sum to one (one sums to {wrong[0]:.6g}); "
        "divide each by their sum."
    ]


def _list_problems(name: str, column: tuple[str, ...], task: Task) -> list[str]:
    """Cells of label lists that are empty, repeat a label or hold an unknown one."""
    assert task.submission is not None  # checked by the caller's caller
    known = {*label_names(task).values()} or {*task.targets[0].classes}
    joint = task.submission.joined_by
    try:
        lists = [cell_labels(cell, joint) for cell in column]
    except (ValueError, SyntaxError):
        return [f"Column {name!r} holds cells that are no lists in brackets; write them so."]
    problems = []
    empty = sum(not cell.strip() for cell in column)
    if empty:
        problems.append(f"Column {name!r} has {empty} empty cells; answer at least one label.")
    twice = sum(len({*items}) < len(items) for items in lists)
    if twice:
        problems.append(f"Column {name!r} repeats a label in {twice} cells; write each once.")
    strange = {label for items in lists for label in items} - known
    if strange:
        problems.append(
            f"Column {name!r} holds {_some(strange)}, none of the {len(known)} known labels; write "
            f"those with {joint!r} between them."
        )
    return problems


def _label_problems(name: str, column: tuple[str, ...], labels: Sequence[str]) -> list[str]:
    known = set(labels)
    values = {value for value in map(_number, labels) if value is not None}
    wrong = {cell for cell in set(column) - known if _number(cell) not in values}
    if not wrong:
        return []
    allowed = f"the {len(labels)} known labels ({_some(labels)})"
    return [f"Column {name!r} holds {_some(wrong)}, which is none of {allowed}; write one of them."]


def _number_problems(name: str, column: tuple[str, ...]) -> list[str]:
    numbers = [_number(cell) for cell in column]
    empty = sum(not cell.strip() for cell in column)
    if empty:
        return [f"Column {name!r} has {empty} empty cells; predict every row."]
    words = [cell for cell, value in zip(column, numbers, strict=True) if value is None]
    if words:
        return [f"Column {name!r} holds {_some(words)}, which is no number; write numbers only."]
    infinite = sum(value is not None and not math.isfinite(value) for value in numbers)
    if infinite:
        return [f"Column {name!r} has {infinite} missing or infinite numbers; predict finite ones."]
    return []


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _all_within(column: Sequence[str], low: float, high: float) -> bool:
    numbers = [_number(cell) for cell in column]
    return all(value is not None and low <= value <= high for value in numbers)


def _some(names: Sequence[str] | set[str]) -> str:
    """The first few of many names, quoted."""
    ordered = sorted(set(names))
    shown = ", ".join(repr(name) for name in ordered[:_SHOWN])
    return f"{shown}, …" if len(ordered) > _SHOWN else shown or "nothing"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
