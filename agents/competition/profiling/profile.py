"""Measuring the data (paper: Profiling Agent, F_meta).

`profile` goes through the whole tables once, in bounded memory. Above 100,000 rows distributions
and relations come from so many rows drawn at random, which the findings say; rows, empty cells and
repeated rows are counted over all, different values nearly so.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from agents.competition.profiling.adversarial import drift_of_all
from agents.competition.profiling.column import Sides, profile_column
from agents.competition.profiling.drift import MOST_ROWS, drift_by_chance
from agents.competition.profiling.findings import Facts, find_all, sampled
from agents.competition.profiling.leaks import find_leaks
from agents.competition.profiling.media import find_media
from agents.competition.profiling.quick import first_rows, lore_of, target_values
from agents.competition.profiling.readings import numeric
from agents.competition.profiling.resolution import MOST_ROWS as RESOLVED_ROWS
from agents.competition.profiling.resolution import Labelled, resolution_of, topics
from agents.competition.profiling.rows import Repeats, ceiling_of, repeated_rows
from agents.competition.profiling.semantics import Lore, Meaning, coordinates
from agents.competition.profiling.side_profile import profile_side
from agents.competition.reading.loading import iter_cells
from agents.competition.reading.stream import (
    BATCH_ROWS,
    Streamed,
    random_places,
    row_prints,
    stream,
)
from agents.competition.reading.tables import date_format, to_dates
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.splits import choose_split, labelled_rows
from agents.competition.splitting.vault import with_vault
from agents.competition.stating.parts import measured
from agents.models import ColumnProfile, Profile, SplitPlan, Table, Task

Progress = Callable[[str, float], None]


def profile(
    folder: Path, task: Task, progress: Progress, *, seed: int = 0, vault: bool = False
) -> Profile:
    """Measure the tables of a competition.

    Args:
        folder: The competition.
        task: As `state_task` stated it.
        progress: Told what is being measured and the share that is done, 0 to 1.
        seed: Of the split that is planned.
        vault: Whether to keep rows for the report, where the data allows it.

    Returns:
        Columns, findings, repeated rows, drift, the limits of any score, and the split with its
        evidence.
    """
    read = _read(folder, task, progress)
    sides = read.sides(task)
    progress("comparing train and test", 0.3)
    split = choose_split(task, read.train.kept, None if read.test is None else read.test.kept, seed)
    if vault:
        split = with_vault(task, read.train.kept, split)
    lore = lore_of(folder, task)
    columns = coordinates(list(_measured(sides, lore, progress)))
    progress("measuring the tables beside", 0.85)
    beside = profile_side(folder, task, sides, lore)
    progress("looking for what fools people", 0.9)
    # More threads cost more than they give on so little work, many times more on a busy machine.
    with threadpool_limits(limits=1):
        facts = _facts(task, columns, split, read, sides)
    findings = find_all(facts)
    files, media = find_media(folder, task, read.train.drawn)
    progress("done", 1.0)
    long = (sampled(len(sides.train)),) if read.train.long else ()
    return Profile(
        rows_train=read.train.rows,
        rows_test=None if read.test is None else read.test.rows,
        columns=columns,
        findings=(*findings, *files, *long),
        duplicates=facts.repeats.within_train,
        side=beside,
        media=media,
        drift=facts.drift,
        drift_chance=_chance(sides),
        ceiling=facts.repeats.ceiling,
        resolution=facts.resolution,
        split=split,
    )


# --- reading ------------------------------------------------------------------------------------


class _Read(NamedTuple):
    """Both sides after one pass, and the columns that make their rows equal."""

    train: Streamed
    test: Streamed | None
    shared: tuple[str, ...]

    def sides(self, task: Task) -> Sides:
        """The cells to be measured."""
        return Sides(
            self.train.drawn,
            None if self.test is None else self.test.drawn,
            targets=target_values(task, self.train.drawn),
            asked=task.targets,
            ordered=task.problem == "ordinal",
            long_train=self.train if self.train.long else None,
            long_test=self.test if self.test is not None and self.test.long else None,
        )


def _read(folder: Path, task: Task, progress: Progress) -> _Read:
    tables = [task.table("train"), task.table("test")]
    heads = [first_rows(folder, task, table) for table in tables]
    assert tables[0] is not None
    assert heads[0] is not None
    targets = [target.name for target in task.targets]
    aside = {*targets, *({task.id_column} - {*task.dates})}
    shared = tuple(
        str(name)
        for name in heads[0]
        if name not in aside and (heads[1] is None or name in heads[1])
    )
    total = sum(table.rows for table in tables if table is not None)
    streams: list[Streamed | None] = [None, None]
    for place, table in enumerate(tables):
        if table is not None:
            done = 0 if place == 0 or tables[0] is None else tables[0].rows
            batches = _told(_batches(folder, task, table), (table.path, done, total), progress)
            answers = targets if place == 0 else []
            streams[place] = stream(batches, table.rows, shared, answers)
    assert streams[0] is not None
    return _Read(streams[0], streams[1], shared)


def _batches(folder: Path, task: Task, table: Table) -> Iterator[pd.DataFrame]:
    for cells in iter_cells(folder, table, BATCH_ROWS):
        yield measured(cells, task, table)


def _told(
    batches: Iterator[pd.DataFrame], reading: tuple[str, int, int], progress: Progress
) -> Iterator[pd.DataFrame]:
    """The same batches, with a word on how far it is before each."""
    path, done, total = reading
    for cells in batches:
        progress(f"reading {path}", 0.3 * min(1.0, done / max(1, total)))
        done += len(cells)
        yield cells


def _measured(sides: Sides, lore: Lore, progress: Progress) -> Iterator[ColumnProfile]:
    for place, name in enumerate(sides.train):
        progress(f"measuring {name}", 0.35 + 0.55 * place / sides.train.shape[1])
        yield profile_column(str(name), sides, lore)


# --- what is measured on rows and on all columns together ---------------------------------------


def _facts(
    task: Task, columns: tuple[ColumnProfile, ...], split: SplitPlan, read: _Read, sides: Sides
) -> Facts:
    targets = set(sides.targets)
    features = [column for column in columns if column.name not in targets]
    drift, known = _all_features(features, sides)
    tested = 0 if sides.test is None else len(sides.test)
    return Facts(
        task=task,
        columns=columns,
        split=split,
        repeats=_repeats(task, read, sides),
        rows=(len(sides.train), tested),
        targets=sides.targets,
        leaks=find_leaks(sides, read.train.places, features),
        drift=drift,
        resolution=_resolution(task, split, features, (sides, known), read.train.rows),
        spans=tuple(_spans(columns, sides)),
    )


def _repeats(task: Task, read: _Read, sides: Sides) -> Repeats:
    """Repeated rows, where equal cells mean equal rows: no media and no side tables tell more."""
    if not read.shared or task.media or task.joins:
        return Repeats(0, 0, 0)
    counts = repeated_rows(read.train.prints, None if read.test is None else read.test.prints)
    return Repeats(*counts, ceiling_of(row_prints(sides.train, read.shared), sides.targets))


def _all_features(features: list[ColumnProfile], sides: Sides) -> tuple[float | None, np.ndarray]:
    """Drift of all columns together, and the features of the training rows used for it.

    Ids and dates are left out: they tell the test apart by what they are.
    """
    told = {
        column.name: Meaning.of(column)
        for column in features
        if column.in_test and column.semantic not in {"identifier", "date", "constant"}
    }
    both = [
        _some(side[list(told)], MOST_ROWS) for side in (sides.train, sides.test) if side is not None
    ]
    matrix = numeric(pd.concat(both, ignore_index=True), told)
    train, test = matrix[: len(both[0])], matrix[len(both[0]) :]
    return (drift_of_all(train, test) if sides.test is not None else None), train


def _resolution(
    task: Task,
    split: SplitPlan,
    features: list[ColumnProfile],
    known: tuple[Sides, np.ndarray],
    rows: int,
) -> float | None:
    """The smallest difference that can be seen, from at most 1,500 of the training rows.

    None where the test lies in the future: rows near in time fail together, and what rows drawn at
    random would promise is too good.
    """
    if split.time is not None or split.tail:
        return None
    sides, matrix = known
    cells = _some(sides.train, MOST_ROWS)
    labelled = labelled_rows(cells, [target.name for target in task.targets])
    share = len(labelled) / max(1, len(cells))
    chosen = labelled[random_places(len(labelled), RESOLVED_ROWS)]
    cells = cells.iloc[chosen]
    texts = [topics(cells[column.name]) for column in features if _is_text(column)]
    groups = None
    if split.key is not None:
        groups = pd.factorize(key_values(cells, split.key))[0]
    told = Labelled(
        np.column_stack([matrix[chosen], *texts]),
        cells[[target.name for target in task.targets]],
        groups,
    )
    return resolution_of(task, told, round(share * rows))


def _chance(sides: Sides) -> float | None:
    """How far the drift of a column strays where train and test are alike."""
    if sides.test is None:
        return None
    rows = [min(MOST_ROWS, len(side)) for side in (sides.train, sides.test)]
    return round(drift_by_chance(*rows), 5)


def _is_text(column: ColumnProfile) -> bool:
    return column.semantic == "text" and column.in_test


def _spans(columns: tuple[ColumnProfile, ...], sides: Sides) -> Iterator[tuple[str, str, str]]:
    """Dates whose range in the test is not that of train."""
    for column in columns:
        if column.semantic != "date" or not column.in_test or sides.test is None:
            continue
        written = date_format(sides.train[column.name])
        if written is None:
            continue
        ends = [
            to_dates(side[column.name], written).agg(["min", "max"])
            for side in (sides.train, sides.test)
        ]
        length = ends[0]["max"] - ends[0]["min"]
        moved = [abs(ends[1][end] - ends[0][end]) for end in ("min", "max")]
        if pd.notna(length) and max(moved) > 0.1 * length:
            words = [f"{end['min']:%Y-%m-%d} to {end['max']:%Y-%m-%d}" for end in ends]
            yield column.name, words[0], words[1]


def _some(cells: pd.DataFrame, most: int) -> pd.DataFrame:
    return cells.iloc[random_places(len(cells), most)]
