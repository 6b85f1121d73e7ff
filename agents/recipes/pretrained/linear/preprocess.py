"""Prepare rows with a pretrained encoder: what it says, beside the other columns, on one scale."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from agents.recipes.blocks.described import describe_asked, learn_training
from agents.recipes.blocks.encoded_rows import encode_asked, encode_training
from agents.recipes.blocks.encoding import MANY_WORDS, as_means, learn_means
from agents.recipes.tables.linear.preprocess import scaled, scaling, with_means

BESIDE = False
DIRECTIONS = 200
FARTHEST_MEANING = 6.0


class Preprocessor:
    """Turns rows, and what the encoder says of them, into scaled numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read and encode the training rows, and learn how to scale them."""
        train, self.learned = learn_training(data_dir, seed)
        meanings = encode_training(train, data_dir)
        self.learned["meanings"] = learn_directions(meanings, seed)
        features = train["X_train"]
        if BESIDE:
            if MANY_WORDS:
                means, self.learned["means"] = learn_means(features, train["y_train"], seed)
                features = with_means(features, means, self.learned["means"])
            self.learned["scaling"] = scaling(features).fit(features)
        train["X_train"] = self.joined(features, meanings)
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe and encode the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        meanings = encode_asked(test, data_dir)
        features = test["X_test"]
        if BESIDE:  # noqa: SIM102
            if MANY_WORDS:
                learned = self.learned["means"]
                features = with_means(features, as_means(features, learned), learned)
        test["X_test"] = self.joined(features, meanings)
        return test

    def joined(self, features: pd.DataFrame, meanings: pd.DataFrame) -> pd.DataFrame:
        """What the encoder says, beside what the columns say."""
        described = in_directions(meanings, self.learned["meanings"])
        if BESIDE:
            beside = scaled(features, self.learned["scaling"])
            described = pd.concat([beside, described], axis=1)
        return described

    def save(self, directory: Path) -> None:
        """Write what was learned; the encoder's weights stay where they are."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")


def learn_directions(meanings: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Medians for gaps, one scale, and the directions in which these rows differ most.

    Steps: directions
    """
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    columns = make_pipeline(filled, StandardScaler()).fit(meanings)
    values = one_scale(meanings, columns)
    count = min(DIRECTIONS, *values.shape)
    return {"columns": columns, "directions": PCA(count, random_state=seed).fit(values)}


def one_scale(meanings: pd.DataFrame, columns: Any) -> np.ndarray:  # noqa: ANN401 (a pipeline)
    """Numbers without gaps, in deviations from their mean."""
    values = columns.transform(meanings)
    within: np.ndarray = np.clip(values, -FARTHEST_MEANING, FARTHEST_MEANING)
    return within


def in_directions(meanings: pd.DataFrame, learned: dict[str, Any]) -> pd.DataFrame:
    """What the encoder says, as columns whose size is near 1."""
    directions = learned["directions"]
    size = np.sqrt(directions.explained_variance_.mean())
    values = directions.transform(one_scale(meanings, learned["columns"]))
    names = [f"direction {place + 1}" for place in range(values.shape[1])]
    described = pd.DataFrame(values / max(float(size), 1e-9), columns=names)
    return described.astype("float32")
