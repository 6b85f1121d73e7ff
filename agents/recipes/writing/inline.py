"""Recipes as programs that stand alone: what they import from this project becomes their own text.

`from agents.recipes.blocks.tables import read_table` is replaced by the text of `read_table` and of
all that it needs. The same holds for the parts of `agents.competition` that both the engine and the
programs use, so that both do the same, by construction.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files

from agents.recipes.writing.imports import Import
from agents.recipes.writing.source import Module, Piece, parse, reached, rename

OWN = "agents"

_LINTER_REMARK = re.compile(r"  # (?:noqa|type: ignore).*$", re.MULTILINE)

Load = Callable[[str], str]
"""From the dotted name of a module of this project to its source."""


@cache
def load_source(module: str) -> str:
    """Read the source of a module of this project, without importing it.

    Remarks for this project's linter are left out: they mean nothing elsewhere.
    """
    package, *rest = module.split(".")
    folder = files(package).joinpath(*rest[:-1])
    source = folder.joinpath(f"{rest[-1]}.py").read_text(encoding="utf-8")
    return _LINTER_REMARK.sub("", source)


def inline(module: Module, load: Load = load_source) -> Module:
    """Replace what a module imports from this project by the text of it.

    Args:
        module: Where to begin.
        load: Reads further modules.

    Raises:
        ValueError: Two modules of this project mean different things by one name.
    """
    own, others = _split(module.imports)
    needed = merge([_fetched(source, names, load) for source, names in _by_module(own).items()])
    aliases = {one.alias: one.name or "" for one in own if one.alias != one.name}
    pieces = tuple(rename(piece, aliases) for piece in module.pieces)
    constants = tuple(piece for piece in pieces if piece.constant)
    rest = tuple(piece for piece in pieces if not piece.constant)
    return merge([Module(module.docstring, tuple(others), constants), needed, Module(pieces=rest)])


def merge(modules: Iterable[Module]) -> Module:
    """Put modules below each other; what several of them hold alike appears once.

    Raises:
        ValueError: Two of them bind one name to different things.
    """
    docstring, imports, pieces = "", dict[Import, None](), dict[str, Piece]()
    holders: dict[str, str] = {}
    for module in modules:
        docstring = docstring or module.docstring
        imports |= dict.fromkeys(module.imports)
        for piece in module.pieces:
            for name in piece.names:
                if holders.setdefault(name, piece.text) != piece.text:
                    raise ValueError(f"Two different things are called {name!r}.")
            pieces.setdefault(piece.text, piece)
    ordered = sorted(pieces.values(), key=lambda piece: not piece.constant)
    return Module(docstring, tuple(imports), tuple(ordered))


def share(modules: Mapping[str, Module], keep: str = "") -> dict[str, Module]:
    """Rename what several modules call alike but mean differently, each with its own prefix.

    What is the same in all of them, down to everything that it uses, keeps its name, so that
    `merge` writes it once.

    Args:
        modules: By the prefix of each, a plain word.
        keep: The module among them whose names stay as they are.
    """
    clashing = _clashing(list(modules.values()))
    return {
        prefix: module if prefix == keep else _with_prefix(module, prefix, clashing & module.names)
        for prefix, module in modules.items()
    }


def prefixed(name: str, prefix: str) -> str:
    """A name with a prefix in the style of its kind: constant, class, private or public."""
    bare = name.lstrip("_")
    if bare.isupper():
        joined = f"{prefix.upper()}_{bare}"
    elif bare[:1].isupper():
        joined = prefix.title().replace("_", "") + bare
    else:
        joined = f"{prefix}_{bare}"
    return name[: len(name) - len(bare)] + joined


def _split(imports: Iterable[Import]) -> tuple[list[Import], list[Import]]:
    own = [one for one in imports if one.module.partition(".")[0] == OWN]
    return own, [one for one in imports if one not in own]


def _by_module(imports: Iterable[Import]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for one in imports:
        names.setdefault(one.module, []).append(one.name or "")
    return names


def _fetched(source: str, names: list[str], load: Load) -> Module:
    whole = parse(load(source))
    return inline(reached(Module("", whole.imports, _definitions(whole)), names), load)


def _definitions(module: Module) -> tuple[Piece, ...]:
    return tuple(piece for piece in module.pieces if piece.names)


def _clashing(modules: list[Module]) -> set[str]:
    """Names that stand for different things in two modules, or lean on such a name."""
    meanings: dict[str, set[object]] = {}
    users: dict[str, set[str]] = {}
    for module in modules:
        for one in module.imports:
            meanings.setdefault(one.alias, set()).add(one)
        for piece in module.pieces:
            for name in piece.names:
                meanings.setdefault(name, set()).add(piece.text)
                for used in piece.uses:
                    users.setdefault(used, set()).add(name)
    clashing = {name for name, things in meanings.items() if len(things) > 1}
    waiting = list(clashing)
    while waiting:
        new = users.get(waiting.pop(), set()) - clashing
        clashing |= new
        waiting += new
    return {name for name in clashing if sum(name in module.names for module in modules) > 1}


def _with_prefix(module: Module, prefix: str, clashing: Iterable[str]) -> Module:
    names = {name: prefixed(name, prefix) for name in clashing}
    imports = (
        Import(one.module, one.name, names.get(one.alias, one.alias)) for one in module.imports
    )
    pieces = (rename(piece, names) for piece in module.pieces)
    return Module(module.docstring, tuple(imports), tuple(pieces))
