"""Small made competitions on disk, each with the difficulties of a real one and a signal to learn.

`binary`      people travelling in parties: id `0007_02`, no party in both files, True/False labels,
              a delimited column, empty cells; metric accuracy.
`regression`  boats: `NA` cells, an integer code, a skewed positive price; metric RMSLE.
`multilabel`  machines: three 0/1 targets, probabilities asked for; mean column-wise AUC.
`multiclass`  plants: three named classes, numbers and one category; no description, no sample.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

Kind = Literal["binary", "regression", "multilabel", "multiclass"]

_DESCRIPTIONS = {
    "binary": "# Ferry\n\n## Goal\nSay for every traveller whether they got a seat.\n\n"
    "## Evaluation\nClassification accuracy: the share of right answers. Higher is better.\n",
    "regression": "# Boats\n\n## Goal\nPredict the `price` of used boats. `hull_code` is a code, "
    "not a quantity.\n\n## Evaluation\nSubmissions are scored by RMSLE. Lower is better.\n",
    "multilabel": "# Machines\n\nPredict three faults.\n\n## Evaluation\nThe mean column-wise area "
    "under the ROC curve.\n",
}


def write_competition(folder: Path, kind: Kind, *, rows: int = 240, seed: int = 0) -> Path:
    """Write a competition of `rows` training rows and a quarter as many test rows.

    Args:
        folder: Made if missing; receives the files directly.
        kind: Which competition.
        rows: Of the training table (a few more or less where groups are whole).
        seed: The same seed writes the same bytes.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    makers: dict[Kind, Callable[[np.random.Generator, int], pd.DataFrame]] = {
        "binary": _travellers,
        "regression": _boats,
        "multilabel": _machines,
        "multiclass": _plants,
    }
    frame = makers[kind](chance, rows + rows // 4)
    targets = TARGETS[kind]
    asked = _asked(frame, kind, rows, chance)
    write_table(folder / "train.csv", frame[~asked])
    write_table(folder / "test.csv", frame[asked].drop(columns=list(targets)))
    if kind in _DESCRIPTIONS:
        (folder / "description.md").write_text(_DESCRIPTIONS[kind], encoding="utf-8")
        sample = frame.loc[asked, [frame.columns[0], *targets]].copy()
        sample[list(targets)] = {"binary": "False", "regression": "1000", "multilabel": "0.5"}[kind]
        write_table(folder / "sample_submission.csv", sample)
    return folder


TARGETS: dict[Kind, tuple[str, ...]] = {
    "binary": ("seated",),
    "regression": ("price",),
    "multilabel": ("jam", "leak", "noise"),
    "multiclass": ("species",),
}
"""Target columns of each kind; the first column is always the id."""


def write_table(path: Path, frame: pd.DataFrame) -> Path:
    """Write a table of texts; "" stays an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path


def true_answers(folder: Path, kind: Kind, *, rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """The test rows of `write_competition` with their targets, for grading."""
    chance = np.random.default_rng(seed)
    frame = {
        "binary": _travellers,
        "regression": _boats,
        "multilabel": _machines,
        "multiclass": _plants,
    }[kind](chance, rows + rows // 4)
    asked = _asked(frame, kind, rows, chance)
    return frame.loc[asked, [frame.columns[0], *TARGETS[kind]]].reset_index(drop=True)


def _asked(frame: pd.DataFrame, kind: Kind, rows: int, chance: np.random.Generator) -> np.ndarray:
    """Which rows make the test: whole parties for `binary`, else any."""
    if kind == "binary":
        parties = frame.iloc[:, 0].str.split("_").str[0]
        drawn = chance.permutation(parties.unique())
        return parties.isin(drawn[: len(drawn) // 5]).to_numpy()
    asked = np.zeros(len(frame), dtype=bool)
    asked[chance.permutation(len(frame))[: len(frame) - rows]] = True
    return asked


def _holes(
    chance: np.random.Generator, cells: pd.Series, share: float, word: str = ""
) -> pd.Series:
    return cells.where(chance.random(len(cells)) >= share, word)


def _travellers(chance: np.random.Generator, rows: int) -> pd.DataFrame:
    sizes = chance.choice([1, 2, 3, 4], size=rows, p=[0.3, 0.3, 0.25, 0.15])
    party = np.repeat(np.arange(rows), sizes)[:rows]
    number = np.arange(rows) - np.searchsorted(party, party) + 1
    age = chance.integers(1, 80, rows)
    spent = np.round(chance.gamma(2, 50, rows), 1)
    deck = chance.choice(list("ABC"), rows, p=[0.5, 0.3, 0.2])[party]
    signal = 0.03 * (age - 40) + 0.02 * (spent - 100) + 1.5 * (deck == "A") - 0.7
    seated = signal + chance.normal(0, 0.6, rows)[party] + chance.normal(0, 0.6, rows) > 0
    return pd.DataFrame(
        {
            "ticket": [f"{p:05d}_{n:02d}" for p, n in zip(party, number, strict=True)],
            "age": _holes(chance, pd.Series(age).astype(str) + ".0", 0.05),
            "spent": _holes(chance, pd.Series(spent).astype(str), 0.05),
            "berth": _holes(
                chance,
                pd.Series([f"{d}/{p % 90}/P" for d, p in zip(deck, party, strict=True)]),
                0.03,
            ),
            "member": _holes(chance, pd.Series(chance.random(rows) < 0.3).astype(str), 0.04),
            "seated": pd.Series(seated).astype(str),
        }
    )


def _boats(chance: np.random.Generator, rows: int) -> pd.DataFrame:
    length = np.round(chance.uniform(4, 20, rows), 1)
    code = chance.choice([20, 30, 45, 70, 120], rows)
    engine = chance.integers(10, 300, rows)
    worth = {20: 0.0, 30: 0.9, 45: -0.4, 70: 0.5, 120: -0.8}
    log_price = 6 + 0.12 * length + 0.003 * engine + pd.Series(code).map(worth).to_numpy()
    price = np.round(np.exp(log_price + chance.normal(0, 0.15, rows)), 0).astype(int)
    sail = chance.choice(["gaff", "sloop", "NA"], rows, p=[0.3, 0.3, 0.4])
    return pd.DataFrame(
        {
            "boat_id": (np.arange(rows) + 1).astype(str),
            "length": length.astype(str),
            "engine": _holes(chance, pd.Series(engine).astype(str), 0.1, "NA"),
            "hull_code": code.astype(str),
            "sail": sail,
            "price": price.astype(str),
        }
    )


def _machines(chance: np.random.Generator, rows: int) -> pd.DataFrame:
    values = np.round(chance.normal(0, 1, (rows, 5)), 3)
    weights = chance.normal(0, 1.2, (5, 3))
    scores = values @ weights + chance.normal(0, 1, (rows, 3)) - np.array([0.5, 1.0, 2.0])
    frame = pd.DataFrame(values.astype(str), columns=[f"sensor_{n}" for n in range(5)])
    frame.insert(0, "id", np.arange(rows).astype(str))
    for place, name in enumerate(("jam", "leak", "noise")):
        frame[name] = (scores[:, place] > 0).astype(int).astype(str)
    return frame


def _plants(chance: np.random.Generator, rows: int) -> pd.DataFrame:
    kind = chance.choice(3, rows, p=[0.5, 0.3, 0.2])
    leaf = np.round(np.array([4.0, 6.0, 7.5])[kind] + chance.normal(0, 0.8, rows), 2)
    stem = np.round(np.array([1.0, 3.0, 2.0])[kind] + chance.normal(0, 0.7, rows), 2)
    soil = np.where(chance.random(rows) < 0.7, np.array(["sand", "clay", "peat"])[kind], "sand")
    return pd.DataFrame(
        {
            "plant_id": [f"P{n:04d}" for n in chance.permutation(rows)],
            "leaf": leaf.astype(str),
            "stem": stem.astype(str),
            "soil": soil,
            "species": np.array(["alder", "birch", "cedar"])[kind],
        }
    )
