"""Prepare tables for a quick baseline: numbers as they are, words as codes."""

from pathlib import Path
from typing import Any

import joblib

from agents.recipes.blocks.described import describe_asked, learn_training
from agents.recipes.blocks.encoding import as_codes, learn_codes

WORDS = False


class Preprocessor:
    """Turns the tables into numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table and learn the codes of words."""
        train, self.learned = learn_training(data_dir, seed)
        if WORDS:
            self.learned["codes"] = learn_codes(train["X_train"])
            train["X_train"] = as_codes(train["X_train"], self.learned["codes"])
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        if WORDS:
            test["X_test"] = as_codes(test["X_test"], self.learned["codes"])
        return test

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
