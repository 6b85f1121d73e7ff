from pathlib import Path

import pytest

from agents.journal import events as facts
from agents.journal.events import Event
from agents.journal.state import State, apply
from iml_tui import logbook
from iml_tui.logbook import Logbook, Tail, clean, tone_of
from tests.iml_tui import runs

STEP = "baseline/round-1/sample"
PROGRAM: tuple[Event, ...] = (
    *runs.BUILDING,
    *runs.round_of("baseline", "baseline", "parses"),
    facts.ProgramStarted(
        step=STEP, track="baseline", candidate="baseline", label="l", log="logs/a.log", cores=(0,)
    ),
)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07x", "red x"),
        (b"fit 10%\rfit 50%\rfit 100%", "fit 100%"),
        (b"fit 100%\r", "fit 100%"),
        (b"\xff\xfe caf\xc3\xa9", "\ufffd\ufffd café"),
        (b"a\tb\x00\x08c", "a   bc"),
        (b"[/] [bold]", "[/] [bold]"),
    ],
)
def test_whatever_a_program_prints_becomes_one_harmless_line(line: bytes, text: str) -> None:
    assert clean(line) == text


def test_an_endless_line_is_cropped() -> None:
    assert len(clean(b"x" * 10_000_000)) == logbook.LINE_CHARACTERS


def test_faults_and_warnings_are_coloured() -> None:
    assert tone_of("Traceback (most recent call last):") == "fail"
    assert tone_of("ValueError: no") == "fail"
    assert tone_of("sklearn UserWarning: odd") == "wait"
    assert tone_of("fold 1") == "fg"


def test_a_tail_returns_whole_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    tail = Tail(path)
    assert tail.read() == ([], False)
    path.write_bytes(b"one\ntw")
    assert tail.read() == (["one"], False)
    path.write_bytes(b"one\ntwo\n")
    assert tail.read() == (["two"], False)


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 3_000_000)
    tail = Tail(path)
    while tail.read()[1]:
        assert len(tail._pending) <= logbook.PENDING_BYTES


def test_of_a_long_file_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"".join(b"%07d\n" % number for number in range(1_000_000)))
    tail, lines = Tail(path), [""]
    more = True
    while more:
        new, more = tail.read()
        lines += new
    assert lines[-1] == "0999999"
    assert len(lines) < 600_000


def followed(book: Logbook, events: tuple[Event, ...]) -> State:
    state, told = State(), []
    for fact in runs.recorded(events):
        state = apply(state, fact)
        told.append((fact, state))
    book.follow(state, told, state.active)
    return state


def test_facts_and_output_are_merged_by_time(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.log"
    log.parent.mkdir()
    log.write_bytes(b"reading 240 rows\n")
    book = Logbook(tmp_path)
    state = followed(book, PROGRAM)
    assert [entry.at for entry in book.entries] == sorted(entry.at for entry in book.entries)
    assert (book.entries[-1].who, book.entries[-1].text) == ("baseline", "reading 240 rows")
    log.write_bytes(b"reading 240 rows\nfitted\n")
    assert book.follow(state, [], 99.0)
    assert (book.entries[-1].at, book.entries[-1].text) == (99.0, "fitted")
    assert not book.follow(state, [], 100.0)


def test_memory_is_bounded_and_nothing_is_miscounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "KEPT_LINES", 100)
    monkeypatch.setattr(logbook, "SLACK", 10)
    log = tmp_path / "logs" / "a.log"
    log.parent.mkdir()
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)))
    book = Logbook(tmp_path)
    state = followed(book, PROGRAM)
    assert len(book.entries) == 100
    assert book.total > 1000
    log.write_bytes(log.read_bytes() + b"last\n")
    book.follow(state, [], 99.0)
    assert book.entries[-1].text == "last"
    assert len(book.entries) <= 110
