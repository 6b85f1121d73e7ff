"""From a competition's folder to described rows, with everything that training rows teach.

Every preprocessor for tables begins with these two functions; what they return differs only in how
words become numbers afterwards, which is each recipe's own business.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from agents.competition.splitting.splits import labelled_rows
from agents.recipes.blocks.features import (
    GROUP_COLUMN,
    PARTS_OF_CELLS,
    build_features,
    columns_of_digits,
    group_keys,
    read_digits,
)
from agents.recipes.blocks.series import TIME_COLUMN, read_moments
from agents.recipes.blocks.tables import read_asked, read_ids, read_target, read_training
from agents.recipes.blocks.texts import SCORED_TEXTS, describe_texts, learn_texts
from agents.recipes.blocks.weights import WEIGHTED, row_weights

ID_COLUMN = ""
TARGETS: list[str] = []
TRAIN_FILES = ""
TEST_FILES = ""
ENCODED_TEXTS: list[str] = []


def learn_training(data_dir: Path, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe the labelled training rows.

    Returns:
        What the contract promises of the training side (`X_train` still with words), and what
        describes new rows by `describe_asked`.
    """
    cells = read_training(data_dir)
    labelled = labelled_rows(cells, TARGETS)
    features = build_features(cells).iloc[labelled].reset_index(drop=True)
    cells = cells.iloc[labelled].reset_index(drop=True)
    target = read_target(cells)
    learned: dict[str, Any] = {}
    if PARTS_OF_CELLS:
        learned["digits"] = columns_of_digits(features)
        features = read_digits(features, learned["digits"])
    train = {"X_train": features, "y_train": target}
    if GROUP_COLUMN:
        train["groups_train"] = group_keys(cells)
    if SCORED_TEXTS:
        scores, learned["texts"] = learn_texts(train, cells, seed)
        train["X_train"] = pd.concat([features, scores], axis=1)
    if WEIGHTED:
        train["weight_train"] = row_weights(cells, target)
    if TIME_COLUMN:
        train["time_train"] = pd.Series(read_moments(cells))
    if TRAIN_FILES:
        train["files_train"] = cells[TRAIN_FILES]
    if ENCODED_TEXTS:
        train["texts_train"] = cells[ENCODED_TEXTS]
    return train, learned


def describe_asked(data_dir: Path, learned: dict[str, Any]) -> dict[str, Any]:
    """Describe the rows to be predicted as the training rows were: `X_test` and `row_id`."""
    cells = read_asked(data_dir).reset_index(drop=True)
    features = build_features(cells)
    if PARTS_OF_CELLS:
        features = read_digits(features, learned["digits"])
    if SCORED_TEXTS:
        features = pd.concat([features, describe_texts(cells, learned["texts"])], axis=1)
    test = {"X_test": features, "row_id": read_ids(cells, ID_COLUMN)}
    if TEST_FILES:
        test["files_test"] = cells[TEST_FILES]
    if ENCODED_TEXTS:
        test["texts_test"] = cells[ENCODED_TEXTS]
    return test
