"""Which kind of repair comes next: a fault that comes back is answered by more (DESIGN 5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from agents.models import Fault

Rung = Literal["quick", "debug", "signature", "web", "anew", "recipe"]
"""A rule; the Debugging Agent; with the true signatures of the installed libraries; with what the
web says; the function written anew; the recipe instead of the program."""

RUNGS: tuple[Rung, ...] = get_args(Rung)
ABOUT_LIBRARIES = {
    "incompatible API",
    "missing dependency",
    "shape or dtype mismatch",
    "unknown",
}
"""Faults that what the installed libraries offer may explain at once."""
MOST_QUICK = 12
"""Quick fixes of one program; they cost no round, but must end."""
MOST_QUICK_OF_ONE = 3
"""On the same fault: a batch may have to be halved again."""


@dataclass(frozen=True)
class Attempt:
    """A repair that was tried."""

    fault: Fault
    """What it was to mend."""
    rung: Rung


@dataclass(frozen=True)
class Means:
    """What repairs may use."""

    rounds: int = 10
    """Of the Debugging Agent, a program."""
    quick: bool = True
    """Whether a rule fits the fault."""
    model: bool = True
    """Whether there is a Debugging Agent to ask."""
    web: bool = False
    """Whether the web may be asked."""


def next_rung(history: Sequence[Attempt], fault: Fault, means: Means | None = None) -> Rung:
    """How a fault is answered.

    Args:
        history: What was tried on this program so far, in order.
        fault: What is wrong with it now.
        means: What may be used; all but the web where none is given.

    Returns:
        A higher rung than any that this fault came back from; `recipe` where nothing is left or
        the rounds are over.
    """
    means = means or Means()
    tried = [one.rung for one in history if same(one.fault) == same(fault)]
    highest = max((RUNGS.index(rung) for rung in tried), default=0)
    quick = sum(one.rung == "quick" for one in history)
    if means.quick and highest == 0 and quick < MOST_QUICK and len(tried) < MOST_QUICK_OF_ONE:
        return "quick"
    if not means.model or len(history) - quick >= means.rounds:
        return "recipe"
    for rung in RUNGS[highest + 1 :]:
        if rung == "debug" and fault.kind in ABOUT_LIBRARIES:
            continue
        if rung != "web" or means.web:
            return rung
    return "recipe"


def same(fault: Fault) -> str:
    """What makes two faults of one program the same: numbers in words may differ."""
    first = (fault.message.strip().splitlines() or [""])[0]
    return f"{fault.kind} {fault.component} {re.sub(r'[0-9]+', '#', first)}"
