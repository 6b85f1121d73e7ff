"""As many rows as the time allows."""

import numpy as np


def affordable_rows(count: int, seconds_a_row: float, time_limit_s: float, seed: int) -> np.ndarray:
    """Positions of all rows, or of as many drawn ones as the time allows.

    Judged by what a row usually costs, not by a clock: the same limit gives the same rows anywhere.
    """
    most = max(1_000, int(time_limit_s / seconds_a_row))
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.RandomState(seed).permutation(count)[:most])
