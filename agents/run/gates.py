"""Points where a person may decide; policy answers where nobody does (DESIGN 6).

A gate is a fact, so that a restart finds the same gates, and an answer that was given before holds.
Whether anything waits at it is up to the mode: in `ask` a proposal does, in `review` it goes on and
may be undone later, in `auto` policy closes the gate at once; an installation waits in both
others. A person's answer outweighs a policy's, whenever it comes.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple

from agents.journal.choices import POLICY, Answer, Mode, as_row
from agents.journal.events import DecisionTaken, GateOpened
from agents.journal.store import DecisionRow
from agents.run.facts import Facts
from agents.run.pace import Pace

KEEP, UNDO = "keep", "undo"
ASKING: tuple[Mode, ...] = ("ask",)
UNASKED = "since nobody is asked in mode auto"


class Verdict(NamedTuple):
    """How a gate was answered."""

    option: str
    hunks: tuple[int, ...] = ()
    why: str = ""
    by: str = POLICY
    at: float = 0.0
    """Wall clock, seconds since the epoch, as journaled."""

    @property
    def keeps_all(self) -> bool:
        """Whether a proposal stays as it is."""
        return self.option == KEEP and not self.hunks


class Gates:
    """The gates of one run."""

    def __init__(self, facts: Facts, pace: Pace, mode: Callable[[], Mode]) -> None:
        """Nothing opens yet; what the journal holds is known."""
        self._facts, self._pace, self._mode = facts, pace, mode
        self._changed = asyncio.Event()

    def name(self, *parts: object) -> str:
        """The name of a gate, unique in the workspace: `traditional-3`; in run 2 `2.metric`."""
        run = self._facts.journal.run
        plain = "-".join(str(part) for part in parts)
        return plain if run == 1 else f"{run}.{plain}"

    def open(self, gate: GateOpened, *, settled: str = "") -> None:
        """Opens a gate unless this run opened it before; policy answers where nobody is asked.

        Args:
            gate: What may be decided.
            settled: Why nobody is asked about this one in any mode, as a clause.
        """
        if gate.gate not in self._facts.state.gates:
            self._facts.append(gate)
        if settled or self._mode() == "auto":
            self._close_by_policy(gate, settled or UNASKED)

    def close_all(self) -> None:
        """Policy answers whatever waits: nobody is asked any more."""
        for gate in self._facts.state.open_gates:
            self._close_by_policy(gate, UNASKED)
        self.wake()

    def _close_by_policy(self, gate: GateOpened, why: str) -> None:
        if not self._waits(gate.gate):
            return
        self._facts.append(
            DecisionTaken(
                gate=gate.gate,
                choice=as_row(Answer(option=gate.default)),
                by=POLICY,
                outcome=_said_by_policy(gate, why),
            )
        )

    def take(self, row: DecisionRow, outcome: str) -> None:
        """Journals a person's answer, once, and wakes what waits for it."""
        if row.gate in self._facts.state.taken:
            return
        self._facts.append(
            DecisionTaken(gate=row.gate, choice=row.choice, by=row.by, outcome=outcome)
        )
        self.wake()

    def verdict(self, name: str) -> Verdict | None:
        """How a gate was answered, by a person or a policy; None while it is open.

        An answer that could not be carried out says nothing, and what was proposed goes on.
        """
        gate = self._facts.state.gates.get(name)
        if gate is None or gate.decided is None or gate.decided.refused:
            return None
        answer = Answer.model_validate(gate.decided.choice)
        at = next(fact.at for fact in reversed(self._facts.of_run()) if fact.event == gate.decided)
        return Verdict(answer.option, answer.hunks, answer.why, gate.decided.by, at)

    async def answered(self, name: str, *, waiting_in: Collection[Mode] = ASKING) -> Verdict | None:
        """How a gate was answered; it is waited for in some modes, and only there.

        Only who asks waits; the clock rests where nothing else is under way. Nobody waits at a gate
        whose round is over.
        """
        with self._pace.awaiting():
            while (
                self._mode() in waiting_in and self._waits(name) and not self._facts.state.finishing
            ):
                await self._changed.wait()
        return self.verdict(name)

    def left_unanswered(self, name: str) -> bool:
        """Whether a person who wanted to be asked takes the best there is before they answered."""
        return self._mode() == "ask" and self._waits(name) and self._facts.state.finishing

    def _waits(self, name: str) -> bool:
        return name in {gate.gate for gate in self._facts.state.open_gates}

    def wake(self) -> None:
        """Something changed: whoever waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()


def _said_by_policy(gate: GateOpened, why: str) -> str:
    """What is said of a policy's answer: a proposal only goes on by it, whatever becomes of it."""
    if gate.topic == "proposal":
        return gate.says(f"goes on, {why}: it is kept only if it passes and is better.")
    return gate.says(f"is answered {gate.default}, {why}.")
