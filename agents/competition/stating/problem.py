"""The problem: kinds of targets and metric, settled together, since each depends on the other."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.formats.forms import label_prefix
from agents.competition.formats.label_lists import FoundLabels, find_labels
from agents.competition.metrics.metric_check import verify
from agents.competition.metrics.metric_choice import (
    default_metric,
    jointly,
    meant,
    metric_of_option,
    read_metric,
    unread_parts,
)
from agents.competition.metrics.metrics import METRICS, metric_named, metric_of
from agents.competition.metrics.row_weights import columns_of, metric_columns, row_weights
from agents.competition.reading.words import counted, quoted, some
from agents.competition.splitting.splits import labelled_rows
from agents.competition.stating.pairing import Pairing
from agents.competition.stating.questions import metric_question
from agents.competition.stating.side_weights import columns_beside, weights_by_key
from agents.competition.stating.submission import exclusive, sample_is_between, sample_is_fractional
from agents.competition.stating.targets import TargetColumns, known_cells, read_target
from agents.errors import InputError
from agents.models import MetricChoice, MetricWeights, OpenQuestion, ProblemType, Target

_MOST_LEVELS: Final = 12


class Settled(NamedTuple):
    """What is predicted and how it is judged."""

    metric: MetricChoice
    problem: ProblemType
    targets: tuple[Target, ...]
    listed: FoundLabels | None
    """Set where the target column lists several labels a cell."""
    notes: tuple[str, ...]
    question: OpenQuestion | None = None
    """Set where it is open how answers are judged."""


def settle(
    pairing: Pairing, columns: TargetColumns, wanted_metric: str | None, text: str
) -> Settled:
    """Settle metric, problem and kinds of targets.

    Args:
        pairing: The tables.
        columns: The columns to be predicted.
        wanted_metric: As the user named it; None leaves it to the description.
        text: The description.

    Raises:
        InputError: The metric that the user named cannot judge these targets, or they are of kinds
            that cannot be predicted together.
    """
    listed = _listed(pairing, columns)
    several = len(columns.targets) > 1 or listed is not None
    told, weighed = _told(pairing, columns, text, several=several)
    if wanted_metric is not None:
        told = metric_of_option(wanted_metric, several=several, described=told)
    if listed is None:
        targets = _targets(pairing, columns, told)
        problem = _problem(targets, told)
    else:
        targets, problem = _label_targets(pairing, listed), "multilabel"
    misfit = ""
    if told is not None:
        told = meant(told, problem, several=several)
        misfit = _misfit(told, problem, targets) or _unsound(told, pairing, targets)
    if told is not None and misfit and told.source == "option":
        raise InputError(misfit)
    metric = None if misfit else told
    metric = metric or _usual_metric(pairing, columns, listed, targets)
    if metric is None:
        between = sample_is_between(pairing, columns)
        metric = default_metric(
            problem, probabilities=between, text=text, several=several, misfit=misfit
        )
    if exclusive(pairing, targets):
        metric = jointly(metric)
    question, doubts = metric_question(metric, problem, text)
    if metric.weights is not None or metric.source == "description":
        doubts = (*weighed, *doubts)
    notes = (*_notes(pairing, targets, listed), *doubts)
    return Settled(metric, problem, targets, listed, notes, question)


def _told(
    pairing: Pairing, columns: TargetColumns, text: str, *, several: bool
) -> tuple[MetricChoice | None, tuple[str, ...]]:
    """The metric that the description names, with a note on weights that lie in another table."""
    own = _features(pairing, columns)
    told = read_metric(text, several=several, columns=own, beside=columns_beside(pairing))
    if told is None or told.weights is None:
        return told, () if told is None else unread_parts(text, told)
    if told.weights.column in own:
        if not (note := _idle(told.weights, pairing)):
            return told, ()
        others = [name for name in own if name != told.weights.column]
        return read_metric(text, several=several, columns=others), (note,)
    weights, note = weights_by_key(told.weights, pairing, columns.targets)
    if weights is None:
        return read_metric(text, several=several, columns=own), (note,)
    return told.model_copy(update={"weights": weights}), (note,)


def _idle(weights: MetricWeights, pairing: Pairing) -> str:
    """Why weights by a cell that no training row has, or all of them have, are left; or ""."""
    if not weights.values:
        return ""
    found = row_weights(weights, pairing.train.telling([weights.column])[weights.column])
    if (found != found[0]).any():
        return ""
    cell = next(iter(weights.values))
    return (
        f"The description weighs rows where `{weights.column}` is {cell}, which tells no training "
        "rows apart, so all rows count alike."
    )


def _targets(
    pairing: Pairing, columns: TargetColumns, told: MetricChoice | None
) -> tuple[Target, ...]:
    whole = not sample_is_fractional(pairing, columns)
    metric = told.name if told else None
    classed = columns.naming is not None
    return tuple(
        read_target(pairing.train, name, metric, whole=whole, classed=classed)
        for name in columns.targets
    )


def _problem(targets: Sequence[Target], told: MetricChoice | None) -> ProblemType:
    kinds = {target.kind for target in targets}
    if kinds == {"number"}:
        return "regression"
    if len(targets) > 1:
        if kinds == {"class"} and all(len(target.classes) == 2 for target in targets):
            return "multilabel"
        raise InputError(
            f"The targets {some([target.name for target in targets])} are of different kinds: "
            "several targets must be all numbers or all of two values, so name one with --target."
        )
    classes = targets[0].classes
    if told is not None and metric_named(told.name).by_rank and _are_levels(classes):
        return "ordinal"
    return "binary" if len(classes) == 2 else "multiclass"


def _are_levels(classes: Sequence[str]) -> bool:
    numbers = pd.to_numeric(pd.Series(list(classes)), errors="coerce")
    return bool(
        2 < len(classes) <= _MOST_LEVELS and numbers.notna().all() and (numbers % 1 == 0).all()
    )


def _misfit(metric: MetricChoice, problem: ProblemType, targets: Sequence[Target]) -> str:
    """Why a metric cannot judge these targets, or ""."""
    if metric_named(metric.name).suits(problem):
        return ""
    fitting = [name for name, other in METRICS.items() if other.suits(problem)]
    what = {"regression": "amounts", "multilabel": "several labels", "binary": "two classes"}
    held = what.get(problem, f"{len(targets[0].classes)} classes")
    return (
        f"The metric {metric.name} cannot judge {held} ({quoted([t.name for t in targets])}): use "
        f"one of {', '.join(fitting)}."
    )


def _unsound(metric: MetricChoice, pairing: Pairing, targets: Sequence[Target]) -> str:
    """What a trial of the metric on the training rows' own truth speaks against it, or ""."""
    names, columns = [target.name for target in targets], pairing.train.columns
    if not set(names) <= set(columns):
        return ""  # labels of one cell, which are targets of their own
    beside = (name for name in columns_of(metric) if name in columns and name not in names)
    cells = pairing.train.telling([*names, *beside])
    rows = cells.iloc[labelled_rows(cells, names)]
    try:
        truth = rows[names].assign(**metric_columns(metric, rows))
    except InputError as error:
        return str(error)
    problems = verify(metric_of(metric), truth, targets)
    if not problems:
        return ""
    if problems[0].startswith("The metric "):
        return problems[0]
    return f"The metric {metric.title} does not suit {quoted(names)}: {problems[0]}"


