"""A program's text with its syntax tree, and exact changes of it that leave all else as it is."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
Placed = ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg


class Edit(NamedTuple):
    """Bytes from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """One file of a program."""

    text: str

    @cached_property
    def tree(self) -> ast.Module | None:
        """Its syntax tree; None where it is no Python."""
        return parsed(self.text)

    @cached_property
    def raw(self) -> bytes:
        """The text as syntax trees count it."""
        return self.text.encode()

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.raw.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    # --- where things are -------------------------------------------------------------------------

    def span(self, node: Placed) -> tuple[int, int]:
        """First byte of a node, and the first one after it."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[end_line - 1] + end_column,
        )

    def of(self, node: Placed) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.raw[start:end].decode()

    def walk(self) -> Iterator[ast.AST]:
        """All nodes; none where it is no Python."""
        return ast.walk(self.tree) if self.tree is not None else iter(())

    def calls(self, name: str = "") -> list[ast.Call]:
        """Calls of what is called `name` by its last word; all calls where none is given."""
        found = [node for node in self.walk() if isinstance(node, ast.Call)]
        return [call for call in found if not name or called(call) == name]

    def at_line(self, line: int | None) -> list[ast.AST]:
        """Nodes of the innermost statement around a line."""
        if line is None:
            return []
        around = [
            node
            for node in self.walk()
            if isinstance(node, ast.stmt)
            and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        if not around:
            return []
        inner = min(around, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
        return list(ast.walk(inner))

    def function_at(self, line: int | None) -> Function | None:
        """The innermost function around a line."""
        found = [
            node
            for node in self.walk()
            if isinstance(node, Function)
            and line is not None
            and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        return max(found, key=lambda node: node.lineno, default=None)

    def method(self, owner: str, name: str) -> Function | None:
        """A method of a class of this file."""
        for node in self.walk():
            if isinstance(node, ast.ClassDef) and node.name == owner:
                for one in node.body:
                    if isinstance(one, Function) and one.name == name:
                        return one
        return None

    def imported(self) -> dict[str, str]:
        """Dotted name by the name that the file gives to what it imports."""
        names: dict[str, str] = {}
        for node in self.walk():
            if isinstance(node, ast.Import):
                for one in node.names:
                    top = one.name.partition(".")[0]
                    names[one.asname or top] = one.name if one.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for one in node.names:
                    names[one.asname or one.name] = f"{node.module}.{one.name}"
        return names

    def dotted(self, node: ast.expr) -> str:
        """The dotted name of an expression that begins with something imported; else empty."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        start = self.imported().get(node.id, "") if isinstance(node, ast.Name) else ""
        return ".".join([start, *reversed(parts)]) if start else ""

    def uses(self, name: str) -> bool:
        """Whether a name is read anywhere."""
        return any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
            for node in self.walk()
        )

    # --- changes ----------------------------------------------------------------------------------

    def replaced(self, node: Placed, text: str) -> Edit:
        """Another text for a node."""
        return Edit(*self.span(node), text)

    def after(self, node: Placed, text: str) -> Edit:
        """Something behind a node."""
        end = self.span(node)[1]
        return Edit(end, end, text)

    def without_argument(self, call: ast.Call, which: ast.expr | ast.keyword) -> Edit:
        """A call without one of its arguments."""
        every: list[ast.expr | ast.keyword] = sorted(
            [*call.args, *call.keywords], key=lambda one: self.span(one)[0]
        )
        place = every.index(which)
        start, end = self.span(which)
        if place + 1 < len(every):
            return Edit(start, self.span(every[place + 1])[0], "")
        if place:
            return Edit(self.span(every[place - 1])[1], end, "")
        rest = self.raw[end : self.span(call)[1]]
        comma = len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(b",") else 0
        return Edit(start, end + comma, "")

    def with_argument(self, call: ast.Call, text: str) -> Edit:
        """A call with one more argument at its end."""
        every: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        if not every:
            end = self.span(call)[1] - 1
            return Edit(end, end, text)
        last = max(every, key=lambda one: self.span(one)[1])
        return self.after(last, f", {text}")

    def with_import(self, line: str) -> Edit:
        """One more import, before the first one that is there."""
        tree = self.tree
        body = tree.body if tree is not None else []
        first = next((one for one in body if isinstance(one, ast.Import | ast.ImportFrom)), None)
        if first is not None:
            start = self.span(first)[0]
            return Edit(start, start, f"{line}\n")
        doc = body[0] if body and tree is not None and ast.get_docstring(tree) else None
        if doc is not None:
            return self.after(doc, f"\n\n{line}")
        return Edit(0, 0, f"{line}\n")

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text after changes; of two that overlap the later one is made."""
        raw, taken = self.raw, len(self.raw) + 1
        ordered = sorted(dict.fromkeys(edits), key=lambda one: (one.start, one.end), reverse=True)
        for edit in ordered:
            if edit.end <= taken:
                raw = raw[: edit.start] + edit.text.encode() + raw[edit.end :]
                taken = edit.start
        return raw.decode()


def parsed(text: str) -> ast.Module | None:
    """The tree of a text; None where it is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def called(call: ast.Call) -> str:
    """The last word of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def keyword_of(call: ast.Call, name: str) -> ast.keyword | None:
    """The keyword of a call by its name."""
    return next((one for one in call.keywords if one.arg == name), None)


def text_in(node: ast.AST | None) -> str | None:
    """The text that a literal holds."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
