"""Which rows play train and which play the test: views as values, before anything is written.

A played test looks exactly like the real one: the same columns in the same order, nothing of the
target, ids in the style of the real ones, media in the folder where the real test has its media.
Everything here is pure; `views` reads, writes and links.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from agents.competition.metrics.metrics import Array
from agents.competition.splitting.splits import labelled_rows
from agents.competition.stating.media import RowMedia, home_of, spelled
from agents.competition.stating.parts import with_labels
from agents.models import MediaFolder, SubmissionSpec, Task

UNSEEN = "never seen before"
"""The category that `odd` puts where no training row has it."""


@dataclass(frozen=True)
class Material:
    """What a competition holds, read once for all its views."""

    task: Task
    train: pd.DataFrame
    """Cells of the training table, or target and file of everything in the class folders."""
    test: pd.DataFrame | None
    sample: pd.DataFrame | None
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

    train: pd.DataFrame
    test: pd.DataFrame | None
    """None where a competition has no test."""
    sample: pd.DataFrame | None
    """The sample submission."""
    row_ids: list[str]
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
    ids: list[str] = []
    if material.test is not None:
        ids = real_ids(material)
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
    rows = material.train.iloc[test].reset_index(drop=True)
    kept = material.train.iloc[fit].reset_index(drop=True)
    table = _blinded(rows, material)
    moved = _moved_media(material, test)
    if moved is not None and moved[0] in table:
        table[moved[0]] = moved[1]
    ids = _played_ids(material, table, kept, moved)
    if material.task.id_column in table:
        table[material.task.id_column] = ids
    return Played(
        train=kept,
        test=table,
        sample=_constant_sample(material, ids),
        row_ids=ids,
        truth=with_labels(rows[material.targets], material.task),
        train_media=_kept_media(material, fit),
        test_media=[] if moved is None else moved[2],
    )


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


def real_ids(material: Material) -> list[str]:
    """Ids of the real test rows: its id column, else the sample submission's, else positions."""
    assert material.test is not None  # asked only where there is a test
    column = material.task.id_column
    for table in (material.test, material.sample):
        if column is not None and table is not None and column in table:
            return [str(cell) for cell in table[column]]
    return [str(place) for place in range(len(material.test))]


# --- variants of a played view ------------------------------------------------------------------


def with_shuffled_labels(played: Played, material: Material, seed: int) -> Played:
    """Labels dealt anew among the labelled training rows: nothing can be learnt from them.

    Files in class folders change places with each other.
    """
    chance = np.random.RandomState(seed)
    labelled = labelled_rows(played.train, material.targets)
    order = chance.permutation(labelled)
    train = played.train.copy()
    dealt = played.train.loc[order, material.targets].set_axis(labelled)
    train.loc[labelled, material.targets] = dealt
    classed = [folder for folder in material.task.media if folder.classes]
    places = [place for place in played.train_media if home_of(place, classed) is not None]
    files = [played.train_media[places[k]] for k in chance.permutation(len(places))]
    media = {**played.train_media, **dict(zip(places, files, strict=True))}
    return replace(played, train=train, train_media=media)


def with_test_rows(played: Played, rows: Array) -> Played:
    """Only these test rows, in this order."""
    assert played.test is not None  # a played view has one
    assert played.truth is not None  # and knows it
    sample = played.sample
    if sample is not None:
        lines = len(sample) // max(1, len(played.row_ids))
        places = (np.asarray(rows)[:, np.newaxis] * lines + np.arange(lines)).ravel()
        sample = sample.iloc[places].reset_index(drop=True)
    return replace(
        played,
        test=played.test.iloc[rows].reset_index(drop=True),
        sample=sample,
        row_ids=[played.row_ids[row] for row in rows],
        truth=played.truth.iloc[rows].reset_index(drop=True),
        test_media=[played.test_media[row] for row in rows] if played.test_media else [],
    )


def with_odd_cells(played: Played, keep: Sequence[str]) -> Played:
    """Unseen categories, one column entirely empty, one media file missing.

    Args:
        played: A played view.
        keep: Columns that stay as they are: ids, and names of files.
    """
    assert played.test is not None  # a played view has one
    test = played.test.copy()
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
    return replace(played, test=test, test_media=media)


