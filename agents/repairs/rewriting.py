"""Exact changes that several rules share: helpers added, objects wrapped, lines at an end."""

import ast
from collections.abc import Callable, Iterator

from agents.models import Contract, ContractObject
from agents.repairs.source import Edit, Function, Source, text_in

SIMPLE = ast.Name | ast.Call | ast.Attribute | ast.Subscript
NUMERIC = {"float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"}
AS_CATEGORIES = '''def as_categories(features: pd.DataFrame) -> pd.DataFrame:
    """Words as categories."""
    words = features.select_dtypes(include=["str", "object"]).columns
    return features.astype(dict.fromkeys(words, "category"))
'''
WITHOUT_GAPS = '''def without_gaps(features: pd.DataFrame) -> pd.DataFrame:
    """Words with "" where they are missing."""
    words = features.select_dtypes(include=["str", "object", "category"]).columns
    filled = {name: features[name].astype("object").fillna("").astype("str") for name in words}
    return features.assign(**filled)
'''


def promised(contract: Contract, role: str) -> tuple[ContractObject, ...]:
    """The objects of a contract that play a role."""
    return tuple(one for one in contract.objects if one.role == role)


def only_numbers(contract: Contract) -> bool:
    """Whether every feature is promised to be a number."""
    return all(set(one.dtypes) <= NUMERIC and one.dtypes for one in promised(contract, "features"))


def with_helper(source: Source, text: str) -> list[Edit]:
    """A function for the file, before its first class or function; pandas for it."""
    tree = source.tree
    name = text.partition("(")[0].removeprefix("def ")
    if tree is None or f"def {name}(" in source.text:
        return []
    edits = [*with_pandas(source)]
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            first = min([source.span(one)[0] for one in node.decorator_list], default=None)
            start = source.span(node)[0] if first is None else first - 1
            return [*edits, Edit(start, start, f"{text}\n\n")]
    return []


def with_pandas(source: Source) -> Iterator[Edit]:
    """An import of pandas as `pd`, where there is none."""
    if source.imported().get("pd") != "pandas":
        yield source.with_import("import pandas as pd")


def features_taken(source: Source, contract: Contract) -> list[ast.Subscript]:
    """Where `model.py` takes the features that it was promised."""
    names = {one.name for one in promised(contract, "features")}
    return [
        node
        for node in source.walk()
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Load)
        and text_in(node.slice) in names
    ]


def values_returned(source: Source, name: str) -> list[ast.expr]:
    """What `preprocess.py` returns under the name of a promised object."""
    found: list[ast.expr] = []
    for node in source.walk():
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            found += [value for key, value in pairs if text_in(key) == name]
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Subscript) and text_in(target.slice) == name:
                found.append(node.value)
    return found


def wrapped(source: Source, node: ast.expr, wrap: Callable[[str], str]) -> Edit:
    """An expression with something around or behind it."""
    text = source.of(node)
    return source.replaced(node, wrap(text if isinstance(node, SIMPLE) else f"({text})"))


def returns_of(function: Function) -> list[ast.Return]:
    """The returns of a function, not of those inside it."""
    found: list[ast.Return] = []
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            found.append(node)
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return found


def second_argument(function: Function) -> str:
    """What a method calls the argument behind `self`; empty where it has none."""
    return function.args.args[1].arg if len(function.args.args) > 1 else ""


def at_end(source: Source, function: Function, lines: list[str]) -> Edit:
    """Lines behind the last statement of a function."""
    last = function.body[-1]
    indent = " " * function.body[0].col_offset
    return source.after(last, "".join(f"\n{indent}{line}" for line in lines))
