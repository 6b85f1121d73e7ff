"""Drawing blind rows so that they imitate the real test (`design/scores.md`).

`choose_split` decides how, with its evidence; `assign_folds` draws. The Assembler copies
`assign_folds` and its helpers into stand-alone programs: they use numpy and pandas only, take plain
arguments, and give the same folds on every platform and version.
"""

import numpy as np
import pandas as pd

from agents.competition.splitting.keys import evidence_for, key_values, separating_key
from agents.competition.splitting.time_splits import split_by_time
from agents.models import GroupKey, SplitPlan, Task


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
    asked_of = [name for name in features if name != task.id_column]
    timely = split_by_time(train, test, asked_of, labelled, seed)
    if timely.plan is not None:
        return timely.plan
    if task.groups is not None:
        evidence = evidence_for(task.groups, train, test)
    else:
        evidence = separating_key(train, test, features, task.id_column)
    folds = 8 if len(train) < 2_000 else 5 if len(train) < 50_000 else 3
    if (key := evidence.key) is not None:
        groups = key_values(train[key.column], key.delimiter).nunique()
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


def assign_folds(  # noqa: PLR0913 (plain arguments, for generated programs)
    cells: pd.DataFrame,
    targets: list[str],
    splitter: str,
    folds: int,
    seed: int,
    group_column: str | None,
    group_delimiter: str | None,
) -> np.ndarray:
    """Give every labelled row the number of the fold in which it is blind.

    Args:
        cells: The training table as text, shape (rows, columns).
        targets: Columns to be predicted; a row with an unknown one takes no part.
        splitter: `random`, `stratified` or `grouped`.
        folds: How many, at least 2.
        seed: The same seed draws the same folds.
        group_column: Column whose equal values stay together (`grouped` only).
        group_delimiter: Compare only what stands before this in `group_column`.

    Returns:
        Integers of shape (rows,): 0 to folds - 1, and -1 for rows without a target.
    """
    labelled = labelled_rows(cells, targets)
    rows = cells.iloc[labelled]
    # The legacy generator is the one whose stream numpy promises never to change.
    chance = np.random.RandomState(seed).random_sample(len(rows))
    strata = _strata(rows, targets, folds)
    fold = np.full(len(cells), -1, dtype=np.int64)
    if splitter == "grouped" and group_column is not None:
        codes = _group_codes(rows, group_column, group_delimiter)
        fold[labelled] = _deal_groups(codes, strata, folds, chance)
    else:
        alike = np.zeros_like(strata) if splitter == "random" else strata
        fold[labelled[np.lexsort((chance, alike))]] = np.arange(len(rows)) % folds
    return fold


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


def _group_codes(rows: pd.DataFrame, column: str, delimiter: str | None) -> np.ndarray:
    """Number the groups; a row with an empty key is a group of its own."""
    keys = rows[column].astype(str)
    if delimiter is not None:
        keys = keys.str.split(delimiter, n=1, regex=False).str[0]
    own = pd.Series([f"row {place}\0" for place in range(len(rows))], index=rows.index)
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
