"""A simple forecast: nothing is learned but the past itself."""

from pathlib import Path
from typing import Any

import pandas as pd

TARGETS: list[str] = []


class Model:
    """Last season's course at today's level."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Nothing is left to learn."""

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """The simple forecast in the unit of the target.

        Steps: naive
        """
        values = (
            test["X_test"]["past, expected"].to_numpy(dtype=float) * test["level_test"].to_numpy()
        )
        return pd.DataFrame({"row_id": test["row_id"], TARGETS[0]: values})

    def save(self, directory: Path) -> None:
        """Nothing is left to write."""

    def load(self, directory: Path) -> None:
        """Nothing is left to read."""
