"""A weighted blend of several candidates as a program that stands alone.

python solution.py fit --data DIR --model DIR
python solution.py predict --data DIR --model DIR --output FILE
python solution.py run --data DIR --output FILE
"""

import tempfile
from pathlib import Path
from typing import Any

from agents.competition.blend import blend
from agents.competition.work import mean_scores
from agents.recipes.blocks.program import (
    FOLDS,
    fit_one,
    fold_views,
    read_arguments,
    score_one,
    write_answers,
)

SCALE = "linear"
WEIGHTS: dict[str, float] = {}
PARTS: dict[str, tuple[Any, Any]] = {}


def fit(data: Path, directory: Path, time_limit_s: float) -> None:
    """Fit every member for every fold, on the rows of the other folds."""
    seconds = time_limit_s / FOLDS / len(WEIGHTS)
    for number, view in enumerate(fold_views(data), start=1):
        for name, (preprocessor, model) in PARTS.items():
            folder = directory / name / f"fold-{number}"
            fit_one((preprocessor(), model()), view, folder, seconds)


def predict(data: Path, directories: list[Path], output: Path) -> None:
    """Answer the test rows by the weighted average of the members."""
    scores = {}
    for name, (preprocessor, model) in PARTS.items():
        fitted = [folder for one in directories for folder in sorted((one / name).glob("fold-*"))]
        folds = [score_one((preprocessor(), model()), data, folder) for folder in fitted]
        scores[name] = mean_scores(folds)
    write_answers(blend(scores, WEIGHTS, SCALE), output)


def main() -> None:
    """Do what the command line says."""
    given = read_arguments(__doc__)
    if given.command == "fit":
        fit(given.data, given.model, given.time_limit)
    elif given.command == "predict":
        predict(given.data, given.model, given.output)
    else:
        with tempfile.TemporaryDirectory() as directory:
            fit(given.data, Path(directory), given.time_limit)
            predict(given.data, [Path(directory)], given.output)


if __name__ == "__main__":
    main()
