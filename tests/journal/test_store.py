"""The journal keeps facts through anything, and viewers never get in its way."""

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from agents.errors import NewerJournalError, WorkspaceError
from agents.journal.events import EngineStopped, Noticed, Progress, StepFinished
from agents.journal.folding import fold
from agents.journal.state import State
from agents.journal.store import BLOB_BYTES, Journal, JournalReader
from tests.replay import replay


def test_a_fact_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written = journal.append(Noticed(text="[/] brackets and ümlauts"))
    assert JournalReader(tmp_path).new() == [written]


def test_facts_are_ordered_by_their_number_and_read_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    reader = JournalReader(tmp_path)
    journal.append(Noticed(text="one"))
    assert [fact.seq for fact in reader.new()] == [1]
    journal.append(Noticed(text="two"))
    journal.append(Noticed(text="three"))
    assert [fact.seq for fact in reader.new(limit=1)] == [2]
    assert [fact.seq for fact in reader.new()] == [3]
    assert reader.new() == []


def test_a_viewer_notices_that_something_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    reader = JournalReader(tmp_path)
    reader.changed()
    assert not reader.changed()
    journal.append(Noticed(text="x"))
    assert reader.changed()


def test_large_bodies_lie_beside_the_journal_and_come_back_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    result = "x" * (BLOB_BYTES + 1)
    journal.append(StepFinished(path="a", digest="d", result=result, seconds=1.0))
    assert len(list((tmp_path / "blobs").iterdir())) == 1
    (fact,) = journal.recorded()
    assert isinstance(fact.event, StepFinished)
    assert fact.event.result == result
    (seen,) = JournalReader(tmp_path).new()
    assert isinstance(seen.event, StepFinished)
    assert (seen.event.path, seen.event.result) == ("a", None)


def test_the_first_decision_of_a_gate_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    one, other = JournalReader(tmp_path), JournalReader(tmp_path)
    assert one.decide("gate", {"do": "keep"}, "screen 1")
    assert not other.decide("gate", {"do": "undo"}, "screen 2")
    assert [row.choice for row in journal.decisions()] == [{"do": "keep"}]
    assert [row.gate for row in one.undecided(set())] == ["gate"]
    assert one.undecided({"gate"}) == []


def test_a_journal_of_a_newer_version_is_shown_but_not_written_to(tmp_path: Path) -> None:
    Journal(tmp_path).append(Noticed(text="x"))
    database = sqlite3.connect(tmp_path / "journal.db")
    database.execute("PRAGMA user_version=99")
    database.close()
    reader = JournalReader(tmp_path)
    assert len(reader.new()) == 1
    assert "newer" in reader.notice
    with pytest.raises(NewerJournalError):
        reader.decide("gate", {}, "me")
    with pytest.raises(NewerJournalError):
        Journal(tmp_path)


def test_a_file_that_is_no_journal_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database at all, but long enough to tell" * 20)
    with pytest.raises(WorkspaceError, match="not a journal"):
        JournalReader(tmp_path)


def test_progress_is_overwritten_and_at_most_four_a_second(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    reader = JournalReader(tmp_path)
    for done in range(50):
        journal.progress("fit", Progress(label="Fitting", done=done / 50))
    assert reader.progress()["fit"].done == 0.0
    journal.progress("fit", None)
    assert reader.progress() == {}


def _write_for_ever(folder: Path) -> None:
    journal = Journal(folder)
    number = 0
    while True:
        number += 1
        journal.append(Noticed(text=str(number)))


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    process = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(tmp_path,))
    process.start()
    reader = JournalReader(tmp_path)
    seen: list[str] = []
    deadline = time.monotonic() + 30
    while len(seen) < 20 and time.monotonic() < deadline:
        seen += [fact.event.text for fact in reader.new() if isinstance(fact.event, Noticed)]
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    facts = Journal(tmp_path).recorded()
    texts = [fact.event.text for fact in facts if isinstance(fact.event, Noticed)]
    assert texts[: len(seen)] == seen
    assert texts == [str(number) for number in range(1, len(texts) + 1)]


def test_dead_time_does_not_count(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.start_run()
    time.sleep(0.2)
    journal.append(EngineStopped(reason="stopped"))
    spent = journal.active
    journal.close()
    time.sleep(0.5)
    assert Journal(tmp_path).active < spent + 0.3


def test_a_parked_viewer_does_not_block_the_writer(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    reader = JournalReader(tmp_path)
    for number in range(200):
        journal.append(Noticed(text=str(number)))
        if number == 100:
            reader.new(limit=10)
    assert len(reader.new()) == 190


@pytest.mark.parametrize("name", ["ferry", "boats"])
@pytest.mark.parametrize("at_once", [7, 100_000])
def test_a_state_without_steps_that_came_and_went_is_the_same(
    name: str, at_once: int, tmp_path: Path
) -> None:
    state_dir = replay(name, tmp_path).state_dir
    whole, settled, read = JournalReader(state_dir), JournalReader(state_dir), State()
    facts = whole.new()
    few = 0
    while new := settled.new(at_once, settled=True):
        read = fold(new, read)
        few += len(new)
    assert read == fold(facts)
    assert few < len(facts)
