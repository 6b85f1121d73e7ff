import time
from pathlib import Path

import pytest

from agents.journal import events as facts
from agents.journal.events import Event
from agents.journal.folding import apply
from agents.journal.state import State
from iml_tui.log.hearing import Hearing, hearing
from iml_tui.log.logbook import Logbook, last_words
from iml_tui.log.search import Search
from tests.iml_tui import runs

STEP = "baseline/round-1/sample"
QUIET_S = 0.3


def program(step: str, log: str, track: str = "baseline") -> Event:
    return facts.ProgramStarted(
        step=step, track=track, candidate=track, label=f"{step} runs", log=log, cores=(0,)
    )


def ended(step: str) -> Event:
    return facts.ProgramEnded(step=step, ok=True, ended="finished", seconds=1.0, peak_bytes=1)


BEGUN: tuple[Event, ...] = (*runs.BUILDING, *runs.round_of("baseline", "baseline", "parses"))
PROGRAM: tuple[Event, ...] = (*BEGUN, program(STEP, "logs/a.log"))


def told(events: tuple[Event, ...]) -> list[Hearing]:
    """Facts as the log hears them: the wall clock shows 1,000 more than the run's."""
    state, heard = State(), []
    for fact in runs.recorded(events):
        fact = fact.model_copy(update={"at": 1000.0 + fact.active})
        state = apply(state, fact)
        heard.append(hearing(fact, state))
    return heard


def settle(book: Logbook) -> None:
    """Reads until nothing comes any more: a poll may be over before the files are looked at."""
    deadline = time.monotonic() + 30
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < QUIET_S:
        assert time.monotonic() < deadline
        if book.follow([]):
            quiet_since = time.monotonic()
        time.sleep(0.005)


def opened(state_dir: Path, events: tuple[Event, ...]) -> Logbook:
    book = Logbook(state_dir)
    book.follow(told(events))
    settle(book)
    return book


def lines(book: Logbook, group: str = "all") -> list[str]:
    return [book.entry(number).text for number in book.index.lines(group)]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def test_what_the_run_says_and_what_programs_print_stand_together(logs: Path) -> None:
    (logs / "a.log").write_bytes(b"reading 240 rows\n")
    book = opened(logs.parent, PROGRAM)
    assert lines(book)[-2:] == [f"{STEP} runs", "reading 240 rows"]
    assert book.last is not None
    assert (book.last.who, book.last.key) == ("baseline", "baseline/1")


def test_the_log_goes_on_as_a_program_prints(logs: Path) -> None:
    path = logs / "a.log"
    book = opened(logs.parent, PROGRAM)
    with path.open("wb", buffering=0) as file:
        file.write(b"reading 240 rows\nfitt")
        settle(book)
        assert lines(book)[-1] == "reading 240 rows"
        assert [entry.text for entry, _ in book.live] == ["fitt"]
        file.write(b"ed\n")
        settle(book)
    assert lines(book)[-1] == "fitted"
    assert book.live == ()


def test_a_run_that_is_opened_again_reads_as_it_did(logs: Path) -> None:
    """Two programs print in turn; times lie beside their files."""
    other = "traditional/round-1/fold-1"
    start = len(PROGRAM) + 1
    events = (
        *PROGRAM,
        program(other, "logs/b.log", "traditional"),
        ended(STEP),
        ended(other),
    )
    (logs / "a.log").write_bytes(b"a first\na third\n")
    (logs / "b.log").write_bytes(b"b second\nb fourth\n")
    (logs / "a.log.times").write_text(f"{1000 + start + 0.3} 8\n", encoding="ascii")
    (logs / "b.log.times").write_text(
        f"{1000 + start + 0.2} 0\n{1000 + start + 0.4} 9\n", encoding="ascii"
    )
    first, second = opened(logs.parent, events), opened(logs.parent, events)
    printed = [text for text in lines(first) if text[:2] in {"a ", "b "}]
    assert printed == ["a first", "b second", "a third", "b fourth"]
    assert lines(first)[-1] == f"{other} runs: done after 1.0 s"
    assert lines(second) == lines(first)
    assert [first.index.at(n) for n in range(first.total)] == sorted(
        first.index.at(n) for n in range(first.total)
    )


def test_without_times_a_program_s_output_stands_where_it_started(logs: Path) -> None:
    (logs / "a.log").write_bytes(b"one\ntwo")
    book = opened(logs.parent, (*PROGRAM, ended(STEP)))
    assert lines(book)[-4:] == [f"{STEP} runs", "one", "two", f"{STEP} runs: done after 1.0 s"]


def test_one_track_the_engine_and_the_models_can_be_read_alone(logs: Path) -> None:
    asked = facts.ModelAsked(
        step="baseline/round-1/ask-1", role="modeling_coder", part="coder", model="m", log="logs/m"
    )
    (logs / "a.log").write_bytes(b"printed\n")
    (logs / "m").write_bytes(b"def fit():\n    pa")
    book = opened(logs.parent, (*PROGRAM, asked))
    assert lines(book, "models") == ["m is asked as Modeling Coder for baseline", "def fit():"]
    assert "printed" in lines(book, "baseline")
    assert "def fit():" in lines(book, "baseline")
    assert "printed" not in lines(book, "engine")
    assert [(entry.who, entry.text) for entry, _ in book.live] == [("coder", "    pa")]


