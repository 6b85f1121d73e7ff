"""What will fool you: the few things about this data that lead people astray, in plain words."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from agents.competition.rows import Repeats
from agents.competition.words import counted, some
from agents.models import ColumnProfile, Finding, SplitPlan, Task

_LEAK: Final = 0.99
_DRIFT: Final = 0.1
_MANY_UNSEEN: Final = 0.05
_MANY_MISSING: Final = 0.01
_FEW_OF_A_CLASS: Final = 0.1


def find_all(
    task: Task,
    columns: tuple[ColumnProfile, ...],
    split: SplitPlan,
    repeats: Repeats,
    rows: tuple[int, int],
) -> tuple[Finding, ...]:
    """Every finding, the most dangerous first.

    Args:
        task: What is asked.
        columns: All measured columns.
        split: How blind rows will be drawn.
        repeats: Counts of repeated rows.
        rows: How many rows of train and test the columns were measured on.
    """
    targets = {target.name for target in task.targets}
    features = [column for column in columns if column.name not in targets]
    return (
        *_leaks(features),
        *_groups(split),
        *_repeated(repeats),
        *_delimited(features),
        *_names(features),
        *_missing(features),
        *_rare_classes(task, columns),
        *_only_train(features),
        *_drift(features, rows),
        *_constant(features),
    )


def _leaks(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    for column in features:
        if column.to_target is not None and column.to_target >= _LEAK:
            yield Finding(
                title=f"{column.name} all but gives the answer away",
                text=f"Its relation to the target is {column.to_target:.3f} of 1: a leak or a "
                "copy, unless the test rows carry it honestly.",
                done="Kept if the test has it; look at it before trusting any score."
                if column.in_test
                else "Not used: the test lacks it.",
            )


def _groups(split: SplitPlan) -> Iterator[Finding]:
    if split.key is not None:
        yield Finding(
            title="Rows come in groups, and the test's groups are new",
            text=" ".join(split.evidence),
            done=f"Blind rows are drawn by whole groups, {split.folds} folds.",
        )


def _repeated(repeats: Repeats) -> Iterator[Finding]:
    if repeats.test_in_train:
        yield Finding(
            title=f"{counted(repeats.test_in_train, 'row')} of the test occur in train",
            text="Their features are those of a training row, so a model can know them by heart.",
            done="Nothing is removed.",
        )
    if repeats.contradicting:
        yield Finding(
            title=f"{counted(repeats.contradicting, 'row')} repeat another with another answer",
            text="The same features with different targets set a limit that no model can pass.",
        )


def _delimited(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    for column in features:
        if column.semantic == "delimited":
            yield Finding(
                title=f"{column.name} holds {column.parts} facts in one",
                text=f"Its cells are cut by `{column.delimiter}`: {column.note}.",
                done=f"Taken apart at `{column.delimiter}`.",
            )


def _names(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    named = [column for column in features if column.semantic == "category" and column.integer]
    if named:
        yield Finding(
            title=f"Numbers that name things: {_listed(named)}",
            text="; ".join(f"{column.name}: {column.note}" for column in named[:6]) + ".",
            done="Treated as categories, not as amounts.",
        )


def _missing(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    holes = sorted(
        (column for column in features if column.missing >= _MANY_MISSING),
        key=lambda column: -column.missing,
    )
    if holes:
        worst = ", ".join(f"{column.name} {column.missing:.0%}" for column in holes[:5])
        yield Finding(
            title=f"{len(holes)} of {len(features)} columns have empty cells",
            text=f"Most in {worst}.",
            done="Models are told which cells were empty.",
        )
    words = [column for column in features if column.missing_words]
    if words:
        named = "; ".join(f"{c.name}: {', '.join(c.missing_words)}" for c in words[:6])
        yield Finding(
            title="Words that mean nothing was recorded",
            text=f"Among other values stand {named}.",
            done="Read as empty there; elsewhere the same words stay values.",
        )


def _rare_classes(task: Task, columns: Sequence[ColumnProfile]) -> Iterator[Finding]:
    shares = {column.name: column.distribution for column in columns}
    rare = []
    for target in task.targets:
        lowest = min(shares.get(target.name, ()), key=lambda one: one.share, default=None)
        if target.kind == "class" and lowest is not None and lowest.share < _FEW_OF_A_CLASS:
            rare.append(f"{target.name} = {lowest.label} in {lowest.share:.1%}")
    if rare:
        yield Finding(
            title="Some answers are rare",
            text=f"Of the training rows, {', '.join(rare[:6])}: a model that never says so looks "
            "right most of the time.",
            done="Every fold gets its share of each class.",
        )


def _only_train(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    only = [column for column in features if not column.in_test and column.semantic != "identifier"]
    if only:
        yield Finding(
            title=f"Only the training table has {_listed(only)}",
            text="What the test lacks cannot be used to predict it.",
            done="Not used as features.",
        )


def _drift(features: Sequence[ColumnProfile], rows: tuple[int, int]) -> Iterator[Finding]:
    moved = sorted(((drift(column), column) for column in features), key=lambda pair: -pair[0])
    moved = [
        (distance, column)
        for distance, column in moved
        if distance >= max(_DRIFT, 2 * drift_by_chance(column, rows))
    ]
    if moved:
        named = ", ".join(f"{column.name} {distance:.0%}" for distance, column in moved[:5])
        yield Finding(
            title=f"The test differs from train in {_listed([column for _, column in moved])}",
            text=f"Shares of test rows that lie elsewhere in the distribution: {named}.",
        )
    unseen = [
        column
        for column in features
        if column.semantic != "delimited" and (column.unseen or 0) >= _MANY_UNSEEN
    ]
    if unseen:
        named = ", ".join(f"{column.name} {column.unseen:.0%}" for column in unseen[:5])
        yield Finding(
            title="Values that train never saw",
            text=f"Shares of the test's filled cells whose value no training row has: {named}.",
            done="Unknown values have their own place in every encoding.",
        )


def drift(column: ColumnProfile) -> float:
    """Share of the test's rows that would have to move to make the distributions equal."""
    pairs = [(one.share, one.test_share) for one in column.distribution]
    return sum(abs(ours - theirs) for ours, theirs in pairs if theirs is not None) / 2


def drift_by_chance(column: ColumnProfile, rows: tuple[int, int]) -> float:
    """The `drift` to expect between two random draws of so many rows (normal approximation)."""
    spread = sum(math.sqrt(max(0.0, one.share * (1 - one.share))) for one in column.distribution)
    return math.sqrt(2 / math.pi) * spread * math.sqrt(sum(1 / max(1, size) for size in rows)) / 2


def _constant(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    constant = [column for column in features if column.semantic == "constant"]
    if constant:
        yield Finding(
            title=f"The same in every row: {_listed(constant)}",
            text="A column of one value tells nothing.",
            done="Left out.",
        )


def sampled(rows: int) -> Finding:
    """Say that the tables were too long to be measured whole."""
    return Finding(
        title=f"Measured on {rows:,} rows drawn at random",
        text="Shares, distributions and relations come from them; counts of rows are exact.",
    )


def _listed(columns: Sequence[ColumnProfile]) -> str:
    return some([column.name for column in columns])
