"""Plays an engine for viewers: a real process with the real lock and journal, and a short story.

    engine_stand_in.py STATE_DIR ENDING

It makes the workspace, says on stdout that it is there, takes up decisions, and waits for the file
`go` in STATE_DIR or a decision to stop; then it ends as ENDING says: `done`, `nothing`, `failed`,
or `killed`.
"""

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from agents.journal import events
from agents.journal.store import Journal
from agents.lock import EngineLock
from agents.models import MetricChoice, ReportCard, Score, SubmissionCheck
from agents.workspace.repository import Repository

METRIC = MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default")
SCORE = Score(value=0.91, error=0.012, rows=120, folds=(1, 2))


def main(state_dir: Path, ending: str) -> None:
    Repository(state_dir.parent).scaffold("boats", datetime.now(UTC))
    (state_dir / "engine.log").write_text("the stand-in's last words\n", encoding="utf-8")
    EngineLock(state_dir).take()
    journal = Journal(state_dir)
    journal.start_run()
    journal.append(events.EngineStarted(version="0", pid=os.getpid(), host="here", cores=2))
    competition = str(state_dir.parent.parent)
    settings = {"time_limit": 300.0, "target": None, "seed": 7}
    journal.append(
        events.RunStarted(competition=competition, name="\x1b[31mboats", settings=settings)
    )
    journal.append(events.PhaseStarted(phase="look"))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    stopped = wait(journal, state_dir / "go")
    if stopped:
        journal.append(events.EngineStopped(reason="stopped"))
    else:
        end(journal, ending)


def wait(journal: Journal, go: Path) -> bool:
    """Takes decisions up until the file is there or a person stops the run; says which it was."""
    taken: set[str] = set()
    while not go.exists():
        for row in (row for row in journal.decisions() if row.gate not in taken):
            taken.add(row.gate)
            outcome = f"{row.choice['do']} was taken up."
            journal.append(
                events.DecisionTaken(gate=row.gate, choice=row.choice, by=row.by, outcome=outcome)
            )
            if row.choice["do"] == "stop":
                return True
        time.sleep(0.02)
    return False


def end(journal: Journal, ending: str) -> None:
    if ending == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if ending == "failed":
        journal.append(events.EngineStopped(reason="failed", message="The disk is full."))
        return
    if ending == "done":
        check = SubmissionCheck(valid=True, rows=50)
        journal.append(events.SubmissionWritten(candidate="linear", check=check, score=SCORE))
    journal.append(events.RunFinished(card=card(ending)))
    journal.append(events.EngineStopped(reason="finished"))


def card(ending: str) -> ReportCard:
    if ending == "nothing":
        return ReportCard(outcome="none", metric=METRIC)
    return ReportCard(
        outcome="submission",
        metric=METRIC,
        winner="linear",
        score=SCORE,
        tried=1,
        submission="submission.csv",
        rows=50,
        solution="tracks/traditional/solution.py",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
