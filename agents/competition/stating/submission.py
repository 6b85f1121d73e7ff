"""The form of the submission: format, header, kind of answers, and how labels are spelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from agents.competition.formats.label_lists import FoundLabels, find_ranking
from agents.competition.metrics.metrics import metric_of
from agents.competition.reading.tables import to_booleans
from agents.competition.reading.words import counted, quoted, some
from agents.competition.splitting.splits import labelled_rows
from agents.competition.stating.ids import sample_id
from agents.competition.stating.pairing import Pairing
from agents.competition.stating.targets import TargetColumns
from agents.errors import InputError
from agents.models import (
    AnswerKind,
    MetricChoice,
    OpenQuestion,
    ProblemType,
    SubmissionSpec,
    Target,
)

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


@dataclass(frozen=True)
class Asked:
    """What is to be answered, before it is said how."""

    pairing: Pairing
    columns: TargetColumns
    id_column: str | None
    metric: MetricChoice
    problem: ProblemType
    targets: tuple[Target, ...]
    listed: FoundLabels | None = None
    """Set where the targets are the labels of one column."""
    questions: tuple[OpenQuestion, ...] = ()
    """What stays open about target, id and metric."""

    @property
    def kind(self) -> AnswerKind:
        """What rows are answered with."""
        return metric_of(self.metric).answers_to(self.problem)

    @property
    def several_classes(self) -> bool:
        """Whether there is one target of more than two classes."""
        return len(self.targets) == 1 and len(self.targets[0].classes) > 2

    @property
    def written_id(self) -> str | None:
        """How the submission calls the id."""
        key = sample_id(self.pairing, self.id_column)
        return self.id_column if key is None else self.written(key)

    def written(self, name: str) -> str:
        """A column of the sample as its header has it."""
        assert self.pairing.sample is not None  # asked about its columns only
        return self.pairing.header[self.pairing.sample.columns.index(name)]


def state_submission(asked: Asked) -> tuple[SubmissionSpec | None, tuple[str, ...]]:
    """State the form of the submission, with notes about it; None without a test table.

    `labels` are in the order of the target's classes: `labels[i]` is how `classes[i]` is answered.

    Raises:
        InputError: The sample contradicts test or targets.
    """
    sample, test = asked.pairing.sample, asked.pairing.test
    spec, notes = _stated(asked)
    notes = (*notes, *_oddities(asked))
    repeated = dict(asked.pairing.repeated)
    if spec is not None and spec.format == "row" and sample is not None and repeated:
        places = {name: place for place, name in enumerate(asked.pairing.order)}
        header = tuple(sorted((*spec.columns, *repeated), key=lambda name: places[name]))
        spec = spec.model_copy(update={"columns": header, "repeated": repeated})
        notes = (*notes, f"The submission repeats {quoted([*repeated])}, as {sample.path} does.")
    if spec is not None and asked.columns.fixed:
        spec = spec.model_copy(update={"fixed": _fixed(asked)})
    if spec is None or sample is None or test is None or not names_a_part(asked):
        return spec, notes
    part = spec.model_copy(update={"asked_in": sample.path})
    return part, (
        *notes,
        f"{sample.path} asks for {sample.rows:,} of the {counted(test.rows, 'row')} of "
        f"{test.path}; only those are answered.",
    )


def _fixed(asked: Asked) -> dict[str, str]:
    """What is always answered alike, by the names that header or lines have."""
    fixed, sample = asked.columns.fixed, asked.pairing.sample
    if sample is None:
        return {**fixed}
    own = {name: asked.written(name) for name in fixed if name in sample.columns}
    return {own.get(name, name): value for name, value in fixed.items()}


def _oddities(asked: Asked) -> tuple[str, ...]:
    """Where the sample differs from the tables without contradicting them."""
    sample, columns = asked.pairing.sample, asked.columns
    if sample is None or asked.pairing.long is not None or columns.naming is not None:
        return ()
    notes = [
        f"`{name}` is handed in as `{written}`, since {sample.path} calls it so."
        for name, written in zip(columns.targets, columns.written, strict=False)
        if name != written and written in sample.columns
    ]
    key = sample_id(asked.pairing, asked.id_column)
    if key is not None and not sample.is_unique(key):
        notes.append(f"{sample.path} names some rows more than once; each is answered once.")
    return tuple(notes)


def _stated(asked: Asked) -> tuple[SubmissionSpec | None, tuple[str, ...]]:
    if asked.pairing.test is None:
        return None, ()
    if asked.pairing.long is not None:
        return _long(asked)
    if asked.columns.naming is not None and asked.problem != "regression":
        return _class_columns(asked, asked.columns.naming.names), ()
    if asked.kind == "probability" and asked.several_classes:
        return _unasked_class_columns(asked)
    check_sample(asked)
    if asked.listed is not None:
        return _label_list(asked, asked.listed.listed.delimiter), ()
    if asked.kind == "labels" and asked.several_classes:
        ranked = find_ranking(asked.targets[0].classes, _answers(asked))
        return _label_list(asked, ranked or " "), ()
    if asked.metric.parameters.get("joint"):
        names = dict(zip([one.name for one in asked.targets], asked.columns.written, strict=True))
        note = (
            "Answers are shares of one whole and judged as one, since exactly one target holds in "
            "every row."
        )
        return _class_columns(asked, names), (note,)
    labels, notes = _labels(asked) if asked.kind in {"label", "labels"} else ((), ())
    spec = SubmissionSpec(
        columns=_header(asked, asked.columns.written),
        id_column=asked.written_id,
        answers=asked.kind,
        labels=labels,
    )
    return spec, notes


def exclusive(pairing: Pairing, targets: Sequence[Target]) -> bool:
    """Whether targets are the classes of one question: each row has exactly one of them."""
    if len(targets) < 3 or any(len(target.classes) != 2 for target in targets):
        return False
    names = [target.name for target in targets]
    if not set(names) <= set(pairing.train.columns):
        return False
    cells = pairing.train.telling(names)
    known = cells.iloc[labelled_rows(cells, names)]
    held = pd.DataFrame({target.name: known[target.name] == target.positive for target in targets})
    return bool((held.sum(axis=1) == 1).all())


# --- the formats ----------------------------------------------------------------------------------


def _header(asked: Asked, answers: Sequence[str]) -> tuple[str, ...]:
    if asked.pairing.sample is not None:
        return asked.pairing.header
    answers = [*answers, *asked.columns.fixed]
    return tuple(answers) if asked.id_column is None else (asked.id_column, *answers)


def _class_columns(asked: Asked, names: dict[str, str]) -> SubmissionSpec:
    """A column a class, called `names[class]` by the sample."""
    check_ids(asked)
    sample = asked.pairing.sample
    headers = names if sample is None else {one: asked.written(names[one]) for one in names}
    return SubmissionSpec(
        format="class_columns",
        columns=_header(asked, list(headers.values())),
        id_column=asked.written_id,
        answers="probability",
        class_columns=headers,
    )


def _unasked_class_columns(asked: Asked) -> tuple[SubmissionSpec, tuple[str, ...]]:
    """A column a class where the metric wants one and no sample shows it."""
    check_ids(asked)
    classes = asked.targets[0].classes
    id_column = asked.written_id
    header = classes if id_column is None else (id_column, *classes)
    note = f"{asked.metric.title} needs a probability for each of the {len(classes)} classes"
    if asked.pairing.sample is None:
        why = "so the submission has a column for each."
    else:
        why = (
            f"so the submission has a column for each, unlike {asked.pairing.sample.path}, which "
            "has one answer a row; another metric can be chosen with --metric."
        )
    spec = SubmissionSpec(
        format="class_columns",
        columns=header,
        id_column=id_column,
        answers="probability",
        class_columns={label: label for label in classes},
    )
    return spec, (f"{note}, {why}",)


def _label_list(asked: Asked, delimiter: str) -> SubmissionSpec:
    """All labels of a row in one cell."""
    column = asked.columns.written[0]
    return SubmissionSpec(
        format="label_list",
        columns=_header(asked, [column]),
        id_column=asked.written_id,
        answers="labels",
        joined_by=delimiter,
    )


def _long(asked: Asked) -> tuple[SubmissionSpec, tuple[str, ...]]:
    """A line for every row and class (or target)."""
    pairing, long, naming = asked.pairing, asked.pairing.long, asked.columns.naming
    assert long is not None  # the caller has looked
    assert pairing.sample is not None
    values = [name for name in pairing.sample.columns if name not in long.columns]
    by_target = {*asked.columns.targets, *asked.columns.fixed} >= set(long.said)
    if len(values) != 1 or (naming is None and not by_target):
        raise InputError(
            f"{pairing.sample.path} has a line for each of {some(long.said)}, which are neither "
            f"classes nor targets of {pairing.train.path}: mend or remove {pairing.sample.path}."
        )
    names = {name: name for name in long.said} if naming is None else naming.names
    labels, notes = _labels(asked) if naming is None and asked.kind == "labels" else ((), ())
    spec = SubmissionSpec(
        format="long",
        columns=pairing.header,
        id_column=asked.written(long.columns[0]),
        answers="probability" if naming is not None else asked.kind,
        labels=labels,
        class_columns=names,
        key_columns=tuple(asked.written(name) for name in long.columns),
        joined_by=long.joined_by,
    )
    lines = f"{pairing.sample.path} has {len(names)} lines a row, one for each of {some([*names])}."
    return spec, (lines, *notes)


# --- contradictions -------------------------------------------------------------------------------


def check_sample(asked: Asked) -> None:
    """Refuse a sample that contradicts test or targets.

    Raises:
        InputError: It asks for another number of columns, or for other rows.
    """
    sample = asked.pairing.sample
    if sample is None or asked.pairing.test is None:
        return
    key = sample_id(asked.pairing, asked.id_column)
    given = {key, *asked.columns.fixed}
    wanted = [name for name in sample.columns if name not in given]
    count = len(asked.targets) if asked.listed is None else 1
    if len(wanted) != count:
        remedy = (
            f"name all of them with --target, or remove {sample.path}"
            if set(wanted) <= set(asked.pairing.train.columns)
            else f"mend or remove {sample.path}, or name the target with --target"
        )
        raise InputError(
            f"{sample.path} asks for {counted(len(wanted), 'column')} ({some(wanted)}) where "
            f"{counted(len(asked.targets), 'target')} would be predicted "
            f"({some([target.name for target in asked.targets])}): {remedy}."
        )
    check_ids(asked)


def check_ids(asked: Asked) -> None:
    """Refuse a sample that asks for rows that the test has not.

    Raises:
        InputError: Numbers or ids of the rows differ.
    """
    sample, test = asked.pairing.sample, asked.pairing.test
    key = sample_id(asked.pairing, asked.id_column)
    if sample is None or test is None:
        return
    if asked.id_column is None or key is None:
        if sample.rows != test.rows:
            raise InputError(
                f"{sample.path} has {counted(sample.rows, 'row')} where {test.path} has "
                f"{counted(test.rows, 'row')}: mend or remove {sample.path}."
            )
        return
    if sample.same_values(key, test, asked.id_column):
        return
    if not (sample.is_unique(key) and names_a_part(asked)):
        strange = sample.values(key) ^ test.values(asked.id_column)
        raise InputError(
            f"{sample.path} and {test.path} disagree about the rows to answer ({asked.id_column} = "
            f"{min(strange)!r} is in one only): mend or remove {sample.path}."
        )


def names_a_part(asked: Asked) -> bool:
    """Whether the sample asks for some of the test's rows only."""
    sample, test = asked.pairing.sample, asked.pairing.test
    key = sample_id(asked.pairing, asked.id_column)
    if sample is None or test is None or key is None or asked.id_column is None:
        return False
    ids = asked.id_column
    return test.holds_values(ids, sample, key) and not sample.same_values(key, test, ids)