def test_parts_that_ended_well_are_kept_apart_and_everything_else_is_told(logs: Path) -> None:
    stages = [
        "sample/preprocess-fit: 0.3 s  X_train 450 x 24, y_train 450",
        "sample/50861f/preprocess-transform: 0.1 s  X_test 150 x 24",
        "blind-1/model-fit: 12.5 s",
        "solution/run: skipped, what it needs is not there",
    ]
    told = ["blind-1/model-fit: failed after 2.0 s", "see model-fit: 3.0 s of it"]
    printed = [stages[0], told[0], *stages[1:], told[1]]
    (logs / "a.log").write_text("".join(f"{one}\n" for one in printed), encoding="utf-8")
    book = opened(logs.parent, PROGRAM)
    assert lines(book)[-2:] == lines(book, "baseline")[-2:] == told
    assert lines(book, "stages") == stages
    assert book.last is not None
    assert book.last.text == told[1]


def test_an_answer_that_is_asked_for_anew_replaces_the_one_that_was_cut_off(logs: Path) -> None:
    asked = facts.ModelAsked(
        step="plan/ask-1", role="guideline_agent", part="planner", model="m", log="logs/m"
    )
    (logs / "m").write_bytes(b"a first answer that was cut\n")
    book = opened(logs.parent, (*PROGRAM, asked))
    (logs / "m").write_bytes(b"another\n")
    settle(book)
    assert lines(book, "models")[-1] == "another"
    assert "a first answer that was cut" not in lines(book)
    assert lines(book)[0].startswith("iml-tui 0.1 at work")


def test_a_log_that_was_deleted_leaves_its_lines_and_says_so(logs: Path) -> None:
    (logs / "a.log").write_bytes(b"reading\n" * 10)
    book = opened(logs.parent, PROGRAM)
    (logs / "a.log").unlink()
    settle(book)
    assert lines(book)[-1] == "This line is gone: its file was deleted or cannot be read."


def test_ten_megabytes_on_one_line_are_one_line(logs: Path) -> None:
    (logs / "a.log").write_bytes(b"x" * 10_000_000 + b"\nnext\n")
    book = opened(logs.parent, PROGRAM)
    long, after = lines(book)[-2:]
    assert (len(long), after) == (4_001, "next")


def test_a_new_run_begins_with_an_empty_log(logs: Path) -> None:
    (logs / "a.log").write_bytes(b"printed\n")
    book = opened(logs.parent, PROGRAM)
    book.restart()
    settle(book)
    assert book.total == 0


def test_what_the_engine_s_process_said_outside_of_the_journal_is_told(tmp_path: Path) -> None:
    book = Logbook(tmp_path)
    (tmp_path / "engine.log").write_bytes(b"Traceback\n\n\x1b[31mOSError: [Errno 28] full\n")
    book.tell(last_words(tmp_path / "engine.log"), 7.0)
    assert lines(book) == ["Traceback", "OSError: [Errno 28] full"]
    assert book.entry(1).tone == "fail"


# --- searching --------------------------------------------------------------------------------


def found(book: Logbook, wanted: str, group: str = "all") -> list[str]:
    numbers = book.index.lines(group)
    search = Search(book.index, numbers, wanted)
    while not search.done:
        search.look()
    return [book.entry(numbers[hit]).text for hit in search.hits]


PRINTED = (
    b"Fold 1 of 5\n"
    b"\x1b[31mfo\x1b[0mld 2\n"
    b"fold 10%\rfold 99%\n"
    b"\n"
    b"none here\n"
    b"caf\xc3\xa9 FOLD fold fold\n"
    b"fold \xff 7\n"
)


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ("fold", ["Fold 1 of 5", "fold 2", "fold 99%", "café FOLD fold fold", "fold \ufffd 7"]),
        ("FOLD", ["café FOLD fold fold"]),
        ("café", ["café FOLD fold fold"]),
        ("fold 10%", []),
        ("[31m", []),
        ("runs", [f"{STEP} runs"]),
    ],
)
def test_a_search_finds_what_the_log_shows(logs: Path, wanted: str, what: list[str]) -> None:
    (logs / "a.log").write_bytes(PRINTED)
    assert found(opened(logs.parent, PROGRAM), wanted, "baseline") == what


def test_a_search_through_plain_lines_finds_each_line_once(logs: Path) -> None:
    plain = b"".join(b"step %d step %d\n\n" % (n, n) for n in range(10_000))
    (logs / "a.log").write_bytes(plain)
    book = opened(logs.parent, PROGRAM)
    assert len(found(book, "step")) == 10_000
    assert found(book, "step 777 ") == ["step 777 step 777"]
    assert found(book, "step 777", "engine") == []


def test_a_search_goes_on_with_what_came_later(logs: Path) -> None:
    (logs / "a.log").write_bytes(b"one\n")
    book = opened(logs.parent, PROGRAM)
    search = Search(book.index, book.index.lines("all"), "one")
    search.look()
    assert search.looked == search.total
    with (logs / "a.log").open("ab") as file:
        file.write(b"two\none more\n")
    settle(book)
    assert search.looked < search.total
    search.look()
    assert [book.entry(hit).text for hit in search.hits] == ["one", "one more"]
