"""Prepare ratings for trees: what is known of user and item, and the other columns as numbers."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from agents.recipes.blocks.described import describe_asked, learn_training
from agents.recipes.blocks.encoding import as_codes, learn_codes
from agents.recipes.blocks.ratings import ITEM, USER, learn_ratings, measure_ratings
from agents.recipes.blocks.targets import learnable

OTHER_WORDS = False


class Preprocessor:
    """Turns the tables into numbers, gaps included."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table, and learn what users and items are like."""
        train, self.learned = learn_training(data_dir, seed)
        features, goals = train["X_train"], learnable(train["y_train"])
        measures, self.learned["ratings"] = learn_ratings(features, goals.iloc[:, 0], seed)
        others = features.drop(columns=[USER, ITEM])
        if OTHER_WORDS:
            self.learned["codes"] = learn_codes(others)
            others = as_codes(others, self.learned["codes"])
        train["X_train"] = pd.concat([others, measures], axis=1)
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        measures = measure_ratings(test["X_test"], self.learned["ratings"])
        others = test["X_test"].drop(columns=[USER, ITEM])
        if OTHER_WORDS:
            others = as_codes(others, self.learned["codes"])
        test["X_test"] = pd.concat([others, measures], axis=1)
        return test

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
