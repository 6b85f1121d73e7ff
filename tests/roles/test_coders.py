import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.competition.reading.tables import read_cells, write_cells
from tests.builders import Kind
from tests.recipes.support import Planned, planned

DRIVER = """
import importlib.util, sys
from pathlib import Path
def part(folder, name):
    spec = importlib.util.spec_from_file_location(f"{folder}_{name}", Path(folder) / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
for folder in sys.argv[1:]:
    for views in (("plain", "odd", "single", "turned"), ("again",)):
        preprocessor = part(folder, "preprocess").Preprocessor()
        model = part(folder, "model").Model()
        train = preprocessor.fit(Path("train"), seed=1, time_limit_s=0.2)
        model.fit(train, seed=1, time_limit_s=0.2)
        for view in views:
            scores = model.predict(preprocessor.transform(Path(view)))
            scores.to_csv(f"{folder}-{view}.csv", index=False)
"""


def lay_out(competition: Planned, place: Path) -> None:
    """Training rows, and test rows as they are, with strange cells, alone, and turned round."""
    train = read_cells(competition.folder / "train.csv")
    test = read_cells(competition.folder / "test.csv")
    odd = test.copy()
    columns = [name for name in odd if name != competition.task.id_column]
    for number, name in enumerate(columns):
        odd[name] = "" if number % 2 else "never seen before"
    views = {
        "plain": test,
        "odd": odd,
        "single": test.head(1),
        "turned": test.iloc[::-1],
        "again": test,
    }
    for view, cells in views.items():
        (place / view).mkdir()
        write_cells(cells, place / view / "test.csv")
    (place / "train").mkdir()
    write_cells(train, place / "train" / "train.csv")


def names_in(place: Path) -> list[str]:
    """The candidates whose programs lie there."""
    return sorted(path.parent.name for path in place.glob("*/model.py"))


@pytest.fixture(scope="module", params=["binary", "multilabel"])
def scored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind: Kind = request.param
    competition = planned(tmp_path_factory.mktemp(kind) / "competition", kind)
    place = tmp_path_factory.mktemp(f"{kind}-parts")
    lay_out(competition, place)
    names = [plan.name for plan in competition.blueprint.candidates if plan.track != "neural"]
    for name in names:
        (place / name).mkdir()
        for file, source in zip(("preprocess", "model"), competition.sources(name), strict=True):
            (place / name / f"{file}.py").write_text(source, encoding="utf-8")
    (place / "driver.py").write_text(DRIVER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "driver.py", *names],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return place


def test_strange_cells_empty_columns_and_single_rows_are_survived(scored: Path) -> None:
    for name in names_in(scored):
        for view in ("odd", "single"):
            scores = read_cells(scored / f"{name}-{view}.csv")
            assert len(scores) == len(read_cells(scored / view / "test.csv"))
            assert (scores != "").all(axis=None)


def test_a_short_time_limit_gives_the_same_scores_again(scored: Path) -> None:
    for name in names_in(scored):
        first, second = (scored / f"{name}-{view}.csv" for view in ("plain", "again"))
        assert first.read_bytes() == second.read_bytes()


def test_the_order_of_the_test_rows_makes_no_difference(scored: Path) -> None:
    for name in names_in(scored):
        plain = read_cells(scored / f"{name}-plain.csv")
        turned = read_cells(scored / f"{name}-turned.csv")
        left = plain.set_index("row_id").astype(float)
        right = turned.set_index("row_id").astype(float).loc[left.index]
        assert (left - right).abs().to_numpy().max() < 1e-6


def test_probabilities_of_classes_sum_to_one(scored: Path) -> None:
    for name in names_in(scored):
        scores = read_cells(scored / f"{name}-plain.csv").set_index("row_id").astype(float)
        assert scores.to_numpy().min() >= 0
        if list(scores) == ["False", "True"]:
            assert (scores.sum(axis=1) - 1).abs().max() < 1e-6
