"""Numbers that are written with a unit (`2 years`, `$1,200`, `15%`), as numbers in one unit."""

import pandas as pd

from agents.competition.profiling.units import to_measures

UNITS: dict[str, dict[str, float]] = {}


def measures(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """Read numbers with units: each unit is multiplied by its factor.

    Steps: units
    """
    return {
        name: to_measures(cells[name], factors).astype("float32") for name, factors in UNITS.items()
    }
