"""Prepare series for a simple forecast: last season's course, and the level of each series."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from agents.competition.splitting.splits import labelled_rows
from agents.recipes.blocks.series import (
    look_ahead,
    plain,
    read_history,
    read_moments,
    remembered,
    series_of,
    with_new_series,
)
from agents.recipes.blocks.tables import read_asked, read_ids, read_target, read_training

ID_COLUMN = ""
TARGETS: list[str] = []


class Preprocessor:
    """Remembers the past of each series."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the past."""
        cells = read_training(data_dir)
        cells = cells.iloc[labelled_rows(cells, TARGETS)].reset_index(drop=True)
        target = pd.Series(read_target(cells)).astype("float64")
        self.history = read_history(cells, target.to_numpy())
        series = series_of(cells, self.history.keys)
        slots = self.history.calendar.slots(read_moments(cells))
        outlook = look_ahead(self.history, series, slots, self.history.last // 2)
        return {"X_train": outlook.features[["past, expected"]], "y_train": target}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Look ahead from the end of the past."""
        cells = read_asked(data_dir)
        history = with_new_series(self.history, cells)
        slots = history.calendar.slots(read_moments(cells))
        outlook = look_ahead(history, series_of(cells, history.keys), slots, history.last)
        return {
            "X_test": outlook.features[["past, expected"]],
            "level_test": pd.Series(outlook.level),
            "row_id": read_ids(cells, ID_COLUMN),
        }

    def save(self, directory: Path) -> None:
        """Write the past."""
        joblib.dump(plain(self.history), directory / "past.joblib")

    def load(self, directory: Path) -> None:
        """Read the past."""
        self.history = remembered(joblib.load(directory / "past.joblib"))
