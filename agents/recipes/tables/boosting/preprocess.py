"""Prepare tables for boosted trees: numbers as they are, words as words."""

from pathlib import Path
from typing import Any

import joblib

from agents.recipes.blocks.described import describe_asked, learn_training


class Preprocessor:
    """Turns the tables into numbers and words."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table."""
        train, self.learned = learn_training(data_dir, seed)
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        return describe_asked(data_dir, self.learned)

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
