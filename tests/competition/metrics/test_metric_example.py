"""Worked examples in descriptions: which are read, and what they say about a metric."""

import pytest

from agents.competition.metrics.metric_choice import read_metric
from agents.competition.metrics.metric_example import (
    fitting_metrics,
    judge_examples,
    read_examples,
)

E = "## Evaluation\n"

FITTING = (
    "MAP@3. A prediction of [3, 1, 2] with truth 1 scores 0.5.",
    "MAP@5. If the right answer is `kiwi`, predicting [plum, kiwi] yields 1/2.",
    "Mean squared error. If the true value is 2 and the predicted value is 4, the error is 4.",
    "Log loss. Predicting 0.8 where the truth is 1 costs 0.223.",
    "MAPE. Predicting 110 where the actual value is 100 gives an error of 10.",
    "MAE.\n\n| truth | prediction | error |\n|---|---|---|\n| 10 | 12 | 2 |\n| 5 | 4.5 | 0.5 |\n",
)
CONTRADICTING = (
    "MAP@3. A prediction of [3, 1, 2] with truth 1 scores 0.7.",
    "RMSE. If the true value is 2 and the predicted value is 4, the error is 4.",
    "MAE.\n\n| truth | prediction | error |\n|---|---|---|\n| 10 | 12 | 2 |\n| 5 | 3 | 4 |\n",
)
UNSAFE = (
    "MAE. Predictions of 3 experts score highest when the actual labels are found.",
    "RMSE. With truths 2 and 3 and predictions 4 and 5 the error is 2.",
    "RMSE. A prediction of 4 instead of 3 scores 1.",
    "Accuracy. Predicting 1 where the truth is 1 scores 1.",
)


@pytest.mark.parametrize("text", FITTING)
def test_an_example_that_fits_speaks_for_the_metric(text: str) -> None:
    metric = read_metric(E + text)
    assert metric is not None
    assert judge_examples(metric, read_examples(E + text))[0] == "agrees"


@pytest.mark.parametrize("text", CONTRADICTING)
def test_an_example_that_does_not_fit_speaks_against_the_metric(text: str) -> None:
    metric = read_metric(E + text)
    assert metric is not None
    verdict, words = judge_examples(metric, read_examples(E + text))
    assert verdict == "disagrees"
    assert words in text


@pytest.mark.parametrize("text", UNSAFE)
def test_what_cannot_be_read_or_checked_safely_says_nothing(text: str) -> None:
    metric = read_metric(E + text)
    assert metric is not None
    assert judge_examples(metric, read_examples(E + text)) == ("silent", "")


def test_the_metric_that_an_example_means_is_found() -> None:
    text = E + CONTRADICTING[1]
    metric = read_metric(text)
    assert metric is not None
    assert fitting_metrics(read_examples(text), metric) == ("mse",)
