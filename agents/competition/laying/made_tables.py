"""Tables that a competition of media only implies: which files to learn from, which to answer.

Some competitions have no table of test rows, because the sample submission names the files in the
test's folder; some have no training table either, because the names of files or of their folders
are the labels. Both are made here as values, from names alone. Files whose names hold labels get
neutral ones, since a blind row must not tell its answer.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

import pandas as pd

from agents.competition.laying.joint_tables import JointTable
from agents.competition.laying.named_labels import NamedLabels, labels_in_names, positive_label
from agents.competition.reading.description import find_description, read_text
from agents.competition.reading.files import list_files
from agents.competition.reading.loading import describe, holds_table
from agents.competition.reading.words import counted, some
from agents.competition.stating.layout import (
    RECORD_SUFFIXES,
    media_folders,
    read_texts,
    record_homes,
)
from agents.competition.stating.media import RowMedia, home_of, match_rows, spelled
from agents.competition.stating.table_file import TableFile
from agents.errors import InputError
from agents.models import MediaFolder

_HEAD: Final = 2_000
_FEWEST_PIXELS: Final = 20
_SAMPLE_WORDS: Final = ("sample", "submission")
_ASKING_WORDS: Final = ("test", "eval", "predict", "unlabel", "unknown", "new", "holdout")


@dataclass(frozen=True)
class MadeTables:
    """Tables by name, files by their new places, and a sentence about each."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    """The new place of a file by its old one."""
    notes: tuple[str, ...] = ()


def made_tables(
    folder: Path, places: Sequence[str], joint: Sequence[JointTable] = ()
) -> MadeTables:
    """Make the tables that a competition of media, or of pieces, implies and does not hold.

    Args:
        folder: The competition.
        places: Where its media files are to lie.
        joint: Tables that are put together of pieces, which neither teach nor ask.

    Raises:
        InputError: Files would have to be answered by files.
    """
    records = _record_files(folder)
    media = media_folders([*places, *records])
    if not media and not joint:
        return MadeTables()
    tables = _tables(folder, {*records, *(path for one in joint for path in one.paths)})
    samples = [one for one in tables if any(word in one.stem for word in _SAMPLE_WORDS)]
    others = [one for one in tables if one not in samples]
    for sample in samples if joint else ():
        if (made := _asked_of_joint(folder, sample, others, joint)) is not None:
            return made
    for sample in samples if media else ():
        rows = match_rows(sample.cells, media, [*places, *records])
        if rows is not None and sample.is_unique(rows.column):
            made = _Maker(folder, media, [*places, *records], others).for_sample(sample, rows)
            return made if made.moved.keys().isdisjoint(records) else MadeTables()
    for sample in samples:
        _refuse_pixels(sample, media, places, others)
    if not tables and places:
        return _Maker(folder, media, places, ()).for_folders()
    return MadeTables()


def _asked_of_joint(
    folder: Path, sample: TableFile, others: Sequence[TableFile], joint: Sequence[JointTable]
) -> MadeTables | None:
    """Test rows that only a sample submission lists, one each, while pieces tell of them."""
    keys = [
        name
        for name in sample.columns
        if sample.is_unique(name) and any(name in table.columns for table in others)
    ]
    if len(keys) != 1 or any(_lists(table, sample, keys[0]) for table in others):
        return None
    key = keys[0]
    told = [one for one in joint if key in one.pieces[0].columns.values()]
    asked = sample.values(key).difference(*(one.values(folder, key) for one in told))
    if asked or not told:
        return None
    name = _free("test.csv", others)
    note = f"{name} is made of the rows that {sample.path} names, since no other table lists them."
    return MadeTables({name: sample.cells[[key]]}, notes=(note,))


def _lists(table: TableFile, sample: TableFile, key: str) -> bool:
    """Whether a table has a row for each that the sample asks for."""
    return any(
        table.is_unique(name) and table.holds_values(name, sample, key) for name in table.columns
    )


def _record_files(folder: Path) -> list[str]:
    """Files of tables or texts that come one a row, as media do; they stay where they lie."""
    files = list_files(folder).files
    homes = record_homes(files)
    return [
        one.path
        for one in files
        if str(PurePosixPath(one.path).parent) in homes
        and PurePosixPath(one.path).suffix.lower() in RECORD_SUFFIXES
    ]


def _tables(folder: Path, pieces: Collection[str]) -> list[TableFile]:
    """Tables that can be read; those that cannot are spoken of when the task is stated."""
    found = []
    for file in list_files(folder).files:
        if file.path in pieces:
            continue
        try:
            if holds_table(folder, file.path):
                found += [TableFile(folder, table) for table in describe(folder, file.path)]
        except InputError:
            continue
    return found


def _refuse_pixels(
    sample: TableFile,
    media: Sequence[MediaFolder],
    places: Sequence[str],
    others: Sequence[TableFile],
) -> None:
    """Refuse a sample with a line for each of the many parts of a file."""
    for name in sample.columns:
        heads = sample.head(_HEAD)[name].str.extract(r"^(.+?)_\d+(?:_\d+)?$", expand=False)
        whole = heads.dropna().drop_duplicates()
        if others or not len(whole) or _FEWEST_PIXELS * len(whole) > min(sample.rows, _HEAD):
            continue
        if match_rows(whole.to_frame("file").astype("str"), media, places) is not None:
            raise InputError(
                f"{sample.path} asks for a value for each pixel or part of a file ({name} = "
                f"{sample.head(1)[name].iloc[0]!r}), and no table holds such values: answering "
                "pictures by pictures is not possible here, only by classes or amounts in a table."
            )


@dataclass(frozen=True)
class _Maker:
    """Makes tables for one competition."""

    folder: Path
    media: Sequence[MediaFolder]
    places: Sequence[str]
    others: Sequence[TableFile]
    """Its tables but sample submissions."""

    def for_sample(self, sample: TableFile, rows: RowMedia) -> MadeTables:
        """The tables beside a sample submission whose rows name files."""
        key, answers = rows.column, [name for name in sample.columns if name != rows.column]
        if any(self._asks(table, sample, key) for table in self.others):
            return MadeTables()
        asked = {path for path in rows.paths if path is not None}
        made = MadeTables()
        taught = [one for one in self.others if self._teaches(one, answers, asked)]
        if not taught:
            made = self._taught(sample, rows, answers)
            if not made.tables:
                return made
        cells = sample.cells[[key]]
        naming = self._naming(taught[0], asked) if taught else None
        if naming is not None and naming != key and naming not in answers:
            cells = cells.assign(**{naming: cells[key]})
        name = _free("test.csv", self.others)
        note = f"{name} is made of the rows that {sample.path} names, since no other table does."
        return MadeTables({**made.tables, name: cells}, made.moved, (*made.notes, note))

    def for_folders(self) -> MadeTables:
        """The tables of folders called after classes, and of files that lie in none of these."""
        classed = [folder for folder in self.media if folder.classes]
        taught = [path for path in self.places if home_of(path, classed) is not None]
        homes = [one.path for one in self.media if not one.classes and _asks_by_name(one.path)]
        asked = [path for path in self.places if str(PurePosixPath(path).parent) in homes]
        found = labels_in_names(taught, asked, ())
        if found is None:
            return MadeTables()
        told = found._replace(where=f"{found.where}: {some(sorted({*found.labels.values()}))}")
        made = self._training_table(told, "file", "label", "name", asked)
        if not asked:
            return made
        cells = pd.DataFrame({"file": [PurePosixPath(path).name for path in asked]}, dtype="str")
        note = f"test.csv is made of the {counted(len(asked), 'file')} in {some(homes)}."
        return MadeTables({**made.tables, "test.csv": cells}, made.moved, (*made.notes, note))

    def _asks(self, table: TableFile, sample: TableFile, key: str) -> bool:
        """Whether a table holds the rows that the sample asks for."""
        return any(table.holds_values(name, sample, key) for name in table.columns)

    def _teaches(self, table: TableFile, answers: Sequence[str], asked: set[str]) -> bool:
        return bool(set(answers) & set(table.columns)) or self._naming(table, asked) is not None

    def _naming(self, table: TableFile, asked: set[str]) -> str | None:
        """The column of a table that names files that are not asked for."""
        rows = match_rows(table.head(_HEAD), self.media, self.places)
        return None if rows is None or asked & {*rows.paths} else rows.column

    def _taught(self, sample: TableFile, rows: RowMedia, answers: Sequence[str]) -> MadeTables:
        """A training table of the files that the sample does not ask for, labelled by their names.

        A side folder, such as one of further pictures, may hold no labels.
        """
        asked = sorted({path for path in rows.paths if path is not None})
        homes = {home.path for path in asked if (home := home_of(path, self.media)) is not None}
        free = [path for path in self.places if path not in {*asked}]
        apart = [path for path in free if str(PurePosixPath(path).parent) not in homes]
        classes = answers if len(answers) > 1 else ()
        found = labels_in_names(apart or free, asked, classes)
        if found is None:
            return MadeTables()
        answer = answers[0] if len(answers) == 1 else "label"
        coded = self._coded(found, sample, answers)
        return self._training_table(coded, rows.column, answer, rows.style, asked)

    def _coded(self, found: NamedLabels, sample: TableFile, answers: Sequence[str]) -> NamedLabels:
        """Two labels as 0 and 1, where the sample answers with numbers."""
        labels = sorted({*found.labels.values()})
        told = found._replace(where=f"{found.where}: {some(labels)}")
        if len(answers) != 1 or len(labels) != 2 or labels == ["0", "1"]:
            return told
        if pd.to_numeric(sample.head(_HEAD)[answers[0]], errors="coerce").isna().any():
            return told
        positive = positive_label(labels, answers[0], self._text())
        where = f"{told.where} ({positive} is 1)"
        coded = {path: str(int(label == positive)) for path, label in found.labels.items()}
        return NamedLabels(coded, where)

    def _text(self) -> str:
        described = find_description(self.folder, read_texts(self.folder), ())
        return read_text(self.folder / described) if described else ""

    def _training_table(
        self, found: NamedLabels, key: str, answer: str, style: str, asked: Sequence[str]
    ) -> MadeTables:
        """A row a file, under names that tell nothing, in an order that tells nothing."""
        ordered = sorted(found.labels, key=lambda path: hashlib.sha256(path.encode()).digest())
        stems = [PurePosixPath(path).stem for path in asked]
        numbers = [int(stem) for stem in stems if stem.isdecimal()]
        first = 1 + (max(numbers) if stems and len(numbers) == len(stems) else 0)
        prefix = "" if first > 1 else "train_"
        home = _common_home(ordered)
        moved = {
            path: f"{home}/{prefix}{number}{PurePosixPath(path).suffix}"
            for number, path in enumerate(ordered, start=first)
        }
        cells = {
            key: [spelled(moved[path], home, style) for path in ordered],
            answer: [found.labels[path] for path in ordered],
        }
        name = _free("train.csv", self.others)
        note = (
            f"{name} is made of the {counted(len(ordered), 'file')} in {home}/, whose labels stand "
            f"in {found.where}."
        )
        return MadeTables({name: pd.DataFrame(cells, dtype="str")}, moved, (note,))


def _common_home(paths: Sequence[str]) -> str:
    """The folder above all files."""
    homes = [PurePosixPath(path).parent.parts for path in paths]
    shared = [parts[0] for parts in zip(*homes, strict=False) if len({*parts}) == 1]
    return "/".join(shared) or "train_files"


def _asks_by_name(path: str) -> bool:
    return any(word in path.lower() for word in _ASKING_WORDS)


def _free(name: str, tables: Sequence[TableFile]) -> str:
    return name if name not in {table.path for table in tables} else f"named_{name}"
