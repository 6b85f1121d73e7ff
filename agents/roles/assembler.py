"""Assembler (paper 3.2.2): a candidate's parts, its folds, decision and format as one program.

What comes out imports nothing of this project. Everything that the engine does around a candidate
(dealing rows into folds, averaging, deciding, writing) is copied from the engine's own source, so
that the program reproduces the engine's submission.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from textwrap import fill as fill_text
from typing import NamedTuple

from pydantic import JsonValue

from agents.competition.formats.forms import repeated_columns, submission_form
from agents.models import CandidatePlan, Decision, GroupKey, Pool, SplitPlan, Task
from agents.recipes.needs.layout import side_paths, table_literals
from agents.recipes.writing.claims import claimed_steps
from agents.recipes.writing.imports import WIDTH
from agents.recipes.writing.inline import inline, load_source, merge, prefixed, share
from agents.recipes.writing.literals import specialise
from agents.recipes.writing.source import Module, Piece, compose, parse, reached

CLASSES = ("Preprocessor", "Model")
_PROGRAMS = "agents.recipes.programs"


class EnsembleMember(NamedTuple):
    """One candidate of an ensemble."""

    name: str
    preprocess: str
    """The text of its `preprocess.py`."""
    model: str
    """The text of its `model.py`."""


def assemble(
    task: Task,
    split: SplitPlan,
    plan: CandidatePlan,
    preprocess_source: str,
    model_source: str,
    decision: Decision,
) -> str:
    """Write the `solution.py` of one candidate.

    Raises:
        SyntaxError: A source is no Python.
    """
    parts = {"preprocessing": parse(preprocess_source), "modeling": parse(model_source)}
    frame = _frame("solution", task, decision, _literals(task, split, decision))
    modules = share({**parts, "solution": frame}, keep="solution")
    steps = [one for source in (preprocess_source, model_source) for one in claimed_steps(source)]
    heading = f"{plan.name} on {task.name}, as a program that stands alone."
    claims = fill_text(f"Steps: {', '.join(dict.fromkeys(steps))}", WIDTH) if steps else ""
    return _joined(f"{heading}{_usage(frame)}\n\n{claims}".rstrip(), modules)


def assemble_parts(preprocess_source: str, model_source: str) -> str:
    """Both parts of a candidate in one file, without what the engine does around them.

    Raises:
        SyntaxError: A source is no Python.
    """
    parts = {"preprocessing": parse(preprocess_source), "modeling": parse(model_source)}
    return _joined("Preprocessing and model in one file.", share(parts))


def assemble_ensemble(
    task: Task,
    split: SplitPlan,
    members: Sequence[EnsembleMember],
    decision: Decision,
    pool: Pool,
) -> str:
    """Write the `solution.py` of an ensemble, which carries its members.

    What two members call alike but mean differently gets the name of its member as a prefix; what
    they have in common appears once.

    Args:
        task: What is asked.
        split: How the engine dealt the rows into folds.
        members: Candidates with their sources.
        decision: How pooled scores become answers.
        pool: How the members' scores become one, by their names.

    Raises:
        SyntaxError: A source is no Python.
    """
    literals = _literals(task, split, decision) | {
        "POOL": pool.parameters,
        "RATINGS": [*pool.ratings],
        "RATED": pool.target,
    }
    frame = _frame("ensemble", task, decision, literals, combine=pool.kind)
    prefixes = _prefixes(members)
    modules = share(
        {prefix: _member(member) for prefix, member in zip(prefixes, members, strict=True)}
        | {"solution": frame},
        keep="solution",
    )
    names = {
        member.name: [_class_name(name, prefix, modules[prefix]) for name in CLASSES]
        for prefix, member in zip(prefixes, members, strict=True)
    }
    modules["solution"] = _with_parts(modules["solution"], names)
    heading = f"{_listed([m.name for m in members])} blended on {task.name}, as one program."
    return _joined(heading + _usage(frame), modules)


def _literals(task: Task, split: SplitPlan, decision: Decision) -> dict[str, JsonValue]:
    """What the skeletons of programs leave open."""
    return {
        **table_literals(task),
        "TARGETS": [*task.target_columns],
        "SIDE": side_paths(task),
        "SPLITTER": split.splitter,
        "FOLDS": 1 if split.refit else split.folds,
        "SEED": split.seed,
        "VAULT": split.vault and not split.refit,
        **_key_literals(split.key or GroupKey(column="")),
        "DECISION": decision.parameters,
        "FORM": submission_form(task) or _plain_form(task, decision),
        "REPEATED": {**repeated_columns(task)},
    }


def _key_literals(key: GroupKey) -> dict[str, JsonValue]:
    """By what whole groups are dealt into folds."""
    return {
        "FOLD_COLUMN": key.column,
        "FOLD_DELIMITER": key.delimiter or "",
        "FOLD_PARTS": [*key.parts],
        "FOLD_WORDING": key.wording,
        "FOLD_BESIDE": [*key.beside],
    }


def _plain_form(task: Task, decision: Decision) -> dict[str, JsonValue]:
    """A row of id and answers, where no submission says how they are to be written."""
    given = decision.parameters
    several = given.get("columns")
    names = list(several) if isinstance(several, dict) else [one.name for one in task.targets]
    id_column = task.id_column or "row_id"
    columns: list[JsonValue] = [id_column, *names]
    return {"columns": columns, "id_column": id_column, "spelled": {}, "fixed": {}}


def _frame(
    name: str,
    task: Task,
    decision: Decision,
    literals: dict[str, JsonValue],
    *,
    combine: str = "blend",
) -> Module:
    """A skeleton, filled, with the registered decision and format, and nothing it does not use."""
    form = task.submission.format if task.submission else "row"
    skeleton = _skeleton(name, decision.name, form, combine)
    return reached(specialise(skeleton, literals), ["main"])


@cache
def _skeleton(name: str, decision: str, form: str, combine: str) -> Module:
    """What every program of that kind begins with."""
    registered = {
        "decide": f"apply_{decision}",
        "write_format": f"write_{form}_format",
        "combine": combine,
    }

    def load(module: str) -> str:
        whole = parse(load_source(module))
        chosen = (replace(one, name=registered.get(one.alias, one.name)) for one in whole.imports)
        return compose(replace(whole, imports=tuple(chosen)))

    skeleton = parse(load(f"{_PROGRAMS}.{name}"))
    own = tuple(one for one in skeleton.imports if one.alias not in CLASSES)
    return parse(compose(inline(replace(skeleton, imports=own), load)))


def _usage(frame: Module) -> str:
    """What the skeleton's docstring says below its first line."""
    return "\n\n" + frame.docstring.partition("\n\n")[2]


