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

from agents.competition.decisions import apply_argmax as decide
from agents.competition.formats import write_row_format as write_format
from agents.competition.splits import assign_folds
from agents.recipes.blocks.tables import DELIMITER, ENCODING, read_table

TRAIN = "train.csv"
SIDE: list[str] = []
TARGETS: list[str] = []
SPLITTER = "stratified"
FOLDS = 5
FOLD_COLUMN: str | None = None
FOLD_DELIMITER: str | None = None
SEED = 0
DECISION: dict[str, Any] = {}
COLUMNS: list[str] = []
SUBMISSION_ID: str | None = None
SPELLED: dict[str, str] = {}
UNLIMITED_S = 1e9


def fold_views(data: Path) -> Iterator[Path]:
    """Competitions whose training tables lack one fold each; one with all rows if there are few."""
    cells = read_table(data / TRAIN)
    fold = assign_folds(cells, TARGETS, SPLITTER, FOLDS, SEED, FOLD_COLUMN, FOLD_DELIMITER)
    numbers = np.unique(fold[fold >= 0])
    for number in numbers if len(numbers) > 1 else [None]:
        with tempfile.TemporaryDirectory() as directory:
            view = Path(directory)
            write_training(view / TRAIN, cells[fold != number])
            if SIDE:
                link_sides(data, view)
            yield view


def write_training(path: Path, cells: pd.DataFrame) -> None:
    """Write a training table, every cell as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells.to_csv(path, index=False, sep=DELIMITER, encoding=ENCODING, lineterminator="\n")


def link_sides(data: Path, view: Path) -> None:
    """Show what belongs to neither train nor test."""
    for name in SIDE:
        (view / name).parent.mkdir(parents=True, exist_ok=True)
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
    ids = list(answers["row_id"])
    write_format(answers, COLUMNS, SUBMISSION_ID, ids, SPELLED, output)


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
    return parser.parse_args()
