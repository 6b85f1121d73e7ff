"""Pages of code: a file, its changes one below the other, or old beside new.

A page is made of light lines; what is drawn of them becomes `Content` one line at a time, cut to
the cells that can be seen. So a page of thousands of lines costs what is seen of it. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rich.cells import cell_len
from textual.content import Content

from iml_tui.drawing.draw import ends, fit, line, mark
from iml_tui.drawing.highlight import Pieces, coloured
from iml_tui.looking_back.changes import Change, DiffLine, Kind, Span
from iml_tui.looking_back.review import Standing
from iml_tui.widgets.search import spans

BAR = "▎"
ANGLE = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
NARROW = 60
"""Below this width there is no room for the old line numbers and the common indent."""
FILE_GUTTER, HALF_GUTTER, NARROW_GUTTER, GUTTER = 6, 8, 8, 12
BETWEEN = 1
"""Cells between old and new."""
SIGNS: dict[Kind, tuple[str, str]] = {
    "same": (" ", "$fg"),
    "added": ("+", "$good bold"),
    "removed": ("-", "$fail bold"),
}
TINTS: dict[Kind, str] = {"same": "", "added": "on $addbg", "removed": "on $delbg"}
WORDS: dict[Kind, str] = {"same": "", "added": "on $good 25%", "removed": "on $fail 25%"}
"""Under the words of a line that differ."""
STANDINGS: dict[Standing, tuple[str, str, str]] = {
    "none": ("", "", "$run"),
    "to look at": ("", "to look at", "$wait"),
    "waits for you": ("look", "waits for you", "$wait"),
    "keep": ("own", "keep, not given yet", "$own"),
    "undo": ("own", "undo, not given yet", "$own"),
    "keep given": ("own", "keep, given", "$own"),
    "undo given": ("own", "undo, given", "$own"),
    "kept": ("done", "kept", "$good"),
    "undone": ("undone", "undone", "$dim"),
    "not kept": ("undone", "not kept", "$dim"),
}
"""Mark, word and role of how a change stands."""


@dataclass(frozen=True, slots=True)
class Code:
    """One line of code with what stands left of it."""

    numbers: str
    """Line numbers with the blank after them."""
    kind: Kind
    text: str
    pieces: Pieces | None = None
    sign: str = ""
    """Whether it comes or goes, with the blank after it; empty in a file."""
    marks: tuple[Span, ...] = ()
    bar: str = ""
    """Role of the bar at its left; empty where there is none."""
    placed: bool = False
    """Whether it is the line that somebody was sent to."""
    indent: int = 0
    """Cells at the left that are left out."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Old beside new."""

    old: Code | None
    new: Code | None


Line = Content | Code | Beside


@dataclass(frozen=True)
class Page:
    """Lines from top to bottom."""

    lines: Sequence[Line] = ()
    heads: tuple[int, ...] = ()
    """Where each change begins."""
    placed: int | None = None
    """Where the line is that somebody was sent to."""
    first: int = 0
    """Where the first line of a file is."""
    widest: int = 0
    """Cells of the longest line of code."""
    room: int = 0
    """Cells that there are for a line of code."""

    def below(self, lines: Sequence[Content]) -> "Page":
        """The same page under some other lines."""
        more = len(lines)
        return replace(
            self,
            lines=[*lines, *self.lines],
            heads=tuple(at + more for at in self.heads),
            placed=self.placed + more if self.placed is not None else None,
            first=self.first + more,
        )


@dataclass(frozen=True)
class Look:
    """How code is looked at."""

    width: int
    height: int = 0
    """Lines that can be seen at once."""
    wrap: bool = False
    split: bool = False
    """Whether old stands beside new."""
    ansi: bool = False

    @property
    def narrow(self) -> bool:
        """Whether the old numbers and the common indent have to go."""
        return self.width < NARROW


@dataclass(frozen=True)
class Told:
    """What a page of changes says of them besides their lines."""

    standings: Mapping[int, Standing] = field(default_factory=dict)
    current: int = 0
    """Number of the change that keys are about; 0: none."""
    folded: Collection[int] = ()
    """Changes of which the head alone is shown."""


Side = Literal["old", "new"]
Colours = Mapping[tuple[Side, str], Sequence[Pieces]]
"""The lines of both sides, word by word, by side and path."""


