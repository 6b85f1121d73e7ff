"""Pane 2: the columns of the tables, and above them what would fool a model."""

from typing import ClassVar

from textual.content import Content
from typing_extensions import override

from agents.models import ColumnProfile, Finding
from iml_tui.draw import ends, fit, line, mark, right, shares, spark, strength, wrapped
from iml_tui.figures import NONE, count, share
from iml_tui.present import metric_words, rows_line
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row

EMPTY, RELATION, PICTURE = 6, 5, 16
BRIEF = 14
"""Findings whose titles are all this short take one line each."""
PICTURED = {"number", "date"}
SHARED = {"category", "boolean", "constant", "delimited"}


class DataPane(Pane):
    """What was measured."""

    NUMBER = 2
    TITLE = "Data"
    HINTS: ClassVar[tuple[Hint, ...]] = (("j k", "scroll"),)

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """What was measured."""
        return (scene.state.columns, scene.state.profile, scene.state.task)

    @override
    def detail(self, scene: Scene) -> Content:
        """Columns and rows."""
        state = scene.state
        if not state.columns:
            return line()
        columns = count(len(state.columns), "column")
        if state.profile is not None:
            rows = rows_line(state.profile.rows_train, state.profile.rows_test)
            return line((f"{columns}, {rows}", "$dim"))
        return line((f"{columns}, from the first rows", "$dim"))

    @override
    def fact(self, scene: Scene) -> Content:
        """Which lines can be seen, where not all can."""
        return self.position()

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Findings, then the columns."""
        if not scene.state.columns:
            return [Row(line(("The columns follow in a moment.", "$dim")))]
        lines = _asked(scene, width) + _findings(scene, width) + _table(scene, width)
        return [Row(content) for content in lines]


def _asked(scene: Scene, width: int) -> list[Content]:
    task = scene.state.task
    if task is None:
        return []
    targets = ", ".join(target.name for target in task.targets)
    asked = line((targets, "$strong bold"), (f"  {task.problem}, judged by ", "$dim"))
    return [fit(line(asked, metric_words(task.metric)), width), line()]


def _findings(scene: Scene, width: int) -> list[Content]:
    profile = scene.state.profile
    if profile is None or not profile.findings:
        return []
    lines = [line(("What will fool you", "$wait bold"))]
    longest = max(len(finding.title) for finding in profile.findings)
    for finding in profile.findings:
        if longest <= BRIEF:
            lines += _brief(finding, width, longest + 2)
        else:
            lines += _full(finding, width)
    return [*lines, line()]


def _answer(finding: Finding) -> Content:
    return line(mark("done"), (f" {finding.done}", "$dim")) if finding.done else line()


def _brief(finding: Finding, width: int, label: int) -> list[Content]:
    """Title, text and answer on one line, where they fit."""
    title, done = fit(line((finding.title, "$strong")), label), _answer(finding)
    if label + len(finding.text) + 3 + done.cell_length <= width:
        return [ends(line(title, finding.text), done, width)]
    first, *rest = wrapped(finding.text, width - label) or [line()]
    lines = [line(title, first), *(line(" " * label, text) for text in rest)]
    return [*lines, line(" " * label, fit(done, width - label))] if finding.done else lines


def _full(finding: Finding, width: int) -> list[Content]:
    """A title that is a sentence, and the text below it."""
    title, done = line((finding.title, "$strong")), _answer(finding)
    texts = [line("  ", text) for text in wrapped(finding.text, width - 2, "$dim")]
    if title.cell_length + 3 + done.cell_length <= width:
        return [ends(title, done, width), *texts]
    answers = [line("  ", fit(done, width - 2))] if finding.done else []
    return [*wrapped(finding.title, width, "$strong"), *texts, *answers]


def _table(scene: Scene, width: int) -> list[Content]:
    columns = _ordered(scene)
    kind = 11 if width >= 60 else 0
    bars = 10 if width >= 78 else 0
    fixed = kind + EMPTY + 2 + PICTURE + 2 + RELATION + bars + 2
    longest = max(len(column.name) for column in columns)
    name = max(8, min(longest, width - fixed - 2)) + 2
    sizes = (name, kind, bars)
    head = line(
        fit(line(("column", "$dim")), name),
        fit(line(("type", "$dim")), kind),
        right(line(("empty", "$dim")), EMPTY),
        "  ",
        fit(line(("values", "$dim")), PICTURE),
        "  ",
        fit(line(("to target", "$dim")), RELATION + bars + 4),
    )
    notes = width - sum(sizes) - EMPTY - 2 - PICTURE - 2 - RELATION - 4
    return [head, *(_column(column, scene, sizes, notes) for column in columns)]


def _ordered(scene: Scene) -> list[ColumnProfile]:
    """The target first, then by strength; what has none keeps the order of the file."""
    task = scene.state.task
    targets = {target.name for target in task.targets} if task else set()
    return sorted(
        scene.state.columns,
        key=lambda column: (column.name not in targets, -(column.to_target or 0.0)),
    )


def _column(
    column: ColumnProfile, scene: Scene, sizes: tuple[int, int, int], notes: int
) -> Content:
    name, kind, bars = sizes
    task = scene.state.task
    target = task is not None and any(one.name == column.name for one in task.targets)
    empty = share(column.missing)
    return line(
        fit(line((column.name, "$strong bold" if target else "$fg")), name),
        fit(line((column.semantic, "$dim")), kind),
        right(line((empty, "$dim" if empty == NONE else "$fg")), EMPTY),
        "  ",
        _picture(column),
        "  ",
        _relation(column, bars, target=target),
        fit(line((f"  {column.note}" if column.note else "", "$dim")), notes)
        if notes > 12
        else line(),
    )


def _picture(column: ColumnProfile) -> Content:
    if column.semantic in PICTURED and len(column.distribution) > 1:
        return spark(column.distribution, PICTURE)
    if column.semantic in SHARED and column.distribution and column.distinct <= 50:
        return shares(column.distribution, PICTURE)
    if column.semantic == "identifier":
        return fit(line(("all different", "$dim")), PICTURE)
    return fit(line((count(column.distinct, "value"), "$dim")), PICTURE)


def _relation(column: ColumnProfile, bars: int, *, target: bool) -> Content:
    width = RELATION + bars
    if target:
        return fit(line(("the target", "$own")), max(width, 10))
    if not column.in_test:
        return fit(line(("not in test", "$wait")), max(width, 11))
    if column.to_target is None:
        return fit(line((NONE, "$dim")), width)
    return (
        line(f"{column.to_target:.2f} ", strength(column.to_target, bars))
        if bars
        else fit(line(f"{column.to_target:.2f}"), width)
    )
