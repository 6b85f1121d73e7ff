"""Prepare tables for a quick baseline: numbers as they are, words as codes."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from agents.competition.splits import labelled_rows
from agents.recipes.blocks.features import build_features
from agents.recipes.blocks.tables import read_ids, read_table, read_target

TRAIN = "train.csv"
TEST = "test.csv"
ID_COLUMN = ""
TARGETS: list[str] = []


class Preprocessor:
    """Turns the tables into numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the training table and learn the codes of words."""
        cells = read_table(data_dir / TRAIN)
        labelled = labelled_rows(cells, TARGETS)
        features = build_features(cells).iloc[labelled]
        self.codes = learn_codes(features)
        target = read_target(cells.iloc[labelled])
        return {"X_train": encode(features, self.codes), "y_train": target}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        cells = read_table(data_dir / TEST)
        features = build_features(cells)
        return {"X_test": encode(features, self.codes), "row_id": read_ids(cells, ID_COLUMN)}

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        (directory / "codes.json").write_text(json.dumps(self.codes), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.codes = json.loads((directory / "codes.json").read_text(encoding="utf-8"))


def learn_codes(features: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Number the words of every column of words, the frequent ones first.

    Steps: codes
    """
    words = features.select_dtypes("str")
    return {
        name: {word: code for code, word in enumerate(words[name].value_counts().index)}
        for name in words
    }


def encode(features: pd.DataFrame, codes: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Replace words by their codes; a word that was never seen is missing."""
    encoded = {name: features[name].map(known) for name, known in codes.items()}
    return features.assign(**encoded).astype("float32").reset_index(drop=True)
