"""Series that go on: forecasts from the past, by programs that stand alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.models import CandidatePlan, Decision
from agents.recipes.plans.series import plan_seasonal_naive, plan_series
from agents.roles.assembler import assemble
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing
from tests.recipes.series.forecasting import assert_readable, forecast, needs_of, write


def panel(places: int = 6, days: int = 160, asked: int = 21) -> pd.DataFrame:
    """Daily sales: a level a place, weekdays, promotions known ahead; the last place is new."""
    chance = np.random.RandomState(2)
    dates = pd.date_range("2020-01-01", periods=days)
    week = np.array([0.7, 0.8, 0.9, 1.0, 1.2, 1.6, 1.3])[dates.day_of_week]
    parts = []
    for place in range(places):
        promotion = chance.random_sample(days) < 0.2
        noise = np.exp(chance.normal(0, 0.05, days))
        sales = 10.0 * (place + 1) * week * np.where(promotion, 1.5, 1.0) * noise
        rows = pd.DataFrame(
            {
                "on": dates.strftime("%Y-%m-%d"),
                "place": f"p{place}",
                "promotion": promotion.astype(int),
                "sold": sales.round(3),
            }
        )
        parts.append(rows.iloc[-asked:] if place == places - 1 else rows)
    return pd.concat(parts).assign(
        asked=lambda rows: rows["on"] > dates[-asked - 1].date().isoformat()
    )


def planned(folder: Path) -> tuple[CandidatePlan, CandidatePlan]:
    plans = plan_seasonal_naive(needs_of(folder)), plan_series(needs_of(folder))
    assert plans[0] is not None
    assert plans[1] is not None
    return plans[0], plans[1]


@pytest.mark.slow
def test_a_panel_is_forecast_and_promotions_known_ahead_help(tmp_path: Path) -> None:
    truth = write(tmp_path / "c", panel())
    naive, boosted = planned(tmp_path / "c")
    errors = [
        np.abs(forecast(plan, tmp_path / "c", tmp_path / plan.name) - truth)
        for plan in (naive, boosted)
    ]
    known = np.arange(len(truth)) < 5 * 21
    assert errors[0][known].mean() < 0.25 * truth[known].mean()
    assert errors[1][known].mean() < 0.5 * errors[0][known].mean()
    # A place without a past is answered at the level of its likes.
    assert errors[1][~known].mean() < truth[~known].mean()


@pytest.mark.slow
def test_one_monthly_series_with_a_trend_and_gaps_goes_on(tmp_path: Path) -> None:
    months = pd.DataFrame({"month": pd.date_range("2005-01-01", periods=150, freq="MS")})
    count = np.arange(150)
    months["sold"] = (50 + count) * (1 + 0.3 * np.sin(count / 6 * np.pi)) - 60
    months["asked"] = count >= 138
    months["month"] = months["month"].dt.strftime("%Y-%m")
    truth = write(tmp_path / "c", months.drop(index=[40, 41, 77]))
    for plan in planned(tmp_path / "c"):
        guess = forecast(plan, tmp_path / "c", tmp_path / plan.name)
        assert np.abs(guess - truth).mean() < 0.15 * np.abs(truth).mean()


def numbered_weeks() -> pd.DataFrame:
    """One series by the number of the week, and nothing else."""
    weeks = pd.DataFrame({"week": np.arange(1, 161)})
    weeks["sold"] = 100 + 40 * np.sin(weeks["week"] / 52 * 2 * np.pi)
    return weeks.assign(asked=weeks["week"] > 150)


def test_numbered_periods_without_any_other_column_are_forecast(tmp_path: Path) -> None:
    truth = write(tmp_path / "c", numbered_weeks())
    _, boosted = planned(tmp_path / "c")
    guess = forecast(boosted, tmp_path / "c", tmp_path / "boosted")
    assert np.abs(guess - truth).mean() < 0.1 * np.abs(truth).mean()


@pytest.mark.parametrize("rows", [panel(), numbered_weeks()], ids=["panel", "weeks"])
def test_programs_follow_every_step_and_pass_the_linter(rows: pd.DataFrame, tmp_path: Path) -> None:
    write(tmp_path / "c", rows)
    for plan in planned(tmp_path / "c"):
        assert_readable(plan, tmp_path / plan.name)


def test_a_program_for_the_future_fits_once_on_all_rows(tmp_path: Path) -> None:
    write(tmp_path / "c", panel())
    naive, _ = planned(tmp_path / "c")
    needs = needs_of(tmp_path / "c")
    assert needs.profile.split.refit
    decision = Decision(name="clip", parameters={"ranges": {"sold": [0.0, 1e9]}})
    parts = (write_preprocessing(naive), write_model(naive))
    place = tmp_path / "p"
    place.mkdir()
    program = assemble(needs.task, needs.profile.split, naive, *parts, decision)
    (place / "solution.py").write_text(program, encoding="utf-8")
    assert "assign_folds" not in program
    command = ["run", "--data", str(tmp_path / "c"), "--output", str(place / "answers.csv")]
    subprocess.run([sys.executable, str(place / "solution.py"), *command], check=True)
    answers = pd.read_csv(place / "answers.csv")
    alone = forecast(naive, tmp_path / "c", tmp_path / "alone")
    assert np.allclose(answers["sold"], alone)


def test_tables_without_series_get_no_plan_for_series(tmp_path: Path) -> None:
    rows = panel()
    chance = np.random.RandomState(0)
    write(tmp_path / "c", rows.assign(asked=chance.random_sample(len(rows)) < 0.2))
    needs = needs_of(tmp_path / "c")
    assert plan_series(needs) is None
    assert plan_seasonal_naive(needs) is None
