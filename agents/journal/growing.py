"""A sequence that only ever grows, for the fold: one more item costs the same however many are.

A tuple of a hundred thousand items is copied for the next one, and whoever keeps the states in
between keeps every copy. Values of `Growing` share one list and differ in how much of it is theirs.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar, overload

from typing_extensions import override

Item = TypeVar("Item", covariant=True)


class Growing(Sequence[Item]):
    """The first so many items of a list that nobody else changes; a value like a tuple."""

    __slots__ = ("_items", "_length")

    def __init__(self, items: Iterable[Item] = ()) -> None:
        """Holds these."""
        self._items = list(items)
        self._length = len(self._items)

    def plus(self, item: Item) -> "Growing[Item]":  # type: ignore[misc]  # it never reads one
        """The same and one more; this one stays as it is."""
        if len(self._items) != self._length:  # it has grown in another way before
            return Growing([*self, item])
        self._items.append(item)
        grown: Growing[Item] = object.__new__(Growing)
        grown._items, grown._length = self._items, self._length + 1
        return grown

    @override
    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> "Growing[Item]": ...

    @override
    def __getitem__(self, index: int | slice) -> "Item | Growing[Item]":
        if isinstance(index, slice):
            return Growing(self._items[: self._length][index])
        return self._items[range(self._length)[index]]

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Growing):
            return NotImplemented
        if self._items is other._items:
            return self._length == other._length
        return len(self) == len(other) and all(
            one == another for one, another in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]  # like a list's: items need not have one

    @override
    def __iter__(self) -> Iterator[Item]:
        return islice(self._items, self._length)

    @override
    def __repr__(self) -> str:
        return f"Growing({list(self)!r})"
