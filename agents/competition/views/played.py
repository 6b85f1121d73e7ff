"""Which rows play train and which play the test: views as values, before anything is written.

A played test looks exactly like the real one: the same columns in the same order, nothing of the
target, ids in the style of the real ones, media in the folder where the real test has its media.
Tables are excerpts: a large one is gone through part by part only when it is written. Everything
here is pure; `views` reads, writes and links.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.metrics.metrics import Array
from agents.competition.splitting.splits import labelled_rows
from agents.competition.stating.id_rules import composed_ids, id_template
from agents.competition.stating.media import PLAYED_TEST, RowMedia, home_of, spelled
from agents.competition.stating.parts import with_labels
from agents.competition.views.excerpts import Excerpt, Source
from agents.models import MediaFolder, SubmissionSpec, Task

UNSEEN = "never seen before"
"""The category that `odd` puts where no training row has it."""
_TEMPLATE_ROWS: Final = 200
_LINES: Final = 1 << 16


@dataclass(frozen=True)
class Material:
    """What a competition holds, read once for all its views."""

    task: Task
    train: Excerpt
    """The training table, or target and file of everything in the class folders."""
    test: Excerpt | None
    sample: Excerpt | None
    train_media: RowMedia | None = None
    test_media: RowMedia | None = None
    media: tuple[str, ...] = ()
    """Every media file, relative to the competition."""
    neutral: Mapping[str, str] = field(default_factory=dict)
    """Names of the neutral twins by those paths."""

    @property
    def targets(self) -> list[str]:
        """Names of the columns that hold the targets."""
        return self.task.target_columns


@dataclass(frozen=True)
class Played:
    """One view as a value: train and test tables, and where media files lie in it."""

    train: Excerpt
    test: Excerpt | None
    """None where a competition has no test."""
    sample: Excerpt | None
    """The sample submission."""
    row_ids: "pd.Series[str]"
    """Of the test rows."""
    truth: pd.DataFrame | None = None
    """Targets of the test rows as the training table writes them."""
    train_media: dict[str, str] = field(default_factory=dict)
    """Place in the view to path in the competition, of files that only training rows own."""
    test_media: list[tuple[str, str] | None] = field(default_factory=list)
    """The same pair for every test row that names a file."""


# --- the real pair and played ones --------------------------------------------------------------


def play_real(material: Material) -> Played:
    """The competition as it is."""
    ids = pd.Series([], dtype="str") if material.test is None else real_ids(material)
    owned = material.test_media.paths if material.test_media else []
    return Played(
        train=material.train,
        test=material.test,
        sample=material.sample,
        row_ids=ids,
        train_media={path: path for path in training_media(material)},
        test_media=[None if path is None else (path, path) for path in owned],
    )


def play_rows(material: Material, fit: Array, test: Array) -> Played:
    """Some labelled training rows play the test.

    Args:
        material: What the competition holds.
        fit: Positions of the rows that stay in train.
        test: Positions of the rows that play the test.
    """
    rows, kept = material.train.take(test), material.train.take(fit)
    table = _blinded(rows, material)
    moved = _moved_media(material, test)
    if moved is not None and moved[0] in table.columns:
        table = table.replacing({moved[0]: pd.Series(moved[1], dtype="str")})
    ids = _played_ids(material, table, kept, moved)
    if material.task.id_column in table.columns:
        table = table.replacing({material.task.id_column: ids})
    return Played(
        train=kept,
        test=table,
        sample=_constant_sample(material, ids),
        row_ids=ids,
        truth=with_labels(rows.cells(material.targets), material.task),
        train_media=_kept_media(material, fit),
        test_media=[] if moved is None else moved[2],
    )


def held_columns(task: Task) -> list[str]:
    """The columns by which rows get their ids and their truth: those of a large table are held."""
    ids = [] if task.id_column is None else [task.id_column]
    asked = None if task.submission is None else task.submission.id_column
    return [*ids, *([] if asked is None else [asked]), *task.target_columns]


def training_media(material: Material) -> list[str]:
    """Files that belong to training: those of its rows and whatever lies in class folders."""
    owned = {path for path in _paths(material.train_media) if path is not None}
    classed = [folder for folder in material.task.media if folder.classes]
    held = [path for path in material.media if home_of(path, classed) is not None]
    return sorted(owned.union(held) - {path for path in _paths(material.test_media) if path})


def side_media(material: Material) -> list[str]:
    """Files that no row owns and no class folder holds: everybody sees them."""
    owned = {*training_media(material), *_paths(material.test_media)}
    return [path for path in material.media if path not in owned]


def real_ids(material: Material) -> "pd.Series[str]":
    """Ids of the real test rows: its id column, else the sample submission's, else positions."""
    assert material.test is not None  # asked only where there is a test
    column = material.task.id_column
    for table in (material.test, material.sample):
        if column is not None and table is not None and column in table.columns:
            return table.cells([column])[column]
    return _numbered(0, len(material.test))


