"""The facts of a run as the engine tells them: journaled once, and folded at once.

A resumed run starts from the top and tells everything again; what this run told before is not
journaled twice.
"""

from agents.journal.events import Event, Recorded
from agents.journal.folding import apply, fold
from agents.journal.state import State
from agents.journal.steps import digest_of
from agents.journal.store import Journal


class Facts:
    """The journal, the state folded from it, and the facts of this run that were told already."""

    def __init__(self, journal: Journal) -> None:
        """Folds what is there; a run that begins needs an object of its own."""
        self.journal = journal
        recorded = journal.recorded()
        self.state: State = fold(recorded)
        self.before = recorded[-1].seq if recorded else 0
        """The last fact that an engine before this one told."""
        self._told: dict[str, Recorded] = {}
        for fact in recorded:
            if fact.run == journal.run:
                self._told[_identity(fact.event)] = fact

    def tell(self, event: Event) -> Recorded:
        """Journals a fact unless this run told exactly it before; returns the recorded one."""
        known = self._told.get(_identity(event))
        return known if known is not None else self.append(event)

    def append(self, event: Event) -> Recorded:
        """Journals a fact, also when it repeats an earlier one."""
        fact = self.journal.append(event)
        self.state = apply(self.state, fact)
        self._told[_identity(event)] = fact
        return fact

    def last_like(self, event: Event) -> Recorded | None:
        """The last fact of this run of the same kind, about the same round of the same track."""
        about = _about(event)
        return next((fact for fact in reversed(self.of_run()) if _about(fact.event) == about), None)

    def of_run(self) -> list[Recorded]:
        """Distinct facts of this run, in order."""
        return sorted(self._told.values(), key=lambda fact: fact.seq)


def _about(event: Event) -> tuple[str, object, object]:
    return event.kind, getattr(event, "track", None), getattr(event, "round", None)


def _identity(event: Event) -> str:
    return digest_of(event.model_dump(mode="json"))
