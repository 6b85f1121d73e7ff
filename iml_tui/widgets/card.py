"""The end of a run: score beside its error, where the answers lie, what to type, what to do next."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import var
from textual.widgets import Digits
from typing_extensions import override

from agents.models import ReportCard
from iml_tui.draw import Part, fit, header, labelled, line
from iml_tui.figures import number, score_parts
from iml_tui.present import (
    ahead_text,
    ending_title,
    expect_text,
    faults_text,
    how_scored,
    members_text,
    next_steps,
    shown_path,
)
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row

DIGITS_ROWS = 3
SIDE_BY_SIDE = 58
"""From this width on, the sentences stand beside the digits."""


class CardPane(Pane):
    """What the run left behind."""

    TITLE = "Done"
    HINTS: ClassVar[tuple[Hint, ...]] = (("q", "leave"),)
    DEFAULT_CSS = """
    CardPane > Digits {
        width: auto; height: 3; color: $good; background: transparent;
        position: absolute; offset: 2 2; text-style: none;
    }
    CardPane > Digits.-poor { color: $fail; }
    """

    tall: var[bool] = var(True)
    """Whether there is room for large digits."""

    @override
    def compose(self) -> ComposeResult:
        """The digits lie over the first lines of the pane."""
        yield Digits("")

    @override
    def watch_scene(self) -> None:
        """The score, large."""
        card = self.scene.state.card if self.scene is not None else None
        digits = self.query_one(Digits)
        digits.display = self._large(card)
        if card is not None and card.score is not None:
            digits.update(number(card.score.value))
        super().watch_scene()

    def _large(self, card: ReportCard | None) -> bool:
        return card is not None and card.score is not None and self.size.height >= 18

    @override
    def _names(self, scene: Scene) -> list[Content]:
        card = scene.state.card
        if card is None:
            return [line()]
        good = card.outcome != "none"
        parts: list[Part] = [] if self.bare else [("Done  " if good else "Ended  ", "$strong bold")]
        parts.append((ending_title(card), "$good" if good else "$fail"))
        parts += [(f", {card.rows:,} rows", "$dim")] if card.rows else []
        return [line(" " if self.bare else "", *parts)]

    @override
    def detail(self, scene: Scene) -> Content:
        """Stands in the title."""
        return line()

    @override
    def fact(self, scene: Scene) -> Content:
        """Which lines can be seen, where not all can."""
        return self.position()

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Score, what it is made of, where things lie, what to do."""
        card = scene.state.card
        if card is None:
            return []
        large = self._large(card)
        self.query_one(Digits).display = large
        lines = _score(card, width, self._digits_width(card) if large else 0)
        lines += _made_of(card, scene, width)
        lines += [line(), *_places(card, scene, width), line(), *_next(card, width)]
        return [Row(content) for content in lines]

    def _digits_width(self, card: ReportCard) -> int:
        return 3 * len(number(card.score.value)) if card.score is not None else 0


def _score(card: ReportCard, width: int, digits: int) -> list[Content]:
    if card.score is None:
        return [line()]
    value, error = score_parts(card.score)
    title = f"{card.metric.title} {how_scored(card.score)}"
    said = [
        line((error.strip() if digits else f"{value}{error}", "$fg"), f" {title}"),
        line(ahead_text(card)),
        line((expect_text(card), "$dim")),
    ]
    if not digits:
        return [*(fit(text, width) for text in said), line()]
    if width - digits - 6 >= max(text.cell_length for text in said):
        beside = [line(" " * (digits + 6), text) for text in said]
        return [line(), *beside, line()]
    return [line(), *([line()] * DIGITS_ROWS), line(), *(fit(text, width) for text in said), line()]


def _made_of(card: ReportCard, scene: Scene, width: int) -> list[Content]:
    winner: list[Part] = [(card.winner or "nobody", "$strong")]
    if len(card.members) > 1:
        winner.append((f" of {members_text(card.members)}", "$fg"))
    lines = labelled("winner", line(*winner), width)
    lines += labelled("faults", line(faults_text(scene.state)), width)
    if scene.commits is not None:
        noun = "commit" if scene.commits == 1 else "commits"
        told = line(f"{scene.commits} {noun} on main", ("  git log tells the same story", "$dim"))
        lines += labelled("in git", told, width)
    return lines


def _places(card: ReportCard, scene: Scene, width: int) -> list[Content]:
    workspace, current = scene.place.workspace, scene.current
    lines = [line(("Where it lies", "$strong bold"))]
    if card.submission is not None:
        path = shown_path(card.submission, workspace, current)
        lines += labelled("submission", line((path, "$strong")), width)
    if card.solution is not None:
        path = shown_path(card.solution, workspace, current)
        lines += labelled("solution", line(path), width)
    if card.predict_command is not None:
        lines += labelled("new rows", line(card.predict_command), width)
    return lines if len(lines) > 1 else []


def _next(card: ReportCard, width: int) -> list[Content]:
    lines = [line(("What to do next", "$strong bold"))]
    for step in next_steps(card):
        lines += labelled("", line(step), width, 2)
    return lines


