"""Reading a competition's tables: cells as they are written, ids, targets."""

from pathlib import Path

import pandas as pd

from agents.competition.formats.label_lists import expand_labels
from agents.competition.reading.tables import to_numbers
from agents.competition.stating.id_rules import composed_ids, counted_ids
from agents.competition.stating.parts import marked
from agents.recipes.blocks.files import SHARE, read_drawn, read_table
from agents.recipes.blocks.media import FILE_TEXT, paths_of, texts_of
from agents.recipes.blocks.sides import JOINS, with_sides

TRAIN = "train.csv"
TEST = "test.csv"
MARKER_COLUMN = ""
MARKER_TEST: list[str] = []
RENAMED: dict[str, str] = {}
ID_COLUMN = ""
ID_COUNTED = False
ID_FIRST = 0
ID_PARTS: list[str] = []
ID_JOINT = "_"
ASKED_IN = ""
ASKED_ID = ""
LABEL_COLUMN = ""
LABEL_DELIMITER = ""
LABELS: dict[str, str] = {}
TRAIN_FILES = ""
TEST_FILES = ""
TRAIN_FOLDERS: list[str] = []
TEST_FOLDERS: list[str] = []
SPELLED_TRAIN = "name"
SPELLED_TEST = "name"
TARGETS: list[str] = []
POSITIVE: dict[str, str] = {}
PROBLEM = "binary"


def read_training(data_dir: Path) -> pd.DataFrame:
    """Rows to learn from, with and without a known target."""
    if SHARE:
        cells = read_drawn(data_dir / TRAIN)
    else:
        cells = unmarked(data_dir) if MARKER_COLUMN else read_table(data_dir / TRAIN)
    if LABEL_COLUMN:
        cells = expand_labels(cells, LABEL_COLUMN, LABEL_DELIMITER, LABELS)
    if JOINS:
        cells = with_sides(cells, read_sides(data_dir))
    if FILE_TEXT:
        paths = paths_of(cells[TRAIN_FILES], data_dir, TRAIN_FOLDERS, SPELLED_TRAIN)
        cells[FILE_TEXT] = texts_of(paths)
    return cells


def read_asked(data_dir: Path) -> pd.DataFrame:
    """Rows to be predicted."""
    cells = read_table(data_dir / TEST)
    if MARKER_COLUMN:
        cells = cells[marked(cells, MARKER_COLUMN, MARKER_TEST)].reset_index(drop=True)
    if RENAMED:
        cells = cells.rename(columns=RENAMED)
    if ID_PARTS:  # noqa: SIM102
        if ID_COLUMN not in cells:
            cells[ID_COLUMN] = composed_ids(cells, ID_PARTS, ID_JOINT)
    if ID_COUNTED:  # noqa: SIM102
        if ID_COLUMN not in cells:
            cells[ID_COLUMN] = counted_ids(cells, ID_FIRST)
    if ASKED_IN:
        asked = read_table(data_dir / ASKED_IN)[ASKED_ID]
        cells = cells[cells[ID_COLUMN].isin(asked)].reset_index(drop=True)
    if JOINS:
        cells = with_sides(cells, read_sides(data_dir))
    if FILE_TEXT:
        paths = paths_of(cells[TEST_FILES], data_dir, TEST_FOLDERS, SPELLED_TEST)
        cells[FILE_TEXT] = texts_of(paths)
    return cells


def read_sides(data_dir: Path) -> dict[str, pd.DataFrame]:
    """Side tables by the names that joins give them."""
    return {name: read_table(data_dir / join["path"]) for name, join in JOINS.items()}


def unmarked(data_dir: Path) -> pd.DataFrame:
    """Rows to learn from, of a table that also holds those to be predicted."""
    cells = read_table(data_dir / TRAIN)
    return cells[~marked(cells, MARKER_COLUMN, MARKER_TEST)].reset_index(drop=True)


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
