"""Series on a regular grid of moments, and what their past says about their future.

A grid has a row a series and a column a slot (a day, a week, a month: whatever the distance between
moments usually is). Everything is asked at an origin: the last slot that is known. So what training
rows are told about the past is what rows to be predicted will be told.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from agents.competition.reading.tables import to_dates, to_numbers

TIME_COLUMN = ""
TIME_WRITTEN = ""
TIME_FINER: list[str] = []
ENTITY: list[str] = []
HORIZON = 1.0
SEASONS_KEPT = 3
SEASONS_OF_PERIODS = (52, 12, 7, 24, 4)


@dataclass(frozen=True)
class Calendar:
    """How moments become slots, and how many slots a season has (0: none is known)."""

    first: float
    step: float
    months: int
    """Months a slot, where a slot is one or more of them; then `step` means nothing."""
    season: int
    cycle: int
    """The shorter season within (days of a week, hours of a day); 1 where there is none."""

    def slots(self, moments: np.ndarray) -> np.ndarray:
        """The slot of each moment; a large negative number where it is unknown."""
        known = np.where(np.isfinite(moments), moments, self.first)
        if self.months:
            dates = pd.DatetimeIndex(pd.Timestamp(0) + pd.to_timedelta(known, unit="D"))
            numbers = (dates.year * 12 + dates.month - 1).to_numpy() // self.months - self.first
        else:
            numbers = np.round((known - self.first) / self.step)
        return np.where(np.isfinite(moments), numbers, -(10**9)).astype("int64")

    @property
    def recent(self) -> int:
        """How many slots are recent: a sixth of a season, in whole cycles."""
        return max(
            3 if self.cycle == 1 else self.cycle, self.season // 6 // self.cycle * self.cycle
        )


@dataclass(frozen=True)
class History:
    """Everything known about the past of all series."""

    calendar: Calendar
    keys: pd.DataFrame
    """What names each series: its ENTITY cells, a row a series, by its whole name."""
    values: np.ndarray
    """Shape (series, slots); NaN where there is no row."""

    @property
    def last(self) -> int:
        """The last slot."""
        return int(self.values.shape[1]) - 1


def read_moments(cells: pd.DataFrame) -> np.ndarray:
    """When each row is, in days since 1970 or in the numbers of its column; NaN if unknown."""
    if TIME_FINER:
        names = ["year", "month", "day", "hour"][: 1 + len(TIME_FINER)]
        read = [to_numbers(cells[name]) for name in [TIME_COLUMN, *TIME_FINER]]
        parts = pd.DataFrame(dict(zip(names, read, strict=True))).assign(
            **({} if "day" in names else {"day": 1.0})
        )
        whole = parts.dropna().astype("int64")
        dates = pd.to_datetime(whole, errors="coerce").reindex(parts.index)
        return ((dates - pd.Timestamp(0)) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    if TIME_WRITTEN:
        dates = to_dates(cells[TIME_COLUMN], TIME_WRITTEN)
        return ((dates - pd.Timestamp(0)) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    return to_numbers(cells[TIME_COLUMN]).to_numpy()


def read_history(cells: pd.DataFrame, target: np.ndarray) -> History:
    """Put a training table on its grid; several rows of one series and slot are averaged.

    Steps: history
    """
    moments = read_moments(cells)
    calendar = measure_calendar(moments)
    slots = calendar.slots(moments)
    names = names_of(cells)
    keys = cells[ENTITY].set_axis(names, axis=0)[~names.duplicated().to_numpy()]
    table = pd.DataFrame({"series": series_of(cells, keys), "slot": slots, "y": target})
    means = table[slots >= 0].groupby(["series", "slot"])["y"].mean()
    values = np.full((len(keys), int(slots.max(initial=0)) + 1), np.nan)
    values[means.index.get_level_values(0), means.index.get_level_values(1)] = means
    if not (TIME_WRITTEN or TIME_FINER):
        calendar = with_season(calendar, values)
    kept = SEASONS_KEPT * calendar.season + horizon_slots(calendar)
    dropped = max(0, values.shape[1] - kept) if calendar.season else 0
    return cut_off(History(calendar, keys, values), dropped)


def names_of(cells: pd.DataFrame) -> pd.Series:
    """The whole name of the series that each row belongs to."""
    if ENTITY:
        return cells[ENTITY[0]].str.cat(cells[ENTITY[1:]], sep="\n")
    return pd.Series("", index=cells.index)


def series_of(cells: pd.DataFrame, keys: pd.DataFrame) -> np.ndarray:
    """The series of each row as its place in `keys`; -1 for one that is not among them."""
    return np.asarray(keys.index.get_indexer(pd.Index(names_of(cells))))


def with_new_series(history: History, cells: pd.DataFrame) -> History:
    """The same history, and series without a past for rows of series that it lacks."""
    new = cells[series_of(cells, history.keys) < 0]
    names = names_of(new)
    added = new[ENTITY].set_axis(names, axis=0)[~names.duplicated().to_numpy()]
    empty = np.full((len(added), history.values.shape[1]), np.nan)
    values = np.vstack([history.values, empty])
    return replace(history, keys=pd.concat([history.keys, added]), values=values)


def plain(history: History) -> dict[str, Any]:
    """A history as plain values, which any program can read back."""
    return {"calendar": vars(history.calendar), "keys": history.keys, "values": history.values}


def remembered(past: dict[str, Any]) -> History:
    """A history from plain values."""
    return History(Calendar(**past["calendar"]), past["keys"], past["values"])


def without_young_season(history: History) -> History:
    """The same history by its cycles alone, where it is short of one and a half seasons.

    Then hardly any row of the past can be told what happened a season before.
    """
    calendar = history.calendar
    if calendar.cycle == 1 or history.last >= 1.5 * calendar.season:
        return history
    return replace(history, calendar=replace(calendar, season=0))


def cut_off(history: History, slots: int) -> History:
    """Forget the oldest slots."""
    old = history.calendar
    moved = old.first + (slots if old.months else slots * old.step)
    return replace(history, calendar=replace(old, first=moved), values=history.values[:, slots:])


# --- the calendar ---------------------------------------------------------------------------------


def measure_calendar(moments: np.ndarray) -> Calendar:
    """Measure how far apart moments usually are, and say what seasons go with that.

    Steps: calendar
    """
    distinct = np.unique(moments[np.isfinite(moments)])
    first = float(distinct[0])
    step = float(np.median(np.diff(distinct))) if len(distinct) > 1 else 1.0
    if not (TIME_WRITTEN or TIME_FINER):
        return Calendar(first, step, 0, 0, 1)
    if step > 27:
        months = max(1, round(step / 30.4))
        date = pd.Timestamp(0) + pd.Timedelta(days=first)
        first = float((date.year * 12 + date.month - 1) // months)
        return Calendar(first, step, months, 12 // months if months < 12 else 0, 1)
    if step > 4:
        return Calendar(first, step, 0, round(364 / step), 1)
    if step > 0.5:
        return Calendar(first, step, 0, round(364 / step), max(1, round(7 / step)))
    return Calendar(first, step, 0, round(7 / step), round(1 / step))


def with_season(calendar: Calendar, values: np.ndarray) -> Calendar:
    """Find the season of numbered periods: the distance at which series resemble themselves."""
    mean = pd.Series(mean_known(values / level_of(values)[:, np.newaxis], axis=0)).interpolate()
    changes = mean - mean.rolling(2 * max(SEASONS_OF_PERIODS), min_periods=1).mean()
    alike = {
        season: changes.autocorr(season)
        for season in SEASONS_OF_PERIODS
        if len(mean) > 2 * season + 2
    }
    best = max(alike, key=lambda season: alike[season], default=0)
    return replace(calendar, season=best if best and alike[best] > 0.3 else 0)


def horizon_slots(calendar: Calendar) -> int:
    """How many slots ahead is asked for."""
    days = calendar.months * 30.4 if calendar.months else calendar.step
    return max(1, int(np.ceil(HORIZON / days - 1e-6)))


# --- levels ---------------------------------------------------------------------------------------


def mean_known(block: np.ndarray, axis: int = 1) -> np.ndarray:
    """Means of what is known; NaN where nothing is."""
    known = np.isfinite(block)
    count = known.sum(axis=axis)
    total = np.where(known, block, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def level_of(values: np.ndarray) -> np.ndarray:
    """The size of each series: the median of its absolute values, never nearly nothing."""
    sizes = pd.DataFrame(np.abs(values)).median(axis=1).to_numpy()
    floor = 0.05 * mean_known(np.abs(values))
    return np.where(np.maximum(sizes, floor) > 0, np.maximum(sizes, floor), np.nan)


def levels(history: History, origin: int) -> np.ndarray:
    """The level of each series at an origin: its recent size, else what its like have.

    Steps: level
    """
    past = history.values[:, : origin + 1]
    recent = level_of(past[:, -history.calendar.recent :])
    known = np.where(np.isfinite(recent), recent, level_of(past))
    return np.where(np.isfinite(known), known, levels_of_likes(history.keys, known))


def levels_of_likes(keys: pd.DataFrame, known: np.ndarray) -> np.ndarray:
    """What a series without a past may be like: effects of what names it, in logarithms."""
    logs = pd.Series(np.log(known))
    if logs.notna().sum() == 0:
        return np.ones(len(keys))
    found = pd.Series(logs.mean(), index=logs.index)
    for _ in range(3):
        for name in keys:
            rest = (logs - found).groupby(keys[name].to_numpy())
            effect = rest.sum() / (rest.count() + 1)
            found = found + effect.reindex(keys[name]).to_numpy()
    return np.exp(found.to_numpy())


# --- what the past says ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Outlook:
    """What is known at an origin about some rows after it."""

    features: pd.DataFrame
    expected: np.ndarray
    """The simple forecast, as a multiple of the level; shape (rows,)."""
    basis: np.ndarray
    """What it goes by: 2 the last season, 1 the last cycles or the likes' season, 0 the level."""
    level: np.ndarray

    def at(self, rows: np.ndarray) -> "Outlook":
        """Only some of the rows."""
        features = self.features[rows].reset_index(drop=True)
        return Outlook(features, self.expected[rows], self.basis[rows], self.level[rows])


