"""Which table teaches, which asks, which shows the answer's form: decided from what they hold.

File names only break ties. A sample submission is recognised by repeating the test's ids beside
columns that the test lacks; train and test by the columns that they share and those that only train
has. What was concluded, and why, is kept as plain sentences.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

import pandas as pd

from agents.competition.layout import TableFile
from agents.competition.words import some
from agents.errors import InputError

_FEWEST_SHARED: Final = 0.5
_ID_NAME: Final = re.compile(
    r"(?:^|[_\W])(?:ids?|idx|index|key|uuid|guid|rowid|unnamed: \d+)$", re.IGNORECASE
)
_CAMEL_ID: Final = re.compile(r"[a-z0-9](?:Id|ID|Key|Index)$")


_Roles = tuple[TableFile | None, TableFile | None, TableFile | None, list[str]]
"""Train, test, sample and what was concluded."""


@dataclass(frozen=True)
class Pairing:
    """The tables by role, with the reasons."""

    train: TableFile
    test: TableFile | None
    sample: TableFile | None
    side: tuple[TableFile, ...]
    notes: tuple[str, ...]


def pair_tables(tables: Sequence[TableFile], targets: Sequence[str]) -> Pairing:
    """Give every table its role.

    Args:
        tables: All tables of the competition.
        targets: Target columns that the user named; may be empty.

    Raises:
        InputError: No table has the named target, or nothing tells the training table.
    """
    _check_targets(tables, targets)
    train, test, sample, notes = _with_sample(tables, targets) or _without_sample(tables, targets)
    if train is None:
        raise InputError(
            f"No table could be recognised as the training table among {_listed(tables)}: name the "
            "column to predict with --target NAME."
        )
    if test is not None:
        notes.append(_shared_note(train, test))
    rest = [table for table in tables if table not in {train, test, sample}]
    old = [table for table in rest if test is not None and _repeats_answers(table, test, train)]
    notes += [f"{table.path} looks like an earlier submission and is left out." for table in old]
    side = tuple(table for table in rest if table not in old)
    return Pairing(train, test, sample, side, tuple(notes))


def without_answers(pairing: Pairing, targets: Sequence[str]) -> Pairing:
    """Leave out side tables that hold a target: blind labels could be read from them."""
    telling = [table for table in pairing.side if set(targets) & set(table.columns)]
    notes = [
        f"{table.path} holds {some(targets)} too and is left out; its rows may be appended to "
        f"{pairing.train.path}."
        for table in telling
    ]
    return replace(
        pairing,
        side=tuple(table for table in pairing.side if table not in telling),
        notes=(*pairing.notes, *notes),
    )


def looks_like_id(name: str) -> bool:
    """Whether a column is named as ids usually are."""
    return bool(_ID_NAME.search(name) or _CAMEL_ID.search(name))


def _check_targets(tables: Sequence[TableFile], targets: Sequence[str]) -> None:
    from_all = sorted({name for table in tables for name in table.columns})
    for target in targets:
        if target not in from_all:
            raise InputError(f"No table has a column {target!r}{_nearest(target, from_all)}")


def _nearest(name: str, known: Sequence[str]) -> str:
    folded = {other.casefold(): other for other in known}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return f"; did you mean {folded[near[0]]!r}?" if near else ": check the spelling."


def _with_sample(tables: Sequence[TableFile], targets: Sequence[str]) -> _Roles | None:
    answered = _sample_and_test(tables)
    if answered is None:
        return None
    sample, test = answered
    train = _train_for(test, sample, tables, targets)
    note = f"{sample.path} repeats the ids of {test.path}, so it shows the form of a submission."
    return train, test, sample, [note]


def _sample_and_test(tables: Sequence[TableFile]) -> tuple[TableFile, TableFile] | None:
    """The best pair of sample submission and test table, or None."""
    pairs = [
        (_sample_merit(sample, test, tables), sample, test)
        for sample in tables
        for test in tables
        if sample is not test and _answers(sample, test)
    ]
    best = max(pairs, key=lambda pair: pair[0], default=None)
    return (best[1], best[2]) if best is not None and best[0] > 0 else None


def _answers(sample: TableFile, test: TableFile) -> bool:
    """Whether a table holds the test's ids, row for row, beside columns that the test lacks."""
    shared = [name for name in sample.columns if name in test.columns]
    if len(shared) != 1 or len(sample.columns) < 2:
        return False
    ours, theirs = sample.cells[shared[0]], test.cells[shared[0]]
    return len(ours) == len(theirs) and ours.is_unique and set(ours) == set(theirs)


