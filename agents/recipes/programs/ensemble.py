"""A pool of several candidates as a program that stands alone.

python solution.py fit --data DIR --model DIR
python solution.py predict --data DIR --model DIR --output FILE
python solution.py run --data DIR --output FILE
"""

import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from agents.competition.judging.blend import as_ratings
from agents.competition.judging.blend import blend as combine
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

POOL: dict[str, Any] = {}
RATINGS: list[str] = []
RATED = ""
PARTS: dict[str, tuple[Any, Any]] = {}


def fit(data: Path, directory: Path, time_limit_s: float, folds: int | None) -> None:
    """Fit every member for every fold, on the rows of the other folds."""
    seconds = time_limit_s / FOLDS / len(PARTS)
    for number, view in enumerate(islice(fold_views(data), folds), start=1):
        for name, (preprocessor, model) in PARTS.items():
            folder = directory / name / f"fold-{number}"
            fit_one((preprocessor(), model()), view, folder, seconds)


def predict(data: Path, directories: list[Path], output: Path) -> None:
    """Answer the test rows by what the members say together."""
    scores = {}
    for name, (preprocessor, model) in PARTS.items():
        fitted = [folder for one in directories for folder in sorted((one / name).glob("fold-*"))]
        folds = [score_one((preprocessor(), model()), data, folder) for folder in fitted]
        scores[name] = mean_scores(folds)
    if RATINGS:
        scores = {name: as_ratings(one, RATINGS, RATED) for name, one in scores.items()}
    write_answers(combine(scores, POOL), output)
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