def look_ahead(history: History, series: np.ndarray, slots: np.ndarray, origin: int) -> Outlook:
    """Describe rows by what is known at the origin.

    Args:
        history: All series; only slots up to the origin are looked at.
        series: Place of each row's series in the history, shape (rows,).
        slots: The slot of each row; one that is not after the origin counts as the next.
        origin: The last known slot.
    """
    calendar = history.calendar
    level = levels(history, origin)
    past = history.values[:, : origin + 1] / level[:, np.newaxis]
    ahead = np.maximum(1, slots - origin)
    slots = origin + ahead
    features = {"slots ahead": ahead.astype(float)}
    features |= recent_values(past, calendar, series)
    cycles = last_cycles(past, calendar.cycle, series, slots)
    features["last cycles"] = cycles
    likes = np.full(len(series), np.nan)
    season = likes
    if calendar.season:
        seasonal = last_season(past, calendar, series, slots)
        curves = seasons_of_likes(past, history.keys, calendar, series, slots)
        likes = curves.pop("of the likes")
        features |= seasonal | curves
        season = with_growth(seasonal, likes, features["growth"], ahead, calendar)
    expected, basis = combine(season, cycles, likes, ahead, calendar)
    features["expected"] = expected
    described = pd.DataFrame(features).astype("float32").add_prefix("past, ")
    return Outlook(described, expected, basis, level[series])


