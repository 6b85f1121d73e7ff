"""The plans of the recipes for series: a simple forecast, and boosting that corrects it.

They apply where one number is asked for at later moments of series that go on: a split by time
whose rows are named by entity and moment, or by the moment alone.
"""

from agents.competition.splitting.time_words import axis_named, read_moment, span
from agents.models import BlueprintStep, CandidatePlan, Contract, TimeSplit
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.common import (
    TEXT,
    Literals,
    evaluation,
    in_logarithms,
    promised,
    step,
    weight_steps,
)

_ALL_DIFFERENT = 0.99
_SQUARED = {"regression", "poisson"}
NOT_TAKEN = frozenset({"digits", "groups", "text_scores"})
_READ_BY = {"numbers": "NUMBERS", "dates": "DATES"}
"""Steps that go when the columns they are for only say how late it is."""
_ROWS_AT_MOST = 120_000
_TREES = 300


def plan_seasonal_naive(needs: Needs) -> CandidatePlan | None:
    """Last season's course at today's level; None where there are no series."""
    time = _series(needs)
    if time is None:
        return None
    steps = [
        *_past_steps(needs, time),
        step(
            "naive model",
            "Answer last season's value, smoothed a little, times the growth since then.",
            "It is what everything else has to beat, and belongs in the blend for its steadiness.",
        ),
    ]
    return CandidatePlan(
        track="traditional",
        name="seasonal_naive",
        recipe="series/seasonal",
        literals={**needs.literals, **_time_literals(needs, time), "JOINS": {}},
        steps=(*steps, *evaluation(needs)),
        contract=series_contract(weights=False, nullable=False, declined=_side_tables(needs)),
        reason="Repeating the last season at the present level is hard to beat far ahead.",
        seconds=round(0.3 + 5e-6 * needs.profile.rows_train, 2),
    )


def plan_series(needs: Needs) -> CandidatePlan | None:
    """Boosting on what the past said at earlier origins; None where there are no series."""
    time = _series(needs)
    if time is None:
        return None
    return CandidatePlan(
        track="traditional",
        name="series",
        recipe="series/boosting",
        literals={**needs.literals, **_time_literals(needs, time), **loss_literals(needs)},
        steps=(*_boosting_steps(needs, time), *evaluation(needs)),
        contract=series_contract(weights=True, nullable=True, declined=needs.declined),
        reason="Known future columns, and what series have in common, correct the simple forecast.",
        seconds=round(correction_seconds(needs), 2),
    )


def _boosting_steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    horizon = _horizon_words(time)
    return [
        *_column_steps(needs, time),
        *_past_steps(needs, time),
        step(
            "recent prep",
            "Take means and last values of the known past.",
            "The near future resembles the latest past.",
        ),
        step(
            "origins train",
            f"Look at training rows from earlier origins, up to {horizon} before them.",
            f"The test is asked {horizon} ahead, so what is newer than that must not be used.",
        ),
        step(
            "codes prep",
            "Number words by how often they occur, and add places in the calendar.",
            "Trees can split on such codes; elapsed time is left out, for they cannot go on.",
        ),
        step(
            "boost model",
            f"Learn with LightGBM ({needs.loss.lightgbm}) how far the simple forecast is off, in "
            "levels of the series.",
            "Series of all sizes then teach each other, and what is not learned stays sensible.",
        ),
    ]


def _series(needs: Needs) -> TimeSplit | None:
    """The time axis of regular series, if the task is about such."""
    time = needs.profile.split.time
    if needs.profile.split.splitter != "time" or time is None or not time.windows:
        return None
    return time if asks_one_number(needs) and names_series(needs, time) else None


def asks_one_number(needs: Needs) -> bool:
    """Whether one number a row is asked for."""
    return needs.task.problem == "regression" and len(needs.task.targets) == 1


def names_series(needs: Needs, time: TimeSplit) -> bool:
    """Whether entity and moment, or the moment alone, name a row."""
    distinct = {column.name: column.distinct for column in needs.profile.columns}
    single = distinct.get(time.column, 0) >= _ALL_DIFFERENT * needs.profile.rows_train
    return bool(time.entity) or single


def _horizon(time: TimeSplit) -> float:
    """How far ahead the last asked moment is, in days or numbers of the time column."""
    window, date = time.windows[0], is_date(time)
    return read_moment(window.end, date=date) - read_moment(window.learn_until, date=date)


def is_date(time: TimeSplit) -> bool:
    """Whether moments are dates; otherwise they are numbers."""
    return bool(time.written or time.finer)


def _horizon_words(time: TimeSplit) -> str:
    return span(_horizon(time), date=is_date(time))


