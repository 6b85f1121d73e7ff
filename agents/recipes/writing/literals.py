"""Filling a recipe's constants, and dropping the branches that they decide.

A recipe says `if DATES:`; where the data has none, neither that branch nor what only it needs may
appear in the program that comes out.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pydantic import JsonValue

from agents.recipes.writing.source import (
    Edit,
    Module,
    apply_edits,
    span,
    take_apart,
    with_constants,
)

WIDTH = 100
_UNDECIDED = object()
_WORD = re.compile(r"\w+")
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
}


def fill(source: str, literals: Mapping[str, JsonValue]) -> str:
    """Replace the values of the constants that `literals` names."""
    edits: list[Edit] = []
    for node in ast.parse(source).body:
        target = _constant_name(node)
        if target in literals:
            edits.append((*span(source, node), write_literal(target, literals[target])))
    return apply_edits(source, edits)


def specialise(module: Module, literals: Mapping[str, JsonValue]) -> Module:
    """A module with other constants, and without the branches that these decide.

    It goes piece by piece, since programs of one recipe have most pieces in common: each is filled
    and settled only once.

    Raises:
        ValueError: Nothing is left of a block.
    """
    texts = [
        piece.text if literals.keys().isdisjoint(piece.names) else fill(piece.text, literals)
        for piece in module.pieces
    ]
    constants = dict(one for text in texts for one in _constants(text))
    settled = [_settled(text, _mentioned(text, constants)) for text in texts]
    imports = (*module.imports, *(one for part in settled for one in part.imports))
    pieces = [piece for part in settled for piece in part.pieces]
    return Module(module.docstring, imports, with_constants(pieces))


def write_literal(name: str, value: JsonValue) -> str:
    """Write `NAME = value`, filled up to the line width.

    Empty containers carry a type, since none can be inferred from them.
    """
    if value in ([], {}):
        kind = "list[str]" if value == [] else "dict[str, str]"
        return f"{name}: {kind} = {'[]' if value == [] else '{}'}"
    return f"{name} = {_written(value, len(name) + 3, 0)}"


def settle(source: str, constants: Mapping[str, JsonValue]) -> str:
    """Drop every branch of `if` statements and expressions that constants decide.

    What then stands behind a `return` goes too, and so does a name that is only returned.

    Raises:
        ValueError: Nothing is left of a block.
    """
    while edits := list(_decided(source, constants)):
        source = apply_edits(source, edits)
    while edits := list(_unreachable(source))[:1]:
        source = apply_edits(source, edits)
    return apply_edits(source, list(_named_to_return(source)))


def constants_of(source: str) -> dict[str, JsonValue]:
    """The upper-case constants at the top of a module whose values are literals."""
    return dict(_constants(source))


@lru_cache(maxsize=4096)
def _constants(source: str) -> tuple[tuple[str, JsonValue], ...]:
    found: list[tuple[str, JsonValue]] = []
    for node in ast.parse(source).body:
        name = _constant_name(node)
        if name and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            try:
                found.append((name, ast.literal_eval(node.value)))
            except ValueError:
                continue
    return tuple(found)


def _constant_name(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return ""
    return target.id if isinstance(target, ast.Name) and target.id.isupper() else ""


# --- writing -----------------------------------------------------------------------------------


def _written(value: JsonValue, used: int, depth: int) -> str:
    flat = _flat(value)
    if used + len(flat) <= WIDTH or not isinstance(value, list | dict) or not value:
        return flat
    inside = "    " * (depth + 1)
    if isinstance(value, dict):
        lines = [
            f"{inside}{_flat(key)}: {_written(item, len(inside) + len(_flat(key)) + 3, depth + 1)},"
            for key, item in value.items()
        ]
        return "{\n" + "\n".join(lines) + "\n" + "    " * depth + "}"
    lines = [inside]
    for item in value:
        text = _written(item, len(inside) + 1, depth + 1) + ","
        if lines[-1] != inside and len(lines[-1]) + 1 + len(text) > WIDTH:
            lines.append(inside)
        lines[-1] += text if lines[-1] == inside else f" {text}"
    return "[\n" + "\n".join(lines) + "\n" + "    " * depth + "]"


def _flat(value: JsonValue) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _quoted(text: str) -> str:
    """A literal in double quotes, as formatters have it, unless that needs more escapes."""
    plain = repr(text)
    if plain.startswith('"') or '"' in text:
        return plain
    return '"' + plain[1:-1].replace("\\'", "'") + '"'


# --- deciding ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Constants:
    """Constants by their names, which are the same where they are written alike."""

    written: str
    values: Mapping[str, JsonValue] = field(compare=False)


def _mentioned(text: str, constants: Mapping[str, JsonValue]) -> _Constants:
    values = {name: constants[name] for name in sorted(constants.keys() & _WORD.findall(text))}
    return _Constants(repr(values), values)


@lru_cache(maxsize=4096)
def _settled(text: str, constants: _Constants) -> Module:
    """What becomes of one piece."""
    return take_apart(settle(text, constants.values))


def _decided(source: str, constants: Mapping[str, JsonValue]) -> Iterator[Edit]:
    """Edits of the outermost branches that are decided; what stands in them comes next time."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        answer = (
            _value(node.test, constants) if isinstance(node, ast.If | ast.IfExp) else _UNDECIDED
        )
        if answer is _UNDECIDED:
            waiting += ast.iter_child_nodes(node)
        elif isinstance(node, ast.If):
            yield _settled_statement(source, node, holds=bool(answer))
        elif isinstance(node, ast.IfExp):
            begin, end = span(source, node.body if answer else node.orelse)
            yield (*span(source, node), source[begin:end])


