"""Where a fault is to be mended, as far as its words and the program's text tell.

A traceback names where a fault was noticed; broken promises and judged scores name no line at all.
What is found here is the function that makes what is wrong.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from agents.models import Fault
from agents.repairs.rewriting import values_returned
from agents.repairs.source import Function, Source, called, keyword_of, text_in


class Place(NamedTuple):
    """A line of a file, and the function around it."""

    file: str
    line: int | None
    function: str | None


Sources = Mapping[str, str]
Finder = Callable[[Fault, Sources], Place | None]

_METHOD = re.compile(r"\b(Preprocessor|Model)\.(fit|transform|predict)\b")
_NO_ATTRIBUTE = re.compile(r"'(Preprocessor|Model)' object has no attribute '(\w+)'")
_OPTION = re.compile(r"The '(\w+)' parameter of (\w+) must be")
_SCORES = re.compile(r"^(The scores |\d+ scores are |Probabilities run )")
_OBJECT = re.compile(
    r"^(\w+) (?:must be|may hold|lacks columns|has columns|has the columns|has no rows|has shape)"
)
_HOLDS = re.compile(
    r"^(\w+) holds the (?:target|raw id)(?: '(.+)')? among its features(?:: (\w+))?", re.MULTILINE
)
_DEPENDS = "rows depend on each other"
_ROWS = "side must have the same number of rows"
_STACK = re.compile(r'File "(?:[^"]*/)?(\w+\.py)", line (\d+) in (\w+)')
_OWNERS = {"Preprocessor": "preprocess.py", "Model": "model.py"}
_OF_ALL_ROWS = {
    *("fit", "fit_transform", "fit_predict", "mean", "median", "std", "var", "min", "max", "sum"),
    *("quantile", "rank", "mode", "value_counts", "factorize", "qcut", "cut", "get_dummies"),
    *("groupby", "nunique", "ffill", "bfill", "interpolate", "shift", "rolling", "cumsum"),
}
"""Calls whose answer for a row depends on the other rows."""


def located(fault: Fault, sources: Sources) -> Fault:
    """The fault with its place: file, line and function.

    Args:
        fault: As an execution, a reading or a judgement left it.
        sources: The program's files, name to text.
    """
    for find in _FINDERS:
        place = find(fault, sources)
        if place is not None and place.file in sources:
            known = {"file": place.file, "line": place.line, "function": place.function}
            known["component"] = place.file if place.file in _OWNERS.values() else fault.component
            return fault.model_copy(update=known)
    return fault


# --- by what the message says ---------------------------------------------------------------------


def _of_option(fault: Fault, sources: Sources) -> Place | None:
    """Where an estimator was given the option that it refused when it was fitted."""
    found = _OPTION.search(fault.message)
    if found is None:
        return None
    for file, text in sources.items():
        source = Source(text)
        calls = [call for call in source.calls(found[2]) if keyword_of(call, found[1])]
        if calls:
            return _at(file, source, calls[0].lineno)
    return None


def _of_network(fault: Fault, sources: Sources) -> Place | None:
    """Where a network was made, or fed, that noticed values of another shape or type."""
    noticed = fault.function == "forward" and fault.kind != "resource"
    if not noticed or fault.file not in sources:
        return None
    source = Source(sources[str(fault.file)])
    network = next(
        (
            node
            for node in source.walk()
            if isinstance(node, ast.ClassDef)
            and node.lineno <= (fault.line or 0) <= (node.end_lineno or 0)
        ),
        None,
    )
    made = source.calls(network.name) if network is not None else []
    return _at(str(fault.file), source, made[0].lineno) if made else None


def _of_stack(fault: Fault, sources: Sources) -> Place | None:
    """Where a program was when its time ended."""
    if fault.kind != "resource" or fault.line is not None:
        return None
    for file, line, function in _STACK.findall(fault.excerpt):
        if file in sources:
            return Place(file, int(line), function)
    return None


def _of_scores(fault: Fault, sources: Sources) -> Place | None:
    if not _SCORES.search(fault.message):
        return None
    return _method(sources, "Model", "predict")


def _of_columns(fault: Fault, sources: Sources) -> Place | None:
    """Where the target or the id comes among the features."""
    found = _HOLDS.search(fault.message)
    if found is None:
        return None
    column = found[2] or found[3]
    source = Source(sources.get("preprocess.py", ""))
    for node in source.walk():
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Store):
            continue
        if text_in(node.slice) == column:
            return _at("preprocess.py", source, node.lineno)
    return _maker("preprocess.py", source, found[1])


def _of_objects(fault: Fault, sources: Sources) -> Place | None:
    """Where preprocessing makes an object that is not as promised."""
    source = Source(sources.get("preprocess.py", ""))
    found = _OBJECT.search(fault.message)
    if found is not None:
        return _maker("preprocess.py", source, found[1])
    if _ROWS in fault.message:
        method = "fit" if "train side" in fault.message else "transform"
        return _method(sources, "Preprocessor", method)
    return None


def _of_dependence(fault: Fault, sources: Sources) -> Place | None:
    """Where a value is taken from all of the asked rows."""
    if _DEPENDS not in fault.message:
        return None
    source = Source(sources.get("preprocess.py", ""))
    reached = _reached_from(source, "transform")
    for function in sorted(reached, key=lambda one: one.lineno):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and called(node) in _OF_ALL_ROWS:
                return Place("preprocess.py", node.lineno, function.name)
    return _method(sources, "Preprocessor", "transform")


def _of_method(fault: Fault, sources: Sources) -> Place | None:
    """The method that a sentence of ours names."""
    found = _METHOD.search(fault.message)
    if found is None or fault.line is not None:
        return None
    return _method(sources, found[1], found[2])


def _of_line(fault: Fault, sources: Sources) -> Place | None:
    """The function around a line that is known."""
    file = fault.file or fault.component
    if fault.line is None or fault.function is not None or file not in sources:
        return None
    source = Source(sources[file])
    if source.tree is None:
        return Place(file, fault.line, _function_above(source.text, fault.line))
    return _at(file, source, fault.line)


_FINDERS: tuple[Finder, ...] = (
    _of_option,
    _of_network,
    _of_stack,
    _of_scores,
    _of_columns,
    _of_objects,
    _of_dependence,
    _of_method,
    _of_line,
)


# --- in the text ----------------------------------------------------------------------------------


def _at(file: str, source: Source, line: int) -> Place:
    function = source.function_at(line)
    return Place(file, line, function.name if function is not None else None)


def _method(sources: Sources, owner: str, name: str) -> Place | None:
    file = _OWNERS[owner]
    function = Source(sources.get(file, "")).method(owner, name)
    return Place(file, function.lineno, name) if function is not None else None


def _function_above(text: str, line: int) -> str | None:
    """The last function that begins before a line, where the text is no Python."""
    found = None
    for written in text.splitlines()[: line - 1]:
        if match := re.match(r"\s*(?:async )?def (\w+)", written):
            found = match[1]
        elif re.match(r"\S", written) and not written.startswith((")", "#", "@")):
            found = None
    return found


def _maker(file: str, source: Source, name: str) -> Place | None:
    """The function that makes an object: the program's own one that is called for it."""
    for value in values_returned(source, name):
        for own in _own_calls(source, value):
            return Place(file, own.lineno, own.name)
        return _at(file, source, value.lineno)
    return None


def _own_calls(source: Source, value: ast.expr) -> Iterator[Function]:
    """Functions of the file that an expression calls, the outermost first."""
    functions = {node.name: node for node in source.walk() if isinstance(node, Function)}
    inner = value
    if isinstance(inner, ast.Name):
        assigned = [
            node.value
            for node in source.walk()
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == inner.id
        ]
        inner = assigned[-1] if assigned else inner
    for node in ast.walk(inner):
        if isinstance(node, ast.Call) and called(node) in functions:
            yield functions[called(node)]


def _reached_from(source: Source, method: str) -> list[Function]:
    """A method of the preprocessor and the functions of its file that it calls in the end."""
    start = source.method("Preprocessor", method)
    found: list[Function] = []
    waiting = [start] if start is not None else []
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.append(function)
            waiting += _own_calls(source, ast.Tuple([_body(function)], ast.Load()))
    return found


def _body(function: Function) -> ast.expr:
    """All expressions of a function as one."""
    parts = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return ast.Tuple(list(parts), ast.Load())
