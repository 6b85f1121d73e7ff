"""Numbers and words for CatBoost.

Steps: clean
"""

from pathlib import Path
from typing import Any

import pandas as pd

NUMBERS = ["height", "moisture"]
WORDS = ["ground", "shaded"]


def features(cells: pd.DataFrame) -> pd.DataFrame:
    """Describe every row."""
    made = {}
    for name in NUMBERS:
        made[name] = pd.to_numeric(cells[name], errors="coerce").astype("float32")
    for name in WORDS:
        made[name] = cells[name].str.strip()
    return pd.DataFrame(made)


class Preprocessor:
    """Reads tables."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the rows to learn from."""
        cells = pd.read_csv(data_dir / "train.csv", dtype=str, keep_default_na=False)
        cells = cells[cells["bloom"] != ""].reset_index(drop=True)
        return {"X_train": features(cells), "y_train": cells["bloom"]}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Read the rows to be answered."""
        cells = pd.read_csv(data_dir / "test.csv", dtype=str, keep_default_na=False)
        return {"X_test": features(cells), "row_id": cells["plant"]}

    def save(self, directory: Path) -> None:
        """Keep nothing."""

    def load(self, directory: Path) -> None:
        """Read nothing."""
