"""Views on disk: miniature competitions in which training rows play the test.

A view lies at `<views>/<name>/` with three folders that programs see one at a time: `fit` (training
and side tables), `predict` (test, sample submission and side tables) and `run` (everything). Tables
are rewritten cell by cell, media are links into one folder of neutral twins. What a view was made
of is kept in `view.json` beside the three; labels of blind rows go to `<answers>/<name>.parquet`,
which no program can reach. Large tables are gone through part by part and never held whole.

A view is built beside its place, brought to the disk and renamed, so that a kill leaves it whole or
absent. Building it again gives the same bytes.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.judging.scores import GROUP_COLUMN
from agents.competition.metrics.metrics import Array
from agents.competition.metrics.row_weights import columns_of, metric_columns
from agents.competition.reading.storing import store_parts
from agents.competition.reading.stream import KEPT_CELLS
from agents.competition.splitting.fold_masks import columns_of_split, fold_masks, vault_mask
from agents.competition.stating.asked import asked_table
from agents.competition.stating.media import (
    MediaStore,
    RowMedia,
    fsync,
    gather_media,
    match_rows,
    write_durably,
)
from agents.competition.views.excerpts import Excerpt, Source, source_of
from agents.competition.views.played import (
    Material,
    Played,
    class_rows,
    held_columns,
    play_real,
    play_rows,
    side_media,
    with_odd_cells,
    with_shuffled_labels,
    with_test_rows,
)
from agents.competition.views.sampling import group_codes, sample_rows
from agents.competition.views.side_cut import Sides, columns_of_cut, kept_rows
from agents.errors import InputError
from agents.models import Frozen, SplitPlan, Table, Task

PARTS = ("fit", "predict", "run")
_HEAD_ROWS: Final = 1 << 16


class View(Frozen):
    """A finished view."""

    name: str
    root: Path
    """Holds the folders `fit`, `predict` and `run`, or those of them that the view has."""
    parts: dict[str, str]
    """SHA-256 of each folder, over the sorted names and digests of its files."""
    rows_fit: int
    rows_predict: int
    answers: Path | None = None
    """Labels of the rows that play the test; None where nobody knows them."""


@dataclass(frozen=True)
class Places:
    """Where views and what belongs to them are kept."""

    views: Path
    answers: Path
    media: Path
    """The folder of neutral twins, mounted where programs run."""
    media_link: Path | None = None
    """Where programs find that folder, for symbolic links; None makes hard links to the twins."""


class ViewBuilder:
    """Builds the views of one competition; what is small is read once."""

    def __init__(
        self,
        competition: Path,
        task: Task,
        split: SplitPlan,
        places: Places,
        *,
        most_cells: int = KEPT_CELLS,
    ) -> None:
        """Nothing is read yet; tables of up to `most_cells` cells will be held in memory."""
        self._competition = competition
        self._most_cells = most_cells
        self._task = task
        self._split = split
        self._places = places

    def build(self, name: str) -> View:
        """Build a view, or return it if it is there already.

        Args:
            name: `full`, `sample`, `blind-1` to `blind-K`, `vault` where the split has one (of a
                tenth of the rows only the folder `predict`: no fit of its own answers it), or a
                variant of the sample:
                `sample-shuffled` (labels), `sample-permuted`, `sample-half`, `sample-single`
                (test rows) and `sample-odd` (unseen cells). All variants but the first have only
                the folder `predict`; the rest is the sample's.

        Raises:
            InputError: If there is no such view, or the competition cannot be read.
        """
        root = self._places.views / name
        if not root.exists():
            played = self._played(name)
            answers = self._write_answers(name, played)
            _ViewWriter(self, name, played).write(root, answers)
        facts = json.loads((root / "view.json").read_text(encoding="utf-8"))
        answered = facts.pop("answered")
        path = self._places.answers / f"{name}.parquet" if answered else None
        return View(name=name, root=root, answers=path, **facts)

    @property
    def media_link(self) -> Path | None:
        """Where programs find the neutral twins."""
        return self._places.media_link

    def only_asks(self, name: str) -> bool:
        """Whether nothing is fitted on a view: what was fitted elsewhere answers its rows."""
        return name in _ONLY_PREDICT or (name == "vault" and not self._split.refit)

    # --- what is read once

    @cached_property
    def media(self) -> MediaStore:
        """Neutral twins of all media."""
        if not self._task.media:
            return MediaStore(self._places.media, [])
        return gather_media(self._competition, self._task.media, self._places.media)

    @cached_property
    def sides(self) -> list[tuple[Table, Source]]:
        """Side tables and their cells."""
        tables = [table for table in self._task.tables if table.role == "side"]
        return [(table, self._source(table)) for table in tables]

    @cached_property
    def material(self) -> Material:
        """Everything that views are made of."""
        paths = tuple(self.media.files)
        train, train_media = self._train(paths)
        test, sample = self._table("test"), self._table("sample")
        if sample is not None:
            test = self._asked(test, sample)
        return Material(
            task=self._task,
            train=train,
            test=test,
            sample=sample,
            train_media=train_media,
            test_media=None if test is None else self._owners(test, paths),
            media=paths,
            neutral={path: file.name for path, file in self.media.files.items()},
        )

    def _asked(self, test: Excerpt | None, sample: Excerpt) -> Excerpt | None:
        """The rows to be predicted, where the sample submission names them."""
        spec, own = self._task.submission, self._task.id_column
        if spec is None or spec.id_column is None:
            return test
        if test is None:
            return sample.only([spec.id_column])
        if not spec.asked_in or own is None:
            return test
        wanted = sample.cells([spec.id_column])[spec.id_column]
        return test.take(np.flatnonzero(test.cells([own])[own].isin(wanted)))

    @cached_property
    def _dealt(self) -> pd.DataFrame:
        """Of the training rows the columns by which they are dealt into folds."""
        train = self.material.train
        return train.cells(columns_of_split(self._task, self._split, train.columns))

    @cached_property
    def masks(self) -> list[tuple[Array, Array]]:
        """For each fold, which training rows are learned from, and which are blind."""
        return fold_masks(self._dealt, self._task, self._split)

    @cached_property
    def _vault(self) -> tuple[Array, Array]:
        """The same of the rows that are kept for the report."""
        return vault_mask(self._dealt, self._task, self._split)

    def _train(self, paths: tuple[str, ...]) -> tuple[Excerpt, RowMedia | None]:
        train = self._table("train")
        if train is not None:
            return train, self._owners(train, paths)
        cells = class_rows(self._task, paths)
        return Excerpt.of(cells), RowMedia("file", "path", list(cells["file"]))

    def _owners(self, rows: Excerpt, paths: tuple[str, ...]) -> RowMedia | None:
        """Which media file each row names; the column that does is found by the first rows."""
        found = match_rows(rows.head(_HEAD_ROWS), self._task.media, paths)
        if found is None or len(rows) <= _HEAD_ROWS:
            return found
        return match_rows(rows.cells([found.column]), self._task.media, paths)

    def _table(self, role: str) -> Excerpt | None:
        table = next((table for table in self._task.tables if table.role == role), None)
        return None if table is None else Excerpt.whole(self._source(table))

    def _source(self, table: Table) -> Source:
        """A table whose columns that views go by are in memory."""
        rows = table.role in {"train", "test"}
        path = "" if rows else table.path
        kept = [*held_columns(self._task), *columns_of(self._task.metric)]

        def wanted(head: pd.DataFrame) -> list[str]:
            names = [*kept, *columns_of_split(self._task, self._split, map(str, head))]
            cut = columns_of_cut(path, head, self._task.joins, self._split)
            return [*cut, *(names if table.role != "side" else [])]

        return source_of(self._competition, self._task, table, wanted, most_cells=self._most_cells)

    # --- what is played

    def _played(self, name: str) -> Played:
        kind, _, detail = name.partition("-")
        if name == "full":
            return play_real(self.material)
        rows = self._rows(name)
        if kind == "sample":
            return self._variant(detail, self._sample_played)
        return play_rows(self.material, *rows)

    def _rows(self, name: str) -> tuple[Array, Array]:
        """Positions of the training rows that are learned from, and of those that play the test."""
        kind, _, detail = name.partition("-")
        if name == "vault" and self._split.vault:
            fit, kept = self._vault
            return np.flatnonzero(fit), np.flatnonzero(kept)
        if kind == "blind" and detail.isdecimal() and 1 <= int(detail) <= self._split.folds:
            fit, blind = self.masks[int(detail) - 1]
            return np.flatnonzero(fit), np.flatnonzero(blind)
        if kind == "sample" and detail in ("", *_VARIANTS):
            return self._sample
        raise InputError(f"There is no view called {name!r}; choose full, sample or blind-1.")

    @cached_property
    def _sample(self) -> tuple[Array, Array]:
        return sample_rows(self._dealt, self._task, self._split)

    @cached_property
    def _sample_played(self) -> Played:
        """The sample, held in memory for all its variants."""
        played = play_rows(self.material, *self._sample)
        assert played.test is not None  # a played view has one
        return replace(played, train=played.train.loaded(), test=played.test.loaded())

    def sides_of(self, name: str) -> list[tuple[Table, Excerpt]]:
        """Side tables as a view shows them."""
        whole = [(table, Excerpt.whole(source)) for table, source in self.sides]
        if name == "full" or not whole:
            return whole
        fit_rows, blind_rows = self._rows(name)
        if self._split.vault:
            blind_rows = np.union1d(blind_rows, np.flatnonzero(self._vault[1]))
        train, test = self.material.train, self.material.test
        shown = Sides(
            learned=self._cut(train.take(fit_rows)),
            blind=self._cut(train.take(blind_rows)),
            test=None if test is None else self._cut(test),
            tables={table.path: source.held for table, source in self.sides},
        )
        kept = kept_rows(shown, self._task.joins, self._split, self._window(name))
        return [(table, rows.take(np.flatnonzero(kept[table.path]))) for table, rows in whole]

    def _cut(self, rows: Excerpt) -> pd.DataFrame:
        """The columns of rows by which side tables are cut."""
        head = rows.head(1)
        return rows.cells(columns_of_cut("", head, self._task.joins, self._split))

    def _window(self, name: str) -> int | None:
        """Which window of a split by time a view's blind rows lie in; the vault's is the first."""
        if name == "vault":
            return 0
        fold = name.removeprefix("blind-")
        return int(fold) - 1 + self._split.vault if fold.isdecimal() else None

    def _variant(self, detail: str, sample: Played) -> Played:
        seed, count = self._split.seed, len(sample.row_ids)
        if detail == "shuffled":
            return with_shuffled_labels(sample, self.material, seed)
        if detail == "permuted":
            return with_test_rows(sample, np.random.RandomState(seed).permutation(count))
        if detail == "half":
            return with_test_rows(sample, np.arange(0, count, 2))
        if detail == "single":
            return with_test_rows(sample, np.arange(1))
        if detail == "odd":
            owners = self.material.test_media or self.material.train_media
            marker = None if self._task.marker is None else self._task.marker.column
            columns = [self._task.id_column, None if owners is None else owners.column, marker]
            kept = [*self._task.target_columns, *(name for name in columns if name is not None)]
            return with_odd_cells(sample, kept)
        return sample

    def _write_answers(self, name: str, played: Played) -> bool:
        """Keep the labels of test rows, for views that are scored; whether there are any."""
        blind = name == "vault" or name.startswith("blind-")
        scored = blind or name in ("sample", "sample-shuffled")
        if played.truth is None or not scored:
            return False
        frame = played.truth.copy()
        frame.insert(0, "row_id", played.row_ids)
        rows = self._rows(name)[1]
        if weighing := columns_of(self._task.metric):
            train = self.material.train
            known = [name for name in weighing if name in train.columns]
            cells = train.take(rows).cells(known)
            frame = frame.assign(**metric_columns(self._task.metric, cells))
        if blind and (self._split.key or self._split.time):
            frame[GROUP_COLUMN] = group_codes(self._dealt, self._split)[rows]
        self._places.answers.mkdir(parents=True, exist_ok=True)
        path = self._places.answers / f"{name}.parquet"
        write_durably(path, frame.to_parquet(index=False))
        return True


_VARIANTS = ("shuffled", "permuted", "half", "single", "odd")
_ONLY_PREDICT = frozenset(f"sample-{detail}" for detail in _VARIANTS[1:])


class _ViewWriter:
    """Writes one played view beside its place and moves it there."""

    def __init__(self, builder: ViewBuilder, name: str, played: Played) -> None:
        self._builder = builder
        self._material = builder.material
        self._played = played
        self._name = name
        self._parts = ("predict",) if builder.only_asks(name) else PARTS
        self._files: dict[str, dict[str, str]] = {part: {} for part in self._parts}
        """Digests by part and place in the view."""

    def write(self, root: Path, answered: bool) -> None:
        """Write everything, fsync it, and rename it to `root`."""
        unfinished = root.with_name(f".{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in self._parts:
            (unfinished / part).mkdir(parents=True)
        self._write_tables(unfinished)
        self._link_media(unfinished)
        facts = {
            "parts": {part: _digest_of(files) for part, files in self._files.items()},
            "rows_fit": len(self._played.train),
            "rows_predict": len(self._played.row_ids),
            "answered": answered,
        }
        write_durably(unfinished / "view.json", json.dumps(facts, indent=1).encode())
        for folder in [path for path in unfinished.rglob("*") if path.is_dir()]:
            fsync(folder)
        unfinished.rename(root)
        fsync(root.parent)

    def _write_tables(self, root: Path) -> None:
        for table, rows in self._builder.sides_of(self._name):
            self._write_table(root, table, rows.parts(), PARTS)
        task, played = self._material.task, self._played
        train, test, sample = task.table("train"), task.table("test"), task.table("sample")
        if task.marker is not None and test is not None and played.test is not None:
            names = played.train.columns
            self._write_table(root, test, played.train.parts(), ("fit",))
            self._write_table(root, test, played.test.parts(), ("predict",))
            both = chain(played.train.parts(), played.test.parts(names))
            self._write_table(root, test, both, ("run",))
        elif train is not None:
            self._write_table(root, train, played.train.parts(), ("fit", "run"))
        if test is None and train is not None and sample is None:
            test = asked_table(task)
        if test is not None and played.test is not None and task.marker is None:
            own = {name: written for written, name in task.renamed.items()}
            asked = (part.rename(columns=own) for part in played.test.parts())
            self._write_table(root, test, asked, ("predict", "run"))
        if sample is not None and played.sample is not None:
            self._write_table(root, sample, played.sample.parts(), ("predict", "run"))

    def _write_table(
        self, root: Path, table: Table, rows: Iterator[pd.DataFrame], parts: Iterable[str]
    ) -> None:
        """Write a table into the first part and link it into the others: they are all ours."""
        present = [part for part in parts if part in self._parts]
        if not present:
            return
        first, *others = present
        digest = _write_rows(rows, root / first, table)
        self._files[first][table.path] = digest
        for part in others:
            target = root / part / table.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(root / first / table.path)
            self._files[part][table.path] = digest

    def _link_media(self, root: Path) -> None:
        for path in side_media(self._material):
            self._link(root, path, path, PARTS)
        for place, path in sorted(self._played.train_media.items()):
            self._link(root, place, path, ("fit", "run"))
        pairs = {pair for pair in self._played.test_media if pair is not None}
        for place, path in sorted(pairs):
            self._link(root, place, path, ("predict", "run"))

    def _link(self, root: Path, place: str, path: str, parts: Iterable[str]) -> None:
        through = self._builder.media_link
        for part in parts:
            if part in self._parts and place not in self._files[part]:
                digest = self._builder.media.link(path, root / part / place, through)
                self._files[part][place] = digest


def _write_rows(rows: Iterator[pd.DataFrame], part: Path, table: Table) -> str:
    """Write rows as the competition writes that table; returns the content's digest."""
    store_parts(rows, part, table)
    path = part / table.path
    fsync(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of(files: dict[str, str]) -> str:
    lines = [f"{place}\0{digest}\n" for place, digest in sorted(files.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
