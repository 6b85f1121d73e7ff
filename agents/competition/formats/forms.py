"""The form of a submission as plain values, by which `formats` writes in engine and programs.

Loads no pandas: the Assembler, which runs in the engine's own process, needs it too.
"""

from pydantic import JsonValue

from agents.models import SubmissionSpec, Task


def submission_form(task: Task) -> dict[str, JsonValue]:
    """The arguments of the task's format; empty without a submission.

    All have `columns`, `id_column` and `fixed` (the answer of columns, or lines, by their name that
    have one answer for all rows).
    `row`: `spelled` (labels that are written otherwise).
    `class_columns`: `classes` (header by class), `positive` (which class the probability of two
    classes means, else "").
    `long`: `class_column` ("" where it and the id are one cell), `joined_by`, `value` (header of
    the answers), `names` (what lines call a class or target), `positive`, `spelled`.
    `label_list`: `joined_by`, `labels` (label by target).
    """
    spec = task.submission
    if spec is None:
        return {}
    columns: list[JsonValue] = [name for name in spec.columns if name not in spec.repeated]
    form: dict[str, JsonValue] = {
        "columns": columns,
        "id_column": spec.id_column,
        "fixed": {**spec.fixed},
    }
    if spec.format == "class_columns":
        return form | {"classes": {**spec.class_columns}, "positive": _positive(task)}
    if spec.format == "long":
        return form | _long(spec) | {"positive": _positive(task), "spelled": spellings(task)}
    if spec.format == "label_list":
        return form | {"joined_by": spec.joined_by, "labels": {**label_names(task)}}
    return form | {"spelled": spellings(task)}


def repeated_columns(task: Task) -> dict[str, str]:
    """All headers of a submission, with the test's column that each repeats; "" for answers.

    Empty where nothing is repeated.
    """
    spec = task.submission
    if spec is None or not spec.repeated:
        return {}
    return {name: spec.repeated.get(name, "") for name in spec.columns}


def spellings(task: Task) -> dict[str, JsonValue]:
    """How the submission writes each label, where that differs from the training table."""
    if task.submission is None or not task.submission.labels:
        return {}
    pairs = zip(task.targets[0].classes, task.submission.labels, strict=True)
    return {label: written for label, written in pairs if label != written}


def label_names(task: Task) -> dict[str, str]:
    """For label lists: the label that each target stands for, by the target's name."""
    if task.label_list is None:
        return {}
    prefix = label_prefix(task.label_list.column)
    return {target.name: target.name.removeprefix(prefix) for target in task.targets}


def label_prefix(column: str) -> str:
    """What targets are called before their label where a label is also the name of a column."""
    return f"{column}: "


def _long(spec: SubmissionSpec) -> dict[str, JsonValue]:
    values = [name for name in spec.columns if name not in spec.key_columns]
    return {
        "class_column": spec.key_columns[1] if len(spec.key_columns) > 1 else "",
        "joined_by": spec.joined_by,
        "value": values[-1],
        "names": {**spec.class_columns},
    }


def _positive(task: Task) -> str:
    return (task.targets[0].positive or "") if len(task.targets) == 1 else ""
