"""Training losses follow the metric; the libraries know them by these names."""

import numpy as np
import pytest
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from sklearn.ensemble import HistGradientBoostingRegressor

from agents.competition.metrics.metrics import METRICS
from agents.models import MetricChoice, MetricWeights, ProblemType
from agents.recipes.needs.losses import training_loss


def chosen(name: str, weights: MetricWeights | None = None, **parameters: float) -> MetricChoice:
    return MetricChoice(
        name=name,
        direction=METRICS[name].direction,
        title=name,
        source="option",
        weights=weights,
        parameters=dict(parameters),
    )


@pytest.mark.parametrize(
    ("name", "torch"),
    [
        ("mae", "absolute_error"),
        ("wape", "absolute_error"),
        ("rmse", "squared_error"),
        ("r2", "squared_error"),
        ("pinball", "pinball"),
        ("poisson", "poisson"),
    ],
)
def test_the_loss_is_what_the_metric_asks_for(name: str, torch: str) -> None:
    assert training_loss(chosen(name), "regression").torch == torch


def test_relative_errors_are_learnt_as_logarithms_or_by_inverse_weights() -> None:
    assert training_loss(chosen("rmsle"), "regression").log_target
    assert training_loss(chosen("smape"), "regression").log_target
    assert training_loss(chosen("mape"), "regression").weight == "inverse"


def test_weights_of_the_metric_weigh_the_training_rows() -> None:
    weights = MetricWeights(column="w")
    assert training_loss(chosen("mae", weights), "regression").weight == "metric"
    assert training_loss(chosen("mape", weights), "regression").weight == "metric and inverse"
    assert training_loss(chosen("accuracy", weights), "binary").weight == "metric"


@pytest.mark.parametrize("problem", ["binary", "multiclass", "ordinal", "multilabel"])
def test_classes_are_learnt_by_cross_entropy(problem: ProblemType) -> None:
    loss = training_loss(chosen("f1_macro"), problem)
    assert loss.torch.endswith("cross_entropy")
    assert loss.sklearn == "log_loss"


@pytest.mark.parametrize("name", ["rmse", "mae", "pinball", "poisson"])
def test_every_library_learns_by_these_names(name: str) -> None:
    choice = chosen("pinball", quantile=0.9) if name == "pinball" else chosen(name)
    loss = training_loss(choice, "regression")
    features = np.arange(80.0).reshape(40, 2)
    target = np.arange(40.0) + 1
    gradient = LGBMRegressor(objective=loss.lightgbm, n_estimators=3, verbose=-1)
    if loss.quantile is not None:
        gradient.set_params(alpha=loss.quantile)
    models = [
        HistGradientBoostingRegressor(loss=loss.sklearn, quantile=loss.quantile, max_iter=3),
        CatBoostRegressor(
            loss_function=loss.catboost, iterations=3, verbose=False, allow_writing_files=False
        ),
        gradient,
    ]
    for model in models:
        said = model.fit(features, target).predict(features)
        assert np.isfinite(said).all()
        assert said.min() > 0
