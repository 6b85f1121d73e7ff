"""Rows that occur more than once, within the training table or in both tables."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from agents.models import Task


class Repeats(NamedTuple):
    """How many rows repeat another one in every feature."""

    within_train: int
    """Training rows that repeat an earlier training row."""
    contradicting: int
    """Those of them whose target differs from that earlier row's."""
    test_in_train: int
    """Test rows whose features are those of a training row."""


def repeated_rows(task: Task, train: pd.DataFrame, test: pd.DataFrame | None) -> Repeats:
    """Count repeated rows; ids and targets do not make rows different."""
    targets = [target.name for target in task.targets]
    aside = {*targets, task.id_column}
    shared = [str(name) for name in train if name not in aside and (test is None or name in test)]
    if not shared:
        return Repeats(0, 0, 0)
    ours = _fingerprints(train, shared)
    again = pd.Series(ours).duplicated().to_numpy()
    with_target = _fingerprints(train, targets) * np.uint64(31) + ours
    same = pd.Series(with_target).duplicated().to_numpy()
    both = 0 if test is None else int(np.isin(_fingerprints(test, shared), ours).sum())
    return Repeats(int(again.sum()), int((again & ~same).sum()), both)


def _fingerprints(cells: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A 64-bit number for the cells of every row; equal rows have equal numbers."""
    total = np.zeros(len(cells), dtype=np.uint64)
    for name in columns:
        codes, values = pd.factorize(cells[name])
        hashes = pd.util.hash_array(values.to_numpy(dtype=object), categorize=False)
        total = total * np.uint64(1_000_003) + hashes[codes]
    return total
