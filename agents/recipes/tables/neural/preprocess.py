"""Prepare tables for a neural network: numbers scaled and bent, words as codes, nothing missing."""

from pathlib import Path
from typing import Any

import joblib

from agents.recipes.blocks.described import describe_asked, learn_training
from agents.recipes.blocks.neural_inputs import as_inputs, learn_inputs


class Preprocessor:
    """Turns the tables into numbers, flags and codes."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table, and learn how to scale and encode it."""
        train, self.learned = learn_training(data_dir, seed)
        self.learned["inputs"] = learn_inputs(train["X_train"])
        return train | {"X_train": as_inputs(train["X_train"], self.learned["inputs"])}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        return test | {"X_test": as_inputs(test["X_test"], self.learned["inputs"])}

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
