"""Reading a competition's tables: cells as they are written, ids, targets."""

from pathlib import Path

import pandas as pd

from agents.competition.tables import to_numbers

TRAIN = "train.csv"
TEST = "test.csv"
DELIMITER = ","
ENCODING = "utf-8"
TARGETS: list[str] = []
POSITIVE: dict[str, str] = {}
PROBLEM = "binary"


def read_table(path: Path) -> pd.DataFrame:
    """Read a csv file with every cell as the text that stands in it ("" for an empty one)."""
    return pd.read_csv(path, sep=DELIMITER, encoding=ENCODING, dtype="str", keep_default_na=False)


def read_training(data_dir: Path) -> pd.DataFrame:
    """Rows to learn from, with and without a known target."""
    return read_table(data_dir / TRAIN)


def read_asked(data_dir: Path) -> pd.DataFrame:
    """Rows to be predicted."""
    return read_table(data_dir / TEST)


def read_ids(cells: pd.DataFrame, id_column: str) -> pd.Series:
    """Ids of the rows as text; their positions where the table has none."""
    if id_column in cells:
        return cells[id_column].reset_index(drop=True)
    return pd.Series([str(place) for place in range(len(cells))], dtype="str")


def read_target(cells: pd.DataFrame) -> pd.Series | pd.DataFrame:
    """What is to be predicted: labels as text, 1 for a positive label, or numbers."""
    if PROBLEM == "multilabel":
        target = pd.DataFrame({name: cells[name] == label for name, label in POSITIVE.items()})
        return target.astype("int8").reset_index(drop=True)
    if PROBLEM == "regression":
        target = pd.DataFrame({name: to_numbers(cells[name]) for name in TARGETS})
        target = target.reset_index(drop=True)
        return target if len(TARGETS) > 1 else target[TARGETS[0]]
    return cells[TARGETS[0]].reset_index(drop=True)
