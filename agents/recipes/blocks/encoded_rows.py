"""What a pretrained encoder says of rows, as columns of numbers.

It reads cells of columns of text, or the image or sound that belongs to a row. Texts of one row are
also compared: how alike two are says more about a pair than either of them.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents.recipes.blocks.encoders import ENCODED, Content, vectors_of
from agents.recipes.blocks.media import paths_of

TRAIN_FOLDERS: list[str] = []
TEST_FOLDERS: list[str] = []
SPELLED_TRAIN = "name"
SPELLED_TEST = "name"


def encode_training(train: dict[str, Any], data_dir: Path) -> pd.DataFrame:
    """Encode the contents of training rows, which `train` holds and gives up."""
    if ENCODED == "text":
        return meanings(columns_of(train.pop("texts_train")))
    files = train.pop("files_train")
    return meanings([paths_of(files, data_dir, TRAIN_FOLDERS, SPELLED_TRAIN)])


def encode_asked(test: dict[str, Any], data_dir: Path) -> pd.DataFrame:
    """Encode the contents of rows to be predicted, which `test` holds and gives up."""
    if ENCODED == "text":
        return meanings(columns_of(test.pop("texts_test")))
    files = test.pop("files_test")
    return meanings([paths_of(files, data_dir, TEST_FOLDERS, SPELLED_TEST)])


def columns_of(texts: pd.DataFrame) -> list[list[str]]:
    """The cells of each column."""
    return [texts[name].tolist() for name in texts]


def meanings(columns: Sequence[Sequence[Content]]) -> pd.DataFrame:
    """Vectors of all columns beside each other, and how alike those of a row are."""
    vectors = [vectors_of(contents) for contents in columns]
    found = np.hstack(vectors)
    names = [f"meaning {place + 1}" for place in range(found.shape[1])]
    described = pd.DataFrame(found, columns=names)
    for one, other in combinations(range(len(vectors)), 2):
        described[f"likeness {one + 1} {other + 1}"] = likeness(vectors[one], vectors[other])
    return described


def likeness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The cosine between the vectors of each row."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines: np.ndarray = (one * other).sum(axis=1) / np.maximum(lengths, 1e-9)
    return cosines
