"""One-hot words and scaled numbers.

Steps: impute, scale, one_hot
"""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMERIC = ["height", "moisture"]
CATEGORICAL = ["ground", "shaded"]
TARGET = "bloom"


def load_table(path: Path) -> pd.DataFrame:
    """Read a table."""
    df = pd.read_csv(path)
    df["damp"] = np.log1p(df["moisture"])
    return df


class Preprocessor:
    """Imputes, scales and encodes."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Learn medians, scales and categories."""
        df = load_table(data_dir / "train.csv")
        df = df[df[TARGET].notna()].reset_index(drop=True)
        self.numeric = [*NUMERIC, "damp"]
        self.imputer = SimpleImputer(strategy="median")
        self.scaler = StandardScaler()
        self.encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        numbers = self.imputer.fit_transform(df[self.numeric])
        self.scaler.fit(numbers)
        self.encoder.fit(df[CATEGORICAL])
        return {"X_train": self.encode(df), "y_train": df[TARGET]}

    def encode(self, df: pd.DataFrame) -> pd.DataFrame:
        """Numbers and indicators of every row."""
        numbers = self.scaler.transform(self.imputer.transform(df[self.numeric]))
        words = self.encoder.transform(df[CATEGORICAL])
        names = self.numeric + list(self.encoder.get_feature_names_out(CATEGORICAL))
        return pd.DataFrame(np.hstack([numbers, words]), columns=names).astype("float32")

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Encode the rows to be answered."""
        df = load_table(data_dir / "test.csv")
        return {"X_test": self.encode(df), "row_id": df["plant"]}

    def save(self, directory: Path) -> None:
        """Write the fitted parts."""
        joblib.dump(vars(self), directory / "preprocessor.joblib")

    def load(self, directory: Path) -> None:
        """Read the fitted parts."""
        vars(self).update(joblib.load(directory / "preprocessor.joblib"))