# --- files ----------------------------------------------------------------------------------------


def file_page(lines: Sequence[Pieces], look: Look, placed: int | None = None) -> Page:
    """A file from its first line to its last; `placed` is marked."""
    code: list[Code] = []
    texts: list[str] = []
    at = None
    room = max(1, look.width - FILE_GUTTER)
    for number, pieces in enumerate(lines, start=1):
        text = "".join(piece for piece, _ in pieces)
        if number == placed:
            at = len(code)
        one = Code(
            f"{number:>4} ",
            "same",
            text,
            pieces,
            bar="$run" if number == placed else "",
            placed=number == placed,
        )
        code += _wrapped(one, room) if look.wrap else (one,)
        texts.append(text)
    return Page(code, placed=at, widest=widest(texts), room=room)


# --- changes --------------------------------------------------------------------------------------


def fits_beside(changes: Iterable[Change], width: int) -> bool:
    """Whether old and new fit beside each other without a line being cut."""
    texts = (one.text for change in changes for one in change.lines)
    return widest(texts) <= half(width) - HALF_GUTTER


def half(width: int) -> int:
    """Cells of each side."""
    return (width - BETWEEN) // 2


def unified_page(changes: Sequence[Change], colours: Colours, look: Look, told: Told) -> Page:
    """What goes above what comes, change after change."""
    room = max(1, look.width - (NARROW_GUTTER if look.narrow else GUTTER))
    lines: list[Line] = []
    heads: list[int] = []
    for change in changes:
        heads.append(len(lines))
        lines.append(head(change, look.width, told))
        if change.number not in told.folded:
            indent = _indent(change) if look.narrow else 0
            for one in _inner(change) if look.narrow else change.lines:
                code = _unified(one, change, colours, look, told)
                code = replace(code, indent=indent) if indent else code
                lines += _wrapped(code, room) if look.wrap else (code,)
        lines.append(line())
    texts = (one.text for change in changes for one in change.lines)
    return Page(lines, tuple(heads), widest=widest(texts), room=room)


def split_page(changes: Sequence[Change], colours: Colours, look: Look, told: Told) -> Page:
    """Old beside new, change after change."""
    lines: list[Line] = []
    heads: list[int] = []
    for change in changes:
        heads.append(len(lines))
        lines.append(head(change, look.width, told))
        if change.number not in told.folded:
            for old, new in change.pairs():
                left = _half(old, "old", change, colours, told) if old else None
                right = _half(new, "new", change, colours, told) if new else None
                lines.append(Beside(left, right))
        lines.append(line())
    texts = (one.text for change in changes for one in change.lines)
    room = max(1, half(look.width) - HALF_GUTTER)
    return Page(lines, tuple(heads), widest=widest(texts), room=room)


def head(change: Change, width: int, told: Told) -> Content:
    """File, function and lines; at the right how the change stands."""
    if change.context:
        where = line((f"{change.name} {ANGLE} ", "$fg"), (change.context, "$strong bold"))
    else:
        where = line((change.name, "$strong bold"))
    sign, word, role = STANDINGS[told.standings.get(change.number, "none")]
    stands = line(mark(sign), " ", (word, role)) if sign else line((word, role))
    return ends(line(" ", where, (f"  {change.span}", "$dim")), line(stands, " "), width)


def _unified(one: DiffLine, change: Change, colours: Colours, look: Look, told: Told) -> Code:
    old = "" if one.old is None else str(one.old)
    new = "" if one.new is None else str(one.new)
    numbers = f"{new or old:>4} " if look.narrow else f"{old:>4}{new:>4} "
    return _code(one, numbers, "new" if one.new is not None else "old", change, colours, told)


def _half(one: DiffLine, side: Side, change: Change, colours: Colours, told: Told) -> Code:
    number = one.old if side == "old" else one.new
    return _code(one, f"{number:>4} ", side, change, colours, told)


def _code(
    one: DiffLine, numbers: str, side: Side, change: Change, colours: Colours, told: Told
) -> Code:
    number = one.old if side == "old" else one.new
    known = colours.get((side, change.path), ())
    pieces = known[number - 1] if number is not None and number <= len(known) else None
    if pieces is not None and "".join(piece for piece, _ in pieces) != one.text:
        pieces = None
    bar = ""
    if change.number == told.current and one.kind != "same":
        bar = STANDINGS[told.standings.get(change.number, "none")][2]
    sign = f"{SIGNS[one.kind][0]} "
    return Code(numbers, one.kind, one.text, pieces, sign, one.marks, bar)


