"""Which names of a piece of Python belong to its module, and which are its own.

Python's rules of scope, as far as they decide that: parameters and whatever a function assigns are
its own, a comprehension's targets are its own, a class body's names are not seen by its methods.
"""

import ast
from collections.abc import Iterable, Iterator

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def global_names(statement: ast.stmt, *, binding: bool = False) -> Iterator[ast.Name]:
    """Every use of a name that a top-level statement takes from outside its own scopes.

    Args:
        statement: A statement of a module's top level.
        binding: Also yield the places where the statement itself binds a module's name.
    """
    for node in _visible(statement, frozenset()):
        if binding or isinstance(node.ctx, ast.Load):
            yield node


def bound_names(statements: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind in the scope in which they stand."""
    bound: set[str] = set()
    for statement in statements:
        bound |= _bound_by(statement)
    return bound


def _bound_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Lambda | _Comprehension):
        return set()
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {one.asname or one.name.partition(".")[0] for one in node.names}
    bound = set()
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        bound.add(node.id)
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        bound.add(node.name)
    for child in ast.iter_child_nodes(node):
        bound |= _bound_by(child)
    return bound


def _visible(node: ast.AST, hidden: frozenset[str]) -> Iterator[ast.Name]:
    """Names below `node` that are none of `hidden`."""
    if isinstance(node, ast.Name):
        if node.id not in hidden:
            yield node
    elif isinstance(node, _Function):
        yield from _in_function(node, hidden)
    elif isinstance(node, ast.ClassDef):
        yield from _in_class(node, hidden)
    elif isinstance(node, _Comprehension):
        own = {name for part in node.generators for name in _bound_by(part.target)}
        for child in ast.iter_child_nodes(node):
            yield from _visible(child, hidden | own)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _visible(child, hidden)


def _in_function(node: _Function, hidden: frozenset[str]) -> Iterator[ast.Name]:
    given = node.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    parameters += [one for one in (given.vararg, given.kwarg) if one is not None]
    outside: list[ast.AST | None] = [*given.defaults, *given.kw_defaults]
    outside += [parameter.annotation for parameter in parameters]
    statements: list[ast.stmt] = []
    if not isinstance(node, ast.Lambda):
        outside += [*node.decorator_list, node.returns]
        statements = node.body
    for part in outside:
        if part is not None:
            yield from _visible(part, hidden)
    own = {parameter.arg for parameter in parameters} | bound_names(statements)
    own -= {name for one in statements for name in _declared_global(one)}
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*statements]
    for inner in body:
        yield from _visible(inner, hidden | own)


def _in_class(node: ast.ClassDef, hidden: frozenset[str]) -> Iterator[ast.Name]:
    for outside in (*node.bases, *node.keywords, *node.decorator_list):
        yield from _visible(outside, hidden)
    own = bound_names(node.body)
    for inner in node.body:
        sees_own = not isinstance(inner, _Function)
        yield from _visible(inner, hidden | own if sees_own else hidden)


def _declared_global(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Global):
            yield from inner.names