def _features(pairing: Pairing, columns: TargetColumns) -> tuple[str, ...]:
    """Columns of the training table but the targets, those that the test shares first."""
    others = [name for name in pairing.train.columns if name not in columns.targets]
    test = others if pairing.test is None else pairing.test.columns
    return (*(name for name in test if name in others), *(one for one in others if one not in test))


def _usual_metric(
    pairing: Pairing,
    columns: TargetColumns,
    listed: FoundLabels | None,
    targets: Sequence[Target],
) -> MetricChoice | None:
    """The metric that the form of the answers suggests; None where it suggests none."""
    if listed is not None:
        name, why = "f1_samples", "lists of labels are judged row by row"
    elif not sample_is_between(pairing, columns):
        return None
    elif exclusive(pairing, targets):
        name, why = "log_loss", "the sample submission asks for the probability of each of them"
    elif columns.naming is not None and len(targets[0].classes) > 2:
        name, why = "log_loss", "the sample submission asks for the probability of every class"
    else:
        return None
    chosen = metric_of_option(name, several=False)
    return chosen.model_copy(update={"source": "default", "words": why})


# --- several labels a cell ------------------------------------------------------------------------


def _listed(pairing: Pairing, columns: TargetColumns) -> FoundLabels | None:
    """The labels of the target column, where its cells hold several of them."""
    if len(columns.targets) != 1 or (columns.naming is not None):
        return None
    name, train, sample = columns.targets[0], pairing.train, pairing.sample
    known = known_cells(train, name)
    if pd.to_numeric(known, errors="coerce").notna().all():
        return None
    shown = columns.written[0]
    if sample is None or shown not in sample.columns:
        return find_labels(name, known, None)
    return find_labels(name, known, sample.telling([shown])[shown])


def _label_targets(pairing: Pairing, listed: FoundLabels) -> tuple[Target, ...]:
    """A target a label, called by the label unless another column is called so."""
    taken = set(pairing.train.columns) - {listed.listed.column}
    prefix = label_prefix(listed.listed.column) if taken & {*listed.labels} else ""
    return tuple(
        Target(name=f"{prefix}{label}", kind="class", classes=("0", "1"), positive="1")
        for label in listed.labels
    )


def _notes(
    pairing: Pairing, targets: Sequence[Target], listed: FoundLabels | None
) -> tuple[str, ...]:
    if listed is None:
        if not exclusive(pairing, targets):
            return ()
        names = quoted([target.name for target in targets])
        return (f"Exactly one of {names} holds in every training row.",)
    joint = listed.listed.delimiter
    joined = {"json": "as a list in brackets", "python": "as a list in brackets"}.get(
        joint, "with spaces between them" if joint == " " else f"with {joint!r} between them"
    )
    note = (
        f"`{listed.listed.column}` lists {counted(len(listed.labels) + listed.left_out, 'label')} "
        f"{joined}; each is predicted on its own."
    )
    if not listed.left_out:
        return (note,)
    return note, f"The {listed.left_out:,} rarest labels are never answered."
