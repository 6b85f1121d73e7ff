"""Splits by time: chosen where the real test lies in time so, and only there."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.splitting.fold_masks import fold_masks
from agents.competition.splitting.splits import choose_split
from agents.competition.splitting.time_axis import TimeAxis, date_axes
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import MetricChoice, SplitPlan, Target, Task

CHANCE = np.random.RandomState(3)
Pair = tuple[pd.DataFrame, pd.DataFrame]


def task_of(id_column: str | None = None) -> Task:
    return Task(
        name="t",
        problem="regression",
        targets=(Target(name="y", kind="number"),),
        id_column=id_column,
        metric=MetricChoice(name="mae", direction="lower", title="MAE", source="default"),
        tables=(),
    )


def cut(frame: pd.DataFrame, asked: np.ndarray) -> Pair:
    """Rows as cells: those to learn from, and those that are asked, without a target."""
    frame = frame.assign(y=CHANCE.normal(10, 2, len(frame)).round(3))
    train, test = frame[~asked], frame[asked].drop(columns="y")
    return (
        train.astype("str").reset_index(drop=True),
        test.astype("str").reset_index(drop=True),
    )


def panel(days: int, places: int = 6, step: int = 1) -> pd.DataFrame:
    dates = pd.date_range("2019-01-07", periods=days, freq=f"{step}D")
    grid = pd.MultiIndex.from_product([dates, range(places)], names=["on", "place"]).to_frame()
    grid["kind"] = grid["place"] % 2
    return grid.reset_index(drop=True)


def planned(pair: Pair) -> SplitPlan:
    return choose_split(task_of(), *pair, seed=1)


def masks_of(pair: Pair, split: SplitPlan) -> list[tuple[np.ndarray, np.ndarray]]:
    return fold_masks(pair[0], task_of(), split)


# --- the test after train


def test_a_test_after_train_makes_windows_as_long_and_as_far_behind() -> None:
    frame = panel(200)
    day = (frame["on"] - frame["on"].min()).dt.days
    pair = cut(frame[(day < 170) | (day >= 177)], (day[(day < 170) | (day >= 177)] >= 177))
    split = planned(pair)
    assert (split.splitter, split.folds, split.refit) == ("time", 3, True)
    assert split.time is not None
    assert split.time.entity == ("place",)
    days = pd.to_datetime(pair[0]["on"]) - frame["on"].min()
    for place, (fit, blind) in enumerate(masks_of(pair, split)):
        asked, learned = days[blind].dt.days, days[fit].dt.days
        assert asked.max() == 169 - 23 * place
        assert asked.nunique() == 23  # as the test: days 177 to 199
        assert asked.min() - learned.max() == 8  # as the test: 177 - 169
        assert not (fit & blind).any()


def test_with_two_years_the_same_weeks_of_the_year_before_are_blind_too() -> None:
    frame = panel(130, step=7)
    week = (frame["on"] - frame["on"].min()).dt.days // 7
    pair = cut(frame, (week >= 117).to_numpy())
    split = planned(pair)
    assert split.time is not None
    real = pair[1]["on"].min(), pair[1]["on"].max()
    last = split.time.windows[-1]
    moved = [str((pd.Timestamp(one) - pd.Timedelta(days=364)).date()) for one in real]
    assert [last.start, last.end] == moved
    assert all(blind.sum() == 13 * 6 for _, blind in masks_of(pair, split))


def test_windows_come_with_the_one_nearest_to_the_test_first() -> None:
    frame = panel(120)
    pair = cut(frame, (frame["on"] >= "2019-04-27").to_numpy())
    split = planned(pair)
    assert split.time is not None
    starts = [window.start for window in split.time.windows]
    assert starts == sorted(starts, reverse=True)


def test_one_short_monthly_series_gets_as_many_windows_as_its_rows_allow() -> None:
    months = pd.DataFrame({"month": pd.date_range("2012-01-01", periods=96, freq="MS")})
    pair = cut(months, (np.arange(96) >= 90))
    split = planned(pair)
    assert split.splitter == "time"
    assert split.time is not None
    assert split.time.entity == ()
    masks = masks_of(pair, split)
    assert sum(int(blind.sum()) for _, blind in masks) >= 30
    assert min(int(fit.sum()) for fit, _ in masks) >= 30


@pytest.mark.parametrize(
    "columns",
    [("year", "month", "day"), ("sale_year", "sale_month", "sale_day"), ("Yr", "Mo", "Day")],
)
def test_year_month_and_day_in_columns_of_their_own_are_one_date(
    columns: tuple[str, str, str],
) -> None:
    frame = panel(100)
    asked = (frame["on"] >= "2019-04-01").to_numpy()
    parts = (frame["on"].dt.year, frame["on"].dt.month, frame["on"].dt.day)
    named = dict(zip(columns, parts, strict=True))
    split = planned(cut(frame.drop(columns="on").assign(**named), asked))
    assert split.time is not None
    assert (split.time.column, *split.time.finer) == columns
    assert split.time.windows[0].end == "2019-03-31"


def test_a_numbered_period_is_an_axis_when_its_name_says_so() -> None:
    frame = panel(60).assign(week=lambda table: table["on"].dt.day_of_year).drop(columns="on")
    split = planned(cut(frame, (frame["week"] > 55).to_numpy()))
    assert split.splitter == "time"
    assert split.time is not None
    assert (split.time.column, split.time.written) == ("week", "")
    assert [split.time.windows[0].start, split.time.windows[0].end] == ["45", "55"]


def test_numbers_that_name_things_are_no_time_though_the_test_has_higher_ones() -> None:
    patient = np.sort(CHANCE.randint(0, 150, 900))
    frame = pd.DataFrame({"patient": patient, "pulse": CHANCE.randint(50, 120, 900)})
    split = planned(cut(frame, patient >= 120))
    assert split.splitter == "grouped"
    assert split.key is not None
    assert split.key.column == "patient"


def test_rows_of_the_gap_and_after_a_window_take_no_part() -> None:
    frame = panel(150)
    pair = cut(frame, (frame["on"] >= "2019-05-20").to_numpy())
    split = planned(pair)
    moments = pd.to_datetime(pair[0]["on"])
    for fit, blind in masks_of(pair, split)[1:]:
        assert moments[fit].max() < moments[blind].min()
        assert not fit[(moments > moments[blind].max()).to_numpy()].any()


def test_rows_without_a_target_are_never_blind() -> None:
    frame = panel(120)
    train, test = cut(frame, (frame["on"] >= "2019-04-27").to_numpy())
    train.loc[train.index % 3 == 0, "y"] = ""
    split = planned((train, test))
    assert all((train["y"][blind] != "").all() for _, blind in masks_of((train, test), split))


# --- dates that are not asked by


def test_dates_of_test_rows_between_those_of_train_are_no_split_by_time() -> None:
    frame = panel(300)
    pair = cut(frame, CHANCE.random_sample(len(frame)) < 0.3)
    split = planned(pair)
    assert split.splitter == "stratified"
    assert any("not held out by time" in sentence for sentence in split.evidence)


def test_too_short_a_history_says_why_it_is_not_split_by_time() -> None:
    frame = pd.DataFrame({"on": pd.date_range("2019-01-01", periods=60)})
    split = planned(cut(frame, (np.arange(60) >= 35)))
    assert split.splitter == "stratified"
    assert any("too few" in sentence for sentence in split.evidence)


# --- tails and blocks


def test_the_last_rows_of_each_entity_are_blind_where_they_are_the_test() -> None:
    visits = pd.DataFrame(
        {
            "customer": np.repeat([f"c{n}" for n in range(60)], 12),
            "at": np.concatenate(
                [
                    np.sort(CHANCE.randint(0, 900, 12)) + shift
                    for shift in CHANCE.randint(0, 400, 60)
                ]
            ),
        }
    )
    visits["at"] = pd.Timestamp("2020-03-01") + pd.to_timedelta(visits["at"], unit="h")
    asked = (np.arange(len(visits)) % 12) >= 10
    order = CHANCE.permutation(len(visits))
    pair = cut(visits.iloc[order], asked[order])
    split = planned(pair)
    assert (split.splitter, split.tail, split.refit) == ("entity_tail", 2, True)
    moments = pd.to_datetime(pair[0]["at"])
    for fit, blind in masks_of(pair, split):
        assert blind.sum() == 120
        last_learned = moments[fit].groupby(pair[0]["customer"][fit]).max()
        first_asked = moments[blind].groupby(pair[0]["customer"][blind]).min()
        assert (first_asked >= last_learned[first_asked.index]).all()


def test_days_before_periodic_blocks_are_blind_where_blocks_are_the_test() -> None:
    hours = pd.DataFrame({"hour": pd.date_range("2011-01-01", "2011-12-31 23:00", freq="h")})
    pair = cut(hours, (hours["hour"].dt.day >= 20).to_numpy())
    split = planned(pair)
    assert (split.splitter, split.folds) == ("periodic", 5)
    seen = np.zeros(len(pair[0]), dtype=bool)
    for fit, blind in masks_of(pair, split):
        days = pd.to_datetime(pair[0]["hour"])[blind].dt.day
        assert set(days) == set(range(11, 20))
        assert (fit == ~blind).all()
        assert not (seen & blind).any()
        seen |= blind
    assert seen.sum() == 12 * 9 * 24


def test_tails_nearly_as_long_as_the_history_before_them_are_imitated_once() -> None:
    visits = pd.DataFrame({"client": np.repeat([f"c{n}" for n in range(80)], 8)})
    begin = np.repeat(CHANCE.randint(0, 500, 80), 8)
    visits["on"] = pd.Timestamp("2020-03-01") + pd.to_timedelta(begin, unit="D")
    visits["on"] += pd.to_timedelta(9 * (np.arange(640) % 8), unit="D")
    split = planned(cut(visits, (np.arange(640) % 8) >= 5))
    assert (split.splitter, split.tail, split.folds) == ("entity_tail", 3, 1)


def test_one_series_of_few_weeks_is_asked_in_blocks_as_the_test_is() -> None:
    frame = panel(211, places=1)
    week = (frame["on"] - frame["on"].min()).dt.days // 7
    pair = cut(frame, (week % 4 == 3).to_numpy())
    split = planned(pair)
    assert (split.splitter, split.folds) == ("periodic", 2)
    assert sum(int(blind.sum()) for _, blind in masks_of(pair, split)) >= 30


def test_whole_days_drawn_at_random_are_groups_not_blocks() -> None:
    frame = panel(300)
    days = frame["on"].unique()
    drawn = days[CHANCE.random_sample(len(days)) < 0.3]
    split = planned(cut(frame, frame["on"].isin(drawn).to_numpy()))
    assert split.splitter == "grouped"


# --- reading time


def test_a_date_is_no_group_key_when_the_test_comes_after(tmp_path: Path) -> None:
    frame = panel(150)
    train, test = cut(frame, (frame["on"] >= "2019-05-20").to_numpy())
    train.to_csv(tmp_path / "train.csv", index=False)
    test.to_csv(tmp_path / "test.csv", index=False)
    task = state_task(tmp_path, TaskOptions(target="y"))
    assert task.groups is None


@pytest.mark.parametrize(
    "cells",
    [
        ["2020-01-01", "2020-03-31", ""],
        ["31/12/2020", "01/01/2021", "15/06/2021"],
        ["2020-01-01 10:30:00", "2020-01-01 10:30:01", "2020-01-02 00:00:00"],
    ],
)
def test_moments_are_written_as_bounds_and_read_back(cells: list[str]) -> None:
    table = pd.DataFrame({"on": cells}, dtype="str")
    axis = next(date_axes(table, ["on"]))
    moments = axis.moments(table)
    known = moments[np.isfinite(moments)]
    assert np.allclose([axis.read(axis.spelled(float(one))) for one in known], known, atol=1e-8)
    assert np.isfinite(moments).tolist() == [cell != "" for cell in cells]


def test_unknown_moments_are_learned_from_and_never_blind() -> None:
    frame = panel(120)
    train, test = cut(frame, (frame["on"] >= "2019-04-27").to_numpy())
    train.loc[5:8, "on"] = ""
    split = planned((train, test))
    for fit, blind in masks_of((train, test), split):
        assert fit[5:9].all()
        assert not blind[5:9].any()


def test_spans_are_said_in_a_unit_that_suits_them() -> None:
    axis = TimeAxis("at", "ISO8601")
    assert [axis.span(length) for length in (30, 0.25, 0.01)] == [
        "30 days",
        "6 hours",
        "14 minutes",
    ]


@pytest.mark.slow
def test_a_million_rows_are_looked_at_in_seconds() -> None:
    frame = panel(1_000, places=1_000)
    pair = cut(frame, (frame["on"] >= "2021-09-01").to_numpy())
    begin = time.process_time()
    split = planned(pair)
    assert split.splitter == "time"
    assert time.process_time() - begin < 10
