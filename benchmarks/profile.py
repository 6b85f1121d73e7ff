"""Measures what the profile of a large csv costs: peak memory and seconds, beside pandas.

    python -m benchmarks.profile [--gigabytes 1.0]

Makes a competition of 24 columns (numbers, counts, words, dates, codes) in a temporary folder and
runs every job in a process of its own: `pandas.read_csv(...).describe()`, stating the task, the
columns of the first second, the whole profile, and one pass over the training table by DuckDB
(where it is installed) and by what the product uses. Memory is the highest that the process ever
held (`VmHWM`), imports included; the seconds of one core say what a busy machine would hide.
"""

import argparse
import importlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.profiling.profile import profile
from agents.competition.profiling.quick import quick_columns
from agents.competition.reading.loading import iter_cells
from agents.competition.reading.stream import BATCH_ROWS, MEASURED_ROWS, stream
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import Task
from benchmarks.tables import keep, table

BYTES_A_ROW: Final = 152
BLOCK_ROWS: Final = 250_000
TASK: Final = "task.json"


def main() -> int:
    """Makes the table, runs every job, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gigabytes", type=float, default=1.0, help="size of the training table")
    parser.add_argument("--job", choices=sorted(JOBS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        return _work(arguments.job, arguments.folder)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "competition"
        rows = round(arguments.gigabytes * 1e9 / BYTES_A_ROW)
        make_competition(folder, rows)
        lines = [_measured(job, folder) for job in JOBS if job != "duckdb" or _has_duckdb()]
        size = (folder / "train.csv").stat().st_size / 1e9
    text = table(("job", "seconds", "of one core", "peak MiB"), lines)
    what = f"A training table of {rows:,} rows, 24 columns and {size:.2f} GB, a test of a tenth."
    print(f"{what}\n\n{text}")
    print(f"\nKept in {keep('profile', 'The profile of a large table', [what, text])}.")
    return 0


def make_competition(folder: Path, rows: int) -> None:
    """Writes `train.csv` of so many rows and `test.csv` of a tenth of them."""
    folder.mkdir(parents=True)
    for name, count, seed in (("train", rows, 0), ("test", rows // 10, 1)):
        chance = np.random.default_rng(seed)
        for start in range(0, count, BLOCK_ROWS):
            block = _block(chance, start, min(BLOCK_ROWS, count - start))
            shown = block if name == "train" else block.drop(columns="outcome")
            with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
                shown.to_csv(file, header=start == 0, index=False)


def _block(chance: np.random.Generator, start: int, rows: int) -> pd.DataFrame:
    columns: dict[str, object] = {"row_id": np.arange(start, start + rows)}
    for place in range(8):
        columns[f"amount_{place}"] = chance.normal(size=rows).round(4)
        columns[f"amount_{place}"] = pd.Series(columns[f"amount_{place}"]).where(
            chance.random(rows) > 0.1 * (place == 7)
        )
    for place in range(4):
        columns[f"count_{place}"] = chance.poisson(5 * (place + 1), rows)
        kinds = 3_000 if place else 12
        columns[f"word_{place}"] = _words("w", chance.integers(0, kinds, rows), kinds)
    columns["town"] = _words("Town ", chance.integers(0, 200, rows), 200)
    day = np.datetime64("2015-01-01") + chance.integers(0, 3_000, rows)
    columns["day"] = np.datetime_as_string(day)
    second = np.datetime64("2015-01-01T00:00:00") + chance.integers(0, 3_000 * 86_400, rows)
    columns["moment"] = np.datetime_as_string(second)
    columns["flag"] = np.where(chance.random(rows) < 0.3, "yes", "no")
    columns["price"] = np.exp(chance.normal(3, 1, rows)).round(2)
    columns["code"] = _words("B/", chance.integers(0, 500, rows), 500)
    frame = pd.DataFrame(columns)
    signal = frame["amount_0"] + 0.1 * frame["count_0"] + chance.normal(size=rows)
    return frame.assign(outcome=(signal > 0.5).astype(int))


def _words(stem: str, codes: np.ndarray, kinds: int) -> np.ndarray:
    words: np.ndarray = np.array([f"{stem}{kind}" for kind in range(kinds)])[codes]
    return words


# --- the jobs, each in a process of its own -----------------------------------------------------


def _describe(folder: Path) -> None:
    pd.read_csv(folder / "train.csv").describe()


def _state(folder: Path) -> None:
    task = state_task(folder, TaskOptions(target="outcome"))
    (folder.parent / TASK).write_text(task.model_dump_json(), encoding="utf-8")


def _task(folder: Path) -> Task:
    return Task.model_validate_json((folder.parent / TASK).read_text(encoding="utf-8"))


def _quick(folder: Path) -> None:
    quick_columns(folder, _task(folder))


def _whole(folder: Path) -> None:
    profile(folder, _task(folder), _silent)


def _silent(_text: str, _share: float) -> None:
    """Nobody follows how far the profile is."""


def _stream(folder: Path) -> None:
    train = _task(folder).table("train")
    assert train is not None
    features = [name for name in train.columns if name not in {"row_id", "outcome"}]
    stream(iter_cells(folder, train, BATCH_ROWS), train.rows, features, ["outcome"])


def _duckdb(folder: Path) -> None:
    """The same facts: rows, empty cells, different values, repeated rows, rows at random."""
    train = _task(folder).table("train")
    assert train is not None
    database = importlib.import_module("duckdb").connect()
    database.execute("set memory_limit='700MB'")
    source = f"read_csv('{folder / 'train.csv'}', all_varchar=true, header=true)"
    counted = ", ".join(
        f"count(*) filter (coalesce(\"{name}\", '') = ''), approx_count_distinct(\"{name}\")"
        for name in train.columns
    )
    names = [f'"{name}"' for name in train.columns if name not in {"row_id", "outcome"}]
    rows = f"count(distinct hash({', '.join(names)}))"
    database.execute(f"select count(*), {counted}, {rows} from {source}").fetchone()
    drawn = f"select * from {source} using sample reservoir({MEASURED_ROWS} rows)"
    database.execute(drawn).fetchdf()


JOBS: Final[dict[str, Callable[[Path], None]]] = {
    "describe": _describe,
    "state": _state,
    "quick": _quick,
    "profile": _whole,
    "stream": _stream,
    "duckdb": _duckdb,
}
TITLES: Final = {
    "describe": "`pandas.read_csv(...).describe()`",
    "state": "stating the task (`state_task`)",
    "quick": "columns of the first second (`quick_columns`)",
    "profile": "the whole profile (`profile`)",
    "stream": "one pass, as the profile does it (Arrow reads, Polars hashes)",
    "duckdb": "the same facts by DuckDB",
}


def _has_duckdb() -> bool:
    return importlib.util.find_spec("duckdb") is not None


def _measured(job: str, folder: Path) -> tuple[str, str, str, str]:
    command = [sys.executable, "-m", "benchmarks.profile", "--job", job, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, worked, peak = done.stdout.split()[-3:]
    print(f"{job}: {seconds} s, {worked} s of one core, {peak} MiB", flush=True)
    return TITLES[job], seconds, worked, peak


def _work(job: str, folder: Path) -> int:
    began, idle = time.perf_counter(), time.process_time()
    JOBS[job](folder)
    seconds, worked = time.perf_counter() - began, time.process_time() - idle
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"{seconds:.1f} {worked:.1f} {int(peak) // 1024}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
