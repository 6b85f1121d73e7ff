"""Scores every recipe of the portfolio, and their blend, on blind rows and on the true test.

    python -m benchmarks.recipes --grader "CMD" [--folds 2] [--fit-seconds 10] [--only a,b] DIR...

No engine and no sandbox: views are built as the engine builds them, each candidate's two programs
run in one process on one core, fold by fold. A DIR holds `public/`; CMD grades a submission (see
`benchmarks.competitions`). Seconds are of the processor, preprocessing and model of one fit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.formats.formats import write_submission
from agents.competition.judging.aggregation import cross_fitted_pool, find_pool, pooled
from agents.competition.judging.blend import combined
from agents.competition.judging.decisions import apply_decision, fit_decision
from agents.competition.judging.scores import BlindScores, Truth, aligned, score_blind
from agents.competition.metrics.metrics import metric_of
from agents.competition.profiling.profile import profile
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.views import Places, ViewBuilder
from agents.competition.work import mean_scores
from agents.models import CandidatePlan, Profile, Task
from agents.roles.guideline_agent import guide
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing
from benchmarks.competitions import graded
from benchmarks.tables import keep, shown, table

HEADER = ("recipe", "blind", "true", "prepare, s", "fit, s", "planned, s", "share")

DRIVER = """
import importlib.util, json, sys, time
from pathlib import Path

def part(name):
    spec = importlib.util.spec_from_file_location(name, f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

views, folds, limit = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
prepare, learn, seconds = part("preprocess"), part("model"), []
for fold in range(folds):
    view, began = views / f"blind-{fold + 1}", time.process_time()
    preprocessor = prepare.Preprocessor()
    train = preprocessor.fit(view / "fit", seed=0, time_limit_s=limit)
    prepared = time.process_time()
    model = learn.Model()
    model.fit(train, seed=0, time_limit_s=limit)
    seconds.append((prepared - began, time.process_time() - prepared))
    for name, place in (("blind", view), ("test", views / "full")):
        scores = model.predict(preprocessor.transform(place / "predict"))
        scores.to_parquet(f"{name}-{fold}.parquet")
Path("seconds.json").write_text(json.dumps(seconds))
"""


@dataclass(frozen=True)
class Bench:
    """One competition, ready to be tried on."""

    folder: Path
    task: Task
    profile: Profile
    views: Path
    truth: Truth
    folds: int


@dataclass(frozen=True)
class Tried:
    """What one candidate scored."""

    blind: BlindScores
    test: pd.DataFrame
    seconds: np.ndarray
    """Preparing and fitting, the mean over folds."""


def main() -> int:
    """Tries, prints and keeps; returns the exit code."""
    arguments = _parser().parse_args()
    parts: list[str] = []
    for folder in arguments.folders:
        parts.append(_measure(folder, arguments))
        text = keep("recipes", "Recipes, one by one and blended", parts)
        print(f"{parts[-1]}\n\nKept in {text}.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--grader", required=True, metavar="CMD")
    parser.add_argument("--folds", type=int, default=2, help="how many of the blind folds")
    parser.add_argument("--fit-seconds", type=float, default=10.0)
    parser.add_argument("--only", default="", help="names of candidates, with commas between")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    return parser


def _measure(folder: Path, arguments: argparse.Namespace) -> str:
    """A heading and a table for one competition."""
    only = {name for name in arguments.only.split(",") if name}
    with tempfile.TemporaryDirectory(prefix="iml-recipes-") as scratch:
        bench = _prepared(folder, arguments.folds, Path(scratch))
        plans = guide(bench.task, bench.profile).candidates
        plans = tuple(plan for plan in plans if not only or plan.name in only)
        tried = {}
        for plan in plans:
            print(f"{folder.name}: {plan.name} ...", file=sys.stderr)
            found = _try(bench, plan, Path(scratch) / plan.name, arguments.fit_seconds)
            if found is not None:
                tried[plan.name] = found
        return _report(bench, plans, tried, arguments.grader)


def _prepared(folder: Path, folds: int, scratch: Path) -> Bench:
    public = folder / "public"
    task = state_task(public, TaskOptions())
    measured = profile(public, task, lambda _text, _done: None)
    places = Places(scratch / "views", scratch / "answers", scratch / "media")
    builder = ViewBuilder(public, task, measured.split, places)
    folds = min(folds, measured.split.folds)
    answers = {fold: builder.build(f"blind-{fold + 1}").answers for fold in range(folds)}
    builder.build("full")
    truth = Truth.read({fold: path for fold, path in answers.items() if path is not None})
    return Bench(folder, task, measured, places.views, truth, folds)


def _try(bench: Bench, plan: CandidatePlan, place: Path, seconds: float) -> Tried | None:
    """Run a candidate's programs on every fold; None, with its words, if it failed."""
    place.mkdir()
    (place / "preprocess.py").write_text(write_preprocessing(plan), encoding="utf-8")
    (place / "model.py").write_text(write_model(plan), encoding="utf-8")
    command = [sys.executable, "-c", DRIVER, str(bench.views), str(bench.folds), str(seconds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=place, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return None
    blind = {k: pd.read_parquet(place / f"blind-{k}.parquet") for k in range(bench.folds)}
    tests = [pd.read_parquet(place / f"test-{k}.parquet") for k in range(bench.folds)]
    taken = json.loads((place / "seconds.json").read_text(encoding="utf-8"))
    return Tried(BlindScores.pooled(blind), mean_scores(tests), np.mean(taken, axis=0))


def _report(
    bench: Bench, plans: tuple[CandidatePlan, ...], tried: dict[str, Tried], grader: str
) -> str:
    candidates = {name: one.blind for name, one in tried.items()}
    pool = find_pool("greedy", bench.task, candidates, bench.truth)
    rows = []
    for plan in plans:
        if (one := tried.get(plan.name)) is None:
            continue
        share = f"{pool.weights.get(plan.name, 0.0):.2f}"
        scored = _scores(bench, one.blind, one.blind, one.test, grader)
        times = (*(shown(float(spent), 1) for spent in one.seconds), shown(plan.seconds, 1))
        rows.append([plan.name, *scored, *times, share])
    honest = cross_fitted_pool("greedy", bench.task, candidates, bench.truth)
    tests = combined(pool, {name: tried[name].test for name in pool.weights})
    blended = _scores(bench, honest, pooled(pool, candidates), tests, grader)
    rows.append(["blend", *blended, "", "", "", ""])
    title = f"{bench.folder.name}, {bench.task.metric.title}, {bench.folds} folds"
    return f"## {title}\n\n{table(HEADER, rows)}"


def _scores(
    bench: Bench, honest: BlindScores, fitted: BlindScores, test: pd.DataFrame, grader: str
) -> tuple[str, str]:
    """The blind score with its error, and what the grader says of the test."""
    score = score_blind(bench.task, honest, bench.truth)
    scores, truth = aligned(fitted, bench.truth)
    metric = metric_of(bench.task.metric)
    decision = fit_decision(bench.task, scores.frame, truth.frame, metric)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "submission.csv"
        ids = [str(one) for one in test["row_id"]]
        write_submission(bench.task, apply_decision(decision, test), ids, path)
        grade = graded(grader, bench.folder.resolve().name, path)
    return f"{score.value:.4f} ±{score.error:.4f}", shown(grade.score, 4)


if __name__ == "__main__":
    sys.exit(main())
