"""Blind windows on the time axis that ask of a model what the real test asks.

A window is as long as the test, and as far behind the rows that may be learned from as the test is
behind train. As many windows as fit are laid from the end of train backwards; with two seasons of
data, one more lies where the test lies in the year, a year earlier.
"""

from typing import Final, NamedTuple

import numpy as np

from agents.competition.metrics.labels import Array
from agents.competition.splitting.time_axis import TimeAxis, at_least, at_most

FEWEST_ROWS: Final = 30
"""Labelled rows that each fit needs, and each blind window where the test is large enough."""
_WINDOWS: Final = 3
_MOST_WINDOWS: Final = 8
_YEAR: Final = 364.0
"""Days: whole weeks, so that a day of the week is compared with its like."""
_SEASON: Final = 350.0
"""Days of history with which last year's values are known."""


class Window(NamedTuple):
    """Bounds as moments."""

    learn_until: float
    """Exclusive."""
    start: float
    end: float
    """Inclusive."""


def horizon_windows(
    known: Array, train_end: float, test: tuple[float, float], *, dates: bool
) -> tuple[Window, ...]:
    """Lay windows over the labelled training rows, the one nearest to the test first.

    Args:
        known: Moments of the labelled rows, shape (rows,), all finite.
        train_end: The last training moment before the test.
        test: First and last moment of the test.
        dates: Whether moments are days, so that years are known.

    Returns:
        None to eight; none where not even half as long a window leaves rows enough to learn from.
    """
    past = known[known <= train_end]
    moments = np.unique(past)
    if len(moments) < 4:
        return ()
    gap = max(0.0, test[0] - train_end - float(np.median(np.diff(moments))))
    horizon = _horizon(past, test[1] - test[0])
    windows: list[Window] = []
    end: float = float(moments[-1])
    while len(windows) < _MOST_WINDOWS:
        window = Window(end - horizon - gap, end - horizon, end)
        if not _is_useful(window, past, windows):
            break
        windows.append(window)
        earlier = moments[moments < window.start]
        end = float(earlier[-1])
        pooled = sum(_rows_in(one, past) for one in windows)
        if len(windows) >= _WINDOWS and pooled >= _WINDOWS * FEWEST_ROWS:
            break
    if windows and dates:
        windows += _a_year_earlier(past, gap, test, windows)
    return tuple(windows)


def _horizon(past: Array, real: float) -> float:
    """The real horizon, at most half of the history, and long enough to hold some rows."""
    latest = np.sort(past)[::-1]
    fewest = float(latest[0] - latest[min(len(latest), FEWEST_ROWS // _MOST_WINDOWS) - 1])
    return min(max(real, fewest), float(latest[0] - latest[-1]) / 2)


def _rows_in(window: Window, past: Array) -> int:
    return int((at_least(past, window.start) & at_most(past, window.end)).sum())


def _is_useful(window: Window, past: Array, others: list[Window]) -> bool:
    """Whether there is enough to learn; where the nearest knows last year's values, all must."""
    first = float(past.min())
    learned = int((~at_least(past, window.learn_until)).sum())
    if learned < FEWEST_ROWS or _rows_in(window, past) < 1:
        return False
    if not others:
        return True
    long_before = others[0].learn_until - first >= _SEASON
    return window.learn_until - first >= (_SEASON if long_before else window.end - window.start)


def _a_year_earlier(
    past: Array, gap: float, test: tuple[float, float], others: list[Window]
) -> list[Window]:
    """The test's own place in the year, one year earlier, if a year lies before that."""
    start, end = test[0] - _YEAR, test[1] - _YEAR
    window = Window(start - gap, start, end)
    known = end <= past.max() and window.learn_until - past.min() >= _SEASON
    apart = all(abs(one.start - start) > (end - start) / 4 for one in others)
    if known and apart and _rows_in(window, past) >= FEWEST_ROWS and test[1] - test[0] < _YEAR:
        return [window]
    return []


def is_in(window: Window, moments: Array) -> Array:
    """Which moments are blind in a window."""
    blind: Array = at_least(moments, window.start) & at_most(moments, window.end)
    return blind


def is_learned(window: Window, moments: Array) -> Array:
    """Which moments may be learned from; unknown ones may."""
    learned: Array = ~at_least(moments, window.learn_until)
    return learned


def read_bounds(axis: TimeAxis, learn_until: str, start: str, end: str) -> Window:
    """A window from its bounds as a plan writes them."""
    return Window(axis.read(learn_until), axis.read(start), axis.read(end))