def _inner(change: Change) -> Sequence[DiffLine]:
    """The lines from the first that changes to the last."""
    changed = [at for at, one in enumerate(change.lines) if one.kind != "same"]
    return change.lines[changed[0] : changed[-1] + 1] if changed else change.lines


def _indent(change: Change) -> int:
    filled = [one.text for one in _inner(change) if one.text.strip()]
    return min((len(text) - len(text.lstrip(" ")) for text in filled), default=0)


def _wrapped(code: Code, room: int) -> list[Code]:
    """The same line in as many rows as it needs."""
    rest = cell_len(code.text) - code.indent
    rows = [code]
    while rest > room:
        rest -= room
        blank = " " * len(code.numbers)
        rows.append(replace(code, numbers=blank, indent=rows[-1].indent + room))
    return rows


def widest(texts: Iterable[str]) -> int:
    """Cells of the longest text."""
    return max((len(text) if text.isascii() else cell_len(text) for text in texts), default=0)


def text_of(one: Line) -> str:
    """What stands in a line, for a search."""
    if isinstance(one, Content):
        return one.plain
    if isinstance(one, Code):
        return one.text
    return "  ".join(side.text for side in (one.old, one.new) if side is not None)


def searchable(one: Line) -> str:
    """The same; a wrapped line is found once, in its first row."""
    goes_on = isinstance(one, Code) and not one.numbers.strip()
    return "" if goes_on else text_of(one)


def ends_of(one: Line, wanted: str) -> list[int]:
    """Cells of the code, not of its gutter, behind which a match ends."""
    sides = (one.old, one.new) if isinstance(one, Beside) else (one,)
    return [
        cell_len(side.text[:end]) - side.indent
        for side in sides
        if isinstance(side, Code)
        for _, end in spans(side.text, wanted)
    ]


def gutter_of(one: Line) -> int:
    """Cells left of a line's code: bar, numbers and sign."""
    return 1 + len(one.numbers) + len(one.sign) if isinstance(one, Code) else 0


# --- drawing --------------------------------------------------------------------------------------


def drawn(one: Line, look: Look, left: int) -> Content:
    """A line in the cells of the page.

    Args:
        one: The line.
        look: How it is looked at.
        left: Cells of code that are scrolled out at the left.
    """
    if isinstance(one, Content):
        return one
    if isinstance(one, Code):
        return _drawn(one, look.width, left, ansi=look.ansi)
    size = half(look.width)
    sides = [
        _drawn(side, size, left, ansi=look.ansi) if side else line(" " * size)
        for side in (one.old, one.new)
    ]
    return line(sides[0], " " * (look.width - 2 * size), sides[1])


def _drawn(code: Code, width: int, left: int, *, ansi: bool) -> Content:
    sign = SIGNS[code.kind][1]
    bar = (BAR if code.bar else " ", code.bar or "$fg")
    gutter = line(bar, (code.numbers, "$dim"), (code.sign, sign))
    words = coloured(code.pieces) if code.pieces is not None else line(code.text)
    if ansi and code.kind != "same":
        words = line((words.plain, sign.removesuffix(" bold")))
    for start, end in code.marks:
        words = words.stylize("bold underline" if ansi else WORDS[code.kind], start, end)
    room = max(0, width - gutter.cell_length)
    whole = fit(line(gutter, seen(words, left + code.indent, room)), width)
    tint = "on $curbg" if code.placed else TINTS[code.kind]
    return whole.stylize_before(tint) if tint and not (ansi and code.kind != "same") else whole


def seen(content: Content, left: int, room: int) -> Content:
    """What can be seen of a line that is scrolled to the left; `…` where more follows."""
    if left:
        content = content[_character(content.plain, left) :]
    return content.truncate(room, ellipsis=True) if content.cell_length > room else content


def _character(text: str, cells: int) -> int:
    """The first character that begins at or after a cell."""
    if text.isascii():
        return cells
    used = 0
    for index, character in enumerate(text):
        if used >= cells:
            return index
        used += cell_len(character)
    return len(text)
