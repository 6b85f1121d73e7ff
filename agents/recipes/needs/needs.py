"""What the tables of a competition need before any model: literals and steps, from the profile.

Every recipe for tables shares these. A step exists only where the data asks for it, and its reason
says what in the data does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from pydantic import JsonValue

from agents.competition.splitting.key_words import key_words
from agents.models import BlueprintStep, ColumnProfile, GroupKey, Profile, Target, Task
from agents.recipes.needs.layout import table_literals
from agents.recipes.needs.losses import TrainingLoss, training_loss
from agents.recipes.needs.media import MediaNeeds
from agents.recipes.needs.side_needs import SideNeeds

MANY_WORDS = 30
"""A column of words with more of them than this is no small set of choices."""
_FEWEST_AMOUNTS = 3
_FEWEST_VALUES = 15
MOST_ITEMS = 30
"""Of a column of lists, so many items get a column of their own."""
_MOST_ROWS_OF_WORDS = 100_000
_MOST_ROWS_OF_CHARACTERS = 20_000
"""A thousand texts of a few sentences take a second, five times less without characters."""
_MOST_CELLS = 40_000_000
"""Of a larger training table rows are drawn: its text alone would fill gigabytes, and what a run of
minutes can learn from it is learned from a part."""
_MOST_CROSSED = 8
_MOST_CROSSES = 15
_MOST_SPANNED = 4
_ROWS_A_CROSS = 5
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
        """Columns that train and test share and that say something; an id only if a date."""
        marker = self.task.marker
        taken = {target.name for target in self.task.targets} | {*self.task.target_columns}
        taken |= {marker.column if marker else "", *self.media.columns}
        return (
            tuple(
                column
                for column in self.profile.columns
                if column.in_test
                and column.name not in taken
                and column.semantic not in {"identifier", "constant"}
            )
            + self.sides.features
            + self.media.texts
        )

    @cached_property
    def media(self) -> MediaNeeds:
        """What files of rows ask for."""
        return MediaNeeds(self.task)

    @cached_property
    def sides(self) -> SideNeeds:
        """What the side tables add."""
        return SideNeeds(self.task, self.profile)

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
    def scored_texts(self) -> list[ColumnProfile]:
        """Columns of text whose words are weighed; none where reading them would take minutes."""
        return self.of("text") if self.profile.rows_train <= _MOST_ROWS_OF_WORDS else []

    @cached_property
    def crosses(self) -> tuple[tuple[str, str], ...]:
        """Pairs of columns of words whose combinations are worth a word of their own.

        Only where there are hardly any numbers: trees and curves find the rest by themselves.
        """
        if len(self.of("category")) < 2 or len(self.of("number")) > len(self.of("category")) / 4:
            return ()
        telling = sorted(self.of("category"), key=_telling, reverse=True)[:_MOST_CROSSED]
        pairs = [
            (one.name, other.name)
            for one, other in combinations(telling, 2)
            if one.distinct * other.distinct * _ROWS_A_CROSS <= self.profile.rows_train
        ]
        return tuple(pairs[:_MOST_CROSSES])

    @property
    def share(self) -> float:
        """The share of the training rows that a fit reads; 0 for all of them.

        Rows that belong together, or that follow each other in time, are never thinned out.
        """
        train, split = self.task.table("train"), self.profile.split
        together = self.group or split.key or split.time or self.task.marker
        if train is None or together or train.format != "csv" or train.decimals or train.thousands:
            return 0.0
        share = _MOST_CELLS / max(1, train.rows * len(train.columns))
        return max(0.001, round(share, 3)) if share < 1 else 0.0

    @cached_property
    def spans(self) -> tuple[tuple[str, str], ...]:
        """Pairs of dates: how long one came after the other takes a tree many cuts to see."""
        dates = [column.name for column in self.of("date")][:_MOST_SPANNED]
        return tuple(combinations(dates, 2))

    @property
    def words(self) -> bool:
        """Whether any feature is made of words."""
        return bool(self.of("category") or self.of("delimited") or self.of("json"))

    @cached_property
    def loss(self) -> TrainingLoss:
        """What models are trained with, so that they aim at the metric."""
        task = self.task
        return training_loss(task.metric, task.problem, targets=len(task.targets))

    @property
    def inverse_weights(self) -> bool:
        """Whether a row counts the more the smaller its target is."""
        one = len(self.task.targets) == 1
        return one and self.loss.weight in {"inverse", "metric and inverse"}

    @property
    def weighted(self) -> bool:
        """Whether rows count differently, by a column of the training table or their target."""
        return self.weight_column != "" or self.inverse_weights

    @property
    def weight_column(self) -> str:
        """The column that weighs rows; "" for none."""
        weights = self.task.metric.weights
        names = {column.name for column in self.profile.columns}
        return weights.column if weights is not None and weights.column in names else ""

    @property
    def declined(self) -> dict[str, str]:
        """Input tables that are not read, with the reason."""
        return self.sides.declined

    @property
    def literals(self) -> dict[str, JsonValue]:
        """Everything that the shared blocks leave open."""
        return (
            table_literals(self.task)
            | target_literals(self.task)
            | {
                "NUMBERS": _names(one for one in self.of("number") if not one.units),
                "UNITS": {one.name: dict(one.units) for one in self.of("number") if one.units},
                "BOOLEANS": _names(self.of("boolean")),
                "CATEGORIES": _names(self.of("category")),
                "DATES": {column.name: _written(column) for column in self.of("date")},
                "WORDS": self.words,
                "SPANS": [list(pair) for pair in self.spans],
                "TEXTS": _names(self.of("text")),
                "SCORED_TEXTS": _names(self.scored_texts),
                "CHARACTERS": self.profile.rows_train <= _MOST_ROWS_OF_CHARACTERS,
                "DELIMITED": {
                    column.name: [column.delimiter, column.parts] for column in self.of("delimited")
                },
                "JSONS": {column.name: list(column.items) for column in self.of("json")},
                "LISTS": {
                    column.name: [column.delimiter or ",", list(column.items[:MOST_ITEMS])]
                    for column in self.of("list")
                },
                "CROSSES": [list(pair) for pair in self.crosses],
                "PARTS_OF_CELLS": bool(self.of("delimited") or self.of("json")),
                "AMOUNTS": {name: list(columns) for name, columns in self.amounts.items()},
                "GAPS": {column.name: list(column.missing_words) for column in self.gaps},
            }
            | _group_literals(self.group)
            | self._row_literals
            | self.sides.literals
            | self.file_literals
        )

    @property
    def file_literals(self) -> dict[str, JsonValue]:
        """How files are found, where they become a column of text that every recipe reads."""
        return self.media.literals if self.media.texts else {}

    @property
    def _row_literals(self) -> dict[str, JsonValue]:
        """How rows are weighed, and which of them are held out from a fit."""
        weights, time = self.task.metric.weights, self.profile.split.time
        last = time is not None and self.profile.split.splitter == "time"
        literals: dict[str, JsonValue] = {
            "SHARE": self.share,
            "WEIGHTED": self.weighted,
            "WEIGHT_COLUMN": self.weight_column,
            "INVERSE": self.inverse_weights,
            "TIME_COLUMN": time.column if last and time else "",
            "TIME_WRITTEN": time.written if last and time else "",
            "TIME_FINER": [*time.finer] if last and time else [],
            "HOLDOUT": "last" if last else "grouped" if self.group else "random",
        }
        if self.weight_column and weights is not None:
            literals |= {
                "WEIGHTS": dict(weights.values),
                "USUAL_WEIGHT": weights.default,
            }
        return literals

    @property
    def steps(self) -> tuple[BlueprintStep, ...]:
        """The steps that follow from the columns, in the order in which code takes them."""
        told = (
            BlueprintStep(id=name, part="prep", directive=directive, reason=reason)
            for name, directive, reason in (
                *_row_steps(self),
                *_number_steps(self),
                *_word_steps(self),
                *_structure_steps(self),
            )
        )
        texts = self.media.steps if self.media.texts else ()
        return (*self.sides.steps, *texts, *told)


def target_literals(task: Task) -> dict[str, JsonValue]:
    """What kind of thing is predicted, and how its labels are written."""
    first = task.targets[0]
    positive: dict[str, JsonValue] = {}
    if task.problem == "multilabel":
        positive = {target.name: positive_label(target) for target in task.targets}
    return {
        "PROBLEM": task.problem,
        "OUTPUTS": max(len(task.targets), len(first.classes) if len(first.classes) > 2 else 1),
        "CLASSES": _classes(task),
        "POSITIVE": positive,
    }


def _classes(task: Task) -> list[JsonValue]:
    """The labels of the target by rank: numbers by value, negative before positive."""
    if task.problem == "multilabel":
        return []
    target = task.targets[0]
    if len(target.classes) == 2:
        positive = positive_label(target)
        return [*(label for label in target.classes if label != positive), positive]
    try:
        return [*sorted(target.classes, key=float)]
    except ValueError:
        return [*target.classes]


def positive_label(target: Target) -> str:
    """The label that a probability means: the one named so, else the last."""
    return target.positive if target.positive is not None else target.classes[-1]


def _is_mostly_zero(column: ColumnProfile) -> bool:
    low, high, mean = column.minimum, column.maximum, column.mean
    if low is None or high is None or mean is None or low != 0 or column.distinct < _FEWEST_VALUES:
        return False
    return 0 < mean <= _MOSTLY_NOTHING * high


def _telling(column: ColumnProfile) -> float:
    """How much a column says about the target."""
    return column.to_target or 0.0


def _names(columns: Iterable[ColumnProfile]) -> list[JsonValue]:
    return [column.name for column in columns]


def _written(column: ColumnProfile) -> str:
    """The format in which a column's dates are written."""
    return column.note.partition(_DATE_NOTE)[2] or "ISO8601"


