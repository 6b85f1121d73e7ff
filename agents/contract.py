"""The interface contract (3.2.1): what preprocessing promises and modelling may assume.

The child that ran `preprocess.py` reports facts about what it produced; `differences` holds them
against the contract and finds every broken promise at once (contract fulfilment). `unpromised`
reads `model.py` for what it takes that nobody promised (contract usage), before anything runs.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from agents.execution.protocol import ObjectFacts
from agents.models import Contract, ContractObject, Task

Side = Literal["train", "test"]
Produced = Mapping[Side, Mapping[str, ObjectFacts]]

_MAKERS: Mapping[Side, str] = {"train": "Preprocessor.fit", "test": "Preprocessor.transform"}
_TAKERS: Mapping[str, Side] = {"fit": "train", "predict": "test"}
_MOST_NAMED = 5


def differences(
    contract: Contract,
    facts_train: tuple[ObjectFacts, ...],
    facts_test: tuple[ObjectFacts, ...],
    task: Task,
) -> list[str]:
    """Every way in which preprocessing broke its promises, one plain sentence each.

    Args:
        contract: What was agreed.
        facts_train: What `Preprocessor.fit` returned.
        facts_test: What `Preprocessor.transform` returned.
        task: What is asked; neither its id nor its targets are features.

    A contract without objects agrees on nothing, so that nothing breaks it.
    """
    if not contract.objects:
        return []
    produced: Produced = {
        "train": {fact.name: fact for fact in facts_train},
        "test": {fact.name: fact for fact in facts_test},
    }
    found: list[str] = []
    for promised in contract.objects:
        fact = produced[promised.side].get(promised.name)
        found += _of_one(promised, fact) if fact else [_missing(promised, produced)]
    found += _undeclared(contract, produced)
    found += _row_counts(contract, produced)
    found += _column_pairs(contract, produced)
    found += _forbidden_features(contract, produced, task)
    return found


def unpromised(contract: Contract, model_source: str) -> list[str]:
    """What `Model.fit` and `Model.predict` take that the contract does not promise them.

    Raises:
        SyntaxError: The text is no Python.
    """
    if not contract.objects:
        return []
    promised = {(one.side, one.name) for one in contract.objects}
    return [
        f"Model.{method} takes {name!r}, which the contract does not promise on the {side} side; "
        f"it may use {_listed(sorted(name for where, name in promised if where == side))}."
        for method, side, name in _taken(model_source)
        if (side, name) not in promised
    ]


# --- one object --------------------------------------------------------------------------------


def _missing(promised: ContractObject, produced: Produced) -> str:
    given = _listed(sorted(produced[promised.side])) or "nothing"
    return f"{_MAKERS[promised.side]} must return {promised.name!r} but returned {given}."


def _of_one(promised: ContractObject, fact: ObjectFacts) -> Iterator[str]:
    if fact.kind != promised.kind:
        yield f"{promised.name} must be a {promised.kind} but is a {fact.kind}."
        return
    strangers = sorted({one for one in fact.dtypes if not _allowed(one, promised.dtypes)})
    if promised.dtypes and strangers:
        columns = [
            name
            for name, dtype in zip(fact.columns, fact.dtypes, strict=False)
            if dtype in strangers
        ]
        where = f", namely {_listed(columns)}" if columns else ""
        yield (
            f"{promised.name} may hold {_listed(promised.dtypes)} "
            f"but holds {_listed(strangers)}{where}."
        )
    if not promised.nullable:
        for count, what in ((fact.missing, "missing"), (fact.infinite, "infinite")):
            if count:
                yield f"{promised.name} must be complete but has {count} {what} values."
    if promised.role == "features" and fact.rows == 0:
        yield f"{promised.name} has no rows."


def _allowed(dtype: str, allowed: Iterable[str]) -> bool:
    """Whether a dtype is among the allowed ones; text goes by two names."""
    same = {"str": "text", "string": "text", "object": "text"}
    return same.get(dtype, dtype) in {same.get(one, one) for one in allowed}


# --- objects beside each other -----------------------------------------------------------------


def _undeclared(contract: Contract, produced: Produced) -> Iterator[str]:
    for side, facts in produced.items():
        names = {one.name for one in contract.objects if one.side == side}
        if extra := sorted(facts.keys() - names):
            yield f"{_MAKERS[side]} returned {_listed(extra)}, which the contract does not name."


def _row_counts(contract: Contract, produced: Produced) -> Iterator[str]:
    """Objects of one side describe the same rows, apart from free-form ones."""
    for side, facts in produced.items():
        rows = {
            one.name: facts[one.name].rows
            for one in contract.objects
            if one.side == side and one.name in facts and one.role != "other"
        }
        if len(set(rows.values())) > 1:
            counts = ", ".join(f"{name} {count}" for name, count in rows.items())
            yield f"Objects of the {side} side must have the same number of rows: {counts}."


def _column_pairs(contract: Contract, produced: Produced) -> Iterator[str]:
    for promised in contract.objects:
        other: Side = "train" if promised.side == "test" else "test"
        fact = produced[promised.side].get(promised.name)
        model = produced[other].get(promised.same_columns_as or "")
        if fact is not None and model is not None:
            yield from _unlike(fact, model)


def _unlike(fact: ObjectFacts, model: ObjectFacts) -> Iterator[str]:
    absent = [name for name in model.columns if name not in fact.columns]
    extra = [name for name in fact.columns if name not in model.columns]
    if absent:
        yield f"{fact.name} lacks columns of {model.name}: {_listed(absent)}."
    if extra:
        yield f"{fact.name} has columns that {model.name} has not: {_listed(extra)}."
    if not absent and not extra and fact.columns != model.columns:
        yield f"{fact.name} has the columns of {model.name} in another order."
    if len(fact.shape) > 1 and not model.columns and fact.shape[1:] != model.shape[1:]:
        yield f"{fact.name} has shape {fact.shape} where {model.name} has {model.shape}."
    ours = dict(zip(fact.columns, fact.dtypes, strict=False))
    theirs = dict(zip(model.columns, model.dtypes, strict=False))
    changed = [name for name in ours if theirs.get(name, ours[name]) != ours[name]]
    if changed:
        named = [f"{name} ({ours[name]}, not {theirs[name]})" for name in changed]
        yield f"Columns of {fact.name} have other dtypes than in {model.name}: {_listed(named)}."


def _forbidden_features(contract: Contract, produced: Produced, task: Task) -> Iterator[str]:
    targets = {target.name for target in task.targets}
    for promised in contract.objects:
        fact = produced[promised.side].get(promised.name)
        if promised.role != "features" or fact is None:
            continue
        if leaked := [name for name in fact.columns if name in targets]:
            yield f"{promised.name} holds the target among its features: {_listed(leaked)}."
        if task.id_column in fact.columns:
            yield f"{promised.name} holds the raw id {task.id_column!r} among its features."


# --- what modelling takes ----------------------------------------------------------------------


def _taken(source: str) -> Iterator[tuple[str, Side, str]]:
    """Method, side and name of every object that `Model` takes by a literal name."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == "Model":
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name in _TAKERS:
                    for name in _names_taken(method):
                        yield method.name, _TAKERS[method.name], name


def _names_taken(method: ast.FunctionDef) -> list[str]:
    if len(method.args.args) < 2:
        return []
    given = method.args.args[1].arg
    taken = [
        node.slice.value
        for node in ast.walk(method)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == given
        and isinstance(node.slice, ast.Constant)
    ]
    return [name for name in dict.fromkeys(taken) if isinstance(name, str)]


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    shown = ", ".join(every[:_MOST_NAMED])
    more = len(every) - _MOST_NAMED
    return shown if more <= 0 else f"{shown} and {more} more"
