"""What `report.md` says of the rounds of a run."""

from collections.abc import Iterable
from dataclasses import replace

from agents.journal import events as facts
from agents.journal.events import Event
from agents.models import Fault
from agents.run.choosing.report import report_markdown
from tests.iml_tui.runs import BUILDING, CARD, TASK, round_of, score, state_after

ROW = "| traditional {} | {} recipe |"


def report_after(events: Iterable[Event]) -> str:
    return report_markdown(TASK, CARD, state_after(events))


def scored(candidate: str, number: int, *, folds: int, value: float) -> tuple[Event, ...]:
    about = {"track": "traditional", "round": number, "candidate": candidate, "program": "p"}
    told = {**about, "score": score(value, folds=folds)}
    begun = round_of("traditional", candidate, "sample", number=number)
    return (*begun, facts.CandidateScored.model_validate(told))


def failed(candidate: str, number: int, *faults: Fault) -> tuple[Event, ...]:
    about = {"track": "traditional", "round": number, "candidate": candidate}
    told = [facts.FaultFound.model_validate({**about, "fault": fault}) for fault in faults]
    reason = {"commit": None, "reason": faults[0].headline}
    ended = facts.ProposalRejected.model_validate({**about, **reason})
    begun = round_of("traditional", candidate, number=number)
    return (*begun, told[0], ended, *told[1:])


def test_what_met_only_some_folds_is_ranked_apart_and_says_so() -> None:
    said = report_after(
        (
            *BUILDING,
            *scored("lucky", 1, folds=1, value=0.99),
            *scored("plain", 2, folds=5, value=0.80),
            *scored("best", 3, folds=5, value=0.85),
        )
    )
    places = [said.index(ROW.format(n, name)) for n, name in ((3, "best"), (2, "plain"))]
    apart = said.index("not to be compared with those above:")
    lucky = said.index(ROW.format(1, "lucky"))
    assert [*places, apart, lucky] == sorted([*places, apart, lucky])
    assert "| fold 1 only |" in said[lucky:].splitlines()[0]


def test_a_fault_stands_there_as_it_was_classified_and_says_what_mended_it() -> None:
    unknown = Fault(kind="unknown", component="model.py", message="boom | bang\nat line 3")
    known = unknown.model_copy(update={"kind": "leakage"})
    other = Fault(kind="path", component="model.py", message="no such file")
    events = (*BUILDING, *failed("smooth", 1, unknown, known), *failed("rough", 2, other))

    said = report_after(events)
    assert "| leakage: boom \\| bang |" in said
    assert "unknown" not in said
    assert "2 rounds failed; no later round mended any of them." in said

    mended = report_after((*events, *scored("smooth", 3, folds=5, value=0.8)))
    assert "| leakage: boom \\| bang (mended in round 3) |" in mended
    assert "| path: no such file |" in mended
    assert "2 rounds failed; a later round mended 1 of them." in mended


def test_a_report_says_that_a_run_can_be_repeated_and_that_a_person_ended_it() -> None:
    state = state_after((*BUILDING, *scored("plain", 1, folds=5, value=0.8)))
    plain = report_markdown(TASK, CARD, state)
    settings = {**state.settings, "deterministic": True, "seed": 7}
    ended = report_markdown(TASK, CARD, replace(state, settings=settings, finishing=True))
    assert "deterministic" not in plain
    assert "A person" not in plain
    assert "The same command gives the same again (--deterministic, seed 7)." in ended
    assert "A person took the best there was before the search had come to its end." in ended
