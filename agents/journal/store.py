"""The journal on disk: one SQLite file that the engine writes and viewers follow.

Promises: a fact that `append` returned survives power loss (`synchronous=FULL`); a viewer never
holds a transaction open and only ever inserts one decision row; bodies over 64 KiB lie in
`blobs/<sha256>`, synced before the row that names them; a journal of a newer version is only read.
"""

import contextlib
import gc
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from agents.errors import NewerJournalError, WorkspaceError
from agents.journal.events import Event, Progress, Recorded, StepFinished, read_event
from agents.models import Frozen

VERSION = 1
BLOB_BYTES = 64 * 1024
PROGRESS_INTERVAL_S = 0.25
WRITER_WAITS_S = 0.25
"""The writer asks again for ever, in turns of this length."""
READER_WAITS_S = 5.0
"""Only where the journal could not be kept in WAL mode does a reader ever wait."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events(
    seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, at REAL NOT NULL, active REAL NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS progress(path TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decisions(
    id INTEGER PRIMARY KEY, gate TEXT NOT NULL UNIQUE, body TEXT NOT NULL, by TEXT NOT NULL,
    at REAL NOT NULL);
"""
_FACTS = "SELECT seq, run, at, active, kind, body FROM events"
_DECIDE = "INSERT OR IGNORE INTO decisions(gate, body, by, at) VALUES(?,?,?,?)"
_CLOCK = "clock"
_LONG = "step-finished"
_TOLD_FROM = ("compare/", "rank/", "plan/view/")
"""Steps whose results viewers tell things from: who is ahead of whom, and where rows lie."""
_TOLD_AT_END = "/context"
"""Of steps that ask what a model can take in."""
_STEPS = frozenset({"step-started", _LONG})
_Row = tuple[int, int, float, float, str, str]
"""Of the table of events."""
LONG_RESULT = 2_000
"""Characters of a finished step from which on viewers do without its result."""

_PROBE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=2, isolation_level=None)
connection.execute("INSERT INTO progress VALUES('wal-probe', '{}')")
connection.execute("DELETE FROM progress WHERE path = 'wal-probe'")
"""


_STEP: Final = re.compile(r'\{"kind": "step-(?:started|finished)", "path": "([^"\\]+)"')
_FINISHED: Final = re.compile(
    r'\{"kind": "step-finished", "path": "([^"\\]+)", "digest": "(\w+)", "result": '
)
_SECONDS: Final = re.compile(r', "seconds": ([-+.e\d]+)\}$')
"""As `append` writes it. To read what a step gave only to leave it out is half of opening a run."""
_TAIL: Final = 60
"""Characters at the end of a finished step among which its seconds stand."""


class DecisionRow(Frozen):
    """What a viewer asked for; the first row of a gate counts."""

    gate: str
    choice: dict[str, JsonValue]
    by: str
    at: float
    """Wall clock, seconds since the epoch."""


class Journal:
    """The engine's side: the one writer."""

    def __init__(self, state_dir: Path) -> None:
        """Opens or creates `journal.db` in `state_dir`.

        Raises:
            NewerJournalError: it was written by a newer version.
            WorkspaceError: the file is no journal.
        """
        self._blobs = state_dir / "blobs"
        self._blobs.mkdir(parents=True, exist_ok=True)
        path = state_dir / "journal.db"
        if not path.exists():
            _create(path)
        self._db = _connect(path, WRITER_WAITS_S)
        if _version(self._db, path) > VERSION:
            raise NewerJournalError(_newer(path))
        self._db.execute("PRAGMA synchronous=FULL")
        query = "SELECT run, active FROM events ORDER BY seq DESC LIMIT 1"
        last = self._db.execute(query).fetchone()
        self.run: int = last[0] if last else 0
        self._spent: float = max(last[1] if last else 0.0, self._clock_row())
        self._since: float | None = time.monotonic()
        self._progress_at: dict[str, float] = {}

    def _clock_row(self) -> float:
        row = self._db.execute("SELECT body FROM progress WHERE path=?", (_CLOCK,)).fetchone()
        saved = json.loads(row[0]) if row else {}
        return float(saved.get("active", 0.0)) if saved.get("run") == self.run else 0.0

    @property
    def active(self) -> float:
        """Seconds that engines have worked on this run; dead and resting time does not count."""
        return self._spent + (0.0 if self._since is None else time.monotonic() - self._since)

    def rest(self) -> None:
        """Lets the clock stand still: nothing is worked on until `work`."""
        self._spent, self._since = self.active, None

    def work(self) -> None:
        """Lets the clock go on."""
        if self._since is None:
            self._since = time.monotonic()

    def start_run(self) -> int:
        """Begins the next run: its clock starts at zero."""
        self.run += 1
        self._spent, self._since = 0.0, time.monotonic()
        return self.run

    def append(self, event: Event) -> Recorded:
        """Writes a fact durably and returns it with its place."""
        body = json.dumps(event.model_dump(mode="json"), ensure_ascii=False)
        if len(body.encode()) > BLOB_BYTES:
            body = json.dumps({"blob": self.put_blob(body.encode())})
        row = (self.run, time.time(), self.active, event.kind, body)
        cursor = self._write(
            "INSERT INTO events(run, at, active, kind, body) VALUES(?,?,?,?,?)", row
        )
        return Recorded(
            seq=int(cursor.lastrowid or 0), run=row[0], at=row[1], active=row[2], event=event
        )

    def put_blob(self, content: bytes) -> str:
        """Stores bytes under their sha256, synced, and returns it."""
        name = hashlib.sha256(content).hexdigest()
        path = self._blobs / name
        if not path.exists():
            write_durably(path, content)
        return name

    def progress(self, path: str, progress: Progress | None) -> None:
        """Overwrites one progress row, at most four times a second; None removes it."""
        now = time.monotonic()
        if progress is None:
            self._write("DELETE FROM progress WHERE path=?", (path,))
            self._progress_at.pop(path, None)
            return
        if now - self._progress_at.get(path, -1.0) < PROGRESS_INTERVAL_S:
            return
        self._progress_at[path] = now
        self._put_progress(path, progress.model_dump_json())

    def tick(self) -> None:
        """Records the active time, so that a kill loses at most the last tick."""
        self._put_progress(_CLOCK, json.dumps({"run": self.run, "active": self.active}))

    def clear_progress(self) -> None:
        """Removes what a dead engine left behind; the clock stays."""
        self._write("DELETE FROM progress WHERE path<>?", (_CLOCK,))

    def _put_progress(self, path: str, body: str) -> None:
        self._write(
            "INSERT INTO progress VALUES(?,?) ON CONFLICT(path) DO UPDATE SET body=excluded.body",
            (path, body),
        )

    def decisions(self) -> list[DecisionRow]:
        """Every decision row of the workspace, oldest first."""
        return _decisions(self._db)

    def decide(self, gate: str, choice: dict[str, JsonValue], by: str) -> None:
        """Inserts a decision that follows from another one; a gate that has one keeps it."""
        self._write(_DECIDE, (gate, json.dumps(choice), by, time.time()))

    def recorded(self) -> list[Recorded]:
        """All facts so far, in order."""
        rows = self._db.execute(f"{_FACTS} ORDER BY seq").fetchall()
        return list(_recorded(rows, self._blobs, whole=True))

    def close(self) -> None:
        """Closes the file; facts stay."""
        self._db.close()

    def _write(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        while True:
            try:
                return self._db.execute(statement, values)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) and "busy" not in str(error):
                    raise


