"""The plan of the recipe for series whose test lies beside known rows.

Either the last rows of each entity are asked for, or blocks of time between known ones. In both,
the nearest rows of the same series that are known say most about a row.
"""

from statistics import median

from agents.competition.splitting.time_words import axis_named, read_moment, span
from agents.models import BlueprintStep, CandidatePlan, TimeSplit
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.common import evaluation, step, weight_steps
from agents.recipes.plans.series import (
    NOT_TAKEN,
    asks_one_number,
    axis_literals,
    correction_seconds,
    is_date,
    loss_literals,
    names_series,
    series_contract,
)


def plan_nearby(needs: Needs) -> CandidatePlan | None:
    """Boosting on the nearest known rows; None where the test is not beside such."""
    time = _beside_known(needs)
    if time is None:
        return None
    return CandidatePlan(
        track="traditional",
        name="nearby",
        recipe="series/nearby",
        literals={
            **needs.literals,
            **axis_literals(time),
            **loss_literals(needs),
            "BLOCK": _block(time),
            "TAIL": max(1, needs.profile.split.tail),
            "OWN_COLUMNS": bool(needs.features),
        },
        steps=(*_steps(needs, time), *evaluation(needs)),
        contract=series_contract(weights=True, nullable=True, declined=needs.declined),
        reason="Rows of one series that lie close in time are alike, whatever else they say.",
        seconds=round(correction_seconds(needs), 2),
    )


def _beside_known(needs: Needs) -> TimeSplit | None:
    """The time axis, if the last rows of entities or blocks between known rows are asked for."""
    split = needs.profile.split
    if split.time is None or not asks_one_number(needs):
        return None
    if split.splitter == "entity_tail":
        return split.time
    if split.splitter != "periodic" or not split.time.windows:
        return None
    return split.time if names_series(needs, split.time) else None


def _block(time: TimeSplit) -> float:
    """How long blind blocks usually are, in days or numbers of the time column; 0 for tails."""
    date = is_date(time)
    lengths = [
        read_moment(window.end, date=date) - read_moment(window.start, date=date)
        for window in time.windows
    ]
    return round(max(median(lengths), 1e-3), 6) if lengths else 0.0


def _steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    names = " and ".join(f"`{name}`" for name in time.entity)
    what = f"the rows of each {names}" if names else "all rows"
    sides = "before and after" if time.windows else "before"
    return [
        *(one for one in needs.steps if one.id not in NOT_TAKEN),
        *weight_steps(needs),
        step(
            "history prep",
            f"Remember {what} in order of {axis_named((time.column, *time.finer))}.",
            "Rows to be predicted come without their neighbours in time.",
        ),
        step(
            "calendar prep",
            "Measure how far apart moments are, and which cycles go with that.",
            "A value is best compared with those at the same place in the day or week.",
        ),
        _hiding(needs, time),
        step(
            "nearest prep",
            f"Look up the nearest known values {sides} each row, and means of them.",
            f"A test row has known rows of its series {sides} it.",
        ),
        *_forecast_steps(needs),
    ]


def _forecast_steps(needs: Needs) -> list[BlueprintStep]:
    """From values nearby to a simple forecast, and what is learned beyond it."""
    return [
        step(
            "level prep",
            "Divide every series by the mean size of what is known of it.",
            "Rows of large and small series then speak of one thing.",
        ),
        step(
            "simple prep",
            "Take the measure that is wrong least as a simple forecast.",
            "Whether the last value, a mean or a line between two is best depends on the series.",
        ),
        step(
            "codes prep",
            "Number words by how often they occur, and add places in the calendar.",
            "Trees can split on such codes.",
        ),
        step(
            "boost model",
            f"Learn with LightGBM ({needs.loss.lightgbm}) how far the simple forecast is off, in "
            "levels of the series.",
            "What is not learned stays sensible.",
        ),
    ]


def _hiding(needs: Needs, time: TimeSplit) -> BlueprintStep:
    """Training rows are to see no more than rows to be predicted do."""
    if time.windows:
        length = span(_block(time), date=is_date(time))
        directive = f"Deal time into blocks of {length}, and hide its own block from each row."
    else:
        rows = needs.profile.split.tail
        directive = "Hide from each row those after it in its series"
        directive += f", and up to {rows - 1} before it." if rows > 1 else "."
    return step("hidden train", directive, "That is what a row to be predicted cannot see either.")
