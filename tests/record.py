"""Records real runs for the tests of the screen: `python -m tests.record [NAME …]`.

A small competition is really run by a real engine. What is kept below `tests/journals/NAME/` is its
journal, the output of its programs and its git history; paths, process ids, hosts and wall clocks
are made neutral, nothing else is touched. `tests.replay` lays such a recording out again.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents import api
from agents.api import Place
from agents.lock import engine_alive
from agents.settings import Settings
from tests.builders import Kind, write_competition
from tests.engine.played import repaired_run

JOURNALS = Path(__file__).with_name("journals")
NEUTRAL_ROOT = "/home/you"
"""Stands for the folder that holds the competition."""
NEUTRAL_TIME = 1_700_000_000.0
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Run:
    """A run to be recorded."""

    kind: Kind
    folder: str
    rows: int
    without_test: bool = False
    answers: Callable[[Path], str] | None = None
    """Writes what a language model answers into a file; returns the model's name."""


RUNS = {
    "ferry": Run("binary", "ferry", 400),
    "boats": Run("regression", "boats", 300, without_test=True),
    "repair": Run("binary", "ferry", 200, answers=repaired_run),
}


def record(name: str, run: Run) -> Path:
    """Runs a competition to its end and keeps what a viewer reads."""
    with tempfile.TemporaryDirectory(prefix="iml-record-") as scratch:
        root = Path(scratch)
        folder = write_competition(root / run.folder, run.kind, rows=run.rows)
        if run.without_test:
            (folder / "test.csv").unlink()
            (folder / "sample_submission.csv").unlink(missing_ok=True)
        place = api.locate(folder)
        api.start_engine(place, settings(run, root / "answers.jsonl"))
        wait(place)
        target = JOURNALS / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        keep_journal(place, root, target)
        keep_logs(place, target)
        bundle(place.workspace, target / "history.bundle")
        return target


def settings(run: Run, answers: Path) -> Settings:
    """Of a run on recipes, or of one whose model answers by a script."""
    if run.answers is None:
        return Settings(time_limit=300, cores=2)
    return Settings(
        time_limit=300,
        cores=2,
        mode="review",
        model=run.answers(answers),
        only="model",
        improve_rounds=0,
    )


def wait(place: Place) -> None:
    """Returns once the engine has let go of the workspace."""
    deadline = time.monotonic() + PATIENCE_S
    while engine_alive(place.state_dir):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the run in {place.workspace} did not end")
        time.sleep(0.2)


def keep_journal(place: Place, root: Path, target: Path) -> None:
    """Copies the journal as one file without anything of this machine in it."""
    copy = target / "journal.db"
    source = sqlite3.connect(place.state_dir / "journal.db")
    source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    journal = sqlite3.connect(copy)
    journal.execute("PRAGMA journal_mode=DELETE")
    for seq, active, body in journal.execute("SELECT seq, active, body FROM events").fetchall():
        text = neutral(_whole(place, body), root)
        row = (text, NEUTRAL_TIME + active, seq)
        journal.execute("UPDATE events SET body=?, at=? WHERE seq=?", row)
    journal.commit()
    journal.execute("VACUUM")
    journal.close()


def _whole(place: Place, body: str) -> str:
    blob = json.loads(body).get("blob")
    return (place.state_dir / "blobs" / blob).read_text(encoding="utf-8") if blob else body


def neutral(body: str, root: Path) -> str:
    """A fact without paths, process id and host of the machine it was recorded on."""
    text = body.replace(str(root), NEUTRAL_ROOT).replace(sys.executable, "python")
    text = text.replace(str(Path(__file__).parents[1]), "/iml-tui")
    fact = json.loads(text)
    if fact["kind"] == "engine-started":
        fact |= {"pid": 1, "host": "machine"}
    return json.dumps(fact, ensure_ascii=False)


def keep_logs(place: Place, target: Path) -> None:
    """Copies what the programs printed."""
    for log in api.state_of(place).logs:
        source = place.state_dir / log.path
        if source.exists():
            copy = target / log.path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def bundle(workspace: Path, target: Path) -> None:
    """Packs the whole history, proposals included, into one file."""
    command = ["git", "-C", str(workspace), "bundle", "create", "-q", str(target), "--all"]
    subprocess.run(command, check=True)


def main(names: list[str]) -> None:
    """Records the named runs, or all of them."""
    for name in names or RUNS:
        target = record(name, RUNS[name])
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        sys.stdout.write(f"{target}: {size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
