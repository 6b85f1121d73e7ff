"""The targets: which columns are to be predicted, and what kind each of them is."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.metrics.metric_choice import read_metric
from agents.competition.metrics.metrics import metric_named
from agents.competition.reading.description import named_targets
from agents.competition.reading.tables import TRUE_WORDS
from agents.competition.reading.words import counted, quoted, some
from agents.competition.splitting.splits import labelled_rows
from agents.competition.stating.ids import looks_like_id, sample_id
from agents.competition.stating.markers import unknown_rows
from agents.competition.stating.pairing import Pairing
from agents.competition.stating.sample_forms import Naming, match_names
from agents.competition.stating.table_file import TableFile
from agents.errors import InputError
from agents.models import OpenQuestion, Target

FEWEST_ROWS: Final = 10
_MOST_INTEGER_CLASSES: Final = 20
_MOST_CLASSES_SHARE: Final = 0.5
_TARGET_NAMES: Final = frozenset(
    {"target", "label", "labels", "class", "y", "outcome", "response", "output"}
    | {"targets", "classes", "category", "diagnosis", "result", "ground_truth", "truth"}
)
_FEWEST_VALUES: Final = 2
_SHOWN: Final = 3


class TargetColumns(NamedTuple):
    """The columns to be predicted."""

    targets: tuple[str, ...]
    written: tuple[str, ...]
    """What the submission asks for beside ids, in its order: targets, classes or keys."""
    notes: tuple[str, ...]
    """Why they, in sentences."""
    naming: Naming | None = None
    """How the submission calls the classes of the target, where it asks for each of them."""
    question: OpenQuestion | None = None
    """Set where the data leave open which column is the target."""
    fixed: Mapping[str, str] = MappingProxyType({})
    """What the submission asks for beside `written` and every training row says alike."""


def find_targets(
    pairing: Pairing, wanted: Sequence[str], id_column: str | None, text: str
) -> TargetColumns:
    """Find the columns to be predicted: as told, as the sample asks, else as the data hints.

    Raises:
        InputError: There is no column to predict.
    """
    asked = asked_names(pairing, id_column)
    only = _candidates(pairing, id_column)
    if wanted:
        naming = _naming(pairing.train, wanted[0], asked) if len(wanted) == 1 else None
        written = _as_written(asked, wanted) if naming is None else asked
        return TargetColumns(tuple(wanted), written, ("The target was given.",), naming)
    if asked and set(asked) <= set(only):
        assert pairing.sample is not None  # only a sample asks by name
        reason = f"{pairing.sample.path} asks for {_it(asked)}"
        note = f"To be predicted: {quoted(asked)}, because {reason}."
        return TargetColumns(asked, asked, (note,))
    if len(asked) > 1 and (classed := _with_classes(pairing, only, asked, text)) is not None:
        return classed
    if not only:
        raise InputError(f"{pairing.train.path} has no column to predict beside its ids: add one.")
    return _chosen(pairing, only, asked, text)


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def asked_names(pairing: Pairing, id_column: str | None) -> tuple[str, ...]:
    """What the sample asks for beside ids; nothing without a sample."""
    if pairing.long is not None:
        return pairing.long.said
    if pairing.sample is None:
        return ()
    key = sample_id(pairing, id_column)
    return tuple(name for name in pairing.sample.columns if name != key)


def _candidates(pairing: Pairing, id_column: str | None) -> tuple[str, ...]:
    """Columns that only training rows have; all of them where nothing is asked."""
    train, test = pairing.train, pairing.test
    others = [name for name in train.columns if name != id_column]
    only = [name for name in others if test is None or name not in test.columns]
    return tuple(only if only or pairing.marker is None else others)


def _with_classes(
    pairing: Pairing, only: Sequence[str], asked: tuple[str, ...], text: str
) -> TargetColumns | None:
    """The column whose classes the sample asks for, one by one."""
    assert pairing.sample is not None
    hinted = _hinted(pairing.train, only, text, alone=True)[0]
    order = sorted(only, key=lambda name: name not in hinted)
    found = [(name, _naming(pairing.train, name, asked)) for name in order]
    named = [(name, naming) for name, naming in found if naming is not None]
    if not named:
        return None
    name, naming = min(named, key=lambda pair: pair[1].by_order)
    said = f"{pairing.sample.path} asks for each of its {len(naming.names)} classes"
    notes = [f"To be predicted: `{name}`, because {said}."]
    if naming.by_order:
        pairs = [f"{written} is {label}" for label, written in naming.names.items()]
        notes.append(f"Only their order tells which class is which: {some(pairs)}.")
    return TargetColumns((name,), asked, tuple(notes), naming)


def _naming(train: TableFile, name: str, asked: Sequence[str]) -> Naming | None:
    """How `asked` calls the classes of a column, if it does."""
    if name not in train.columns or len(asked) < 2:
        return None
    labels = known_cells(train, name).unique()
    if len(labels) > len(asked):
        return None
    return match_names(asked, [str(label) for label in labels])


def known_cells(train: TableFile, name: str) -> pd.Series:
    """The known cells of a column: all, or of a long table as many as show what it holds."""
    cells = train.telling([name])
    return cells[name].iloc[labelled_rows(cells, [name])]


def _hinted(
    train: TableFile, only: Sequence[str], text: str, *, alone: bool
) -> tuple[tuple[str, ...], str]:
    """Choose among the columns that only the training table has (or all, where it is alone)."""
    if len(only) == 1 and not alone:
        return (only[0],), "only the training table has it"
    if len(named := [name for name in only if name.lower() in _TARGET_NAMES]) == 1:
        return (named[0],), "its name says so"
    told = named_targets(text, only)
    if told and (not alone or len(told) == 1):
        return told, "the description says so"
    if not alone and only and all(train.drawn[name].nunique() == 2 for name in only):
        return tuple(only), "only the training table has them, and each has two values"
    return (), ""


def _chosen(
    pairing: Pairing, only: Sequence[str], asked: Sequence[str], text: str
) -> TargetColumns:
    """What hints tell; else the likeliest column, as a question that stays open."""
    alone = pairing.test is None or len(only) > len(pairing.train.columns) // 2
    found, reason = _hinted(pairing.train, only, text, alone=alone)
    if found:
        note = f"To be predicted: {quoted(found)}, because {reason}."
        return TargetColumns(found, _as_written(asked, found), (note,))
    likely = [name for name in only if _could_be_target(pairing.train, name)]
    likely = _judged(pairing.train, likely, text)
    if not likely:
        raise InputError(
            f"Nothing tells which column of {pairing.train.path} is to be predicted (it could be "
            f"{some(only)}): say --target NAME."
        )
    chosen, reason = _by_place(pairing.train, likely)
    note = f"To be predicted: `{chosen}`, because {reason}."
    others = [name for name in reversed(likely) if name != chosen]
    if not others:
        return TargetColumns((chosen,), _as_written(asked, [chosen]), (note,))
    doubt = f"It could also be {quoted(others[:_SHOWN])}: say --target NAME."
    question = OpenQuestion(
        question="Which column is to be predicted?",
        options=(chosen, *others),
        chosen=chosen,
        option_name="target",
        reason=reason,
    )
    written = _as_written(asked, [chosen])
    return TargetColumns((chosen,), written, (note, doubt), question=question)


def _judged(train: TableFile, likely: Sequence[str], text: str) -> list[str]:
    """Those that the metric of the description can judge; all, where that is none or unsaid."""
    told = read_metric(text)
    if told is None or metric_named(told.name).answers == "number" or told.source_text:
        return [*likely]
    numbers = {name: pd.to_numeric(known_cells(train, name), errors="coerce") for name in likely}
    classed = [
        name
        for name in likely
        if numbers[name].isna().any() or not _is_quantity(numbers[name], told.name, whole=True)
    ]
    return classed or [*likely]


def _by_place(train: TableFile, likely: Sequence[str]) -> tuple[str, str]:
    """Targets stand last; or first, where nothing else has classes."""
    last, first = train.columns[-1], train.columns[0]
    classed = [name for name in likely if train.drawn[name].nunique() <= _MOST_INTEGER_CLASSES]
    if classed == [first]:
        return first, f"it is the first column of {train.path} and the only one of few values"
    if last in likely:
        return last, f"it is the last column of {train.path}"
    return likely[-1], f"it is the last column of {train.path} that could be one"


def _could_be_target(train: TableFile, name: str) -> bool:
    """Whether a column holds a few classes or numbers, and no names, texts or dates."""
    known = train.drawn[name].iloc[labelled_rows(train.drawn, [name])]
    distinct = known.nunique()
    if distinct < _FEWEST_VALUES or looks_like_id(name):
        return False
    if pd.to_numeric(known, errors="coerce").notna().all():
        return distinct < len(known) or bool((pd.to_numeric(known) % 1 != 0).any())
    return bool(distinct <= max(_MOST_INTEGER_CLASSES, len(known) // 10))


def _as_written(asked: Sequence[str], targets: Sequence[str]) -> tuple[str, ...]:
    return tuple(asked) if len(asked) == len(targets) else tuple(targets)


def without_constants(pairing: Pairing, columns: TargetColumns) -> TargetColumns:
    """The targets without those of one value, which are answered by that value.

    One that is never known is answered as the sample answers it. Targets of which none has two
    values stay, for `check_train` to refuse.
    """
    train = pairing.train
    if len(columns.targets) < 2 or not set(columns.targets) <= set(train.columns):
        return columns
    pairs = [*zip(columns.targets, columns.written, strict=True)]
    known = {name: known_cells(train, name).unique().tolist() for name in columns.targets}
    fixed = {
        written: _only_answer(known[name], pairing, written)
        for name, written in pairs
        if len(known[name]) < _FEWEST_VALUES
    }
    if not 0 < len(fixed) < len(pairs):
        return columns
    said = (
        f"`{written}` is always answered by {value}, since no row of {train.path} has another "
        f"{quoted([written])}."
        for written, value in fixed.items()
    )
    left = [(name, written) for name, written in pairs if written not in fixed]
    return columns._replace(
        targets=tuple(name for name, _ in left),
        written=tuple(written for _, written in left),
        notes=(*columns.notes, *said),
        fixed=fixed,
    )


def _only_answer(known: Sequence[str], pairing: Pairing, written: str) -> str:
    if len(known):
        return str(known[0])
    sample = pairing.sample
    shown = "" if sample is None or written not in sample.columns else sample.head(1)[written][0]
    return str(shown) or "0"


def check_train(train: TableFile, targets: Sequence[str]) -> None:
    """Refuse targets that cannot be learned: absent, almost never known, or of one value.

    Raises:
        InputError: For the first of these.
    """
    if missing := [name for name in targets if name not in train.columns]:
        raise InputError(f"{train.path} has no column {missing[0]!r}: say --target NAME.")
    cells = train.telling(targets)
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


def unlabelled_note(pairing: Pairing, targets: Sequence[str]) -> tuple[str, ...]:
    """Training rows whose answer is not known, and what can be done about them."""
    unknown = int(unknown_rows(pairing.train, targets).sum())
    if not unknown:
        return ()
    have = "has" if unknown == 1 else "have"
    note = f"{counted(unknown, 'row')} of {pairing.train.path} {have} no {quoted(targets)}"
    if pairing.test is not None:
        return (f"{note}: they stay for what can be learned without it.",)
    return (f"{note}; to have them answered, say --target {','.join(targets)}.",)


def read_target(
    train: TableFile, name: str, metric: str | None, *, whole: bool, classed: bool = False
) -> Target:
    """Read what kind of target a column is, and its classes as they are written.

    Args:
        train: The training table.
        name: The column.
        metric: The metric that was named, if any; it decides between classes and amounts.
        whole: Whether the sample submission holds whole numbers only.
        classed: Whether the submission asks for each class, so that numbers are classes.

    Raises:
        InputError: The column holds free text, or numbers with a decimal comma.
    """
    known = known_cells(train, name)
    numbers = pd.to_numeric(known, errors="coerce")
    if known.str.fullmatch(r"\s*-?\d+,\d+\s*").mean() > _MOST_CLASSES_SHARE:
        raise InputError(
            f"{train.path} writes numbers with a decimal comma ({name} = {known.iloc[0]!r}): "
            "export it with a decimal point."
        )
    if not classed and numbers.notna().all() and _is_quantity(numbers, metric, whole=whole):
        return Target(name=name, kind="number")
    classes = _sorted_labels(known)
    words = known[~np.isfinite(numbers)]
    if len(classes) > _MOST_INTEGER_CLASSES and 0 < len(words) < len(known) / 2:
        raise InputError(
            f"The target {name!r} holds numbers, but also {quoted([*words.unique()][:3])} in "
            f"{counted(len(words), 'row')} of {train.path}: write numbers there, or leave those "
            "cells empty."
        )
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
