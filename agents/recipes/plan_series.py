"""The plans of the recipes for series: a simple forecast, and boosting that corrects it.

They apply where one number is asked for at later moments of series that go on: a split by time
whose rows are named by entity and moment, or by the moment alone.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from agents.competition.splitting.time_words import axis_named, read_moment, span
from agents.models import BlueprintStep, CandidatePlan, Contract, ContractObject, TimeSplit
from agents.recipes.needs import Needs

Literals = dict[str, JsonValue]
_ALL_DIFFERENT = 0.99
_SQUARED = {"regression", "poisson"}
_NOT_TAKEN = frozenset({"digits", "groups", "text_scores"})
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
        _step(
            "naive model",
            "Answer last season's value, smoothed a little, times the growth since then.",
            "It is what everything else has to beat, and belongs in the blend for its steadiness.",
        ),
    ]
    features = _object("X_train", "train", "DataFrame", "features", "float32")
    return CandidatePlan(
        track="traditional",
        name="seasonal_naive",
        recipe="series/seasonal",
        literals={**needs.literals, **_time_literals(needs, time), "JOINS": {}},
        steps=(*steps, *_evaluation(needs)),
        contract=_contract([features], declined=_side_tables(needs)),
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
        literals={**needs.literals, **_time_literals(needs, time), **_loss_literals(needs)},
        steps=(*_boosting_steps(needs, time), *_evaluation(needs)),
        contract=_contract(
            [
                _object("X_train", "train", "DataFrame", "features", "float32", nullable=True),
                _object("weight_train", "train", "Series", "sample_weight", "float64"),
            ],
            declined=needs.declined,
        ),
        reason="Known future columns, and what series have in common, correct the simple forecast.",
        seconds=round(_seconds(needs), 2),
    )


def _boosting_steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    horizon = _horizon_words(time)
    return [
        *_column_steps(needs, time),
        *_past_steps(needs, time),
        _step(
            "recent prep",
            "Take means and last values of the known past.",
            "The near future resembles the latest past.",
        ),
        _step(
            "origins train",
            f"Look at training rows from earlier origins, up to {horizon} before them.",
            f"The test is asked {horizon} ahead, so what is newer than that must not be used.",
        ),
        _step(
            "codes prep",
            "Number words by how often they occur, and add places in the calendar.",
            "Trees can split on such codes; elapsed time is left out, for they cannot go on.",
        ),
        _step(
            "boost model",
            f"Learn with LightGBM ({needs.loss.lightgbm}) how far the simple forecast is off, in "
            "levels of the series.",
            "Series of all sizes then teach each other, and what is not learned stays sensible.",
        ),
    ]


def _series(needs: Needs) -> TimeSplit | None:
    """The time axis of regular series, if the task is about such."""
    split, task = needs.profile.split, needs.task
    if split.splitter != "time" or split.time is None or not split.time.windows:
        return None
    if task.problem != "regression" or len(task.targets) > 1:
        return None
    distinct = {column.name: column.distinct for column in needs.profile.columns}
    single = distinct.get(split.time.column, 0) >= _ALL_DIFFERENT * needs.profile.rows_train
    return split.time if split.time.entity or single else None


def _horizon(time: TimeSplit) -> float:
    """How far ahead the last asked moment is, in days or numbers of the time column."""
    window, date = time.windows[0], _is_date(time)
    return read_moment(window.end, date=date) - read_moment(window.learn_until, date=date)


def _is_date(time: TimeSplit) -> bool:
    return bool(time.written or time.finer)


def _horizon_words(time: TimeSplit) -> str:
    return span(_horizon(time), date=_is_date(time))


def _time_literals(needs: Needs, time: TimeSplit) -> Literals:
    """The time axis, and the columns of rows without those that only say how late it is."""
    once = {time.column, *time.finer}
    numbers = needs.literals["NUMBERS"]
    dates = needs.literals["DATES"]
    return {
        "TIME_COLUMN": time.column,
        "TIME_WRITTEN": "" if time.finer else time.written,
        "TIME_FINER": list(time.finer),
        "ENTITY": list(time.entity),
        "HORIZON": round(_horizon(time), 6),
        "NUMBERS": [name for name in numbers if name not in once]
        if isinstance(numbers, list)
        else [],
        "DATES": {name: written for name, written in dates.items() if name not in once}
        if isinstance(dates, dict)
        else {},
        "OWN_COLUMNS": any(one.name not in once for one in needs.features),
        "GROUP_COLUMN": "",
        "GROUP_DELIMITER": "",
    }


def _loss_literals(needs: Needs) -> Literals:
    """The loss in the unit that the metric counts in."""
    loss = needs.loss
    lowest = [
        one.minimum for one in needs.profile.columns if one.name == needs.task.targets[0].name
    ]
    in_logarithms = loss.log_target and all(low is None or low >= 0 for low in lowest)
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
    return {"IN_LOGARITHMS": in_logarithms, "SQUARED": squared, "SETTINGS": settings}


def _column_steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    """What the rows themselves need, as far as this recipe goes by it."""
    literals = _time_literals(needs, time)
    left_out = _NOT_TAKEN | {step for step, name in _READ_BY.items() if not literals[name]}
    steps = [one for one in needs.steps if one.id not in left_out]
    if needs.weighted:
        steps.append(
            _step(
                "weights train",
                "Weigh rows as the metric does.",
                f"{needs.task.metric.title} counts some rows more than others.",
            )
        )
    return steps


def _past_steps(needs: Needs, time: TimeSplit) -> list[BlueprintStep]:
    names = " and ".join(f"`{name}`" for name in time.entity)
    what = f"the series of each {names}" if names else "the series"
    axis = axis_named((time.column, *time.finer))
    return [
        _step(
            "history prep",
            f"Put {what} on a regular grid by {axis}, and keep it.",
            "Rows to be predicted come without the past, so preprocessing has to remember it.",
        ),
        _step(
            "calendar prep",
            "Measure how far apart moments are, and which seasons go with that.",
            "A value is best compared with those at the same place in the year or week.",
        ),
        _step(
            "level prep",
            "Divide every series by its recent level; a new series gets that of its likes.",
            f"{needs.profile.rows_train} rows of large and small series then speak of one thing.",
        ),
        _step(
            "season prep",
            "Look up the values of a season ago, and around it, of the series and of its likes.",
            "They are known as far ahead as is asked for.",
        ),
        _step(
            "growth prep",
            "Let the growth since last season fade the farther ahead a row is.",
            "What changed lately lasts a while, not for ever.",
        ),
    ]


def _evaluation(needs: Needs) -> list[BlueprintStep]:
    split, metric = needs.profile.split, needs.task.metric
    return [
        _step(
            "folds eval",
            f"Fit once before each of {split.folds} windows, and once on all rows for the test.",
            split.evidence[0] if split.evidence else "The future is asked for.",
        ),
        _step(
            "metric eval",
            f"Score {metric.title} on the blind rows.",
            metric.words or f"The metric comes from the {metric.source}.",
        ),
    ]


def _side_tables(needs: Needs) -> dict[str, str]:
    """Tables that a forecast from the past alone does not read."""
    sides = [table.path for table in needs.task.tables if table.role == "side"]
    return dict.fromkeys(sides, "a simple forecast goes by the past of the series alone")


def _contract(train: Sequence[ContractObject], declined: dict[str, str]) -> Contract:
    features = train[0].model_copy(
        update={"name": "X_test", "side": "test", "same_columns_as": "X_train"}
    )
    objects = [
        *train,
        _object("y_train", "train", "Series", "y", "float64"),
        features,
        _object("level_test", "test", "Series", "other", "float64"),
        _object("row_id", "test", "Series", "row_id", "str"),
    ]
    return Contract(objects=tuple(objects), declined=declined)


def _object(
    name: str, side: str, kind: str, role: str, dtype: str, *, nullable: bool = False
) -> ContractObject:
    return ContractObject.model_validate(
        {
            "name": name,
            "side": side,
            "kind": kind,
            "role": role,
            "dtypes": (dtype,),
            "nullable": nullable,
        }
    )


def _step(place: str, directive: str, reason: str) -> BlueprintStep:
    name, part = place.split()
    return BlueprintStep.model_validate(
        {"id": name, "part": part, "directive": directive, "reason": reason}
    )


def _seconds(needs: Needs) -> float:
    """What describing rows from several origins and two fits cost."""
    rows = min(_ROWS_AT_MOST, 4 * needs.profile.rows_train)
    columns = len(needs.features) + 30
    return 1.0 + rows * columns * 4e-9 * _TREES + 2e-5 * rows
