"""Prepare tables for linear models: everything scaled, nothing missing, words as columns."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)

from agents.recipes.blocks.described import describe_asked, learn_training
from agents.recipes.blocks.encoding import MANY_WORDS, as_means, learn_means
from agents.recipes.blocks.features import words_of

CURVES = 0
BENT = True
WORDS = False
FARTHEST = 4.0
RAREST = 5


class Preprocessor:
    """Turns the tables into scaled numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table, and learn how to encode and scale it."""
        train, self.learned = learn_training(data_dir, seed)
        features = train["X_train"]
        if MANY_WORDS:
            means, self.learned["means"] = learn_means(features, train["y_train"], seed)
            features = with_means(features, means, self.learned["means"])
        self.learned["scaling"] = scaling(features).fit(features)
        train["X_train"] = scaled(features, self.learned["scaling"])
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        features = test["X_test"]
        if MANY_WORDS:
            learned = self.learned["means"]
            features = with_means(features, as_means(features, learned), learned)
        test["X_test"] = scaled(features, self.learned["scaling"])
        return test

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")


def with_means(
    features: pd.DataFrame, means: pd.DataFrame, learned: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Columns with the means of words instead of the words."""
    return pd.concat([features.drop(columns=list(learned)), means], axis=1)


def scaling(features: pd.DataFrame) -> ColumnTransformer:
    """How columns become comparable."""
    words = words_of(features)
    numbers = [str(name) for name in features if name not in words]
    transformers = [("numbers", number_scaling(), numbers)]
    if WORDS:
        transformers.append(("words", word_columns(), words))
    return ColumnTransformer(transformers)


def word_columns() -> OneHotEncoder:
    """A column for every word, one for all rare ones.

    Steps: one_hot
    """
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=RAREST, sparse_output=False
    )


def number_scaling() -> Pipeline:
    """Fill gaps with the median and say so beside it, then make numbers comparable.

    Steps: impute, scale
    """
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    if CURVES:
        ranks = QuantileTransformer(n_quantiles=200, subsample=None)
        return make_pipeline(filled, ranks, SplineTransformer(CURVES, degree=2, include_bias=False))
    if BENT:
        return make_pipeline(filled, PowerTransformer(), StandardScaler())
    return make_pipeline(filled, StandardScaler())


def scaled(features: pd.DataFrame, scaling: ColumnTransformer) -> pd.DataFrame:
    """Scale rows, and pull in what lies far outside."""
    values = pd.DataFrame(scaling.transform(features), columns=scaling.get_feature_names_out())
    return values.clip(-FARTHEST, FARTHEST).astype("float32")
