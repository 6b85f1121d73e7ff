"""Columns as the Data pane lists them: their order, the keys of their rows, what they are called.

A row is known by its name, and by which of that name it is: names may be empty, or occur twice, and
a run that leaves columns out has the others at other places.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from agents.journal.state import State
from agents.models import Blueprint, ColumnProfile, Finding
from iml_tui.drawing.draw import printable
from iml_tui.words.figures import count

Order = Literal["relation", "table", "missing", "name"]
ORDERS: dict[Order, str] = {
    "relation": "by relation",
    "table": "as in the table",
    "missing": "by empty cells",
    "name": "by name",
}
NAMELESS = "(no name)"
LONGEST_NAME = 200
"""Letters of a name that are shown, searched and told apart: somebody's data became a name once."""


Value = TypeVar("Value")


class Kept(Generic[Value]):
    """A value that is made anew only when it would be made of something else.

    Facts never change, so the same object is the same fact; texts and numbers are compared.
    """

    def __init__(self) -> None:
        self._made: tuple[tuple[object, ...], Value] | None = None

    def of(self, inputs: tuple[object, ...], make: Callable[[], Value]) -> Value:
        """The value that belongs to `inputs`."""
        if self._made is None or not all(map(_same, self._made[0], inputs)):
            self._made = inputs, make()
        return self._made[1]


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str | int) and one == other)


@dataclass(frozen=True)
class Known:
    """One column and where it stands."""

    key: str
    column: ColumnProfile
    target: bool = False
    measured: bool = True
    """Whether anything but its name is known yet."""


def shown_name(name: str) -> str:
    """A name on one line, cut where nobody reads on; a word for one of which nothing is seen."""
    if len(name) > LONGEST_NAME:
        return f"{shown_name(name[:LONGEST_NAME])}… ({count(len(name), 'letter')})"
    return name if name.isprintable() and name.strip() else printable(name).strip() or NAMELESS


def next_order(order: Order) -> Order:
    """The order after this one."""
    orders = list(ORDERS)
    return orders[(orders.index(order) + 1) % len(orders)]


def keys_of(names: Iterable[str], table: str = "") -> list[str]:
    """The keys of columns' rows; `table` is the path of a side table, which holds no zero byte."""
    known = Counter[str]()
    keys = []
    for name in (one[:LONGEST_NAME] for one in names):
        keys.append(f"column:{known[name]}:{table}\0{name}")
        known[name] += 1
    return keys


def table_of(key: str) -> str | None:
    """The side table of a column's row, "" for the training table; None for other rows."""
    kind, _, rest = key.partition(":")
    return rest.partition(":")[2].partition("\0")[0] if kind == "column" else None


def columns_of(state: State, table: str = "") -> list[Known]:
    """The columns of a table in its own order, those that are not measured yet included."""
    if table:
        beside = state.profile.side.get(table, ()) if state.profile is not None else ()
        keys = keys_of((one.name for one in beside), table)
        return [Known(key, column) for key, column in zip(keys, beside, strict=True)]
    targets = set(state.task.target_columns) if state.task is not None else set()
    columns = (*state.columns, *_unseen(state))
    keys = keys_of(one.name for one in columns)
    return [
        Known(key, one, target=one.name in targets, measured=place < len(state.columns))
        for place, (key, one) in enumerate(zip(keys, columns, strict=True))
    ]


def _unseen(state: State) -> list[ColumnProfile]:
    """Columns of which only the name is known yet."""
    train = state.task.table("train") if state.task is not None else None
    if state.profile is not None or train is None:
        return []
    return [
        ColumnProfile(name=name, semantic="text", distinct=0, missing=0.0)
        for name in train.columns[len(state.columns) :]
    ]


def ordered(columns: Sequence[Known], order: Order) -> list[Known]:
    """The targets first, then the others in that order; what is equal keeps that of the table."""
    match order:
        case "table":
            return list(columns)
        case "name":
            return sorted(columns, key=lambda one: shown_name(one.column.name).casefold())
        case "missing":
            return sorted(columns, key=lambda one: -one.column.missing)
        case "relation":
            return sorted(columns, key=lambda one: (not one.target, -(one.column.to_target or 0.0)))


def findings_about(findings: Sequence[Finding], name: str) -> list[Finding]:
    """What was found out about one column."""
    return [finding for finding in findings if name in finding.columns]


def used_by(blueprint: Blueprint | None, name: str) -> tuple[list[str], list[str]]:
    """Ids of the steps that work on a column, and names of the candidates that have them."""
    steps: dict[str, None] = {}
    candidates: dict[str, None] = {}
    for candidate in blueprint.candidates if blueprint is not None else ():
        for step in candidate.steps:
            listed = candidate.literals.get(step.id.upper())
            held = isinstance(listed, list | dict) and name in listed
            if held or f"`{name}`" in step.directive:
                steps[step.id] = candidates[candidate.name] = None
    return list(steps), list(candidates)
