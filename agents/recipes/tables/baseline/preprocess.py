"""Prepare tables for a quick baseline: numbers as they are, words as codes."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from agents.competition.splits import labelled_rows
from agents.recipes.blocks.features import (
    DELIMITED,
    build_features,
    columns_of_digits,
    read_digits,
    words_of,
)
from agents.recipes.blocks.tables import read_asked, read_ids, read_target, read_training

ID_COLUMN = ""
TARGETS: list[str] = []
WORDS = False


class Preprocessor:
    """Turns the tables into numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table and learn the codes of words."""
        cells = read_training(data_dir)
        labelled = labelled_rows(cells, TARGETS)
        features = build_features(cells).iloc[labelled]
        self.learned: dict[str, Any] = {}
        if DELIMITED:
            self.learned["digits"] = columns_of_digits(features)
            features = read_digits(features, self.learned["digits"])
        if WORDS:
            self.learned["codes"] = learn_codes(features)
            features = encode(features, self.learned["codes"])
        features = features.reset_index(drop=True)
        return {"X_train": features, "y_train": read_target(cells.iloc[labelled])}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        cells = read_asked(data_dir)
        features = build_features(cells)
        if DELIMITED:
            features = read_digits(features, self.learned["digits"])
        if WORDS:
            features = encode(features, self.learned["codes"])
        return {"X_test": features, "row_id": read_ids(cells, ID_COLUMN)}

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        (directory / "learned.json").write_text(json.dumps(self.learned), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = json.loads((directory / "learned.json").read_text(encoding="utf-8"))


def learn_codes(features: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Number the words of every column of words, the frequent ones first.

    Steps: codes
    """
    return {
        name: {word: code for code, word in enumerate(features[name].value_counts().index)}
        for name in words_of(features)
    }


def encode(features: pd.DataFrame, codes: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Replace words by their codes; a word that was never seen is missing."""
    encoded = {name: features[name].map(known) for name, known in codes.items()}
    return features.assign(**encoded).astype("float32")