def _joined(docstring: str, modules: dict[str, Module]) -> str:
    """One program out of several modules, each below a line that says what follows."""
    merged = merge(modules.values())
    titles: dict[str, str] = {}
    seen: set[str] = set()
    for title, module in modules.items():
        definitions = (one.text for one in module.pieces if not one.constant)
        if first := next((text for text in definitions if text not in seen), None):
            titles[first] = f"# --- {title.replace('_', ' ')} ".ljust(WIDTH - 1, "-")
        seen.update(one.text for one in module.pieces)
    pieces = tuple(
        replace(one, text=f"{titles[one.text]}\n\n\n{one.text}") if one.text in titles else one
        for one in merged.pieces
    )
    return compose(replace(merged, docstring=docstring, pieces=pieces))


# --- ensembles ---------------------------------------------------------------------------------


def _prefixes(members: Sequence[EnsembleMember]) -> list[str]:
    """A plain word for each member, none twice."""
    words = [re.sub(r"\W+", "_", member.name).strip("_").lower() for member in members]
    words = [word if word[:1].isalpha() else f"member_{word}" for word in words]
    return [
        word if words.index(word) == place else f"{word}_{place + 1}"
        for place, word in enumerate(words)
    ]


def _member(member: EnsembleMember) -> Module:
    """Both parts of a member as one module."""
    parts = share({"preprocessing": parse(member.preprocess), "modeling": parse(member.model)})
    return merge(parts.values())


def _class_name(name: str, prefix: str, module: Module) -> str:
    """What a member's class is called now."""
    return name if name in module.names else prefixed(name, prefix)


def _with_parts(frame: Module, classes: dict[str, list[str]]) -> Module:
    """Name the classes of the members, which must stand below them."""
    lines = [f'    "{member}": ({", ".join(names)}),' for member, names in classes.items()]
    text = "\n".join(["PARTS = {", *lines, "}"])
    uses = frozenset(name for names in classes.values() for name in names)
    parts = Piece(text, ("PARTS",), uses, constant=False)
    others = [piece for piece in frame.pieces if "PARTS" not in piece.names]
    constants = sum(piece.constant for piece in others)
    return replace(frame, pieces=(*others[:constants], parts, *others[constants:]))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
