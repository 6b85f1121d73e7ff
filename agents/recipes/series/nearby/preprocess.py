"""Prepare series by the nearest known rows: what each row sees of them, and how wrong that was."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from agents.competition.splitting.splits import labelled_rows
from agents.recipes.blocks.nearby import (
    Past,
    Span,
    hide_around,
    least_wrong,
    look_around,
    read_past,
    series_at,
)
from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.series import Calendar, read_moments
from agents.recipes.blocks.series_rows import (
    beside,
    described,
    learn_words,
    levelled_weights,
    missed,
    numbered,
)
from agents.recipes.blocks.tables import read_asked, read_ids, read_target, read_training

ID_COLUMN = ""
TARGETS: list[str] = []
MOST_ROWS = 120_000
MOST_DRAWS = 8
SECONDS_A_ROW = 1e-4


class Preprocessor:
    """Turns series into rows, each beside what is known around it."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Look at training rows as rows to be predicted are looked at."""
        cells = read_training(data_dir)
        cells = cells.iloc[labelled_rows(cells, TARGETS)].reset_index(drop=True)
        target = pd.Series(read_target(cells)).astype("float64")
        moments = read_moments(cells)
        self.past = read_past(cells, target.to_numpy())
        features = described(cells)
        self.words = learn_words(features)
        features = numbered(features, self.words, moments)
        rows, near, level = self.draw(cells, min(time_limit_s, MOST_ROWS * SECONDS_A_ROW), seed)
        y = target.to_numpy()[rows]
        self.simple = least_wrong(near, y / level)
        near["past, expected"] = near[self.simple].fillna(1.0)
        return {
            "X_train": beside(features.iloc[rows], near.astype("float32")),
            "y_train": pd.Series(missed(y, near["past, expected"].to_numpy(), level)),
            "weight_train": levelled_weights(level, cells, target, rows),
        }

    def draw(
        self, cells: pd.DataFrame, seconds: float, seed: int
    ) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
        """Describe the training rows several times, each time with other spans hidden.

        Returns:
            The place of each described row in the table, its measures, and its level.
        """
        series, moments = series_at(self.past, cells), read_moments(cells)
        draws = int(np.clip(seconds / SECONDS_A_ROW / len(cells), 1, MOST_DRAWS))
        some = affordable_rows(len(cells), SECONDS_A_ROW, seconds, seed)
        found = []
        for draw in range(draws):
            span = hide_around(series, moments, self.past.calendar.step, seed + draw)
            near, level = look_around(
                self.past, cells.iloc[some], Span(span.begin[some], span.end[some])
            )
            found.append(near.assign(row=some, level=level))
        both = pd.concat(found, ignore_index=True)
        seen = both[both["past, mean"].notna()].reset_index(drop=True)
        both = seen if len(seen) else both
        rows, levels = both.pop("row").to_numpy(), both.pop("level").to_numpy()
        return rows, both, levels

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Look at the rows to be predicted beside everything that is known."""
        cells = read_asked(data_dir)
        moments = read_moments(cells)
        near, level = look_around(self.past, cells, Span(moments, moments))
        near["past, expected"] = near[self.simple].fillna(1.0)
        features = numbered(described(cells), self.words, moments)
        return {
            "X_test": beside(features, near.astype("float32")),
            "level_test": pd.Series(level),
            "row_id": read_ids(cells, ID_COLUMN),
        }

    def save(self, directory: Path) -> None:
        """Write the known rows, and what words mean."""
        past = {**vars(self.past), "calendar": vars(self.past.calendar)}
        joblib.dump((past, self.words, self.simple), directory / "past.joblib")

    def load(self, directory: Path) -> None:
        """Read the known rows, and what words mean."""
        past, self.words, self.simple = joblib.load(directory / "past.joblib")
        self.past = Past(**{**past, "calendar": Calendar(**past["calendar"])})
