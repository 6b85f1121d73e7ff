"""Pane 4: the program of a moment, as whole files or as what the moment changed."""

from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import var
from typing_extensions import override

from agents.journal.state import Moment
from iml_tui.diff import DiffLine, FileDiff, Hunk
from iml_tui.draw import Part, fit, labelled, line
from iml_tui.figures import score_parts
from iml_tui.highlight import highlighted
from iml_tui.present import fault_place
from iml_tui.scene import Scene
from iml_tui.sources import Sources, commit_of
from iml_tui.widgets.history import moment_name
from iml_tui.widgets.pane import Hint, Pane, Row

Mode = Literal["auto", "file", "diff"]
NUMBERS = 4
NARROW = 60
"""Below this width there is no room for the old line numbers."""
ROOMY = 90
"""From this width on, the header says what the moment did."""
SIGNS = {"same": (" ", "$fg"), "added": ("+", "$good bold"), "removed": ("-", "$fail bold")}
TINTS = {"added": "on $addbg", "removed": "on $delbg"}


class CodePane(Pane):
    """Files or differences, highlighted."""

    NUMBER = 4
    TITLE = "Code"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("d", "file or change"),
        ("h l", "other file"),
        ("[ ]", "older, newer"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "swap", "file or change", show=False),
        Binding("right,l", "file(1)", "next file", show=False),
        Binding("left,h", "file(-1)", "previous file", show=False),
    ]

    sources: var[Sources | None] = var[Sources | None](None)
    mode: var[Mode] = var[Mode]("auto")
    index: var[int] = var(0)
    """Which of the track's files is shown."""

    def watch_sources(self, old: Sources | None, new: Sources | None) -> None:
        """Other code: from its top."""
        if old is None or new is None or (old.commit, old.track) != (new.commit, new.track):
            self.scroll_home(animate=False)
        self.rebuild()

    def watch_mode(self) -> None:
        """The same file in the other way."""
        self.scroll_home(animate=False)
        self.rebuild()

    def watch_index(self) -> None:
        """Another file."""
        self.scroll_home(animate=False)
        self.rebuild()

    @property
    def ready(self) -> Sources | None:
        """The sources, if they are those of the moment that is looked at."""
        moment = self.scene.moment if self.scene is not None else None
        if moment is None or self.sources is None or self.sources.commit != commit_of(moment):
            return None
        return self.sources

    @property
    def names(self) -> list[str]:
        """Files that can be shown."""
        if self.ready is None:
            return []
        return list(dict.fromkeys((*self.ready.files, *self.ready.diffs)))

    @property
    def name_shown(self) -> str:
        """The file that is shown."""
        names = self.names
        return names[self.index % len(names)] if names else ""

    @property
    def shows_diff(self) -> bool:
        """Whether the change is shown instead of the file."""
        diff = self.ready.diffs.get(self.name_shown) if self.ready is not None else None
        if diff is None or not diff.hunks:
            return False
        return self.mode == "diff" or (self.mode == "auto" and not diff.is_new)

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """The moment that is looked at."""
        return (scene.moment,)

    @override
    def detail(self, scene: Scene) -> Content:
        """Whose code this is."""
        moment = scene.moment
        if moment is None:
            return line()
        roomy = self.size.width >= ROOMY or not self.neighbours
        return line(moment_name(moment), f", {moment.what}" if roomy else "")

    @override
    def fact(self, scene: Scene) -> Content:
        """What is shown of it, and which lines."""
        if not self.names:
            return line()
        position = self.position()
        shown = line(("change" if self.shows_diff else "file", "$fg"))
        return line(shown, "  ", position) if position.cell_length else shown

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """The letter of a fault, the names of the files, and the lines of one of them."""
        moment = scene.moment
        if moment is None:
            return [Row(line(("The first program is written once the plan stands.", "$dim")))]
        lines = _letter(moment, width)
        ready = self.ready
        if ready is None:
            return [Row(content) for content in [*lines, line(("reading …", "$dim"))]]
        if ready.problem:
            return [
                Row(content) for content in [*lines, fit(line((ready.problem, "$wait")), width)]
            ]
        lines.append(self._tabs(width))
        if not self.names:
            lines.append(line(("This moment has no code of its own.", "$dim")))
        elif self.shows_diff:
            lines += _diff(ready.diffs[self.name_shown], width, ansi=self.app.current_theme.ansi)
        else:
            lines += _file(ready.files.get(self.name_shown, ""), self.name_shown)
        return [Row(content) for content in lines]

    def _tabs(self, width: int) -> Content:
        parts: list[Part] = []
        ready = self.ready
        for name in self.names:
            parts += ["   "] if parts else []
            parts.append((name, "$strong bold" if name == self.name_shown else "$dim"))
            diff = ready.diffs.get(name) if ready is not None else None
            if diff is not None and not diff.is_new:
                added, removed = diff.counts()
                parts += [(f" +{added}", "$good"), (f" -{removed}", "$fail")]
        return fit(line(*parts), width)

    def action_swap(self) -> None:
        """From the file to what changed in it, and back."""
        self.mode = "file" if self.shows_diff else "diff"

    def action_file(self, step: int) -> None:
        """The track's next or previous file."""
        if self.names:
            self.index = (self.index + step) % len(self.names)


