"""What every stand-alone program does around its preprocessors and models.

Rows are dealt into the folds that the engine used; each fit trains on the rows of all folds but
one; the scores of all fits are averaged, decided and written.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents.competition.formats.formats import repeat_cells
from agents.competition.formats.formats import write_row_format as write_format
from agents.competition.judging.decisions import apply_argmax as decide
from agents.competition.reading.containers import ZIPPED
from agents.competition.splitting.group_keys import joined_keys, parts_of, wording_of
from agents.competition.splitting.splits import assign_folds, vault_rows
from agents.recipes.blocks.files import SHEETS, read_table, write_table
from agents.recipes.blocks.tables import (
    MARKER_COLUMN,
    read_asked,
    unmarked,
)

TRAIN = "train.csv"
SIDE: list[str] = []
TARGETS: list[str] = []
SPLITTER = "stratified"
FOLDS = 5
FOLD_COLUMN = ""
FOLD_DELIMITER = ""
FOLD_PARTS = [0]
FOLD_WORDING = False
FOLD_BESIDE: list[str] = []
VAULT = False
SEED = 0
DECISION: dict[str, Any] = {}
FORM: dict[str, Any] = {}
REPEATED: dict[str, str] = {}
UNLIMITED_S = 1e9


def fold_views(data: Path) -> Iterator[Path]:
    """Competitions whose training tables hold what one fit each learns from."""
    cells = unmarked(data) if MARKER_COLUMN else read_table(data / TRAIN)
    if VAULT:
        cells = cells[~in_vault(cells)].reset_index(drop=True)
    for learned in rows_to_learn(cells):
        with tempfile.TemporaryDirectory() as directory:
            view = Path(directory)
            write_table(view / TRAIN, cells[learned])
            if SIDE:
                link_sides(data, view)
            yield view


def in_vault(cells: pd.DataFrame) -> np.ndarray:
    """The tenth of the labelled rows that the reported score was measured on, once."""
    if FOLD_COLUMN:
        return vault_rows(cells, TARGETS, SPLITTER, SEED, fold_keys(cells))
    return vault_rows(cells, TARGETS, SPLITTER, SEED)


def rows_to_learn(cells: pd.DataFrame) -> list[np.ndarray]:
    """For each fit the rows that it learns from: all but a fold, or all where there is one fit."""
    if FOLDS > 1:
        if FOLD_COLUMN:
            fold = assign_folds(cells, TARGETS, SPLITTER, FOLDS, SEED, fold_keys(cells))
        else:
            fold = assign_folds(cells, TARGETS, SPLITTER, FOLDS, SEED)
        numbers = np.unique(fold[fold >= 0])
        if len(numbers) > 1:
            return [fold != number for number in numbers]
    return [np.ones(len(cells), dtype=bool)]


def fold_keys(cells: pd.DataFrame) -> pd.Series:
    """What the rows of one group have in common, which lie in one fold."""
    keys = cells[FOLD_COLUMN]
    if FOLD_DELIMITER:
        keys = parts_of(keys, FOLD_DELIMITER, FOLD_PARTS)
    if FOLD_WORDING:
        keys = wording_of(keys)
    if FOLD_BESIDE:
        keys = joined_keys([keys, *(cells[name] for name in FOLD_BESIDE)])
    return keys


def link_sides(data: Path, view: Path) -> None:
    """Show what belongs to neither train nor test."""
    for name in SIDE:
        (view / name).parent.mkdir(parents=True, exist_ok=True)
        if ZIPPED or SHEETS:  # noqa: SIM102
            if not (data / name).exists():
                write_table(view / name, read_table(data / name))
                continue
        (view / name).symlink_to((data / name).resolve())


def fit_one(parts: tuple[Any, Any], view: Path, directory: Path, seconds: float) -> None:
    """Fit a preprocessor and the model that follows it, and save both."""
    preprocessor, model = parts
    train = preprocessor.fit(view, seed=SEED, time_limit_s=seconds)
    model.fit(train, seed=SEED, time_limit_s=seconds)
    for part, name in ((preprocessor, "preprocessor"), (model, "model")):
        (directory / name).mkdir(parents=True, exist_ok=True)
        part.save(directory / name)


def score_one(parts: tuple[Any, Any], data: Path, directory: Path) -> pd.DataFrame:
    """Scores of the test rows by what `fit_one` saved."""
    preprocessor, model = parts
    preprocessor.load(directory / "preprocessor")
    model.load(directory / "model")
    scores: pd.DataFrame = model.predict(preprocessor.transform(data))
    return scores


def write_answers(scores: pd.DataFrame, output: Path) -> None:
    """Decide, and write the answers in the form of a submission."""
    answers = decide(scores, DECISION)
    write_format(answers, FORM, list(answers["row_id"]), output)


def repeat_asked(data: Path, output: Path) -> None:
    """Add to the answers what the submission repeats of the rows that they are for."""
    repeat_cells(output, read_asked(data), REPEATED)


def read_arguments(description: str | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("fit", "predict", "run"):
        command = commands.add_parser(name)
        command.add_argument("--data", type=Path, required=True, help="the competition's folder")
        if name != "run":
            repeated = "append" if name == "predict" else "store"
            command.add_argument("--model", type=Path, required=True, action=repeated)
        if name != "fit":
            command.add_argument("--output", type=Path, required=True)
        if name != "predict":
            command.add_argument("--time-limit", type=float, default=UNLIMITED_S, help="seconds")
            command.add_argument("--folds", type=int, help="only the first so many, to try it out")
    return parser.parse_args()
