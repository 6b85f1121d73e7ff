"""The end of a run: the score, where the answers lie, what to type, what to do next."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import var
from typing_extensions import override

from agents.models import ReportCard
from iml_tui.draw import Part, fit, labelled, large, line, wrapped
from iml_tui.ending import (
    ahead_text,
    ending_title,
    expect_text,
    faults_text,
    how_scored,
    next_steps,
    shown_command,
    shown_path,
)
from iml_tui.figures import members_text, score_parts
from iml_tui.present import fault_text
from iml_tui.scene import Scene
from iml_tui.spending import models_text
from iml_tui.widgets.curve import best_curve
from iml_tui.widgets.history import moment_name
from iml_tui.widgets.pane import Hint, Pane, Row

FAULT_ROWS = 3
"""Lines that a fault may take where nothing was valid."""
CURVE_LEAST, CURVE_ROWS = 7, 14
LARGE_FROM = 18
"""Rows of the pane from which on the score is written large."""


class CardPane(Pane):
    """What the run left behind."""

    TITLE = "Done"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("4", "its code"),
        ("6", "history"),
        ("5", "log"),
    )

    with_curve: var[bool] = var(True)
    """Whether the curve is drawn here; not where the sidebar has it."""

    def watch_with_curve(self) -> None:
        """The sidebar came or went."""
        self.rebuild()

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
        lines = _score(card, width, roomy=self.size.height >= LARGE_FROM)
        lines += _made_of(card, scene, width)
        lines += [line(), *_places(card, scene, width), line(), *_next(card, width)]
        if len(lines) > self.body_height:
            lines = [content for content in lines if content.cell_length]
        room = self.body_height - len(lines) - 3
        curve = best_curve(scene, width, min(CURVE_ROWS, room)) if room >= CURVE_LEAST else []
        if curve and self.with_curve:
            title = f"blind {card.metric.title} over the run"
            lines += [line(), line(("Best so far", "$strong bold"), (f"  {title}", "$dim")), *curve]
        return [Row(content) for content in lines]


def _score(card: ReportCard, width: int, *, roomy: bool) -> list[Content]:
    if card.score is None:
        return [line()]
    value, error = score_parts(card.score)
    told = f" {card.metric.title} {how_scored(card.score)}"
    rest = [line(ahead_text(card)), line((expect_text(card), "$dim"))]
    if not roomy:
        first = line((value, "bold $good"), (error, "$dim"), told)
        return [*(fit(text, width) for text in (first, *rest)), line()]
    digits = large(value, "$good")
    said = [line(error.strip(), told), *rest]
    indent = digits[0].cell_length + 6
    if indent + max(text.cell_length for text in said) > width:
        return [line(), *digits, line(), *(fit(text, width) for text in said), line()]
    beside = (line(fit(digit, indent), text) for digit, text in zip(digits, said, strict=True))
    return [line(), *beside, line()]


def _made_of(card: ReportCard, scene: Scene, width: int) -> list[Content]:
    winner: list[Part] = [(card.winner or "nobody", "$strong")]
    if len(card.members) > 1:
        winner.append((f" of {members_text(card.members)}", "$fg"))
    lines = labelled("winner", line(*winner), width)
    lines += labelled("faults", line(faults_text(scene.state)), width)
    if spent := models_text(scene.state):
        lines += labelled("models", line(spent), width)
    if card.outcome == "none":
        for moment in scene.state.moments:
            if moment.fault is not None:
                said = line((fault_text(moment.fault), "$fail"))
                lines += labelled(moment_name(moment), said, width, 15)[:FAULT_ROWS]
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
        command = shown_command(card.predict_command, workspace, current)
        lines += labelled("new rows", line(command), width)
    return lines if len(lines) > 1 else []


def _next(card: ReportCard, width: int) -> list[Content]:
    lines = [line(("What to do next", "$strong bold"))]
    for step in next_steps(card):
        lines += wrapped(step, width)
    return lines
