"""Imports as values: read from statements, merged, and written as one sorted block."""

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

WIDTH = 100


@dataclass(frozen=True, order=True)
class Import:
    """One imported name: `from module import name as alias`, or `import module as alias`."""

    module: str
    name: str | None
    alias: str
    """The name that it binds."""


def imports_of(statement: ast.Import | ast.ImportFrom) -> list[Import]:
    """The names that an import statement binds."""
    if isinstance(statement, ast.Import):
        return [
            Import(one.name, None, one.asname or one.name.partition(".")[0])
            for one in statement.names
        ]
    module = "." * statement.level + (statement.module or "")
    return [Import(module, one.name, one.asname or one.name) for one in statement.names]


def write_imports(imports: Iterable[Import]) -> str:
    """Write imports as one block: the standard library, then packages; sorted, merged."""
    blocks: list[list[str]] = [[], []]
    whole = sorted({one for one in imports if one.name is None}, key=lambda one: one.module.lower())
    for one in whole:
        plain = one.alias == one.module.partition(".")[0]
        line = f"import {one.module}" + ("" if plain else f" as {one.alias}")
        blocks[_is_installed(one.module)].append(line)
    parts = sorted({one for one in imports if one.name is not None}, key=_member_order)
    for module, members in groupby(parts, key=lambda one: one.module):
        blocks[_is_installed(module)].append(_from_line(module, list(members)))
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def _is_installed(module: str) -> bool:
    return module.partition(".")[0] not in sys.stdlib_module_names


def _member_order(one: Import) -> tuple[str, int, str]:
    """Constants, then classes, then functions, as import sorters have it."""
    name = one.name or ""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return one.module.lower(), kind, name


def _from_line(module: str, members: list[Import]) -> str:
    names = [
        str(one.name) if one.alias == one.name else f"{one.name} as {one.alias}" for one in members
    ]
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
