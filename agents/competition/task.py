"""Stating the task (paper: Task Analyzer, Sum_T): what is asked, read from data and description.

`state_task` never asks back and never writes. What it infers it says in `notes`, each with its
reason; what it cannot use it refuses with one sentence that says what to do.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from agents.competition.description import find_description, read_text
from agents.competition.keys import separating_key
from agents.competition.layout import Layout, TableFile, read_layout
from agents.competition.metric_choice import default_metric, metric_of_option, read_metric
from agents.competition.metrics import METRICS, metric_named
from agents.competition.pairing import (
    Pairing,
    find_id,
    looks_like_id,
    pair_tables,
    without_answers,
)
from agents.competition.submission import (
    sample_is_between,
    sample_is_fractional,
    state_submission,
)
from agents.competition.tables import date_format
from agents.competition.targets import TargetColumns, check_train, find_targets, read_target
from agents.competition.words import quoted, some
from agents.errors import InputError
from agents.models import (
    Frozen,
    GroupKey,
    MediaFolder,
    MetricChoice,
    ProblemType,
    Table,
    Target,
    Task,
)

_MOST_LEVELS: Final = 12
_DATE_HEAD: Final = 2_000


class TaskOptions(Frozen):
    """What the user may say about the task; None leaves it to the data."""

    target: str | None = None
    """One column or several, separated by commas."""
    metric: str | None = None
    id: str | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """The named target columns."""
        return tuple(part.strip() for part in (self.target or "").split(",") if part.strip())


def state_task(folder: Path, options: TaskOptions) -> Task:
    """Read a competition folder and say what is asked.

    Args:
        folder: The competition; nothing is written into it.
        options: What the user said on the command line or in `iml.toml`.

    Returns:
        The task, complete: roles of tables, targets, id, metric, submission, groups, dates.

    Raises:
        InputError: The folder or an option cannot be used; one sentence says what to do.
    """
    layout = read_layout(folder)
    pairing = pair_tables(layout.tables, options.targets)
    described = find_description(folder, layout.texts, pairing.train.columns)
    text = read_text(folder / described) if described else ""
    id_column = find_id(pairing, options.id, options.targets)
    columns = find_targets(pairing, options.targets, id_column, text)
    check_train(pairing.train, columns.targets)
    pairing = without_answers(pairing, columns.targets)
    metric, problem, targets = _judge(pairing, columns, options, text)
    submission, spelling = state_submission(pairing, columns, id_column, metric, targets)
    groups, keys = _groups(pairing, columns.targets, id_column)
    notes = (columns.note, _id_note(pairing, id_column, options), _metric_note(metric))
    return Task(
        name=folder.resolve().name,
        problem=problem,
        targets=targets,
        id_column=id_column,
        groups=groups,
        dates=_dates(pairing.train, columns.targets),
        metric=metric,
        tables=_tables(pairing),
        media=layout.media,
        description=described,
        description_text=text,
        submission=submission,
        notes=(*pairing.notes, *notes, *keys, *spelling, *_media_notes(layout, pairing)),
    )


# --- metric and problem -------------------------------------------------------------------------


def _judge(
    pairing: Pairing, columns: TargetColumns, options: TaskOptions, text: str
) -> tuple[MetricChoice, ProblemType, tuple[Target, ...]]:
    """Settle metric, problem and kinds of targets together, since each depends on the others."""
    several = len(columns.targets) > 1
    if options.metric is not None:
        told: MetricChoice | None = metric_of_option(options.metric, several=several)
    else:
        told = read_metric(text, several=several)
    fractional = sample_is_fractional(pairing, columns)
    targets = tuple(
        read_target(pairing.train, name, told.name if told else None, whole=not fractional)
        for name in columns.targets
    )
    problem = _problem(targets, told)
    misfit = ""
    if told is not None and (misfit := _misfit(told, problem, targets)):
        if told.source == "option":
            raise InputError(misfit)
        told = None
        text = ""
    metric = told or default_metric(
        problem,
        probabilities=sample_is_between(pairing, columns),
        text=text,
        several=several,
        misfit=misfit,
    )
    return metric, problem, targets


def _problem(targets: Sequence[Target], told: MetricChoice | None) -> ProblemType:
    kinds = {target.kind for target in targets}
    if kinds == {"number"}:
        return "regression"
    if len(targets) > 1:
        if kinds == {"class"} and all(len(target.classes) == 2 for target in targets):
            return "multilabel"
        raise InputError(
            f"The targets {some([target.name for target in targets])} are of different kinds: "
            "several targets must be all numbers or all of two values, so name one with --target."
        )
    classes = targets[0].classes
    if told is not None and told.name == "kappa" and _are_levels(classes):
        return "ordinal"
    return "binary" if len(classes) == 2 else "multiclass"


def _are_levels(classes: Sequence[str]) -> bool:
    numbers = pd.to_numeric(pd.Series(list(classes)), errors="coerce")
    return bool(
        2 < len(classes) <= _MOST_LEVELS and numbers.notna().all() and (numbers % 1 == 0).all()
    )


def _misfit(metric: MetricChoice, problem: ProblemType, targets: Sequence[Target]) -> str:
    """Why a metric cannot judge these targets, or ""."""
    if metric_named(metric.name).suits(problem):
        return ""
    fitting = [name for name, other in METRICS.items() if other.suits(problem)]
    what = {"regression": "amounts", "multilabel": "several labels", "binary": "two classes"}
    held = what.get(problem, f"{len(targets[0].classes)} classes")
    return (
        f"The metric {metric.name} cannot judge {held} ({quoted([t.name for t in targets])}): use "
        f"one of {', '.join(fitting)}."
    )


# --- the rest -----------------------------------------------------------------------------------


def _groups(
    pairing: Pairing, targets: Sequence[str], id_column: str | None
) -> tuple[GroupKey | None, tuple[str, ...]]:
    if pairing.test is None:
        return None, ()
    features = [
        name
        for name in pairing.train.columns
        if name in pairing.test.columns and name not in targets
    ]
    evidence = separating_key(pairing.train.cells, pairing.test.cells, features, id_column)
    return evidence.key, evidence.sentences if evidence.key is not None else ()


def _dates(train: TableFile, targets: Sequence[str]) -> tuple[str, ...]:
    head = train.cells.head(_DATE_HEAD)
    return tuple(
        name
        for name in train.columns
        if name not in targets and date_format(head[name]) is not None
    )


def _tables(pairing: Pairing) -> tuple[Table, ...]:
    roles = [(pairing.train, "train"), (pairing.test, "test"), (pairing.sample, "sample")]
    roles += [(table, "side") for table in pairing.side]
    return tuple(
        Table.model_validate(
            {
                "path": table.path,
                "role": role,
                "rows": len(table.cells),
                "columns": table.columns,
                "encoding": table.encoding,
                "delimiter": table.delimiter,
            }
        )
        for table, role in roles
        if table is not None
    )


def _id_note(pairing: Pairing, id_column: str | None, options: TaskOptions) -> str:
    if id_column is None:
        return "No column names the rows, so they are numbered from 0."
    if options.id is not None:
        return f"`{id_column}` names the rows, as given."
    if id_column not in pairing.train.columns:
        return f"`{id_column}` names the rows to answer; {pairing.train.path} has no ids."
    if pairing.sample is not None:
        return f"`{id_column}` names the rows, because {pairing.sample.path} repeats it."
    because = "its name and its values" if looks_like_id(id_column) else "its values"
    return f"`{id_column}` names the rows, by {because}, which never repeat."


def _metric_note(metric: MetricChoice) -> str:
    if metric.source == "description":
        return f'The metric is {metric.title}, read from the description: "{metric.words}"'
    if metric.source == "option":
        return f"The metric is {metric.title}, as given."
    return f"The metric is {metric.title} by default: {metric.words}."


def _media_notes(layout: Layout, pairing: Pairing) -> tuple[str, ...]:
    notes = []
    for media in layout.media:
        by = f", one folder for each of {len(media.classes)} classes" if media.classes else ""
        column = _naming_column(layout.folder, pairing.train, media)
        named = f"; `{column}` names them" if column else ""
        notes.append(f"{media.path}/ holds {media.files:,} media files{by}{named}.")
    return tuple(notes)


def _naming_column(folder: Path, train: TableFile, media: MediaFolder) -> str | None:
    """The training column whose cells name files of that folder, with or without a suffix."""
    home = folder / media.path
    for name in train.columns:
        cells = [cell for cell in train.cells[name].head(20) if 0 < len(cell) < 200]
        names = [cell.removeprefix(f"{media.path}/") for cell in cells]
        if names and all(
            any((home / f"{name}{suffix}").is_file() for suffix in ("", *media.suffixes))
            for name in names
        ):
            return name
    return None
