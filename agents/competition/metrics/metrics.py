"""The known metrics by name, and how a task's choice specialises one.

`Metric` says what a metric is, `metric_labels`, `metric_ranking` and `metric_numbers` what each
computes. A `MetricChoice` may add weights by a column, a grouping column, and parameters such as
`k`; `metric_of` gives the value that all of the engine works with.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd
from pydantic import JsonValue

from agents.competition.metrics import metric_labels as of_labels
from agents.competition.metrics import metric_numbers as of_numbers
from agents.competition.metrics import metric_ranking as of_ranks
from agents.competition.metrics.labels import Array as Array
from agents.competition.metrics.metric import BlendScale as BlendScale
from agents.competition.metrics.metric import Metric as Metric
from agents.competition.metrics.metric import Part
from agents.competition.metrics.user_metric import judged
from agents.errors import InputError
from agents.models import MetricChoice, ProblemType

_CLASSES: Final[tuple[ProblemType, ...]] = ("binary", "multiclass", "ordinal")
_LABELS: Final[tuple[ProblemType, ...]] = (*_CLASSES, "multilabel")
_NUMBERS: Final[tuple[ProblemType, ...]] = ("regression",)


def _label(name: str, title: str, **details: Any) -> Metric:  # noqa: ANN401 - fields of Metric
    """A metric of labels, of which more is better unless the details say otherwise."""
    usual: dict[str, Any] = {"direction": "higher", "answers": "label", "problems": _CLASSES}
    return Metric(name=name, title=title, **usual | details)


def _probability(name: str, title: str, **details: Any) -> Metric:  # noqa: ANN401
    """A metric of probabilities, of which less is better unless the details say otherwise."""
    usual: dict[str, Any] = {"direction": "lower", "answers": "probability", "problems": _LABELS}
    return Metric(name=name, title=title, **usual | details)


def _number(name: str, title: str, **details: Any) -> Metric:  # noqa: ANN401
    """A metric of numbers, of which less is better unless the details say otherwise."""
    usual: dict[str, Any] = {"direction": "lower", "answers": "number", "problems": _NUMBERS}
    return Metric(name=name, title=title, **usual | details)


def _f_average(average: str) -> Metric:
    """F1 of several classes or labels, averaged."""
    return _label(
        f"f1_{average}",
        f"{average} F1",
        problems=_LABELS,
        table=of_labels.f_score,
        counts=of_labels.f_of_labels,
        options={"beta": 1.0, "average": average},
    )


_ALL: Final = (
    _label("accuracy", "accuracy", problems=_LABELS, rows=of_labels.hits, table=of_labels.accuracy),
    _label("balanced_accuracy", "balanced accuracy", table=of_labels.balanced_accuracy),
    _label("f1", "F1", problems=("binary",), table=of_labels.f_score, options={"beta": 1.0}),
    _label("f_beta", "F2", problems=("binary",), table=of_labels.f_score, options={"beta": 2.0}),
    _f_average("macro"),
    _f_average("micro"),
    _f_average("weighted"),
    _label(
        "f1_samples",
        "sample-averaged F1",
        problems=("multilabel",),
        rows=of_labels.f_of_rows,
        options={"beta": 1.0},
    ),
    _label(
        "jaccard",
        "sample-averaged Jaccard index",
        problems=("multilabel",),
        rows=of_labels.jaccard_of_rows,
    ),
    _label(
        "hamming",
        "Hamming loss",
        direction="lower",
        problems=("multilabel",),
        rows=of_labels.wrong_labels,
    ),
    _label(
        "exact_match",
        "share of exactly right rows",
        problems=("multilabel",),
        rows=of_labels.exact_matches,
    ),
    _label("mcc", "Matthews correlation", table=of_labels.matthews, chance=0.0),
    _label(
        "kappa",
        "quadratic weighted kappa",
        table=of_labels.kappa,
        options={"power": 2},
        by_rank=True,
        chance=0.0,
    ),
    _label(
        "kappa_linear",
        "linear weighted kappa",
        table=of_labels.kappa,
        options={"power": 1},
        by_rank=True,
        chance=0.0,
    ),
    _label(
        "kappa_unweighted",
        "Cohen's kappa",
        table=of_labels.kappa,
        options={"power": 0},
        chance=0.0,
    ),
    _label(
        "map_at_k",
        "MAP@3",
        answers="labels",
        problems=("multiclass", "ordinal"),
        rows=of_labels.precision_of_guesses,
        options={"k": 3},
    ),
    _probability(
        "auc",
        "AUC",
        direction="higher",
        whole=of_ranks.mean_auc,
        moves=of_ranks.moves_of_mean_auc,
        options={"average": "macro"},
        pooling="folds",
        chance=0.5,
        blend_scale="logit",
    ),
    _probability(
        "average_precision",
        "average precision",
        direction="higher",
        whole=of_ranks.mean_average_precision,
        options={"average": "macro"},
        pooling="folds",
        blend_scale="logit",
    ),
    _probability(
        "gini",
        "normalised Gini",
        direction="higher",
        problems=("binary", "multilabel", "regression"),
        whole=of_ranks.normalised_gini,
        pooling="folds",
        chance=0.0,
        blend_scale="logit",
    ),
    _probability(
        "lrap",
        "label ranking average precision",
        direction="higher",
        problems=("multilabel",),
        rows=of_ranks.label_ranking_precisions,
    ),
    _probability("log_loss", "log loss", rows=of_ranks.cross_entropies, options={"joint": False}),
    _probability("brier", "Brier score", rows=of_ranks.brier_scores, options={"joint": False}),
    _number("mae", "MAE", rows=of_numbers.absolute_errors),
    _number("mse", "MSE", rows=of_numbers.squared_errors),
    _number("rmse", "RMSE", rows=of_numbers.squared_errors, root=True),
    _number(
        "rmsle",
        "RMSLE",
        rows=of_numbers.squared_log_errors,
        root=True,
        lowest=0.0,
        blend_scale="log",
    ),
    _number("mape", "MAPE", rows=of_numbers.relative_errors, counted=of_numbers.not_zero),
    _number("smape", "SMAPE", rows=of_numbers.symmetric_errors),
    _number("wape", "WAPE", rows=of_numbers.absolute_errors, counted=of_numbers.amounts),
    _number(
        "rmspe",
        "RMSPE",
        rows=of_numbers.squared_relative_errors,
        counted=of_numbers.not_zero,
        root=True,
    ),
    _number("medae", "median absolute error", whole=of_numbers.median_absolute_error),
    _number(
        "pinball",
        "pinball loss",
        rows=of_numbers.pinball_losses,
        options={"quantile": 0.5},
    ),
    _number("poisson", "Poisson deviance", rows=of_numbers.poisson_deviances, lowest=1e-6),
    _number(
        "r2",
        "R²",
        direction="higher",
        whole=of_numbers.explained_variance_share,
        chance=0.0,
    ),
    _number(
        "pearson",
        "Pearson correlation",
        direction="higher",
        whole=of_ranks.mean_pearson,
        chance=0.0,
    ),
    _number(
        "spearman",
        "Spearman correlation",
        direction="higher",
        whole=of_ranks.mean_spearman,
        weighable=False,
        chance=0.0,
    ),
)

METRICS: Final[dict[str, Metric]] = {metric.name: metric for metric in _ALL}
"""Every known metric by name."""


def metric_named(name: str) -> Metric:
    """The registered metric called `name`, as it is without parameters.

    Raises:
        InputError: If there is none.
    """
    if name not in METRICS:
        known = ", ".join(METRICS)
        raise InputError(f"There is no metric called {name!r}; choose one of {known}.")
    return METRICS[name]


def metric_of(choice: MetricChoice) -> Metric:
    """The metric that a task is judged by, specialised by weights and parameters.

    Raises:
        InputError: The name is not known, a parameter is none of the metric's or has a value that
            it cannot take, or rows cannot count differently.
    """
    metric = metric_named(choice.name)
    if choice.source_text:
        return _users_own(choice, metric)
    given = {name: value for name, value in choice.parameters.items() if name in metric.options}
    for name, value in choice.parameters.items():
        _check(metric, name, value)
    if choice.weights is not None and not metric.weighable:
        raise InputError(f"{metric.title} cannot count rows differently: use another --metric.")
    clip = choice.parameters.get("clip")
    return replace(
        metric,
        title=title_of(choice),
        options={**metric.options, **given},
        weighted=choice.weights is not None,
        grouped="group" in choice.parameters,
        pooled=choice.parameters.get("reduction") == "pooled",
        limits=(float(clip[0]), float(clip[1])) if isinstance(clip, list) else None,  # type: ignore[arg-type]
    )


def stand_in(choice: MetricChoice) -> Metric:
    """The metric by which searches measure thousands of times: a known one for a user's own."""
    if not choice.source_text:
        return metric_of(choice)
    return replace(metric_named(choice.name), weighted=choice.weights is not None)


