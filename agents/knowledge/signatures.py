"""What the libraries where the code runs really offer, asked of the interpreter that runs it.

Models remember old versions of libraries. A fault such as an unexpected argument or a name that has
moved is answered with the true signature, out of a subprocess (`probe.py`) on the runtime's own
interpreter: nothing is imported into the engine, and only packages that generated code may use are
loaded. Asking takes a second or more, so call it from a thread; answers are kept.
"""

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

PACKAGES: Final[Mapping[str, str]] = {
    "numpy": "numpy",
    "pandas": "pandas",
    "scipy": "scipy",
    "scikit-learn": "sklearn",
    "catboost": "catboost",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "polars": "polars",
    "torch": "torch",
    "torchvision": "torchvision",
    "transformers": "transformers",
    "sentence-transformers": "sentence_transformers",
    "joblib": "joblib",
}
"""What generated code may import, by the name under which it is installed."""
PROBE: Final = Path(__file__).resolve().with_name("probe.py")
SECONDS: Final = 60.0
MOST_LETTERS: Final = 1_500
_MOST_NAMES = 6

_IMPORTABLE = frozenset(PACKAGES.values())
_REFUSED = re.compile(r"unexpected keyword argument '(\w+)'")
_CALLED = re.compile(r"\b(?:(\w+)\.)?(\w+)\(\) (?:got|missing|takes)")
_NOT_IN_MODULE = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_MODULE_LACKS = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_PLACE = re.compile(r'File "[^"]*"')
"""Names the folders of a library, of which the fault does not speak."""
_OBJECT_LACKS = re.compile(r"(?:'(\w+)' object|type object '(\w+)') has no attribute '(\w+)'")


class _Name(NamedTuple):
    """A dotted name to be asked for."""

    name: str
    keyword: str = ""
    """An argument that it refused."""


class _Code(NamedTuple):
    """What some sources take from libraries."""

    imported: dict[str, str]
    """Dotted name by the name that the code uses."""
    used: tuple[str, ...]
    """Dotted names that the code calls or reads, in order."""


def libraries(python: Path) -> tuple[str, ...]:
    """Name and version of each library that generated code may import, such as `pandas 3.1.1`.

    Args:
        python: The interpreter that runs it.

    Returns:
        Those that are installed; none where the interpreter does not answer.
    """
    versions = _asked(python, json.dumps({"versions": list(PACKAGES)})).get("versions", {})
    return tuple(f"{name} {version}" for name, version in versions.items() if version)


def relocated(name: str, package: str, python: Path) -> str | None:
    """Where a name can be imported from, such as `sklearn.impute.SimpleImputer`.

    Args:
        name: The bare name that was not found.
        package: The importable package to look in, such as `sklearn`.
        python: The interpreter that runs the code.

    Returns:
        The dotted name in a public module where there is one; None where nothing is found.
    """
    if package not in _IMPORTABLE:
        return None
    [found] = _asked(python, json.dumps({"seek": [[name, package]]})).get("homes", [None])
    return found if isinstance(found, str) else None


def argument_of(name: str, keyword: str, python: Path) -> tuple[bool, tuple[str, ...]] | None:
    """Whether a callable takes an argument, and which of its arguments are written alike.

    Args:
        name: Dotted, such as `sklearn.preprocessing.OneHotEncoder`.
        keyword: The argument.
        python: The interpreter that runs the code.

    Returns:
        None where the callable is not known.
    """
    if name.partition(".")[0] not in _IMPORTABLE:
        return None
    [told] = _asked(python, json.dumps({"names": [[name, keyword]]})).get("told", [{}])
    if "takes" not in told:
        return None
    return bool(told["takes"]), tuple(told.get("close") or ())


class Line(NamedTuple):
    """A line of a program."""

    file: str
    number: int


def signatures_for(
    fault_text: str, sources: Mapping[str, str], python: Path, at: Line | None = None
) -> str:
    """What the installed libraries say of the names that a fault speaks of.

    Args:
        fault_text: The message with its traceback, as the program printed it.
        sources: The program's text by path.
        python: The interpreter that runs it.
        at: The line of the program's own that failed: what it calls comes first.

    Returns:
        Markdown of at most 1,500 characters; empty where the fault speaks of no known library.
    """
    code = _read(sources)
    calls = () if at is None else _calls_at(sources.get(at.file, ""), at.number)
    found = [*(one for name in calls for one in _known(name)), *_names(fault_text, code)]
    refused = {one.name for one in found if one.keyword}
    once = dict.fromkeys(one for one in found if one.keyword or one.name not in refused)
    names = list(once)[:_MOST_NAMES]
    if not names:
        return ""
    told = _asked(python, json.dumps({"names": names})).get("told", [])
    versions = {name.partition(".")[0] for name, _ in names}
    shown = [one for one in libraries(python) if PACKAGES[one.split(" ")[0]] in versions]
    lines = [_said(one) for one in told if "missing" in one or one["signature"]]
    return _within([f"Installed: {', '.join(shown)}.", *lines]) if lines else ""


# --- names --------------------------------------------------------------------------------------