# --- variants of a played view ------------------------------------------------------------------


def with_shuffled_labels(played: Played, material: Material, seed: int) -> Played:
    """Labels dealt anew among the labelled training rows: nothing can be learnt from them.

    Files in class folders change places with each other.
    """
    chance = np.random.RandomState(seed)
    cells = played.train.cells()
    labelled = labelled_rows(cells, material.targets)
    order = chance.permutation(labelled)
    train = cells.copy()
    dealt = cells.loc[order, material.targets].set_axis(labelled)
    train.loc[labelled, material.targets] = dealt
    classed = [folder for folder in material.task.media if folder.classes]
    places = [place for place in played.train_media if home_of(place, classed) is not None]
    files = [played.train_media[places[k]] for k in chance.permutation(len(places))]
    media = {**played.train_media, **dict(zip(places, files, strict=True))}
    return replace(played, train=Excerpt.of(train), train_media=media)


def with_test_rows(played: Played, rows: Array) -> Played:
    """Only these test rows, in this order."""
    assert played.test is not None  # a played view has one
    assert played.truth is not None  # and knows it
    sample = played.sample
    if sample is not None:
        lines = len(sample) // max(1, len(played.row_ids))
        places = (np.asarray(rows)[:, np.newaxis] * lines + np.arange(lines)).ravel()
        sample = _reordered(sample, places)
    return replace(
        played,
        test=_reordered(played.test, rows),
        sample=sample,
        row_ids=played.row_ids.iloc[rows].reset_index(drop=True),
        truth=played.truth.iloc[rows].reset_index(drop=True),
        test_media=[played.test_media[row] for row in rows] if played.test_media else [],
    )


def _reordered(rows: Excerpt, places: Array) -> Excerpt:
    """Some rows of a table, in any order."""
    return Excerpt.of(rows.cells().iloc[places].reset_index(drop=True))


def with_odd_cells(played: Played, keep: Sequence[str]) -> Played:
    """Unseen categories, one column entirely empty, one media file missing.

    Args:
        played: A played view.
        keep: Columns that stay as they are: ids, and names of files.
    """
    assert played.test is not None  # a played view has one
    test = played.test.cells().copy()
    free = [name for name in test.columns if name not in keep]
    words = [name for name in free if _holds_categories(test[name])]
    for name in words:
        test[name] = test[name].where(np.arange(len(test)) % 3 != 0, UNSEEN)
    emptied = next((name for name in free if name not in words), free[-1] if free else None)
    if emptied is not None:
        test[emptied] = ""
    media = list(played.test_media)
    if media:
        media[next((k for k, pair in enumerate(media) if pair is not None), 0)] = None
    return replace(played, test=Excerpt.of(test), test_media=media)


