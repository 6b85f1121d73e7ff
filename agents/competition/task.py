"""Stating the task (paper: Task Analyzer, Sum_T): what is asked, read from data and description.

`state_task` never asks back and never writes. What it infers it says in `notes`, each with its
reason; what it cannot use it refuses with one sentence that says what to do.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.description import find_description, named_targets, read_text
from agents.competition.keys import separating_key
from agents.competition.layout import Layout, TableFile, read_layout
from agents.competition.metric_choice import default_metric, metric_of_option, read_metric
from agents.competition.metrics import METRICS, metric_named
from agents.competition.pairing import Pairing, find_id, looks_like_id, pair_tables
from agents.competition.splits import labelled_rows
from agents.competition.tables import TRUE_WORDS, date_format, to_booleans
from agents.errors import InputError
from agents.models import (
    Frozen,
    GroupKey,
    MetricChoice,
    ProblemType,
    SubmissionSpec,
    Table,
    Target,
    Task,
)

FEWEST_ROWS: Final = 10
_MOST_INTEGER_CLASSES: Final = 20
_MOST_LEVELS: Final = 12
_MOST_CLASSES_SHARE: Final = 0.5
_TARGET_NAMES: Final = frozenset(
    {"target", "label", "labels", "class", "y", "outcome", "response", "output"}
)
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


class _Columns(NamedTuple):
    """The columns to be predicted, their names in the submission, and why they."""

    targets: tuple[str, ...]
    written: tuple[str, ...]
    note: str


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
    columns = _find_targets(pairing, options.targets, id_column, text)
    _check_train(pairing.train, columns.targets)
    metric, problem, targets = _judge(pairing, columns, options, text)
    submission, written = _submission(pairing, columns, id_column, metric, targets)
    groups, keys = _groups(pairing, columns.targets, id_column)
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
        notes=(
            *pairing.notes,
            columns.note,
            _id_note(pairing, id_column, options),
            _metric_note(metric),
            *keys,
            *written,
            *_media_notes(layout, pairing),
        ),
    )


# --- targets ------------------------------------------------------------------------------------


def _find_targets(
    pairing: Pairing, wanted: Sequence[str], id_column: str | None, text: str
) -> _Columns:
    train, sample = pairing.train, pairing.sample
    asked = tuple(name for name in sample.columns if name != id_column) if sample else ()
    if wanted:
        return _Columns(tuple(wanted), _as_written(asked, wanted), "The target was given.")
    only = tuple(
        name
        for name in train.columns
        if name != id_column and (pairing.test is None or name not in pairing.test.columns)
    )
    if asked and set(asked) <= set(only):
        assert sample is not None
        note = f"To be predicted: {_quoted(asked)}, because {sample.path} asks for it."
        return _Columns(asked, asked, note)
    found, reason = _hinted(train, only, text, alone=pairing.test is None)
    if not found:
        raise InputError(
            f"Nothing tells which column of {train.path} is to be predicted (it could be "
            f"{_some(only)}): say --target NAME."
        )
    return _Columns(
        found, _as_written(asked, found), f"To be predicted: {_quoted(found)}, because {reason}"
    )


def _hinted(
    train: TableFile, only: Sequence[str], text: str, *, alone: bool
) -> tuple[tuple[str, ...], str]:
    """Choose among the columns that only the training table has (or all, where it is alone)."""
    if len(only) == 1 and not alone:
        return (only[0],), "only the training table has it."
    if len(named := [name for name in only if name.lower() in _TARGET_NAMES]) == 1:
        return (named[0],), "its name says so."
    told = named_targets(text, only)
    if told and (not alone or len(told) == 1):
        return told, "the description says so."
    if not alone and only and all(train.cells[name].nunique() == 2 for name in only):
        return tuple(only), "only the training table has them, and each has two values."
    return (), ""


def _as_written(asked: Sequence[str], targets: Sequence[str]) -> tuple[str, ...]:
    return tuple(asked) if len(asked) == len(targets) else tuple(targets)


def _check_train(train: TableFile, targets: Sequence[str]) -> None:
    if missing := [name for name in targets if name not in train.columns]:
        raise InputError(f"{train.path} has no column {missing[0]!r}: say --target NAME.")
    cells = train.cells
    labelled = cells.iloc[labelled_rows(cells, list(targets))]
    if len(labelled) < FEWEST_ROWS:
        raise InputError(
            f"{train.path} has {_counted(len(labelled), 'row')} with a known {_quoted(targets)}: "
            f"at least {FEWEST_ROWS} are needed to learn anything."
        )
    for name in targets:
        if labelled[name].nunique() < 2:
            raise InputError(
                f"The target {name!r} has the value {labelled[name].iloc[0]!r} in every row of "
                f"{train.path}: choose another column with --target NAME."
            )


# --- metric and problem -------------------------------------------------------------------------


def _judge(
    pairing: Pairing, columns: _Columns, options: TaskOptions, text: str
) -> tuple[MetricChoice, ProblemType, tuple[Target, ...]]:
    """Settle metric, problem and kinds of targets together, since each depends on the others."""
    several = len(columns.targets) > 1
    if options.metric is not None:
        told: MetricChoice | None = metric_of_option(options.metric, several=several)
    else:
        told = read_metric(text, several=several)
    fractional = _sample_is_fractional(pairing, columns)
    targets = tuple(
        _target(pairing.train, name, told.name if told else None, whole=not fractional)
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
        probabilities=_sample_is_between(pairing, columns),
        text=text,
        several=several,
        misfit=misfit,
    )
    return metric, problem, targets


def _target(train: TableFile, name: str, metric: str | None, *, whole: bool) -> Target:
    cells = train.cells
    known = cells[name].iloc[labelled_rows(cells, [name])].str.strip()
    numbers = pd.to_numeric(known, errors="coerce")
    if numbers.notna().all() and _is_quantity(numbers, metric, whole=whole):
        return Target(name=name, kind="number")
    classes = _sorted_labels(known)
    if len(classes) > max(_MOST_INTEGER_CLASSES, _MOST_CLASSES_SHARE * len(known)):
        raise InputError(
            f"The target {name!r} holds {len(classes):,} different texts in {len(known):,} rows "
            f"(such as {classes[0]!r}): classes or numbers can be predicted, free text cannot."
        )
    return Target(name=name, kind="class", classes=classes, positive=_positive(classes))


def _is_quantity(numbers: pd.Series, metric: str | None, *, whole: bool) -> bool:
    """Whether a target written in digits is an amount; the metric decides where there is one."""
    distinct = numbers.nunique()
    if metric is not None and metric_named(metric).answers == "number":
        return True
    if metric is not None:
        whole = bool((numbers % 1 == 0).all())
        return distinct > max(_MOST_INTEGER_CLASSES, _MOST_CLASSES_SHARE * len(numbers) * whole)
    if distinct == 2:
        return False
    return bool((numbers % 1 != 0).any() or distinct > _MOST_INTEGER_CLASSES or not whole)


def _sorted_labels(cells: pd.Series) -> tuple[str, ...]:
    labels = sorted(str(label) for label in cells.unique())
    numbers = pd.to_numeric(pd.Series(labels), errors="coerce")
    if numbers.notna().all():
        return tuple(label for _, label in sorted(zip(numbers.tolist(), labels, strict=True)))
    return tuple(labels)


def _positive(classes: Sequence[str]) -> str | None:
    if len(classes) != 2:
        return None
    true = [label for label in classes if label.lower() in TRUE_WORDS]
    return true[0] if len(true) == 1 else classes[1]


def _problem(targets: Sequence[Target], told: MetricChoice | None) -> ProblemType:
    kinds = {target.kind for target in targets}
    if kinds == {"number"}:
        return "regression"
    if len(targets) > 1:
        if kinds == {"class"} and all(len(target.classes) == 2 for target in targets):
            return "multilabel"
        raise InputError(
            f"The targets {_some([target.name for target in targets])} are of different kinds: "
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
        f"The metric {metric.name} cannot judge {held} ({_quoted([t.name for t in targets])}): use "
        f"one of {', '.join(fitting)}."
    )


# --- the submission -----------------------------------------------------------------------------


def _submission(
    pairing: Pairing,
    columns: _Columns,
    id_column: str | None,
    metric: MetricChoice,
    targets: tuple[Target, ...],
) -> tuple[SubmissionSpec | None, tuple[str, ...]]:
    if pairing.test is None:
        return None, ()
    _check_sample(pairing, id_column, targets)
    kind = metric_named(metric.name).answers
    if kind == "probability" and any(len(target.classes) > 2 for target in targets):
        raise InputError(
            f"The metric {metric.name} of {len(targets[0].classes)} classes asks for one column a "
            "class, a form of submission that is not written yet: use --metric accuracy."
        )
    header = columns.written if id_column is None else (id_column, *columns.written)
    if pairing.sample is not None:
        header = pairing.sample.columns
    labels, notes = _labels(pairing, columns, targets) if kind == "label" else ((), ())
    spec = SubmissionSpec(columns=header, id_column=id_column, answers=kind, labels=labels)
    return spec, notes


def _check_sample(pairing: Pairing, id_column: str | None, targets: Sequence[Target]) -> None:
    sample, test = pairing.sample, pairing.test
    if sample is None or test is None:
        return
    asked = [name for name in sample.columns if name != id_column]
    if len(asked) != len(targets):
        remedy = (
            f"name all of them with --target, or remove {sample.path}"
            if set(asked) <= set(pairing.train.columns)
            else "this form of submission is not written yet"
        )
        raise InputError(
            f"{sample.path} asks for {_counted(len(asked), 'column')} ({_some(asked)}) where "
            f"{_counted(len(targets), 'target')} would be predicted "
            f"({_some([target.name for target in targets])}): {remedy}."
        )
    if id_column is not None and set(sample.cells[id_column]) != set(test.cells[id_column]):
        strange = set(sample.cells[id_column]) ^ set(test.cells[id_column])
        raise InputError(
            f"{sample.path} and {test.path} disagree about the rows to answer ({id_column} = "
            f"{min(strange)!r} is in one only): mend or remove {sample.path}."
        )


def _labels(
    pairing: Pairing, columns: _Columns, targets: Sequence[Target]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How answers are written, in the order of the classes; the sample's spelling goes first."""
    classes = targets[0].classes
    if any(target.classes != classes for target in targets):
        return (), ()
    if pairing.sample is None:
        return classes, ()
    written = set(pairing.sample.cells[columns.written[0]].str.strip())
    spelled = _respelled(classes, written)
    if spelled == classes:
        return classes, ()
    return spelled, (
        f"Answers are written as {' and '.join(spelled[:2])}, as in {pairing.sample.path}, where "
        f"{pairing.train.path} writes {' and '.join(classes[:2])}.",
    )


