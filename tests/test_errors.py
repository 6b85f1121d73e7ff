"""What ended an engine becomes one sentence, whatever it was."""

import sqlite3
from pathlib import Path

import pytest

from agents.errors import WorkerError, WorkspaceError, is_full_disk, sentence_of

WORKSPACE = Path("/data/boats/pipeline")
FULL = "The disk that holds /data/boats/pipeline is full: free some space and start again."


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the always full device is Linux's")
def test_a_full_disk_is_known_by_its_number_even_within_a_group() -> None:
    with pytest.raises(OSError, match="No space") as refused:
        Path("/dev/full").write_text("x", encoding="utf-8")
    group = ExceptionGroup("unhandled", [refused.value])
    assert sentence_of(group, WORKSPACE) == FULL


def test_a_full_disk_is_known_by_the_words_of_a_database() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t(x)")
    database.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as refused:
        database.execute("INSERT INTO t VALUES(zeroblob(100000))")
    database.close()
    assert sentence_of(refused.value, WORKSPACE) == FULL


def test_a_sentence_for_the_user_is_kept_without_what_follows_it() -> None:
    assert sentence_of(WorkspaceError("It is locked."), WORKSPACE) == "It is locked."
    assert sentence_of(WorkerError("profile failed: x\nTraceback"), WORKSPACE) == (
        "profile failed: x"
    )


def test_a_mistake_of_our_own_names_what_was_raised_in_the_group() -> None:
    group = ExceptionGroup("unhandled", [ExceptionGroup("inner", [KeyError("y")])])
    assert sentence_of(group, WORKSPACE) == (
        "The engine ended by a mistake of its own (KeyError: 'y')."
    )
    assert not is_full_disk(group)
