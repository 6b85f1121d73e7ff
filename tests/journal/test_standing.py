"""How the rounds of a run stand beside each other, in words."""

from agents.journal import events as facts
from agents.journal.standing import described
from tests.iml_tui import runs

SUMS = {"track": "traditional", "candidate": "sums"}


def test_a_program_that_was_repaired_is_described_as_what_it_is() -> None:
    state = runs.state_after(
        (
            *runs.BUILDING,
            *runs.round_of("baseline", "baseline"),
            facts.RoundStarted(round=1, what="sums", **SUMS),
            facts.FaultFound(round=1, fault=runs.FAULT, **SUMS),
            facts.RoundStarted(round=2, what="sums: Cast the sums to floats.", **SUMS),
        )
    )
    told = [described(state.moments, one) for one in state.moments]
    assert told == ["baseline recipe", "sums", "sums, repaired: Cast the sums to floats."]
