"""Prepare tables for boosted trees: numbers as they are, words as words."""

import json
from pathlib import Path
from typing import Any

from agents.competition.splits import labelled_rows
from agents.recipes.blocks.features import (
    DELIMITED,
    GROUP_COLUMN,
    build_features,
    columns_of_digits,
    group_keys,
    read_digits,
)
from agents.recipes.blocks.tables import read_asked, read_ids, read_target, read_training

ID_COLUMN = ""
TARGETS: list[str] = []


class Preprocessor:
    """Turns the tables into numbers and words."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table."""
        cells = read_training(data_dir)
        labelled = labelled_rows(cells, TARGETS)
        features = build_features(cells).iloc[labelled].reset_index(drop=True)
        if DELIMITED:
            self.digits = columns_of_digits(features)
            features = read_digits(features, self.digits)
        cells = cells.iloc[labelled].reset_index(drop=True)
        target = read_target(cells)
        if GROUP_COLUMN:
            return {"X_train": features, "y_train": target, "groups_train": group_keys(cells)}
        return {"X_train": features, "y_train": target}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        cells = read_asked(data_dir)
        features = build_features(cells)
        if DELIMITED:
            features = read_digits(features, self.digits)
        return {"X_test": features, "row_id": read_ids(cells, ID_COLUMN)}

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        if DELIMITED:
            (directory / "digits.json").write_text(json.dumps(self.digits), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        if DELIMITED:
            self.digits = json.loads((directory / "digits.json").read_text(encoding="utf-8"))
