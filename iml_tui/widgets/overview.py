"""The rows of the Data pane: what fools people, what is asked, the columns, what lies beside them.

Pure functions of the run's state. A row that says more when it is opened is a `Fold`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from agents.journal.state import State
from agents.models import ColumnProfile, Finding, Join, MediaFolder, SplitPlan, Task
from iml_tui.columns import Known, shown_name
from iml_tui.drawing.draw import (
    Part,
    ends,
    fit,
    line,
    mark,
    right,
    shares,
    spark,
    strength,
    wrapped,
)
from iml_tui.words.figures import NONE, count, listed, share
from iml_tui.words.present import metric_words, split_words

EMPTY, RELATION, PICTURE = 6, 5, 16
TYPED, BARRED, NOTED = 60, 46, 12
"""From these widths on a table has types and bars; so much room a note needs."""
BAR, LEAST_BAR = 8, 6
LABEL = 9
MOST_NAME = 60
LEAST_DONE = 24
"""Fewer cells than these say nothing about what is done."""
PICTURED = {"number", "date", "text", "list"}
SHARED = {"category", "boolean", "constant", "delimited"}
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Fold:
    """One line, and what it says whole."""

    key: str
    short: Content
    whole: tuple[tuple[str, str], ...]
    """What is said, and in which style."""
    done: str = ""
    """What the run does about it."""

    def lines(self, width: int, *, opened: bool) -> list[Content]:
        """The line, or all of it."""
        if not opened:
            return [self._one(width)]
        told: list[Content] = []
        for place, (text, style) in enumerate(self.whole):
            inset = 2 if place else 0
            told += [line(" " * inset, row) for row in wrapped(text, width - inset, style)]
        if self.done:
            first, *rest = wrapped(self.done, max(8, width - 4))
            told += [line("  ", mark("done"), " ", first), *(line("    ", row) for row in rest)]
        return told or [self._one(width)]

    def _one(self, width: int) -> Content:
        told = self.done.rstrip(".")
        done = line(mark("done"), (f" {told}", "$dim")) if told else line()
        if self.short.cell_length + 3 + done.cell_length <= width:
            return ends(self.short, done, width)
        room = width - self.short.cell_length - 3
        return (
            line(self.short, "   ", fit(done, room))
            if room >= LEAST_DONE
            else fit(self.short, width)
        )


def unquoted(text: str) -> str:
    """Prose as a screen shows it: names need no marks where Markdown does."""
    return text.replace("`", "")


# --- what fools people, what is asked -------------------------------------------------------------


def findings(told: Sequence[Finding]) -> list[Fold]:
    """Every finding that can fool somebody, the most dangerous first."""
    return [_finding(place, one) for place, one in enumerate(told) if not one.plain]


def _finding(place: int, one: Finding) -> Fold:
    whole = [(one.title, "$strong"), (unquoted(one.text), "$fg")]
    if one.columns:
        names = [shown_name(name) for name in one.columns[:8]]
        more = f" and {len(one.columns) - 8} more" if len(one.columns) > 8 else ""
        whole.append((f"About {', '.join(names)}{more}.", "$dim"))
    return Fold(f"finding:{place}", line((one.title, "$fg")), tuple(whole), unquoted(one.done))


def asked(state: State) -> list[Fold]:
    """What is predicted, how it is judged, how rows are kept blind, what is handed in."""
    task = state.task
    if task is None:
        return []
    split = state.blueprint.split if state.blueprint else None
    split = split or (state.profile.split if state.profile else None)
    return [
        _fold("target", *_target(task)),
        _fold("metric", *_metric(task)),
        _fold("folds", *_folds(state, split)),
        _fold("answers", *_answers(task)),
    ]


def _fold(label: str, short: Content, whole: Iterable[str]) -> Fold:
    named = line(fit(line((label, "$dim")), LABEL), short)
    lines = (
        (f"{label}: {short.plain}", "$strong"),
        *((unquoted(text), "$fg") for text in whole if text),
    )
    return Fold(f"task:{label}", named, lines)


def _target(task: Task) -> tuple[Content, list[str]]:
    names = [shown_name(target.name) for target in task.targets]
    shown = listed(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    classes = task.targets[0].classes
    kind: str = task.problem
    if classes and len(task.targets) == 1:
        kind += f": {listed(classes)}" if len(classes) <= 4 else f", {len(classes)} classes"
    whole = [", ".join(names)] if len(names) > 3 else []
    if len(classes) > 4:
        whole.append(f"Classes: {', '.join(classes)}.")
    return line((shown, "$strong bold"), (f"  {kind}", "$dim")), [*whole, *task.notes]


def _metric(task: Task) -> tuple[Content, list[str]]:
    better = "higher is better" if task.metric.direction == "higher" else "lower is better"
    words = " ".join(task.metric.words.split())
    quoted = f"  “{words}”" if words and task.metric.source == "description" else ""
    where = "Read there: " if task.metric.source == "description" else ""
    whole = [f"{where}{words}" if words else ""]
    return line(f"{metric_words(task.metric)}; {better}", (quoted, "$dim")), whole


def _folds(state: State, split: SplitPlan | None) -> tuple[Content, list[str]]:
    if split is None:
        return line(("not chosen yet", "$dim")), []
    reason = f"  {unquoted(split.evidence[0])}" if split.evidence else ""
    whole = list(split.evidence)
    if split.time is not None:
        whole += [
            f"Learns until {one.learn_until}, answers {one.start} to {one.end}."
            for one in split.time.windows[:8]
        ]
    return line(split_words(state), (reason, "$dim")), whole


def _answers(task: Task) -> tuple[Content, list[str]]:
    wanted = task.submission
    if wanted is None:
        return line("no test table: a model that is scored", ("", "$dim")), []
    names = ", ".join(shown_name(name) for name in wanted.columns[:6])
    more = f" and {len(wanted.columns) - 6} more" if len(wanted.columns) > 6 else ""
    form = {
        "row": "a row each",
        "class_columns": "a column a class",
        "long": "a line a row and class",
        "label_list": "all labels in one cell",
    }[wanted.format]
    kinds = {
        "label": "labels",
        "probability": "probabilities",
        "number": "numbers",
        "labels": "any number of labels",
    }
    labels = f" ({listed(wanted.labels)})" if 0 < len(wanted.labels) <= 4 else ""
    told = line(f"{kinds[wanted.answers]}{labels}, {form}", (f"  {names}{more}", "$dim"))
    return told, [", ".join(wanted.columns)] if more else []


# --- the columns ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Widths:
    """Cells of what a table of columns shows."""

    name: int
    kind: int
    bars: int
    notes: int

    @property
    def relation(self) -> int:
        """Figure and bar of the relation."""
        return max(RELATION + self.bars, 11)


def widths(columns: Sequence[Known], width: int) -> Widths:
    """What there is room for; names are cut last."""
    kind = 11 if width >= TYPED + 8 else 0
    longest = max((line(shown_name(one.column.name)).cell_length for one in columns), default=8)
    others = kind + EMPTY + 2 + PICTURE + 2
    bars = (
        max(LEAST_BAR, min(BAR, width - others - RELATION - longest - 2)) if width >= BARRED else 0
    )
    fixed = others + max(RELATION + bars, 11)
    name = max(8, min(longest, MOST_NAME, width - fixed - 2)) + 2
    return Widths(name, kind, bars, max(0, width - fixed - name - 2))


def table_head(sizes: Widths, order: str, *, first_rows: bool) -> Content:
    """The names of the table's columns; the one that it is sorted by stands out."""

    def named(text: str, by: str) -> Content:
        return line((text, "$fg" if by == order else "$dim"))

    return line(
        fit(named("column", "name"), sizes.name),
        fit(line(("type", "$dim")), sizes.kind),
        right(named("empty", "missing"), EMPTY),
        "  ",
        fit(line(("values", "$dim")), PICTURE),
        "  ",
        fit(named("to target", "relation"), sizes.relation),
        fit(line(("  first rows only, so far", "$wait")), sizes.notes) if first_rows else "",
    )


