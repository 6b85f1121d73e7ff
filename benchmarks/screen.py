"""Measures what the screen costs a person: the first paint, keys, memory, and opening a long run.

    python -m benchmarks.screen [--only first-paint,keys,memory,opening]

Every number is taken from outside, of the real `iml-tui FOLDER` in a pseudoterminal of 120x36 cells
whose workspaces are made from recorded runs in a temporary folder. A key counts as answered once
the row of keys that it leads to is printed, so that whatever else is repainted meanwhile does not
pass for its answer. The program is compiled before it is timed, as an installed one is, whatever
the environment says. The bounds are absolute: on a machine that does other work besides (its load
is printed) they may be missed where they hold on a free one. The exit code is 1 where one is
missed.
"""

import argparse
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from agents.api import Place, state_of
from agents.lock import EngineLock
from benchmarks.tables import keep, table
from benchmarks.terminal import Terminal
from tests.long_run import long_run
from tests.replay import replay

OPENINGS: Final = 7
LONG_OPENINGS: Final = 5
ROUNDS: Final = 1_000
ROUNDS_OF_MANY: Final = 2_400
"""They come to a hundred thousand events."""
LINES: Final = 1_000_000
LINES_A_SECOND: Final = 50_000
KEYS: Final = 200
PAUSES_S: Final = (0.02, 0.06)
FIRST_FRAME: Final = "Tracks"
PAINTED: Final = "5 Log"
"""The header of the pane that stands lowest."""
READ: Final = "[✓●] baseline"
"""A row of the tracks; the first sentence speaks of a baseline, too."""
DONE: Final = "● done|✓ done| done "
SWITCHES: Final = (("5", "problems"), ("6", "pick to compare"), ("2", "sort"), ("1", "curves"))
"""Keys that look at another pane, and what the row of keys then says of it, and of no other."""
MOVES: Final = (("j", "▎"), ("k", "▎"))
"""Keys that mark another row of the tracks, while the log grows below them."""
LINE: Final = (
    "fold=%d step=%07d train_auc=0.9118 valid_auc=0.8990 and more words as usual, a line\\n"
)
WRITER: Final = f"""
import sys, time
path, lines, a_second = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
file, written, began = open(path, "ab", buffering=0), 0, time.monotonic()
while not lines or written < lines:
    due = int((time.monotonic() - began) * a_second) if a_second else lines
    file.write("".join("{LINE}" % (n % 5, n) for n in range(written, min(due, written + 20000)))
        .encode())
    written = min(due, written + 20000)
    time.sleep(0.02 if a_second else 0)
"""
BARE: Final = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("Tracks")

Bare().run()
"""


class Measure(NamedTuple):
    """One number and what it may be at most."""

    what: str
    value: float
    bound: float | None
    unit: str = ""
    places: int = 0

    @property
    def kept(self) -> bool:
        """Whether the bound holds; without one it always does."""
        return self.bound is None or self.value <= self.bound

    def cells(self) -> tuple[str, ...]:
        """As a row of the table."""
        value, bound = (
            "" if one is None else f"{one:,.{self.places}f} {self.unit}".rstrip()
            for one in (self.value, self.bound)
        )
        return self.what, value, bound, "" if self.bound is None else "yes" if self.kept else "no"


def main() -> int:
    """Measures, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", default="", help=f"some of {', '.join(JOBS)}, with commas")
    chosen = [name for name in parser.parse_args().only.split(",") if name] or list(JOBS)
    measures: list[Measure] = []
    for name in chosen:
        if name not in JOBS:
            sys.exit(f"Nothing is called {name!r}: there are {', '.join(JOBS)}.")
        with tempfile.TemporaryDirectory(prefix="iml-screen-") as temporary:
            found = JOBS[name](Path(temporary).resolve())
        for measure in found:
            print("  ".join(measure.cells()), flush=True)
        measures += found
    text = table(("", "measured", "at most", "kept"), [one.cells() for one in measures])
    load = f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    if chosen == list(JOBS):
        print(f"\nKept in {keep('screen', 'What the screen costs', [load, text])}.")
    print(load)
    return 0 if all(one.kept for one in measures) else 1


# --- places ------------------------------------------------------------------------------------


def _screen(place: Place) -> Terminal:
    """The real program, with a home of its own, and compiled as one that was installed is."""
    home = place.competition.parent / "home"
    known = {f"XDG_{name}_HOME": str(home) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    compiled = home / "compiled"
    known |= {"PYTHONPYCACHEPREFIX": str(compiled), "PYTHONDONTWRITEBYTECODE": ""}
    if not compiled.exists():
        load = [sys.executable, "-c", "import iml_tui.cli, iml_tui.enter, iml_tui.app"]
        subprocess.run(load, check=True, env=dict(os.environ) | known)
    program = Path(sys.executable).with_name("iml-tui")
    return Terminal([str(program), str(place.competition)], place.competition, known)


def _finished(root: Path, rounds: int = 0) -> Place:
    """A run that is over, of which nothing is left to do; the recorded one and so many rounds."""
    place = long_run(root, rounds) if rounds else replay("ferry", root)
    git = ["git", "-C", str(place.workspace)]
    subprocess.run([*git, "checkout", "--quiet", "--force", "main"], check=True)
    return place


@contextlib.contextmanager
def _running(root: Path, rounds: int = 0) -> Iterator[tuple[Place, Path]]:
    """A run one of whose programs is at work, with its lock, and the log of that program."""
    place = _finished(root, rounds)
    database = sqlite3.connect(place.state_dir / "journal.db")
    decides = "SELECT min(seq) FROM events WHERE kind='phase-started' AND body LIKE '%\"decide\"%'"
    last = f"SELECT max(seq) FROM events WHERE kind='program-started' AND seq < ({decides})"
    database.execute(f"DELETE FROM events WHERE seq > ({last})")
    database.commit()
    database.close()
    lock = EngineLock(place.state_dir)
    if not lock.take():
        sys.exit("Somebody else is at work in a folder that was made just now.")
    try:
        yield place, place.state_dir / state_of(place).logs[-1].path
    finally:
        lock.release()


def _writer(log: Path, *, lines: int = 0, a_second: int = 0) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(log), str(lines), str(a_second)])


