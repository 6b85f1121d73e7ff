"""Prepare series: what each row's past said at an earlier origin, and how wrong that was."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from agents.competition.splitting.splits import labelled_rows
from agents.recipes.blocks.rows import affordable_rows
from agents.recipes.blocks.series import (
    History,
    Outlook,
    horizon_slots,
    look_ahead,
    plain,
    read_history,
    read_moments,
    remembered,
    series_of,
    with_new_series,
    without_young_season,
)
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
MOST_ORIGINS = 200
FEWEST_ORIGINS = 8
MOST_CELLS = 2_000_000
SECONDS_A_ROW = 1e-4


class Preprocessor:
    """Turns series into rows, each seen from an origin before it."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Look at the past from several origins, as rows to be predicted are looked at."""
        cells = read_training(data_dir)
        cells = cells.iloc[labelled_rows(cells, TARGETS)].reset_index(drop=True)
        target = pd.Series(read_target(cells)).astype("float64")
        self.history = without_young_season(read_history(cells, target.to_numpy()))
        features = described(cells)
        self.words = learn_words(features)
        features = numbered(features, self.words, read_moments(cells))
        drawn = draw_rows(self.history, cells, seed)
        seconds = min(time_limit_s, MOST_ROWS * SECONDS_A_ROW)
        enough = affordable_rows(len(drawn), SECONDS_A_ROW, seconds, seed)
        rows = drawn.iloc[enough].sort_values("origin").reset_index(drop=True)
        outlook = look_from(self.history, rows)
        alike = np.isin(outlook.basis, future_bases(self.history))
        trust = share_of_season(self.history, rows[alike])
        if alike.any():
            rows, outlook = rows[alike], outlook.at(alike)
        y = target.to_numpy()[rows["row"]]
        return {
            "X_train": beside(features.iloc[rows["row"]], outlook.features),
            "y_train": pd.Series(trust * missed(y, outlook.expected, outlook.level)),
            "weight_train": levelled_weights(outlook.level, cells, target, rows["row"].to_numpy()),
        }

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Look at the rows to be predicted from the end of the past."""
        cells = read_asked(data_dir)
        history = with_new_series(self.history, cells)
        moments = read_moments(cells)
        slots = history.calendar.slots(moments)
        series = series_of(cells, history.keys)
        outlook = look_ahead(history, series, slots, history.last)
        features = numbered(described(cells), self.words, moments)
        return {
            "X_test": beside(features, outlook.features),
            "level_test": pd.Series(outlook.level),
            "row_id": read_ids(cells, ID_COLUMN),
        }

    def save(self, directory: Path) -> None:
        """Write the past, and what words mean."""
        joblib.dump((plain(self.history), self.words), directory / "past.joblib")

    def load(self, directory: Path) -> None:
        """Read the past, and what words mean."""
        past, self.words = joblib.load(directory / "past.joblib")
        self.history = remembered(past)


def draw_rows(history: History, cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Choose origins, and the rows after each that are as far ahead as rows are asked for.

    Steps: origins

    Returns:
        A row each: `row` (its place in the table), `series`, `slot`, `origin`.
    """
    horizon, season = horizon_slots(history.calendar), history.calendar.season
    series, slots = series_of(cells, history.keys), history.calendar.slots(read_moments(cells))
    table = pd.DataFrame({"row": np.arange(len(cells)), "series": series, "slot": slots})
    most = max(1, MOST_CELLS // history.values.shape[1])
    if len(history.keys) > most:
        some = np.random.RandomState(seed).permutation(len(history.keys))[:most]
        table = table[table["series"].isin(some)]
    first = max(2, min(season, history.last - horizon))
    last = max(first, history.last - max(1, horizon // 6))
    rows_each = max(1, table["series"].nunique() * horizon)
    number = int(np.clip(MOST_ROWS // rows_each, FEWEST_ORIGINS, MOST_ORIGINS))
    parts = []
    for origin in np.unique(np.linspace(first, last, number).astype(int)):
        after = table["slot"].between(origin + 1, origin + horizon)
        parts.append(table[after].assign(origin=origin))
    drawn = pd.concat(parts, ignore_index=True)
    return drawn if len(drawn) else table.assign(origin=history.last)


def look_from(history: History, rows: pd.DataFrame) -> Outlook:
    """What was known about rows at their origins; the rows are in the order of these."""
    origins = [int(origin) for origin in rows["origin"].unique()]
    parts = [
        look_ahead(history, part["series"].to_numpy(), part["slot"].to_numpy(), origin)
        for origin, part in ((origin, rows[rows["origin"] == origin]) for origin in origins)
    ]
    return Outlook(
        features=pd.concat([part.features for part in parts], ignore_index=True),
        expected=np.concatenate([part.expected for part in parts]),
        basis=np.concatenate([part.basis for part in parts]),
        level=np.concatenate([part.level for part in parts]),
    )


def future_bases(history: History) -> list[int]:
    """What simple forecasts of the future go by; rows that went by something else teach little."""
    some = np.arange(len(history.keys))[:: max(1, len(history.keys) // 500)]
    ahead = np.unique(np.linspace(1, horizon_slots(history.calendar), 5).astype(int))
    slots = np.tile(history.last + ahead, len(some))
    outlook = look_ahead(history, np.repeat(some, len(ahead)), slots, history.last)
    found, counts = np.unique(outlook.basis, return_counts=True)
    return [int(basis) for basis in found[counts >= 0.1 * counts.sum()]]


def share_of_season(history: History, rows: pd.DataFrame) -> float:
    """How much of a season the rows go through: corrections learned on less count less."""
    season = history.calendar.season
    return min(1.0, rows["slot"].nunique() / season) if season else 1.0
