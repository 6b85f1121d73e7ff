"""Other systems on the same competitions, with the same limit and cores, by the same grader.

    python -m benchmarks.peers autogluon --environment DIR --grader "CMD" [--time-limit 300] DIR...
    python -m benchmarks.peers catboost --grader "CMD" DIR...

`autogluon` makes its environment in DIR first, if it is not there (some minutes, 3 GB). Both get
what a person hands them after ten lines of pandas: one table, side tables merged where they have
one row a key, counted by value where they have several. Targets, ids and metric are those that this
project reads from the folder; runs are kept by `benchmarks.measured`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.formats.formats import write_submission
from agents.competition.metrics.labels import ordered_classes
from agents.competition.reading.loading import load_cells
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import Join, Task
from benchmarks.competitions import graded
from benchmarks.measured import Measured, keep_measured

PROGRAMS = {"autogluon": "autogluon_tabular", "catboost": "catboost_default"}
REQUIREMENTS = ("torch==2.13.0", "autogluon.tabular[all]==1.6.3")
MOST_VALUES = 100


def main() -> int:
    """Runs one system on every folder; returns the exit code."""
    arguments = _parser().parse_args()
    python = Path(sys.executable)
    if arguments.system == "autogluon":
        python = _environment(arguments.environment)
    for folder in arguments.folders:
        for seed in [int(seed) for seed in arguments.seeds.split(",")]:
            one = _measure(folder.resolve(), python, seed, arguments)
            keep_measured(one)
            print(f"{one.system} {one.competition} {one.seed}: {one.score} in {one.seconds:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("system", choices=list(PROGRAMS))
    parser.add_argument("--grader", required=True, metavar="CMD")
    parser.add_argument("--time-limit", type=float, default=300.0)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seeds", default="7")
    parser.add_argument("--environment", type=Path, metavar="DIR")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    return parser


def _environment(folder: Path | None) -> Path:
    """The Python of AutoGluon's own environment, made where it is not there yet."""
    assert folder is not None, "say where AutoGluon's environment lies with --environment DIR"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        for requirement in REQUIREMENTS:
            install = [str(python), "-m", "pip", "install", "-q", REQUIREMENTS[0], requirement]
            subprocess.run(install, check=True)
    return python


def _measure(folder: Path, python: Path, seed: int, arguments: argparse.Namespace) -> Measured:
    task = state_task(folder / "public", TaskOptions())
    with tempfile.TemporaryDirectory(prefix="iml-peer-") as scratch:
        place = Path(scratch)
        spec = _spec(task, folder / "public", place, seed, arguments)
        began = time.monotonic()
        program = Path(__file__).parent / "peer_programs" / f"{PROGRAMS[arguments.system]}.py"
        command = [str(python), str(program), str(place / "spec.json")]
        threads = {"OMP_NUM_THREADS": str(arguments.cores)}
        ended = subprocess.run(
            command, check=False, capture_output=True, text=True, env=os.environ | threads
        )
        seconds = time.monotonic() - began
        score = None
        if ended.returncode == 0:
            answers = pd.read_parquet(place / "answers.parquet")
            if spec["log"]:
                for target in task.targets:
                    answers[target.name] = np.expm1(answers[target.name]).clip(lower=0)
            ids = [str(one) for one in answers["row_id"]]
            write_submission(task, _readable(answers, task), ids, place / "submission.csv")
            score = graded(arguments.grader, folder.name, place / "submission.csv").score
        else:
            print(ended.stderr[-2000:], file=sys.stderr)
    return Measured(
        system=arguments.system,
        competition=folder.name,
        seed=seed,
        limit_s=arguments.time_limit,
        cores=arguments.cores,
        version="",
        score=score,
        error=None,
        seconds=seconds,
    )


def _spec(
    task: Task, folder: Path, place: Path, seed: int, arguments: argparse.Namespace
) -> dict[str, object]:
    """Writes the flat tables, and says what is asked of them."""
    train, test = task.table("train"), task.table("test")
    assert train is not None
    assert test is not None
    names = [target.name for target in task.targets]
    tables = {"train": load_cells(folder, train), "test": load_cells(folder, test)}
    ids = [str(cell) for cell in tables["test"][task.id_column]]
    log = task.metric.name == "rmsle"
    for role, cells in tables.items():
        flat = _merged(task, folder, cells).drop(columns=task.id_column or [], errors="ignore")
        if role == "train" and log:
            flat[names] = np.log1p(flat[names].astype(float))
        flat.to_csv(place / f"{role}.csv", index=False)
    answers = task.submission.answers if task.submission else "label"
    spec: dict[str, object] = {
        "train": str(place / "train.csv"),
        "test": str(place / "test.csv"),
        "output": str(place / "answers.parquet"),
        "ids": ids,
        "targets": names,
        "problem": _problem(task),
        "metric": task.metric.name,
        "answers": answers,
        "columns": {target.name: _columns(task, target.name) for target in task.targets},
        "log": log,
        "seconds": arguments.time_limit,
        "cores": arguments.cores,
        "seed": seed,
    }
    (place / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    return spec


def _problem(task: Task) -> str:
    known = {"regression": "regression", "binary": "binary", "multilabel": "binary"}
    return known.get(task.problem, "multiclass")


def _columns(task: Task, name: str) -> dict[str, str]:
    """The column of answers by label, for probabilities."""
    target = next(target for target in task.targets if target.name == name)
    if target.kind == "number":
        return {}
    if len(target.classes) > 2:
        return {label: label for label in target.classes}
    return {ordered_classes(target)[1]: name}


def _readable(answers: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Answers as this project writes them: labels as text, ids as text."""
    answers = answers.assign(row_id=answers["row_id"].astype("str"))
    for target in task.targets:
        if target.name in answers and target.kind == "class" and not _is_share(task):
            answers[target.name] = answers[target.name].astype("str")
    return answers


def _is_share(task: Task) -> bool:
    return task.submission is not None and task.submission.answers == "probability"


def _merged(task: Task, folder: Path, cells: pd.DataFrame) -> pd.DataFrame:
    """The table with its side tables beside it."""
    for join in task.joins:
        if not join.base:
            side = next(table for table in task.tables if table.path == join.path)
            cells = _with_side(cells, load_cells(folder, side), join)
    return cells


def _with_side(cells: pd.DataFrame, side: pd.DataFrame, join: Join) -> pd.DataFrame:
    left, right, stem = list(join.left), list(join.right), Path(join.path).stem
    if join.many:
        side = _counted(side, right)
    side = side.rename(columns={name: f"{stem}.{name}" for name in side if name not in right})
    merged = cells.merge(side, how="left", left_on=left, right_on=right, suffixes=("", "_side"))
    return merged.drop(columns=[name for name in merged if str(name).endswith("_side")])


def _counted(side: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """How often each of the usual values stands at a key."""
    counted = [side.groupby(keys).size().to_frame("rows")]
    for name in side.columns.difference(keys):
        usual = side[name].value_counts().index[:MOST_VALUES]
        kept = side[side[name].isin(usual)]
        counts = kept.groupby([*keys, name]).size().unstack(fill_value=0)
        counted.append(counts.set_axis([f"{name} {value}" for value in counts.columns], axis=1))
    return pd.concat(counted, axis=1).fillna(0).reset_index()


if __name__ == "__main__":
    sys.exit(main())
