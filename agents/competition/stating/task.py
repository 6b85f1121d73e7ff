"""Stating the task (paper: Task Analyzer, Sum_T): what is asked, read from data and description.

`state_task` never asks back and never writes. What it infers it says in `notes`, each with its
reason; what it cannot use it refuses with one sentence that says what to do.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.joining.joins import Found, find_joins, telling_columns
from agents.competition.reading.description import find_description, read_text
from agents.competition.reading.tables import date_format
from agents.competition.reading.words import quoted
from agents.competition.splitting.splits import groups_of_files
from agents.competition.stating.dictionary import without_dictionaries
from agents.competition.stating.ids import find_id, looks_like_id
from agents.competition.stating.layout import Layout, read_layout
from agents.competition.stating.left_out import without_columns
from agents.competition.stating.made_ids import with_made_ids
from agents.competition.stating.media import Role, row_files
from agents.competition.stating.pairing import (
    Pairing,
    pair_tables,
    without_answers,
    without_targets,
)
from agents.competition.stating.problem import settle
from agents.competition.stating.questions import id_question
from agents.competition.stating.spelling import most_telling
from agents.competition.stating.submission import Asked, state_submission
from agents.competition.stating.table_file import USUAL, Limits, TableFile
from agents.competition.stating.targets import (
    check_train,
    find_targets,
    unlabelled_note,
    without_constants,
)
from agents.errors import InputError
from agents.models import Frozen, GroupKey, MediaFolder, MetricChoice, RowFiles, Table, Task

_DATE_HEAD: Final = 2_000
_FILE_HEAD: Final = 1 << 16


class TaskOptions(Frozen):
    """What the user may say about the task; None leaves it to the data."""

    target: str | None = None
    """One column or several, separated by commas."""
    metric: str | None = None
    id: str | None = None
    words: str | None = None
    """Taken as the description, in place of whatever the folder says of itself."""
    drop: str | None = None
    """Columns that are not read, separated by commas."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The named target columns."""
        return _listed(self.target)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The columns that are not read."""
        return _listed(self.drop)


def _listed(names: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (names or "").split(",") if part.strip())


def state_task(folder: Path, options: TaskOptions, *, limits: Limits = USUAL) -> Task:
    """Read a competition folder and say what is asked.

    Args:
        folder: The competition; nothing is written into it.
        options: What the user said on the command line or in `iml.toml`.
        limits: How much of a table may be held in memory; what a longer table is searched for
            (keys, joins, dates) is then read from rows drawn at random.

    Returns:
        The task, complete: roles of tables, targets, id, metric, submission, groups, dates.

    Raises:
        InputError: The folder or an option cannot be used; one sentence says what to do.
    """
    layout = without_columns(read_layout(folder, limits), options.dropped)
    likely = most_telling(layout.tables).columns
    layout = without_dictionaries(layout, likely)
    described, text = None, options.words or ""
    if options.words is None:
        described = find_description(folder, layout.texts, likely)
        text = read_text(folder / described) if described else ""
    asked, settled = _asked(layout, options, text)
    task, further = _stated(layout, asked)
    notes = (
        *layout.notes,
        *asked.pairing.notes,
        *asked.columns.notes,
        *settled,
        *unlabelled_note(asked.pairing, asked.columns.targets),
        *_unused_notes(asked),
        _id_note(asked, options),
        _metric_note(asked.metric),
        *further,
        *_media_notes(layout, asked.pairing),
    )
    texts = {"description": described, "description_text": text, "notes": notes}
    return task.model_copy(update=texts)


def _asked(layout: Layout, options: TaskOptions, text: str) -> tuple[Asked, tuple[str, ...]]:
    """What is to be answered and how it is judged, with notes about the latter."""
    try:
        pairing = pair_tables(layout.tables, options.targets, text)
    except InputError as error:
        raise layout.blaming(error) from error
    if options.id is None:
        pairing = with_made_ids(pairing)
    id_column = find_id(pairing, options.id, options.targets)
    found = find_targets(pairing, options.targets, id_column, text)
    columns = without_constants(pairing, found)
    check_train(pairing.train, columns.targets)
    pairing = without_answers(without_targets(pairing, found.targets), columns.targets)
    settled = settle(pairing, columns, options.metric, text)
    open_id, id_doubts = id_question(pairing, id_column, options.id, columns.targets)
    asked = Asked(
        pairing,
        columns,
        id_column,
        settled.metric,
        settled.problem,
        settled.targets,
        settled.listed,
        tuple(one for one in (columns.question, open_id, settled.question) if one is not None),
    )
    return asked, (*id_doubts, *settled.notes)


def _stated(layout: Layout, asked: Asked) -> tuple[Task, tuple[str, ...]]:
    """The task without its texts, with notes about groups, joins and the submission."""
    pairing, columns = asked.pairing, asked.columns
    submission, written = state_submission(asked)
    groups, keys = _groups(pairing, columns.targets, asked.id_column)
    found = _joins(pairing, columns.targets)
    task = Task(
        name=layout.folder.resolve().name,
        problem=asked.problem,
        targets=asked.targets,
        id_column=asked.id_column,
        groups=groups,
        dates=_dates(pairing.train, columns.targets),
        metric=asked.metric,
        tables=_tables(layout, pairing),
        marker=pairing.marker,
        made_id=pairing.made_id,
        joins=found.joins,
        label_list=asked.listed.listed if asked.listed else None,
        renamed=dict(pairing.renamed),
        media=layout.media,
        files=_files(layout, pairing, columns.targets),
        submission=submission,
        open_questions=asked.questions,
    )
    return task, (*keys, *found.notes, *written)


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
    evidence = groups_of_files(pairing.train.drawn, pairing.test.drawn, features, id_column)
    return evidence.key, evidence.sentences if evidence.key is not None else ()


def _joins(pairing: Pairing, targets: Sequence[str]) -> Found:
    test = None if pairing.test is None else pairing.test.drawn
    sides = {table.path: _searched(table) for table in pairing.side}
    return find_joins(pairing.train.drawn, test, sides, targets)


def _searched(side: TableFile) -> pd.DataFrame:
    """All rows of a side table; of a long one only the columns that matter for joins are filled."""
    if side.is_whole:
        return side.cells
    telling = telling_columns(side.drawn)
    held = pd.concat(list(side.parts(telling)), ignore_index=True)
    blank = pd.Categorical.from_codes(np.zeros(len(held), dtype=np.int8), categories=pd.Index([""]))
    others = {name: blank for name in side.columns if name not in telling}
    return held.assign(**others)[list(side.columns)]


def _dates(train: TableFile, targets: Sequence[str]) -> tuple[str, ...]:
    head = train.head(_DATE_HEAD)
    return tuple(
        name
        for name in train.columns
        if name not in targets and date_format(head[name]) is not None
    )


def _tables(layout: Layout, pairing: Pairing) -> tuple[Table, ...]:
    """Every table as it lies there, with what it is for."""
    roles = [(pairing.train, "train"), (pairing.test, "test"), (pairing.sample, "sample")]
    roles += [(table, "side") for table in pairing.side]
    own = {table.path: table.table for table in layout.tables}
    return tuple(
        own[table.path].model_copy(update={"role": role, "rows": table.rows})
        for table, role in roles
        if table is not None
    )


def _unused_notes(asked: Asked) -> tuple[str, ...]:
    """Columns that only training rows have and that are not asked for."""
    pairing = asked.pairing
    if pairing.test is None:
        return ()
    answered = {*asked.columns.targets, *asked.columns.fixed}
    known = {*pairing.test.columns, *answered, asked.id_column}
    extra = [name for name in pairing.train.columns if name not in known]
    if not extra:
        return ()
    are, them = ("is", "it") if len(extra) == 1 else ("are", "them")
    return (
        f"{quoted(extra)} {are} known for training rows only and not asked for, so nothing is "
        f"learned from {them}.",
    )


def _id_note(asked: Asked, options: TaskOptions) -> str:
    pairing, id_column = asked.pairing, asked.id_column
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


def _files(layout: Layout, pairing: Pairing, targets: Sequence[str]) -> tuple[RowFiles, ...]:
    if not layout.media:
        return ()
    free = [name for name in pairing.train.columns if name not in targets]
    heads: dict[Role, pd.DataFrame] = {"train": pairing.train.head(_FILE_HEAD)[free]}
    if pairing.test is not None:
        heads["test"] = pairing.test.head(_FILE_HEAD)
    return row_files(layout.folder, layout.media, heads)


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
    head = train.head(20)
    for name in train.columns:
        cells = [cell for cell in head[name] if 0 < len(cell) < 200]
        names = [cell.removeprefix(f"{media.path}/") for cell in cells]
        if names and all(
            any((home / f"{name}{suffix}").is_file() for suffix in ("", *media.suffixes))
            for name in names
        ):
            return name
    return None
