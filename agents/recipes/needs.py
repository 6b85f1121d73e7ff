"""What the tables of a competition need before any model: literals and steps, from the profile.

Every recipe for tables shares these. A step exists only where the data asks for it, and its reason
says what in the data does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from agents.models import BlueprintStep, ColumnProfile, GroupKey, Profile, Target, Task
from agents.recipes.layout import table_literals

MANY_WORDS = 30
"""A column of words with more of them than this is no small set of choices."""
_FEWEST_AMOUNTS = 3
_FEWEST_VALUES = 15
_MOSTLY_NOTHING = 0.15
"""The mean of amounts that are mostly zero, as a share of the largest."""
_DATE_NOTE = "dates written as "


@dataclass(frozen=True)
class Needs:
    """The columns of one competition, sorted by what has to be done with them."""

    task: Task
    profile: Profile

    @cached_property
    def features(self) -> tuple[ColumnProfile, ...]:
        """Columns that train and test share and that say something."""
        targets = {target.name for target in self.task.targets}
        return tuple(
            column
            for column in self.profile.columns
            if column.in_test
            and column.name not in targets
            and column.name != self.task.id_column
            and column.semantic not in {"identifier", "constant"}
        )

    @cached_property
    def group(self) -> GroupKey | None:
        """The key by which rows belong together, if test rows have it too."""
        key = self.profile.split.key or self.task.groups
        names = {column.name for column in self.profile.columns if column.in_test}
        return key if key is not None and key.column in names else None

    def of(self, semantic: str) -> list[ColumnProfile]:
        """Features of one semantic type."""
        return [column for column in self.features if column.semantic == semantic]

    @cached_property
    def amounts(self) -> dict[str, list[str]]:
        """Blocks of three or more columns of the same scale that are mostly zero.

        Named after their scale; columns whose largest values lie within one power of ten.
        """
        mostly_zero = [column for column in self.of("number") if _is_mostly_zero(column)]
        blocks: list[list[ColumnProfile]] = []
        for column in sorted(mostly_zero, key=lambda one: one.maximum or 0.0):
            if blocks and (column.maximum or 0.0) <= 10 * (blocks[-1][0].maximum or 0.0):
                blocks[-1].append(column)
            else:
                blocks.append([column])
        wide = [block for block in blocks if len(block) >= _FEWEST_AMOUNTS]
        order = [column.name for column in self.features]
        names = ["amounts"] if len(wide) == 1 else [f"amounts {i + 1}" for i in range(len(wide))]
        return {
            name: sorted((column.name for column in block), key=order.index)
            for name, block in zip(names, wide, strict=True)
        }

    @cached_property
    def gaps(self) -> list[ColumnProfile]:
        """Columns with empty cells, where there are several."""
        gaps = [column for column in self.features if column.missing > 0]
        return gaps if len(gaps) >= 3 else []

    @property
    def words(self) -> bool:
        """Whether any feature is made of words."""
        return bool(self.of("category") or self.of("delimited"))

    @property
    def literals(self) -> dict[str, JsonValue]:
        """Everything that the shared blocks leave open."""
        return (
            table_literals(self.task)
            | target_literals(self.task)
            | {
                "NUMBERS": _names(self.of("number")),
                "BOOLEANS": _names(self.of("boolean")),
                "CATEGORIES": _names(self.of("category")),
                "DATES": {column.name: _written(column) for column in self.of("date")},
                "WORDS": self.words,
                "TEXTS": _names(self.of("text")),
                "DELIMITED": {
                    column.name: [column.delimiter, column.parts] for column in self.of("delimited")
                },
                "AMOUNTS": {name: list(columns) for name, columns in self.amounts.items()},
                "GAPS": {column.name: list(column.missing_words) for column in self.gaps},
                "GROUP_COLUMN": self.group.column if self.group else "",
                "GROUP_DELIMITER": (self.group.delimiter or "") if self.group else "",
            }
        )

    @property
    def steps(self) -> tuple[BlueprintStep, ...]:
        """The steps that follow from the columns, in the order in which code takes them."""
        return tuple(
            BlueprintStep(id=name, part="prep", directive=directive, reason=reason)
            for name, directive, reason in (
                *_number_steps(self),
                *_word_steps(self),
                *_structure_steps(self),
            )
        )


def target_literals(task: Task) -> dict[str, JsonValue]:
    """What kind of thing is predicted, and how its labels are written."""
    first = task.targets[0]
    positive: dict[str, JsonValue] = {}
    if task.problem == "multilabel":
        positive = {target.name: positive_label(target) for target in task.targets}
    return {
        "PROBLEM": task.problem,
        "OUTPUTS": max(len(task.targets), len(first.classes) if len(first.classes) > 2 else 1),
        "CLASSES": list(first.classes) if task.problem != "multilabel" else [],
        "POSITIVE": positive,
    }


def positive_label(target: Target) -> str:
    """The label that a probability means: the one named so, else the last."""
    return target.positive if target.positive is not None else target.classes[-1]


def _is_mostly_zero(column: ColumnProfile) -> bool:
    low, high, mean = column.minimum, column.maximum, column.mean
    if low is None or high is None or mean is None or low != 0 or column.distinct < _FEWEST_VALUES:
        return False
    return 0 < mean <= _MOSTLY_NOTHING * high


def _names(columns: Iterable[ColumnProfile]) -> list[JsonValue]:
    return [column.name for column in columns]


def _written(column: ColumnProfile) -> str:
    """The format in which a column's dates are written."""
    return column.note.partition(_DATE_NOTE)[2] or "ISO8601"