def _holds_categories(cells: "pd.Series[str]") -> bool:
    """Whether cells are words that come again."""
    filled = cells[cells != ""]
    if filled.empty or pd.to_numeric(filled, errors="coerce").notna().mean() > 0.5:
        return False
    return filled.nunique() <= max(2, len(filled) // 2)


# --- the played test ----------------------------------------------------------------------------


def _blinded(rows: Excerpt, material: Material) -> Excerpt:
    """Rows with exactly the real test's columns; without a test, all but the targets."""
    aside = material.targets
    if material.test is None:
        return rows.only([name for name in rows.columns if name not in aside])
    known = [name for name in rows.columns if name not in aside]
    cells = {name: "" for name in material.test.columns if name not in known}
    marker = material.task.marker
    if marker is not None and marker.column in known:
        cells[marker.column] = marker.test[0]
    return rows.only(material.test.columns).replacing(cells)


def _constant_sample(material: Material, ids: "pd.Series[str]") -> Excerpt | None:
    """The sample submission's header and first answers beside other ids."""
    if material.sample is None:
        return None
    submission, columns = material.task.submission, material.sample.columns
    first = material.sample.head(1).iloc[0]
    answers = {name: str(first[name]) for name in columns}
    if submission is not None and submission.format == "long":
        return Excerpt.whole(_constant_lines(answers, submission, ids))
    named = None if submission is None else submission.id_column
    rows = Excerpt.of(ids.to_frame("" if named is None else named))
    return rows.only(columns).replacing({name: answers[name] for name in columns if name != named})


def _constant_lines(
    answers: dict[str, str], submission: SubmissionSpec, ids: "pd.Series[str]"
) -> Source:
    """A sample submission with a line for every row and class."""
    spoken = list(submission.class_columns.values())

    def lines(rows: "pd.Series[str]") -> pd.DataFrame:
        count = len(rows) * len(spoken)
        columns: dict[str, list[str]] = {name: [cell] * count for name, cell in answers.items()}
        named, kinds = np.repeat(rows.to_numpy(dtype=object), len(spoken)), spoken * len(rows)
        if len(submission.key_columns) > 1:
            columns |= dict(zip(submission.key_columns, (list(named), kinds), strict=True))
        else:
            joined = zip(named, kinds, strict=True)
            key = submission.key_columns[0]
            columns[key] = [submission.joined_by.join(pair) for pair in joined]
        return pd.DataFrame(columns, dtype="str")

    def read(names: Sequence[str]) -> Iterator[pd.DataFrame]:
        for start in range(0, max(1, len(ids)), _LINES):
            yield lines(ids.iloc[start : start + _LINES])[list(names)]

    return Source(tuple(answers), len(ids) * len(spoken), pd.DataFrame(), read)


_Moved = tuple[str, list[str], list[tuple[str, str] | None]]
"""A column that names files, its new cells, and the place of each row's file in the view."""


def _played_ids(
    material: Material, table: Excerpt, kept: Excerpt, moved: _Moved | None
) -> "pd.Series[str]":
    """Ids of played test rows: their own, unless train has none or they collide."""
    column = material.task.id_column
    if column is None:
        return _numbered(0, len(table))
    if moved is not None and moved[0] == column:
        return pd.Series(moved[1], dtype="str")
    if column in table.columns and column in material.train.columns:
        own = table.cells([column])[column]
        if own.is_unique and not kept.cells([column])[column].isin(own).any():
            return own
    return _made_ids(material, table, column)


def _made_ids(material: Material, table: Excerpt, column: str) -> "pd.Series[str]":
    """Ids in the style of the real ones: composed of other cells, else fresh numbers."""
    in_train = column in material.train.columns
    known = [material.train.cells([column])[column]] if in_train else []
    if material.test is not None:
        real = real_ids(material)
        others = material.test.only([name for name in material.test.columns if name != column])
        template = None
        if len(real) == len(material.test):
            head = others.head(_TEMPLATE_ROWS)
            template = id_template(list(real.head(_TEMPLATE_ROWS)), head)
        if template is not None:
            delimiter, parts = template
            composed = pd.Series(composed_ids(table.cells(parts), parts, delimiter), dtype="str")
            if composed.is_unique:
                return composed
        known.append(real)
    cells = pd.concat(known, ignore_index=True) if known else pd.Series([], dtype="str")
    numbers = pd.to_numeric(cells, errors="coerce").dropna()
    return _numbered(int(numbers.max()) + 1 if len(numbers) else 0, len(table))


def _numbered(first: int, count: int) -> "pd.Series[str]":
    """Whole numbers in order, as text."""
    return pd.Series(np.arange(first, first + count)).astype("str")


# --- media --------------------------------------------------------------------------------------


def _paths(owners: RowMedia | None) -> list[str | None]:
    return [] if owners is None else owners.paths


def _kept_media(material: Material, fit: Array) -> dict[str, str]:
    """Files of the rows that train, and those that no row owns, at their own places."""
    owned = _paths(material.train_media)
    if not owned:
        return {path: path for path in training_media(material)}
    here = {owned[row] for row in fit}
    absent = {path for row, path in enumerate(owned) if path not in here}
    return {path: path for path in training_media(material) if path not in absent}


def _moved_media(material: Material, test: Array) -> _Moved | None:
    """Where files of played test rows lie, and how their rows name them."""
    owners = material.train_media
    if owners is None:
        return None
    like = material.test_media or owners
    folder = _test_folder(material)
    places: list[tuple[str, str] | None] = []
    cells = []
    for row in test:
        path = owners.paths[row]
        place = None if path is None else _moved(path, folder, material)
        places.append(None if path is None or place is None else (place, path))
        cells.append("" if place is None else spelled(place, folder, like.style))
    return like.column, cells, places


def _test_folder(material: Material) -> str:
    """Where the real test has its media; a new folder where there is nothing to go by."""
    for path in _paths(material.test_media):
        home = None if path is None else home_of(path, material.task.media)
        if home is not None:
            return home.path
    open_folders = [folder.path for folder in material.task.media if not folder.classes]
    return open_folders[0] if open_folders else PLAYED_TEST


def _moved(path: str, folder: str, material: Material) -> str:
    """A class folder's file gets a neutral name; others keep theirs, which their row names."""
    home = home_of(path, material.task.media)
    assert home is not None  # only files of media folders are matched
    if home.path == folder:
        return path
    pure = PurePosixPath(path)
    name = material.neutral[path] if home.classes else pure.relative_to(home.path).as_posix()
    return f"{folder}/{name}"


def class_rows(task: Task, paths: Sequence[str]) -> pd.DataFrame:
    """The rows of a competition without a training table: one a file of its class folders.

    Args:
        task: What is asked; its only target is the class.
        paths: All media files, relative to the competition.

    Returns:
        Cells: the target, and the file under the name of the id column (or `file`).
    """
    folders: list[MediaFolder] = [folder for folder in task.media if folder.classes]
    rows = []
    for path in paths:
        home = home_of(path, folders)
        if home is not None:
            inner = PurePosixPath(path).relative_to(home.path)
            rows.append((inner.parts[0], path))
    return pd.DataFrame(rows, columns=[task.targets[0].name, "file"], dtype="str")
