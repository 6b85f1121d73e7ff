"""Counts of words beside numbers.

Steps: numbers, words
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer


class Preprocessor:
    """Numbers and weighted words."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Learn the vocabulary."""
        table = pd.read_csv(data_dir / "train.csv", na_values=["NA"])
        self.vectorizer = TfidfVectorizer(max_features=50)
        self.vectorizer.fit(table["remark"].fillna(""))
        self.medians = table[["heat", "hours"]].median()
        return {"X_train": self.features(table), "y_train": table["hardness"]}

    def features(self, table: pd.DataFrame) -> pd.DataFrame:
        """Numbers, indicators and words of every row."""
        numbers = table[["heat", "hours"]].fillna(self.medians)
        for glaze in ("gloss", "matt"):
            numbers[f"is_{glaze}"] = (table["glaze"] == glaze).astype(int)
        words = self.vectorizer.transform(table["remark"].fillna("")).toarray()
        names = [f"word {name}" for name in self.vectorizer.get_feature_names_out()]
        text = pd.DataFrame(words, columns=names, index=table.index)
        return pd.concat([numbers, text], axis=1).astype(np.float32)

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be answered."""
        table = pd.read_csv(data_dir / "test.csv", na_values=["NA"])
        return {"X_test": self.features(table), "row_id": table["pot"].astype("str")}

    def save(self, directory: Path) -> None:
        """Write the vocabulary and the medians."""
        with (directory / "state.pkl").open("wb") as file:
            pickle.dump((self.vectorizer, self.medians), file)

    def load(self, directory: Path) -> None:
        """Read the vocabulary and the medians."""
        with (directory / "state.pkl").open("rb") as file:
            self.vectorizer, self.medians = pickle.load(file)
