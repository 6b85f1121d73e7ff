"""What a role asks for stands beside what every prompt is told, and never in its place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

AGENTS = Path(__file__).parents[2] / "agents"
ROLES = sorted((AGENTS / "roles").glob("*.py"))


def names(node: ast.AST) -> set[object]:
    """Of the entries of every mapping that is written in a piece of source."""
    return {
        key.value
        for mapping in ast.walk(node)
        if isinstance(mapping, ast.Dict)
        for key in mapping.keys
        if isinstance(key, ast.Constant)
    }


def questions(source: ast.Module) -> Iterator[ast.AST]:
    """Where a role says what its question is about."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Question":
            yield node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield node.value


def test_the_dossier_is_read_from_its_source() -> None:
    assert {"task", "tables", "columns", "of_files"} <= told()


def told() -> set[object]:
    module = ast.parse((AGENTS / "prompts" / "dossier.py").read_text(encoding="utf-8"))
    (function,) = [
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "dossier"
    ]
    return names(function)


@pytest.mark.parametrize("role", ROLES, ids=lambda path: path.stem)
def test_no_question_hides_what_every_prompt_is_told(role: Path) -> None:
    source = ast.parse(role.read_text(encoding="utf-8"))
    for question in questions(source):
        assert not names(question) & told(), ast.unparse(question)