def _letter(moment: Moment, width: int) -> list[Content]:
    """Fault, then what was tried, always in this order."""
    fault = moment.fault
    if fault is None:
        return []
    words = fault.message.strip().splitlines()
    lines = labelled(
        "fault", line((fault.kind, "$fail"), (f"  {fault_place(fault)}", "$dim")), width, 9
    )
    for text in words[-3:]:
        lines += labelled("", line(text), width, 9)
    tried = line((", ".join(moment.rungs) or "nothing yet", "$good"), ("  passed before", "$dim"))
    value, error = score_parts(moment.score)
    score = line("   ", value, (error, "$dim")) if moment.score is not None else line()
    return [*lines, *labelled("tried", line(tried, score), width, 9), line()]


def _file(text: str, name: str) -> list[Content]:
    numbered = enumerate(highlighted(text, name), start=1)
    return [line((f"{number:>{NUMBERS}} ", "$dim"), code) for number, code in numbered]


def _diff(diff: FileDiff, width: int, *, ansi: bool) -> list[Content]:
    lines: list[Content] = []
    for hunk in diff.hunks:
        lines.append(_hunk_head(diff, hunk, width))
        olds, news = _sides(hunk, diff.name)
        for entry in hunk.lines:
            code = news.get(entry.new or 0) or olds.get(entry.old or 0) or line(entry.text)
            lines.append(_diff_line(entry, code, width, ansi=ansi))
        lines.append(line())
    return lines


def _hunk_head(diff: FileDiff, hunk: Hunk, width: int) -> Content:
    context = hunk.context.removeprefix("class ").removeprefix("def ").split("(")[0].rstrip(":")
    place = line((f"{diff.name} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ", "$fg"))
    where = line(place, (context, "$strong bold")) if context else line((diff.name, "$strong bold"))
    return fit(line(where, (f"  {hunk.span}", "$dim")), width)


def _sides(hunk: Hunk, name: str) -> tuple[dict[int, Content], dict[int, Content]]:
    """Both sides of a hunk, highlighted, by line number."""
    olds = {entry.old: entry.text for entry in hunk.lines if entry.old is not None}
    news = {entry.new: entry.text for entry in hunk.lines if entry.new is not None}
    return _numbered(olds, name), _numbered(news, name)


def _numbered(lines: dict[int, str], name: str) -> dict[int, Content]:
    codes = highlighted("\n".join(lines.values()) + "\n", name)
    return dict(zip(lines, codes, strict=False))


def _diff_line(entry: DiffLine, code: Content, width: int, *, ansi: bool) -> Content:
    sign, role = SIGNS[entry.kind]
    old = "" if entry.old is None else str(entry.old)
    new = "" if entry.new is None else str(entry.new)
    numbers = f"{new or old:>4} " if width < NARROW else f"{old:>4} {new:>4} "
    if entry.kind == "same":
        return line((numbers, "$dim"), (f"{sign} ", role), code)
    if ansi:
        plain = line((code.plain, role.removesuffix(" bold")))
        return line((numbers, "$dim"), (f"{sign} ", role), plain)
    drawn = line((numbers, "$dim"), (f"{sign} ", role), code)
    return fit(drawn, width).stylize_before(TINTS[entry.kind])
