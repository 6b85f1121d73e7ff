"""What a person has chosen of the proposals they look at, until the journal has it.

Choices are collected change by change and given as one answer, since an answer counts once a
proposal. What was given stays shown as given until the journal says what became of it.
"""

from collections.abc import Sequence

from agents.journal.choices import Answer
from iml_tui.looking_back.review import Choice, Draft, Review, answer_of
from iml_tui.widgets.letter import Standing


def gate_name(review: Review | None) -> str:
    """Name of the gate at which a round can be kept or undone; empty where it has none."""
    return review.gate.opened.gate if review is not None and review.gate is not None else ""


class Answering:
    """Drafts, answers that were given, and why some could not be; by gate."""

    def __init__(self) -> None:
        """Nothing is chosen."""
        self._drafts: dict[str, dict[int, Choice]] = {}
        self._given: dict[str, Answer] = {}
        self._problems: dict[str, str] = {}

    def draft(self, gate: str) -> Draft:
        """What is chosen of a proposal."""
        return self._drafts.get(gate, {})

    @property
    def ungiven(self) -> tuple[str, ...]:
        """Gates of which something is chosen and nothing given."""
        return tuple(
            gate for gate, draft in self._drafts.items() if draft and gate not in self._given
        )

    def standing(self, review: Review, numbers: Sequence[int], found: Answer | None) -> Standing:
        """How the answer to a proposal stands.

        Args:
            review: The round.
            numbers: Of its changes.
            found: An answer that lay in the journal already when the code was read.
        """
        gate = gate_name(review)
        if not review.is_open:
            return Standing(tuple(numbers))
        given = self._given.get(gate) or found
        return Standing(tuple(numbers), self._drafts.get(gate), given, self._problems.get(gate, ""))

    def choose(
        self, gate: str, number: int, choice: Choice, numbers: Sequence[int]
    ) -> Answer | None:
        """Chooses for one change, or takes that back; the answer once everything is chosen."""
        draft = self._drafts.setdefault(gate, {})
        if draft.get(number) == choice:
            del draft[number]
            return None
        draft[number] = choice
        return answer_of(draft, numbers)

    def choose_all(self, gate: str, choice: Choice, numbers: Sequence[int]) -> Answer | None:
        """Keeps all that is not chosen yet, or undoes everything."""
        chosen = self._drafts.get(gate, {}) if choice == "keep" else {}
        self._drafts[gate] = dict.fromkeys(numbers, choice) | chosen
        return answer_of(self._drafts[gate], numbers)

    def give(self, gate: str, answer: Answer) -> None:
        """An answer is on its way to the journal."""
        self._given[gate] = answer
        self._problems.pop(gate, None)

    def refused(self, gate: str, why: str) -> None:
        """An answer did not reach the journal: what was chosen is a draft again."""
        self._given.pop(gate, None)
        self._problems[gate] = why