def _users_own(choice: MetricChoice, like: Metric) -> Metric:
    """A metric that judges what `like` does, by the user's function in the sandbox."""

    def judge(
        truth: pd.DataFrame, answers: pd.DataFrame, parts: Sequence[Part], weights: Array | None
    ) -> list[float]:
        return judged(choice, truth, answers, parts, weights)

    return Metric(
        name=choice.name,
        title=choice.title,
        direction=choice.direction,
        answers=like.answers,
        problems=like.problems,
        judge=judge,
        weighted=choice.weights is not None,
        blend_scale=like.blend_scale,
    )


def title_of(choice: MetricChoice) -> str:
    """How people write the metric with its parameters, such as `weighted MAE` or `MAP@5`."""
    metric, given = metric_named(choice.name), choice.parameters
    title = metric.title
    if "k" in given:
        title = f"MAP@{given['k']}"
    if "quantile" in given:
        title = f"{metric.title} at {given['quantile']:g}"
    if "beta" in given:
        title = title.replace("F1", "F2").replace("F2", f"F{given['beta']:g}")
    if given.get("average") == "weighted" and metric.answers == "probability":
        title = f"weighted {title}"
    if given.get("joint"):
        title = f"multiclass {title}"
    if choice.weights is not None:
        title = f"weighted {title}"
    if "group" in given:
        title = f"{title} within each {given['group']}"
    return title


