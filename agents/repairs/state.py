"""What the runner asks of the two classes: methods, their arguments, and a state that survives."""

import ast
import re

from agents.repairs.rewriting import at_end, second_argument
from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, Function

NOT_THERE = re.compile(r"'(Preprocessor|Model)' object has no attribute '(\w+)'")
KEYWORD = re.compile(r"(Preprocessor|Model)\.fit must accept the keyword")
NO_METHOD = re.compile(r"(Preprocessor|Model) has no method (save|load)")
UNCLAIMED = re.compile(r"No docstring claims these steps: (.+)\.$")
LIMITS = {"seed": "seed: int", "time_limit_s": "time_limit_s: float"}
SAVE = '''
    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(vars(self), directory / "state.joblib")
'''
LOAD = '''
    def load(self, directory: Path) -> None:
        """Read what was learned."""
        vars(self).update(joblib.load(directory / "state.joblib"))
'''
SHORTEST_STEM = 4


def attribute_kept(at: Situation) -> Fix | None:
    """What `fit` learned and `save` forgot is saved and loaded."""
    found = NOT_THERE.search(at.message)
    if found is None:
        return None
    owner, name = found.groups()
    save, load = at.source.method(owner, "save"), at.source.method(owner, "load")
    if save is None or load is None or name not in _learned(at, owner):
        return None
    # All of it at once: the next one would be missed only after one more run.
    kept = _saved(save)
    lost = [one for one in _learned(at, owner) if one not in kept]
    pairs = ", ".join(f'"{one}": self.{one}' for one in lost if one == name or one in _read(at))
    for function in (save, load):
        if not second_argument(function) or f'"{owner.lower()}_rest' in at.source.text:
            return None
    file = f'"{owner.lower()}_rest.joblib"'
    written = f"joblib.dump({{{pairs}}}, {second_argument(save)} / {file})"
    read = f"vars(self).update(joblib.load({second_argument(load)} / {file}))"
    edits = [at_end(at.source, save, [written]), at_end(at.source, load, [read])]
    if at.source.imported().get("joblib") != "joblib":
        edits.append(at.source.with_import("import joblib"))
    return at.fix("attribute kept", f"`{name}` is saved and loaded.", edits)


def _learned(at: Situation, owner: str) -> list[str]:
    """Attributes that a class gives itself outside of `load`."""
    found: dict[str, None] = {}
    for node in at.source.walk():
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for method in node.body:
                if isinstance(method, Function) and method.name != "load":
                    found |= dict.fromkeys(_own(method, ast.Store))
    return list(found)


def _saved(save: Function) -> set[str]:
    return set(_own(save, ast.Load))


def _read(at: Situation) -> set[str]:
    """Attributes that the file reads."""
    return {name for node in at.source.walk() for name in _own_one(node, ast.Load)}


def _own(tree: ast.AST, how: type[ast.expr_context]) -> list[str]:
    return [name for node in ast.walk(tree) for name in _own_one(node, how)]


def _own_one(node: ast.AST, how: type[ast.expr_context]) -> list[str]:
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, how):
        return []
    own = isinstance(node.value, ast.Name) and node.value.id == "self"
    return [node.attr] if own else []


def limits_accepted(at: Situation) -> Fix | None:
    """`fit` accepts what the runner passes."""
    found = KEYWORD.search(at.message)
    function = at.source.method(found[1], "fit") if found else None
    if function is None or len(function.args.args) < 2:
        return None
    arguments = function.args
    every = [*arguments.args, *arguments.kwonlyargs]
    lacking = [text for name, text in LIMITS.items() if name not in {one.arg for one in every}]
    defaults = [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]
    ends = [at.source.span(node)[1] for node in every]
    ends += [at.source.span(node)[1] for node in defaults]
    star = "" if arguments.kwonlyargs or arguments.vararg else "*, "
    end = max(ends)
    edits = [Edit(end, end, f", {star}{', '.join(lacking)}")] if lacking else []
    return at.fix("limits accepted", "`fit` takes the seed and the time limit.", edits)


def methods_added(at: Situation) -> Fix | None:
    """A class that keeps nothing keeps all that it learned."""
    found = NO_METHOD.search(at.message)
    if found is None:
        return None
    owner = found[1]
    node = next(
        (
            one
            for one in at.source.walk()
            if isinstance(one, ast.ClassDef) and one.name == owner and not one.bases
        ),
        None,
    )
    if node is None:
        return None
    has = {name for name in ("save", "load") if at.source.method(owner, name) is not None}
    if has:
        # Half of a pair: what the other half does cannot be told.
        return None
    edits = [at.source.after(node, f"\n{SAVE}{LOAD}".rstrip("\n"))]
    names = at.source.imported()
    if "joblib" not in names:
        edits.append(at.source.with_import("import joblib"))
    if "Path" not in names:
        edits.append(at.source.with_import("from pathlib import Path"))
    return at.fix("methods added", f"{owner} saves and loads what it learned.", edits)


def steps_claimed(at: Situation) -> Fix | None:
    """A step that the code speaks of is claimed in the docstring of its file."""
    found = UNCLAIMED.search(at.message.splitlines()[0])
    if found is None:
        return None
    by_file: dict[str, list[str]] = {}
    for step in (one.strip() for one in found[1].split(",")):
        file = next((name for name in at.files if _speaks_of(at.files[name], step)), None)
        if file is None:
            return None
        by_file.setdefault(file, []).append(step)
    file, steps = next(iter(by_file.items()))
    source = at.other(file)
    first = source.tree.body[0] if source.tree is not None and source.tree.body else None
    line = f"Steps: {', '.join(steps)}"
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.value.value:
        end = source.span(first)[1] - 3
        edit = Edit(end, end, f"\n{line}\n" if source.of(first).count("\n") else f"\n\n{line}\n")
    else:
        edit = Edit(0, 0, f'"""{line}"""\n\n')
    return at.fix("steps claimed", f"{file} claims {', '.join(steps)}.", [edit], file)


def _speaks_of(text: str, step: str) -> bool:
    """Whether code, not only prose, holds a word of a step's name."""
    stems = [word[: max(SHORTEST_STEM, len(word) - 2)] for word in re.split(r"\W|_", step)]
    code = re.sub(r'""".*?"""', "", text, flags=re.DOTALL).lower()
    return any(len(stem) >= SHORTEST_STEM and stem.lower() in code for stem in stems)
