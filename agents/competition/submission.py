"""The form of the submission: header, kind of answers, and how labels are spelled."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from agents.competition.metrics import metric_named
from agents.competition.pairing import Pairing
from agents.competition.tables import to_booleans
from agents.competition.targets import TargetColumns
from agents.competition.words import counted, some
from agents.errors import InputError
from agents.models import MetricChoice, SubmissionSpec, Target

_TRUTHS: Final = (
    ("0", "1"),
    ("False", "True"),
    ("false", "true"),
    ("FALSE", "TRUE"),
    ("no", "yes"),
    ("No", "Yes"),
    ("N", "Y"),
    ("n", "y"),
    ("0.0", "1.0"),
    ("F", "T"),
)


def state_submission(
    pairing: Pairing,
    columns: TargetColumns,
    id_column: str | None,
    metric: MetricChoice,
    targets: tuple[Target, ...],
) -> tuple[SubmissionSpec | None, tuple[str, ...]]:
    """State the form of the submission, with notes about it; None without a test table.

    `labels` are in the order of the target's classes: `labels[i]` is how `classes[i]` is answered.

    Raises:
        InputError: The sample contradicts test or targets, or wants a form that is not known.
    """
    if pairing.test is None:
        return None, ()
    _check_sample(pairing, id_column, targets)
    kind = metric_named(metric.name).answers
    if kind == "probability" and any(len(target.classes) > 2 for target in targets):
        raise InputError(
            f"The metric {metric.name} of {len(targets[0].classes)} classes asks for one column a "
            "class, a form of submission that is not written yet: use --metric accuracy."
        )
    header = columns.written if id_column is None else (id_column, *columns.written)
    if pairing.sample is not None:
        header = pairing.sample.columns
    labels, notes = _labels(pairing, columns, targets) if kind == "label" else ((), ())
    spec = SubmissionSpec(columns=header, id_column=id_column, answers=kind, labels=labels)
    return spec, notes


def _check_sample(pairing: Pairing, id_column: str | None, targets: Sequence[Target]) -> None:
    sample, test = pairing.sample, pairing.test
    if sample is None or test is None:
        return
    asked = [name for name in sample.columns if name != id_column]
    if len(asked) != len(targets):
        remedy = (
            f"name all of them with --target, or remove {sample.path}"
            if set(asked) <= set(pairing.train.columns)
            else "this form of submission is not written yet"
        )
        raise InputError(
            f"{sample.path} asks for {counted(len(asked), 'column')} ({some(asked)}) where "
            f"{counted(len(targets), 'target')} would be predicted "
            f"({some([target.name for target in targets])}): {remedy}."
        )
    if id_column is None and len(sample.cells) != len(test.cells):
        raise InputError(
            f"{sample.path} has {counted(len(sample.cells), 'row')} where {test.path} has "
            f"{counted(len(test.cells), 'row')}: mend or remove {sample.path}."
        )
    if id_column is not None and set(sample.cells[id_column]) != set(test.cells[id_column]):
        strange = set(sample.cells[id_column]) ^ set(test.cells[id_column])
        raise InputError(
            f"{sample.path} and {test.path} disagree about the rows to answer ({id_column} = "
            f"{min(strange)!r} is in one only): mend or remove {sample.path}."
        )


def _labels(
    pairing: Pairing, columns: TargetColumns, targets: Sequence[Target]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How answers are written, in the order of the classes; the sample's spelling goes first."""
    classes = targets[0].classes
    if any(target.classes != classes for target in targets):
        return (), ()
    if pairing.sample is None:
        return classes, ()
    written = set(pairing.sample.cells[columns.written[0]].str.strip())
    spelled = _respelled(classes, written)
    if spelled == classes:
        return classes, ()
    return spelled, (
        f"Answers are written as {' and '.join(spelled[:2])}, as in {pairing.sample.path}, where "
        f"{pairing.train.path} writes {' and '.join(classes[:2])}.",
    )


def _respelled(classes: tuple[str, ...], written: set[str]) -> tuple[str, ...]:
    """The classes in the sample's spelling where that maps one to one, else as they are."""
    if written <= set(classes):
        return classes
    truths = to_booleans(pd.Series(list(classes), dtype="str")).tolist()
    if sorted(truths) == [0.0, 1.0]:
        for pair in _TRUTHS:
            if written <= set(pair):
                return tuple(pair[int(truth)] for truth in truths)
    numbers = pd.to_numeric(pd.Series(list(classes)), errors="coerce")
    if numbers.notna().all() and (numbers % 1 == 0).all():
        whole = tuple(str(int(number)) for number in numbers)
        if written <= set(whole) and len(set(whole)) == len(classes):
            return whole
    return classes


def _sample_answers(pairing: Pairing, columns: TargetColumns) -> pd.Series:
    """All answers of the sample as numbers, one below the other; empty without a sample."""
    if pairing.sample is None:
        return pd.Series([], dtype="float64")
    names = [name for name in columns.written if name in pairing.sample.columns]
    cells = [pairing.sample.cells[name] for name in names]
    return pd.to_numeric(pd.concat(cells), errors="coerce") if cells else pd.Series([], dtype=float)


def sample_is_fractional(pairing: Pairing, columns: TargetColumns) -> bool:
    """Whether the sample submission answers with anything but whole numbers."""
    return bool((_sample_answers(pairing, columns) % 1 > 0).any())


def sample_is_between(pairing: Pairing, columns: TargetColumns) -> bool:
    """Whether the sample submission answers with probabilities, not all of them 0 or 1."""
    answers = _sample_answers(pairing, columns)
    return bool(len(answers) and answers.between(0, 1).all() and (answers % 1 > 0).any())