def metric_digest(choice: MetricChoice) -> str:
    """SHA-256 of what decides a score: equal digests score equal answers alike."""
    deciding = choice.model_dump_json(include={"name", "direction", "weights", "source_text"})
    parameters = sorted(choice.parameters.items())
    return hashlib.sha256(f"{deciding}{parameters!r}".encode()).hexdigest()


def _check(metric: Metric, name: str, value: JsonValue) -> None:
    """Refuse a parameter that the metric does not have, or a value that makes no sense."""
    if name == "clip" and metric.answers == "number":
        sound = isinstance(value, list) and len(value) == 2 and value[0] < value[1]  # type: ignore[operator]
    elif name == "reduction":
        sound = value in {"columns", "pooled"}
    elif name == "group":
        sound = isinstance(value, str)
    elif name in metric.options:
        sound = _SOUND[name](value)
    else:
        known = ", ".join([*metric.options, "group"])
        raise InputError(f"{metric.title} has no parameter {name!r}: it takes {known}.")
    if not sound:
        raise InputError(f"{metric.title} cannot work with {name} = {value!r}: choose another.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_SOUND: Final[Mapping[str, Any]] = {
    "k": lambda value: isinstance(value, int) and 1 <= value <= 100,
    "quantile": lambda value: _is_number(value) and 0 < value < 1,
    "beta": lambda value: _is_number(value) and value > 0,
    "joint": lambda value: isinstance(value, bool),
    "average": lambda value: value in {"macro", "micro", "weighted"},
    "power": lambda value: value in {0, 1, 2},
}
