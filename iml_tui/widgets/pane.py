"""The base of all panes: one header row, and below it lines that scroll under it.

A pane is given a `Scene` and makes lines of it for the width it has; only the lines that can be
seen are turned into cells. It redraws when its lines differ from those on the screen, so a quiet
run is a quiet terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content, Span
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions
from typing_extensions import override

from iml_tui.drawing.draw import fit, header, line, link, links
from iml_tui.scene import Scene
from iml_tui.widgets.pointing import Pointing
from iml_tui.widgets.search import Found, lit, spans

MOST_SELECTED = 10_000
"""Lines that a selection may hold."""
BLANK = line()
"""Below the last row; one for all, so that it is drawn once."""
MOST_STRIPS = 300
"""Lines that are kept as cells: a pane that is looked at again looks as it did."""
Hint = tuple[str, str]
"""A key as it is printed, and what it does in a word or three."""


@dataclass(frozen=True)
class Row:
    """One line of a pane; rows with a key can be marked and opened."""

    content: Content
    key: str | None = None


class Pane(Pointing, ScrollView, can_focus=True):
    """Lines under a header."""

    NUMBER: ClassVar[int] = 0
    TITLE: ClassVar[str] = ""
    HINTS: ClassVar[tuple[Hint, ...]] = ()
    INDENT: ClassVar[int] = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", id="pane.down", show=False),
        Binding("k,up", "move(-1)", "up", id="pane.up", show=False),
        Binding("pagedown,space", "page(1)", "a page down", id="pane.page-down", show=False),
        Binding("pageup", "page(-1)", "a page up", id="pane.page-up", show=False),
        Binding("home,g", "edge(-1)", "to the top", id="pane.top", show=False),
        Binding("end,G", "edge(1)", "to the end", id="pane.end", show=False),
        Binding("enter", "open", "open what is marked", id="pane.open", show=False),
        Binding("c,C", "copy", "copy what is marked or selected", id="pane.copy", show=False),
        Binding("slash", "screen.search", "search here", id="pane.search", show=False),
        Binding("n", "match(1)", "next match", id="pane.next-match", show=False),
        Binding("N", "match(-1)", "match before", id="pane.previous-match", show=False),
    ]
    DEFAULT_CSS = """
    Pane {
        scrollbar-size: 0 0;
        overflow-x: hidden;
        overflow-y: scroll;
        text-wrap: nowrap;
        text-overflow: clip;
        background: transparent;
        color: $fg;
    }
    """

    scene: var[Scene | None] = var[Scene | None](None)
    neighbours: var[tuple[tuple[int, str], ...]] = var[tuple[tuple[int, str], ...]](())
    """Number and title of every pane that takes turns with this one, itself included."""
    bare: var[bool] = var(False)
    """Whether a tab row says the pane's name already."""
    cursor: var[int] = var(0)
    """Which of the rows with a key is marked."""
    searched: var[str] = var("")
    """What is searched for; empty while nothing is."""
    found: var[Found | None] = var[Found | None](None)
    """Where the search stands, once that is known."""

    class SearchWanted(Message):
        """What is searched here is to be typed."""

    class Copied(Message):
        """A text is to be copied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class FoundChanged(Message):
        """The search of a pane stands elsewhere."""

    class HintsChanged(Message):
        """Other keys of the pane matter now."""

    class Opened(Message):
        """The marked row was opened."""

        def __init__(self, pane: "Pane", key: str) -> None:
            super().__init__()
            self.pane, self.key = pane, key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._header = line()
        self._rows: list[Row] = []
        self._cells = lru_cache(MOST_STRIPS)(self._as_cells)
        """To turn a line into cells costs more than to make it: the same line is done once."""
        self._due = False
        """Whether lines were to be made while the pane was not displayed."""
        self._shown_match = -1
        """The row that a search led to; rows with a key have the cursor."""

    # --- what a pane says ---------------------------------------------------------------------

    def hints(self) -> tuple[Hint, ...]:
        """The keys that matter now, a few; `HintsChanged` says that they are others."""
        return self.HINTS

    def detail(self, scene: Scene) -> Content:
        """What stands in the header beside the title."""
        raise NotImplementedError

    def fact(self, scene: Scene) -> Content:
        """What stands at the right end of the header."""
        raise NotImplementedError

    def rows(self, scene: Scene, width: int) -> Sequence[Row]:
        """The lines of the body for `width` cells."""
        raise NotImplementedError

    def position(self) -> Content:
        """Which lines can be seen, for panes that hold more than they show."""
        total, seen = len(self._rows), self.body_height
        if total <= seen or not seen:
            return line()
        first = min(self.scroll_offset.y, total - seen)
        return line((f"{first + 1} to {first + seen} of {total}", "$dim"))

    # --- drawing ------------------------------------------------------------------------------

    @property
    @override
    def size(self) -> Size:
        """The whole of it: a pane has no border and no padding, and Textual looks for them."""
        return self.outer_size

    @property
    def body_height(self) -> int:
        """Lines of the body that can be seen."""
        return max(0, self.size.height - 1)

    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """The parts of the scene that the lines are made of; the same parts are not drawn twice."""
        return (scene,)

    def watch_scene(self, old: Scene | None, new: Scene | None) -> None:
        """A new moment: draw it, if it is new for this pane."""
        if old is not None and new is not None and self._header.cell_length:
            pairs = zip(self.inputs(old), self.inputs(new), strict=True)
            if all(before is after for before, after in pairs):
                self._retitle()
                return
        self.rebuild()

    def watch_neighbours(self) -> None:
        """Other panes share the place now: the header says so."""
        self._retitle()

    def watch_bare(self) -> None:
        """The name stands elsewhere, or here again."""
        self._retitle()

    def watch_cursor(self) -> None:
        """Another row is marked."""
        self.rebuild()

    @override
    def watch_has_focus(self, _has_focus: bool) -> None:
        """The header says where the focus is; no style depends on it, so none is looked up anew."""
        self.rebuild()

    @override
    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Makes lines for another size, or that are due, before they are painted, not after."""
        before = self.outer_size
        resized = super()._size_updated(size, virtual_size, container_size, layout)
        if self.outer_size != before or self._due:
            self.fit_size()
            self._repaint_required = False  # all of it is painted with the layout
        return resized

    def fit_size(self) -> None:
        """Lines are made for the width there is."""
        self.rebuild()

    def holds(self, height: int) -> None:
        """Says how many lines there are to scroll through, the header included.

        Only where the pane is as high as its lines do others have to make room: a layout of the
        screen costs as much as painting it.
        """
        size = Size(self.size.width, height)
        if self.styles.auto_dimensions:
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(ScrollView.virtual_size, size)
            self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def _has_room(self) -> bool:
        """Whether lines can be made; those that cannot are due once the pane is displayed."""
        ready = self.scene is not None and self.is_mounted and self.size.width >= 4
        self._due = not (ready and all(one.display for one in self.ancestors_with_self))
        return not self._due

    def rebuild(self) -> None:
        """Makes the lines anew; repaints only if they changed."""
        if self.scene is None or not self._has_room():
            return
        rows = self._with_cursor(self.rows(self.scene, self.size.width - 2 * self.INDENT))
        same = len(rows) == len(self._rows) and all(
            new.content.is_same(old.content) for new, old in zip(rows, self._rows, strict=True)
        )
        if not same:
            self._rows = rows
            if self.searched:
                self._count_matches(self.found.at if self.found else 0)
            self.holds(len(rows) + 1)
            self.refresh()
        self._retitle()

    def _retitle(self) -> None:
        if self.scene is not None and self.size.width >= 4:
            head = self._head(self.scene)
            if not head.is_same(self._header):
                self._header = head
                self.refresh()

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The header says which lines can be seen."""
        super().watch_scroll_y(old_value, new_value)
        self._retitle()

    def _head(self, scene: Scene) -> Content:
        return header(
            line(*self._names(scene)),
            self.fact(scene),
            self.size.width,
            focused=self.has_focus,
        )

    def _names(self, scene: Scene) -> list[Content]:
        detail = self.detail(scene)
        if self.bare:
            return [line(" "), detail] if detail.cell_length else [line()]
        parts: list[Content] = []
        for number, title in self.neighbours or ((self.NUMBER, self.TITLE),):
            if parts:
                parts.append(line("   "))
            if number != self.NUMBER:
                tab = line((f"{number} {title}", "$dim"))
                parts.append(link(tab, f"screen.look_number({number})"))
                continue
            sign = "$run bold" if self.has_focus else "$dim"
            parts += [line((f"{number} " if number else "", sign), (title, "$strong bold"))]
            parts += [line("  "), detail] if detail.cell_length else []
        return parts

    def _with_cursor(self, rows: Sequence[Row]) -> list[Row]:
        marked = self.marked(rows)
        if marked is None or not self.has_focus:
            return [Row(row.content.pad_left(self.INDENT), row.key) for row in rows]
        drawn = []
        for row in rows:
            content = row.content.pad_left(self.INDENT)
            if row is marked:
                bar = line(("▎", "$run"), row.content)
                content = fit(bar, self.size.width).stylize_before("on $curbg")
            drawn.append(Row(content, row.key))
        return drawn

    def marked(self, rows: Sequence[Row] | None = None) -> Row | None:
        """The row under the cursor."""
        keyed = [row for row in (self._rows if rows is None else rows) if row.key is not None]
        return keyed[min(self.cursor, len(keyed) - 1)] if keyed else None

    @override
    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, or a line of the body."""
        index = self.scroll_offset.y + y - 1
        if y == 0:
            return self.strip(self._header)
        content = self._rows[index].content if index < len(self._rows) else BLANK
        return self.drawn(content, index)

    def drawn(self, content: Content, index: int) -> Strip:
        """The body's line of that number as cells: what is searched and selected is marked."""
        if self.searched:
            content = lit(content, self.searched, self._gutter(index))
            if index == self._shown_match < len(self._rows) and self._rows[index].key is None:
                content = fit(content, self.size.width).stylize_before("on $curbg")
        return self.selectable(content, index)

    def selectable(self, content: Content, index: int) -> Strip:
        """The body's line of that number as cells that the mouse can select."""
        selected = self.text_selection
        span = selected.get_span(index) if selected is not None else None
        if span is not None:
            start, end = span
            end = len(content) if end < 0 else end
            content = content.stylize(self.screen.get_visual_style("screen--selection"), start, end)
        return self.strip(content, index)

    def strip(self, content: Content, index: int | None = None) -> Strip:
        """`content` as cells of the pane's width, and of the body's line of that number."""
        look = (self.visual_style, self.app.theme)
        return self._cells(content, (*content.spans,), index, self.size.width, look)

    def _as_cells(
        self,
        content: Content,
        _spans: tuple[Span, ...],  # contents of the same text are equal to Python
        index: int | None,
        width: int,
        look: tuple[Style, str],
    ) -> Strip:
        style, _theme = look
        options = RenderOptions(
            self._get_style, {"text_wrap": "nowrap", "text_overflow": "ellipsis"}
        )
        strips = content.render_strips(width, 1, style, options) or [Strip.blank(width)]
        strip = strips[0].adjust_cell_length(width, style.rich_style)
        return strip if index is None else strip.apply_offsets(0, index)

    # --- copying ------------------------------------------------------------------------------

    def text_at(self, index: int) -> str:
        """The body's line of that number as text, for panes that hold more than their rows too."""
        return self._rows[index].content.plain if 0 <= index < len(self._rows) else ""

    def copied(self) -> tuple[str, str]:
        """What `c` copies, and what it is called: the marked row, else what can be seen."""
        row = self.marked()
        if row is not None:
            return row.content.plain.strip(), "this row"
        top = self.scroll_offset.y
        seen = [self.text_at(index).rstrip() for index in range(top, top + self.body_height)]
        return "\n".join(seen).strip("\n"), "what can be seen"

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under the mouse's selection."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else len(self._rows) - 1
        lines = []
        for index in range(first, min(last, first + MOST_SELECTED) + 1):
            text = self.text_at(index)
            start, end = selection.get_span(index) or (0, -1)
            lines.append(text[start : len(text) if end < 0 else end].rstrip())
        return "\n".join(lines), "\n"

    def action_copy(self) -> None:
        """Copies what the mouse has selected, else what the pane offers."""
        selected = self.screen.get_selected_text()
        self.post_message(self.Copied(selected or self.copied()[0]))

    def tabs(self) -> list[tuple[int, str]]:
        """Panes that the header leads to: the cell of each, and the action."""
        return links(self._header)

    def links(self) -> list[tuple[int, int, str]]:
        """All that leads somewhere: its line below the header, its cell, and the action."""
        top = self.scroll_offset.y
        seen = self._rows[top : top + self.body_height]
        rows = [(below, row.content) for below, row in enumerate(seen, start=1)]
        return [
            (below, cell, action)
            for below, content in ((0, self._header), *rows)
            for cell, action in links(content)
        ]

    def places(self) -> list[tuple[int, int]]:
        """Rows that can be marked and are seen: how far below the header, and their place."""
        top = self.scroll_offset.y
        keyed = [index for index, row in enumerate(self._rows) if row.key is not None]
        return [
            (index - top + 1, place)
            for place, index in enumerate(keyed)
            if top <= index < top + self.body_height
        ]

    @override
    def acts(self, y: int) -> bool:
        """Rows with a key are marked by a click."""
        index = self.scroll_offset.y + y - 1
        return y > 0 and index < len(self._rows) and self._rows[index].key is not None

    def on_click(self, event: events.Click) -> None:
        """A click marks a row; a click on the marked row opens it."""
        if self.text_selection is not None:
            return  # the mouse was drawn over lines to select them
        index = self.scroll_offset.y + event.y - 1
        keyed = [place for place, row in enumerate(self._rows) if row.key is not None]
        if index not in keyed:
            return
        if keyed.index(index) == min(self.cursor, len(keyed) - 1):
            self.action_open()
        else:
            self.cursor = keyed.index(index)

    # --- searching ----------------------------------------------------------------------------
    # Panes that hold more than their rows override `find` and `next_match`, set `found` whenever
    # they know more, also from a worker's message, and mark what they draw with `search.lit`.

    def find(self, text: str) -> None:
        """Searches anew, from what can be seen; an empty text ends the search."""
        self.searched = text
        self.found, self._shown_match = None, -1
        if text:
            self._count_matches(0)
            after = [at for at, row in enumerate(self._matches(), 1) if row >= self._found_from()]
            self._show_match(after[0] if after else 1)
        self.refresh()

    def next_match(self, step: int) -> None:
        """Shows the next match, or the one before; goes round."""
        if self.found is not None and self.found.total:
            self._show_match((self.found.at - 1 + step) % self.found.total + 1)

    def _matches(self) -> list[int]:
        """Rows in which the text stands."""
        return [
            index for index, row in enumerate(self._rows) if spans(row.content.plain, self.searched)
        ]

    def _count_matches(self, at: int) -> None:
        matches = self._matches()
        at = min(at, len(matches))
        self.found = Found(len(matches), at)
        self._shown_match = matches[at - 1] if at else -1

    def _show_match(self, at: int) -> None:
        matches = self._matches()
        if not 1 <= at <= len(matches):
            return
        index = self._shown_match = matches[at - 1]
        self.found = Found(len(matches), at)
        keyed = [place for place, row in enumerate(self._rows) if row.key is not None]
        if index in keyed:
            self.cursor = keyed.index(index)
        top = self.scroll_offset.y
        if not top <= index < top + self.body_height:  # some lines above it tell where it stands
            self.scroll_to(y=max(0, index - self.body_height // 3), animate=False)
        self._keep_in_sight(index)
        self.refresh()

    def _found_from(self) -> int:
        """The first row whose match is shown first."""
        return self.scroll_offset.y

    def _gutter(self, index: int) -> int:
        """Characters at the left of a row that are no part of its text: a search passes by."""
        del index
        return 0

    def watch_found(self) -> None:
        """The bar says where the search stands."""
        self.post_message(self.FoundChanged())

    def action_search(self) -> None:
        """Asks for what is searched."""
        self.post_message(self.SearchWanted())

    def action_match(self, step: int) -> None:
        """The next match, or the one before; asks where nothing is searched yet."""
        if self.searched:
            self.next_match(step)
        else:
            self.action_search()

    # --- moving -------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Marks the next row, or scrolls where nothing can be marked."""
        keyed = [index for index, row in enumerate(self._rows) if row.key is not None]
        if not keyed:
            self.scroll_relative(y=step, animate=False)
            return
        self.cursor = max(0, min(len(keyed) - 1, min(self.cursor, len(keyed) - 1) + step))
        self._keep_in_sight(keyed[self.cursor])

    def _keep_in_sight(self, index: int) -> None:
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False)
        elif index >= top + self.body_height:
            self.scroll_to(y=index - self.body_height + 1, animate=False)

    def action_page(self, step: int) -> None:
        """Scrolls by what can be seen."""
        self.scroll_relative(y=step * max(1, self.body_height - 1), animate=False)

    def action_edge(self, step: int) -> None:
        """To the first or the last line; what can be marked is marked there."""
        keyed = [row for row in self._rows if row.key is not None]
        self.cursor = 0 if step < 0 else max(0, len(keyed) - 1)
        if step < 0:
            self.scroll_home(animate=False)
        else:
            self.scroll_end(animate=False)

    def action_open(self) -> None:
        """Opens the marked row."""
        row = self.marked()
        if row is not None and row.key is not None:
            self.post_message(self.Opened(self, row.key))