# --- labels ---------------------------------------------------------------------------------------


def _answers(asked: Asked) -> "pd.Series[str] | None":
    """The cells of the sample's only answer."""
    sample, written = asked.pairing.sample, asked.columns.written
    if sample is None or len(written) != 1 or written[0] not in sample.columns:
        return None
    return sample.telling(written)[written[0]]


def _labels(asked: Asked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How answers are written, in the order of the classes; the sample's spelling goes first."""
    sample, classes = asked.pairing.sample, asked.targets[0].classes
    if any(target.classes != classes for target in asked.targets):
        return (), ()
    column = asked.columns.written[0]
    if sample is None or (column not in sample.columns and asked.pairing.long is None):
        return classes, ()
    values = [
        one for one in sample.columns if asked.pairing.long is None or one not in _keys(asked)
    ]
    shown = column if column in sample.columns else values[-1]
    spelled = _respelled(classes, set(sample.telling([shown])[shown].str.strip()))
    if spelled == classes:
        return classes, ()
    return spelled, (
        f"Answers are written as {' and '.join(spelled[:2])}, as in {sample.path}, where "
        f"{asked.pairing.train.path} writes {' and '.join(classes[:2])}.",
    )


def _keys(asked: Asked) -> tuple[str, ...]:
    return () if asked.pairing.long is None else asked.pairing.long.columns


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
    for case in (str.lower, str.upper, str.capitalize, str.title):
        cased = tuple(case(label) for label in classes)
        if written <= set(cased) and len(set(cased)) == len(classes):
            return cased
    return classes


def sample_answers(pairing: Pairing, columns: TargetColumns) -> pd.Series:
    """All answers of the sample as numbers, one below the other; empty without a sample."""
    sample = pairing.sample
    if sample is None:
        return pd.Series([], dtype="float64")
    names = [name for name in columns.written if name in sample.columns]
    if pairing.long is not None:
        names = [name for name in sample.columns if name not in pairing.long.columns]
    cells = [sample.telling([name])[name] for name in names]
    return pd.to_numeric(pd.concat(cells), errors="coerce") if cells else pd.Series([], dtype=float)


def sample_is_fractional(pairing: Pairing, columns: TargetColumns) -> bool:
    """Whether the sample submission answers with anything but whole numbers."""
    return bool((sample_answers(pairing, columns) % 1 > 0).any())


def sample_is_between(pairing: Pairing, columns: TargetColumns) -> bool:
    """Whether the sample submission answers with probabilities, not all of them 0 or 1."""
    answers = sample_answers(pairing, columns)
    return bool(len(answers) and answers.between(0, 1).all() and (answers % 1 > 0).any())
