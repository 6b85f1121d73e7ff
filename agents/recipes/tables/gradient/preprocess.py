"""Prepare tables for trees on numbers: words as codes by frequency, and as means of the target."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from agents.recipes.blocks.described import describe_asked, learn_training
from agents.recipes.blocks.encoding import MANY_WORDS, as_codes, as_means, learn_codes, learn_means

WORDS = False


class Preprocessor:
    """Turns the tables into numbers, gaps included."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table, and learn the codes and means of words."""
        train, self.learned = learn_training(data_dir, seed)
        if WORDS:
            features = train["X_train"]
            self.learned["codes"] = learn_codes(features)
            train["X_train"] = as_codes(features, self.learned["codes"])
            if MANY_WORDS:
                means, self.learned["means"] = learn_means(features, train["y_train"], seed)
                train["X_train"] = pd.concat([train["X_train"], means], axis=1)
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        if WORDS:
            features = test["X_test"]
            test["X_test"] = as_codes(features, self.learned["codes"])
            if MANY_WORDS:
                means = as_means(features, self.learned["means"])
                test["X_test"] = pd.concat([test["X_test"], means], axis=1)
        return test

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
