"""Paths of another machine: tables lie in the folder that `fit` is given, state in `directory`."""

import ast
import re
from pathlib import PurePosixPath, PureWindowsPath

from agents.repairs.rewriting import second_argument
from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, Function, text_in

PLACES = re.compile(
    r"FileNotFoundError|PermissionError|No such file|Permission denied|Read-only file system|"
    r"non-existent directory",
)
TABLE = re.compile(r"\.(csv|tsv|txt|json|jsonl|parquet|xlsx?|feather|zip|gz)$", re.IGNORECASE)
GIVEN = {"fit", "transform", "save", "load"}


def given_folder(at: Situation) -> Fix | None:
    """Files are looked for in the folder that the method was given, under their own names."""
    if not PLACES.search(at.message) or at.source.tree is None:
        return None
    constants = _constants(at)
    edits: list[Edit] = []
    for node in ast.walk(at.source.tree):
        if isinstance(node, Function) and node.name in GIVEN and second_argument(node):
            tables = node.name in {"fit", "transform"}
            if at.file == "model.py" and tables:
                continue
            edits += _within(at, node, constants, tables=tables)
    return at.fix("given folder", "Files are looked for in the folder that is given.", edits)


def _constants(at: Situation) -> dict[str, str]:
    """Texts that the file gives names to, at its top."""
    assert at.source.tree is not None  # asked before
    found: dict[str, str] = {}
    for node in at.source.tree.body:
        text = text_in(node.value) if isinstance(node, ast.Assign) else None
        if text is not None and isinstance(node, ast.Assign):
            found |= {one.id: text for one in node.targets if isinstance(one, ast.Name)}
    return found


def _within(
    at: Situation, function: Function, constants: dict[str, str], *, tables: bool
) -> list[Edit]:
    folder, edits = second_argument(function), []
    joined = {
        id(part)
        for node in ast.walk(function)
        if isinstance(node, ast.BinOp | ast.Dict | ast.Subscript)
        for part in ast.walk(node)
    }
    for node in ast.walk(function):
        if not isinstance(node, ast.expr) or id(node) in joined:
            continue
        text = text_in(node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            text = constants.get(node.id)
        if text is None or not _is_path(text, tables=tables):
            continue
        edits.append(at.source.replaced(node, f'{folder} / "{_name(text)}"'))
    return edits


def _is_path(text: str, *, tables: bool) -> bool:
    """Whether a text names a file: a table by its ending, else by the folders before it."""
    if not text or any(sign in text for sign in ("\n", " ", "://")):
        return False
    return bool(TABLE.search(text)) if tables else "/" in text or "\\" in text


def _name(text: str) -> str:
    return PureWindowsPath(text).name if "\\" in text else PurePosixPath(text).name