def column_line(known: Known, sizes: Widths, *, first_rows: bool) -> Content:
    """One column in a line."""
    column = known.column
    style = "$strong bold" if known.target else "$fg"
    name = line(fit(line((shown_name(column.name), style)), sizes.name - 2), "  ")
    if not known.measured:
        return line(name, mark("not yet"), (" not looked at yet", "$dim"))
    empty = share(column.missing)
    note = f"  {column.note}" if column.note and sizes.notes >= NOTED else ""
    return line(
        name,
        fit(line((column.semantic, "$dim")), sizes.kind),
        right(line((empty, "$dim" if empty == NONE or first_rows else "$fg")), EMPTY),
        "  ",
        _picture(column),
        "  ",
        _relation(known, sizes, first_rows=first_rows),
        fit(line((note, "$dim")), sizes.notes) if note else "",
    )


def _picture(column: ColumnProfile) -> Content:
    bars = column.distribution[1:] if column.spiked else column.distribution
    if column.semantic in PICTURED and len(bars) > 1:
        return spark(bars, PICTURE)
    if column.semantic in SHARED and bars and column.distinct <= 50:
        return shares(bars, PICTURE)
    if column.semantic == "identifier":
        return fit(line(("all different", "$dim")), PICTURE)
    return fit(line((count(column.distinct, "value"), "$dim")), PICTURE)


