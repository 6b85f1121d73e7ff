"""The end of a run: the score, why this one won, where the answers lie, what to open next."""

from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from typing_extensions import override

from agents.api import Place
from agents.errors import ImlError
from agents.journal.state import State
from agents.models import ReportCard
from iml_tui.deciding.asking import Said
from iml_tui.drawing.draw import Part, fit, labelled, large, line, link, wrapped
from iml_tui.exporting import Form, default_output, export
from iml_tui.looking_back.rounds import UNDONE, moment_name
from iml_tui.scene import Scene
from iml_tui.widgets import why
from iml_tui.widgets.curves import best_curve
from iml_tui.widgets.pane import Hint, Pane, Row
from iml_tui.widgets.tracks import Mode, TracksPane
from iml_tui.words.ending import (
    ahead_text,
    ending_title,
    expect_text,
    faults_text,
    how_scored,
    next_steps,
    shown_path,
)
from iml_tui.words.figures import count, listed, members_text, score_parts
from iml_tui.words.present import fault_text
from iml_tui.words.spending import models_text

FAULT_ROWS = 3
"""Lines that a fault may take where nothing was valid."""
CURVE_LEAST, CURVE_ROWS = 6, 14
GAP = 6
"""Cells between the score and what is said of it, where there is room."""
LARGE_FROM = 18
"""Rows of the pane from which on the score is written large."""
PREDICT = "p"
TO_OPEN: tuple[tuple[str, str, str, Form | None], ...] = (
    ("o", "report", "one page: data, folds, scores, curves, why it won", "html"),
    ("k", "notebook", "runs on Kaggle as it is", "notebook"),
    ("s", "solution", "one file with pinned requirements and its seed", "script"),
    (PREDICT, "predict", "copies the command that answers new rows", None),
    ("i", "go on", "say what to try next; nothing is lost", None),
)
"""Key, name, what it is, and the form in which the run is handed on."""


class CardPane(Pane):
    """What the run left behind."""

    TITLE = "Done"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("w", "why it won"),
        ("m", "time and tokens"),
        ("[ ]", "older, newer"),
        ("q", "leave"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "mode('why')", "why this one won", id="card.why", show=False),
        Binding("c", "mode('curves')", "curves", id="card.curves", show=False),
        Binding("m", "mode('costs')", "time and tokens", id="card.costs", show=False),
        Binding("o", "export('html')", "write the report", id="card.report", show=False),
        Binding("k", "export('notebook')", "write a notebook", id="card.notebook", show=False),
        Binding("s", "export('script')", "write the solution", id="card.solution", show=False),
        Binding("p", "predict", "copy the command for new rows", id="card.predict", show=False),
        Binding("enter", "mode('why')", "why this one won", id="card.open", show=False),
    ]

    with_curve: var[bool] = var(True)
    """Whether the curve is drawn here; not where the sidebar has it."""
    written: var[dict[str, str]] = var[dict[str, str]](dict)
    """Where each form was written that was asked for here, or why it was not."""

    class Written(Message):
        """A form of the run lies there now, or could not be written."""

        def __init__(self, form: Form, words: str) -> None:
            super().__init__()
            self.form, self.words = form, words

    def watch_with_curve(self) -> None:
        """The sidebar came or went."""
        self.rebuild()

    def watch_written(self) -> None:
        """Something was written."""
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
        below = [*_made_of(card, scene, width), *_places(card, scene, width)]
        below += [line(), *_next(card, width), line(), *self._to_open(card, width)]
        lines = [*_score(card, width, roomy=self.size.height >= LARGE_FROM), *below]
        if len(lines) > self.body_height:
            lines = [content for content in lines if content.cell_length]
        if len(lines) > self.body_height:
            small = [*_score(card, width, roomy=False), *below]
            lines = [content for content in small if content.cell_length]
        room = self.body_height - len(lines) - 3
        curve = best_curve(scene, width, min(CURVE_ROWS, room)) if room >= CURVE_LEAST else []
        if curve and self.with_curve:
            title = f"blind {card.metric.title} over the run"
            lines += [line(), line(("Best so far", "$strong bold"), (f"  {title}", "$dim")), *curve]
        return [Row(content) for content in lines]

    def _to_open(self, card: ReportCard, width: int) -> list[Content]:
        """What a key opens or writes; where nothing was valid there is nothing to hand on."""
        lines = [line(("To open", "$strong bold"))]
        for key, name, does, form in TO_OPEN:
            if form is not None and not _to_hand_on(card):
                continue
            if key == PREDICT and card.predict_command is None:
                continue
            said = self.written.get(form or "", "")
            told = (said, "$fg") if said else (does, "$dim")
            row = line((f"{key}  ", "$strong bold"), fit(line(name), 10), told)
            lines.append(link(fit(row, width), f"app.press({key!r})"))
        return lines

    # --- keys ---------------------------------------------------------------------------------

    def action_mode(self, mode: Mode) -> None:
        """Why this one won, curves, time and tokens: modes of Tracks."""
        self.post_message(TracksPane.ModeWanted(mode))

    def action_export(self, form: Form) -> None:
        """Writes the run in one of its forms beside the person; takes some seconds."""
        scene = self.scene
        if scene is None or scene.state.card is None or not _to_hand_on(scene.state.card):
            self.post_message(Said("There is no program here that could be handed on."))
            return
        if self.written.get(form) == WRITING:
            return
        self.written = {**self.written, form: WRITING}
        self._export(scene.place, form, scene.current or Path.cwd())

    def action_predict(self) -> None:
        """Copies what to type, anywhere, to have new rows answered."""
        card = self.scene.state.card if self.scene is not None else None
        if card is None or card.predict_command is None:
            self.post_message(Said("There is no model here that could answer new rows."))
        else:
            self.post_message(self.Copied(card.predict_command))

    @work(thread=True, group="export", exit_on_error=False)
    def _export(self, place: Place, form: Form, folder: Path) -> None:
        try:
            output = default_output(place, form, folder)
            words = f"written: {shown_path(str(export(place, form, output)), None, folder)}"
        except ImlError as error:
            words = str(error)
        self.post_message(self.Written(form, words))

    def on_card_pane_written(self, message: Written) -> None:
        """The card and the one sentence say where it lies."""
        self.written = {**self.written, message.form: message.words}
        words = message.words
        self.post_message(Said(words[:1].upper() + words[1:].rstrip(".") + "."))


