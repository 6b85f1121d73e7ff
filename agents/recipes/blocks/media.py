"""Which file belongs to each row, and what the files say as columns of numbers.

A row without a file, or with one that cannot be read, is a row of gaps with a column that says so:
no file, whatever is in it, ends a program.
"""

import struct
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from agents.recipes.blocks.images import image_vector
from agents.recipes.blocks.records import record_measures
from agents.recipes.blocks.sounds import sound_vector

FILE_KIND = "image"
SUFFIXES: list[str] = []
FILE_TEXT = ""
LONGEST_FILE_TEXT = 20_000
READ = "file was read"
UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, TypeError, RecursionError, struct.error,
    zipfile.BadZipFile,
)  # fmt: skip
TRIED_FILES = 16
FEWEST_FILES = 2_000
MOST_FILES = 20_000
READING_SHARE = 0.6


def paths_of(
    names: pd.Series, data_dir: Path, folders: Sequence[str], spelled: str
) -> list[Path | None]:
    """The file that each cell names; None where there is none.

    Steps: files

    Args:
        names: The column that names files.
        data_dir: The competition.
        folders: Where files lie, at any depth.
        spelled: A cell is the file's `path` in the competition, its `inner` path in the folder, its
            `name`, or its `stem`, which is the name without the suffix.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        home = data_dir / folder
        for path in sorted(home.rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                inner = path.relative_to(home).as_posix()
                spellings = {
                    "path": f"{folder}/{inner}",
                    "inner": inner,
                    "name": path.name,
                    "stem": path.stem,
                }
                found.setdefault(spellings[spelled], path)
    return [found.get(name) for name in names]


def describe_files(paths: Sequence[Path | None]) -> pd.DataFrame:
    """A row of float32 a file, and whether it could be read."""
    described = measured(paths) if FILE_KIND == "record" else vectors(paths)
    return described.astype("float32")


def measured(paths: Sequence[Path | None]) -> pd.DataFrame:
    """Named measures; what a file does not have is missing."""
    rows: list[dict[str, float]] = []
    for path in paths:
        try:
            rows.append({READ: 0.0} if path is None else {READ: 1.0, **record_measures(path)})
        except UNREADABLE:
            rows.append({READ: 0.0})
    return pd.DataFrame(rows).reset_index(drop=True)


def vectors(paths: Sequence[Path | None]) -> pd.DataFrame:
    """Equally many numbers a file."""
    found = [vector_of(path) for path in paths]
    length = max((len(one) for one in found if one is not None), default=0)
    values = np.full((len(found), length), np.nan, dtype="float32")
    for place, one in enumerate(found):
        if one is not None:
            values[place] = one
    described = pd.DataFrame(values, columns=[f"{FILE_KIND} {place}" for place in range(length)])
    described.insert(0, READ, [float(one is not None) for one in found])
    return described


def vector_of(path: Path | None) -> np.ndarray | None:
    """The numbers of one file; None where it cannot be read."""
    if path is None:
        return None
    try:
        if FILE_KIND == "sound":
            return sound_vector(path)
        return image_vector(path)
    except UNREADABLE:
        return None


def affordable_files(paths: Sequence[Path | None], time_limit_s: float, seed: int) -> np.ndarray:
    """Positions of as many rows, drawn at random, as files can be read of in the time there is.

    Measured in time of the processor, since what else runs should not cost rows.
    """
    order = np.random.RandomState(seed).permutation(len(paths))
    tried = [paths[place] for place in order[:TRIED_FILES]]
    describe_files(tried[:1])  # pays for what is loaded only once
    began = time.process_time()
    describe_files(tried)
    seconds_a_file = (time.process_time() - began) / max(1, len(tried))
    most = max(FEWEST_FILES, int(time_limit_s * READING_SHARE / max(seconds_a_file, 1e-6)))
    return np.sort(order[: min(most, MOST_FILES)])


def texts_of(paths: Sequence[Path | None]) -> list[str]:
    """What stands in text files, from the beginning; empty where there is no file.

    Steps: file_texts
    """
    texts = []
    for path in paths:
        try:
            text = "" if path is None else path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        texts.append(text[:LONGEST_FILE_TEXT])
    return texts
