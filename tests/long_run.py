"""A finished run of many rounds, made from a recorded one: for what must stay fast when runs grow.

The second round of the recording's track is repeated with other numbers, programs and commits; one
in ten is kept, one in seven has a fault. Journal and git history tell the same story.
"""

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from agents.api import Place
from tests.replay import replay

TRACK = "traditional"
FIRST = 3
"""The recording has two rounds of this track."""
KEPT, FAULTY = 10, 7
_ENDS = {"proposal-accepted", "proposal-rejected"}


def long_run(root: Path, rounds: int) -> Place:
    """The recorded run with `rounds` more of them, finished."""
    place = replay("ferry", root)
    commits = _write_history(place.workspace, rounds)
    database = sqlite3.connect(place.state_dir / "journal.db", isolation_level=None)
    query = "SELECT run, at, active, kind, body FROM events ORDER BY seq"
    rows = database.execute(query).fetchall()
    (end,) = (index for index, row in enumerate(rows) if _begins_deciding(row))
    more = [row for number in commits for row in _round(rows, number, commits[number])]
    database.execute("BEGIN")
    database.execute("DELETE FROM events")
    insert = "INSERT INTO events(run, at, active, kind, body) VALUES(?,?,?,?,?)"
    database.executemany(insert, [*rows[:end], *more, *rows[end:]])
    database.execute("COMMIT")
    database.close()
    return place


Stored = tuple[int, float, float, str, str]


def _begins_deciding(row: Stored) -> bool:
    return row[3] == "phase-started" and '"decide"' in row[4]


def _round(rows: list[Stored], number: int, commits: tuple[str, str]) -> Iterator[Stored]:
    """What the journal says of one more round."""
    program, candidate = f"{number:032x}", f"linear-{number}"
    start = rows[-1][2]
    for run, at, active, kind, body in rows:
        told = json.loads(body)
        if not _of_second_round(told) or kind in _ENDS:
            continue
        text = re.sub(r"round-2\b", f"round-{number}", body)
        text = text.replace("round-2__", f"round-{number}__").replace('"linear"', f'"{candidate}"')
        changed = json.loads(text)
        for name, value in (("round", number), ("commit", commits[0]), ("program", program)):
            if name in changed:
                changed[name] = value
        if kind == "round-started":
            changed["what"] = f"{candidate} variation"
        yield run, at, start + number + active / 100, kind, json.dumps(changed)
    for kind, body in _end(number, candidate, program, commits):
        yield run, at, start + number + 0.9, kind, body


def _of_second_round(told: dict[str, object]) -> bool:
    path = str(told.get("path", told.get("step", "")))
    of_round = told.get("track") == TRACK and told.get("round") == 2
    return of_round or path.startswith(f"{TRACK}/round-2/")


def _end(
    number: int, candidate: str, program: str, commits: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    about = {"track": TRACK, "round": number, "candidate": candidate}
    if number % KEPT == 0:
        subject = f"draft({TRACK}): round {number}, {candidate} variation"
        kept = about | {"program": program, "commit": commits[1], "subject": subject}
        yield "proposal-accepted", json.dumps({"kind": "proposal-accepted"} | kept)
        return
    if number % FAULTY == 0:
        fault = {"kind": "path", "component": "model.py", "message": "No such file.", "line": 7}
        yield "fault-found", json.dumps({"kind": "fault-found"} | about | {"fault": fault})
    why = {"commit": commits[0], "reason": "not better than boosting: row by row -0.0100 ±0.0050"}
    yield "proposal-rejected", json.dumps({"kind": "proposal-rejected"} | about | why)


def _write_history(workspace: Path, rounds: int) -> dict[int, tuple[str, str]]:
    """Proposal and accepted commit of every round, by its number; "" where it was not kept."""
    lines: list[str] = []
    marks: dict[int, tuple[int, int]] = {}
    tip = "refs/heads/main^0"
    for number in range(FIRST, FIRST + rounds):
        program = f"depth = {number}\n"
        kept = number % KEPT == 0
        marks[number] = (2 * number, 2 * number + 1 if kept else 0)
        ref = f"refs/iml/proposals/{TRACK}/{number}/1"
        lines += _commit(ref, 2 * number, number, f"propose({TRACK}): round {number}", program, tip)
        if kept:
            said = f"draft({TRACK}): round {number}, linear-{number} variation"
            lines += _commit("refs/heads/main", 2 * number + 1, number, said, program, tip)
            tip = f":{2 * number + 1}"
    exported = workspace / ".iml" / "marks"
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(workspace), "fast-import", "--quiet", f"--export-marks={exported}"]
    subprocess.run(command, check=True, input="\n".join(lines), text=True, env=environment)
    ids = dict(line.split() for line in exported.read_text(encoding="utf-8").splitlines())
    return {
        number: (ids[f":{proposal}"], ids.get(f":{accepted}", ""))
        for number, (proposal, accepted) in marks.items()
    }


def _commit(ref: str, mark: int, number: int, subject: str, program: str, tip: str) -> list[str]:
    said = f"{subject}\n\nTrack: {TRACK}\nRound: {number}\n"
    return [
        f"commit {ref}",
        f"mark :{mark}",
        f"committer iml-tui <iml-tui@localhost> {1_700_000_000 + mark} +0000",
        f"data {len(said)}",
        said,
        f"from {tip}",
        f"M 100644 inline tracks/{TRACK}/model.py",
        f"data {len(program)}",
        program,
    ]
