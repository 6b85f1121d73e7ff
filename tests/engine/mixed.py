"""Made competitions in which two kinds of program know different things, so that blends win.

A target follows some numbers smoothly and two of them in steps: linear programs see the first half,
trees the second.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.builders import write_table

SHARES = (0.72, 0.9)
"""Below the first share of rows the common class, above the second the rare one."""


def write_amounts(folder: Path, *, rows: int = 220) -> Path:
    """Amounts to be predicted; every training row says in `care` how much it counts."""
    chance = np.random.default_rng(3)
    frame, signal = _features(chance, rows + rows // 4)
    amount = 20 + signal + chance.normal(0, 0.3, len(signal))
    frame["care"] = np.where(frame["x4"].astype(float) > 0, "5", "1")
    frame["amount"] = [f"{one:.3f}" for one in amount]
    return _write(folder, frame, rows, ["care", "amount"])


def write_kinds(folder: Path, *, rows: int = 240) -> Path:
    """Three kinds, two of them rare and hard to tell from the common one."""
    chance = np.random.default_rng(4)
    frame, signal = _features(chance, rows + rows // 4)
    blurred = signal + chance.normal(0, 2.0, len(signal))
    kinds = np.searchsorted(np.quantile(blurred, SHARES), blurred)
    frame["kind"] = np.array(["common", "other", "rare"])[kinds]
    return _write(folder, frame, rows, ["kind"])


def _features(chance: np.random.Generator, rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    values = chance.normal(0, 1, (rows, 5)).round(3)
    frame = pd.DataFrame(values.astype(str), columns=[f"x{n}" for n in range(1, 6)])
    frame.insert(0, "key", [f"k{n}" for n in chance.permutation(rows)])
    x1, x2, x3, x4, x5 = values.T
    return frame, 2 * x1 + 1.5 * x2 - x3 + 3.0 * ((x4 > 0) & (x5 > 0))


def _write(folder: Path, frame: pd.DataFrame, rows: int, learnt: list[str]) -> Path:
    write_table(folder / "train.csv", frame[:rows])
    write_table(folder / "test.csv", frame[rows:].drop(columns=learnt))
    sample = frame.loc[rows:, ["key", learnt[-1]]].assign(**{learnt[-1]: frame[learnt[-1]][0]})
    write_table(folder / "sample_submission.csv", sample)
    return folder
