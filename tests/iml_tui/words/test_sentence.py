from collections.abc import Iterable
from dataclasses import replace

import pytest

from agents.journal import events as facts
from agents.journal.events import Event
from agents.journal.state import State
from iml_tui.words.sentence import sentence, standing
from tests.iml_tui import runs


def said(events: Iterable[Event], width: int = 200, *, alive: bool = True) -> str:
    return sentence(runs.state_after(events), width, alive=alive)


def test_before_the_first_fact_the_engine_is_being_started() -> None:
    assert sentence(State()).startswith("Starting the engine")


def test_while_looking_it_names_what_is_to_be_predicted() -> None:
    assert said(runs.STARTED).startswith("Reading the folder")
    assert "what predicts seated" in said(runs.STATED)


def test_until_a_submission_lies_there_it_promises_one() -> None:
    events = (*runs.BUILDING, *runs.round_of("baseline", "baseline", "parses", "sample"))
    assert said(events) == "Training baseline; a valid submission follows."


def test_without_a_test_table_it_promises_a_scored_model() -> None:
    task = runs.TASK.model_copy(update={"submission": None})
    events = (
        *runs.BUILDING,
        facts.TaskStated(task=task),
        *runs.round_of("baseline", "baseline", "sample"),
    )
    assert said(events) == "Training baseline; a scored model follows."


@pytest.mark.parametrize(
    ("rungs", "verb"),
    [((), "Writing"), (("parses",), "Checking"), (("parses", "sample"), "Training")],
)
def test_the_verb_says_how_far_the_program_has_come(rungs: tuple[str, ...], verb: str) -> None:
    events = (*runs.BUILDING, *runs.round_of("traditional", "boosting", *rungs))
    assert said(events).startswith(f"{verb} traditional")


def test_tracks_that_do_the_same_share_a_verb() -> None:
    events = (
        *runs.BUILDING,
        *runs.round_of("traditional", "boosting", "sample"),
        *runs.round_of("neural", "mlp", "sample"),
        *runs.round_of("pretrained", "text"),
    )
    assert said(events).startswith("Training traditional and neural, writing pretrained;")


def test_with_a_submission_it_says_what_is_to_be_beaten_and_when_it_is_over() -> None:
    events = (
        *runs.BUILDING,
        *runs.round_of("baseline", "baseline", "sample"),
        *runs.submitted(),
        *runs.round_of("traditional", "boosting", "sample"),
    )
    assert said(events) == (
        "Training traditional, to beat baseline on rows that no program saw; "
        "over by 5:00 at the latest."
    )


def test_a_run_that_no_clock_ends_is_not_said_to_be_over_by_any_time() -> None:
    settings = {"time_limit": 300.0, "deterministic": True}
    begun = facts.RunStarted(competition="/data/ferry", name="ferry", settings=settings)
    later = [one for one in runs.BUILDING if not isinstance(one, facts.RunStarted)]
    work = (*runs.submitted(), *runs.round_of("traditional", "boosting", "sample"))
    assert said((begun, *later, *work)).endswith(", to beat baseline on rows that no program saw.")


@pytest.mark.parametrize("mode", ["ask", "review"])
def test_a_track_that_waits_for_an_answer_is_not_said_to_be_at_work(mode: str) -> None:
    gate = facts.GateOpened(
        gate="traditional-1",
        topic="proposal",
        about="boosting",
        question="Keep this repair?",
        options=("keep", "undo"),
        default="keep",
        track="traditional",
        round=1,
    )
    behind = runs.round_of("traditional", "linear", "sample", number=2)  # it waits its turn
    rounds = (*runs.round_of("traditional", "boosting"), *behind)
    state = runs.state_after((*runs.BUILDING, *runs.submitted(), *rounds, gate))
    said = sentence(replace(state, settings={**state.settings, "mode": mode}))
    if mode == "ask":
        assert said == "Waiting for your answer on traditional."
    else:
        assert said.startswith("Training traditional, to beat baseline")


def test_the_shorter_wording_is_taken_where_the_longer_does_not_fit() -> None:
    events = (
        *runs.BUILDING,
        *runs.round_of("baseline", "baseline", "sample"),
        *runs.submitted(),
        *runs.round_of("traditional", "boosting", "sample"),
    )
    assert said(events, 78) == "Training traditional, to beat baseline on rows that no program saw."
    assert said(events, 40) == "Training traditional."


