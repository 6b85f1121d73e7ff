import itertools
import random
from pathlib import Path

import pytest

from iml_tui.log.source import HELD_BYTES, Lines, Scanner, Source
from iml_tui.log.text import clean

BAR = b"fit: %d%%|####| 1/2 [00:01<00:01, 3it/s]\n"


def shown(data: bytes, sizes: "itertools.cycle[int] | None" = None) -> list[str]:
    """The lines that a scanner finds, fed in pieces of some sizes."""
    scanner, offsets, start = Scanner(), list[int](), 0

    def take(lines: Lines) -> None:
        if lines.renewed is not None:
            offsets[-1] = lines.renewed
        offsets.extend(lines.fresh)

    while start < len(data):
        size = next(sizes) if sizes is not None else len(data)
        take(scanner.feed(data[start : start + size]))
        start += size
    take(scanner.finish())
    return [clean(data[offset:].partition(b"\n")[0]) for offset in offsets]


def test_lines_without_anything_in_them_are_left_out() -> None:
    assert shown(b"one\n\n  \t\ntwo\r\n\r\nlast") == ["one", "two", "last"]


def test_bars_that_a_program_prints_line_by_line_are_one_line() -> None:
    bars = b"".join(BAR % share for share in range(0, 101, 10))
    again = b"".join(BAR % share for share in range(0, 101, 50))
    lines = shown(b"begin\n" + bars + again + b"end\n")
    assert lines == ["begin", clean(BAR % 100), clean(BAR % 100), "end"]


def test_bars_of_two_things_at_once_stay_apart() -> None:
    lines = shown(b"a " + BAR % 10 + b"b " + BAR % 10 + b"b " + BAR % 20)
    assert lines == [clean(b"a " + BAR % 10), clean(b"b " + BAR % 20)]


def test_what_a_return_wrote_over_was_never_written() -> None:
    data = b"fit 1%\rfit 50%\rfit 100%\r\nnext\n"
    assert shown(data) == ["fit 100%", "next"]


@pytest.mark.parametrize("seed", range(20))
def test_it_makes_no_difference_how_a_file_was_cut_into_pieces(seed: int) -> None:
    chance = random.Random(seed)
    words = [b"a b", b"\r", b"\n", b"  ", b"\r\n", b"\xff", BAR % 5, BAR % 60, b"x" * 50]
    data = b"".join(chance.choices(words, k=60))
    sizes = itertools.cycle(chance.choices(range(1, 9), k=17))
    assert shown(data, sizes) == shown(data)


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    scanner = Scanner()
    for _ in range(100):
        assert scanner.feed(b"x" * 100_000).fresh == []
    assert len(scanner._held) == HELD_BYTES
    assert scanner.feed(b"\nnext\n").fresh == [0, 10_000_001]


def test_a_source_says_when_its_pieces_came(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"early\nlate\n")
    (tmp_path / "a.log.times").write_text("1012.50 6\n", encoding="ascii")
    source = Source(log, "traditional", ("traditional",))
    source.begin(at=1000.0, active=30.0)
    assert source.due() == 30.0
    source.scanner.feed(source.piece(1 << 20))
    assert source.scanner.offset == 6
    assert source.due() == 42.5
    assert source.piece(1 << 20) == b"late\n"


def test_the_run_s_clock_stood_still_between_two_starts(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"before\nafter\n")
    (tmp_path / "a.log.times").write_text("torn\n5001.00 7\n", encoding="ascii")
    source = Source(log, "traditional", ("traditional",))
    source.begin(at=1000.0, active=30.0)
    source.begin(at=5000.0, active=40.0)
    source.scanner.feed(source.piece(7))
    assert source.due() == 41.0
