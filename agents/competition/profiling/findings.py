"""What will fool you: the few things about this data that lead people astray, in plain words.

The facts come measured; here it is only decided which of them deserve a sentence, and which one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from agents.competition.profiling.drift import drift_by_chance
from agents.competition.profiling.findings_target import about_target
from agents.competition.profiling.leaks import Leaks
from agents.competition.profiling.rows import Repeats
from agents.competition.reading.words import doing, some
from agents.models import ColumnProfile, Finding, SplitPlan, Task

_LEAK: Final = 0.99
_ORDER: Final = 0.1
_DRIFT: Final = 0.05
_SHIFTED: Final = 0.6
_MANY_UNSEEN: Final = 0.05
_MANY_MISSING: Final = 0.01
_UNLIKE_COVERAGE: Final = 0.1
_OUTLYING: Final = 100
_TIMED: Final = frozenset({"time", "entity_tail", "periodic"})


@dataclass(frozen=True)
class Facts:
    """What was measured, for the findings to choose from."""

    task: Task
    columns: tuple[ColumnProfile, ...]
    split: SplitPlan
    repeats: Repeats
    rows: tuple[int, int]
    """How many rows of train and test the columns were measured on."""
    targets: Mapping[str, tuple[np.ndarray, bool]]
    """Values or class codes of the measured training rows, and whether they are classes."""
    leaks: Leaks
    drift: float | None = None
    resolution: float | None = None
    spans: tuple[tuple[str, str, str], ...] = ()
    """Date columns with the time that train and the time that test covers, in words."""

    @property
    def features(self) -> list[ColumnProfile]:
        """All columns but the targets."""
        targets = {target.name for target in self.task.targets}
        return [column for column in self.columns if column.name not in targets]


def find_all(facts: Facts) -> tuple[Finding, ...]:
    """Every finding, the most dangerous first."""
    features = facts.features
    return tuple(
        chain(
            _leaks(features),
            _hidden_leaks(facts),
            _groups(facts.split),
            _repeated(facts.repeats),
            _drift(facts),
            _times(facts),
            about_target(
                facts.task, facts.targets, facts.split, facts.repeats.ceiling, facts.resolution
            ),
            _units(features),
            _delimited(features),
            _several(features),
            _names(features),
            _missing(features),
            _only_train(features),
            _unseen(features),
            _side_tables(facts.task),
            _outliers(features),
            _twins(facts.leaks),
            _constant(features),
        )
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
                columns=(column.name,),
            )


def _hidden_leaks(facts: Facts) -> Iterator[Finding]:
    if facts.leaks.empty:
        names = some([name for name, _ in facts.leaks.empty])
        named = ", ".join(f"{name} {strength:.2f}" for name, strength in facts.leaks.empty[:4])
        yield Finding(
            title=f"An empty cell gives the answer away in {names}",
            text=f"Relation of being empty to the target: {named} of 1. Cells that are filled in "
            "after the answer is known will not be there when it is asked for.",
            done="Kept if the test has it; look at it before trusting any score.",
            columns=tuple(name for name, _ in facts.leaks.empty),
        )
    least = max(_ORDER, facts.leaks.order_by_chance)
    if facts.leaks.order >= least and facts.split.splitter not in _TIMED:
        yield Finding(
            title="The order of the rows tells the answer",
            text=f"The relation of a row's place in the table to the target is "
            f"{facts.leaks.order:.2f} of 1: the rows were sorted or come in time.",
            done="The place is no feature.",
        )
    telling = [
        column
        for column in facts.features
        if column.semantic == "identifier" and (column.to_target or 0.0) >= least
    ]
    if telling:
        named = ", ".join(f"{column.name} {column.to_target:.2f}" for column in telling)
        yield Finding(
            title=f"The id tells the answer: {_listed(telling)}",
            text=f"Relation to the target: {named} of 1. Ids were given in the order of time or of "
            "the answer.",
            done="Ids are no features.",
            columns=_names_of(telling),
        )


def _groups(split: SplitPlan) -> Iterator[Finding]:
    if split.key is not None:
        yield Finding(
            title="Rows come in groups, and the test's groups are new",
            text=" ".join(split.evidence),
            done=f"Blind rows are drawn by whole groups, {split.folds} folds.",
            columns=(split.key.column, *split.key.beside),
        )


def _repeated(repeats: Repeats) -> Iterator[Finding]:
    if repeats.test_in_train:
        yield Finding(
            title=f"{doing(repeats.test_in_train, 'test row', 'occur')} in train",
            text="Their features are those of a training row, so a model can know them by heart.",
            done="Nothing is removed.",
        )
    if repeats.contradicting:
        yield Finding(
            title=f"{doing(repeats.contradicting, 'row', 'repeat')} another with another answer",
            text="The same features with different targets set a limit that no model can pass.",
        )


def _delimited(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    for column in features:
        if column.semantic == "delimited":
            yield Finding(
                title=f"{column.name} holds {column.parts} facts in one",
                text=f"Its cells are cut by `{column.delimiter}`: {column.note}.",
                done=f"Taken apart at `{column.delimiter}`.",
                columns=(column.name,),
            )


def _names(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    named = [column for column in features if column.semantic == "category" and column.integer]
    if named:
        yield Finding(
            title=f"Numbers that name things: {_listed(named)}",
            text="; ".join(f"{column.name}: {column.note}" for column in named[:6]) + ".",
            done="Treated as categories, not as amounts.",
            columns=_names_of(named),
        )


def _missing(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    holes = sorted(
        (column for column in features if column.missing), key=lambda column: -column.missing
    )
    if holes and holes[0].missing >= _MANY_MISSING:
        verb = "has" if len(holes) == 1 else "have"
        worst = ", ".join(f"{column.name} {column.missing:.0%}" for column in holes[:5])
        yield Finding(
            title=f"{len(holes)} of {len(features)} columns {verb} empty cells",
            text=f"Most in {worst}.",
            done="Models are told which cells were empty.",
            columns=_names_of(holes),
        )
    words = [column for column in features if column.missing_words]
    if words:
        named = "; ".join(f"{c.name}: {', '.join(c.missing_words)}" for c in words[:6])
        yield Finding(
            title="Words that mean nothing was recorded",
            text=f"Among other values stand {named}.",
            done="Read as empty there; elsewhere the same words stay values.",
            columns=_names_of(words),
        )


def _only_train(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    only = [column for column in features if not column.in_test and column.semantic != "identifier"]
    if only:
        yield Finding(
            title=f"Only the training table has {_listed(only)}",
            text="What the test lacks cannot be used to predict it.",
            done="Not used as features.",
            columns=_names_of(only),
        )


def _drift(facts: Facts) -> Iterator[Finding]:
    """Where the test differs, column by column and all together; ids and dates stand apart."""
    chance = 4 * drift_by_chance(*facts.rows)
    moved = sorted(
        (
            column
            for column in facts.features
            if column.semantic not in {"identifier", "date"}
            and (column.drift or 0.5) - 0.5 >= max(_DRIFT, chance)
        ),
        key=lambda column: -(column.drift or 0.5),
    )
    together = facts.drift or 0.5
    if moved:
        named = ", ".join(f"{column.name} {column.drift:.2f}" for column in moved[:5])
        yield Finding(
            title=f"The test differs from train in {_listed(moved)}",
            text=f"How well a column alone tells test rows from training rows, from .5 to 1: "
            f"{named}; all together {together:.2f}.",
            done="Blind rows cannot show what such a shift costs.",
            columns=_names_of(moved),
        )
    elif together >= max(_SHIFTED, 0.5 + chance):
        yield Finding(
            title="The test differs from train in no one column, but all of them tell it apart",
            text=f"Small trees on all columns tell test rows from training rows with an AUC of "
            f"{together:.2f}, where .5 is chance.",
        )


def _times(facts: Facts) -> Iterator[Finding]:
    for name, train, test in facts.spans:
        yield Finding(
            title=f"Train and test cover different times by {name}",
            text=f"Train covers {train}, test {test}.",
            columns=(name,),
        )


def _unseen(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
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
            columns=_names_of(unseen),
        )


def _units(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    measured = [column for column in features if column.units]
    if measured:
        yield Finding(
            title=f"Numbers written as words: {_listed(measured)}",
            text="; ".join(f"{column.name}: {column.note}" for column in measured[:6]) + ".",
            done="Read as numbers in one unit.",
            columns=_names_of(measured),
        )


def _several(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    several = [column for column in features if column.semantic in {"list", "json"}]
    if several:
        yield Finding(
            title=f"Cells that hold several things: {_listed(several)}",
            text="; ".join(f"{column.name}: {column.note}" for column in several[:6]) + ".",
            columns=_names_of(several),
        )


def _side_tables(task: Task) -> Iterator[Finding]:
    for join in task.joins:
        test = join.coverage_test
        if test is not None and abs(join.coverage_train - test) >= _UNLIKE_COVERAGE:
            yield Finding(
                title=f"{join.path} knows train and test unlike",
                text=f"By {' and '.join(join.left)} it is found for {join.coverage_train:.0%} of "
                f"the training rows and {test:.0%} of the test's.",
                done="Kept whole for blind rows, too."
                if join.whole
                else "Blind rows are left without it as the test is.",
                columns=join.left if not join.base else (),
            )


def _outliers(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    far = [column for column in features if _reaches_far(column)]
    if far:
        named = "; ".join(
            f"{c.name} up to {c.maximum:,.4g} at a mean of {c.mean:,.4g}" for c in far[:5]
        )
        yield Finding(
            title=f"A few values lie far out in {_listed(far)}",
            text=f"{named}: means, and models that add up columns, follow them.",
            columns=_names_of(far),
        )


def _reaches_far(column: ColumnProfile) -> bool:
    low, high, mean = column.minimum, column.maximum, column.mean
    if column.semantic != "number" or low is None or high is None or not mean:
        return False
    return max(abs(low), abs(high)) > _OUTLYING * abs(mean) and min(low, mean) >= 0


def _twins(leaks: Leaks) -> Iterator[Finding]:
    if leaks.twins:
        named = "; ".join(" = ".join(group[:4]) for group in leaks.twins[:4])
        yield Finding(
            title=f"{doing(len(leaks.twins), 'group', 'hold')} columns that say the same",
            text=f"Each value of one goes with one value of the other in every row: {named}.",
            columns=tuple(name for group in leaks.twins for name in group),
        )


def _constant(features: Sequence[ColumnProfile]) -> Iterator[Finding]:
    constant = [column for column in features if column.semantic == "constant"]
    if constant:
        yield Finding(
            title=f"The same in every row: {_listed(constant)}",
            text="A column of one value tells nothing.",
            done="Left out.",
            columns=_names_of(constant),
        )


def sampled(rows: int) -> Finding:
    """Say that the tables were too long to be measured whole."""
    return Finding(
        title=f"Measured on {rows:,} rows drawn at random",
        text="Shares, distributions and relations come from them; counts of rows are exact.",
    )


def _names_of(columns: Sequence[ColumnProfile]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _listed(columns: Sequence[ColumnProfile]) -> str:
    return some([column.name for column in columns])
