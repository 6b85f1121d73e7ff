"""A small real competition for the first look: the Wisconsin breast cancer data of scikit-learn.

Run as a child process (`python -m iml_tui.command_line.demo FOLDER`), so that the screen that opens
afterwards never loads scikit-learn. It writes what a download from a competition site holds: a
training table, a test table without answers, a sample submission and a description.
"""

import csv
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from sklearn.datasets import load_breast_cancer

SEED = 20
TEST_SHARE = 0.3

_DESCRIPTION = """\
# Breast Cancer Wisconsin

A digitised image of a fine needle aspirate shows the cell nuclei of a breast mass. Ten
measurements of the nuclei are given as mean, standard error and worst value. Predict whether the
mass is malignant or benign.

## Evaluation

Submissions are scored by accuracy, the share of masses whose diagnosis is right.

## Submission file

For each `sample_id` in the test set, give the `diagnosis`: `malignant` or `benign`.

    sample_id,diagnosis
    S0003,benign

## Source

Breast Cancer Wisconsin (Diagnostic), University of Wisconsin, 1995; as it comes with scikit-learn.
"""

_ID, _TARGET = "sample_id", "diagnosis"


def write_demo(folder: Path) -> None:
    """Writes the competition into `folder`, which must not exist yet.

    Raises:
        FileExistsError: it does.
    """
    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names.tolist()]
    labels = data.target_names.tolist()
    rows = [
        [f"S{number:04}", *map(repr, values), labels[label]]
        for number, (values, label) in enumerate(
            zip(data.data.tolist(), data.target.tolist(), strict=True), start=1
        )
    ]
    test = set(random.Random(SEED).sample(range(len(rows)), round(TEST_SHARE * len(rows))))
    train_rows = [row for number, row in enumerate(rows) if number not in test]
    test_rows = [rows[number][:-1] for number in sorted(test)]
    folder.mkdir(parents=True)
    _write(folder / "train.csv", [_ID, *names, _TARGET], train_rows)
    _write(folder / "test.csv", [_ID, *names], test_rows)
    sample = ([row[0], "benign"] for row in test_rows)
    _write(folder / "sample_submission.csv", [_ID, _TARGET], sample)
    (folder / "description.md").write_text(_DESCRIPTION, encoding="utf-8")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write_demo(Path(sys.argv[1]))
