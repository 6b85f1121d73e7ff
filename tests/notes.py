"""A small made competition of a log-keeper: one column of text, and plain ones beside it."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.builders import write_table

WORDS = ("calm", "storm", "sail", "anchor", "deck", "harbour", "gull", "rope", "tide", "crew")
_MATTER = (-0.5, 2.0, 0.0, -1.0, 0.3, -2.0, 0.1, 1.5, 0.0, -0.2)
"""What a word says about being late."""


def write_notes(
    folder: Path, *, rows: int = 240, words: int = 12, seed: int = 3, beside: bool = True
) -> Path:
    """Writes train.csv and test.csv, a quarter as long; returns the folder.

    Args:
        folder: To be made.
        rows: Of the training table.
        words: Of each note.
        seed: The same seed writes the same bytes.
        beside: Whether there are other columns than notes.
    """
    chance = np.random.default_rng(seed)
    count = rows + rows // 4
    drawn = chance.integers(0, len(WORDS), (count, words))
    wind = chance.integers(0, 12, count)
    signal = np.array(_MATTER)[drawn].sum(axis=1) / np.sqrt(words) + 0.15 * (wind - 6)
    late = signal + chance.normal(0, 0.3, count) > 0
    frame = pd.DataFrame(
        {
            "note_id": [f"n{number:05d}" for number in range(count)],
            "entry": [" ".join(WORDS[place] for place in one) for one in drawn],
            "wind": wind.astype(str),
            "swell": np.round(chance.random(count), 2).astype(str),
            "moon": chance.choice(["new", "full", "half"], count),
            "late": late.astype(int).astype(str),
        }
    )
    if not beside:
        frame = frame[["note_id", "entry", "late"]]
    write_table(folder / "train.csv", frame[:rows])
    write_table(folder / "test.csv", frame[rows:].drop(columns="late"))
    return folder
