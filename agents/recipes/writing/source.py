"""Python source taken apart into its top-level statements, and put together again as text.

Comments and layout stay as they were written: a module becomes imports (values, so that several
modules can share one sorted block) and pieces (the text of each statement with the comment above
it, and the names that it binds and uses). Nothing here runs or imports what it reads.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from agents.recipes.writing.imports import Import, imports_of, write_imports
from agents.recipes.writing.names import bound_names, global_names

Edit = tuple[int, int, str]
"""Replace the characters from the first position up to the second by a text."""


@dataclass(frozen=True)
class Piece:
    """One top-level statement, with the comment above it and the docstring below it."""

    text: str
    names: tuple[str, ...]
    """What it binds; empty for a statement that only does something."""
    uses: frozenset[str]
    """Names outside its own scopes that it refers to."""
    constant: bool
    """Whether it is an assignment, which belongs to the top of a module."""


@dataclass(frozen=True)
class Module:
    """A module as its docstring, imports and pieces."""

    docstring: str = ""
    imports: tuple[Import, ...] = ()
    pieces: tuple[Piece, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Everything that it binds at top level."""
        bound = {name for piece in self.pieces for name in piece.names}
        return frozenset(bound | {one.alias for one in self.imports})


@lru_cache(maxsize=128)
def parse(source: str) -> Module:
    """Take a module apart; what many programs share is taken apart once.

    Raises:
        SyntaxError: The text is no Python.
    """
    return take_apart(source)


def take_apart(source: str) -> Module:
    """What `parse` remembers.

    Raises:
        SyntaxError: The text is no Python.
    """
    tree = ast.parse(source)
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    imports: list[Import] = []
    pieces: list[Piece] = []
    lines = source.split("\n")
    for first, last in _with_their_docstrings(body):
        if isinstance(first, ast.Import | ast.ImportFrom):
            imports += imports_of(first)
            continue
        begin = _begin(lines, first)
        pieces.append(
            Piece(
                text="\n".join(lines[begin : last.end_lineno]),
                names=tuple(sorted(bound_names([first]))),
                uses=frozenset(node.id for node in global_names(first)),
                constant=isinstance(first, ast.Assign | ast.AnnAssign),
            )
        )
    return Module(ast.get_docstring(tree) or "", tuple(imports), with_constants(pieces))


def with_constants(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Call an assignment constant only if it leans on no definition: others must stay below it."""
    defined = {name for piece in pieces if not piece.constant for name in piece.names}
    marked = []
    for piece in pieces:
        constant = piece.constant and piece.uses.isdisjoint(defined)
        defined |= set() if constant else set(piece.names)
        marked.append(replace(piece, constant=constant))
    return tuple(marked)


def compose(module: Module) -> str:
    """Write a module: docstring, sorted imports, constants close together, the rest apart."""
    text = write_docstring(module.docstring) if module.docstring else ""
    if module.imports:
        text += "\n\n" + write_imports(module.imports)
    before = None
    for piece in module.pieces:
        close = piece.constant and (before is None or before.constant)
        text += (
            "\n" if close and before is not None else "\n\n" if close else "\n\n\n"
        ) + piece.text
        before = piece
    return text.strip("\n") + "\n"


def rename(piece: Piece, names: Mapping[str, str]) -> Piece:
    """Give module-level names other names wherever a piece binds or uses them."""
    if names.keys().isdisjoint({*piece.names, *piece.uses}):
        return piece
    tree = ast.parse(piece.text)
    edits = [
        (*span(piece.text, node), names[node.id])
        for statement in tree.body
        for node in global_names(statement, binding=True)
        if node.id in names
    ]
    edits += [
        edit for statement in tree.body if (edit := _definition_edit(piece, statement, names))
    ]
    return Piece(
        text=apply_edits(piece.text, edits),
        names=tuple(names.get(name, name) for name in piece.names),
        uses=frozenset(names.get(name, name) for name in piece.uses),
        constant=piece.constant,
    )


def reached(module: Module, roots: Iterable[str]) -> Module:
    """Keep what the roots need, and the statements that bind nothing."""
    by_name = {name: piece for piece in module.pieces for name in piece.names}
    waiting = [*roots, *(name for piece in module.pieces if not piece.names for name in piece.uses)]
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += by_name[name].uses if name in by_name else ()
    return Module(
        module.docstring,
        tuple(one for one in module.imports if one.alias in needed),
        tuple(p for p in module.pieces if not p.names or not needed.isdisjoint(p.names)),
    )


def write_docstring(text: str) -> str:
    """Write a docstring at the left margin."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    ending = "\n" if "\n" in escaped or escaped.endswith('"') else ""
    return f'"""{escaped}{ending}"""'


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap."""
    for begin, end, text in sorted(set(edits), reverse=True):
        source = source[:begin] + text + source[end:]
    return source


def span(source: str, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Where the text of a node begins and ends, in characters."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return _position(source, node.lineno, node.col_offset), _position(source, end_line, end_column)


def _position(source: str, line: int, column: int) -> int:
    """The character at a place as syntax trees count: lines from 1, columns in utf-8 bytes."""
    lines = source.split("\n")
    within = lines[line - 1].encode()[:column].decode()
    return sum(len(one) + 1 for one in lines[: line - 1]) + len(within)


def _with_their_docstrings(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Each statement, and the text below it that documents it (or itself again)."""
    place = 0
    while place < len(body):
        first = last = body[place]
        following = body[place + 1] if place + 1 < len(body) else None
        if isinstance(first, ast.Assign | ast.AnnAssign) and _is_text(following):
            last = body[place + 1]
        yield first, last
        place += 1 if last is first else 2


def _is_text(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _begin(lines: list[str], statement: ast.stmt) -> int:
    """The index of its first line: of its decorators, and of a comment directly above them."""
    decorators = getattr(statement, "decorator_list", [])
    begin: int = min([statement.lineno, *(node.lineno for node in decorators)]) - 1
    while begin and lines[begin - 1].startswith("#"):
        begin -= 1
    return begin


def _definition_edit(piece: Piece, statement: ast.stmt, names: Mapping[str, str]) -> Edit | None:
    """The edit of the name after `def` or `class`."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    if statement.name not in names:
        return None
    keyword = _position(piece.text, statement.lineno, statement.col_offset)
    found = re.compile(r"(?:async\s+def|def|class)\s+").match(piece.text, keyword)
    if found is None:
        return None
    return found.end(), found.end() + len(statement.name), names[statement.name]
