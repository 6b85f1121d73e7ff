"""Nearest rows: how far away each class's closest rows are, as probabilities."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances

from agents.recipes.blocks.calibration import learn_link, linked
from agents.recipes.blocks.rows import affordable_rows

CLASSES: list[str] = []
NEAREST = 2
AXES: list[int] = [0, 20, 50]
SECONDS_A_ROW = 4e-4


class Model:
    """The training rows themselves."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Choose along how many principal axes distances tell the classes apart best."""
        features, goal = train["X_train"].to_numpy(), train["y_train"]
        rows = affordable_rows(len(features), SECONDS_A_ROW, time_limit_s, seed)
        features, goal = features[rows], goal.iloc[rows]
        labels = sorted(goal.unique())
        codes = pd.Index(labels).get_indexer(goal)
        tried = []
        for count in AXES:
            axes = axes_of(features, count, seed)
            values = closeness(features, features, codes, axes, others=True)
            link, loss = learn_link(values, codes)
            tried.append((loss, link, axes))
        _, link, axes = min(tried, key=lambda one: one[0])
        self.known = {"labels": labels, "codes": codes, "rows": features, "axes": axes}
        self.known["link"] = link

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        known = self.known
        features = test["X_test"].to_numpy()
        values = closeness(features, known["rows"], known["codes"], known["axes"])
        scores = pd.DataFrame(linked(values, known["link"]), columns=known["labels"])
        scores = scores.reindex(columns=CLASSES, fill_value=0.0)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the rows."""
        joblib.dump(self.known, directory / "rows.joblib")

    def load(self, directory: Path) -> None:
        """Read the rows."""
        self.known = joblib.load(directory / "rows.joblib")


def axes_of(features: np.ndarray, count: int, seed: int) -> PCA | None:
    """The first principal axes; None for all columns as they are."""
    fewest = min(features.shape) - 1
    return PCA(min(count, fewest), random_state=seed).fit(features) if count else None


def closeness(
    features: np.ndarray,
    rows: np.ndarray,
    codes: np.ndarray,
    axes: PCA | None,
    *,
    others: bool = False,
) -> np.ndarray:
    """Minus the mean distance to the nearest rows of every class, shape (rows, classes).

    Steps: neighbours

    Args:
        features: Rows to be compared.
        rows: Rows whose classes are known.
        codes: These classes.
        axes: Along which distances are measured.
        others: Whether both are the same rows, and none counts as its own neighbour.
    """
    if axes is not None:
        features, rows = axes.transform(features), axes.transform(rows)
    distances = pairwise_distances(features, rows)
    if others:
        np.fill_diagonal(distances, distances.max())
    nearest = [
        np.sort(distances[:, codes == code], axis=1)[:, :NEAREST].mean(axis=1)
        for code in range(codes.max() + 1)
    ]
    return -np.column_stack(nearest)
