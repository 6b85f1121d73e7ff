"""Codes, dates and lengths of remarks.

Steps: dates, codes, group_means
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TARGET = "hardness"


class Preprocessor:
    """Turns columns into numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Learn codes and means."""
        df = pd.read_csv(data_dir / "train.csv", na_values=["NA"])
        self.codes = {name: i for i, name in enumerate(sorted(df["glaze"].unique()))}
        self.heat = float(df["heat"].median())
        self.means = df.groupby("glaze")["hours"].mean().to_dict()
        X = self.engineer(df)
        return {"X_train": X, "y_train": df[TARGET].astype("float64")}

    def engineer(self, df: pd.DataFrame) -> pd.DataFrame:
        """Numbers of every row."""
        X = pd.DataFrame()
        X["heat"] = df["heat"].fillna(self.heat)
        X["hours"] = df["hours"].clip(0, 200)
        X["glaze"] = df["glaze"].map(self.codes).fillna(-1)
        X["usual"] = df["glaze"].map(self.means).fillna(0)
        fired = pd.to_datetime(df["fired"])
        X["month"] = fired.dt.month
        X["day"] = (fired - pd.Timestamp("2021-01-01")).dt.days
        X["letters"] = df["remark"].str.len()
        for name, values in X.items():
            X[name] = np.asarray(values, dtype=float)
        return X.astype("float32")

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Number the rows to be answered."""
        df = pd.read_csv(data_dir / "test.csv", na_values=["NA"])
        X = self.engineer(df)
        return {"X_test": X, "row_id": df["pot"].astype(str)}

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        state = {"codes": self.codes, "heat": self.heat, "means": self.means}
        (directory / "state.json").write_text(json.dumps(state))

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        state = json.loads((directory / "state.json").read_text())
        self.codes, self.heat, self.means = state["codes"], state["heat"], state["means"]
