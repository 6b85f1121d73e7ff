"""The targets: which columns are to be predicted, and what kind each of them is."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.description import named_targets
from agents.competition.layout import TableFile
from agents.competition.metrics import metric_named
from agents.competition.pairing import Pairing
from agents.competition.splits import labelled_rows
from agents.competition.tables import TRUE_WORDS
from agents.competition.words import counted, quoted, some
from agents.errors import InputError
from agents.models import Target

FEWEST_ROWS: Final = 10
_MOST_INTEGER_CLASSES: Final = 20
_MOST_CLASSES_SHARE: Final = 0.5
_TARGET_NAMES: Final = frozenset(
    {"target", "label", "labels", "class", "y", "outcome", "response", "output"}
)


class TargetColumns(NamedTuple):
    """The columns to be predicted."""

    targets: tuple[str, ...]
    written: tuple[str, ...]
    """Their names in the submission, in the same order."""
    note: str
    """Why they, in a sentence."""


def find_targets(
    pairing: Pairing, wanted: Sequence[str], id_column: str | None, text: str
) -> TargetColumns:
    """Find the columns to be predicted: as told, as the sample asks, else as the data hints.

    Raises:
        InputError: Nothing tells; the message names the candidates.
    """
    train, sample = pairing.train, pairing.sample
    asked = tuple(name for name in sample.columns if name != id_column) if sample else ()
    if wanted:
        return TargetColumns(tuple(wanted), _as_written(asked, wanted), "The target was given.")
    only = tuple(
        name
        for name in train.columns
        if name != id_column and (pairing.test is None or name not in pairing.test.columns)
    )
    if asked and set(asked) <= set(only):
        assert sample is not None
        note = f"To be predicted: {quoted(asked)}, because {sample.path} asks for it."
        return TargetColumns(asked, asked, note)
    found, reason = _hinted(train, only, text, alone=pairing.test is None)
    if not only:
        raise InputError(f"{train.path} has no column to predict beside its ids: add one.")
    if not found:
        raise InputError(
            f"Nothing tells which column of {train.path} is to be predicted (it could be "
            f"{some(only)}): say --target NAME."
        )
    return TargetColumns(
        found, _as_written(asked, found), f"To be predicted: {quoted(found)}, because {reason}"
    )


def _hinted(
    train: TableFile, only: Sequence[str], text: str, *, alone: bool
) -> tuple[tuple[str, ...], str]:
    """Choose among the columns that only the training table has (or all, where it is alone)."""
    if len(only) == 1 and not alone:
        return (only[0],), "only the training table has it."
    if len(named := [name for name in only if name.lower() in _TARGET_NAMES]) == 1:
        return (named[0],), "its name says so."
    told = named_targets(text, only)
    if told and (not alone or len(told) == 1):
        return told, "the description says so."
    if not alone and only and all(train.cells[name].nunique() == 2 for name in only):
        return tuple(only), "only the training table has them, and each has two values."
    return (), ""


def _as_written(asked: Sequence[str], targets: Sequence[str]) -> tuple[str, ...]:
    return tuple(asked) if len(asked) == len(targets) else tuple(targets)


def check_train(train: TableFile, targets: Sequence[str]) -> None:
    """Refuse targets that cannot be learned: absent, almost never known, or of one value.

    Raises:
        InputError: For the first of these.
    """
    if missing := [name for name in targets if name not in train.columns]:
        raise InputError(f"{train.path} has no column {missing[0]!r}: say --target NAME.")
    cells = train.cells
    labelled = cells.iloc[labelled_rows(cells, list(targets))]
    if len(labelled) < FEWEST_ROWS:
        raise InputError(
            f"{train.path} has {counted(len(labelled), 'row')} with a known {quoted(targets)}: "
            f"at least {FEWEST_ROWS} are needed to learn anything."
        )
    for name in targets:
        if labelled[name].nunique() < 2:
            raise InputError(
                f"The target {name!r} has the value {labelled[name].iloc[0]!r} in every row of "
                f"{train.path}: choose another column with --target NAME."
            )


def read_target(train: TableFile, name: str, metric: str | None, *, whole: bool) -> Target:
    """Read what kind of target a column is, and its classes as they are written.

    Args:
        train: The training table.
        name: The column.
        metric: The metric that was named, if any; it decides between classes and amounts.
        whole: Whether the sample submission holds whole numbers only.

    Raises:
        InputError: The column holds free text, or numbers with a decimal comma.
    """
    known = train.cells[name].iloc[labelled_rows(train.cells, [name])]
    numbers = pd.to_numeric(known, errors="coerce")
    if known.str.fullmatch(r"\s*-?\d+,\d+\s*").mean() > _MOST_CLASSES_SHARE:
        raise InputError(
            f"{train.path} writes numbers with a decimal comma ({name} = {known.iloc[0]!r}): "
            "export it with a decimal point."
        )
    if numbers.notna().all() and _is_quantity(numbers, metric, whole=whole):
        return Target(name=name, kind="number")
    classes = _sorted_labels(known)
    if len(classes) > max(_MOST_INTEGER_CLASSES, _MOST_CLASSES_SHARE * len(known)):
        raise InputError(
            f"The target {name!r} holds {len(classes):,} different texts in {len(known):,} rows "
            f"(such as {classes[0]!r}): classes or numbers can be predicted, free text cannot."
        )
    return Target(name=name, kind="class", classes=classes, positive=_positive(classes))


def _is_quantity(numbers: pd.Series, metric: str | None, *, whole: bool) -> bool:
    """Whether a target written in digits is an amount; the metric decides where there is one."""
    distinct = numbers.nunique()
    if metric is not None and metric_named(metric).answers == "number":
        return True
    if metric is not None:
        whole = bool((numbers % 1 == 0).all())
        return distinct > max(_MOST_INTEGER_CLASSES, _MOST_CLASSES_SHARE * len(numbers) * whole)
    if distinct == 2:
        return False
    return bool((numbers % 1 != 0).any() or distinct > _MOST_INTEGER_CLASSES or not whole)


def _sorted_labels(cells: pd.Series) -> tuple[str, ...]:
    labels = sorted(str(label) for label in cells.unique())
    numbers = pd.to_numeric(pd.Series(labels), errors="coerce")
    if numbers.notna().all():
        return tuple(label for _, label in sorted(zip(numbers.tolist(), labels, strict=True)))
    return tuple(labels)


def _positive(classes: Sequence[str]) -> str | None:
    if len(classes) != 2:
        return None
    true = [label for label in classes if label.lower() in TRUE_WORDS]
    return true[0] if len(true) == 1 else classes[1]
