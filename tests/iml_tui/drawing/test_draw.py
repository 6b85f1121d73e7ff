import pytest
from textual.content import Content

from agents.models import Bin
from iml_tui.drawing import draw


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "──────"),
        (0.5, "━━━───"),
        (0.58, "━━━╸──"),
        (1, "━━━━━━"),
        (9, "━━━━━━"),
        (-1, "──────"),
    ],
)
def test_a_bar_fills_half_a_cell_at_a_time(share: float, text: str) -> None:
    assert draw.bar(share, 6).plain == text


def test_a_header_fills_its_width_with_a_hairline() -> None:
    head = draw.header(draw.line("5 Log"), draw.line("9 lines"), 30, focused=True)
    assert head.cell_length == 30
    assert head.plain.startswith("5 Log ─")
    assert head.plain.endswith("─ 9 lines")


@pytest.mark.parametrize("width", range(1, 40))
def test_nothing_is_ever_wider_than_its_place(width: int) -> None:
    left, far = draw.line("a long name of something"), draw.line("0.8105")
    assert draw.fit(left, width).cell_length == width
    assert draw.ends(left, far, width).cell_length == width
    assert draw.right(far, width).cell_length == width
    assert draw.header(left, far, width, focused=False).cell_length <= max(width, 1)


def test_the_right_side_survives_and_a_gap_stays_before_it() -> None:
    row = draw.ends(draw.line("x" * 40), draw.line("0:12"), 20)
    assert row.plain == "x" * 13 + "…  0:12"


def test_brackets_are_never_markup() -> None:
    text = "df[['a']] [/] [bold]"
    assert draw.line(text, (text, "$good")).plain == text * 2


def test_control_characters_never_reach_the_terminal() -> None:
    assert draw.printable("a\x1b[2Jb\tc\x00d\u202ee") == "a[2Jb cde"


def test_a_spark_puts_the_highest_bin_on_top_and_keeps_its_width() -> None:
    bins = [Bin(label="", share=share) for share in (0.1, 0.4, 0.0)]
    assert draw.spark(bins, 6).plain == "▃▇▁   "
    assert draw.spark([], 4).plain == "    "


def test_shares_fill_their_width_whatever_they_sum_to() -> None:
    for parts in ((0.6, 0.3, 0.1), (0.2,), (0.9, 0.9), ()):
        drawn = draw.shares([Bin(label="", share=part) for part in parts], 10)
        assert drawn.plain == "━" * 10


def test_a_large_number_has_three_rows_of_one_width() -> None:
    rows = draw.large("-0.8144", "$good")
    assert len(rows) == 3
    assert len({row.cell_length for row in rows}) == 1


def test_a_label_is_only_on_the_first_line() -> None:
    lines = draw.labelled("winner", Content("one two three four"), 22, 12)
    assert [line.plain.rstrip() for line in lines] == [
        "winner      one two",
        " " * 12 + "three four",
    ]


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("smooth_sums  0.8077 ±0.0267   0.0240 ±0.0209", 33, "smooth_sums  0.8077 ±0.0267   …"),
        ("with their standard error, and more", 26, "with their standard …"),
        ("boosting_encoded recipe", 15, "boosting_encod…"),
        ("日本 日本日本日本", 10, "日本 …"),
        ("as long as its place", 20, "as long as its place"),
    ],
)
def test_a_line_is_cut_between_words_and_never_within_a_number(
    text: str, width: int, shown: str
) -> None:
    cut = draw.fit(draw.line((text, "$dim")), width)
    assert cut.plain.rstrip() == shown
    assert cut.cell_length == width
