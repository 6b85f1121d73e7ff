"""Debugging Agent (paper 3.2.3): mends the located component, and nothing else.

It gets the fault with its place, the steps of the plan, what the installed libraries really offer,
what was tried before against this fault, and no more of data and files than the fault touches; it
answers with edits, so that what works stays as it is.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.adviser import CODE_TOKENS, Adviser, Question
from agents.models import CandidatePlan, Fault, Task

ROLE = "debugging_agent"
MOST_COLUMNS_NAMED = 12
MOST_NAMES = 60
"""Of columns that a fault does not name."""
ABOUT_BOTH = frozenset(
    {"contract usage", "contract fulfilment", "shape or dtype mismatch", "leakage"}
)
"""Faults between the two files."""
EITHER = frozenset({"shape or dtype mismatch", "leakage"})
"""Of these, those that show in one file while their cause may lie in the other."""
_EVERY_PART = ("prep", "model", "train")
_PARTS = {"preprocess.py": ("prep",), "model.py": ("model", "train")}
_COLUMN = re.compile(r"    - `(.+?)`(?: to `.+?`)?")
_LACKS = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_EVERYTHING = re.compile(r"vars\(self\)|__dict__|dump\(self,|setattr")


@dataclass(frozen=True)
class Case:
    """A fault and all that is known about it."""

    plan: CandidatePlan
    fault: Fault
    files: Mapping[str, str]
    """The program's parts by name."""
    tried: Sequence[str] = ()
    """Earlier repairs of this program that did not help, one sentence each."""
    healed: Sequence[str] = ()
    """What mended such a fault before, one sentence each."""
    signatures: str = ""
    """What the installed libraries offer where the fault speaks of them."""
    web: str = ""
    """What the web says of such a fault; somebody else's words."""
    words: str = ""
    """What the person said about a program that runs and that they do not want; then either file
    may be changed, as the words ask."""
    made: str = ""
    """What preprocessing made of `sample`, in words, where that is known."""
    anew: bool = False
    """Whether patching has failed often enough, and the function is to be written anew."""

    @property
    def component(self) -> str:
        """The file to be mended."""
        likely = (self.fault.component, "model.py", *self.files)
        return next(name for name in likely if name in self.files)

    @property
    def editable(self) -> tuple[str, ...]:
        """The files that the repair may change: both only where the cause may lie in either."""
        if self.words or self.fault.kind in EITHER:
            return tuple(self.files)
        return (self.component,)


@dataclass(frozen=True)
class Repair:
    """A proposed repair."""

    files: Mapping[str, str]
    cause: str
    """What the agent says was wrong."""


async def repair(adviser: Adviser, case: Case) -> Repair:
    """Ask a model for the smallest change that mends a fault.

    Raises:
        ModelError: The model gave no edits that match the file.
    """
    facts = {**_about(case), "columns_named": _named(case.fault, adviser.shared)}
    question = Question(ROLE, "debugger", facts, CODE_TOKENS)
    files, cause = await adviser.edited(question, case.files, case.editable)
    return Repair(files, cause or f"{case.fault.kind} in {case.component}")


def _about(case: Case) -> dict[str, object]:
    """What the prompt tells of a case."""
    fault, source = case.fault, case.files.get(case.component, "")
    shown = shown_files(case)
    parts = {part for name in shown for part in _PARTS.get(name, _EVERY_PART)}
    return {
        "plan": case.plan,
        "steps": [step for step in case.plan.steps if step.part in parts],
        "fault": fault,
        "line": _line(source, fault.line),
        "not_restored": not_restored(source, fault.message),
        "shown": shown,
        "component": case.component,
        "editable": case.editable,
        "made": concerning(case.made, spoken_of(fault)) if fault.kind in ABOUT_BOTH else "",
        "contract": case.plan.contract,
        "tried": case.tried,
        "healed": case.healed,
        "web": case.web,
        "signatures": case.signatures,
        "words": case.words,
        "anew": case.anew,
    }


def shown_files(case: Case) -> dict[str, str]:
    """The file to be mended, and the other one where the fault may come from there."""
    fault, spoken = case.fault, spoken_of(case.fault)
    return {
        name: text
        for name, text in case.files.items()
        if case.words or name == case.component or fault.kind in ABOUT_BOTH or name in spoken
    }


def _named(fault: Fault, shared: Mapping[str, object]) -> list[object]:
    """The columns of the dossier that a fault names."""
    columns = shared.get("columns")
    if not isinstance(columns, list):
        return []
    spoken, task = spoken_of(fault), shared["task"]
    assert isinstance(task, Task)
    always = {*task.target_columns, task.id_column}
    named = [one for one in columns if _stands_in(one["name"], spoken)][:MOST_COLUMNS_NAMED]
    beside = [one for one in columns if one["name"] in always and one not in named]
    return [*named, *beside] if named else []


def spoken_of(fault: Fault) -> str:
    """All words of a fault, in which columns, files and functions may be named."""
    return f"{fault.message}\n{fault.excerpt}"


def concerning(made: str, spoken: str) -> str:
    """What preprocessing made, with the ranges of those columns alone that a fault names.

    Args:
        made: As `agents.run.by_models.preparing.in_words` tells it.
        spoken: All words of the fault.
    """
    told: list[str] = []
    for line, columns in _objects(made):
        told.append(line)
        others = [one for one in columns if not _is_named(one, spoken)]
        if len(others) <= MOST_COLUMNS_NAMED:
            told += columns
            continue
        told += [one for one in columns if one not in others]
        names = [found[0] for one in others if (found := _COLUMN.match(one))]
        shown = ", ".join(name.strip(" -") for name in names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        told.append(f"    - the fault does not name these, in their order: {shown}{more}")
    return "\n".join(told)


def _objects(made: str) -> Iterator[tuple[str, list[str]]]:
    """The line of each object, and those below it."""
    lines = made.splitlines()
    starts = [at for at, line in enumerate(lines) if not line.startswith(" ")]
    for start, end in pairwise([*starts, len(lines)]):
        yield lines[start], lines[start + 1 : end]


def _is_named(line: str, spoken: str) -> bool:
    """Whether the line of a column tells of one that is spoken of."""
    found = _COLUMN.match(line)
    return found is not None and _stands_in(found[1], spoken)


def _stands_in(name: str, text: str) -> bool:
    """Whether a text holds a name, and not only as a part of a longer one."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _line(source: str, number: int | None) -> str:
    lines = source.splitlines()
    return lines[number - 1].strip() if number is not None and 0 < number <= len(lines) else ""


def not_restored(source: str, message: str) -> str:
    """Where an attribute that is missing was set, if it was lost between two processes.

    Returns:
        Two sentences; empty where that is not the cause.
    """
    lacks = _LACKS.search(message)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    owner = next((one for one in classes if lacks and one.name == lacks[1]), None)
    if lacks is None or owner is None:
        return ""
    name = lacks[2]
    methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef)}
    setters = [one for one in methods.values() if one.name != "load" and _sets(one, name)]
    kept = [ast.unparse(methods[one]) for one in ("save", "load") if one in methods]
    if not setters or all(_stands_in(name, text) or _EVERYTHING.search(text) for text in kept):
        return ""
    lost = " and ".join(f"`{one}`" for one in ("save", "load") if one in methods)
    return (
        f"`self.{name}` is set in `{setters[0].name}` (line {setters[0].lineno}), but {lost} do "
        f"not keep it, and they run between fitting and using: what is not saved is lost. Look for "
        "other attributes that they forget."
    )


def _sets(method: ast.FunctionDef, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        for node in ast.walk(method)
    )
