"""Measures a modelling-only fault and its repair in a finished workspace.

    python -m benchmarks.repair WORKSPACE [--track traditional]

Twice `model.py` is edited as a person would: first a keyword of its first call gets a name that
nothing knows, then it is mended. Each edit is taken up, verified and judged by the engine. Since
preprocessed objects are cached by content, neither may spend a second in preprocessing: more than
none is exit code 1. What the repair costs is compared with a cold `solution.py run` of that track.
"""

import argparse
import ast
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from agents import api
from agents.journal.events import CandidateScored, FaultFound, ProgramEnded, Recorded, RoundStarted
from benchmarks.runs import run_headless
from benchmarks.tables import keep, table

WRONG_NAME = "no_such_option"


@dataclass(frozen=True)
class Verdict:
    """What became of one edit."""

    what: str
    seconds: float
    """Active seconds from the start of the round that tries the edit to its verdict."""
    preprocessing: float
    modelling: float
    programs: int


def main() -> int:
    """Edits, measures, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--track", default="traditional")
    arguments = parser.parse_args()
    workspace, track = arguments.workspace.resolve(), arguments.track
    cold = cold_run(workspace, track)
    model = workspace / "tracks" / track / "model.py"
    good = model.read_text(encoding="utf-8")
    verdicts = [
        edit(workspace, model, with_wrong_keyword(good), "the fault, to its finding"),
        edit(workspace, model, f"{good}\n# mended\n", "its repair, to a blind score on every fold"),
    ]
    rows = [_row(verdict, cold) for verdict in verdicts]
    rows.append([f"cold: python tracks/{track}/solution.py run", f"{cold:.1f}", "", "", "", "1.00"])
    header = ("step", "seconds", "in preprocessing", "in modelling", "programs", "of a cold run")
    text = table(header, rows)
    print(text)
    name = api.locate(workspace).competition.name
    print(f"\nKept in {keep(f'repair-{name}', f'One repair of a model: {name}', [text])}.")
    return 1 if any(verdict.preprocessing > 0 for verdict in verdicts) else 0


def with_wrong_keyword(source: str) -> str:
    """The source with the first keyword of its first call that has one given a wrong name.

    Raises:
        SystemExit: no call has a keyword.
    """
    methods = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == "fit"
    )
    for call in (node for method in methods for node in ast.walk(method)):
        for keyword in call.keywords if isinstance(call, ast.Call) else []:
            if keyword.arg is not None:
                lines = source.splitlines(keepends=True)
                line, column = keyword.lineno - 1, keyword.col_offset
                rest = lines[line][column:].removeprefix(keyword.arg)
                lines[line] = f"{lines[line][:column]}{WRONG_NAME}{rest}"
                return "".join(lines)
    raise SystemExit("No call in `fit` has a keyword: nothing to break.")


def edit(workspace: Path, model: Path, text: str, what: str) -> Verdict:
    """Saves `text` as the person's edit, lets the engine judge it, and adds up what that cost."""
    before = api.state_of(api.locate(workspace)).seq
    model.write_text(text, encoding="utf-8")
    run = run_headless(workspace, [])
    facts = [fact for fact in run.facts if fact.seq > before]
    began = next((fact for fact in facts if _is_round_of_the_edit(fact)), None)
    ended = next((fact for fact in reversed(facts) if _is_verdict(fact)), None)
    if began is None or ended is None:
        raise SystemExit(f"The edit was not judged:\n{run.words}")
    between = [
        fact.event
        for fact in facts
        if began.seq < fact.seq < ended.seq and isinstance(fact.event, ProgramEnded)
    ]
    return Verdict(
        what=what,
        seconds=ended.active - began.active,
        preprocessing=sum(program.preprocessing_seconds for program in between),
        modelling=sum(program.modelling_seconds for program in between),
        programs=len(between),
    )


def _is_round_of_the_edit(fact: Recorded) -> bool:
    return isinstance(fact.event, RoundStarted) and "your edit" in fact.event.what


def _is_verdict(fact: Recorded) -> bool:
    if isinstance(fact.event, FaultFound):
        return True
    return isinstance(fact.event, CandidateScored) and fact.event.track != "ensemble"


def cold_run(workspace: Path, track: str) -> float:
    """Seconds of the track's `solution.py run` on the whole competition, nothing cached."""
    place = api.locate(workspace)
    with tempfile.TemporaryDirectory(prefix="iml-benchmark-") as scratch:
        solution = workspace / "tracks" / track / "solution.py"
        output = Path(scratch) / "submission.csv"
        command = [sys.executable, str(solution), "run", "--data", str(place.competition)]
        began = time.monotonic()
        subprocess.run([*command, "--output", str(output)], check=True, cwd=scratch)
        return time.monotonic() - began


def _row(verdict: Verdict, cold: float) -> list[str]:
    return [
        verdict.what,
        f"{verdict.seconds:.1f}",
        f"{verdict.preprocessing:.1f}",
        f"{verdict.modelling:.1f}",
        str(verdict.programs),
        f"{verdict.seconds / cold:.2f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