# --- steps and their reasons -------------------------------------------------------------------

Draft = tuple[str, str, str]
"""Id, directive, reason."""


def _number_steps(needs: Needs) -> Iterator[Draft]:
    if numbers := needs.of("number"):
        wordy = [column for column in numbers if column.missing_words]
        heavy = [column for column in numbers if _is_heavy(column)]
        reason = f"{_count(len(numbers), 'column')} of {len(needs.features)} hold quantities"
        if wordy:
            reason += f"; {_some(wordy)} write a missing number as a word"
        if heavy:
            reason += f"; {_some(heavy)} reach more than twenty times their mean"
        yield "numbers", f"Read {_some(numbers)} as numbers.", reason + "."
    if booleans := needs.of("boolean"):
        verb = "takes" if len(booleans) == 1 else "take"
        yield (
            "booleans",
            f"Read {_some(booleans)} as 1 and 0.",
            f"{_some(booleans)} {verb} two values only, yes and no.",
        )
    if dates := needs.of("date"):
        yield (
            "dates",
            f"Read {_some(dates)} as elapsed days, parts of the calendar and place in the year.",
            f"{_some(dates)}: {dates[0].note}; a tree cannot see a season in a day count.",
        )


def _word_steps(needs: Needs) -> Iterator[Draft]:
    if categories := needs.of("category"):
        integers = [column for column in categories if column.integer]
        most = max(categories, key=lambda column: column.distinct)
        reason = (
            f"{_count(len(categories), 'column')} hold words out of a small set, at most "
            f"{most.distinct} ({most.name})"
        )
        if integers:
            reason += f"; the integers in {_some(integers)} name things"
        yield "categories", f"Take {_some(categories)} as words.", reason + "."
    if delimited := needs.of("delimited"):
        column = delimited[0]
        reason = f"`{column.name}` has {column.distinct} different values, too many to learn from"
        if column.unseen:
            reason += f", and {column.unseen:.0%} of the test's never occur in training"
        directive = "; ".join(
            f"`{one.name}` into {one.parts} parts at `{one.delimiter}`" for one in delimited
        )
        yield "parts", f"Take apart {directive}.", f"{reason}; its parts repeat."
        yield (
            "digits",
            "Read those parts as numbers that are numbers in every training row.",
            "A position or a running number orders its rows; a word does not.",
        )
    if texts := needs.of("text"):
        yield (
            "texts",
            f"Measure the length of {_some(texts)}.",
            f"Free text hardly repeats ({_some(texts)}), so only its measures are used here.",
        )


def _structure_steps(needs: Needs) -> Iterator[Draft]:
    if needs.amounts:
        block = next(iter(needs.amounts.values()))
        yield (
            "totals",
            "Add up columns of one unit and count their zeros: "
            + "; ".join(_listed(names) for names in needs.amounts.values())
            + ".",
            f"{_listed(block)} are mostly zero and of one scale, so their sum means something.",
        )
    if needs.gaps:
        widest = max(needs.gaps, key=lambda column: column.missing)
        yield (
            "gaps",
            "Count the empty cells of every row.",
            f"{_count(len(needs.gaps), 'column')} have empty cells, {widest.name} most "
            f"({widest.missing:.1%}); where they come together they mean something.",
        )
    if needs.group:
        evidence = needs.profile.split.evidence
        yield (
            "groups",
            f"Measure each group of rows that share {group_words(needs.group)}.",
            evidence[0] if evidence else "Rows come in groups.",
        )


def group_words(key: GroupKey) -> str:
    """A group key in words."""
    if key.delimiter is None:
        return f"`{key.column}`"
    return f"the part of `{key.column}` before `{key.delimiter}`"


def _is_heavy(column: ColumnProfile) -> bool:
    if column.mean is None or column.maximum is None or column.minimum is None:
        return False
    return column.minimum >= 0 and column.mean > 0 and column.maximum > 20 * column.mean


def _some(columns: Sequence[ColumnProfile]) -> str:
    return _listed([column.name for column in columns])


def _listed(names: Sequence[str]) -> str:
    """Up to four names, and how many more there are."""
    shown = [f"`{name}`" for name in names[:4]]
    if len(names) > 4:
        return f"{', '.join(shown)} and {len(names) - 4} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