class JournalReader:
    """A viewer's side: follows facts, shows progress, inserts decisions."""

    def __init__(self, state_dir: Path, after: int = 0) -> None:
        """Opens an existing journal.

        Args:
            state_dir: Where it lies.
            after: Number of the last fact that is known already.

        Raises:
            WorkspaceError: there is none, or it is not readable.
        """
        self._blobs = state_dir / "blobs"
        path = state_dir / "journal.db"
        if not path.exists():
            raise WorkspaceError(f"There is no run in {state_dir.parent} yet: start one first.")
        self._db = _connect(path, READER_WAITS_S)
        self.newer = _version(self._db, path) > VERSION
        self.notice = _newer(path) if self.newer else ""
        self._seen = after
        self._data_version = -1

    def changed(self) -> bool:
        """Whether anybody wrote since the last call; costs microseconds."""
        version = int(self._db.execute("PRAGMA data_version").fetchone()[0])
        changed, self._data_version = version != self._data_version, version
        return changed

    def new(self, limit: int = 100_000, *, settled: bool = False) -> list[Recorded]:
        """The facts that this reader has not returned yet, in order, at most `limit`.

        What steps gave is left out where it is long: no viewer shows it, and it is most of a
        journal.

        Args:
            limit: How many there are at most.
            settled: Whether steps that began and ended among them are left out, too: a state that
                is folded from the rest is the same one.
        """
        with without_collector():
            rows = self._db.execute(
                f"{_FACTS} WHERE seq>? ORDER BY seq LIMIT ?", (self._seen, limit)
            )
            found = rows.fetchall()
            if settled:
                found = _unsettled(found)
            facts = list(_recorded(found, self._blobs))
        if facts:
            self._seen = facts[-1].seq
        return facts

    def of_kinds(self, *kinds: str) -> list[Recorded]:
        """All facts of some kinds, in order, however many others there are; others stay new.

        Args:
            kinds: Such as `run-finished`.
        """
        query = f"{_FACTS} WHERE kind IN ({','.join('?' * len(kinds))}) ORDER BY seq"
        return list(_recorded(self._db.execute(query, kinds).fetchall(), self._blobs))

    def progress(self) -> dict[str, Progress]:
        """What is under way, by step path."""
        rows = self._db.execute("SELECT path, body FROM progress WHERE path<>?", (_CLOCK,))
        return {path: Progress.model_validate_json(body) for path, body in rows.fetchall()}

    def active(self) -> float:
        """Active seconds of the run as of the engine's last tick."""
        row = self._db.execute("SELECT body FROM progress WHERE path=?", (_CLOCK,)).fetchone()
        return float(json.loads(row[0])["active"]) if row else 0.0

    def decide(self, gate: str, choice: dict[str, JsonValue], by: str) -> bool:
        """Inserts a decision; False when somebody decided this gate before."""
        if self.newer:
            raise NewerJournalError(self.notice)
        cursor = self._db.execute(_DECIDE, (gate, json.dumps(choice), by, time.time()))
        return cursor.rowcount == 1

    def undecided(self, taken: set[str]) -> list[DecisionRow]:
        """Decision rows that are not among the `taken` gates yet."""
        return [row for row in _decisions(self._db) if row.gate not in taken]

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def write_durably(path: Path, content: bytes) -> None:
    """Writes a file so that after a crash it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Makes the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _decisions(database: sqlite3.Connection) -> list[DecisionRow]:
    rows = database.execute("SELECT gate, body, by, at FROM decisions ORDER BY id").fetchall()
    return [
        DecisionRow(gate=gate, choice=json.loads(body), by=by, at=at) for gate, body, by, at in rows
    ]


def _create(path: Path) -> None:
    """Makes a journal beside its place and renames it: viewers see a whole one or none."""
    draft = path.with_name("new-journal.db")
    for leftover in path.parent.glob(f"{draft.name}*"):
        leftover.unlink()
    database = _connect(draft, WRITER_WAITS_S)
    with contextlib.suppress(sqlite3.OperationalError):
        database.execute("PRAGMA journal_mode=WAL")
    database.executescript(_SCHEMA)
    if not _wal_works(draft):
        database.execute("PRAGMA journal_mode=DELETE")
    database.execute(f"PRAGMA user_version={VERSION}")
    database.close()
    draft.replace(path)
    sync_directory(path.parent)


def _connect(path: Path, patience_s: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=patience_s, isolation_level=None)


def _version(database: sqlite3.Connection, path: Path) -> int:
    try:
        return int(database.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise WorkspaceError(
            f"{path} is not a journal ({error}): move it away to begin anew."
        ) from error


def _newer(path: Path) -> str:
    return f"{path} was written by a newer iml-tui: it is shown, but only that version can go on."


def _wal_works(path: Path) -> bool:
    """Whether a second process can write while this one has the file open in WAL mode."""
    argv = [sys.executable, "-I", "-S", "-c", _PROBE, str(path)]
    return subprocess.run(argv, check=False, capture_output=True, timeout=30).returncode == 0


def _unsettled(rows: list[_Row]) -> list[_Row]:
    """Without steps that began and ended before the last row, unless something is told of them."""
    begun: dict[str, int] = {}
    over: set[int] = set()
    for index, (_, _, _, _, kind, text) in enumerate(rows[:-1]):
        step = _STEP.match(text) if kind in _STEPS else None
        if step is None:
            continue
        path = step[1]
        if kind != _LONG:
            begun[path] = index
        elif path in begun and not _is_told(path):
            over |= {begun.pop(path), index}
    return [row for index, row in enumerate(rows) if index not in over]


def _is_told(path: str) -> bool:
    """Whether viewers tell something from what the step of this path gave."""
    return path.startswith(_TOLD_FROM) or path.endswith(_TOLD_AT_END)


def _recorded(rows: Iterable[_Row], blobs: Path, *, whole: bool = False) -> Iterator[Recorded]:
    for seq, run, at, active, kind, text in rows:
        if text.startswith('{"blob"'):
            text = (blobs / json.loads(text)["blob"]).read_text(encoding="utf-8")
        short = _without_result(text) if kind == _LONG and not whole else None
        event = short or read_event(text)
        yield _made(seq, run, at, active, event)


def _made(seq: int, run: int, at: float, active: float, event: Event) -> Recorded:
    """`model_construct` in a fifth of its time; every column is what the schema says."""
    fact = Recorded.__new__(Recorded)
    fields = {"seq": seq, "run": run, "at": at, "active": active, "event": event}
    _set(fact, "__dict__", fields)
    _set(fact, "__pydantic_fields_set__", _FIELDS)
    _set(fact, "__pydantic_extra__", None)
    _set(fact, "__pydantic_private__", None)
    return fact


_set = object.__setattr__
_FIELDS = set(Recorded.model_fields)
"""Shared by all: nobody changes a frozen fact."""


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Thousands of facts read at once are no garbage: looking for some is a third of reading."""
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            gc.enable()


def _without_result(text: str) -> StepFinished | None:
    """A finished step without what it gave; None where that is short, told further on, or odd."""
    if len(text) < LONG_RESULT:
        return None
    step, seconds = _FINISHED.match(text), _SECONDS.search(text, len(text) - _TAIL)
    if step is None or seconds is None or step[1].startswith(_TOLD_FROM):
        return None
    return StepFinished.model_construct(
        path=step[1], digest=step[2], result=None, seconds=float(seconds[1])
    )
