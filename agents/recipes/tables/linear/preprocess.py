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

from agents.competition.splits import labelled_rows
from agents.recipes.blocks.encoding import as_means, cross_fitted, goals_of, mean_goals
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
CURVES = 0
MANY_WORDS = 0
WORDS = False
FARTHEST = 4.0
RAREST = 5


class Preprocessor:
    """Turns the tables into scaled numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Read the training table, and learn how to encode and scale it."""
        cells = read_training(data_dir)
        labelled = labelled_rows(cells, TARGETS)
        features = build_features(cells).iloc[labelled].reset_index(drop=True)
        target = read_target(cells.iloc[labelled])
        self.learned: dict[str, Any] = {}
        if DELIMITED:
            self.learned["digits"] = columns_of_digits(features)
            features = read_digits(features, self.learned["digits"])
        if MANY_WORDS:
            goals = goals_of(target)
            many = [name for name in words_of(features) if features[name].nunique() > MANY_WORDS]
            self.learned["means"] = {name: mean_goals(features[name], goals) for name in many}
            means = [cross_fitted(features[name], goals, seed) for name in many]
            features = pd.concat([features.drop(columns=many), *means], axis=1)
        self.learned["scaling"] = scaling(features).fit(features)
        return {"X_train": scaled(features, self.learned["scaling"]), "y_train": target}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        cells = read_asked(data_dir)
        features = build_features(cells)
        if DELIMITED:
            features = read_digits(features, self.learned["digits"])
        if MANY_WORDS:
            learned = self.learned["means"]
            means = [as_means(features[name], known) for name, known in learned.items()]
            features = pd.concat([features.drop(columns=list(learned)), *means], axis=1)
        test = scaled(features, self.learned["scaling"]).reset_index(drop=True)
        return {"X_test": test, "row_id": read_ids(cells, ID_COLUMN)}

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")


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
    return make_pipeline(filled, PowerTransformer(), StandardScaler())


def scaled(features: pd.DataFrame, scaling: ColumnTransformer) -> pd.DataFrame:
    """Scale rows, and pull in what lies far outside."""
    values = pd.DataFrame(scaling.transform(features), columns=scaling.get_feature_names_out())
    return values.clip(-FARTHEST, FARTHEST).astype("float32")
