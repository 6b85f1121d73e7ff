"""`dataclasses.replace` for the fold: ten times as fast, for plain frozen dataclasses alone.

A run of a thousand rounds is some forty thousand facts, and each makes a state or two: calling
`__init__` of a large frozen class that often is what opening such a run would cost.
"""

from typing import TypeVar

Value = TypeVar("Value")


def amend(value: Value, /, **changes: object) -> Value:
    """`value` itself with some fields changed; only for one that nobody else holds yet.

    Args:
        value: A copy made by `replace`.
        changes: New values by field.
    """
    value.__dict__.update(changes)
    return value


def replace(value: Value, /, **changes: object) -> Value:
    """`value` with some fields changed; no `__init__` runs, and names are not checked.

    Args:
        value: A dataclass without slots and without `__post_init__`.
        changes: New values by field.
    """
    made = object.__new__(type(value))
    made.__dict__.update(value.__dict__, **changes)
    return made
