"""Lines made of words, marks, bars and small pictures: `Content` in, `Content` out.

Nothing here parses markup: whatever a file, a column or a program is called is shown as it is.
"""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from agents.models import Bin
from iml_tui.drawing.theme import MARKS

SPARK = "▁▂▃▄▅▆▇"
SHADES = ("$fg", "$dim", "$line")
WORD = 14
"""Characters of a word that is left out where a line is cut; a longer one is cut itself."""

Part = str | Content | tuple[str, str]


def line(*parts: Part) -> Content:
    """One line of plain and `(text, style)` parts."""
    return Content.assemble(*(_clean(part) for part in parts))


def _clean(part: Part) -> Content | tuple[str, str]:
    if isinstance(part, Content):
        return part
    text, style = (part, "$fg") if isinstance(part, str) else part
    return (printable(text), style)


def link(content: Content, action: str) -> Content:
    """`content` that carries out an action where it is clicked."""
    return content.stylize(Style.from_meta({"@click": action}))


def hint(key: str, does: str, style: str = "$strong bold") -> Content:
    """A key and what it does; a click is the same as the key.

    Args:
        key: As it is printed; of several the first is meant.
        does: In a word or three.
        style: Of the key.
    """
    told = line((key, style), (f" {does}", "$dim"))
    return link(told, f"app.press({key.split()[0]!r})")


def answers(enter: str = "send") -> Content:
    """The keys below a line that is typed: what enter does, and the way back."""
    return line(hint("enter", enter), "   ", hint("esc", "back"))


def links(content: Content) -> list[tuple[int, str]]:
    """What can be clicked in a line: the cell where it begins, and its action; each once."""
    found: dict[str, int] = {}
    for span in content.spans:
        action = span.style.meta.get("@click") if isinstance(span.style, Style) else None
        if isinstance(action, str):
            found.setdefault(action, cell_len(content.plain[: span.start]))
    return [(cell, action) for action, cell in found.items()]


def printable(text: str) -> str:
    """`text` on one line, without control characters."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else " " if character.isspace() else ""
        for character in text
    )


def mark(meaning: str) -> Content:
    """The mark of a state in its colour."""
    sign, role = MARKS[meaning]
    return line((sign, role))


def fit(content: Content, width: int) -> Content:
    """`content` in exactly `width` cells: padded, or cut with an ellipsis.

    It is cut between two words where little is lost by it: half a number is a lie.
    """
    if content.cell_length <= width:
        return content.pad_right(width - content.cell_length)
    cut = content.truncate(max(0, width), ellipsis=True)
    whole = cut.plain.rfind(" ") + 1
    lost = len(cut) - 1 - whole
    if content.plain[len(cut) - 1 : len(cut)].strip() and 0 < lost <= min(WORD, whole * 2 // 3):
        cut = line(cut[:whole], cut[-1:])
    return cut.pad_right(max(0, width) - cut.cell_length)


def right(content: Content, width: int) -> Content:
    """`content` at the right end of `width` cells."""
    if content.cell_length >= width:
        return fit(content, width)
    return content.pad(width - content.cell_length, 0)


def ends(left: Content, far: Content, width: int, gap: int = 2) -> Content:
    """Something at the left and something at the right; the left one gives way."""
    room = width - far.cell_length - (gap if far.cell_length else 0)
    if room < 8 and left.cell_length > room:
        return fit(left, width)
    if left.cell_length > room:
        left = fit(left, room)
    return line(fit(left, width - far.cell_length), far)


def header(left: Content, far: Content, width: int, *, focused: bool) -> Content:
    """A pane's first row: words, a hairline that fills the row, a fact at the right."""
    tail = far.cell_length + 1 if far.cell_length else 0
    room = width - left.cell_length - 1 - tail
    if room < 3:
        if far.cell_length and left.cell_length + 3 > width - tail:
            return header(left, line(), width, focused=focused)
        return fit(left, width) if room < 1 else ends(left, far, width, 1)
    hairline = line(("─" * room, "$run" if focused else "$line"))
    return line(left, " ", hairline, " ", far) if tail else line(left, " ", hairline)


def bar(share: float, width: int, style: str = "$run") -> Content:
    """`━━━╸──`: progress, a share or a strength."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full, half = divmod(halves, 2)
    rest = width - full - half
    return line(("━" * full + "╸" * half, style), ("─" * rest, "$line"))


def strength(share: float, width: int) -> Content:
    """A bar without its hairline, for columns of bars."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full, half = divmod(halves, 2)
    return line(("━" * full + "╸" * half, "$run")).pad_right(width - full - half)


def spark(bins: Sequence[Bin], width: int) -> Content:
    """A histogram one row high, the highest bin at the top of the cell."""
    shares = [share.share for share in bins[:width]]
    top = max(shares, default=0.0)
    if top <= 0:
        return line(" " * width)
    steps = [min(len(SPARK) - 1, int(share / top * (len(SPARK) - 1) + 0.5)) for share in shares]
    return line(("".join(SPARK[step] for step in steps), "$fg")).pad_right(width - len(steps))


def shares(bins: Sequence[Bin], width: int) -> Content:
    """The shares of categories as one line, each category in the next shade."""
    parts: list[Part] = []
    used, total = 0, 0.0
    for index, category in enumerate(bins):
        total += category.share
        cells = max(0, min(width, round(total * width)) - used)
        parts.append(("━" * cells, SHADES[min(index, len(SHADES) - 1)]))
        used += cells
    parts.append(("━" * (width - used), "$line"))
    return line(*parts)


def wrapped(text: str, width: int, style: str = "$fg") -> list[Content]:
    """`text` over as many lines as it needs."""
    content = line((text, style))
    return list(content.wrap(max(1, width))) if text else []


def labelled(label: str, text: Content, width: int, indent: int = 12) -> list[Content]:
    """A grey label, and beside it a text over as many lines as it needs."""
    room = max(8, width - indent)
    rows = list(text.wrap(room)) or [line()]
    first, *rest = rows
    start = fit(line((label, "$dim")), indent)
    return [line(start, first), *(line(" " * indent, row) for row in rest)]


_LARGE = {
    "0": ("╭─╮", "│ │", "╰─╯"),
    "1": ("╶╮ ", " │ ", "╶┴╴"),
    "2": ("╶─╮", "╭─╯", "╰─╴"),
    "3": ("╶─╮", " ─┤", "╶─╯"),
    "4": ("╷ ╷", "╰─┤", "  ╵"),
    "5": ("╭─╴", "╰─╮", "╶─╯"),
    "6": ("╭─╴", "├─╮", "╰─╯"),
    "7": ("╶─┐", "  │", "  ╵"),
    "8": ("╭─╮", "├─┤", "╰─╯"),
    "9": ("╭─╮", "╰─┤", "╶─╯"),
    "-": ("   ", "╶─╴", "   "),
    ".": (" ", " ", "."),
    ",": (" ", " ", ","),
}


def large(text: str, style: str) -> list[Content]:
    """A number three rows high; what has no large form stands on the last row."""
    glyphs = [_LARGE.get(character, (" ", " ", character)) for character in text]
    return [line(("".join(rows), style)) for rows in zip(*glyphs, strict=True)]