def test_the_end_says_that_nothing_waits() -> None:
    events = (*runs.BUILDING, facts.RunFinished(card=runs.CARD))
    assert sentence(runs.state_after(events), active=161.0) == (
        "Done after 2:41. Nothing waits for you."
    )


def test_after_the_end_an_edit_that_is_being_checked_is_told() -> None:
    events = (
        *runs.BUILDING,
        facts.RunFinished(card=runs.CARD),
        *runs.round_of("traditional", "boosting", "sample"),
    )
    assert said(events).startswith("Working on traditional as you asked;")
    assert standing(runs.state_after(events), alive=True) == "checking"
    assert standing(runs.state_after(events), alive=False) == "done"
    assert said(events, alive=False).endswith("Nothing waits for you.")


def test_after_the_end_an_engine_that_looks_at_the_data_again_is_no_rest() -> None:
    again = facts.StepStarted(path="look/profile", label="Measuring every column")
    events = (*runs.BUILDING, facts.RunFinished(card=runs.CARD), again)
    assert said(events).startswith("At work again on what you changed or asked;")
    assert said(events, alive=False).endswith("Nothing waits for you.")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("your edit 1234567", "Checking your edit of neural;"),
        ("your edit of the plan of mlp", "Writing neural again from your plan;"),
    ],
)
def test_after_the_end_a_round_says_what_of_yours_it_is_about(what: str, words: str) -> None:
    begun = facts.RoundStarted(track="neural", round=2, candidate="mlp 2", what=what)
    assert said((*runs.BUILDING, facts.RunFinished(card=runs.CARD), begun)).startswith(words)


def test_an_end_without_answers_is_no_success() -> None:
    card = runs.CARD.model_copy(update={"outcome": "none"})
    state = runs.state_after((*runs.BUILDING, facts.RunFinished(card=card)))
    assert standing(state, alive=False) == "failed"
    assert "without a valid answer" in sentence(state)


def test_a_dead_engine_is_not_called_running() -> None:
    state = runs.state_after(runs.BUILDING)
    assert standing(state, alive=True) == "running"
    assert standing(state, alive=False) == "engine gone"
    assert "nothing is lost" in sentence(state, alive=False)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("stopped", "opening it again goes on"), ("failed", "the log says why")],
)
def test_a_run_that_ended_early_says_how_to_go_on(reason: str, words: str) -> None:
    stopped = facts.EngineStopped.model_validate({"reason": reason, "message": "disk full"})
    assert words in said((*runs.BUILDING, stopped))


STAGES: dict[str, tuple[Event, ...]] = {
    "nothing": (),
    "started": runs.STARTED,
    "stated": runs.STATED,
    "planned": runs.PLANNED,
    "building": runs.BUILDING,
    "tracks": (
        *runs.BUILDING,
        *runs.round_of("baseline", "baseline", "sample"),
        *runs.submitted(),
        *runs.round_of("traditional", "boosting", "sample"),
        *runs.round_of("pretrained", "text", "sample"),
        *runs.round_of("neural", "mlp"),
    ),
    "deciding": (*runs.BUILDING, facts.PhaseStarted(phase="decide")),
    "done": (*runs.BUILDING, facts.RunFinished(card=runs.CARD)),
    "stopped": (*runs.BUILDING, facts.EngineStopped(reason="stopped")),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("alive", [True, False])
def test_every_sentence_fits_a_narrow_terminal_and_ends_with_a_full_stop(
    stage: str, alive: bool
) -> None:
    for width in (200, 118, 78, 58):
        told = said(STAGES[stage], width, alive=alive)
        assert len(told) <= width
        assert told.endswith(".")
        assert "…" not in told
        assert told[0].isupper()


def test_a_track_that_waits_for_a_package_says_that_it_waits_for_you() -> None:
    asked = facts.GateOpened(
        gate="install-thing",
        topic="package",
        about="thing",
        question="Install thing?",
        options=("install", "without"),
        default="without",
    )
    begun = (*runs.BUILDING, *runs.round_of("traditional", "boosting"))
    assert "waiting for your answer on traditional" in said((*begun, asked)).casefold()
    going = facts.StepStarted(path="traditional/round-1/sample", label="Running")
    assert "waiting" not in said((*begun, asked, going)).casefold()