def _sample_merit(sample: TableFile, test: TableFile, tables: Sequence[TableFile]) -> float:
    asked = [name for name in sample.columns if name not in test.columns]
    learned = any(
        set(asked) <= set(table.columns) for table in tables if table not in (sample, test)
    )
    constant = all(sample.cells[name].nunique() <= 1 for name in asked)
    named = re.search(r"sample|submission|submit", sample.stem) is not None
    return 2.0 * learned + 1.0 * constant + 1.5 * named + 0.5 * ("sample" in sample.stem)


def _repeats_answers(table: TableFile, test: TableFile, train: TableFile) -> bool:
    asked = set(table.columns) - set(test.columns)
    return asked <= set(train.columns) and _answers(table, test)


def _train_for(
    test: TableFile, sample: TableFile, tables: Sequence[TableFile], targets: Sequence[str]
) -> TableFile | None:
    asked = set(targets) or set(sample.columns) - set(test.columns)
    merits = {
        table.path: _likeness(table, test) + 2.0 * (asked <= set(table.columns))
        for table in tables
        if table not in (test, sample) and set(table.columns) - set(test.columns)
    }
    best = max(merits, key=lambda path: merits[path], default=None)
    if best is None or merits[best] < _FEWEST_SHARED:
        return None
    return next(table for table in tables if table.path == best)


def _likeness(train: TableFile, test: TableFile) -> float:
    """Share of the columns of both that they have in common, a little more for telling names."""
    ours, theirs = set(train.columns), set(test.columns)
    named = 0.1 * ("train" in train.stem) + 0.1 * _named_test(test)
    return len(ours & theirs) / len(ours | theirs) + named


def _named_test(table: TableFile) -> bool:
    return re.search(r"test|holdout|eval|score|predict|unlabel|new", table.stem) is not None


def _without_sample(tables: Sequence[TableFile], targets: Sequence[str]) -> _Roles:
    _check_unlabelled(tables, targets)
    pairs = [
        (_likeness(train, test), train, test)
        for train in tables
        for test in tables
        if _could_teach(train, test, targets)
    ]
    best = max(pairs, key=lambda pair: pair[0], default=None)
    if best is None or best[0] < _FEWEST_SHARED:
        return _train_alone(tables, targets)
    _, train, test = best
    return train, test, _sample_by_name(tables, (train, test)), []


def _could_teach(train: TableFile, test: TableFile, targets: Sequence[str]) -> bool:
    extra = set(train.columns) - set(test.columns)
    shared = set(train.columns) & set(test.columns)
    return bool(
        train is not test
        and extra
        and set(targets) <= extra
        and len(shared) >= _FEWEST_SHARED * len(test.columns)
        and ("test" not in train.stem or "train" in train.stem)
        and ("train" not in test.stem or "test" in test.stem)
        and re.search("sample|submission", test.stem) is None
    )


def _check_unlabelled(tables: Sequence[TableFile], targets: Sequence[str]) -> None:
    """Refuse a test table that has the training table's columns, answers included."""
    for train in tables:
        for test in tables:
            if (
                train is not test
                and "train" in train.stem
                and _named_test(test)
                and set(train.columns) == set(test.columns)
            ):
                column = f"the target {targets[0]!r}" if targets else "the target"
                raise InputError(
                    f"{test.path} has all columns of {train.path}, {column} included, so nothing "
                    f"is left to answer: remove the target from {test.path} or move it away."
                )


