"""Two small competitions that the broken programs are about.

`garden`  plants in beds: three named classes, empty cells, a category whose rarest value only the
          test has, some training rows without a label.
`kiln`    firings of pots: a positive number, a date, `NA` among numbers, a free text.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

ROWS: Final = 240
TEST_ROWS: Final = 60


def write_data(folder: Path, name: str) -> Path:
    """Writes the competition `name` below `folder`; the same bytes each time.

    Returns:
        Its own folder.
    """
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(20261121)
    target, frame = MAKERS[name](chance, ROWS + TEST_ROWS)
    train, test = frame[:ROWS], frame[ROWS:].drop(columns=target)
    sample = test.iloc[:, :1].assign(**{target: str(train[target].mode()[0])})
    for file, table in (("train", train), ("test", test), ("sample_submission", sample)):
        table.to_csv(place / f"{file}.csv", index=False, lineterminator="\n")
    (place / "description.md").write_text(WORDS[name], encoding="utf-8")
    return place


def _garden(chance: np.random.Generator, rows: int) -> tuple[str, pd.DataFrame]:
    height = np.round(chance.normal(30, 8, rows), 1)
    moisture = np.round(chance.uniform(0, 1, rows), 3)
    ground = chance.choice(["clay", "sand", "loam"], rows)
    shaded = chance.choice(["yes", "no"], rows)
    signal = (height - 30) / 8 + 3 * (moisture - 0.5) + 1.2 * (ground == "clay")
    signal += chance.normal(0, 0.6, rows)
    bloom = np.select([signal < -0.5, signal < 0.9], ["early", "late"], "never")
    ground[ROWS + 4 :: 9] = "peat"
    bloom[7:ROWS:40] = ""
    wet = pd.Series(moisture).astype("str").where(chance.random(rows) > 0.1, "")
    made = {
        "plant": [f"P{number:04d}" for number in chance.permutation(rows)],
        "height": pd.Series(height).astype("str"),
        "moisture": wet,
        "ground": ground,
        "shaded": shaded,
        "bloom": bloom,
    }
    return "bloom", pd.DataFrame(made)


def _kiln(chance: np.random.Generator, rows: int) -> tuple[str, pd.DataFrame]:
    heat = chance.integers(900, 1300, rows)
    hours = np.round(chance.gamma(4, 3, rows), 1)
    glaze = chance.choice(["matt", "gloss", "none"], rows)
    fired = pd.Timestamp("2021-03-01") + pd.to_timedelta(chance.integers(0, 700, rows), "D")
    words = chance.choice(["small crack", "even colour", "one chip", "even and dark"], rows)
    hardness = 2 + (heat - 900) / 120 + 0.1 * hours + 0.8 * (glaze == "gloss")
    hardness += chance.normal(0, 0.3, rows)
    made = {
        "pot": np.arange(1, rows + 1),
        "heat": pd.Series(heat).astype("str").where(chance.random(rows) > 0.06, "NA"),
        "hours": hours,
        "glaze": glaze,
        "fired": fired.strftime("%Y-%m-%d"),
        "remark": words,
        "hardness": np.round(hardness, 2),
    }
    return "hardness", pd.DataFrame(made)


MAKERS: Final[Mapping[str, Callable[[np.random.Generator, int], tuple[str, pd.DataFrame]]]] = {
    "garden": _garden,
    "kiln": _kiln,
}
WORDS: Final[Mapping[str, str]] = {
    "garden": "# Garden\n\nSay for every plant when it will bloom: early, late or never.\n\n"
    "## Evaluation\nClassification accuracy.\n",
    "kiln": "# Kiln\n\nPredict the hardness of fired pots.\n\n## Evaluation\n"
    "The root mean squared error.\n",
}
