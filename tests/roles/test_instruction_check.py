"""What plain words ask for, read by rule where there is no model."""

import pytest

from agents.roles.instruction_check import read_by_rule

METRICS = ("accuracy", "auc", "f1", "f1_macro", "log_loss", "rmse")
TRACKS = ("traditional", "pretrained", "neural")


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        ("optimise macro F1", "f1_macro"),
        ("please go by AUC", "auc"),
        ("use log-loss instead", "log_loss"),
        ("F1 matters", "f1"),
        ("be accurate", None),
    ],
)
def test_a_metric_is_read_by_its_name_in_any_order(words: str, metric: str | None) -> None:
    assert read_by_rule(words, METRICS, TRACKS).metric == metric


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ("no deep nets", "traditional,pretrained"),
        ("stop the neural track", "traditional,pretrained"),
        ("without boosting, no neural networks", "pretrained"),
        ("more neural networks", None),
        ("only LightGBM-like models", "traditional"),
        ("spend the time on the neural track", "neural"),
        ("no boosting and neural nets", "pretrained"),
    ],
)
def test_tracks_that_are_not_wanted_are_left_out(words: str, only: str | None) -> None:
    assert read_by_rule(words, METRICS, TRACKS).only == only


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("take 2 hours", 7200.0),
        ("time limit 45 min", 2700.0),
        ("run longer: 90 minutes", 5400.0),
        ("at most 600 seconds", 600.0),
        ("use 5 models", None),
    ],
)
def test_a_limit_is_read_with_its_unit(words: str, seconds: float | None) -> None:
    assert read_by_rule(words, METRICS, TRACKS).time_limit == seconds


def test_what_is_for_a_model_says_that_there_is_none() -> None:
    reading = read_by_rule("bin the ages by decade", METRICS, TRACKS)

    assert reading.directive == "bin the ages by decade"
    assert "this run has none" in reading.reply
    assert (reading.metric, reading.only, reading.time_limit) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "unread"),
    [
        ("no deep nets and prefer few features", "prefer few features"),
        ("drop column age, at most 1.5 hours", "drop column age"),
        ("go by AUC, please: no target encoding", ": no target encoding"),
        ("no boosting and neural nets, take 2 hours", ""),
    ],
)
def test_what_no_rule_reads_is_named_and_kept_as_a_note(words: str, unread: str) -> None:
    reading = read_by_rule(words, METRICS, TRACKS)

    assert reading.directive == unread
    assert (f"Not understood without a language model: “{unread}”" in reading.reply) == bool(unread)
