"""All contents of a competition that a pretrained encoder is to read, each once."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from agents.recipes.blocks.encoders import ENCODED, Content
from agents.recipes.blocks.media import paths_of
from agents.recipes.blocks.tables import read_asked, read_training

ENCODED_TEXTS: list[str] = []
TRAIN_FILES = ""
TEST_FILES = ""
TRAIN_FOLDERS: list[str] = []
TEST_FOLDERS: list[str] = []
SPELLED_TRAIN = "name"
SPELLED_TEST = "name"


def read_folders(description: str | None) -> argparse.Namespace:
    """Read the command line: where to write, and folders with rows to learn from and to predict."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("output", type=Path)
    parser.add_argument("--learned", type=Path, nargs="*", default=[])
    parser.add_argument("--asked", type=Path, nargs="*", default=[])
    return parser.parse_args()


def contents_of(learned: Iterable[Path], asked: Iterable[Path]) -> list[Content]:
    """The contents of the rows of some views, without repetition.

    Args:
        learned: Folders with training rows.
        asked: Folders with rows to be predicted.
    """
    found: dict[Content, None] = {}
    for folder in learned:
        found |= dict.fromkeys(contents_to_learn(folder))
    for folder in asked:
        found |= dict.fromkeys(contents_to_answer(folder))
    return [one for one in found if one is not None]


def contents_to_learn(data_dir: Path) -> Iterator[Content]:
    """What is to be encoded of training rows."""
    cells = read_training(data_dir)
    if ENCODED == "text":
        for name in ENCODED_TEXTS:
            yield from cells[name]
    else:
        yield from paths_of(cells[TRAIN_FILES], data_dir, TRAIN_FOLDERS, SPELLED_TRAIN)


def contents_to_answer(data_dir: Path) -> Iterator[Content]:
    """What is to be encoded of rows to be predicted."""
    cells = read_asked(data_dir)
    if ENCODED == "text":
        for name in ENCODED_TEXTS:
            yield from cells[name]
    else:
        yield from paths_of(cells[TEST_FILES], data_dir, TEST_FOLDERS, SPELLED_TEST)
