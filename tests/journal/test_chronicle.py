"""The past of a run beside its rounds: comparisons, deeds, authors; and reading journals fast."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.journal import events as facts
from agents.journal.choices import POLICY
from agents.journal.chronicle import Chronicle, Paired, chronicled
from agents.journal.events import Event, Recorded
from agents.journal.quick import replace
from agents.journal.state import Moment
from agents.journal.store import LONG_RESULT, Journal, JournalReader

ONE, OTHER = "a" * 32, "b" * 32


def told(*events: Event) -> Chronicle:
    chronicle = Chronicle()
    for seq, event in enumerate(events, start=1):
        fact = Recorded(seq=seq, run=1, at=0.0, active=float(seq), event=event)
        chronicle = chronicled(chronicle, fact)
    return chronicle


def finished(path: str, result: JsonValue) -> facts.StepFinished:
    return facts.StepFinished(path=path, digest="d", result=result, seconds=0.1)


def compared(difference: float, folds: int) -> facts.StepFinished:
    result: JsonValue = {"first": "x", "second": "y", "difference": difference, "error": 0.25}
    return finished(f"compare/{ONE[:12]}-{folds}/{OTHER[:12]}-{folds}", result)


def test_two_programs_are_beside_each_other_from_either_side() -> None:
    chronicle = told(compared(0.5, 5))
    assert chronicle.between(ONE, OTHER) == Paired(0.5, 0.25, 5)
    assert chronicle.between(OTHER, ONE) == Paired(-0.5, 0.25, 5)
    assert chronicle.between(ONE, None) is None


def test_a_comparison_on_more_folds_outweighs_one_on_fewer() -> None:
    assert told(compared(0.5, 5), compared(0.9, 1)).between(ONE, OTHER) == Paired(0.5, 0.25, 5)
    assert told(compared(0.9, 1), compared(0.5, 5)).between(ONE, OTHER) == Paired(0.5, 0.25, 5)


def test_a_ranking_tells_who_is_ahead_of_whom() -> None:
    ahead: JsonValue = [{"first": "x", "second": "y", "difference": 0.5, "error": 0.25}]
    chronicle = told(finished("rank/1", {"order": [f"{ONE}-5", f"{OTHER}-5"], "ahead": ahead}))
    assert chronicle.ranked == (ONE[:12], OTHER[:12])
    assert chronicle.between(OTHER, ONE) == Paired(-0.5, 0.25, 5)


@pytest.mark.parametrize("result", [None, 3, {}, {"order": 1, "ahead": []}, {"difference": "x"}])
def test_a_result_of_another_shape_is_no_trouble(result: JsonValue) -> None:
    odd = (
        finished("rank/1", result),
        finished("compare/x", result),
        finished("compare/a/b", result),
    )
    assert told(*odd).between(ONE, OTHER) is None


def test_what_a_person_did_is_told_and_what_a_policy_did_is_not() -> None:
    paths = ("tracks/neural/model.py",)
    pause: dict[str, JsonValue] = {"do": "pause"}
    answer: dict[str, JsonValue] = {"do": "answer", "option": "keep"}
    chronicle = told(
        facts.UserEdited(commit="c", paths=paths),
        facts.WentBack(track="neural", to="t", commit="c"),
        facts.DecisionTaken(gate="pause/1", choice=pause, by="ada", outcome="Paused."),
        facts.DecisionTaken(gate="neural-1", choice=answer, by=POLICY, outcome="kept"),
        facts.DecisionTaken(gate="neural-2", choice=answer, by="ada", outcome="kept"),
    )
    assert [deed.kind for deed in chronicle.deeds] == ["edit", "back", "decided"]
    assert [deed.track for deed in chronicle.deeds] == ["neural", "neural", None]


def test_a_copy_with_changes_is_a_value_of_its_own() -> None:
    moment = Moment("a/1", "a", 1, "c", "what", "running", 0.0)
    changed = replace(moment, mark="kept")
    assert (changed.mark, changed.key, moment.mark) == ("kept", "a/1", "running")
    assert changed == Moment("a/1", "a", 1, "c", "what", "kept", 0.0)


def test_viewers_do_without_long_results_but_not_without_comparisons(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.start_run()
    long = "x" * LONG_RESULT
    journal.append(finished("traditional/round-1/fold-1", {"log": long}))
    journal.append(finished("rank/1", {"order": [long], "ahead": []}))
    journal.append(finished("look/short", 7))
    whole = [fact.event for fact in journal.recorded()]
    journal.close()
    reader = JournalReader(tmp_path)
    seen = [fact.event for fact in reader.new()]
    reader.close()
    assert [one.path for one in seen if isinstance(one, facts.StepFinished)] == [
        one.path for one in whole if isinstance(one, facts.StepFinished)
    ]
    results = [one.result for one in seen if isinstance(one, facts.StepFinished)]
    assert results == [None, {"order": [long], "ahead": []}, 7]
    assert whole[0] != seen[0]
