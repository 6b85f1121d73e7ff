"""Imports of what has moved, is not installed, or was forgotten."""

import ast
import difflib
import re

from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, Source

NO_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
NO_MODULE = re.compile(r"(?:No module named|The module) '([\w.]+)'")
UNDEFINED = re.compile(r"(?:The name|name) '(\w+)' is not defined")
LIKE_ENOUGH = 0.8

MOVED = {
    "sklearn.externals.joblib": "joblib",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.metrics.plot_confusion_matrix": "sklearn.metrics.ConfusionMatrixDisplay",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "pandas.Panel": "",
    "scipy.interp": "numpy.interp",
    "scipy.integrate.trapz": "scipy.integrate.trapezoid",
    "scipy.integrate.simps": "scipy.integrate.simpson",
    "keras.utils.np_utils": "",
}
"""Where things went whose own name changed too; empty: nowhere."""
USUAL = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "lgb": "import lightgbm as lgb",
    "nn": "from torch import nn",
    "F": "from torch.nn import functional as F",
    "Path": "from pathlib import Path",
    "Any": "from typing import Any",
    "partial": "from functools import partial",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "datetime": "from datetime import datetime",
    "DataLoader": "from torch.utils.data import DataLoader",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    **{
        name: f"import {name}"
        for name in (
            *("gc", "io", "itertools", "joblib", "json", "logging", "math", "numpy", "os"),
            *("pandas", "pickle", "random", "re", "scipy", "shutil", "sys", "time", "torch"),
            "warnings",
        )
    },
}
"""How what is usually called so is imported."""
SEARCHED = ("sklearn", "lightgbm", "catboost", "torch")
"""Packages whose names programs use bare."""


def forgotten_import(at: Situation) -> Fix | None:
    """A name that everybody knows is imported."""
    found = UNDEFINED.search(at.message)
    if found is None:
        return None
    name = found[1]
    line = USUAL.get(name, "")
    if not line and name[:1].isupper():
        homes = (at.lookup.home(name, package) for package in SEARCHED)
        home = next((one for one in homes if one), "")
        line = f"from {home.rpartition('.')[0]} import {name}" if home else ""
    if not line or at.source.tree is None:
        return None
    edits = [at.source.with_import(line)]
    return at.fix("import added", f"`{name}` is imported.", edits)


def misspelt_name(at: Situation) -> Fix | None:
    """A name that nothing defines becomes the only one that is written alike."""
    found = UNDEFINED.search(at.message)
    if found is None:
        return None
    function = at.source.function_at(at.line)
    tree: ast.AST | None = function or at.source.tree
    if tree is None:
        return None
    near = difflib.get_close_matches(found[1], sorted(_known(tree)), n=2, cutoff=LIKE_ENOUGH)
    if len(near) != 1:
        return None
    edits = [
        at.source.replaced(node, near[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == found[1] and isinstance(node.ctx, ast.Load)
    ]
    return at.fix("name corrected", f"`{found[1]}` was meant to be `{near[0]}`.", edits)


def _known(tree: ast.AST) -> set[str]:
    """Names that something gives a value to."""
    names = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def moved_import(at: Situation) -> Fix | None:
    """What cannot be imported is imported from where it lives now, or not at all if unused."""
    named, module = NO_NAME.search(at.message), NO_MODULE.search(at.message)
    if named is None and module is None:
        return None
    for node in at.source.walk():
        if isinstance(node, ast.ImportFrom) and node.module:
            lost = _lost(node, named, module)
            if lost and (edits := _elsewhere(at, node, lost)):
                names = ", ".join(one.name for one in lost)
                what = f"The import of {names} was brought up to date."
                return at.fix("import moved", what, edits)
        if isinstance(node, ast.Import) and module:
            lost = [one for one in node.names if _within(one.name, module[1])]
            if lost and not any(_used(at.source, one) for one in lost):
                edits = [_line(at.source, node, [one for one in node.names if one not in lost])]
                return at.fix("import dropped", f"{module[1]} is not used, and not there.", edits)
    return None


def _lost(
    node: ast.ImportFrom, named: re.Match[str] | None, module: re.Match[str] | None
) -> list[ast.alias]:
    """What an import fails to find."""
    if named:
        right = node.module == named[2]
        return [one for one in node.names if right and one.name == named[1]]
    assert module is not None  # one of both was found
    return list(node.names) if _within(str(node.module), module[1]) else []


def _within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _elsewhere(at: Situation, node: ast.ImportFrom, lost: list[ast.alias]) -> list[Edit]:
    """The statement without what is lost, and where that is found; nothing if it is not."""
    lines, edits = [], []
    kept = [one for one in node.names if one not in lost]
    if kept:
        lines.append(f"from {node.module} import {', '.join(at.source.of(one) for one in kept)}")
    for one in lost:
        old = f"{node.module}.{one.name}"
        if not _used(at.source, one):
            continue
        package = str(node.module).partition(".")[0]
        home = MOVED.get(old) or at.lookup.home(one.name, package)
        if not home:
            return []
        lines.append(_from(home, one.asname or one.name))
        new = home.rpartition(".")[2]
        if new != one.name and not one.asname:
            lines[-1] = _from(home, new)
            edits += _names(at.source, one.name, new)
    indent = " " * node.col_offset
    return [at.source.replaced(node, f"\n{indent}".join(lines) or "pass"), *edits]


def _from(home: str, name: str) -> str:
    module, _, last = home.rpartition(".")
    if not module:
        return f"import {last}" + (f" as {name}" if name != last else "")
    return f"from {module} import {last}" + (f" as {name}" if name != last else "")


def _names(source: Source, old: str, new: str) -> list[Edit]:
    return [
        source.replaced(node, new)
        for node in source.walk()
        if isinstance(node, ast.Name) and node.id == old
    ]


def _used(source: Source, one: ast.alias) -> bool:
    return source.uses((one.asname or one.name).partition(".")[0])


def _line(source: Source, node: ast.Import, kept: list[ast.alias]) -> Edit:
    text = f"import {', '.join(source.of(one) for one in kept)}" if kept else ""
    start, end = source.span(node)
    if not text and node.col_offset == 0 and source.raw[end : end + 1] == b"\n":
        return Edit(start, end + 1, "")
    return Edit(start, end, text or "pass")
