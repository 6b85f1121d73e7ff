"""A stand-alone program cut into parts that people read one after the other.

The cut follows the program's own order and its own headings; a part is never in the middle of a
function, and all parts one below the other are the program again, less its command line.
"""

import ast
import re
from dataclasses import dataclass
from typing import Literal

LONG = 45
"""Lines after which functions that stand together go on in the next cell."""
COMMAND_LINE = frozenset({"read_arguments", "main"})
_HEADING = re.compile(r"# --- (.+?) -*$")


@dataclass(frozen=True)
class Cell:
    """Something to read or to run."""

    kind: Literal["markdown", "code"]
    text: str


@dataclass(frozen=True)
class _Piece:
    """One statement with the comments above it."""

    node: ast.stmt
    text: str
    heading: str


_VALUES = {
    "data": "DATA",
    "directory": "LEARNED",
    "directories": "[LEARNED]",
    "time_limit_s": "TIME_LIMIT_S",
    "folds": "None",
    "output": "SUBMISSION",
}
"""What is given to the `fit` and `predict` of all our programs, by the name of the parameter."""


def calls_of(source: str) -> tuple[str, str] | None:
    """The calls that train and answer, where a program can be run cell by cell; else None."""
    parameters = {
        node.name: [one.arg for one in node.args.args]
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    calls = []
    for name in ("fit", "predict"):
        taken = parameters.get(name, ["nothing"])
        if not {*taken} <= {*_VALUES}:
            return None
        calls.append(f"{name}({', '.join(_VALUES[one] for one in taken)})")
    return calls[0], calls[1]


def cells_of(source: str) -> list[Cell]:
    """The program as cells: imports, what is fixed, then section by section."""
    pieces = [piece for piece in _pieces(source) if not _is_command_line(piece.node)]
    imports = [one.text for one in pieces if isinstance(one.node, ast.Import | ast.ImportFrom)]
    rest = [one for one in pieces if not isinstance(one.node, ast.Import | ast.ImportFrom)]
    cells = [Cell("markdown", "## Libraries"), Cell("code", "\n".join(imports))]
    heading = "What is fixed"
    fixed: list[str] = []
    while rest and not rest[0].heading:
        fixed.append(rest.pop(0).text)
    if fixed:
        about = "Columns, settings and the seed, as the run found or chose them."
        cells += [Cell("markdown", f"## {heading}\n\n{about}"), Cell("code", "\n".join(fixed))]
    group: list[_Piece] = []
    for piece in rest:
        if piece.heading:
            cells += _flushed(group)
            cells.append(Cell("markdown", f"## {piece.heading.capitalize()}"))
            group = []
        group.append(piece)
    return [*cells, *_flushed(group)]


def _flushed(pieces: list[_Piece]) -> list[Cell]:
    """A section as cells of some functions each; a class stands alone."""
    cells: list[Cell] = []
    held: list[str] = []
    lines = 0
    for piece in pieces:
        size = piece.text.count("\n") + 1
        alone = isinstance(piece.node, ast.ClassDef)
        if held and (alone or lines + size > LONG):
            cells.append(Cell("code", "\n\n\n".join(held)))
            held, lines = [], 0
        held.append(piece.text)
        lines += size
        if alone:
            cells.append(Cell("code", "\n\n\n".join(held)))
            held, lines = [], 0
    return [*cells, Cell("code", "\n\n\n".join(held))] if held else cells


def _pieces(source: str) -> list[_Piece]:
    lines = source.splitlines()
    tree = ast.parse(source)
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    ends = tree.body[0].end_lineno or 0 if len(body) < len(tree.body) else 0
    found = []
    for node in body:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        above = lines[ends : first - 1]
        heading = next((hit[1] for one in above if (hit := _HEADING.match(one))), "")
        comments = [one for one in above if one.startswith("#") and not _HEADING.match(one)]
        ends = node.end_lineno or first
        text = "\n".join([*comments, *lines[first - 1 : ends]])
        after = lines[ends] if ends < len(lines) else ""
        if after.strip().startswith("# fmt:") or after.strip().startswith("# noqa"):
            text = f"{text}\n{after}"
        found.append(_Piece(node, text, heading))
    return found


def _is_command_line(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in COMMAND_LINE
    if isinstance(node, ast.Import):
        return [one.name for one in node.names] == ["argparse"]
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
