"""Record files as numbers: a table, a list or an array a row, described column by column.

A file becomes named sequences of numbers (columns of a csv, places in a json, columns of an array),
and each of them its statistics. Words are counted by kind. A file may have any number of lines.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

WIDEST_ARRAY = 64
MOST_LINES = 100_000
MOST_KINDS = 20
NAMES_OF_STATISTICS = (
    "mean", "deviation", "least", "lower quarter", "median", "upper quarter", "largest", "first",
    "last", "mean change", "steps alike", "largest change",
)  # fmt: skip


def record_measures(path: Path) -> dict[str, float]:
    """Describe a record file: statistics a sequence of numbers, counts a kind of word.

    Steps: records

    Raises:
        OSError: The file cannot be read.
        ValueError: Its content is not what its suffix says.
    """
    measures: dict[str, float] = {}
    for name, values in sequences(path).items():
        numbers = np.asarray(pd.to_numeric(pd.Series(values), errors="coerce"), dtype=float)
        known = numbers[np.isfinite(numbers)]
        measures[f"{name}, values"] = len(values)
        if 2 * len(known) >= len(values) > 0:
            measures |= {f"{name}, {one}": value for one, value in statistics(known).items()}
        else:
            measures |= kinds(name, values)
    return measures


def sequences(path: Path) -> dict[str, list[Any]]:
    """What a file holds, by column."""
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return columns_of_array(np.load(path, allow_pickle=False))
    if suffix == ".json":
        found: dict[str, list[Any]] = {}
        gather_values(json.loads(path.read_text(encoding="utf-8")), "value", found)
        return found
    if suffix == ".xyz":
        cells = pd.read_csv(path, sep=r"\s+", header=None, skiprows=2, nrows=MOST_LINES)
    else:
        separator = "\t" if suffix == ".tsv" else ","
        cells = pd.read_csv(path, sep=separator, nrows=MOST_LINES, encoding_errors="replace")
        if all(is_number(name) for name in cells):
            cells = pd.read_csv(path, sep=separator, nrows=MOST_LINES, header=None)
    return {f"column {name}": cells[name].tolist() for name in cells}


def is_number(name: object) -> bool:
    """Whether the name of a column is a value, because the file has no header."""
    try:
        float(str(name))
    except ValueError:
        return False
    return True


def columns_of_array(values: np.ndarray) -> dict[str, list[Any]]:
    """A sequence a column of a narrow table, else one of all values."""
    if values.ndim == 2 and values.shape[1] <= WIDEST_ARRAY:
        return {f"column {place}": column.tolist() for place, column in enumerate(values.T)}
    return {"value": values.ravel()[:: max(1, values.size // MOST_LINES)].tolist()}


def gather_values(value: object, name: str, found: dict[str, list[Any]]) -> None:
    """Add what a json value holds to the sequences, by the keys that lead there."""
    if isinstance(value, dict):
        for key, part in value.items():
            gather_values(part, f"{name}.{key}", found)
    elif isinstance(value, list):
        for part in value[:MOST_LINES]:
            gather_values(part, name, found)
    elif value is not None:
        found.setdefault(name, []).append(value)


def statistics(values: np.ndarray) -> dict[str, float]:
    """Where numbers lie, and how they change from one to the next."""
    if not len(values):
        return {}
    quarters = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    changes = np.abs(np.diff(values)) if len(values) > 1 else np.zeros(1)
    spread = values.std()
    alike = np.corrcoef(values[:-1], values[1:])[0, 1] if len(values) > 2 and varies(values) else 0
    measured = [values.mean(), spread, *quarters, values[0], values[-1]]
    measured += [changes.mean(), alike, changes.max()]
    return dict(zip(NAMES_OF_STATISTICS, map(float, measured), strict=True))


def varies(values: np.ndarray) -> bool:
    """Whether neither all but the first nor all but the last value are the same."""
    return bool(np.ptp(values[:-1]) > 0 and np.ptp(values[1:]) > 0)


def kinds(name: str, values: list[Any]) -> dict[str, float]:
    """How often each of the frequent words stands in a sequence."""
    counted = Counter(str(value) for value in values if value == value)
    measures = {f"{name}, kinds": float(len(counted))}
    for word, count in counted.most_common(MOST_KINDS):
        measures[f"{name} is {word[:40]}"] = float(count)
    return measures
