"""Which table teaches, which asks, which shows the answer's form: decided from what they hold.

File names only break ties. A sample submission is recognised by repeating the test's ids beside
columns that the test lacks, once or once a class; train and test by the columns that they share and
those that only train has. Both may lie in one table, and columns may be spelled differently. What
was concluded, and why, is kept as plain sentences.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from agents.competition.reading.words import counted, nearest, some
from agents.competition.stating.markers import (
    asks_for_empty,
    empty_marker,
    only_empty,
    parted,
    sample_marker,
    split_marker,
)
from agents.competition.stating.sample_forms import LongKeys, long_keys
from agents.competition.stating.spelling import in_one_spelling, most_telling, respelled
from agents.competition.stating.table_file import TableFile
from agents.errors import InputError
from agents.models import MadeId, RowMarker

_FEWEST_SHARED: Final = 0.5
_FEWEST_SHARES: Final = 2
_FEWEST_OTHERS: Final = 2
_MOST_ANSWERS: Final = 2
_LONGEST_ID: Final = 40

_Answers = Callable[[TableFile, TableFile], bool]
"""Whether the first table could be a sample submission for the second."""
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
    marker: RowMarker | None = None
    """Set where train and test are rows of one table."""
    long: LongKeys | None = None
    """Set where the sample has a line a row and class."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Columns of the test that are shown as the training table spells them, by their own names."""
    header: tuple[str, ...] = ()
    """The sample's columns as they are written."""
    order: tuple[str, ...] = ()
    """The sample's columns as they are written, those included that repeat the test's."""
    repeated: Mapping[str, str] = field(default_factory=dict)
    """Columns of the sample that repeat the test's, by header; the sample is shown without them."""
    made_id: MadeId | None = None
    """Set where the test is shown with ids that only the sample writes."""


def pair_tables(tables: Sequence[TableFile], targets: Sequence[str], text: str = "") -> Pairing:
    """Give every table its role.

    Args:
        tables: All tables of the competition.
        targets: Target columns that the user named; may be empty.
        text: The description.

    Raises:
        InputError: No table has the named target, or nothing tells the training table.
    """
    pairing = _paired(in_one_spelling(tables, most_telling(tables)), targets)
    own = {table.path: table for table in tables}
    if pairing.train.columns != own[pairing.train.path].columns:
        pairing = _paired(in_one_spelling(tables, own[pairing.train.path]), targets)
    test, sample = pairing.test, pairing.sample
    renamed = {} if test is None else respelled(own[test.path], pairing.train)
    written = () if sample is None else own[sample.path].columns
    header = {} if sample is None else dict(zip(written, sample.columns, strict=True))
    again = () if sample is None or test is None else _repeated(sample, test)
    whole = replace(
        pairing,
        sample=None if sample is None else sample.without(again),
        renamed=renamed,
        header=tuple(one for one, name in header.items() if name not in again),
        order=written,
        repeated={one: name for one, name in header.items() if name in again},
        side=tuple(own[table.path] for table in pairing.side),
        notes=(*pairing.notes, *_spelling_notes(renamed, pairing)),
    )
    return _with_marked_rows(whole, targets, text)


def without_targets(pairing: Pairing, targets: Sequence[str]) -> Pairing:
    """Hide targets in rows to be predicted, where they lie in the training table."""
    if pairing.test is None or not set(targets) & set(pairing.test.columns):
        return pairing
    return replace(pairing, test=pairing.test.without(targets))


def _spelling_notes(renamed: Mapping[str, str], pairing: Pairing) -> list[str]:
    if not renamed or pairing.test is None:
        return []
    own, shown = next(iter(renamed.items()))
    more = f", and {counted(len(renamed) - 1, 'more column')}" if len(renamed) > 1 else ""
    return [
        f"{pairing.test.path} writes {own!r} for the {shown!r} of {pairing.train.path}{more}; they "
        "are taken for the same."
    ]