def _unreachable(source: str) -> Iterator[Edit]:
    """Whole lines behind a statement that leaves their block."""
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", [])
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Return | ast.Raise) and statement is not body[-1]:
                first, last = statement.end_lineno or 0, body[-1].end_lineno or 0
                yield _offset(lines, first), _offset(lines, last), ""
                break


def _named_to_return(source: str) -> Iterator[Edit]:
    """A name that is given to a value and returned at once: `x = f()`, `return x`."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", [])
        for first, then in pairwise(body) if isinstance(body, list) else ():
            if not isinstance(first, ast.Assign) or not isinstance(then, ast.Return):
                continue
            names = [one.id for one in first.targets if isinstance(one, ast.Name)]
            if isinstance(then.value, ast.Name) and names == [then.value.id]:
                begin, end = span(source, first.value)
                yield span(source, first)[0], span(source, then)[1], f"return {source[begin:end]}"


def _offset(lines: list[str], number: int) -> int:
    """Where a line begins, in characters; lines count from 0."""
    return sum(len(line) + 1 for line in lines[:number])


def _settled_statement(source: str, node: ast.If, *, holds: bool) -> Edit:
    """Replace whole lines by those of the branch that is taken, moved to the left."""
    lines = source.split("\n")
    branch = node.body if holds else node.orelse
    text = ""
    if branch:
        first, last = _first_line(lines, node, branch[0]), branch[-1].end_lineno or 0
        taken = lines[first:last]
        if taken[0].lstrip().startswith("elif "):
            taken[0] = taken[0].replace("elif ", "if ", 1)
        surplus = _indent(taken[0]) - node.col_offset
        text = "\n".join(line[surplus:] if line.strip() else line for line in taken) + "\n"
    if lines[node.lineno - 1].lstrip().startswith("elif "):
        raise ValueError(
            f"The `elif` of line {node.lineno} is decided but stands behind an open `if`."
        )
    return _offset(lines, node.lineno - 1), _offset(lines, node.end_lineno or 0), text


def _first_line(lines: list[str], node: ast.If, statement: ast.stmt) -> int:
    """The index of a branch's first line: of the comment directly above it, where there is one."""
    first = statement.lineno - 1
    while first > node.lineno and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _value(node: ast.expr, constants: Mapping[str, JsonValue]) -> object:
    """What an expression of constants comes to, or that it is undecided."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return constants.get(node.id, _UNDECIDED)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        value = _value(node.operand, constants)
        return value if value is _UNDECIDED else not value
    if isinstance(node, ast.Call):
        return _counted(node, constants)
    if isinstance(node, ast.BoolOp):
        return _joined(node, constants)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compared(node, constants)
    return _UNDECIDED


def _joined(node: ast.BoolOp, constants: Mapping[str, JsonValue]) -> object:
    values = [_value(part, constants) for part in node.values]
    settles = isinstance(node.op, ast.Or)
    if any(value is not _UNDECIDED and bool(value) == settles for value in values):
        return settles
    return _UNDECIDED if _UNDECIDED in values else not settles


def _counted(node: ast.Call, constants: Mapping[str, JsonValue]) -> object:
    """The length of a constant."""
    if isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
        value = _value(node.args[0], constants)
        return len(value) if isinstance(value, list | dict | str) else _UNDECIDED
    return _UNDECIDED


def _compared(node: ast.Compare, constants: Mapping[str, JsonValue]) -> object:
    left, right = _value(node.left, constants), _value(node.comparators[0], constants)
    if left is _UNDECIDED or right is _UNDECIDED:
        return _UNDECIDED
    compare = _COMPARISONS.get(type(node.ops[0]))
    return _UNDECIDED if compare is None else compare(left, right)
