"""What every prompt knows: the task, the measured data, where code runs. The same in all of a run.

It opens every question, so that servers read it from their cache; see `dossier.md.j2`.
"""

import platform
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.models import ColumnProfile, Profile, Task

MOST_COLUMNS = 80
MOST_DESCRIPTION = 12_000
"""Characters."""


class ShownTable(NamedTuple):
    """The first rows of a table."""

    path: str
    role: str
    rows: int
    head: str


class Place(NamedTuple):
    """Where generated code runs."""

    libraries: tuple[str, ...]
    """Name and version each."""
    cores: int
    memory_gib: float
    gpu: bool


def dossier(
    task: Task,
    profile: Profile,
    *,
    tables: tuple[ShownTable, ...],
    examples: Mapping[str, str],
    place: Place,
) -> dict[str, object]:
    """The facts that `dossier.md.j2` and `house.md.j2` ask for.

    Args:
        task: What is asked.
        profile: What was measured.
        tables: The first rows of each table.
        examples: A few values of each training column.
        place: Where code runs.
    """
    asked = {target.name for target in task.targets}
    columns = sorted(
        profile.columns, key=lambda one: (one.name not in asked, -(one.to_target or 0.0))
    )
    shown = [_column(one, examples) for one in columns[:MOST_COLUMNS]]
    told = [" ".join((one.title, one.text, one.done)) for one in profile.findings]
    notes = _not_yet_said(task.notes, told)
    return {
        "summary": _summary(task),
        "task": task,
        "notes": notes,
        "description": _shortened(task.description_text, MOST_DESCRIPTION),
        "tables": tables,
        "findings": profile.findings,
        "columns": shown,
        "columns_left_out": max(0, len(columns) - MOST_COLUMNS),
        "split": profile.split,
        "split_evidence": _not_yet_said(profile.split.evidence, [*told, *notes]),
        "python": platform.python_version(),
        "cores": place.cores,
        "memory_gib": round(place.memory_gib),
        "gpu": place.gpu,
        "libraries": place.libraries,
        "scores": wanted_scores(task),
        "observations": "",
        "checkpoints": (),
        "instructions": (),
        "profiled": True,
        "one_file": False,
    }


def without_profile(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts of a dossier without what was measured: names of files and columns stay."""
    tables = facts["tables"]
    assert isinstance(tables, tuple)
    named = tuple(one._replace(head=one.head.partition("\n")[0]) for one in tables)
    return {**facts, "profiled": False, "tables": named, "findings": (), "columns": []}


def _summary(task: Task) -> str:
    """What is asked, by names that mean something; the folder's name may be any."""
    targets = ", ".join(f"`{name}`" for name in task.target_columns)
    test = task.table("test")
    return f"Predict {targets} for {f'the rows of `{test.path}`' if test else 'new rows'}."


def _not_yet_said(sentences: Iterable[str], told: Iterable[str]) -> tuple[str, ...]:
    """The sentences that stand in no other part of the dossier."""
    elsewhere = "\n".join(told)
    return tuple(one for one in dict.fromkeys(sentences) if one.rstrip(".") not in elsewhere)


def _shortened(text: str, most: int) -> str:
    """A text of so many letters at most; where it was cut, it says so."""
    return text if len(text) <= most else f"{text[:most].rstrip()} … [the rest is left out]"


def wanted_scores(task: Task) -> str:
    """What `Model.predict` returns beside the row ids, in words."""
    first = task.targets[0]
    if task.problem == "multilabel" or (len(task.targets) > 1 and first.classes):
        names = ", ".join(f"`{target.name}`" for target in task.targets[:10])
        return f"one column a target ({names}), each the probability of its positive label"
    if len(task.targets) > 1:
        names = ", ".join(f"`{target.name}`" for target in task.targets[:10])
        return f"one column a target ({names}), each in the target's own unit"
    if first.classes:
        names = ", ".join(f"`{label}`" for label in first.classes[:20])
        return f"one column a class with its probability, named as the labels are written ({names})"
    return f"one column `{first.name}` with the prediction in the target's own unit"


def _column(column: ColumnProfile, examples: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": column.name,
        "semantic": column.semantic,
        "missing": column.missing,
        "distinct": column.distinct,
        "in_test": column.in_test,
        "to_target": column.to_target,
        "examples": examples.get(column.name, "").replace("|", "\\|"),
    }
