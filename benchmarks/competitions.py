"""Runs whole competitions headless and grades what comes out, twice.

    python -m benchmarks.competitions --grader "CMD" [--time-limit 300] [--seeds 7,8] DIR...

A DIR holds `public/`, which is copied and opened as a user would, and `private/answers.csv`. Every
submission is graded by CMD (`{name}` and `{file}` are filled in, or both appended; it prints json
with `score` and `normalized`) and by the product's own metric. The two must agree to the sixth
decimal: a disagreement means that the engine optimises something else, and the exit code is 1.

A graded score has the blind score's standard error, widened to the number of test rows. Every run
is kept by `benchmarks.measured`, which sets them beside the runs of other systems
(`benchmarks.peers`).
"""

import argparse
import json
import math
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from agents.competition.formats.forms import spellings
from agents.competition.metrics.metrics import metric_of
from agents.competition.metrics.row_weights import columns_of, metric_columns
from agents.competition.reading.loading import load_cells
from agents.models import Task
from benchmarks.measured import Measured, keep_measured, read_baselines
from benchmarks.runs import FinishedRun, run_headless
from benchmarks.tables import NONE, keep, shown, table

AGREEMENT = 0.5e-6 + 1e-9
"""Half of the grader's last printed digit."""
HEADER = (
    "competition", "seed", "score", "P_norm", "blind", "blind minus true, in errors", "sensible",
    "ahead of it, in errors", "trivial", "valid", "columns, s", "valid after, s", "total, s",
    "idle, s",
)  # fmt: skip


@dataclass(frozen=True)
class Grade:
    """What the grader says of a submission."""

    valid: bool
    score: float | None
    normalized: float | None
    words: str = ""


@dataclass(frozen=True)
class Result:
    """One competition, run and graded."""

    name: str
    seed: int
    run: FinishedRun
    grade: Grade
    own: float | None
    """The product's own metric of the same answers."""

    @property
    def agreed(self) -> bool:
        """Whether grader and metric say the same."""
        if self.grade.score is None or self.own is None:
            return False
        return abs(self.grade.score - self.own) <= AGREEMENT


def main() -> int:
    """Runs, grades, prints and keeps; returns the exit code."""
    arguments = _parser().parse_args()
    baselines = read_baselines(arguments.baselines)
    results = []
    for folder in arguments.folders:
        for seed in [int(seed) for seed in arguments.seeds.split(",")]:
            results.append(_measure(folder, seed, arguments))
            keep_measured(_measured(results[-1], arguments))
    rows = [_row(result, baselines.get(result.name, {})) for result in results]
    parts = [table(HEADER, rows), _idle(results), _verdict(results)]
    print("\n\n".join(part for part in parts if part))
    path = keep("competitions", "Whole competitions", [part for part in parts if part])
    print(f"\nKept in {path}.")
    return 0 if all(result.agreed for result in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--grader", required=True, metavar="CMD")
    parser.add_argument("--time-limit", default="300")
    parser.add_argument("--cores", default="2")
    parser.add_argument("--seeds", default="7", help="several with commas")
    parser.add_argument("--baselines", type=Path, help="json: name, sensible, trivial")
    parser.add_argument("--keep", type=Path, help="leave the opened copies in this folder")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    return parser


def _measure(folder: Path, seed: int, arguments: argparse.Namespace) -> Result:
    name = folder.resolve().name
    options = ["--time-limit", arguments.time_limit, "--cores", arguments.cores]
    options += ["--seed", str(seed)]
    with tempfile.TemporaryDirectory(prefix="iml-benchmark-") as scratch:
        copy = (arguments.keep or Path(scratch)).resolve() / f"{name}-{seed}"
        shutil.copytree(folder / "public", copy)
        print(f"{name}: running for at most {arguments.time_limit} s ...", file=sys.stderr)
        run = run_headless(copy, options)
        submission = copy / "pipeline" / "submission.csv"
        grade = graded(arguments.grader, name, submission)
        own = None
        if run.task is not None and grade.valid:
            answers = folder / "private" / "answers.csv"
            own = own_score(run.task, submission, answers, folder / "public")
    if run.card is None:
        print(run.words, file=sys.stderr)
    return Result(name, seed, run, grade, own)


def _measured(result: Result, arguments: argparse.Namespace) -> Measured:
    card = result.run.card
    score = card.score if card is not None else None
    return Measured(
        system="iml-tui",
        competition=result.name,
        seed=result.seed,
        limit_s=float(arguments.time_limit),
        cores=int(arguments.cores),
        version=_commit(),
        score=result.grade.score if result.grade.valid else None,
        error=_error_of_test(result),
        blind=score.value if score else None,
        blind_error=score.error if score else None,
        winner=(card.winner or "") if card else "",
        seconds=result.run.seconds,
        valid_after=result.run.valid_after,
    )


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
    )
    return said.stdout.strip()


