"""What every prompt knows: the task, the measured data, where code runs. The same in all of a run.

It opens every question, so that servers read it from their cache; see `dossier.md.j2`.
"""

import platform
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.models import QUANTILES, ColumnProfile, Finding, Profile, Target, Task

MOST_COLUMNS = 80
MOST_DESCRIPTION = 12_000
"""Characters."""
MOST_MEANINGS = 7_000
"""Characters; what the codes of the columns mean that say least about the target goes first."""


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
    meanings: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """The facts that `dossier.md.j2` and `house.md.j2` ask for.

    Args:
        task: What is asked.
        profile: What was measured.
        tables: The first rows of each table.
        examples: A few values of each training column.
        place: Where code runs.
        meanings: What columns and their codes mean, where the folder says so beside its
            description.
    """
    asked = {target.name for target in task.targets}
    columns = sorted(
        profile.columns, key=lambda one: (one.name not in asked, -(one.to_target or 0.0))
    )
    shown = [_column(one, examples) for one in columns[:MOST_COLUMNS]]
    told = [" ".join((one.title, one.text, one.done)) for one in profile.findings]
    of_files = _of_files(task, profile.findings)
    notes = [
        note
        for note in _not_yet_said(task.notes, told)
        if not (of_files and any(note.startswith(f"{one.path}/ holds") for one in task.media))
    ]
    return {
        "summary": _summary(task),
        "task": task,
        "notes": notes,
        "description": _shortened(task.description_text, MOST_DESCRIPTION),
        "tables": tables,
        "findings": [one for one in profile.findings if one not in of_files],
        "of_files": of_files,
        "files_kind": next((one.kind for one in profile.media), ""),
        "meanings": _within((one.name for one in columns), meanings or {}),
        "asked": [_asked(target, profile.columns) for target in task.targets],
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
        "repeatable": False,
    }


_UNMEASURED: Mapping[str, object] = {"findings": (), "of_files": (), "columns": [], "asked": ()}


def without_profile(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts of a dossier without what was measured: names of files and columns stay."""
    tables = facts["tables"]
    assert isinstance(tables, tuple)
    named = tuple(one._replace(head=one.head.partition("\n")[0]) for one in tables)
    return {**facts, "profiled": False, "tables": named, **_UNMEASURED}


def _of_files(task: Task, findings: Iterable[Finding]) -> list[Finding]:
    """What was found out about the media folders; it is told with them, and fools nobody."""
    starts = tuple(f"{folder.path}/ " for folder in task.media)
    return [one for one in findings if one.plain and starts and one.title.startswith(starts)]


def _within(names: Iterable[str], meanings: Mapping[str, str]) -> dict[str, str]:
    """The meanings of the first columns, as many as there is room for."""
    kept: dict[str, str] = {}
    left = MOST_MEANINGS
    for name in names:
        left -= len(meanings.get(name, ""))
        if name in meanings and left >= 0:
            kept[name] = meanings[name]
    return kept


def _asked(target: Target, columns: Iterable[ColumnProfile]) -> str:
    """How the answers to a target are spread, where it is a number and that was measured."""
    found = next((one for one in columns if one.name == target.name), None)
    if found is None or len(found.quantiles) != len(QUANTILES):
        return "a number"
    steps = ", ".join(
        f"{share:.0%} {value:.10g}" for share, value in zip(QUANTILES, found.quantiles, strict=True)
    )
    least, most = found.minimum, found.maximum
    return f"a number from {least:.10g} to {most:.10g}; of its rows lie below: {steps}"


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
