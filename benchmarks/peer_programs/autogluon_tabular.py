"""AutoGluon's best_quality on one table: `python autogluon_tabular.py SPEC.json`.

Reads what `benchmarks.peers` wrote, fits one predictor a target within the time limit, and writes
a parquet file of answers: `row_id` and the columns that the specification asks for.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from autogluon.tabular import (  # type: ignore[import-not-found]  # lives in its own environment
    TabularPredictor,
)

METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "auc": "roc_auc",
    "log_loss": "log_loss",
    "f1": "f1",
    "kappa": "quadratic_kappa",
    "mae": "mean_absolute_error",
    "wape": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
    "rmsle": "root_mean_squared_error",
    "r2": "r2",
}


def main() -> None:
    """Fit, predict, write."""
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    train = pd.read_csv(spec["train"], low_memory=False)
    test = pd.read_csv(spec["test"], low_memory=False)
    answers = pd.DataFrame({"row_id": spec["ids"]})
    for target in spec["targets"]:
        others = [name for name in spec["targets"] if name != target]
        predictor = fit(train.drop(columns=others), target, spec)
        if spec["answers"] == "probability":
            shares = predictor.predict_proba(test)
            for label, column in spec["columns"][target].items():
                known = {str(name): name for name in shares.columns}
                answers[column] = shares[known[label]].to_numpy() if label in known else 0.0
        else:
            answers[target] = predictor.predict(test).to_numpy()
    answers.to_parquet(spec["output"], index=False)


def fit(train: pd.DataFrame, target: str, spec: dict[str, Any]) -> TabularPredictor:
    """One predictor, within its share of the time."""
    return TabularPredictor(
        label=target,
        eval_metric=METRICS.get(spec["metric"]),
        problem_type=spec["problem"],
        path=tempfile.mkdtemp(prefix="autogluon-"),
        verbosity=1,
    ).fit(
        train.dropna(subset=[target]),
        time_limit=spec["seconds"] / len(spec["targets"]),
        presets="best_quality",
        num_cpus=spec["cores"],
        num_gpus=0,
    )


if __name__ == "__main__":
    main()