def _train_alone(tables: Sequence[TableFile], targets: Sequence[str]) -> _Roles:
    able = [table for table in tables if set(targets) <= set(table.columns)]
    named = [table for table in able if "train" in table.stem]
    chosen = named or able
    if not chosen or (len(chosen) > 1 and not targets and not named):
        return None, None, None, []
    best = max(chosen, key=lambda table: len(table.columns))
    note = f"Only {best.path} can teach and no table asks, so the run ends with a scored model."
    return best, None, None, [note]


def _sample_by_name(
    tables: Sequence[TableFile], taken: tuple[TableFile | None, TableFile | None]
) -> TableFile | None:
    named = [
        table
        for table in tables
        if table not in taken and re.search(r"sample|submission", table.stem)
    ]
    return named[0] if named else None


def _shared_note(train: TableFile, test: TableFile) -> str:
    shared = sum(name in train.columns for name in test.columns)
    only = [name for name in train.columns if name not in test.columns]
    return (
        f"{train.path} teaches and {test.path} asks: they share {shared} "
        f"{'column' if shared == 1 else 'columns'}, and only {train.path} has {some(only)}."
    )


def _listed(tables: Sequence[TableFile]) -> str:
    return some([table.path for table in tables])


def find_id(pairing: Pairing, wanted: str | None, targets: Sequence[str]) -> str | None:
    """The column that names rows: as told, else the sample's, else one that behaves like it.

    Raises:
        InputError: The named id is in no table, the test lacks it, or its values repeat there.
    """
    asks = pairing.test or pairing.train
    if wanted is not None and wanted not in asks.columns:
        near = _nearest(wanted, asks.columns)
        raise InputError(f"{asks.path} has no id column {wanted!r}{near}")
    if asks.cells.empty:
        raise InputError(f"{asks.path} has a header but no rows: put the rows there or remove it.")
    found = wanted or _id_of_sample(pairing) or _id_by_behaviour(pairing, targets)
    if found is not None and pairing.test is not None:
        ids = pairing.test.cells[found]
        if not ids.is_unique:
            twice = ids[ids.duplicated()].iloc[0]
            raise InputError(
                f"{pairing.test.path}: the id {found} = {twice!r} occurs more than once; make ids "
                "unique or name another column with --id NAME."
            )
    return found


def _id_of_sample(pairing: Pairing) -> str | None:
    if pairing.sample is None or pairing.test is None:
        return None
    shared = [name for name in pairing.sample.columns if name in pairing.test.columns]
    names_no_row = not any(pairing.sample.cells[name].is_unique for name in pairing.sample.columns)
    if not shared and names_no_row and set(pairing.sample.columns) <= set(pairing.train.columns):
        return None
    if not shared:
        first = pairing.sample.columns[0]
        raise InputError(
            f"{pairing.test.path} lacks the id {first!r} that {pairing.sample.path} asks for: add "
            f"that column to {pairing.test.path}."
        )
    return shared[0]


def _id_by_behaviour(pairing: Pairing, targets: Sequence[str]) -> str | None:
    asks = pairing.test or pairing.train
    taught = pairing.train.cells
    for name in sorted(asks.columns, key=lambda name: name.startswith("Unnamed: ")):
        if name in targets or not asks.cells[name].is_unique or (asks.cells[name] == "").any():
            continue
        if name in taught and not taught[name].is_unique and not looks_like_id(name):
            continue
        if looks_like_id(name) or _counts_rows(asks.cells[name]):
            return name
    return None


def _counts_rows(cells: pd.Series) -> bool:
    """Whether a column is a running number."""
    numbers = pd.to_numeric(cells, errors="coerce")
    steps = numbers.diff().dropna()
    return bool(len(steps) > 1 and numbers.notna().all() and (steps == 1).all())
