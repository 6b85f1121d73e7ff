"""The blocks of a program, and the simplest form of each: what an ablation takes away.

A block is a function that claims steps of the plan in its docstring. How it is simplified is found
by reading alone, so that it costs no question: an estimator loses its numbers, a table of features
becomes constant, a transformation hands on what it was given. Where that leaves a program that does
not run, the block cannot be left out, which says something too.
"""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from agents.recipes.writing.claims import claims_of

INTERFACE = ("fit", "transform", "predict", "save", "load", "__init__")
"""Methods that the engine calls: they cannot be skipped."""
TABULAR = ("DataFrame", "Series", "ndarray", "csr_matrix", "csr_array", "spmatrix")
_KEPT_NUMBERS = ("random_state", "seed", "random_seed", "n_jobs", "thread_count", "verbose")
"""Numbers that say how something runs, not what it learns."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Inner = Function | ast.Lambda | ast.ClassDef


class Block(NamedTuple):
    """A function of a program."""

    file: str
    name: str
    """As it is reached in that file: `features`, `Model.fit`."""
    lines: int

    @property
    def title(self) -> str:
        """`features` of `preprocess.py`."""
        return f"{self.name} of {self.file}"


class Simplified(NamedTuple):
    """A program whose one block has its simplest form."""

    block: Block
    how: str
    """As a clause: with default parameters."""
    files: dict[str, str]


def blocks_of(files: Mapping[str, str]) -> tuple[Block, ...]:
    """The functions that claim steps, or all but the plainest where only modules or classes do.

    Args:
        files: Python source by name.

    Raises:
        SyntaxError: A source is no Python.
    """
    every = [
        (Block(file, name, (node.end_lineno or node.lineno) - node.lineno + 1), node)
        for file, source in files.items()
        for name, node in _functions(ast.parse(source).body)
    ]
    claiming = [block for block, node in every if claims_of(ast.get_docstring(node) or "")]
    plain = ("save", "load", "__init__")
    return tuple(
        claiming or [block for block, _ in every if block.name.rsplit(".", 1)[-1] not in plain]
    )


def changed_names(before: str, after: str) -> tuple[str, ...]:
    """What a file held and holds no more as it was, in its order; what is new is none of it.

    Args:
        before: Python source.
        after: The source that takes its place; where it is no Python, nothing is known of it.
    """
    try:
        held, holds = (dict(_definitions(ast.parse(text).body)) for text in (before, after))
    except SyntaxError:
        return ()
    return tuple(name for name, text in held.items() if holds.get(name) != text)


def _definitions(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Functions, methods and all that stands beside them, by name; imports and words are none."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, Function):
            yield f"{prefix}{node.name}", ast.dump(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield f"{prefix}{ast.unparse(target)}", ast.dump(node)


def simplified(files: Mapping[str, str]) -> tuple[Simplified, ...]:
    """The program without each block that can be left out, the longest of each file first.

    Raises:
        SyntaxError: A source is no Python.
    """
    blocks = sorted(blocks_of(files), key=lambda block: -block.lines)
    by_file = [
        [found for block in blocks if block.file == file and (found := _without(files, block))]
        for file in files
    ]
    turns = range(max((len(found) for found in by_file), default=0))
    return tuple(found[turn] for turn in turns for found in by_file if turn < len(found))


def _without(files: Mapping[str, str], block: Block) -> Simplified | None:
    tree = ast.parse(files[block.file])
    node = next(node for name, node in _functions(tree.body) if name == block.name)
    how = _simplify(node)
    if not how:
        return None
    changed = {**files, block.file: ast.unparse(ast.fix_missing_locations(tree)) + "\n"}
    return Simplified(block, how, changed)


def _functions(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Functions and methods by their names; what lies inside a function is a part of it."""
    for node in body:
        if isinstance(node, Function):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")


def _simplify(node: Function) -> str:
    """Gives a function its simplest form; says which, or nothing where it has none."""
    if _with_defaults(node):
        return "with default parameters"
    if node.name in INTERFACE:
        return ""
    if _last_name(node.returns) in TABULAR:
        _silence(node)
        return "when what it returns says nothing"
    given = [*node.args.posonlyargs, *node.args.args]
    own = given[1:] if given and given[0].arg in ("self", "cls") else given
    if own and _same(own[0].annotation, node.returns) and _returns(node):
        handed = ast.Return(ast.Name(own[0].arg, ast.Load()))
        node.body = [*_docstring(node), handed]
        return "when it is skipped"
    return ""


def _with_defaults(node: Function) -> bool:
    """Takes the numbers out of calls that make an estimator; whether there were any."""
    found = False
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and (_last_name(call.func) or "_")[0].isupper():
            kept = [one for one in call.keywords if not _is_parameter(one)]
            found = found or len(kept) < len(call.keywords)
            call.keywords = kept
    return found


def _is_parameter(keyword: ast.keyword) -> bool:
    value = keyword.value
    number = isinstance(value, ast.Constant) and type(value.value) in (int, float)
    return number and keyword.arg is not None and keyword.arg not in _KEPT_NUMBERS


def _silence(node: Function) -> None:
    for one in _returns(node):
        if one.value is not None:
            one.value = ast.BinOp(copy.deepcopy(one.value), ast.Mult(), ast.Constant(0))


def _returns(node: Function) -> list[ast.Return]:
    """Its own return statements, not those of functions inside it."""
    found: list[ast.Return] = []
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Return):
            found.append(one)
        elif not isinstance(one, _Inner):
            waiting += ast.iter_child_nodes(one)
    return found


def _docstring(node: Function) -> list[ast.stmt]:
    return node.body[:1] if ast.get_docstring(node) is not None else []


def _same(first: ast.expr | None, second: ast.expr | None) -> bool:
    if first is None or second is None:
        return first is second
    return ast.unparse(first) == ast.unparse(second)


def _last_name(node: ast.expr | None) -> str | None:
    """`DataFrame` of `pd.DataFrame`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
