import pytest

from agents.competition.metrics.metric_choice import (
    default_metric,
    meant,
    metric_of_option,
    read_metric,
    unread_parts,
)
from agents.competition.metrics.metrics import METRICS
from agents.errors import InputError
from agents.models import MetricWeights
from tests.competition.metrics.metric_snippets import CASES, COLUMNS, Case, E

NAMED = [
    ("## Evaluation\nSubmissions are scored on classification accuracy.", "accuracy"),
    ("## Evaluation\n**Accuracy**: the share of rows that you get right.", "accuracy"),
    ("Your score is the percentage of passengers you correctly predict.", "accuracy"),
    ("# Metric\n\nWe count the proportion of images that are identified correctly.", "accuracy"),
    (
        "Evaluation\n\nSubmissions are evaluated on area under the ROC curve between the predicted "
        "probability and the observed target.",
        "auc",
    ),
    ("Models will be evaluated using ROC-AUC.", "auc"),
    ("## Scoring\nAverage of the individual AUCs? No: one AUC over all rows.", "auc"),
    ("### Evaluation\nArea Under the Receiver Operating Characteristic Curve (ROC AUC)", "auc"),
    ("Submissions are judged by mean column-wise AUROC.", "auc"),
    ("## Evaluation\nSubmissions are scored using multi-class logarithmic loss.", "log_loss"),
    ("The metric is binary cross-entropy.", "log_loss"),
    ("## Evaluation\nThe mean of `-log(p)`, `p` being the probability of the truth.", "log_loss"),
    ("Evaluation metric: LogLoss (lower is better)", "log_loss"),
    ("Submissions are ranked by F1-Score between predicted and actual answers.", "f1"),
    ("## How submissions are scored\nThe F-measure of the positive class.", "f1"),
    ("Submissions are evaluated using the Matthews correlation coefficient (MCC).", "mcc"),
    ("Submissions are scored based on the quadratic weighted kappa.", "kappa"),
    ("EVALUATION\nQWK, which measures the agreement between two ratings.", "kappa"),
    ("Performance will be measured by mean absolute error.", "mae"),
    ("The leaderboard uses MAE over all sensors.", "mae"),
    ("## Evaluation\nRoot Mean Squared Error (RMSE) of the predictions.", "rmse"),
    (
        "## Evaluation\n$\\textrm{Score} = \\sqrt{\\frac{1}{n} \\sum_i (y_i - \\hat{y}_i)^2}$",
        "rmse",
    ),
    ("Goal: minimize RMSE on unseen weeks.", "rmse"),
    ("Submissions are evaluated on Root Mean Squared Logarithmic Error.", "rmsle"),
    (
        "## Evaluation\nSubmissions are evaluated on Root-Mean-Squared-Error (RMSE) between the "
        "logarithm of the predicted value and the logarithm of the observed price.",
        "rmsle",
    ),
    (
        "## Evaluation\n`sqrt(mean((log(1 + predicted) - log(1 + actual))^2))`. Lower is better.",
        "rmsle",
    ),
    ("Scores are computed as R^2 of the predictions. Scoring: higher is better.", "r2"),
    ("The coefficient of determination will be used as the evaluation metric.", "r2"),
    (
        "## Data\nThe accuracy of the measurements is 0.1 mm.\n\n## Evaluation\nThe AUC.",
        "auc",
    ),
    (
        "A published baseline scored 0.91 accuracy.\n\n## Evaluation\nWe use log loss, not "
        "accuracy, since probabilities matter.",
        "log_loss",
    ),
    (
        "## Evaluation\nUnlike last year's edition, which used RMSE, the metric is now MAE.",
        "mae",
    ),
    (
        "## Evaluation\nSubmissions are scored by MCC. Accuracy is also reported for information.",
        "mcc",
    ),
    ("Which letters come back? Balanced accuracy is used.", "balanced_accuracy"),
    ("Forecast the load of the next two months. RMSE decides.", "rmse"),
    (
        "Please train a model.\nThe submissions are assessed by\nthe root mean\nsquared error.",
        "rmse",
    ),
]

SILENT = [
    "",
    "The GPS accuracy of each fix is recorded in metres.",
    "We improved the accuracy of the sensor readings over the years.",
    "Earlier models reached an AUC of 0.9 on a related task.",
    "The column kappa is the curvature of the track; r2 is its second radius.",
    "Predict the price as well as you can.",
    "## Columns\n- `log_loss_ratio` - a ratio\n- `mae` - name of the customer",
    "## Evaluation\nSubmissions are scored by the mean average precision of the boxes.",
]


