"""Whole runs of the product as a user starts them, and the facts that they told."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agents.journal.events import (
    ColumnsSeen,
    Event,
    Recorded,
    RunFinished,
    SubmissionWritten,
    TaskStated,
)
from agents.models import ReportCard, Task

Kind = TypeVar("Kind", bound=Event)


@dataclass(frozen=True)
class FinishedRun:
    """A headless run: its exit code, its facts, and its times on the wall clock."""

    status: int
    facts: tuple[Recorded, ...]
    began: float
    """Wall clock when the command was started."""
    seconds: float
    """From the command to the prompt."""
    words: str
    """What it said on stderr."""

    def first(self, kind: type[Kind]) -> tuple[float, Kind] | None:
        """The first fact of a kind, and how many seconds after the command it was there."""
        for fact in self.facts:
            if isinstance(fact.event, kind):
                return fact.at - self.began, fact.event
        return None

    @property
    def card(self) -> ReportCard | None:
        """How the run ended."""
        ended = self.first(RunFinished)
        return ended[1].card if ended else None

    @property
    def task(self) -> Task | None:
        """What was asked."""
        stated = self.first(TaskStated)
        return stated[1].task if stated else None

    @property
    def columns_after(self) -> float | None:
        """Seconds until the columns could be seen."""
        seen = self.first(ColumnsSeen)
        return seen[0] if seen else None

    @property
    def valid_after(self) -> float | None:
        """Seconds until the first valid, scored submission lay there."""
        for fact in self.facts:
            if isinstance(fact.event, SubmissionWritten) and fact.event.check.valid:
                return fact.at - self.began
        return None


def run_headless(folder: Path, options: Sequence[str]) -> FinishedRun:
    """Runs `iml-tui run FOLDER --json` to its end."""
    command = [sys.executable, "-m", "iml_tui.cli", "run", str(folder), "--json", *options]
    environment = {name: value for name, value in os.environ.items() if "IML_" not in name}
    began = time.time()
    process = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, encoding="utf-8"
    )
    facts = tuple(Recorded.model_validate_json(line) for line in process.stdout.splitlines())
    return FinishedRun(process.returncode, facts, began, time.time() - began, process.stderr)
