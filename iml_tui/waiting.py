"""What wants the person's eye: how it is said, and what comes first.

A repair that goes on and may be undone is "to look at"; only in ask mode does one wait.
"""

from agents.journal.events import GateOpened
from agents.journal.state import State
from iml_tui.figures import count


def repairs(state: State) -> tuple[GateOpened, ...]:
    """Proposals that nobody has decided on, oldest first."""
    return tuple(gate for gate in state.open_gates if gate.topic == "proposal")


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
    proposed, asked = repairs(state), questions(state)
    if not proposed:
        words = count(len(asked), "question") if asked else ""
        return words, words
    how_many = count(len(proposed), "repair")
    if asks(state):
        first = proposed[0].track or how_many
        words = f"{first} waits for you" if len(proposed) == 1 else f"{how_many} wait for you"
    else:
        words = f"{how_many} to look at"
    return (f"{words}, {count(len(asked), 'question')}" if asked else words), how_many


def left_open(state: State) -> str:
    """What somebody who leaves now leaves open, in a sentence; empty where nothing is."""
    proposed = len(repairs(state))
    if not proposed and any(gate.topic == "package" for gate in questions(state)):
        return "A track waits meanwhile for what you say of a package."
    if not proposed:
        return ""
    if asks(state):
        waits = "waits" if proposed == 1 else "wait"
        return f"{count(proposed, 'repair')} {waits} for your answer meanwhile."
    are = "is" if proposed == 1 else "are"
    return f"{count(proposed, 'repair')} {are} yours to look at; the work goes on meanwhile."


def next_gate(state: State, after: str | None) -> GateOpened | None:
    """What is to be looked at after the gate of that name: what holds up work first, then by age.

    Args:
        state: The run.
        after: Name of the gate that was looked at last; None begins anew.
    """
    first, then = repairs(state), questions(state)
    gates = [*first, *then] if asks(state) else list(state.open_gates)
    names = [gate.gate for gate in gates]
    if not gates:
        return None
    return gates[(names.index(after) + 1) % len(gates)] if after in names else gates[0]