@pytest.mark.parametrize(("text", "name"), NAMED)
def test_the_metric_is_read_from_prose(text: str, name: str) -> None:
    metric = read_metric(text)

    assert metric is not None
    assert (metric.name, metric.source) == (name, "description")
    assert metric.direction == METRICS[name].direction
    assert metric.words


@pytest.mark.parametrize("text", SILENT)
def test_prose_that_asks_for_no_known_metric_names_none(text: str) -> None:
    assert read_metric(text) is None


def test_a_metric_of_several_targets_is_their_mean() -> None:
    metric = read_metric("## Evaluation\nArea under the ROC curve of each column.", several=True)

    assert metric is not None
    assert metric.title == "mean column-wise AUC"


@pytest.mark.parametrize("name", ["RMSLE", "roc-auc", "log loss", "QWK", "f1 score", "log_loss"])
def test_an_option_may_be_written_as_people_write(name: str) -> None:
    assert metric_of_option(name, several=False).source == "option"


def test_an_unknown_metric_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"'rmsel' is not known .*did you mean.* accuracy, "):
        metric_of_option("rmsel", several=False)


def test_the_default_says_why() -> None:
    text = "## Evaluation\nMean absolute scaled error."
    strange = default_metric("regression", probabilities=False, text=text, several=False)
    plain = default_metric("binary", probabilities=False, text="", several=False)
    ranked = default_metric("binary", probabilities=True, text="", several=False)

    assert (strange.name, plain.name, ranked.name) == ("mae", "accuracy", "auc")
    assert "not known here" in strange.words
    assert "no description" in plain.words
    assert "sample submission" in ranked.words


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text[14:60])
def test_evaluation_sections_of_many_styles_are_understood(case: Case) -> None:
    metric = read_metric(case.text, columns=COLUMNS)
    weights = None
    if metric is not None and metric.weights is not None:
        cell, weight = next(iter(metric.weights.values.items()), ("", 0.0))
        weights = (metric.weights.column, cell, weight, metric.weights.default)

    assert (metric.name if metric else "") == case.name
    assert (metric.parameters if metric else {}) == case.parameters
    assert weights == case.weights


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("MAE. The second phase of each run is not scored.", "no column"),
        ("The mean of two measures: the Gini index, and recall at 4%.", "several parts"),
        ("MAE. Late submissions are not evaluated.", ""),
        ("RMSPE. Any day of 0 visits is ignored in scoring.", ""),
    ],
)
def test_what_is_not_read_of_a_metric_is_said(said: str, words: str) -> None:
    metric = read_metric(E + said)

    assert metric is not None
    notes = " ".join(unread_parts(E + said, metric))
    assert words in notes
    assert bool(words) == bool(notes)


def test_weights_are_read_only_from_columns_of_the_test_table() -> None:
    text = "## Evaluation\nWeighted MAE, rows being weighted by `importance`."
    unknown, known = read_metric(text), read_metric(text, columns=["importance"])

    assert unknown is not None
    assert known is not None
    assert (unknown.weights, unknown.title) == (None, "MAE")
    assert known.weights == MetricWeights(column="importance")
    assert known.title == "weighted MAE"


@pytest.mark.parametrize(
    ("option", "name", "parameters"),
    [
        ("map@5", "map_at_k", {"k": 5}),
        ("pinball@0.9", "pinball", {"quantile": 0.9}),
        ("F0.5", "f_beta", {"beta": 0.5}),
        ("macro-f1", "f1_macro", {}),
        ("f1 macro", "f1_macro", {}),
        ("Weighted AUC", "auc", {"average": "weighted"}),
    ],
)
def test_an_option_may_carry_its_parameter(
    option: str, name: str, parameters: dict[str, float]
) -> None:
    metric = metric_of_option(option, several=False)

    assert (metric.name, metric.parameters) == (name, parameters)


def test_an_option_keeps_the_weights_that_the_description_gives_the_same_metric() -> None:
    text = "## Evaluation\nWeighted MAE, rows being weighted by `importance`."
    described = read_metric(text, columns=["importance"])

    assert metric_of_option("mae", several=False, described=described).weights is not None
    assert metric_of_option("rmse", several=False, described=described).weights is None


@pytest.mark.parametrize("option", ["mae@3", "map@many"])
def test_a_value_that_a_metric_cannot_take_is_refused(option: str) -> None:
    with pytest.raises(InputError, match="@"):
        metric_of_option(option, several=False)


def test_f1_means_what_the_problem_lets_it_mean() -> None:
    f1 = metric_of_option("f1", several=False)

    assert meant(f1, "binary", several=False) == f1
    assert meant(f1, "multiclass", several=False).name == "f1_macro"
    assert meant(f1, "multilabel", several=True).title == "sample-averaged F1"
