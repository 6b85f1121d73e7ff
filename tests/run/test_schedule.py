"""How a run spends its time: pure arithmetic, from a minute to a day."""

import math

import pytest

from agents.run.schedule import LEAST_FIT_S, Cost, Schedule, Screened, survivors

COSTS = [Cost("cheap", 1.0), Cost("usual", 5.0), Cost("dear", 60.0)]
LIMITS = (60.0, 300.0, 1800.0, 24 * 3600.0)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("cores", [1, 2, 16])
def test_the_stages_follow_each_other_within_the_limit(limit: float, cores: int) -> None:
    schedule = Schedule(limit, cores)
    moments = [
        0.0,
        schedule.screening_ends,
        schedule.folds_end,
        schedule.building_ends,
        schedule.programs_end,
        limit,
    ]
    assert moments == sorted(moments)
    assert len(set(moments)) == len(moments)


@pytest.mark.parametrize("limit", LIMITS)
def test_more_time_never_means_less_for_a_fit(limit: float) -> None:
    now, longer = Schedule(limit, 2), Schedule(2 * limit, 2)
    before = now.fit_seconds(10.0, COSTS, 5)
    after = longer.fit_seconds(10.0, COSTS, 5)
    assert all(after[name] >= before[name] for name in before)


def test_what_costs_more_gets_more_where_time_is_short() -> None:
    seconds = Schedule(150.0, 2).fit_seconds(10.0, COSTS, 5)
    assert seconds["cheap"] < seconds["usual"] < seconds["dear"]
    assert seconds["dear"] < 60.0


def test_everybody_has_room_where_time_is_plenty() -> None:
    seconds = Schedule(7200.0, 8).fit_seconds(15.0, COSTS, 5)
    assert all(seconds[cost.name] >= cost.seconds for cost in COSTS)


def test_every_fit_gets_a_little_even_when_screening_is_over() -> None:
    seconds = Schedule(60.0, 1).fit_seconds(55.0, COSTS, 8)
    assert min(seconds.values()) == LEAST_FIT_S


def test_a_repeatable_run_has_no_limit() -> None:
    schedule = Schedule(math.inf, 2)
    assert math.isinf(schedule.fit_seconds(0.0, COSTS, 5)["dear"])
    assert schedule.reserve_s == 0.0


def test_the_near_ones_and_those_with_weight_go_on_first() -> None:
    screened = [
        Screened("far", 4.0, 0.0, 3.0),
        Screened("far but different", 4.0, 0.3, 3.0),
        Screened("near", 1.5, 0.0, 3.0),
        Screened("best", 0.0, 0.6, 3.0),
    ]
    assert survivors(screened, 25.0, 2, 5) == ["best", "near", "far but different"]
    assert survivors(screened, 1_000.0, 2, 5)[-1] == "far"


def test_nobody_is_given_much_more_than_a_fair_share_of_the_other_folds() -> None:
    seconds = Schedule(300.0, 2).fit_seconds(15.0, COSTS, 8)
    assert seconds["dear"] < 60.0


def test_time_decides_how_many_go_on_but_two_always_do() -> None:
    screened = [Screened(f"candidate {k}", 0.1 * k, 0.0, 20.0) for k in range(6)]
    assert survivors(screened, 0.0, 2, 5) == ["candidate 0", "candidate 1"]
    assert len(survivors(screened, 200.0, 2, 5)) == 4


def test_a_cheap_one_may_go_on_where_a_dear_one_has_no_time() -> None:
    screened = [
        Screened("best", 0.0, 0.5, 5.0),
        Screened("second", 0.1, 0.3, 5.0),
        Screened("dear", 0.2, 0.1, 500.0),
        Screened("cheap", 0.3, 0.1, 1.0),
    ]
    assert survivors(screened, 60.0, 2, 5) == ["best", "second", "cheap"]
