"""Samples: whole groups and series, and a test drawn as blind rows are."""

import numpy as np
import pandas as pd

from agents.competition.splitting.splits import choose_split
from agents.competition.views.sampling import SMALL, group_codes, sample_rows
from agents.models import GroupKey, MetricChoice, SplitPlan, Target, Task

TASK = Task(
    name="t",
    problem="regression",
    targets=(Target(name="y", kind="number"),),
    id_column=None,
    metric=MetricChoice(name="mae", direction="lower", title="MAE", source="default"),
    tables=(),
)


def series(places: int, days: int, asked: int) -> tuple[pd.DataFrame, SplitPlan]:
    """Daily series of several places; the last days are the test."""
    dates = pd.date_range("2015-01-01", periods=days + asked)
    grid = pd.MultiIndex.from_product([dates, range(places)], names=["on", "place"]).to_frame()
    grid["y"] = np.arange(len(grid)) % 17
    frame = grid.drop(columns=["place"] if places == 1 else []).reset_index(drop=True)
    late = (frame["on"] > dates[days - 1]).to_numpy()
    train = frame[~late].astype("str").reset_index(drop=True)
    test = frame[late].drop(columns="y").astype("str").reset_index(drop=True)
    return train, choose_split(TASK, train, test, 0)


def test_a_sample_of_series_holds_whole_series_and_asks_their_ends() -> None:
    train, split = series(places=200, days=60, asked=7)
    fit, asked = sample_rows(train, TASK, split)
    places = train["place"].to_numpy()[np.concatenate([fit, asked])]
    assert 600 <= len(places) <= SMALL
    assert set(np.unique(places, return_counts=True)[1]) == {60}
    assert train["on"].iloc[asked].nunique() == 7
    assert train["on"].iloc[fit].max() < train["on"].iloc[asked].min()


def test_a_sample_of_one_long_series_is_its_tail() -> None:
    train, split = series(places=1, days=3_000, asked=30)
    fit, asked = sample_rows(train, TASK, split)
    assert np.concatenate([fit, asked]).min() == 3_000 - SMALL
    assert len(asked) == 30
    assert asked.max() == 2_999


def test_a_sample_whose_last_window_is_too_small_asks_its_last_quarter() -> None:
    train, split = series(places=1, days=2_500, asked=1)
    fit, asked = sample_rows(train, TASK, split)
    assert len(asked) == SMALL // 4
    assert fit.max() < asked.min()


def test_rows_of_one_series_belong_together_and_so_do_rows_of_one_group() -> None:
    train, split = series(places=5, days=60, asked=7)
    codes = group_codes(train, split)
    assert len(set(codes)) == 5
    cells = pd.DataFrame({"key": ["a_1", "a_2", "", "", "b_1"]}, dtype="str")
    grouped = SplitPlan(
        splitter="grouped", folds=2, seed=0, key=GroupKey(column="key", delimiter="_")
    )
    assert group_codes(cells, grouped).tolist() == [0, 0, 1, 2, 3]