# --- steps and their reasons -------------------------------------------------------------------

Draft = tuple[str, str, str]
"""Id, directive, reason."""


def _row_steps(needs: Needs) -> Iterator[Draft]:
    if needs.share:
        yield (
            "drawn_rows",
            f"Learn from {needs.share:.1%} of the training rows, drawn at random.",
            f"{needs.profile.rows_train:,} rows are more than a fit has memory and time for; all "
            "of them are still scored.",
        )


def _number_steps(needs: Needs) -> Iterator[Draft]:
    if numbers := [column for column in needs.of("number") if not column.units]:
        wordy = [column for column in numbers if column.missing_words]
        heavy = [column for column in numbers if _is_heavy(column)]
        reason = f"{_count(len(numbers), 'column')} of {len(needs.features)} hold quantities"
        if wordy:
            reason += f"; {_some(wordy)} write a missing number as a word"
        if heavy:
            reason += f"; {_some(heavy)} reach more than twenty times their mean"
        yield "numbers", f"Read {_some(numbers)} as numbers.", reason + "."
    if measures := [column for column in needs.of("number") if column.units]:
        units = ", ".join(unit or "grouped digits" for unit in measures[0].units)
        yield (
            "units",
            f"Read {_some(measures)} in one unit each.",
            f"{_some(measures)} come with units ({units}).",
        )
    if booleans := needs.of("boolean"):
        verb = "takes" if len(booleans) == 1 else "take"
        yield (
            "booleans",
            f"Read {_some(booleans)} as 1 and 0.",
            f"{_some(booleans)} {verb} two values only, yes and no.",
        )
    if dates := needs.of("date"):
        between = "; count the days between them" if needs.spans else ""
        yield (
            "dates",
            f"Read {_some(dates)} as elapsed days, parts of the calendar and place in the year"
            f"{between}.",
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
    yield from _item_steps(needs)
    yield from _text_steps(needs)


def _item_steps(needs: Needs) -> Iterator[Draft]:
    if objects := needs.of("json"):
        yield (
            "entries",
            f"Give every key of {_some(objects)} a column.",
            f"A cell holds an object with keys such as {_listed(objects[0].items)}.",
        )
    if lists := needs.of("list"):
        yield (
            "items",
            f"Count the items of {_some(lists)}, and say which of the frequent ones they hold.",
            f"A cell holds any number of items such as {_listed(lists[0].items)}.",
        )
    if needs.crosses:
        yield (
            "crosses",
            "Join pairs of words: "
            + "; ".join(_listed(pair) for pair in needs.crosses[:4])
            + (f" and {len(needs.crosses) - 4} more" if len(needs.crosses) > 4 else "")
            + ".",
            "Nearly all columns hold words, and what two of them mean together is no sum of both.",
        )


def _text_steps(needs: Needs) -> Iterator[Draft]:
    if texts := needs.of("text"):
        yield (
            "texts",
            f"Measure how long {_some(texts)} are and how they are written.",
            "Length, capitals and marks say something that words do not.",
        )
    if texts := needs.scored_texts:
        yield (
            "text_scores",
            f"Score {_some(texts)} by words, every row by models that saw others, and find topics.",
            f"Free text hardly repeats ({_some(texts)}), so its words have to become numbers, and "
            "scores of the rows themselves would give the target away.",
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
            f"Measure each group of rows that share {key_words(needs.group)}.",
            evidence[0] if evidence else "Rows come in groups.",
        )


def _group_literals(key: GroupKey | None) -> dict[str, JsonValue]:
    """How the group of a row is read."""
    key = key or GroupKey(column="")
    return {
        "GROUP_COLUMN": key.column,
        "GROUP_DELIMITER": key.delimiter or "",
        "GROUP_PARTS": [*key.parts],
        "GROUP_WORDING": key.wording,
        "GROUP_BESIDE": [*key.beside],
    }


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