def _relation(known: Known, sizes: Widths, *, first_rows: bool) -> Content:
    column = known.column
    if known.target:
        return fit(line(("the target", "$own")), sizes.relation)
    if not column.in_test:
        return fit(line(("not in test", "$wait")), sizes.relation)
    if column.to_target is None:
        return fit(line((NONE, "$dim")), sizes.relation)
    figure = line((f"{column.to_target:.2f} ", "$dim" if first_rows else "$fg"))
    bars = strength(column.to_target, sizes.bars) if sizes.bars else ""
    return fit(line(figure, bars), sizes.relation)


# --- what lies beside -----------------------------------------------------------------------------


def beside(state: State) -> Iterator[tuple[Join, Fold]]:
    """Every side table that is joined: how it is reached and for how many rows."""
    task = state.task
    for join in task.joins if task is not None else ():
        rows = next((one.rows for one in task.tables if one.path == join.path), 0) if task else 0
        measured = state.profile.side.get(join.path, ()) if state.profile is not None else ()
        yield join, _join(join, rows, len(measured))


def _join(join: Join, rows: int, columns: int) -> Fold:
    on = listed([ours if ours == theirs else f"{ours} = {theirs}" for ours, theirs in _pairs(join)])
    base = f" of {join.base}" if join.base else ""
    found = f"{join.coverage_train:.0%} of train"
    if join.coverage_test is not None:
        found += f", {join.coverage_test:.0%} of test"
    parts: list[Part] = [(join.path, "$fg"), (f"  by {on}{base}, found for {found}", "$dim")]
    whole = [
        (join.path, "$strong"),
        (f"{count(rows, 'row')}, joined by {on}{base}; a row of it is found for {found}.", "$fg"),
        (
            "Several of its rows belong to one row." if join.many else "One of its rows a row.",
            "$fg",
        ),
        ("" if columns else "Its columns are measured with the profile.", "$dim"),
    ]
    return Fold(f"side:{join.path}", line(*parts), tuple(one for one in whole if one[0]))


def _pairs(join: Join) -> list[tuple[str, str]]:
    pairs = zip(join.left, join.right, strict=True)
    return [(shown_name(ours), shown_name(theirs)) for ours, theirs in pairs]


def media(state: State) -> list[Fold]:
    """Every folder of files: how many, of what kind and size, and what names them."""
    task = state.task
    return [_media(state, task, one) for one in task.media] if task is not None else []


def _media(state: State, task: Task, folder: MediaFolder) -> Fold:
    seen = next(
        (one for one in (state.profile.media if state.profile else ()) if one.path == folder.path),
        None,
    )
    kind = seen.kind if seen is not None else "files"
    named = [f"{one.column} of {one.role}" for one in task.files if folder.path in one.folders]
    parts: list[Part] = [(f"{folder.path}/", "$fg"), f"  {folder.files:,} {kind}"]
    whole = [(f"{folder.path}/ holds {folder.files:,} {kind}", "$strong")]
    if seen is not None:
        sizes = ", ".join(one for one in (size(seen.bytes), seen.usual) if one)
        parts.append((f"  {sizes}", "$dim"))
        usual = ", ".join(one for one in (seen.usual, seen.form) if one)
        whole.append(
            (f"Usually {usual.removeprefix('usually ')}; {size(seen.bytes)} in all.", "$fg")
        )
        unread = f", {seen.unreadable} of them cannot be read" if seen.unreadable else ""
        whole.append((f"{seen.looked_at} of them were looked at{unread}.", "$fg"))
    whole.append((f"Suffixes: {', '.join(folder.suffixes)}.", "$fg"))
    if folder.classes:
        whole.append((f"A folder a class: {', '.join(folder.classes)}.", "$fg"))
    whole.append((f"Named by {listed(named)}." if named else "No column names one a row.", "$fg"))
    return Fold(f"media:{folder.path}", line(*parts), tuple(whole))


def size(amount: int) -> str:
    """`12.4 MB`."""
    value, unit = float(amount), 0
    while value >= 1_000 and unit < len(_UNITS) - 1:
        value, unit = value / 1_000, unit + 1
    return (
        f"{value:.0f} {_UNITS[unit]}"
        if unit == 0 or value >= 100
        else f"{value:.1f} {_UNITS[unit]}"
    )