def _holds_categories(cells: "pd.Series[str]") -> bool:
    """Whether cells are words that come again."""
    filled = cells[cells != ""]
    if filled.empty or pd.to_numeric(filled, errors="coerce").notna().mean() > 0.5:
        return False
    return filled.nunique() <= max(2, len(filled) // 2)


# --- the played test ----------------------------------------------------------------------------


def _blinded(rows: pd.DataFrame, material: Material) -> pd.DataFrame:
    """Rows with exactly the real test's columns; without a test, all but the targets."""
    if material.test is None:
        return rows.drop(columns=material.targets)
    known = rows.drop(columns=material.targets).to_dict("series")
    blank = pd.Series("", index=rows.index, dtype="str")
    marker = material.task.marker
    if marker is not None and marker.column in known:
        known[marker.column] = pd.Series(marker.test[0], index=rows.index, dtype="str")
    return pd.DataFrame({name: known.get(name, blank) for name in material.test.columns})


def _constant_sample(material: Material, ids: list[str]) -> pd.DataFrame | None:
    """The sample submission's header and first answers beside other ids."""
    if material.sample is None:
        return None
    submission = material.task.submission
    if submission is not None and submission.format == "long":
        return _constant_lines(material.sample, submission, ids)
    columns = {name: [material.sample[name].iloc[0]] * len(ids) for name in material.sample.columns}
    if submission is not None and submission.id_column is not None:
        columns[submission.id_column] = ids
    return pd.DataFrame(columns, dtype="str")


def _constant_lines(
    sample: pd.DataFrame, submission: SubmissionSpec, ids: list[str]
) -> pd.DataFrame:
    """A sample submission with a line for every row and class."""
    spoken = list(submission.class_columns.values())
    count = len(ids) * len(spoken)
    columns = {name: [sample[name].iloc[0]] * count for name in sample.columns}
    rows, kinds = np.repeat(np.array(ids, dtype=object), len(spoken)), spoken * len(ids)
    if len(submission.key_columns) > 1:
        columns |= dict(zip(submission.key_columns, (list(rows), kinds), strict=True))
    else:
        joined = zip(rows, kinds, strict=True)
        columns[submission.key_columns[0]] = [submission.joined_by.join(pair) for pair in joined]
    return pd.DataFrame(columns, dtype="str")


def _id_cells(rows: pd.DataFrame, task: Task) -> list[str]:
    if task.id_column is None or task.id_column not in rows:
        return []
    return [str(cell) for cell in rows[task.id_column]]


_Moved = tuple[str, list[str], list[tuple[str, str] | None]]
"""A column that names files, its new cells, and the place of each row's file in the view."""


def _played_ids(
    material: Material, table: pd.DataFrame, kept: pd.DataFrame, moved: _Moved | None
) -> list[str]:
    """Ids of played test rows: their own, unless train has none or they collide."""
    task = material.task
    if task.id_column is None:
        return [str(place) for place in range(len(table))]
    if moved is not None and moved[0] == task.id_column:
        return moved[1]
    if task.id_column in table and task.id_column in material.train:
        own = table[task.id_column]
        if own.is_unique and not kept[task.id_column].isin(own).any():
            return [str(cell) for cell in own]
    return _made_ids(material, table)


def _made_ids(material: Material, table: pd.DataFrame) -> list[str]:
    """Ids in the style of the real ones: composed of other cells, else fresh numbers."""
    column = material.task.id_column
    known = _id_cells(material.train, material.task)
    if material.test is not None:
        real = real_ids(material)
        others = material.test.drop(columns=[column], errors="ignore")
        template = id_template(real, others)
        if template is not None:
            delimiter, parts = template
            composed = _composed(table, parts, delimiter)
            if len(set(composed)) == len(composed):
                return composed
        known += real
    numbers = pd.to_numeric(pd.Series(known, dtype="str"), errors="coerce").dropna()
    first = int(numbers.max()) + 1 if len(numbers) else 0
    return [str(first + place) for place in range(len(table))]


def id_template(ids: Sequence[str], cells: pd.DataFrame) -> tuple[str, list[str]] | None:
    """How ids are composed of other cells of their rows, such as `Store_Dept_Date`.

    Returns:
        The delimiter and the columns in order, or None where ids are not so composed.
    """
    if not len(ids) or len(ids) != len(cells):
        return None
    head = cells.head(200)
    for delimiter in ("_", "-", ":", "|", "/", " ", "."):
        for column in head.columns:
            parts = _grown([column], list(ids[: len(head)]), head, delimiter)
            if parts is not None and len(parts) > 1:
                return delimiter, parts
    return None


def _grown(
    parts: list[str], ids: list[str], cells: pd.DataFrame, delimiter: str
) -> list[str] | None:
    """Extend a beginning of a template, column by column, until it spells every id."""
    spelling = _composed(cells, parts, delimiter)
    if spelling == ids:
        return parts
    begun = zip(ids, spelling, strict=True)
    if not all(text and name.startswith(text + delimiter) for name, text in begun):
        return None
    longer = ([*parts, column] for column in cells.columns if column not in parts)
    grown = (_grown(candidate, ids, cells, delimiter) for candidate in longer)
    return next((parts for parts in grown if parts is not None), None)


def _composed(cells: pd.DataFrame, parts: list[str], delimiter: str) -> list[str]:
    return [delimiter.join(row) for row in zip(*(cells[part] for part in parts), strict=True)]


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
    return open_folders[0] if open_folders else "played_test"


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
