"""What is no Python for want of a sign, or for one too many."""

import re

from agents.repairs.situation import Fix, Situation
from agents.repairs.source import parsed

QUOTES = str.maketrans(
    {
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{EN DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{NO-BREAK SPACE}": " ",
    }
)
FENCE = re.compile(r"^\s*(```|~~~).*$\n?", re.MULTILINE)


def written_right(at: Situation) -> Fix | None:
    """Printed quotes, fences of Markdown, a missing colon, tabs: mended where that makes Python."""
    text = at.files.get(at.file, "")
    if at.fault.kind != "syntax" or parsed(text) is not None:
        return None
    for what, mended in (
        ("Fences of Markdown were taken out.", FENCE.sub("", text)),
        ("Printed quotes became plain ones.", _plain(text, at.line)),
        ("A colon was added.", _with_colon(text, at)),
        ("Tabs became blanks.", text.expandtabs(4)),
        ("What stood before the first import was taken out.", _from_first_import(text)),
    ):
        if mended != text and parsed(mended) is not None:
            return Fix("written right", {**at.files, at.file: mended}, what)
    return None


def _plain(text: str, line: int | None) -> str:
    """Lines that hold printed signs, from the one where Python stopped, without them."""
    lines = text.splitlines(keepends=True)
    for place in range(max(0, (line or 1) - 1), len(lines)):
        mended = lines[place].translate(QUOTES)
        if mended != lines[place]:
            lines[place] = mended
            if parsed("".join(lines)) is not None:
                break
    return "".join(lines)


def _with_colon(text: str, at: Situation) -> str:
    if "expected ':'" not in at.message or at.line is None:
        return text
    lines = text.splitlines(keepends=True)
    code, mark, comment = lines[at.line - 1].rstrip("\n").partition("#")
    lines[at.line - 1] = f"{code.rstrip()}:{'  ' + mark + comment if mark else ''}\n"
    return "".join(lines)


def _from_first_import(text: str) -> str:
    found = re.search(r'^(?:"""|import |from \w)', text, re.MULTILINE)
    return text[found.start() :] if found else text
