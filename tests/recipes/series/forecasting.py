"""A made competition about series: written, planned, and forecast by programs that stand alone."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.profiling.profile import profile
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import CandidatePlan
from agents.recipes.needs.needs import Needs
from agents.recipes.writing.claims import claimed_steps
from agents.recipes.writing.instantiate import instantiate
from tests.recipes.support import ROOT, run_python

DRIVER = """
import sys
sys.path.insert(0, ".")
from pathlib import Path
from preprocess import Preprocessor
from model import Model
preprocessor, model = Preprocessor(), Model()
train = preprocessor.fit(Path("fit"), seed=0, time_limit_s=20)
model.fit(train, seed=0, time_limit_s=20)
Path("kept").mkdir()
preprocessor.save(Path("kept"))
model.save(Path("kept"))
preprocessor, model = Preprocessor(), Model()
preprocessor.load(Path("kept"))
model.load(Path("kept"))
model.predict(preprocessor.transform(Path("predict"))).to_csv("scores.csv", index=False)
"""


def write(folder: Path, rows: pd.DataFrame) -> np.ndarray:
    """Write a competition; returns what the test's answers are."""
    folder.mkdir()
    test = rows[rows["asked"]].reset_index(drop=True)
    truth = test["sold"].to_numpy()
    test = test.drop(columns=["asked", "sold"])
    test.insert(0, "row_id", [f"r{number}" for number in range(len(test))])
    rows[~rows["asked"]].drop(columns="asked").to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    sample = pd.DataFrame({"row_id": test["row_id"], "sold": 0.0})
    sample.to_csv(folder / "sample_submission.csv", index=False)
    return truth


def needs_of(folder: Path) -> Needs:
    task = state_task(folder, TaskOptions(metric="mae"))
    return Needs(task, profile(folder, task, lambda _text, _done: None))


def forecast(plan: CandidatePlan, competition: Path, place: Path) -> np.ndarray:
    """Run a candidate where nothing of this project can be imported."""
    place.mkdir()
    for part, root in (("preprocess", "Preprocessor"), ("model", "Model")):
        (place / f"{part}.py").write_text(instantiate(plan, part, root), encoding="utf-8")
    for view, table in (("fit", "train.csv"), ("predict", "test.csv")):
        (place / view).mkdir()
        (place / view / table).write_bytes((competition / table).read_bytes())
    ran = run_python(DRIVER, place)
    assert ran.returncode == 0, ran.stderr
    scores = pd.read_csv(place / "scores.csv")
    assert list(scores["row_id"]) == [f"r{number}" for number in range(len(scores))]
    return scores["sold"].to_numpy()


def assert_readable(plan: CandidatePlan, place: Path) -> None:
    """Both parts claim every step of the plan, are short, and pass the linter."""
    place.mkdir()
    claimed: set[str] = set()
    for part, root in (("preprocess", "Preprocessor"), ("model", "Model")):
        source = instantiate(plan, part, root)
        claimed |= {*claimed_steps(source)}
        (place / f"{part}.py").write_text(source, encoding="utf-8")
        lengths = [
            (node.end_lineno or 0) - node.lineno + 1
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef)
        ]
        assert max(lengths) <= 40
    assert {step.id for step in plan.steps if step.part != "eval"} <= claimed
    ignored = ["--ignore", "ARG001,ARG002,INP001,D417,PLR0913"]
    config = ["--config", str(ROOT / "pyproject.toml"), *ignored]
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", *config, str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout
