"""Which loss to train with, so that models aim at what the metric measures.

A pure table. Metrics of labels, probabilities and ratings are all served by cross-entropy without
class weights: it yields honest probabilities, and the engine's decision turns them into the answers
that the metric likes. For numbers the loss is the one whose minimiser the metric asks for: the mean
for squared errors, the median for absolute ones, a quantile for pinball loss (Gneiting 2011,
"Making and evaluating point forecasts").
"""

from dataclasses import dataclass, replace
from typing import Literal

from agents.models import MetricChoice, ProblemType

Weighing = Literal["none", "metric", "inverse", "metric and inverse"]


@dataclass(frozen=True, kw_only=True)
class TrainingLoss:
    """One loss in the words of each library, and what has to be done about target and rows."""

    sklearn: str
    """`loss` of histogram gradient boosting."""
    catboost: str
    """`loss_function`, parameters included."""
    lightgbm: str
    """`objective`; for `quantile` with `alpha`, below."""
    torch: str
    """`squared_error`, `absolute_error`, `pinball`, `poisson` (of logarithms of the mean),
    `cross_entropy` (one of several classes) or `binary_cross_entropy` (yes or no, each target)."""
    quantile: float | None = None
    """The quantile that is asked for: scikit-learn's `quantile`, LightGBM's `alpha`."""
    log_target: bool = False
    """Whether log(1 + target) is learnt instead, where no target is negative."""
    weight: Weighing = "none"
    """How much a row counts in training: by the metric's weights, by one over the absolute target
    (floored, where targets come near 0), by the product of both, or the same."""


_SQUARED = TrainingLoss(
    sklearn="squared_error", catboost="RMSE", lightgbm="regression", torch="squared_error"
)
_ABSOLUTE = TrainingLoss(
    sklearn="absolute_error", catboost="MAE", lightgbm="regression_l1", torch="absolute_error"
)
_POISSON = TrainingLoss(sklearn="poisson", catboost="Poisson", lightgbm="poisson", torch="poisson")
_NUMBERS: dict[str, TrainingLoss] = {
    "mae": _ABSOLUTE,
    "wape": _ABSOLUTE,
    "medae": _ABSOLUTE,
    "mape": replace(_ABSOLUTE, weight="inverse"),
    "smape": replace(_ABSOLUTE, log_target=True),
    "rmsle": replace(_SQUARED, log_target=True),
    "rmspe": replace(_SQUARED, log_target=True),
    "poisson": _POISSON,
}
"""By metric; all others are served by squared errors."""
_CLASSES: dict[ProblemType, TrainingLoss] = {
    "binary": TrainingLoss(
        sklearn="log_loss", catboost="Logloss", lightgbm="binary", torch="binary_cross_entropy"
    ),
    "multilabel": TrainingLoss(
        sklearn="log_loss", catboost="MultiLogloss", lightgbm="binary", torch="binary_cross_entropy"
    ),
    "multiclass": TrainingLoss(
        sklearn="log_loss", catboost="MultiClass", lightgbm="multiclass", torch="cross_entropy"
    ),
}


def training_loss(metric: MetricChoice, problem: ProblemType, *, targets: int = 1) -> TrainingLoss:
    """The loss that serves a metric.

    Args:
        metric: What the task is judged by.
        problem: What is predicted; ordered levels are learnt as classes.
        targets: How many numbers are predicted; CatBoost learns several by squared errors only.
    """
    if problem == "regression":
        loss = _of_numbers(metric)
    else:
        loss = _CLASSES["multiclass" if problem == "ordinal" else problem]
    if problem == "regression" and targets > 1:
        loss = replace(loss, catboost="MultiRMSE")
    if metric.weights is None:
        return loss
    return replace(loss, weight="metric" if loss.weight == "none" else "metric and inverse")


def _of_numbers(metric: MetricChoice) -> TrainingLoss:
    if metric.name != "pinball":
        return _NUMBERS.get(metric.name, _SQUARED)
    quantile = float(str(metric.parameters.get("quantile", 0.5)))
    return TrainingLoss(
        sklearn="quantile",
        catboost=f"Quantile:alpha={quantile:g}",
        lightgbm="quantile",
        torch="pinball",
        quantile=quantile,
    )