def _respelled(classes: tuple[str, ...], written: set[str]) -> tuple[str, ...]:
    """The classes in the sample's spelling where that maps one to one, else as they are."""
    if written <= set(classes):
        return classes
    spellings = [("0", "1"), ("False", "True"), ("false", "true"), ("FALSE", "TRUE"), ("no", "yes")]
    spellings += [("No", "Yes"), ("N", "Y"), ("n", "y"), ("0.0", "1.0"), ("F", "T")]
    truths = to_booleans(pd.Series(list(classes), dtype="str")).tolist()
    if sorted(truths) == [0.0, 1.0]:
        for pair in spellings:
            if written <= set(pair):
                return tuple(pair[int(truth)] for truth in truths)
    numbers = pd.to_numeric(pd.Series(list(classes)), errors="coerce")
    if numbers.notna().all() and (numbers % 1 == 0).all():
        whole = tuple(str(int(number)) for number in numbers)
        if written <= set(whole) and len(set(whole)) == len(classes):
            return whole
    return classes


def _sample_answers(pairing: Pairing, columns: _Columns) -> pd.Series:
    """All answers of the sample as numbers, one below the other; empty without a sample."""
    if pairing.sample is None:
        return pd.Series([], dtype="float64")
    names = [name for name in columns.written if name in pairing.sample.columns]
    cells = [pairing.sample.cells[name] for name in names]
    return pd.to_numeric(pd.concat(cells), errors="coerce") if cells else pd.Series([], dtype=float)


def _sample_is_fractional(pairing: Pairing, columns: _Columns) -> bool:
    return bool((_sample_answers(pairing, columns) % 1 > 0).any())


def _sample_is_between(pairing: Pairing, columns: _Columns) -> bool:
    answers = _sample_answers(pairing, columns)
    return bool(len(answers) and answers.between(0, 1).all() and (answers % 1 > 0).any())


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
    because = "its name and" if looks_like_id(id_column) else ""
    return f"`{id_column}` names the rows, by {because} values that never repeat.".replace(
        "  ", " "
    )


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
        column = _naming_column(layout.folder, pairing.train, media.path)
        named = f"; `{column}` names them" if column else ""
        notes.append(f"{media.path}/ holds {media.files:,} media files{by}{named}.")
    return tuple(notes)


def _naming_column(folder: Path, train: TableFile, media: str) -> str | None:
    """The column whose cells are paths of files in that folder."""
    for name in train.columns:
        cells = train.cells[name].head(20)
        if len(cells) and all(
            (folder / media / cell).is_file() or (folder / cell).is_file()
            for cell in cells
            if cell and "\0" not in cell and len(cell) < 200
        ):
            return name
    return None


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:8]) + (", …" if len(names) > 8 else "")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
