from pathlib import Path

import pytest

from agents.journal import arrivals
from agents.journal.arrivals import Arrivals, arrivals_file, read_arrivals


def test_what_comes_in_the_first_second_needs_no_note(tmp_path: Path) -> None:
    noting = Arrivals(tmp_path / "a.log")
    noting.note(0)
    noting.note(10)
    assert not arrivals_file(tmp_path / "a.log").exists()


def test_notes_are_read_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "EVERY_S", 0.0)
    log = tmp_path / "a.log"
    noting = Arrivals(log)
    noting.note(0)
    noting.note(120)
    first, read = read_arrivals(log)
    assert [one.offset for one in first] == [0, 120]
    assert first[0].at <= first[1].at
    noting.note(300)
    assert [one.offset for one in read_arrivals(log, read)[0]] == [300]


def test_a_torn_note_is_left_for_later_and_a_broken_one_out(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    arrivals_file(log).write_bytes(b"\x00\x00\n12.5 7\n13.5 8")
    found, read = read_arrivals(log)
    assert [one.offset for one in found] == [7]
    assert read == len(b"\x00\x00\n12.5 7\n")


def test_a_note_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "EVERY_S", 0.0)
    Arrivals(tmp_path / "gone" / "a.log").note(0)
    assert read_arrivals(tmp_path / "gone" / "a.log") == ([], 0)