WRITING = "being written …"


def _to_hand_on(card: ReportCard) -> bool:
    """Whether a program stands that can be exported; where time was short, only its answers do."""
    return card.outcome != "none" and card.solution is not None


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
    room = width - max(text.cell_length for text in said) - digits[0].cell_length
    indent = digits[0].cell_length + min(GAP, room)
    if room < 2:
        return [line(), *digits, line(), *(fit(text, width) for text in said), line()]
    beside = (line(fit(digit, indent), text) for digit, text in zip(digits, said, strict=True))
    return [line(), *beside, line()]


def _made_of(card: ReportCard, scene: Scene, width: int) -> list[Content]:
    state = scene.state
    winner: list[Part] = [(card.winner or "nobody", "$strong")]
    if len(card.members) > 1:
        winner.append((f" of {members_text(card.members)}", "$fg"))
    lines = labelled("winner", line(*winner), width)
    if (reason := why.in_short(scene)) and card.outcome != "none":
        lines += labelled("why", line(reason, ("; w tells more", "$dim")), width)
    told = "; ".join(text for text in (faults_text(state), yours_text(state)) if text)
    lines += labelled("faults", line(told), width)
    if spent := models_text(state):
        lines += labelled("cost", line(spent), width)
    if card.outcome == "none":
        for moment in state.moments:
            if moment.fault is not None:
                said = line((fault_text(moment.fault), "$fail"))
                lines += labelled(moment_name(moment), said, width, 15)[:FAULT_ROWS]
    if scene.commits is not None:
        commits = count(scene.commits, "commit")
        told_git = line(f"{commits} on main", ("  git log tells the same story", "$dim"))
        lines += labelled("in git", told_git, width)
    return lines


def yours_text(state: State) -> str:
    """`2 undone by you, 1 edit of yours, back once`; empty where the person did nothing."""
    undone = sum(moment.reason.startswith(UNDONE) for moment in state.moments)
    kinds = [deed.kind for deed in state.chronicle.deeds]
    edits, backs, asked = (kinds.count(kind) for kind in ("edit", "back", "asked"))
    told = [f"{undone} undone by you"] if undone else []
    told += [f"{count(edits, 'edit')} of yours"] if edits else []
    told += [f"{asked} wish{'es' if asked > 1 else ''} of yours"] if asked else []
    told += ["back once" if backs == 1 else f"back {backs} times"] if backs else []
    return listed(told)


def _places(card: ReportCard, scene: Scene, width: int) -> list[Content]:
    """Where the answers lie."""
    workspace, current = scene.place.workspace, scene.current
    lines = []
    if card.submission is not None:
        path = shown_path(card.submission, workspace, current)
        lines += labelled("answers", line((path, "$strong")), width)
    elif card.solution is not None:
        path = shown_path(card.solution, workspace, current)
        lines += labelled("program", line((path, "$strong")), width)
    return lines


def _next(card: ReportCard, width: int) -> list[Content]:
    lines = [line(("What to do next", "$strong bold"))]
    for step in next_steps(card):
        lines += wrapped(step, width)
    return lines
