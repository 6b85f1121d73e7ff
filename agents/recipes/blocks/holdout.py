"""Rows that are held out of a fit, to tell when it has learned enough.

They are drawn as the real test was: at random, in whole groups, or as the last rows in time.
"""

from typing import Any

import numpy as np
import pandas as pd

PROBLEM = "binary"
HOLDOUT = "random"
HELD_OUT = 0.1


def held_out_rows(train: dict[str, Any], seed: int) -> np.ndarray:
    """Choose rows to hold out; every class of the target is left in the others.

    Steps: early_stop

    Args:
        train: `y_train`; `groups_train` (keys) where HOLDOUT is "grouped"; `time_train` (numbers,
            later is larger) where it is "last".
        seed: Of the draw.

    Returns:
        Booleans of shape (rows,), true for about HELD_OUT of them, at least one.
    """
    if HOLDOUT == "last":
        held_out = last_rows(np.asarray(train["time_train"], dtype=float))
    elif HOLDOUT == "grouped":
        group = pd.factorize(train["groups_train"])[0]
        held_out = np.random.RandomState(seed).random_sample(group.max() + 1)[group] < HELD_OUT
    else:
        held_out = np.random.RandomState(seed).random_sample(len(train["y_train"])) < HELD_OUT
    if PROBLEM != "regression":
        targets = pd.DataFrame(train["y_train"])
        for name in targets:
            held_out &= targets[name].isin(targets[name][~held_out]).to_numpy()
    if not held_out.any():
        held_out[-1] = True
    return held_out


def last_rows(moments: np.ndarray) -> np.ndarray:
    """The last share of rows in time, in whole moments; rows without a moment count as early."""
    early_first = np.nan_to_num(moments, nan=-np.inf)
    earliest_held = np.sort(early_first)[int(len(moments) * (1 - HELD_OUT))]
    held_out: np.ndarray = early_first >= earliest_held
    return held_out if not held_out.all() else early_first > earliest_held
