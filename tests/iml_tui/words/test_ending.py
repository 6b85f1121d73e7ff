from pathlib import Path

from agents.journal import events as facts
from agents.models import ReportCard
from iml_tui.words.ending import next_steps, report, shown_path
from tests.iml_tui import runs

WORKSPACE = Path("/w")


def told(card: ReportCard) -> str:
    state = runs.state_after((*runs.BUILDING, facts.RunFinished(card=card)))
    return "\n".join(report(state, WORKSPACE, Path("/")))


def test_the_report_says_score_winner_place_and_command() -> None:
    text = told(runs.CARD)
    assert "ferry: submission.csv is valid, after 2:41." in text
    assert "0.8144 ±0.0047 accuracy on 240 rows no program saw" in text
    assert "0.0025 ±0.0011 ahead of boosting, row by row" in text
    assert "0.8110 on new rows: 3 candidates tried" in text
    assert "ensemble of boosting 0.58, linear 0.42" in text
    assert "w/submission.csv" in text
    assert "solution.py predict" in text


def test_without_a_test_table_the_model_is_the_outcome() -> None:
    text = told(runs.CARD.model_copy(update={"outcome": "model", "submission": None}))
    assert "a scored model, ready for new rows" in text
    assert "submission.csv" not in text


def test_without_any_answer_the_report_says_where_to_look() -> None:
    card = ReportCard(outcome="none", metric=runs.METRIC, faults=4, active_seconds=9)
    text = told(card)
    assert "no valid answer" in text
    assert "4 found" in text
    assert "faults in the log" in text


def test_a_score_that_nobody_guarded_says_so() -> None:
    score = runs.score().model_copy(update={"how": "unguarded"})
    assert "could not hide" in told(runs.CARD.model_copy(update={"score": score}))


def test_a_score_on_a_vault_stands_beside_the_one_that_chose() -> None:
    blind = runs.score()
    kept = blind.model_copy(update={"value": 0.8, "how": "vault", "rows": 24, "folds": ()})
    update = {"score": kept, "chosen_by": blind, "expect": None}
    text = told(runs.CARD.model_copy(update=update))
    assert "accuracy on 24 rows kept aside to the end" in text
    assert "chosen by   0.8105 ±0.0047 on 240 other rows: 3 candidates tried" in text


def test_without_a_second_whole_candidate_nobody_is_said_to_be_behind() -> None:
    text = told(runs.CARD.model_copy(update={"ahead": None}))
    assert "ahead       no other candidate did every fold" in text


def test_a_run_that_is_not_over_is_told_by_its_sentence() -> None:
    assert report(runs.state_after(runs.BUILDING))[0].startswith("ferry: ")


def test_paths_are_shown_from_where_the_user_is() -> None:
    assert shown_path("submission.csv", WORKSPACE, Path("/")) == "w/submission.csv"
    assert shown_path("submission.csv", WORKSPACE, Path("/elsewhere")) == "/w/submission.csv"


def test_there_is_always_something_to_do_next() -> None:
    for outcome in ("submission", "model", "none"):
        assert next_steps(runs.CARD.model_copy(update={"outcome": outcome}))
