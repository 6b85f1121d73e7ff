"""Labels as numbers: the order of a target's classes, and cells as positions in it."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.models import Target

Array = npt.NDArray[Any]


def positive_label(target: Target) -> str:
    """The label that a probability of `target` means."""
    return target.classes[-1] if target.positive is None else target.positive


def ordered_classes(target: Target) -> list[str]:
    """Classes by rank: negative before positive, numbers by value, other labels as they are."""
    if len(target.classes) == 2:
        positive = positive_label(target)
        return [label for label in target.classes if label != positive] + [positive]
    try:
        return sorted(target.classes, key=float)
    except ValueError:
        return list(target.classes)


def label_codes(labels: "pd.Series[Any]", classes: Sequence[str]) -> Array:
    """Positions of `labels` in `classes`; -1 where unknown. Equal numbers are equal labels."""
    place, found = pd.factorize(labels)  # few cells are different, and words are slow
    cells = pd.Series(found, dtype="object").astype("str").str.strip()
    codes = pd.Index(list(classes)).get_indexer(pd.Index(cells)).astype(np.int64)
    unknown = codes < 0
    if unknown.any():
        values = pd.to_numeric(pd.Series(list(classes)), errors="coerce")
        known = {value: code for code, value in enumerate(values) if not np.isnan(value)}
        read = pd.to_numeric(cells[unknown], errors="coerce")
        codes[unknown] = [known.get(value, -1) for value in read]
    return np.where(place >= 0, np.append(codes, -1)[place], -1)


def is_positive(labels: "pd.Series[Any]", target: Target) -> Array:
    """1 where a cell is the target's positive label, else 0, shape (rows,)."""
    negative, positive = ordered_classes(target)
    cells = labels.to_numpy(dtype=object)
    said = np.asarray(cells == positive, dtype=bool)
    if (said | (cells == negative)).all():
        return said.astype(float)  # the usual case, many times faster than reading every cell
    return np.asarray(label_codes(labels, [negative, positive]) == 1, dtype=float)


def held_labels(cells: pd.DataFrame, targets: Sequence[Target]) -> Array:
    """Which rows have the positive label of each target, bool of shape (rows, targets).

    Args:
        cells: A column a target; labels as text, or bool where they were read before.
        targets: Targets with two classes each.
    """
    named = cells[[target.name for target in targets]]
    if all(pd.api.types.is_bool_dtype(kind) for kind in named.dtypes):
        return named.to_numpy()
    words = named.to_numpy(dtype=object)
    labels = np.array([ordered_classes(target) for target in targets], dtype=object)
    held = np.asarray(words == labels[:, 1], dtype=bool)
    if not (held | (words == labels[:, 0])).all():
        held = np.column_stack([is_positive(named[target.name], target) > 0 for target in targets])
    return held


def with_labels_read(cells: pd.DataFrame, targets: Sequence[Target]) -> pd.DataFrame:
    """The same rows with bool in the columns of targets: `held_labels` reads them in no time."""
    names = [target.name for target in targets]
    held = pd.DataFrame(held_labels(cells, targets), columns=names, index=cells.index)
    return pd.concat([cells.drop(columns=names), held], axis=1)


def guess_codes(cells: "pd.Series[Any]", classes: Sequence[str], most: int) -> Array:
    """Codes of the guesses that each cell lists, best first, shape (rows, most).

    Labels may hold spaces themselves, so the longest known label that fits is read at every place.
    Missing guesses and those that name no class are -1; what follows the first `most` is ignored.
    """
    longest = sorted(classes, key=len, reverse=True)
    pattern = re.compile(
        r"(?<![^\s,;|])(?:" + "|".join(map(re.escape, longest)) + r"|[^\s,;|]+)(?![^\s,;|])"
    )
    place = {label: code for code, label in enumerate(classes)}
    codes = np.full((len(cells), most), -1, dtype=np.int64)
    for row, cell in enumerate(cells.astype("str")):
        guesses = [place.get(guess, -1) for guess in pattern.findall(cell)[:most]]
        codes[row, : len(guesses)] = guesses
    return codes
