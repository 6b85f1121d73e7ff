"""What wants the person's eye: how it is said, and what comes first.

What a model proposes and goes on and may be undone is "to look at"; only in ask mode it waits. What
answers a fault, or a person's words, is a repair; what a track begins with, a draft; all else
changes a program that is valid.
"""

from collections.abc import Sequence
from typing import Literal

from agents.journal.events import GateOpened
from agents.journal.state import Moment, State
from iml_tui.words.figures import count

Kind = Literal["repair", "draft", "change"]
UNDONE = "undone"
"""How the reason of a round begins that a person did not want."""
KINDS: tuple[Kind, ...] = ("repair", "draft", "change")


def proposals(state: State) -> tuple[GateOpened, ...]:
    """Proposals that nobody has decided on, oldest first."""
    return tuple(gate for gate in state.open_gates if gate.topic == "proposal")


def _kind(before: Moment | None) -> Kind:
    """What a proposal is, by the round that it changes."""
    if before is None:
        return "draft"
    return "repair" if before.fault is not None or before.reason.startswith(UNDONE) else "change"


def counted(state: State, gates: Sequence[GateOpened]) -> str:
    """`2 repairs, 1 draft`."""
    rounds = {one.proposal: one for one in state.moments if one.proposal} if gates else {}
    kinds = [_kind(rounds.get(gate.base or "")) for gate in gates]
    return ", ".join(count(kinds.count(kind), kind) for kind in KINDS if kind in kinds)


def questions(state: State) -> tuple[GateOpened, ...]:
    """What is asked in words and nobody has answered, oldest first."""
    return tuple(gate for gate in state.open_gates if gate.topic != "proposal")


def packages(state: State) -> tuple[GateOpened, ...]:
    """Packages that a track waits for, in every mode."""
    return tuple(gate for gate in state.open_gates if gate.topic == "package")


def asks(state: State) -> bool:
    """Whether work waits for answers."""
    return state.settings.get("mode") == "ask" and state.card is None


def waiting(state: State) -> tuple[str, str]:
    """`2 repairs to look at, 1 question`, and the same shorter; empty where nothing is."""
    proposed, asked = proposals(state), questions(state)
    if not proposed:
        words = count(len(asked), "question") if asked else ""
        return words, words
    how_many = counted(state, proposed)
    if asks(state):
        first = proposed[0].track or how_many
        words = f"{first} waits for you" if len(proposed) == 1 else f"{how_many} wait for you"
    else:
        words = f"{how_many} to look at"
    return (f"{words}, {count(len(asked), 'question')}" if asked else words), how_many


def left_open(state: State) -> str:
    """What somebody who leaves now leaves open, in a sentence; empty where nothing is."""
    proposed = proposals(state)
    if not proposed and any(gate.topic == "package" for gate in questions(state)):
        return "A track waits meanwhile for what you say of a package."
    if not proposed:
        return ""
    if asks(state):
        waits = "waits" if len(proposed) == 1 else "wait"
        return f"{counted(state, proposed)} {waits} for your answer meanwhile."
    are = "is" if len(proposed) == 1 else "are"
    return f"{counted(state, proposed)} {are} yours to look at; the work goes on meanwhile."


def next_gate(state: State, after: str | None) -> GateOpened | None:
    """What is to be looked at after the gate of that name: what holds up work first, then by age.

    Args:
        state: The run.
        after: Name of the gate that was looked at last; None begins anew.
    """
    first, then = proposals(state), questions(state)
    gates = [*first, *then] if asks(state) else list(state.open_gates)
    names = [gate.gate for gate in gates]
    if not gates:
        return None
    return gates[(names.index(after) + 1) % len(gates)] if after in names else gates[0]
