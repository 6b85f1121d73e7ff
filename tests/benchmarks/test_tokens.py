"""Tokens by role: what a server had read before counts for whoever asks next."""

from pathlib import Path

from agents.journal.store import JournalReader
from benchmarks.outcomes import prompts_of
from benchmarks.tables import NONE
from benchmarks.tokens import Prefix, by_role, parts_of
from tests.replay import replay


def test_a_beginning_that_another_role_had_sent_is_stable() -> None:
    house = "x" * 700
    found = by_role([("planner", house), ("coder", f"{house}{'y' * 700}"), ("coder", house)])

    assert found["planner"].share == "0%"
    assert found["coder"].prompts == 2
    assert found["coder"].share == "67%"
    assert Prefix().share == NONE


def test_a_recorded_run_is_told_role_by_role(tmp_path: Path) -> None:
    place = replay("repair", tmp_path)
    logs = place.workspace / ".iml" / "logs"
    (logs / "look__analyze__ask-1.prompt.md").write_text("Read this.", encoding="utf-8")
    facts = JournalReader(place.workspace / ".iml").new()

    headline, told = parts_of(place.workspace)

    assert headline == "## ferry/pipeline"
    assert prompts_of(place.workspace, facts) == [("task_analyzer", "Read this.")]
    rows = {line.split(" | ")[0]: line for line in told.splitlines()[2:]}
    assert rows["| debugging agent"].endswith(f"| 0 | {NONE} |")
    assert rows["| task analyzer"].endswith("| 1 | 0% |")
    assert rows["| in all"].split(" | ")[4] == "100%"
