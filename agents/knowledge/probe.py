"""A program that says what the packages of the interpreter running it offer.

`python -P probe.py` reads a request as json from standard input and writes the answer as the last
line of standard output. It is run by path on the interpreter of generated code, so it stands alone
on the standard library; `agents.knowledge.signatures` asks it and knows what both look like.
"""

import difflib
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LONGEST_SIGNATURE = 700
LONGEST_DOC = 160
MOST_CLOSE = 5
LONGEST_SEARCH_S = 10.0


def main() -> int:
    """Answers one request; returns the exit code."""
    request = json.load(sys.stdin)
    answer = {
        "versions": {name: version(name) for name in request.get("versions", [])},
        "told": [tell(name, keyword) for name, keyword in request.get("names", [])],
        "homes": [home(name, package) for name, package in request.get("seek", [])],
    }
    print(f"\n{json.dumps(answer)}")  # noqa: T201 - the answer
    return 0


def version(distribution: str) -> str | None:
    """The installed version of a distribution; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def tell(name: str, keyword: str) -> dict[str, object]:
    """What is known of a dotted name.

    Args:
        name: Such as `lightgbm.LGBMClassifier.fit`.
        keyword: An argument that it refused; "" where there is none.

    Returns:
        `signature` and `doc` where it exists; else `home`, where its last part lives now, and
        `close`, names beside it that are written alike. With a keyword `close` holds arguments.
    """
    thing, missing, owner = resolve(name)
    if missing:
        package, last = name.partition(".")[0], name.rpartition(".")[2]
        moved = None if inspect.isclass(owner) else home(last, package)
        return {"name": name, "missing": missing, "home": moved, "close": near(missing, dir(owner))}
    signature, arguments = signed(thing)
    told: dict[str, object] = {"name": name, "signature": signature, "doc": first_words(thing)}
    if keyword:
        told |= {"keyword": keyword, "takes": keyword in arguments or "**" in signature}
        told["close"] = near(keyword, arguments)
    return told


def resolve(name: str) -> tuple[object, str, object]:
    """A dotted name as a thing; else the part that is missing, and what lacks it."""
    parts = name.split(".")
    thing: object = None
    for place, part in enumerate(parts):
        owner = thing
        try:
            thing = importlib.import_module(part) if owner is None else getattr(owner, part)
        except (AttributeError, ImportError):
            try:
                thing = importlib.import_module(".".join(parts[: place + 1]))
            except ImportError:
                return None, part, owner
    return thing, "", None


def signed(thing: object) -> tuple[str, list[str]]:
    """Arguments with their defaults, without types, and their names."""
    if not callable(thing):
        return "", []
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return "(...)", []
    plain = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    shown = [str(one) for one in plain if one.name != "self"]
    text = f"({', '.join(shown)})"
    if len(text) > LONGEST_SIGNATURE:
        text = text[: LONGEST_SIGNATURE - 4].rpartition(",")[0] + ", …)"
    return text, [one.name for one in plain]


def first_words(thing: object) -> str:
    """The first sentence or line of the docstring."""
    written = inspect.getdoc(thing) or ""
    return " ".join(written.partition("\n\n")[0].split())[:LONGEST_DOC]


def near(word: str, names: list[str]) -> list[str]:
    """Public names that are written alike or hold the word."""
    public = [name for name in names if not name.startswith("_")]
    held = [name for name in public if word.lower() in name.lower()]
    alike = difflib.get_close_matches(word, public, n=MOST_CLOSE, cutoff=0.7)
    return list(dict.fromkeys(alike + held))[:MOST_CLOSE]


def home(name: str, package: str) -> str | None:
    """The public place in a package that offers a name now, such as `sklearn.impute.SimpleImputer`.

    Modules that are loaded are asked first; then its source files are searched for a definition.
    """
    try:
        importlib.import_module(package)
    except ImportError:
        return None
    loaded = [module for module in list(sys.modules) if is_public(module, package)]
    for module in sorted(loaded, key=lambda one: (one.count("."), one)):
        if offers(module, name):
            return f"{module}.{name}"
    for module in defining(name, package):
        for place in (*parents(module), module):
            if offers(place, name):
                return f"{place}.{name}"
    return None


def is_public(module: str, package: str) -> bool:
    """Whether a module belongs to a package and is meant for its users."""
    parts = module.split(".")
    hidden = any(part.startswith("_") or part in {"tests", "testing"} for part in parts)
    return parts[0] == package and not hidden


def offers(module: str, name: str) -> bool:
    """Whether a module can be imported and lists a name; some have whatever they are asked."""
    try:
        return name in dir(importlib.import_module(module))
    except Exception:  # noqa: BLE001 - importing a foreign module may raise anything
        return False


def parents(module: str) -> list[str]:
    """The packages around a module that are public, the outermost first."""
    parts = module.split(".")
    around = [".".join(parts[:length]) for length in range(1, len(parts))]
    return [one for one in around if is_public(one, parts[0])]


def defining(name: str, package: str) -> Iterator[str]:
    """Modules whose source defines a name at its top level."""
    spec = importlib.util.find_spec(package)
    plain = re.escape(name.encode())
    definition = re.compile(rb"^(?:def|class) %b\b|^%b\s*=" % (plain, plain), re.MULTILINE)
    until = time.monotonic() + LONGEST_SEARCH_S
    for root in spec.submodule_search_locations or [] if spec else []:
        for file in sorted(Path(root).rglob("*.py"), key=lambda one: (len(one.parts), one)):
            if time.monotonic() > until:
                return
            path = file.relative_to(root).with_suffix("")
            if "tests" not in path.parts and definition.search(file.read_bytes()):
                parts = [part for part in path.parts if part != "__init__"]
                yield ".".join([package, *parts])


if __name__ == "__main__":
    raise SystemExit(main())