# --- measures ----------------------------------------------------------------------------------


def first_paint(root: Path) -> list[Measure]:
    """From the start of the process to the first frame, beside an app that shows one word."""
    place = _finished(root)
    ours, bare, whole = [], [], []
    for _ in range(OPENINGS):
        with Terminal([sys.executable, "-c", BARE], root) as terminal:
            bare.append(terminal.wait_for(FIRST_FRAME) - terminal.began)
        with _screen(place) as terminal:
            ours.append(terminal.wait_for(FIRST_FRAME) - terminal.began)
            whole.append(terminal.wait_for(PAINTED) - terminal.began)
    return [
        Measure("first paint of a bare Textual app", median(bare), None, "s", 2),
        Measure("first paint of the screen", median(ours), None, "s", 2),
        Measure("the second beside the first", median(ours) / median(bare), 2.0, "times", 2),
        Measure("all panes, painted by the screen", median(whole), None, "s", 2),
        Measure("the same beside the first", median(whole) / median(bare), None, "times", 2),
    ]


def keys(root: Path) -> list[Measure]:
    """From a key to what it leads to, while much else happens."""
    flooded = f"while {LINES_A_SECOND:,} lines a second are written"
    with _running(root / "few") as (place, log):
        streaming = _answered(place, log, first_s=3.0)
    with _running(root / "many", ROUNDS_OF_MANY) as (place, log):
        events = state_of(place).seq
        replaying = _answered(place, log, first_s=0.0)
    return [
        *_percentiles(flooded, streaming),
        *_percentiles(f"{flooded} and {events:,} events replay", replaying),
    ]


def _answered(place: Place, log: Path, first_s: float) -> dict[str, list[float]]:
    """Milliseconds from each key to its answer, from so long after the first frame on, by kind."""
    log.write_bytes(b"")
    writer = _writer(log, a_second=LINES_A_SECOND)
    try:
        return {
            "a row further": _times(place, MOVES, first_s),
            "another pane": _times(place, SWITCHES, first_s),
        }
    finally:
        writer.kill()
        writer.wait()


def _times(place: Place, pressed: Sequence[tuple[str, str]], first_s: float) -> list[float]:
    chance, took = random.Random(7), []
    with _screen(place) as terminal:
        terminal.wait_for(FIRST_FRAME)
        terminal.drain(first_s)
        if pressed is MOVES:  # there are rows once the journal has been read
            terminal.wait_for(READ)
            terminal.press("1")
            terminal.wait_for("curves")
        for number in range(KEYS):
            key, answer = pressed[number % len(pressed)]
            terminal.drain(chance.uniform(*PAUSES_S))
            began = terminal.press(key)
            took.append(1_000 * (terminal.wait_for(answer) - began))
    return took


def _percentiles(when: str, took: dict[str, list[float]]) -> Iterator[Measure]:
    for kind, times in took.items():
        steps = quantiles(times, n=100)
        yield Measure(f"key to repaint ({kind}), p50, {when}", steps[49], None, "ms")
        yield Measure(f"key to repaint ({kind}), p99, {when}", steps[98], 50.0, "ms")


def memory(root: Path) -> list[Measure]:
    """What the screen's process holds once it has read a long log."""
    with _running(root) as (place, log):
        log.unlink(missing_ok=True)
        _writer(log, lines=LINES).wait()
        with _screen(place) as terminal:
            terminal.wait_for(FIRST_FRAME)
            terminal.press("5")
            terminal.wait_for(r"1,0\d\d,\d{3} lines")
            return [Measure(f"memory after {LINES:,} log lines", terminal.megabytes, 150.0, "MB")]


def opening(root: Path) -> list[Measure]:
    """From the start of reading a long finished run to all of it on the screen."""
    place = _finished(root, ROUNDS)
    whole, reading = [], []
    for _ in range(LONG_OPENINGS):
        with _screen(place) as terminal:
            began = terminal.wait_for(FIRST_FRAME)
            painted = terminal.wait_for(DONE)
            whole.append(painted - terminal.began)
            reading.append(painted - began)
    what = f"a finished run of {ROUNDS:,} rounds ({state_of(place).seq:,} events)"
    to_the_end = f"{what}, from the first frame to its end on the screen"
    return [
        Measure(to_the_end, median(reading), 1.0, "s", 2),
        Measure("the same from the start of the process", median(whole), None, "s", 2),
    ]


JOBS: Final[dict[str, Callable[[Path], list[Measure]]]] = {
    "first-paint": first_paint,
    "keys": keys,
    "memory": memory,
    "opening": opening,
}


if __name__ == "__main__":
    sys.exit(main())
