"""What side tables add to the rows: literals, features and steps, from the joins and the profile.

A table with one row a key adds its columns, called `<name>.<column>`; a table with several rows a
key adds measures, the most frequent word of each column of words, and its texts. `blocks.sides` is
the code that these literals fill.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from agents.competition.joining.join_names import stem_of
from agents.models import BlueprintStep, ColumnProfile, Join, Profile, Task

_MOST_NUMBERS = 20
_MOST_WORDS = 60
_FEWEST_WORDS = 5
_ROWS_A_WORD = 50
_FEWEST_CODES = 5
_FEWEST_REACHED = 0.01
_MEASURES_A_NUMBER = 5
_MEASURES_A_COLUMN_OF_WORDS = 3
_DATE_NOTE = "dates written as "
_WORDS = frozenset({"category", "boolean"})
_MUTE = frozenset({"identifier", "constant"})


@dataclass(frozen=True)
class Side:
    """One use of a side table: a table that is reached by two columns is used twice."""

    name: str
    """Prefix of what it adds."""
    base: str
    """Name of the side that it is joined to; "" for train and test."""
    join: Join


@dataclass(frozen=True)
class SideNeeds:
    """What the side tables of one competition need."""

    task: Task
    profile: Profile

    @cached_property
    def sides(self) -> dict[str, Side]:
        """The side tables that are read, by name; nearer ones first."""
        sides: dict[str, Side] = {}
        for join in self.task.joins:
            if _why_not(join):
                continue
            parents = [side.name for side in sides.values() if side.join.path == join.base]
            for base in parents if join.base else [""]:
                name = self._name(join, base if len(parents) > 1 else "", sides)
                sides[name] = Side(name, base, join)
        return sides

    def _name(self, join: Join, parent: str, taken: dict[str, Side]) -> str:
        """The name of the table, or of the column that reaches it where several do."""
        rivals = [one for one in self.task.joins if (one.path, one.base) == (join.path, join.base)]
        name = stem_of(join.path) if len(rivals) == 1 else " and ".join(join.left)
        name = f"{parent} {name}".strip()
        return name if name not in taken else f"{name} ({join.path})"

    @property
    def declined(self) -> dict[str, str]:
        """Side tables that are not read, with the reason."""
        joins = {join.path: join for join in self.task.joins}
        read = {side.join.path for side in self.sides.values()}
        return {
            table.path: _why_not(joins.get(table.path)) or "the table before it is not read"
            for table in self.task.tables
            if table.role == "side" and table.path not in read
        }

    @cached_property
    def features(self) -> tuple[ColumnProfile, ...]:
        """Cells that side tables add to the rows, as columns of the rows."""
        return tuple(
            column.model_copy(update={"name": f"{side.name}.{column.name}", "in_test": True})
            for side in self.sides.values()
            if not side.base
            for column in self._cells(side)
        )

    @property
    def measures(self) -> int:
        """About how many columns of numbers are gathered from tables with several rows a key."""
        return sum(self._measures(side) for side in self._gathered)

    @property
    def literals(self) -> dict[str, JsonValue]:
        """What the code that joins leaves open."""
        gathered = self._gathered
        date = self._row_date
        return {
            "JOINS": {side.name: _written_join(side) for side in self.sides.values()},
            "LOOKUPS": {
                side.name: [column.name for column in self._columns(side)]
                for side in self.sides.values()
                if not side.join.many
            },
            "GATHERED": [side.name for side in gathered],
            "HOPS": 2 if any(side.base for side in self.sides.values()) else 1,
            "KEY_DATES": _filled({one.name: self._key_dates(one) for one in self.sides.values()}),
            "SIDE_NUMBERS": _filled({side.name: self._numbers(side) for side in gathered}),
            "SIDE_WORDS": _filled({side.name: self._words(side) for side in gathered}),
            "SIDE_CODES": _filled({side.name: self._codes(side) for side in gathered}),
            "SIDE_AMOUNTS": _filled({side.name: self._amount(side) for side in gathered}),
            "SIDE_TEXTS": _filled({side.name: self._texts(side) for side in gathered}),
            "SIDE_DATES": _filled({side.name: self._date(side) for side in gathered}),
            "ROW_DATE": {} if date is None else {"column": date.name, "written": _written(date)},
            "PAST": [side.name for side in gathered if self._is_past(side)],
        }

    @property
    def steps(self) -> tuple[BlueprintStep, ...]:
        """The steps, each with its reason."""
        return tuple(
            BlueprintStep(id=name, part="prep", directive=directive, reason=reason)
            for name, directive, reason in self._drafts()
        )

    def _drafts(self) -> Iterator[tuple[str, str, str]]:
        looked_up = [side for side in self.sides.values() if not side.join.many]
        if looked_up:
            where = "; ".join(f"{one.join.path} by {_listed(one.join.left)}" for one in looked_up)
            yield "join", f"Look up the columns of {where}.", _coverage(looked_up)
        if gathered := self._gathered:
            where = "; ".join(f"{one.join.path} by {_listed(one.join.left)}" for one in gathered)
            yield (
                "aggregate",
                f"Gather the rows of {where}: how many there are, what their numbers come to, "
                "which words occur how often.",
                _coverage(gathered),
            )

    # --- columns

    @property
    def _gathered(self) -> list[Side]:
        return [side for side in self.sides.values() if side.join.many]

    def _columns(self, side: Side) -> list[ColumnProfile]:
        """Columns of a side table that say something, with those looked up for it."""
        rows = {} if side.base else {column.name: column for column in self.profile.columns}
        children = [child for child in self.sides.values() if child.base == side.name]
        keys = {name for child in children for name in child.join.left}
        own = [
            _as_name(column) if column.name in keys else column
            for column in self.profile.side.get(side.join.path, ())
            if column.name not in side.join.right
            and column.semantic not in _MUTE
            and not _repeats(column, rows.get(column.name))
        ]
        for child in children:
            own += [
                column.model_copy(update={"name": f"{child.name}.{column.name}"})
                for column in self._cells(child)
            ]
        return own

    def _cells(self, side: Side) -> list[ColumnProfile]:
        """Columns of words and texts that a join adds."""
        if not side.join.many:
            return self._columns(side)
        told = {*self._words(side), *self._texts(side)}
        return [
            column.model_copy(update={"items": (), "to_target": None})
            for column in self._columns(side)
            if column.name in told
        ]

    def _numbers(self, side: Side) -> list[JsonValue]:
        numbers = [one.name for one in self._columns(side) if one.semantic == "number"]
        return [*numbers[:_MOST_NUMBERS]]

    def _words(self, side: Side) -> dict[str, JsonValue]:
        """The frequent words of every column of words: more of them where rows are many."""
        most = self.profile.rows_train // _ROWS_A_WORD
        most = max(_FEWEST_WORDS, min(_MOST_WORDS, most))
        return {
            column.name: [*_frequent(column)[:most]]
            for column in self._columns(side)
            if column.semantic in _WORDS and not self._is_past(side)
        }

    def _codes(self, side: Side) -> list[JsonValue]:
        """Columns whose words end in a number."""
        return [
            column.name
            for column in self._columns(side)
            if column.name in self._words(side)
            and column.distinct >= _FEWEST_CODES
            and _frequent(column)
            and all(re.search(r"\d\s*$", word) for word in _frequent(column))
        ]

    def _amount(self, side: Side) -> str:
        """The one column that says how much of something a row stands for, or ""."""
        numbers = [column for column in self._columns(side) if column.semantic == "number"]
        one = numbers[0] if len(numbers) == 1 and self._words(side) else None
        return one.name if one is not None and (one.minimum or 0) >= 0 else ""

    def _texts(self, side: Side) -> list[JsonValue]:
        if self._is_past(side):
            return []
        return [one.name for one in self._columns(side) if one.semantic == "text"]

    def _date(self, side: Side) -> list[JsonValue]:
        """The column that says when a row of the side table was, and how it is written."""
        if side.base:
            return []
        dates = [column for column in self._columns(side) if column.semantic == "date"]
        return [dates[0].name, _written(dates[0])] if dates else []

    def _is_past(self, side: Side) -> bool:
        dated = not side.base and any(one.semantic == "date" for one in self._columns(side))
        return not side.join.whole and dated and self._row_date is not None

    @cached_property
    def _row_date(self) -> ColumnProfile | None:
        """The column that says when a row was: the one that rows are split by, else the first."""
        dates = [one for one in self.profile.columns if one.semantic == "date" and one.in_test]
        time = self.profile.split.time
        ordered = sorted(dates, key=lambda one: time is None or one.name != time.column)
        return ordered[0] if ordered else None

    def _key_dates(self, side: Side) -> dict[str, JsonValue]:
        """How the dates of a key are written on both sides."""
        there = {column.name: column for column in self.profile.side.get(side.join.path, ())}
        here = {column.name: column for column in self._base_columns(side)}
        pairs = zip(side.join.left, side.join.right, strict=True)
        return {
            left: [_written(here[left]), _written(there[right])]
            for left, right in pairs
            if left in here
            and right in there
            and here[left].semantic == there[right].semantic == "date"
        }

    def _base_columns(self, side: Side) -> tuple[ColumnProfile, ...]:
        if not side.base:
            return self.profile.columns
        return self.profile.side.get(side.join.base, ())

    def _measures(self, side: Side) -> int:
        words = self._words(side)
        items = sum(len(names) for names in words.values() if isinstance(names, list))
        numbers = len(self._numbers(side)) * _MEASURES_A_NUMBER
        return 1 + numbers + items + len(words) * _MEASURES_A_COLUMN_OF_WORDS


def _why_not(join: Join | None) -> str:
    """Why a side table is not read, or ""."""
    if join is None:
        return "no key leads from the rows to be predicted to it"
    if join.coverage_test is not None and join.coverage_test < _FEWEST_REACHED:
        return "it says nothing about the rows to be predicted"
    return ""


def _as_name(column: ColumnProfile) -> ColumnProfile:
    """A column that names rows of another table: its numbers are no amounts."""
    if column.semantic != "number":
        return column
    return column.model_copy(update={"semantic": "category", "distribution": ()})


def _repeats(column: ColumnProfile, row: ColumnProfile | None) -> bool:
    """Whether the rows have the same column already."""
    return row is not None and (row.semantic, row.distinct) == (column.semantic, column.distinct)


def _frequent(column: ColumnProfile) -> list[str]:
    """The frequent words of a column, as far as they were measured."""
    if column.items:
        return list(column.items)
    labels = [bar.label for bar in column.distribution]
    return labels[:-1] if len(labels) < column.distinct else labels


def _written_join(side: Side) -> dict[str, JsonValue]:
    join = side.join
    return {
        "path": join.path,
        "base": side.base,
        "left": [*join.left],
        "right": [*join.right],
    }


def _written(column: ColumnProfile) -> str:
    """The format in which a column's dates are written."""
    return column.note.partition(_DATE_NOTE)[2] or "ISO8601"


def _filled(entries: dict[str, JsonValue]) -> JsonValue:
    """The entries that hold something."""
    return {name: entry for name, entry in entries.items() if entry}


def _coverage(sides: list[Side]) -> str:
    """How many rows find something, table by table."""
    shares = [
        f"{side.join.coverage_train:.0%} of the training rows"
        + (
            ""
            if side.join.coverage_test is None
            else f" and {side.join.coverage_test:.0%} of the test rows"
        )
        + f" have {'several rows' if side.join.many else 'a row'} in {side.join.path}"
        for side in sides
    ]
    return f"{'; '.join(shares)}."


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)
