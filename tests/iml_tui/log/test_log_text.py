import pytest

from iml_tui.log.text import CUT, LINE_CHARACTERS, Bar, bar_of, clean, parts, tone_of


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07x", "red x"),
        (b"\x1b[2K\x1b[1A\x1b(Bdrawn over", "drawn over"),
        (b"\x1b[38;5;196mone of 256\x1b[m and \x1bunended", "one of 256 and unended"),
        (b"fit 10%\rfit 50%\rfit 100%", "fit 100%"),
        (b"fit 100%\r", "fit 100%"),
        (b"\xff\xfe caf\xc3\xa9", "\ufffd\ufffd café"),
        (b"a\tb\x00\x08c", "a   bc"),
        (b"[/] [bold] $fail", "[/] [bold] $fail"),
        ("車両 番号".encode(), "車両 番号"),
    ],
)
def test_whatever_a_program_prints_becomes_one_harmless_line(line: bytes, text: str) -> None:
    assert clean(line) == text


def test_a_program_s_red_green_and_yellow_are_told_in_our_roles() -> None:
    line = b"\x1b[1;31mno\x1b[0m \x1b[32myes\x1b[39m \x1b[33mperhaps \x1b[35many"
    assert parts(line) == [
        ("no", "$fail bold"),
        (" ", ""),
        ("yes", "$good"),
        (" ", ""),
        ("perhaps ", "$wait"),
        ("any", ""),
    ]


def test_an_endless_line_is_cut_and_says_so() -> None:
    text = clean(b"x" * 10_000_000)
    assert text == "x" * LINE_CHARACTERS + CUT


def test_faults_and_warnings_are_coloured() -> None:
    assert tone_of("Traceback (most recent call last):") == "fail"
    assert tone_of("ValueError: no") == "fail"
    assert tone_of("sklearn UserWarning: odd") == "wait"
    assert tone_of("fold 1") == "fg"


@pytest.mark.parametrize(
    ("line", "bar"),
    [
        (" 45%|####    | 45/100 [00:01<00:01, 30.00it/s]", Bar(b"", 45)),
        ("fit:  7%|7  | 7/100 [00:01<00:01, 30.00it/s]", Bar(b"fit:", 7)),
        ("weights.bin: 12% 3.1M/26M [00:01<00:09, 2.4MB/s]", Bar(b"weights.bin:", 12)),
        ("10/100 [===>......] - ETA: 3s", Bar(b"", 10)),
        ("Working ━━━━╸───── 45% 0:00:01", Bar(b"Working", 45)),
        ("Epoch 3/20 loss 0.3", None),
        ("fold 1 of 5: 45% of rows", None),
        ("accuracy 0.98 [0.97, 0.99]", None),
    ],
)
def test_a_line_that_only_says_how_far_something_is_is_known(line: str, bar: Bar | None) -> None:
    assert bar_of(line.encode()) == bar
