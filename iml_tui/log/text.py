"""What programs print, as text that can be shown: one line, no codes, not endless.

Output is somebody else's text. Bytes that are no UTF-8, control codes and carriage returns are made
harmless here; the colours that a program chose are told in the roles of our themes.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from iml_tui.drawing.draw import printable

LINE_CHARACTERS = 4_000
LINE_BYTES = LINE_CHARACTERS * 4
"""Of one line no more is ever read, shown or searched; the rest lies in the file."""
CUT = "…"

_ESCAPES = re.compile(
    r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-Z\\^_c])"
)
_FAULT = re.compile(r"^(Traceback \(most recent|  File \"|[A-Za-z_.]*(Error|Exception)\b|ERROR\b)")
_WARNING = re.compile(r"warn(ing)?\b", re.IGNORECASE)
_COLOURS = {1: "$fail", 2: "$good", 3: "$wait"}
"""Red, green and yellow mean the same everywhere; other colours mean nothing in a log."""
_BAR = re.compile(
    rb"(?P<label>.{0,120}?)(?P<done>\d{1,3})%(?:\||.{0,80}(?:it/s|s/it|B/s))"  # tqdm, downloads
    rb"|(?P<name>\D{0,80}?)(?P<step>\d+)/\d+ .{0,12}?(?:\[[=>]|\xe2\x94\x81)"  # Keras
    rb"|(?P<title>.{0,80}?)\xe2\x94\x81.{0,160} (?P<share>\d{1,3})%"  # rich
)
_BAR_GROUPS = (("label", "done"), ("name", "step"), ("title", "share"))
_STAGE = re.compile(
    rb"(?:[\w-]+/)*(?:preprocess-(?:fit|transform)|model-(?:fit|predict)|solution/\w+): "
    rb"(?:\d+\.\d s(?:  |$)|skipped, what it needs is not there$)"
)
_STAGE_SIGNS = (b"preprocess-", b"model-", b"solution/")
_BAR_SIGNS = (b"%|", b"\xe2\x94\x81", b"it/s", b"s/it", b"B/s", b"[=", b"[>")

Part = tuple[str, str]
"""Text and its style; an empty style is that of the whole line."""


class Bar(NamedTuple):
    """A line that only says how far something is."""

    label: bytes
    done: int

    def goes_on(self, before: "Bar | None") -> bool:
        """Whether it says anew what the line before said."""
        return before is not None and before.label == self.label and before.done <= self.done


def bar_of(line: bytes) -> Bar | None:
    """How far a line says that something is; None for every other line."""
    found = _BAR.match(line)
    if found is None:
        return None
    label, done = next(
        (found[label], found[done]) for label, done in _BAR_GROUPS if found[done] is not None
    )
    return Bar(label.strip(), int(done))


def may_hold_bars(data: bytes) -> bool:
    """Whether it is worth looking for bars in `data`, line by line."""
    return any(sign in data for sign in _BAR_SIGNS)


def is_stage(line: bytes) -> bool:
    """Whether a line only says that a part of a program ended well, or was not begun.

    Programs are run part by part on one view after the other, and each part leaves such a line with
    its time and what it made. A part that failed is told like everything else.
    """
    return _STAGE.match(line) is not None


def may_hold_stages(data: bytes) -> bool:
    """Whether it is worth looking for stages in `data`, line by line."""
    return any(sign in data for sign in _STAGE_SIGNS)


def clean(line: bytes) -> str:
    """A line of output as plain text."""
    return "".join(text for text, _ in parts(line))


def parts(line: bytes) -> list[Part]:
    """A line of output as text and what it is coloured with."""
    text = line[:LINE_BYTES].decode("utf-8", errors="replace")
    if "\r" in text:
        segments = [segment for segment in text.split("\r") if segment.strip()]
        text = segments[-1] if segments else ""
    found = list(_coloured(text)) if "\x1b" in text else [(text, "")]
    shown: list[Part] = []
    room = LINE_CHARACTERS
    for piece, style in found:
        column = LINE_CHARACTERS - room
        spaced = printable((" " * (column % 4) + piece).expandtabs(4)[column % 4 :])
        shown.append((spaced[:room], style))
        room -= len(shown[-1][0])
    if shown:
        shown[-1] = (shown[-1][0].rstrip(), shown[-1][1])
    if room <= 0 or len(line) >= LINE_BYTES:
        shown.append((CUT, "$dim"))
    return [part for part in shown if part[0]]


def _coloured(text: str) -> Iterator[Part]:
    """`text` without its codes, in pieces of one colour each."""
    start, colour, bold = 0, "", False
    for code in _ESCAPES.finditer(text):
        if code.start() > start:
            yield text[start : code.start()], _style(colour, bold=bold)
        start = code.end()
        if code[2] == "m":
            colour, bold = _chosen(code[1], colour, bold=bold)
    if start < len(text):
        yield text[start:], _style(colour, bold=bold)


def _chosen(codes: str, colour: str, *, bold: bool) -> tuple[str, bool]:
    numbers = [int(code) if code.isdigit() else 0 for code in codes.split(";")]
    if numbers[0] in {38, 48}:  # one of 256 or of 16 million: nobody knows what that is to say
        return "", bold
    for number in numbers:
        if number == 0:
            colour, bold = "", False
        elif number in {1, 22}:
            bold = number == 1
        elif number in {2, 90}:
            colour = "$dim"
        elif 30 <= number <= 39 or 91 <= number <= 97:
            colour = _COLOURS.get(number % 10, "")
    return colour, bold


def _style(colour: str, *, bold: bool) -> str:
    return f"{colour or '$fg'} bold" if bold else colour


def tone_of(text: str) -> str:
    """How a line of a program's output is coloured as a whole."""
    if _FAULT.match(text):
        return "fail"
    return "wait" if _WARNING.search(text[:200]) else "fg"
