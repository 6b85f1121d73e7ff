"""Pane 2: what will fool you, what is asked, and the columns; one of them can be opened.

Where there is room, an open column stands beside the list and follows the cursor; elsewhere it has
the pane to itself. Thousands of columns are a list like any other: only lines in sight are drawn.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import var
from textual.strip import Strip
from typing_extensions import override

from agents.journal.events import Progress
from agents.journal.state import State
from agents.models import Finding, Target
from iml_tui.columns import (
    ORDERS,
    Kept,
    Known,
    Order,
    columns_of,
    findings_about,
    next_order,
    ordered,
    shown_name,
    table_of,
    used_by,
)
from iml_tui.drawing.draw import bar, fit, hint, line
from iml_tui.scene import Scene
from iml_tui.widgets.column import About, page
from iml_tui.widgets.listing import LazyRow, Listing
from iml_tui.widgets.overview import (
    Fold,
    Widths,
    asked,
    beside,
    column_line,
    findings,
    media,
    table_head,
    widths,
)
from iml_tui.widgets.pane import Hint, Row
from iml_tui.words.figures import count
from iml_tui.words.present import rows_line

SPLIT = 104
"""From this width on an open column stands beside the list."""
LEFT, MOST_LEFT = 0.46, 72
"""Share of the width that the list keeps then."""
ROWS_FROM = 100
"""From this width on the header counts rows, too, beside the names of other panes."""
GAP = 3
OVER = 3
"""Lines around the findings that stand over an open column."""
FEW = 4
"""At least so many findings are shown before the rest is folded."""
MORE = "finding:more"
YES = {"true", "yes", "y", "1", "1.0"}
"""Labels that say no more than the name of their column."""
PROFILED = "look/profile"
"""The step that measures."""


class DataPane(Listing):
    """What was measured."""

    NUMBER = 2
    TITLE = "Data"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("enter", "open"),
        ("/", "find"),
        ("s", "sort"),
    )
    IN_COLUMN: ClassVar[tuple[Hint, ...]] = (("esc", "close"), ("h l", "column before, next"))
    """Further hints while a column is open."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "sort the columns otherwise", id="data.sort", show=False),
        Binding("l,right", "column(1)", "open the next column", id="data.next", show=False),
        Binding("h,left", "column(-1)", "open the column before", id="data.previous", show=False),
        Binding("escape", "close", "close the column", id="data.close", show=False),
    ]

    order: var[Order] = var[Order]("relation")
    opened: var[str | None] = var[str | None](None)
    """Key of the column that is looked at whole."""
    unfolded: var[frozenset[str]] = var(frozenset[str]())
    """Keys of the rows that say everything."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._above: list[Content] = []
        """Lines over the list that do not scroll, while a column stands beside it."""
        self._page: list[Content] = []
        self._page_top = 0
        self._column_there = False
        """Whether the open column is one of those that are known: a new run may be without it."""
        self._head_at = 0
        """Which row names the columns of the table."""
        self._columns: dict[str, Kept[list[Known]]] = {}
        self._tables: dict[str, Kept[list[Row]]] = {}
        self._keyed: list[Row] = []
        """The rows that can be marked."""

    # --- what is looked at --------------------------------------------------------------------

    @property
    def split(self) -> bool:
        """Whether the open column stands beside the list."""
        return self._column_there and self.size.width >= SPLIT

    @property
    def alone(self) -> bool:
        """Whether the open column has the pane to itself."""
        return self._column_there and self.size.width < SPLIT

    @property
    def _left(self) -> int:
        return min(MOST_LEFT, int(self.size.width * LEFT))

    def _listed(self, state: State, table: str | None = None) -> list[Known]:
        """The columns of a table in order; by default of the one that is looked at."""
        if table is None:
            table = (table_of(self.opened) if self.opened is not None else "") or ""
        kept = self._columns.setdefault(table, Kept())
        inputs = state.columns, state.profile, state.task, self.order
        return kept.of(inputs, lambda: ordered(columns_of(state, table), self.order))

    def _open_one(self, state: State) -> Known | None:
        return next((one for one in self._listed(state) if one.key == self.opened), None)

    # --- what the pane says -------------------------------------------------------------------

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """What was measured."""
        state = scene.state
        progress = None if state.profile is not None else _measuring(scene)
        return (state.columns, state.profile, state.task, state.blueprint, progress)

    @override
    def hints(self) -> tuple[Hint, ...]:
        """Those of the list; those of a column once one is open."""
        return (*self.HINTS, *(self.IN_COLUMN if self.opened is not None else ()))

    @override
    def detail(self, scene: Scene) -> Content:
        """Columns, and rows where the names of other panes leave room for them."""
        state = scene.state
        if self.alone and (known := self._open_one(state)) is not None:
            place = self._listed(state).index(known) + 1
            return line((f"column {place:,} of {len(self._listed(state)):,}", "$dim"))
        columns = self._listed(state, "")
        if not columns:
            return line()
        told = count(len(columns), "column")
        if self.neighbours and self.size.width < ROWS_FROM:
            return line((told, "$dim"))
        if state.profile is not None:
            rows = rows_line(state.profile.rows_train, state.profile.rows_test)
            return line((f"{told}, {rows}", "$dim"))
        tables = [state.task.table(role) for role in ("train", "test")] if state.task else []
        long = [table.rows for table in tables if table is not None]
        rows = f", {rows_line(long[0], long[1] if long[1:] else None)}" if long else ""
        return line((f"{told}{rows}", "$dim"))

    @override
    def fact(self, scene: Scene) -> Content:
        """How the columns are sorted, and which lines can be seen."""
        if not scene.state.columns:
            return line()
        if self.alone:
            return hint("esc", "closes", "$dim")
        position = self.position()
        return line((ORDERS[self.order], "$dim"), "  " if position.cell_length else "", position)

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """The open column alone, or the list."""
        state = scene.state
        self._above, self._page = [], []
        self._column_there = False
        if not state.columns and state.task is None:
            return [Row(line(("The columns follow in a moment.", "$dim")))]
        known = self._open_one(state) if self.opened is not None else None
        self._column_there = known is not None
        if known is not None and self.alone:
            return [Row(one) for one in page(known.column, _about(state, known), width)]
        if known is not None:
            return self._split_rows(scene, known, width)
        return self._whole(scene, width)

    def _whole(self, scene: Scene, width: int) -> list[Row]:
        state = scene.state
        rows = [*self._fooling(scene, width), *self._folded(asked(state), width)]
        if rows and rows[-1].key is not None:
            rows.append(Row(line()))
        folders = media(state)
        if folders:
            rows += [Row(line(("files", "$dim"))), *self._folded(folders, width), Row(line())]
        self._head_at = len(rows)
        if state.columns:
            rows += self._table("", state, width)
        return rows + self._beside(state, width)

    def _split_rows(self, scene: Scene, known: Known, width: int) -> list[Row]:
        """The list, for the left; what stands over it and beside it is kept apart."""
        state = scene.state
        rows = self._table(table_of(known.key) or "", state, self._left - 2)
        room = self.size.width - self._left - GAP - 1
        self._page = page(known.column, _about(state, known), room, closes="esc closes")
        told = [one for fold in findings(_told(state)) for one in fold.lines(width, opened=False)]
        left = self.size.height - 1 - OVER - len(self._page)
        most = min(max(0, (self.size.height - 1) // 3 - OVER), max(0, left))
        if told and most:
            left = len(told) - most
            shown = told[:most] + ([line((f"and {left} more", "$dim"))] if left > 0 else [])
            self._above = [_title(), *shown, line()]
        self._above.append(rows[0].content)
        return rows[1:]

    # --- the parts of the list ----------------------------------------------------------------

    def _fooling(self, scene: Scene, width: int) -> list[Row]:
        if scene.state.profile is None:
            return [Row(_looking(scene, width)), Row(line())] if scene.state.columns else []
        folds = findings(_told(scene.state))
        if not folds:
            return []
        few = max(FEW, self.size.height // 4)
        shown = folds if MORE in self.unfolded or len(folds) <= few + 1 else folds[:few]
        rows = [Row(_title()), *self._folded(shown, width)]
        if len(folds) > few + 1:
            left = "fewer" if shown is folds else f"and {len(folds) - few} more"
            rows.append(Row(line((left, "$dim")), MORE))
        return [*rows, Row(line())]

    def _folded(self, folds: list[Fold], width: int) -> list[Row]:
        rows: list[Row] = []
        for fold in folds:
            opened = fold.key in self.unfolded
            first, *rest = fold.lines(width, opened=opened)
            rows += [Row(first, fold.key), *(Row(one) for one in rest)]
        return rows

    def _table(self, table: str, state: State, width: int) -> list[Row]:
        columns, first = self._listed(state, table), state.profile is None

        def made() -> list[Row]:
            sizes = widths(columns, width)
            head = Row(table_head(sizes, self.order, first_rows=first))
            return [head, *(_row(one, sizes, first) for one in columns)]

        return self._tables.setdefault(table, Kept()).of((columns, width), made)

    def _beside(self, state: State, width: int) -> list[Row]:
        rows: list[Row] = []
        for join, fold in beside(state):
            rows += [] if rows else [Row(line()), Row(line(("tables beside", "$dim")))]
            rows += self._folded([fold], width)
            if fold.key in self.unfolded and self._listed(state, join.path):
                rows += self._table(join.path, state, width)
        return rows

    # --- drawing ------------------------------------------------------------------------------

    @property
    @override
    def body_height(self) -> int:
        """Lines of the list that can be seen."""
        return max(0, super().body_height - len(self._above))

    @override
    def _take(self, rows: list[Row]) -> None:
        self._keyed = [row for row in rows if row.key is not None]
        super()._take(rows)
        self._fit_height()

    @override
    def marked(self, rows: Sequence[Row] | None = None) -> Row | None:
        """The row under the cursor."""
        if rows is not None:
            return super().marked(rows)
        return self._keyed[min(self.cursor, len(self._keyed) - 1)] if self._keyed else None

    def _fit_height(self) -> None:
        """What does not scroll takes of the height."""
        self.holds(len(self._rows) + 1 + len(self._above))

    @override
    def rebuild(self) -> None:
        """Makes the rows anew; what stands over and beside them is painted again, too."""
        before = self._above, self._page
        super().rebuild()
        if self._rows and any(
            len(new) != len(old) or any(not a.is_same(b) for a, b in zip(new, old, strict=True))
            for new, old in zip((self._above, self._page), before, strict=True)
        ):
            self._fit_height()
            self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        """One line of the screen; beside the list that of the open column."""
        if y == 0 or not self.split:
            stuck = y == 1 and not self.alone and self.scroll_offset.y > self._head_at
            if stuck and self._head_at and self._head_at < len(self._rows):
                return self.strip(self._rows[self._head_at].content.pad_left(self.INDENT))
            return super().render_line(y)
        above = len(self._above) - 1
        if y <= above:
            return self.strip(self._above[y - 1].pad_left(self.INDENT))
        aside = self._page_line(y - above - 1, self.size.height - 1 - above)
        return self.strip(line(self._listed_line(y), " " * GAP, aside))

    def _page_line(self, y: int, height: int) -> Content:
        """A line of the open column; the last one tells of more below."""
        place = y + self._page_top
        left = len(self._page) - self._page_top - height
        if y == height - 1 and left > 0:
            return line(("space", "$strong bold"), (f" shows {left + 1} more lines", "$dim"))
        return self._page[place] if place < len(self._page) else line()

    def _listed_line(self, y: int) -> Content:
        """The left part of a line, while a column is open beside it."""
        index = self.scroll_offset.y + y - 1 - len(self._above)
        if y == len(self._above):
            return fit(self._above[-1].pad_left(self.INDENT), self._left)
        if index >= len(self._rows):
            return line(" " * self._left)
        row = self._rows[index]
        if row.key == self.opened:
            drawn = line(("▎" if self.has_focus else " ", "$run"), row.content)
            return fit(drawn, self._left).stylize_before("on $curbg")
        return fit(row.content.pad_left(self.INDENT), self._left)

    # --- keys and mouse -----------------------------------------------------------------------

    def watch_order(self) -> None:
        """Another order: the cursor stays on its column."""
        self.rebuild()
        if self.opened is not None:
            self.mark(self.opened)

    def watch_unfolded(self) -> None:
        """A row says more, or less."""
        self.rebuild()

    def watch_opened(self, old: str | None, _new: str | None) -> None:
        """Another column is looked at, or the list again."""
        self._page_top = 0
        self.post_message(self.HintsChanged())
        self.rebuild()
        if self.alone:
            self.scroll_home(animate=False)
        elif self.opened is not None or old is not None:
            self.mark(self.opened or old or "")

    @override
    def watch_cursor(self) -> None:
        """Another row is marked; the column beside the list is that of the cursor."""
        super().watch_cursor()
        if self.split and self.at is not None and table_of(self.at) is not None:
            self.opened = self.at

    @override
    def action_open(self) -> None:
        """Opens the column, or says everything of the row."""
        key = self.at
        if key is None or self.opened is not None:
            return
        if table_of(key) is not None:
            self.opened = key
        else:
            self.unfolded = self.unfolded ^ {key}

    def action_close(self) -> None:
        """Back to the list."""
        if self.opened is None or self.searched:
            raise SkipAction
        self.opened = None

    def action_sort(self) -> None:
        """The next order."""
        self.order = next_order(self.order)

    def action_column(self, step: int) -> None:
        """Opens the column after or before the one that is looked at."""
        if self.scene is None:
            return
        keys = [one.key for one in self._listed(self.scene.state)]
        if not keys:
            return
        if self.opened in keys:
            self.opened = keys[max(0, min(len(keys) - 1, keys.index(self.opened) + step))]
        else:
            self.opened = self.at if self.at in keys else keys[0]

    @override
    def action_page(self, step: int) -> None:
        """Pages through the open column where it is longer than the pane, else through the list."""
        room = self.size.height - len(self._above) if self.split else 0
        if self.split and len(self._page) > room:
            last = len(self._page) - room
            step *= self._page_top < last or step < 0
            self._page_top = max(0, min(last, self._page_top + step * max(1, room - 1)))
            self.refresh()
        elif self.alone:
            super().action_page(step)
        else:
            self.action_move(step * max(1, self.body_height - 2))

    @override
    def action_edge(self, step: int) -> None:
        """Marks the first or the last row."""
        keyed = [row.key for row in self._rows if row.key is not None]
        if not keyed:
            super().action_edge(step)
            return
        self.mark(keyed[0 if step < 0 else -1] or "")
        if step < 0:
            self.scroll_home(animate=False)

    @override
    def _keep_in_sight(self, index: int) -> None:
        """The names over the table stay in sight, too."""
        stuck = not self.split and index > self._head_at > 0
        if stuck and index <= self.scroll_offset.y:
            self.scroll_to(y=index - 1, animate=False)
        else:
            super()._keep_in_sight(index)

    @override
    def on_click(self, event: events.Click) -> None:
        """A click marks a row; a click on the marked row opens it."""
        if self.split:
            index = self.scroll_offset.y + event.y - 1 - len(self._above)
            if event.x < self._left and 0 <= index < len(self._rows) and event.y > len(self._above):
                key = self._rows[index].key
                self.opened = key if key is not None else self.opened
            return
        super().on_click(event)


def _row(known: Known, sizes: Widths, first_rows: bool) -> LazyRow:
    return LazyRow(
        known.key,
        (known, sizes, first_rows),
        lambda: column_line(known, sizes, first_rows=first_rows),
        shown_name(known.column.name),
    )


def _told(state: State) -> tuple[Finding, ...]:
    return state.profile.findings if state.profile is not None else ()


def _title() -> Content:
    return line(("What will fool you", "$wait bold"))


def _measuring(scene: Scene) -> Progress | None:
    """How far the profile has come."""
    return scene.progress.get(PROFILED)


def _looking(scene: Scene, width: int) -> Content:
    """What fools people is not known yet; how far the measuring is."""
    row = scene.progress.get(PROFILED)
    told = line(("What will fool you", "$wait bold"), ("  being looked for  ", "$dim"))
    if row is None or row.done < 0:
        return fit(told, width)
    meter = line(bar(row.done, 12), (f"  {row.text}", "$dim"))
    return fit(line(told, meter), width)


def _about(state: State, known: Known) -> About:
    """What the run knows about a column besides what was measured."""
    table = table_of(known.key) or ""
    column, profile = known.column, state.profile
    name = f"{table.rsplit('/', 1)[-1].rpartition('.')[0]}.{column.name}" if table else column.name
    steps, candidates = used_by(state.blueprint, name)
    targets = state.task.targets if state.task is not None else ()
    target = next((one for one in targets if one.name == column.rates_of), None)
    levels = state.task is not None and state.task.problem == "ordinal"
    levels = levels and not any(one.answer for one in column.distribution)
    means = target is not None and (levels or target.kind == "number")
    return About(
        target=_rated(target, means=means),
        means=means,
        findings=() if table else tuple(findings_about(_told(state), column.name)),
        drift_chance=profile.drift_chance if profile is not None else None,
        steps=tuple(steps),
        candidates=tuple(candidates),
        planned=state.blueprint is not None,
        asked=known.target,
        first_rows=profile is None,
    )


def _rated(target: Target | None, *, means: bool) -> str:
    """What a rate is the share of, or the mean of."""
    if target is None:
        return ""
    name = shown_name(target.name)
    if means:
        return f"mean {name}"
    positive = target.positive if target.positive is not None else target.classes[-1]
    return name if positive.casefold() in YES else f"{name} = {positive}"