def _error_of_test(result: Result) -> float | None:
    """The blind score's standard error, widened to the number of test rows."""
    card = result.run.card
    if card is None or card.score is None or not card.score.error:
        return None
    return card.score.error * math.sqrt(card.score.rows / max(1, card.rows))


def graded(command: str, name: str, submission: Path) -> Grade:
    """What the grader prints about a submission."""
    words = shlex.split(command)
    filled = [word.format(name=name, file=submission) for word in words]
    argv = filled if filled != words else [*words, name, str(submission)]
    process = subprocess.run(argv, check=False, capture_output=True, text=True)
    try:
        said = json.loads(process.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return Grade(valid=False, score=None, normalized=None, words=process.stderr.strip())
    valid = bool(said.get("valid", process.returncode == 0))
    return Grade(valid, said.get("score"), said.get("normalized"), str(said.get("error") or ""))


def own_score(task: Task, submission: Path, answers: Path, competition: Path) -> float | None:
    """The engine's metric of a submission on the true answers, row by row by id."""
    said, true = _by_id(submission, task), _by_id(answers, task)
    if not {target.name for target in task.targets} <= set(true.columns):
        return None
    table = task.table("test")
    if table is not None and task.id_column is not None and columns_of(task.metric):
        cells = load_cells(competition, table).set_index(task.id_column).loc[true.index]
        true = true.assign(**metric_columns(task.metric, cells))
    metric = metric_of(task.metric)
    return metric.evaluate(true, said.loc[true.index], task.targets)


def _by_id(path: Path, task: Task) -> pd.DataFrame:
    cells = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    frame = cells.replace({written: label for label, written in spellings(task).items()})
    spec = task.submission
    if spec is not None and spec.format == "class_columns":
        frame = frame.rename(columns={name: label for label, name in spec.class_columns.items()})
    name = spec.id_column if spec is not None else task.id_column
    return frame if name is None else frame.set_index(name)


def _row(result: Result, baseline: dict[str, dict[str, float]]) -> list[str]:
    run, card, true = result.run, result.run.card, result.grade.score
    score = card.score if card is not None else None
    sensible = baseline.get("sensible", {}).get("score")
    sign = 1 if card is None or card.metric.direction == "higher" else -1
    apart = ahead = None
    of_test = _error_of_test(result)
    if score is not None and true is not None and of_test is not None:
        apart = (score.value - true) / math.hypot(score.error, of_test)
        ahead = sign * (true - sensible) / of_test if sensible is not None else None
    return [
        result.name,
        str(result.seed),
        shown(true, 6),
        shown(result.grade.normalized if result.grade.valid else 0.0, 4),
        f"{score.value:.4f} ±{score.error:.4f}" if score is not None else NONE,
        shown(apart, 1),
        shown(sensible, 6),
        shown(ahead, 1),
        shown(baseline.get("trivial", {}).get("score"), 6),
        "yes" if result.grade.valid else "no",
        shown(run.columns_after, 1),
        shown(run.valid_after, 1),
        shown(run.seconds, 0),
        shown(sum(card.idle.values()) if card is not None else None, 1),
    ]


def _idle(results: list[Result]) -> str:
    """Idle seconds by cause, over all runs."""
    causes = {
        cause for result in results if result.run.card is not None for cause in result.run.card.idle
    }
    if not causes:
        return ""
    cards = [result.run.card for result in results]
    rows = [
        [cause, *(shown(card.idle.get(cause, 0.0) if card else None, 2) for card in cards)]
        for cause in sorted(causes)
    ]
    names = (f"{result.name} {result.seed}" for result in results)
    header = ["idle: a core free, work ready, nothing running (s)", *names]
    return table(header, rows)


def _verdict(results: list[Result]) -> str:
    apart = [
        f"{result.name}: grader {result.grade.score}, own metric {result.own} {result.grade.words}"
        for result in results
        if not result.agreed
    ]
    if not apart:
        return "Grader and the product's own metric agree to the sixth decimal on every one."
    return "\n".join(["Grader and the product's own metric DISAGREE:", *apart])


if __name__ == "__main__":
    sys.exit(main())
