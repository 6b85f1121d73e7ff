"""Series whose test lies beside known rows: tails of entities, and blocks between known rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.models import CandidatePlan
from agents.recipes.blocks import nearby
from agents.recipes.plans.boosting import plan_boosting
from agents.recipes.plans.nearby import plan_nearby
from agents.recipes.plans.series import plan_series
from tests.recipes.series.forecasting import assert_readable, forecast, needs_of, write


def hours(days: int = 122) -> pd.DataFrame:
    """Hourly hires: a course of the day at a level that wanders; the end of each month is asked."""
    chance = np.random.RandomState(4)
    when = pd.date_range("2021-01-01", periods=24 * days, freq="h")
    course = 1.2 + np.sin((when.hour.to_numpy() - 8) / 12 * np.pi)
    level = np.exp(np.cumsum(chance.normal(0, 0.15, days)))[np.arange(len(when)) // 24]
    warm = chance.random_sample(len(when))
    hired = 100 * level * course * (0.8 + 0.4 * warm) * np.exp(chance.normal(0, 0.05, len(when)))
    return pd.DataFrame(
        {
            "at": when.strftime("%Y-%m-%d %H:%M:%S"),
            "warm": warm.round(3),
            "sold": hired.round(1),
            "asked": when.day > 19,
        }
    )


def patients(people: int = 90, visits: int = 14, asked: int = 3) -> pd.DataFrame:
    """Visits of people who drift, each from a level of their own and at days of their own."""
    chance = np.random.RandomState(5)
    parts = []
    for person in range(people):
        dose = chance.random_sample(visits)
        drift = 20 * chance.random_sample() + np.cumsum(chance.normal(0, 1, visits)) + 2 * dose
        day = chance.randint(0, 900) + np.cumsum(chance.randint(3, 12, visits))
        parts.append(
            pd.DataFrame(
                {
                    "on": (pd.Timestamp("2018-01-01") + pd.to_timedelta(day, "D")).astype(str),
                    "person": f"n{person}",
                    "dose": dose.round(3),
                    "sold": (50 + drift).round(3),
                    "asked": np.arange(visits) >= visits - asked,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def planned(folder: Path) -> CandidatePlan:
    plan = plan_nearby(needs_of(folder))
    assert plan is not None
    return plan


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "splitter", "better"),
    [(hours(), "periodic", 0.9), (patients(), "entity_tail", 0.6)],
    ids=["blocks", "tails"],
)
def test_known_rows_beside_the_test_say_more_than_rows_alone(
    rows: pd.DataFrame, splitter: str, better: float, tmp_path: Path
) -> None:
    truth = write(tmp_path / "c", rows)
    needs = needs_of(tmp_path / "c")
    assert needs.profile.split.splitter == splitter
    plans = planned(tmp_path / "c"), plan_boosting(needs)
    near, plain = (
        np.abs(forecast(plan, tmp_path / "c", tmp_path / plan.name) - truth).mean()
        for plan in plans
    )
    assert near < better * plain


@pytest.mark.parametrize("rows", [hours(), patients(40)], ids=["blocks", "tails"])
def test_programs_follow_every_step_and_pass_the_linter(rows: pd.DataFrame, tmp_path: Path) -> None:
    write(tmp_path / "c", rows)
    assert_readable(planned(tmp_path / "c"), tmp_path / "p")


def test_the_future_is_left_to_the_other_recipes(tmp_path: Path) -> None:
    rows = hours(62)
    write(tmp_path / "c", rows.assign(asked=np.arange(len(rows)) > 1_200))
    needs = needs_of(tmp_path / "c")
    assert plan_nearby(needs) is None
    assert plan_series(needs) is not None


def test_a_hidden_span_shows_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby, "BLOCK", 2.0)
    known = nearby.known_rows(np.zeros(6, dtype=int), np.arange(6.0), np.arange(6.0) * 10)
    span = nearby.Span(np.array([2.0, 0.0, 2.0]), np.array([4.0, 2.0, 4.0]))
    asked, moments = np.array([0, 0, -1]), np.array([3.0, 1.0, 3.0])
    found = dict(nearby.measured(known, asked, moments, span))
    assert found["value 1 before"].tolist()[0] == 10
    assert found["value 2 after"].tolist()[:2] == [50, 30]
    assert found["time since"][0] == 2
    assert found["time until"].tolist()[:2] == [1, 1]
    assert found["between"].tolist()[:2] == [10 + 30 * 2 / 3, 20]
    assert found["mean"].tolist()[:2] == [25, 35]
    # A series that nobody knows has no neighbours.
    assert all(np.isnan(values[2]) for values in found.values())


def test_every_training_row_of_a_tail_is_hidden_with_those_after_it() -> None:
    series, moments = np.repeat([0, 1], 50), np.tile(np.arange(50.0), 2)
    span = nearby.hide_around(series, moments, 1.0, draw=3)
    assert (span.begin == moments).all()
    assert np.isinf(span.end).all()
