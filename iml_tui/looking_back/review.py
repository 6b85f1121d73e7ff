"""A proposal as a person judges it: what it answers, and how every change of it stands.

An answer counts once a proposal, so that what is chosen change by change is collected as a draft
and given as one answer when the last change is chosen. What the journal says always wins: a draft
is a person's look at things, not a fact. Pure functions of the run's state and that draft.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from agents.journal.choices import POLICY, Answer
from agents.journal.events import GateOpened
from agents.journal.state import Gate, Moment, State
from agents.models import Fault
from iml_tui.looking_back.rounds import gate_of

Choice = Literal["keep", "undo"]
Draft = Mapping[int, Choice]
"""What a person has chosen for the changes of a proposal, by number; not given yet."""
Standing = Literal[
    "none",
    "to look at",
    "waits for you",
    "keep",
    "undo",
    "keep given",
    "undo given",
    "kept",
    "undone",
    "not kept",
]
"""How a change stands: `keep` and `undo` are chosen, `… given` are on their way to the engine."""
BY_PERSON = "by you"


@dataclass(frozen=True)
class Review:
    """One round as it is judged."""

    moment: Moment
    gate: Gate | None = None
    """Where it can be kept or undone; None where nobody is asked about it."""
    mended: Fault | None = None
    """The fault that it answers."""
    wish: str = ""
    """The person's words that it answers."""
    before: Moment | None = None
    """The round that it builds on."""
    reason: str = ""
    """The agent's own."""
    mode: str = "review"

    @property
    def measured(self) -> str:
        """How it stands beside the best, as it was when it was shown; the fault is told already."""
        said = self.gate.opened.measured if self.gate is not None else ""
        return said if self.mended is None else re.sub(r"^It mends .*? of round \d+\. ?", "", said)

    @property
    def is_open(self) -> bool:
        """Whether an answer still counts and changes something."""
        if self.gate is None or not self.gate.answerable:
            return False
        return self.moment.mark in {"running", "kept"}

    @property
    def waits(self) -> bool:
        """Whether its track stands still until somebody answers."""
        undecided = self.gate is not None and self.gate.decided is None
        return self.mode == "ask" and undecided and self.moment.mark == "running"


def review_of(state: State, moment: Moment) -> Review:
    """What is known of a round."""
    gate = gate_of(state, moment)
    before = _built_on(state, moment, gate.opened if gate else None)
    mended = before.fault if before is not None else None
    wish = ""
    if before is not None and mended is None and before.reason.endswith(BY_PERSON):
        wish = before.reason.partition("(")[2].rpartition(")")[0]
    elif before is not None and before.reason.startswith("undone by you: "):
        wish = before.reason.removeprefix("undone by you: ")
    _, colon, reason = moment.what.partition(f"{moment.candidate}: ")
    mode = str(state.settings.get("mode") or "review")
    return Review(moment, gate, mended, wish, before, reason if colon else "", mode)


def _built_on(state: State, moment: Moment, gate: GateOpened | None) -> Moment | None:
    """The round that a repair repairs: that of its base, else the last one of its candidate."""
    track, number = moment.track, moment.round
    earlier = [one for one in state.moments if one.round < number and one.track == track]
    if gate is not None:
        for one in earlier:
            if gate.base in {one.proposal, one.commit}:
                return one
    last = next((one for one in reversed(earlier) if one.candidate == moment.candidate), None)
    ended = last is not None and (last.mark in {"failed", "rejected"})
    return last if ended else None


def base_of(state: State, moment: Moment) -> str | None:
    """The commit whose files a round changes; None: what its track had on the main line."""
    gate = gate_of(state, moment)
    if gate is not None:
        return gate.opened.base
    before = _built_on(state, moment, None)
    return before.proposal if before is not None else None


# --- answers --------------------------------------------------------------------------------------


def answer_of(draft: Draft, numbers: Collection[int]) -> Answer | None:
    """The answer that a draft amounts to; None as long as a change is not chosen."""
    if not numbers or any(number not in draft for number in numbers):
        return None
    kept = tuple(sorted(number for number in numbers if draft[number] == "keep"))
    if not kept:
        return Answer(option="undo")
    return Answer(option="keep", hunks=() if len(kept) == len(numbers) else kept)


def standing_of(review: Review, number: int, draft: Draft, given: Answer | None) -> Standing:
    """How one change of a proposal stands.

    Args:
        review: The round.
        number: Of the change.
        draft: What the person has chosen so far.
        given: An answer that lies there and that no engine has taken up yet.
    """
    gate = review.gate
    if gate is None:
        return "none"
    if not gate.answerable and gate.decided is not None and not gate.closed:
        if gate.decided.refused:
            return "kept" if review.moment.mark in {"running", "kept"} else "not kept"
        keeps = _keeps(Answer.model_validate(gate.decided.choice), number)
        return "kept" if keeps else "undone"
    if review.moment.mark not in {"running", "kept"}:
        return "not kept"
    if given is not None:
        return "keep given" if _keeps(given, number) else "undo given"
    if number in draft:
        return draft[number]
    if gate.decided is not None and gate.decided.by == POLICY:
        return "kept" if gate.decided.choice.get("option") == gate.opened.default else "undone"
    return "waits for you" if review.waits else "to look at"


def _keeps(answer: Answer, number: int) -> bool:
    return answer.option != "undo" and (not answer.hunks or number in answer.hunks)


def said_of(review: Review, draft: Draft, numbers: Collection[int], given: Answer | None) -> str:
    """One sentence on how the answer stands; empty where there is nothing to say."""
    gate = review.gate
    if gate is None:
        return ""
    if not gate.answerable and gate.decided is not None and not gate.closed:
        return gate.decided.outcome
    if review.moment.mark not in {"running", "kept"}:
        return f"It is over without an answer: {review.moment.reason}"
    if given is not None:
        return "Your answer is given; the engine has not taken it up yet."
    chosen = sum(number in draft for number in numbers)
    if chosen:
        return (
            f"{chosen} of {len(numbers)} chosen, not given yet: "
            "it is given with the last one; Y keeps the rest."
        )
    if gate.decided is not None:
        so_far = "Kept" if review.moment.mark == "kept" else "It goes on"
        return f"{so_far}, since nobody was asked: auto mode. Your answer outweighs that."
    if review.waits:
        return f"{review.moment.track} waits for your answer: ask mode."
    return f"Without an answer it stays: {review.mode} mode."