def axis_literals(time: TimeSplit) -> Literals:
    """When a row is, and to which series it belongs; groups of rows mean nothing beside that."""
    return {
        "TIME_COLUMN": time.column,
        "TIME_WRITTEN": "" if time.finer else time.written,
        "TIME_FINER": list(time.finer),
        "ENTITY": list(time.entity),
        "GROUP_COLUMN": "",
        "GROUP_DELIMITER": "",
    }


def _time_literals(needs: Needs, time: TimeSplit) -> Literals:
    """The time axis, and the columns of rows without those that only say how late it is."""
    once = {time.column, *time.finer}
    numbers = needs.literals["NUMBERS"]
    dates = needs.literals["DATES"]
    return {
        **axis_literals(time),
        "HORIZON": round(_horizon(time), 6),
        "NUMBERS": [name for name in numbers if name not in once]
        if isinstance(numbers, list)
        else [],
        "DATES": {name: written for name, written in dates.items() if name not in once}
        if isinstance(dates, dict)
        else {},
        "SPANS": [list(pair) for pair in needs.spans if once.isdisjoint(pair)],
        "OWN_COLUMNS": any(one.name not in once for one in needs.features),
        "GROUP_COLUMN": "",
    }


def loss_literals(needs: Needs) -> Literals:
    """The loss in the unit that the metric counts in."""
    loss = needs.loss
    squared = loss.lightgbm in _SQUARED
    settings: Literals = {
        "objective": "regression" if squared else loss.lightgbm,
        "num_leaves": 31,
        "min_child_samples": 50,
        "colsample_bytree": 0.6,
        "subsample": 0.8,
        "subsample_freq": 1,
    }
    if loss.quantile is not None:
        settings["alpha"] = loss.quantile
    return {"IN_LOGARITHMS": in_logarithms(needs), "SQUARED": squared, "SETTINGS": settings}


def _column_steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    """What the rows themselves need, as far as this recipe goes by it."""
    literals = _time_literals(needs, time)
    left_out = NOT_TAKEN | {step for step, name in _READ_BY.items() if not literals[name]}
    return [*(one for one in needs.steps if one.id not in left_out), *weight_steps(needs)]


def _past_steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    names = " and ".join(f"`{name}`" for name in time.entity)
    what = f"the series of each {names}" if names else "the series"
    axis = axis_named((time.column, *time.finer))
    return [
        step(
            "history prep",
            f"Put {what} on a regular grid by {axis}, and keep it.",
            "Rows to be predicted come without the past, so preprocessing has to remember it.",
        ),
        step(
            "calendar prep",
            "Measure how far apart moments are, and which seasons go with that.",
            "A value is best compared with those at the same place in the year or week.",
        ),
        step(
            "level prep",
            "Divide every series by its recent level; a new series gets that of its likes.",
            f"{needs.profile.rows_train} rows of large and small series then speak of one thing.",
        ),
        step(
            "season prep",
            "Look up the values of a season ago, and around it, of the series and of its likes.",
            "They are known as far ahead as is asked for.",
        ),
        step(
            "growth prep",
            "Let the growth since last season fade the farther ahead a row is.",
            "What changed lately lasts a while, not for ever.",
        ),
    ]


def _side_tables(needs: Needs) -> dict[str, str]:
    """Tables that a forecast from the past alone does not read."""
    sides = [table.path for table in needs.task.tables if table.role == "side"]
    return dict.fromkeys(sides, "a simple forecast goes by the past of the series alone")


def series_contract(*, weights: bool, nullable: bool, declined: dict[str, str]) -> Contract:
    """What preprocessing of series hands to a model: rows as multiples of a level.

    Args:
        weights: Whether training rows count differently.
        nullable: Whether features may be missing.
        declined: Tables that are not read, with the reason.
    """
    features = promised("X_train", "train", "DataFrame", "features", ("float32",))
    features = features.model_copy(update={"nullable": nullable})
    objects = [features]
    if weights:
        objects.append(promised("weight_train", "train", "Series", "sample_weight", ("float64",)))
    same = {"name": "X_test", "side": "test", "same_columns_as": "X_train"}
    objects += [
        promised("y_train", "train", "Series", "y", ("float64",)),
        features.model_copy(update=same),
        promised("level_test", "test", "Series", "other", ("float64",)),
        promised("row_id", "test", "Series", "row_id", (TEXT,)),
    ]
    return Contract(objects=tuple(objects), declined=declined)


def correction_seconds(needs: Needs) -> float:
    """What describing rows from several origins and two fits cost."""
    rows = min(_ROWS_AT_MOST, 4 * needs.profile.rows_train)
    columns = len(needs.features) + 30
    return 1.0 + rows * columns * 4e-9 * _TREES + 2e-5 * rows
