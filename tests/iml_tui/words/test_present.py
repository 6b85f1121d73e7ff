from typing import get_args

import pytest

from agents.journal import events as facts
from agents.journal.events import Event
from agents.models import Comparison
from iml_tui.words.present import details, headline, subject, tone, under_way
from tests.iml_tui import runs


def told(event: Event) -> str | None:
    return headline(event, runs.state_after((*runs.BUILDING, event)))


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (facts.TaskStated(task=runs.TASK), "predicting seated, binary"),
        (facts.DataProfiled(profile=runs.PROFILE), "240 rows to learn from, 60 to answer"),
        (facts.BlueprintWritten(blueprint=runs.BLUEPRINT), "5 folds, groups kept together"),
        (facts.Noticed(text="[bold] is a column"), "[bold] is a column"),
        (facts.EngineStopped(reason="failed", message="disk full"), "disk full"),
        (
            facts.CandidateScored(
                track="neural", round=1, candidate="mlp", program="p", score=runs.score()
            ),
            "mlp on 5 folds: 0.8105 ±0.0047 accuracy",
        ),
        (
            facts.FaultFound(track="neural", round=1, candidate="mlp", fault=runs.FAULT),
            "mlp: shape or dtype mismatch in preprocess.py:56: ValueError: could not",
        ),
        (
            facts.EnsembleWeighed(
                members=runs.CARD.members,
                score=runs.score(0.8144),
                against_best=Comparison(first="e", second="b", difference=0.0025, error=0.0011),
            ),
            "boosting 0.58, linear 0.42: 0.8144 ±0.0047, row by row +0.0025 ±0.0011",
        ),
        (
            facts.SubmissionWritten(candidate="mlp", check=runs.CHECK, score=runs.score()),
            "submission.csv by mlp: valid, 60 rows",
        ),
        (facts.RunFinished(card=runs.CARD), "done in 2:41"),
    ],
)
def test_a_headline_holds_what_happened(event: Event, text: str) -> None:
    line = told(event)
    assert line is not None
    assert text in line


def test_a_log_tells_what_was_decided_below_the_headline() -> None:
    task = runs.TASK.model_copy(update={"notes": ("`ticket` names\nthe rows.", "[b] is left out.")})
    assert details(facts.TaskStated(task=task)) == (
        "- `ticket` names the rows.",
        "- [b] is left out.",
    )
    assert details(facts.RunFinished(card=runs.CARD)) == ()


def test_a_model_is_asked_for_one_of_several_plans_and_its_name_is_told() -> None:
    asked = facts.ModelAsked(
        step="traditional/boosting/preprocess/ask-1",
        role="preprocessing_coder",
        part="coder",
        model="m",
        log="l",
    )
    begun = runs.round_of("traditional", "boosting")
    state = runs.state_after((*runs.BUILDING, *begun, asked))
    assert headline(asked, state) == "m is asked as Preprocessing Coder for boosting"


@pytest.mark.parametrize("mode", ["auto", "ask"])
def test_a_proposal_is_a_question_only_where_somebody_is_asked(mode: str) -> None:
    gate = facts.GateOpened(
        gate="traditional-2",
        topic="proposal",
        about="boosting",
        question="Keep round 2 of traditional?",
        options=("keep", "undo"),
        default="keep",
        track="traditional",
        round=2,
        measured="It is ahead.",
    )
    changed = facts.SettingsChanged(settings={"mode": mode}, changed=("mode",))
    said = headline(gate, runs.state_after((*runs.BUILDING, changed, gate)))
    asked = "Keep round 2 of traditional? It is ahead. keep or undo"
    assert said == (asked if mode == "ask" else "Round 2 of traditional is shown. It is ahead.")


def test_a_headline_is_one_line() -> None:
    fault = runs.FAULT.model_copy(update={"message": "first\nlast\n"})
    line = told(facts.FaultFound(track="neural", round=1, candidate="mlp", fault=fault))
    assert line == "mlp: shape or dtype mismatch in preprocess.py:56: last"


def test_steps_and_orderly_ends_are_not_worth_a_line() -> None:
    assert told(facts.StepStarted(path="look/task", label="Reading")) is None
    assert told(facts.EngineStopped(reason="finished")) is None


def test_every_fact_has_a_subject_and_a_tone() -> None:
    kinds = get_args(get_args(Event)[0])
    assert len(kinds) > 20
    for kind in kinds:
        event = kind.model_construct(track="neural", step="neural/round-1")
        assert subject(event)
        assert tone(event) in {"fg", "dim", "good", "wait", "fail", "own"}


def test_a_fault_is_told_in_the_colour_of_faults_and_an_edit_as_the_persons_own() -> None:
    assert tone(facts.FaultFound(track="n", round=1, candidate="m", fault=runs.FAULT)) == "fail"
    edited = facts.UserEdited(commit="c", paths=("tracks/neural/model.py",))
    assert (subject(edited), tone(edited)) == ("you", "own")


def test_a_silence_tells_which_programs_run_and_which_models_are_asked_since_when() -> None:
    program = facts.ProgramStarted(
        step="traditional/round-9/blind-1",
        track="traditional",
        candidate="appraiser",
        label="appraiser learns on fold 1",
        log="logs/a.log",
        cores=(0,),
    )
    asked = facts.StepStarted(path="neural/comparables/model/ask-1", label="hand answers as coder")
    state = runs.state_after((*runs.BUILDING, program, asked))
    since = min(one.since for one in state.running.values() if one.track)

    assert under_way(state, since + 75) == [
        ("traditional", "round 9: appraiser learns on fold 1, 1:15"),
        ("engine", "hand answers as coder, 1:14"),
    ]
