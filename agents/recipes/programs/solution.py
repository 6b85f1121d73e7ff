"""One candidate as a program that stands alone.

python solution.py fit --data DIR --model DIR
python solution.py predict --data DIR --model DIR --output FILE
python solution.py run --data DIR --output FILE
"""

import tempfile
from itertools import islice
from pathlib import Path

from agents.competition.work import mean_scores
from agents.recipes.blocks.program import (
    FOLDS,
    REPEATED,
    fit_one,
    fold_views,
    read_arguments,
    repeat_asked,
    score_one,
    write_answers,
)
from agents.recipes.tables.baseline.model import Model
from agents.recipes.tables.baseline.preprocess import Preprocessor


def fit(data: Path, directory: Path, time_limit_s: float, folds: int | None) -> None:
    """Fit a preprocessor and a model for every fold, on the rows of the other folds."""
    for number, view in enumerate(islice(fold_views(data), folds), start=1):
        folder = directory / f"fold-{number}"
        fit_one((Preprocessor(), Model()), view, folder, time_limit_s / FOLDS)


def predict(data: Path, directories: list[Path], output: Path) -> None:
    """Answer the test rows by the average of everything that was fitted."""
    fitted = [folder for directory in directories for folder in sorted(directory.glob("fold-*"))]
    scores = [score_one((Preprocessor(), Model()), data, folder) for folder in fitted]
    write_answers(mean_scores(scores), output)
    if REPEATED:
        repeat_asked(data, output)


def main() -> None:
    """Do what the command line says."""
    given = read_arguments(__doc__)
    if given.command == "fit":
        fit(given.data, given.model, given.time_limit, given.folds)
    elif given.command == "predict":
        predict(given.data, given.model, given.output)
    else:
        with tempfile.TemporaryDirectory() as directory:
            fit(given.data, Path(directory), given.time_limit, given.folds)
            predict(given.data, [Path(directory)], given.output)


if __name__ == "__main__":
    main()