def recent_values(
    past: np.ndarray, calendar: Calendar, series: np.ndarray
) -> dict[str, np.ndarray]:
    """The last values, means over recent times, growth since a season ago, and gaps.

    Steps: recent
    """
    width = past.shape[1]
    seen = np.isfinite(past)
    found = {f"mean of {n}": mean_known(past[:, -n:]) for n in spans(calendar)}
    for back in range(1, 4):
        found[f"value {back} before"] = past[:, -back] if back <= width else past[:, 0] * np.nan
    found["rows known"] = seen.sum(axis=1).astype(float)
    since = np.where(seen.any(axis=1), seen[:, ::-1].argmax(axis=1), width)
    found["slots since the last"] = since.astype(float)
    if calendar.season:
        found["growth"] = growth(past, calendar)
    return {name: values[series] for name, values in found.items()}


def spans(calendar: Calendar) -> list[int]:
    """How many slots means are taken over."""
    short = 4 if calendar.cycle == 1 else calendar.cycle
    return sorted({short, 4 * short, calendar.recent, max(12, calendar.season)})


def growth(past: np.ndarray, calendar: Calendar) -> np.ndarray:
    """Recent values beside those of a season before, slot by slot; between a half and twice."""
    recent = past[:, -calendar.recent :]
    before = past[:, -calendar.recent - calendar.season : -calendar.season]
    if before.shape[1] < recent.shape[1]:
        return np.full(len(past), np.nan)
    both = np.isfinite(recent) & np.isfinite(before)
    now, then = (mean_known(np.where(both, part, np.nan)) for part in (recent, before))
    ratio = now / np.where(then > 1e-9, then, np.nan)
    return np.where(ratio > 0, np.clip(ratio, 0.5, 2.0), np.nan)