def _with_marked_rows(pairing: Pairing, targets: Sequence[str], text: str) -> Pairing:
    """Tell train from test within the training table, where there is no test of its own."""
    if pairing.test is not None or pairing.marker is not None:
        return pairing
    marker = split_marker(pairing.train)
    if marker is None and targets:
        marker = empty_marker(pairing.train, targets)
    if marker is None and asks_for_empty(text):
        missing = [name for name in pairing.train.columns if _is_partly_empty(pairing.train, name)]
        told = [name for name in missing if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        marker = empty_marker(pairing.train, told) if len(told) == 1 else None
    return pairing if marker is None else _marked(pairing, marker)


def _marked(pairing: Pairing, marker: RowMarker) -> Pairing:
    train, test = parted(pairing.train, marker)
    path = pairing.train.path
    which = "empty" if not any(marker.test) else " or ".join(repr(word) for word in marker.test)
    note = (
        f"{path} holds {counted(test.rows, 'row')} to be predicted beside {train.rows:,} to learn "
        f"from: those whose `{marker.column}` is {which}."
    )
    return replace(
        pairing,
        train=train,
        test=test,
        marker=marker,
        notes=(*(one for one in pairing.notes if "ends with a scored model" not in one), note),
    )


def _is_partly_empty(table: TableFile, name: str) -> bool:
    empty = table.drawn[name].str.strip() == ""
    return bool(empty.any() and not empty.all())


def _paired(tables: Sequence[TableFile], targets: Sequence[str]) -> Pairing:
    _check_targets(tables, targets)
    tables = _without_empty_targets(tables)
    found = _with_sample(tables, targets, _answers)
    if found is None and (in_one := _in_one_table(tables, targets)) is not None:
        return in_one
    if found is None:
        found = _with_sample(tables, targets, _answers_part)
    train, test, sample, notes = found or _without_sample(tables, targets)
    if test is None or train is None:
        _check_answers(tables, train, targets)
    if train is None:
        alone = "".join(
            f"see that the first line of {table.path}, which shares no column with the others, "
            "holds column names, or "
            for table in _alone(tables)[:1]
        )
        raise InputError(
            f"No table could be recognised as the training table among {_listed(tables)}: {alone}"
            "name the column to predict with --target NAME."
        )
    if test is not None:
        notes.append(_shared_note(train, test))
    return _with_rest(tables, (train, test, sample), notes)


def _check_answers(
    tables: Sequence[TableFile], train: TableFile | None, targets: Sequence[str]
) -> None:
    """Refuse a sample whose answers no table holds, where nothing speaks for a training table.

    Raises:
        InputError: What is asked for would have to be computed first, by rules that are not known.
    """
    shown = _sample_by_name(tables)
    others = [table for table in tables if table is not shown]
    named = train is not None and "train" in train.stem
    headless = any("train" in one.stem or _named_test(one) for one in _alone(others))
    if shown is None or targets or named or headless or len(others) < _FEWEST_OTHERS:
        return
    held = {name for table in others for name in table.columns}
    asked = [name for name in shown.columns if name not in held]
    if 0 < len(asked) <= _MOST_ANSWERS:
        raise InputError(
            f"{shown.path} asks for {some(asked)}, which none of {_listed(others)} holds: add a "
            "training table that does, with a row for each thing to learn from, or name another "
            "column with --target NAME."
        )


def _alone(tables: Sequence[TableFile]) -> list[TableFile]:
    """Tables that have no column in common with any other, those called `train` first."""
    found = [
        table
        for table in tables
        if not any({*table.columns} & {*one.columns} for one in tables if one is not table)
    ]
    return sorted(found, key=lambda table: "train" not in table.stem)


def _with_rest(
    tables: Sequence[TableFile],
    roles: tuple[TableFile, TableFile | None, TableFile | None],
    notes: list[str],
) -> Pairing:
    """Say what every other table is to train, test and sample."""
    train, test, sample = roles
    rest = [table for table in tables if table not in roles]
    old = [table for table in rest if test is not None and _repeats_answers(table, test, train)]
    notes += [f"{table.path} looks like an earlier submission and is left out." for table in old]
    again = [table for table in rest if test is not None and table.columns == test.columns]
    notes += [
        f"{table.path} has the columns of {test.path} and is not answered; to answer it, replace "
        f"{test.path} by it."
        for table in again
        if test is not None
    ]
    side = tuple(table for table in rest if table not in [*old, *again])
    long = None if sample is None or test is None else long_keys(sample, test)
    return Pairing(train, test, sample, side, tuple(notes), long=long)


def _in_one_table(tables: Sequence[TableFile], targets: Sequence[str]) -> Pairing | None:
    """A table of which a sample submission repeats the ids of some rows only."""
    for sample in sorted(tables, key=lambda table: "sample" not in table.stem):
        for table in tables:
            smaller = table is not sample and len(sample.columns) < len(table.columns)
            if not smaller or not set(targets) <= set(table.columns):
                continue
            if (marker := sample_marker(table, sample)) is not None:
                rest = tuple(one for one in tables if one not in (sample, table))
                note = f"{sample.path} repeats ids of {table.path}: those rows are asked for."
                return _marked(Pairing(table, None, sample, rest, (note,)), marker)
    return None


def _without_empty_targets(tables: Sequence[TableFile]) -> Sequence[TableFile]:
    """Tests that repeat the training table's header are shown without the columns left empty."""
    shown = []
    for table in tables:
        like = [one for one in tables if one is not table and {*one.columns} == {*table.columns}]
        empty = [name for one in like for name in only_empty(table.drawn, one.drawn)]
        shown.append(table.without(empty) if len(like) == 1 else table)
    return shown


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


def _check_targets(tables: Sequence[TableFile], targets: Sequence[str]) -> None:
    from_all = sorted({name for table in tables for name in table.columns})
    for target in targets:
        if target not in from_all:
            raise InputError(f"No table has a column {target!r}{nearest(target, from_all)}")


def _with_sample(
    tables: Sequence[TableFile], targets: Sequence[str], answers: _Answers
) -> _Roles | None:
    answered = _sample_and_test(tables, answers)
    if answered is None:
        return None
    sample, test = answered
    train = _train_for(test, sample, tables, targets)
    note = f"{sample.path} repeats the ids of {test.path}, so it shows the form of a submission."
    return train, test, sample, [note]


def _sample_and_test(
    tables: Sequence[TableFile], answers: _Answers
) -> tuple[TableFile, TableFile] | None:
    """The best pair of sample submission and test table, or None."""
    pairs = [
        (_sample_merit(sample, test, tables), sample, test)
        for sample in tables
        for test in tables
        if sample is not test and answers(sample, test)
    ]
    best = max(pairs, key=lambda pair: pair[0], default=None)
    return (best[1], best[2]) if best is not None and best[0] > 0 else None


def _answers(sample: TableFile, test: TableFile) -> bool:
    """Whether a table holds the test's ids, row for row, beside columns that the test lacks."""
    shared = [name for name in sample.columns if name in test.columns]
    if len(shared) > 1:
        return bool(_repeated(sample, test)) and len(sample.columns) > len(shared)
    if len(shared) != 1 or len(sample.columns) < 2:
        return False
    name = shared[0]
    return (
        sample.rows == test.rows and sample.is_unique(name) and sample.same_values(name, test, name)
    )


def _repeated(sample: TableFile, test: TableFile) -> tuple[str, ...]:
    """Columns of a sample submission that repeat the test's, row for row, beside its ids."""
    shared = [name for name in sample.columns if name in test.columns]
    if re.search(r"sample|submission", sample.stem) is None or sample.rows != test.rows:
        return ()
    key = next((name for name in shared if test.is_unique(name) and _is_brief(test, name)), None)
    others = tuple(name for name in shared if name != key)
    if not others:
        return ()
    shows, asks = sample.telling(shared), test.telling(shared)
    return others if all(shows[name].equals(asks[name]) for name in shared) else ()


def _is_brief(table: TableFile, name: str) -> bool:
    """Whether cells are too short for texts that only happen never to repeat."""
    cells = table.drawn[name]
    return float(cells.str.len().mean()) <= _LONGEST_ID and float(cells.str.count(" ").mean()) <= 1


def _sample_merit(sample: TableFile, test: TableFile, tables: Sequence[TableFile]) -> float:
    asked = [name for name in sample.columns if name not in test.columns]
    others = [table for table in tables if table not in (sample, test)]
    learned = any(
        set(asked) <= set(table.columns) and 2 * len(asked) <= len(table.columns)
        for table in others
    )
    constant = all(sample.drawn[name].nunique() <= 1 for name in asked)
    named = re.search(r"sample|submission|submit", sample.stem) is not None
    merit = 2.0 * learned + 1.0 * constant + 1.5 * named + 0.5 * ("sample" in sample.stem)
    return merit or 0.5 * (_holds_shares(sample, asked) and not _named_test(sample))


def _holds_shares(table: TableFile, columns: Sequence[str]) -> bool:
    """Whether several columns hold nothing but numbers from 0 to 1."""
    if len(columns) < _FEWEST_SHARES:
        return False
    numbers = (pd.to_numeric(table.drawn[name], errors="coerce") for name in columns)
    return all(bool(column.between(0, 1).all()) for column in numbers)


def _answers_part(sample: TableFile, test: TableFile) -> bool:
    """Whether a table that is named a sample submission holds ids of some of the test's rows."""
    if re.search(r"sample|submission", sample.stem) is None or len(sample.columns) < 2:
        return False
    shared = [name for name in sample.columns if name in test.columns]
    if len(shared) != 1 or not sample.rows or not sample.is_unique(shared[0]):
        return False
    return test.holds_values(shared[0], sample, shared[0])


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
    _check_headers(tables)
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
    rest = [table for table in tables if table not in (train, test)]
    return train, test, _sample_by_form(rest, test) or _sample_by_name(rest), []


def _check_headers(tables: Sequence[TableFile]) -> None:
    """Refuse a test table that by name belongs to a training table but by columns to none."""
    trains = [table for table in tables if "train" in table.stem]
    for test in [table for table in tables if _named_test(table) and table not in trains]:
        if trains and not any({*train.columns} & {*test.columns} for train in trains):
            raise InputError(
                f"{trains[0].path} and {test.path} share no column: see that the first line of "
                "each holds column names."
            )


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
    if not chosen:
        return None, None, None, []
    best = max(chosen, key=lambda table: (len(table.columns), table.rows))
    note = f"Only {best.path} can teach and no table asks, so the run ends with a scored model."
    if len(chosen) > 1 and not targets and not named:
        note = (
            f"{best.path} is taken for the training table, because it has most columns; no table "
            "asks, so the run ends with a scored model."
        )
    return best, None, None, [note]


def _sample_by_form(tables: Sequence[TableFile], test: TableFile) -> TableFile | None:
    """A table with a line for every row and class."""
    return next((table for table in tables if long_keys(table, test) is not None), None)


def _sample_by_name(tables: Sequence[TableFile]) -> TableFile | None:
    named = [table for table in tables if re.search(r"sample|submission", table.stem)]
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
