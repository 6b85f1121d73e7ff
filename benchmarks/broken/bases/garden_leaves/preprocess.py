"""Numbers as they are, words as categories.

Steps: types
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

TARGET = "bloom"
ID = "plant"


class Preprocessor:
    """Types columns."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Learn the words of every column."""
        train = pd.read_csv(data_dir / "train.csv")
        train = train.dropna(subset=[TARGET])
        self.words: dict[str, list[str]] = {}
        for col in train.columns:
            if col not in (ID, TARGET) and not pd.api.types.is_numeric_dtype(train[col]):
                self.words[col] = sorted(train[col].dropna().unique().tolist())
        y = train[TARGET].reset_index(drop=True)
        return {"X_train": self.features(train), "y_train": y}

    def features(self, df: pd.DataFrame) -> pd.DataFrame:
        """Typed columns of every row."""
        out = pd.DataFrame(index=df.index)
        for col in ["height", "moisture"]:
            out[col] = df[col].astype("float32")
        for col, words in self.words.items():
            out[col] = pd.Categorical(df[col], categories=words)
        return out.reset_index(drop=True)

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Type the rows to be answered."""
        test = pd.read_csv(data_dir / "test.csv")
        return {"X_test": self.features(test), "row_id": test[ID]}

    def save(self, directory: Path) -> None:
        """Write the words."""
        (directory / "words.json").write_text(json.dumps(self.words))

    def load(self, directory: Path) -> None:
        """Read the words."""
        self.words = json.loads((directory / "words.json").read_text())
