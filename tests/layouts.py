"""Competitions laid out in odd ways: one table, several answers a row, classes as columns.

Every layout holds the same gardens: four measurements that tell which of three kinds a plant is,
how it grows (a number), and which of five pests it has.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tests.builders import write_table

Layout = Literal[
    "split column",
    "empty target",
    "class columns",
    "prefixed class columns",
    "ordered class columns",
    "one-hot targets",
    "long with two keys",
    "long with one key",
    "long over targets",
    "label lists",
    "json label lists",
    "other spellings",
    "counted ids",
    "composed ids",
]
KINDS = ("fern", "moss", "reed grass")
PESTS = ("ant", "bug", "fly", "mite", "snail")
ROWS, ASKED = 160, 40


def write_layout(folder: Path, layout: Layout) -> Path:
    """Write the gardens in that layout; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = gardens()
    _WRITERS[layout](folder, frame.iloc[:ROWS].copy(), frame.iloc[ROWS:].copy())
    return folder


def gardens() -> pd.DataFrame:
    """All rows with everything that could be asked; the last forty are the test."""
    chance = np.random.default_rng(3)
    count = ROWS + ASKED
    values = chance.normal(0, 1, (count, 4)).round(3)
    kind = (values[:, 0] > 0.4).astype(int) + (values[:, 1] > 0)
    pests = values @ chance.normal(0, 1, (4, len(PESTS))) + chance.normal(0, 0.4, (count, 5)) > 0
    pests[np.arange(count), values.argmax(axis=1)] = True
    frame = pd.DataFrame(values.astype(str), columns=["light", "water", "slope", "wind"])
    frame.insert(0, "plot", [f"g{number:03d}" for number in chance.permutation(count)])
    frame["kind"] = np.array(KINDS)[kind]
    frame["level"] = kind.astype(str)
    frame["growth"] = (values[:, 0] * 2 + values[:, 3] + 5).round(2).astype(str)
    frame["pests"] = [" ".join(np.array(PESTS)[row]) for row in pests]
    return frame


_MEASURED = ["plot", "light", "water", "slope", "wind"]


def _pair(folder: Path, train: pd.DataFrame, test: pd.DataFrame, targets: Sequence[str]) -> None:
    write_table(folder / "train.csv", train[[*_MEASURED, *targets]])
    write_table(folder / "test.csv", test[_MEASURED])


def _split_column(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    both = pd.concat([train.assign(part="Train"), test.assign(part="Test")])
    mixed = both.sample(frac=1, random_state=1)
    write_table(folder / "gardens.csv", mixed[[*_MEASURED, "part", "kind"]])


def _empty_target(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    mixed = pd.concat([train, test.assign(growth="")]).sample(frac=1, random_state=1)
    write_table(folder / "gardens.csv", mixed[[*_MEASURED, "growth"]])
    write_table(folder / "wanted.csv", pd.DataFrame({"plot": sorted(test["plot"]), "growth": "0"}))


def _class_columns(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["kind"])
    shares = {"Fern": "0.333", "Moss": "0.333", "Reed_Grass": "0.334"}
    write_table(folder / "sample_submission.csv", test[["plot"]].assign(**shares))


def _prefixed_class_columns(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["level"])
    shares = {f"predict_{level}": "0.3" for level in range(3)}
    write_table(folder / "sample_submission.csv", test[["plot"]].assign(**shares))


def _ordered_class_columns(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["level"])
    shares = {"low": "0.3", "middle": "0.3", "high": "0.3"}
    write_table(folder / "sample_submission.csv", test[["plot"]].assign(**shares))


def _one_hot(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    hot = {f"is_{kind}": (train["kind"] == kind).astype(int).astype(str) for kind in KINDS}
    _pair(folder, train.assign(**hot), test, list(hot))
    shares = dict.fromkeys(hot, "0.3")
    write_table(folder / "sample_submission.csv", test[["plot"]].assign(**shares))
    text = "# Gardens\n\n## Evaluation\nSubmissions are scored by multiclass logarithmic loss.\n"
    (folder / "description.md").write_text(text, encoding="utf-8")


def _long_two(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["kind"])
    lines = test[["plot"]].merge(pd.DataFrame({"type": KINDS}), how="cross")
    write_table(folder / "form.csv", lines.assign(probability="0.3"))


def _long_one(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["level"])
    keys = [f"{plot}_{level}" for plot in test["plot"] for level in range(3)]
    write_table(folder / "form.csv", pd.DataFrame({"plot_level": keys, "p": "0.3"}))


def _long_targets(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    train["height"] = (train["growth"].astype(float) * 3).round(2).astype(str)
    _pair(folder, train, test, ["growth", "height"])
    keys = [f"{plot}:{name}" for plot in test["plot"] for name in ("growth", "height")]
    write_table(folder / "form.csv", pd.DataFrame({"id": keys, "value": "0.5"}))


def _label_lists(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["pests"])
    write_table(folder / "sample_submission.csv", test[["plot"]].assign(pests="ant snail"))


def _json_lists(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    train["pests"] = [json.dumps(cell.split()) for cell in train["pests"]]
    _pair(folder, train, test, ["pests"])


def _other_spellings(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["kind"])
    asked = test[_MEASURED].rename(columns={"plot": "PLOT", "wind": " Wind"})
    write_table(folder / "test.csv", asked)
    sample = test[["plot"]].assign(kind="FERN").rename(columns={"plot": "Plot", "kind": "Kind"})
    write_table(folder / "sample_submission.csv", sample)


def _counted_ids(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    write_table(folder / "train.csv", train[[*_MEASURED[1:], "growth"]])
    write_table(folder / "test.csv", test[_MEASURED[1:]])
    numbers = [str(number) for number in range(1, len(test) + 1)]
    write_table(
        folder / "sample_submission.csv", pd.DataFrame({"GardenId": numbers, "Growth": "0"})
    )


def _composed_ids(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    _pair(folder, train, test, ["growth"])
    codes = [f"{plot}-{light}" for plot, light in zip(test["plot"], test["light"], strict=True)]
    write_table(folder / "sample_submission.csv", pd.DataFrame({"Code": codes, "growth": "0"}))


_WRITERS: dict[Layout, Callable[[Path, pd.DataFrame, pd.DataFrame], None]] = {
    "split column": _split_column,
    "empty target": _empty_target,
    "class columns": _class_columns,
    "prefixed class columns": _prefixed_class_columns,
    "ordered class columns": _ordered_class_columns,
    "one-hot targets": _one_hot,
    "long with two keys": _long_two,
    "long with one key": _long_one,
    "long over targets": _long_targets,
    "label lists": _label_lists,
    "json label lists": _json_lists,
    "other spellings": _other_spellings,
    "counted ids": _counted_ids,
    "composed ids": _composed_ids,
}
LAYOUTS: tuple[Layout, ...] = tuple(_WRITERS)
