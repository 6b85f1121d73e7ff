"""Drawing blind rows so that they imitate the real test (`design/scores.md`).

`choose_split` decides how, with its evidence; `assign_folds` draws. The Assembler copies
`assign_folds` and its helpers into stand-alone programs: they use numpy and pandas only, take plain
arguments, and give the same folds on every platform and version.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from agents.competition.reading.tables import date_format
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.keys import KeyEvidence, evidence_for, separating_key
from agents.competition.splitting.time_splits import split_by_time
from agents.models import GroupKey, SplitPlan, Task

VAULT_PARTS = 10
"""One of so many parts of the labelled rows is the vault."""
_HEAD = 2_000


def choose_split(
    task: Task, train: pd.DataFrame, test: pd.DataFrame | None, seed: int
) -> SplitPlan:
    """Choose the splitter whose blind pair looks like the real pair of train and test.

    Args:
        task: What is asked; its `groups`, where set, are kept together.
        train: Cells of the training table.
        test: Cells of the test table, None if there is none.
        seed: Of the folds, kept in the plan.

    Returns:
        Splitter, number of folds, key or time windows, and the evidence in plain sentences.
    """
    targets = columns_of_targets(task, train)
    features = [
        str(name) for name in train if name not in targets and test is not None and name in test
    ]
    labelled = labelled_rows(train, targets)
    timely = split_by_time(train, test, _timely(train, features, task.id_column), labelled, seed)
    if timely.plan is not None:
        return timely.plan
    if task.groups is not None:
        evidence = evidence_for(task.groups, train, test)
    elif timely.is_future:
        evidence = KeyEvidence(None)
    else:
        evidence = separating_key(train, test, features, task.id_column)
    folds = 8 if len(train) < 2_000 else 5 if len(train) < 50_000 else 3
    if (key := evidence.key) is not None:
        groups = key_values(train.iloc[labelled], key).nunique()
        return SplitPlan(
            splitter="grouped",
            folds=max(2, min(folds, groups)),
            seed=seed,
            key=key,
            evidence=(*evidence.sentences, *_about_time(task, key), *timely.sentences),
        )
    return SplitPlan(
        splitter="stratified",
        folds=folds,
        seed=seed,
        evidence=(*evidence.sentences, _stratified_because(task), *timely.sentences),
    )


def groups_of_files(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str], id_column: str | None
) -> KeyEvidence:
    """Find the key that keeps two files apart where it is not time that does.

    Args:
        train: Cells of the training table, or rows of it drawn at random.
        test: The same of the test table.
        columns: Those that both have and that are not asked for.
        id_column: Its parts may be keys.
    """
    asked_of = _timely(train, columns, id_column)
    timely = split_by_time(train, test, asked_of, np.arange(len(train)), seed=0)
    if timely.plan is not None or timely.is_future:
        return KeyEvidence(None)
    return separating_key(train, test, columns, id_column)


def _timely(train: pd.DataFrame, columns: Sequence[str], id_column: str | None) -> list[str]:
    """Columns that may say when a row is: an id only where it is a date, no running number."""
    return [
        name
        for name in columns
        if name != id_column or date_format(train[name].head(_HEAD)) is not None
    ]


def columns_of_targets(task: Task, cells: pd.DataFrame) -> list[str]:
    """The columns of a training table that hold the targets, listed in one cell or one a column."""
    names = [target.name for target in task.targets]
    return names if all(name in cells for name in names) else task.target_columns


def _about_time(task: Task, key: GroupKey) -> tuple[str, ...]:
    if key.column not in task.dates:
        return ()
    return (
        f"`{key.column}` is a date: whole dates are held out, but between others, so blind scores "
        "may look better than the future will.",
    )


def _stratified_because(task: Task) -> str:
    if task.problem == "regression":
        spread = "with low and high targets alike in every fold"
    elif task.problem == "multilabel":
        spread = "with every combination of labels spread over the folds"
    else:
        spread = "with the classes in the same shares in every fold"
    return f"No key keeps the files apart, so rows are drawn one by one, {spread}."


def labelled_rows(cells: pd.DataFrame, targets: list[str]) -> np.ndarray:
    """Positions of the rows whose targets are all known.

    An empty cell is unknown; so is a word such as `NA` where all other cells are numbers, while it
    is a label of its own beside other words.
    """
    known = np.ones(len(cells), dtype=bool)
    for name in targets:
        words = cells[name].isin(["NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?"])
        empty = cells[name].str.strip() == ""
        numeric = pd.to_numeric(cells[name][~words & ~empty], errors="coerce").notna().all()
        known &= ~(empty | words if numeric else empty).to_numpy(dtype=bool)
    return np.flatnonzero(known)


def assign_folds(
    cells: pd.DataFrame,
    targets: list[str],
    splitter: str,
    folds: int,
    seed: int,
    keys: pd.Series | None = None,
) -> np.ndarray:
    """Give every labelled row the number of the fold in which it is blind.

    Args:
        cells: The training table as text, shape (rows, columns).
        targets: Columns to be predicted; a row with an unknown one takes no part.
        splitter: `random`, `stratified` or `grouped`.
        folds: How many, at least 2.
        seed: The same seed draws the same folds.
        keys: What the rows of one group have in common, shape (rows,) (`grouped` only); a row
            with an empty key is a group of its own.

    Returns:
        Integers of shape (rows,): 0 to folds - 1, and -1 for rows without a target.
    """
    labelled = labelled_rows(cells, targets)
    rows = cells.iloc[labelled]
    # The legacy generator is the one whose stream numpy promises never to change.
    chance = np.random.RandomState(seed).random_sample(len(rows))
    strata = _strata(rows, targets, folds)
    fold = np.full(len(cells), -1, dtype=np.int64)
    if splitter == "grouped" and keys is not None:
        codes = _group_codes(keys.iloc[labelled])
        fold[labelled] = _deal_groups(codes, strata, folds, chance)
    else:
        alike = np.zeros_like(strata) if splitter == "random" else strata
        fold[labelled[np.lexsort((chance, alike))]] = np.arange(len(rows)) % folds
    return fold


def vault_rows(
    cells: pd.DataFrame,
    targets: list[str],
    splitter: str,
    seed: int,
    keys: pd.Series | None = None,
) -> np.ndarray:
    """The tenth of the labelled rows that nothing learns from: they are kept to report on.

    They are dealt as folds are, before these and independently of them; the arguments are those of
    `assign_folds`.

    Returns:
        Booleans of shape (rows,).
    """
    kept: np.ndarray = assign_folds(cells, targets, splitter, VAULT_PARTS, seed + 1, keys) == 0
    return kept


def _strata(rows: pd.DataFrame, targets: list[str], folds: int) -> np.ndarray:
    """Number rows so that alike ones are neighbours: dealt out in order, they balance the folds."""
    columns = []
    for name in targets:
        numbers = pd.to_numeric(rows[name], errors="coerce")
        if numbers.notna().all() and numbers.nunique() * folds > len(rows):
            codes = np.empty(len(rows), dtype=np.int64)
            order = np.argsort(numbers.to_numpy(), kind="stable")
            codes[order] = np.arange(len(rows)) // (4 * folds)
        else:
            codes = pd.factorize(rows[name], sort=True)[0]
        columns.append(codes)
    # The rarest label leads, so that its rows lie together and reach every fold.
    columns.sort(key=lambda codes: int(np.bincount(codes, minlength=1).min()))
    kinds: np.ndarray = np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1]
    return kinds.reshape(-1)


def _group_codes(keys: pd.Series) -> np.ndarray:
    """Number the groups; a row with an empty key is a group of its own."""
    own = pd.Series([f"row {place}\0" for place in range(len(keys))], index=keys.index)
    return pd.factorize(keys.where(keys != "", own))[0]


def _deal_groups(
    codes: np.ndarray, strata: np.ndarray, folds: int, chance: np.ndarray
) -> np.ndarray:
    """Deal whole groups, large ones first, each to the fold that lacks most of what it holds.

    Groups of the same make-up are dealt in one go: what they add to a fold is known beforehand, so
    the cost grows with the number of different make-ups, not with the number of groups.
    """
    kinds_of_row = strata.max(initial=0) + 1
    pooled = strata if kinds_of_row <= 100 else strata * 12 // kinds_of_row
    makeup = np.zeros((codes.max(initial=-1) + 1, pooled.max(initial=0) + 2))
    np.add.at(makeup, (codes, pooled + 1), 1)
    makeup[:, 0] = makeup.sum(axis=1)
    luck = np.full(len(makeup), np.inf)
    np.minimum.at(luck, codes, chance)
    weight = 1 / np.maximum(1, makeup.sum(axis=0)) ** 2
    weight[0] *= makeup.shape[1]
    makeups, kind = np.unique(makeup, axis=0, return_inverse=True)
    order = np.lexsort((luck, kind.reshape(-1)))
    members = np.split(order, np.cumsum(np.bincount(kind.reshape(-1)))[:-1])
    held = np.zeros((folds, makeup.shape[1]))
    fold = np.empty(len(makeup), dtype=np.int64)
    for need, groups in zip(makeups[::-1], members[::-1], strict=True):
        load = held @ (weight * need) / (need @ (weight * need))
        # Rounded, so that ties are ties on every machine.
        loads = np.round(load + np.arange(len(groups))[:, np.newaxis], 6)
        fold[groups] = np.argsort(loads, axis=None, kind="stable")[: len(groups)] % folds
        held += np.bincount(fold[groups], minlength=folds)[:, np.newaxis] * need
    dealt: np.ndarray = fold[codes]
    return dealt