def _names(fault: str, code: _Code) -> Iterator[_Name]:
    """The names that a fault speaks of, the surest first."""
    refused = _REFUSED.search(fault)
    keyword = refused[1] if refused else ""
    for name, module in _NOT_IN_MODULE.findall(fault):
        yield from _known(f"{module}.{name}")
    for module, name in _MODULE_LACKS.findall(fault):
        yield from _known(f"{module}.{name}")
    for module in _NO_MODULE.findall(fault):
        lost = [name for name in code.imported.values() if name.startswith(f"{module}.")]
        for name in lost or [module]:
            yield from _known(name)
    for owner, kind, name in _OBJECT_LACKS.findall(fault):
        for one in _things(owner or kind, code):
            yield from _known(f"{one}.{name}")
    calls = _CALLED.findall(fault)
    for owner, called in calls:
        yield from _called(owner, called, keyword, code)
    words = set(re.findall(r"\w+", _PLACE.sub("", fault)))
    for name in code.used:
        if name.rpartition(".")[2] in words:
            yield from _known(name, "" if calls else keyword)


def _called(owner: str, called: str, keyword: str, code: _Code) -> Iterator[_Name]:
    """What `Class.method() got …` or `function() got …` speaks of."""
    for one in _things(owner or called, code):
        method = "" if called == "__init__" or not owner else f".{called}"
        yield from _known(f"{one}{method}", keyword)


def _things(word: str, code: _Code) -> list[str]:
    """The dotted name of what code calls by a bare one; a usual class where it names none."""
    known = (*code.imported.values(), *code.used, *_USUAL)
    return [name for name in known if name.rpartition(".")[2] == word][:1]


_USUAL = (
    "pandas.DataFrame",
    "pandas.Series",
    "pandas.Index",
    "numpy.ndarray",
    "lightgbm.LGBMClassifier",
    "lightgbm.LGBMRegressor",
    "lightgbm.Booster",
    "catboost.CatBoostClassifier",
    "catboost.CatBoostRegressor",
    "catboost.Pool",
    "torch.Tensor",
)
"""Things that code holds without importing their class."""


def _known(name: str, keyword: str = "") -> Iterator[_Name]:
    """The name if it lies in a package that may be asked."""
    package, _, rest = name.partition(".")
    if rest and package in _IMPORTABLE:
        yield _Name(name, keyword)


def _read(sources: Mapping[str, str]) -> _Code:
    """What sources import and use; those that are no Python say nothing."""
    imported: dict[str, str] = {}
    used: list[str] = []
    for text in sources.values():
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        own = dict(_imports(tree))
        imported |= own
        used += [name for node in ast.walk(tree) if (name := _dotted(node, own)) is not None]
    return _Code(imported, tuple(dict.fromkeys(used)))


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield (one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                yield one.asname or one.name, f"{node.module}.{one.name}"


def _dotted(node: ast.AST, imported: Mapping[str, str]) -> str | None:
    """The dotted name of an expression that begins with something imported."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in imported:
        return None
    return ".".join([imported[node.id], *reversed(parts)])


def _calls_at(text: str, number: int) -> tuple[str, ...]:
    """What the innermost statement around a line calls of libraries, by dotted name."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or 0)
    ]
    if not around or isinstance(around[-1], ast.FunctionDef | ast.ClassDef):
        return ()
    imported = dict(_imports(tree))
    made = dict(_made(tree, imported))
    calls = [node for node in ast.walk(around[-1]) if isinstance(node, ast.Call)]
    at = [call.func for call in calls if call.lineno <= number <= (call.end_lineno or 0)]
    found = [_dotted(call, imported) or _method_of(call, made) for call in at]
    return tuple(dict.fromkeys(name for name in found if name))


def _made(tree: ast.Module, imported: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The library's class of each variable or attribute that is assigned such a thing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            name = _dotted(node.value.func, imported)
            if name is not None and name.rpartition(".")[2][:1].isupper():
                yield ast.unparse(node.targets[0]), name


def _method_of(call: ast.expr, made: Mapping[str, str]) -> str:
    """`lightgbm.LGBMRegressor.fit` of `self.trees.fit`; empty where nobody knows."""
    if not isinstance(call, ast.Attribute):
        return ""
    owner = made.get(ast.unparse(call.value), "")
    return f"{owner}.{call.attr}" if owner else ""


# --- asking and telling -------------------------------------------------------------------------


@cache
def _asked(python: Path, request: str) -> dict[str, Any]:
    """The probe's answer to a request; empty where there is none in time."""
    seen = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH")
    environment = {name: os.environ[name] for name in seen if name in os.environ}
    try:
        ended = subprocess.run(
            [str(python), "-P", "-W", "ignore", str(PROBE)],
            input=request,
            capture_output=True,
            check=True,
            encoding="utf-8",
            env=environment,
            timeout=SECONDS,
        )
        answer: dict[str, Any] = json.loads(ended.stdout.strip().rpartition("\n")[2])
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return answer


def _said(told: Mapping[str, Any]) -> str:
    """One line of Markdown on a name."""
    name, close = told["name"], ", ".join(f"`{one}`" for one in told.get("close") or ())
    if "missing" in told:
        lines = [f"- `{name}` does not exist: there is no `{told['missing']}`."]
        if told.get("home"):
            lines.append(f"It is `{told['home']}` now.")
        elif close:
            lines.append(f"Written alike: {close}.")
        return " ".join(lines)
    lines = [f"- `{name}{told['signature']}`: {told['doc']}".rstrip(": ")]
    if told.get("keyword") and not told["takes"]:
        near = f"; written alike: {close}" if close else ""
        lines.append(f"It takes no `{told['keyword']}`{near}.")
    return " ".join(lines)


def _within(lines: Sequence[str]) -> str:
    """The first lines that have room; the last of them may be cut."""
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
