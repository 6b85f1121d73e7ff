"""Prepare rows that are files: files as numbers beside the columns of their rows, on one scale."""

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
from agents.recipes.blocks.media import affordable_files, describe_files, paths_of
from agents.recipes.tables.linear.preprocess import scaled, scaling

TRAIN_FOLDERS: list[str] = []
TEST_FOLDERS: list[str] = []
SPELLED_TRAIN = "name"
SPELLED_TEST = "name"
BESIDE = False
FARTHEST_OF_FILES = 6.0
MOST_PLAIN = 200
DIRECTIONS_KEPT = 150
FILES_AT_ONCE = 2_000


class Preprocessor:
    """Turns files, and what stands beside them, into scaled numbers."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the training rows and as many of their files as the time allows."""
        train, self.learned = learn_training(data_dir, seed)
        paths = paths_of(train.pop("files_train"), data_dir, TRAIN_FOLDERS, SPELLED_TRAIN)
        rows = affordable_files(paths, time_limit_s, seed)
        train = {name: one.iloc[rows].reset_index(drop=True) for name, one in train.items()}
        files = describe_files([paths[row] for row in rows])
        self.learned["files"] = learn_scale(files, seed)
        if BESIDE:
            self.learned["scaling"] = scaling(train["X_train"]).fit(train["X_train"])
        train["X_train"] = self.joined(train["X_train"], files)
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted, and their files."""
        test = describe_asked(data_dir, self.learned)
        paths = paths_of(test.pop("files_test"), data_dir, TEST_FOLDERS, SPELLED_TEST)
        parts = [
            self.joined(
                test["X_test"].iloc[first : first + FILES_AT_ONCE],
                describe_files(paths[first : first + FILES_AT_ONCE]),
            )
            for first in range(0, len(paths), FILES_AT_ONCE)
        ]
        test["X_test"] = pd.concat(parts, ignore_index=True)
        return test

    def joined(self, features: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
        """What files say, beside what the rows say."""
        described = on_one_scale(files, self.learned["files"])
        if BESIDE:
            beside = scaled(features.reset_index(drop=True), self.learned["scaling"])
            described = pd.concat([beside, described], axis=1)
        return described

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")


def learn_scale(files: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Medians for gaps, means and deviations, and of many columns the directions that vary most.

    Steps: file_scale
    """
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    columns = make_pipeline(filled, StandardScaler()).fit(files)
    learned: dict[str, Any] = {"names": list(files), "columns": columns}
    if files.shape[1] > MOST_PLAIN:
        values = plain_scale(files, learned)
        count = min(DIRECTIONS_KEPT, *values.shape)
        learned["directions"] = PCA(count, random_state=seed).fit(values)
    return learned


def plain_scale(files: pd.DataFrame, learned: dict[str, Any]) -> np.ndarray:
    """Columns without gaps, measured in deviations."""
    values = learned["columns"].transform(files.reindex(columns=learned["names"]))
    within: np.ndarray = np.clip(values, -FARTHEST_OF_FILES, FARTHEST_OF_FILES)
    return within


def on_one_scale(files: pd.DataFrame, learned: dict[str, Any]) -> pd.DataFrame:
    """What files say as columns whose size is near 1."""
    values = plain_scale(files, learned)
    if "directions" in learned:
        directions = learned["directions"]
        size = np.sqrt(directions.explained_variance_.mean())
        values = directions.transform(values) / max(float(size), 1e-9)
    names = [f"file {place + 1}" for place in range(values.shape[1])]
    return pd.DataFrame(values, columns=names).astype("float32")
