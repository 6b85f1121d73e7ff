"""Targets on the scale on which they are learned."""

from typing import TypeVar

import numpy as np
import pandas as pd

Target = TypeVar("Target", pd.Series, pd.DataFrame)


def logarithm(target: Target) -> Target:
    """The logarithm of 1 + target.

    Steps: log_target
    """
    return target.transform(np.log1p)