def value_at(past: np.ndarray, series: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """Values at slots; NaN before the first and after the last."""
    inside = (slots >= 0) & (slots < past.shape[1])
    return np.where(inside, past[series, np.clip(slots, 0, past.shape[1] - 1)], np.nan)


def last_cycles(past: np.ndarray, cycle: int, series: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """The mean of the four last values at the same place in the cycle."""
    back = -(-(slots - past.shape[1] + 1) // cycle)
    nearest = slots - back * cycle
    block = [value_at(past, series, nearest - number * cycle) for number in range(4)]
    return mean_known(np.column_stack(block))


def last_season(
    past: np.ndarray, calendar: Calendar, series: np.ndarray, slots: np.ndarray
) -> dict[str, np.ndarray]:
    """The values a season ago and around it, and a season before that.

    Steps: season
    """
    back = -(-(slots - past.shape[1] + 1) // calendar.season)
    place = slots - back * calendar.season
    around = {n: value_at(past, series, place + n * calendar.cycle) for n in (-2, -1, 0, 1, 2)}
    found = {f"season, {n:+d}": values for n, values in around.items() if n}
    found["season"] = around[0]
    near = np.column_stack([around[-1], around[0], around[1]])
    found["season, smoothed"] = mean_known(near)
    found["season before"] = value_at(past, series, place - calendar.season)
    return found


def seasons_of_likes(
    past: np.ndarray,
    keys: pd.DataFrame,
    calendar: Calendar,
    series: np.ndarray,
    slots: np.ndarray,
) -> dict[str, np.ndarray]:
    """The mean course, a season ago, of all series and of those that share a part of the name.

    `of the likes` is the course that the series themselves follow most closely.
    """
    place = slots + -(-(slots - past.shape[1] + 1) // calendar.season) * -calendar.season
    courses = {"all series": np.zeros(len(past), dtype="int64")}
    if keys.shape[1] > 1:
        courses |= {str(name): pd.factorize(keys[name])[0] for name in keys}
    shape = pd.DataFrame(np.clip(past, -10, 10))
    found, errors = {}, {}
    for name, codes in courses.items():
        course = shape.groupby(codes).mean().to_numpy()
        found[f"season of {name}"] = value_at(course, codes[series], place)
        latest = slice(-calendar.season, None)
        errors[name] = float(np.nanmean(np.abs(past - course[codes])[:, latest]))
    nearest = min(errors, key=lambda name: errors[name])
    return found | {"of the likes": found[f"season of {nearest}"]}


def with_growth(
    seasonal: dict[str, np.ndarray],
    likes: np.ndarray,
    grown: np.ndarray,
    ahead: np.ndarray,
    calendar: Calendar,
) -> np.ndarray:
    """Last season's course, a little smoothed, times the growth since, which fades with distance.

    Steps: growth
    """
    course = 0.4 * (seasonal["season"] + seasonal["season, smoothed"])
    course = course + 0.2 * np.where(np.isfinite(likes), likes, seasonal["season, smoothed"])
    lasting = calendar.recent / (calendar.recent + ahead)
    return np.asarray(course * np.where(np.isfinite(grown), grown, 1.0) ** lasting)


def combine(
    season: np.ndarray,
    cycles: np.ndarray,
    likes: np.ndarray,
    ahead: np.ndarray,
    calendar: Calendar,
) -> tuple[np.ndarray, np.ndarray]:
    """The simple forecast of each row and what it goes by.

    Where there are cycles within the season, the last ones count most for the near future.
    """
    if calendar.cycle > 1:
        near = calendar.recent / (calendar.recent + ahead)
        season = np.where(np.isfinite(cycles), near * cycles + (1 - near) * season, season)
    else:
        cycles = np.where(np.isfinite(likes), likes, np.nan)
    basis = np.where(np.isfinite(season), 2, np.where(np.isfinite(cycles), 1, 0))
    return np.where(basis == 2, season, np.where(basis == 1, cycles, 1.0)), basis
