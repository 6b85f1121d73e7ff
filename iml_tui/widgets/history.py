"""Pane 6: the past of the run, a line a moment, newest first."""

from typing import ClassVar

from textual.content import Content
from typing_extensions import override

from agents.journal.state import Moment, State
from iml_tui.draw import fit, line, mark, right
from iml_tui.figures import duration, score_parts
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row
from iml_tui.widgets.tracks import MOMENT_MARKS

WIDE = 70
"""From this width on, fault, verdict and time have columns of their own."""
WORDS = {
    "running": ("running", "$run"),
    "kept": ("kept", "$dim"),
    "rejected": ("not kept", "$dim"),
    "failed": ("failed", "$fail"),
    "yours": ("yours", "$own"),
    "back": ("went back", "$dim"),
}


class HistoryPane(Pane):
    """Rounds with mark, change and score."""

    NUMBER = 6
    TITLE = "History"
    HINTS: ClassVar[tuple[Hint, ...]] = (("enter", "its code"), ("[ ]", "older, newer"))

    @override
    def detail(self, scene: Scene) -> Content:
        """Nothing: the table says it all."""
        return line()

    @override
    def fact(self, scene: Scene) -> Content:
        """How many moments there are."""
        amount = len(scene.state.moments) + (scene.state.run > 0)
        return line((f"{amount} moment{'' if amount == 1 else 's'}", "$dim"))

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Newest first; the start of the run is the last line."""
        moments = list(reversed(scene.state.moments))
        names = max([4, *(len(moment_name(moment)) for moment in moments)])
        if width >= WIDE:
            return _wide(scene, moments, width, names)
        return _narrow(scene, moments, width, names)


def moment_name(moment: Moment) -> str:
    """`traditional 2`; a track with one round needs no number."""
    alone = moment.track in {"baseline", "ensemble"} and moment.round == 1
    return moment.track if alone else f"{moment.track} {moment.round}"


def _score(moment: Moment, state: State, *, error: bool) -> Content:
    value, spread = score_parts(moment.score)
    if moment.score is None:
        return line()
    card = state.best
    best = card is not None and moment.program is not None and moment.program == card.program
    return line((value, "bold $good" if best else "$fg"), (spread if error else "", "$dim"))


def _change(moment: Moment) -> Content:
    return line((moment.what, "$own" if moment.mark == "yours" else "$dim"))


def _narrow(scene: Scene, moments: list[Moment], width: int, names: int) -> list[Row]:
    scores = 8
    change = max(0, width - names - scores - 4)
    head = line(
        "  ",
        fit(line(("what", "$dim")), names + 2),
        fit(line(("change", "$dim")), change),
        right(line(("score", "$dim")), scores),
    )
    rows = [Row(head)]
    for moment in moments:
        rows.append(
            Row(
                line(
                    mark(MOMENT_MARKS[moment.mark]),
                    " ",
                    fit(line(moment_name(moment)), names + 2),
                    fit(_change(moment), change),
                    right(_score(moment, scene.state, error=False), scores),
                ),
                moment.key,
            )
        )
    if scene.state.run:
        rows.append(
            Row(line(mark("done"), " ", fit(line("start"), names + 2), ("data, folds", "$dim")))
        )
    return rows


def _wide(scene: Scene, moments: list[Moment], width: int, names: int) -> list[Row]:
    fault, verdict, score, time = 24 if width >= 110 else 14, 11, 16, 7
    change = max(8, width - names - fault - verdict - score - time - 6)
    sizes = (change, fault, score, verdict, time)
    titles = ("change", "fault", "score", "decision")
    cells = [fit(line((text, "$dim")), size) for text, size in zip(titles, sizes, strict=False)]
    head = line(
        "  ", fit(line(("what", "$dim")), names + 2), *cells, right(line(("ago", "$dim")), time)
    )
    rows = [Row(head)]
    for moment in moments:
        word, role = WORDS[moment.mark]
        kind = moment.fault.kind if moment.fault else ""
        since = moment.ended if moment.ended is not None else moment.started
        rows.append(
            Row(
                line(
                    mark(MOMENT_MARKS[moment.mark]),
                    " ",
                    fit(line(moment_name(moment)), names + 2),
                    fit(line((moment.what, "$own" if moment.mark == "yours" else "$fg")), change),
                    fit(line((kind, "$fail" if moment.mark == "failed" else "$dim")), fault),
                    fit(_score(moment, scene.state, error=True), score),
                    fit(line((word, role)), verdict),
                    right(line((duration(scene.active - since), "$dim")), time),
                ),
                moment.key,
            )
        )
        rows += [Row(line(" " * (names + 4), (moment.reason, "$dim")))] if moment.reason else []
    if scene.state.run:
        last = right(line((duration(scene.active), "$dim")), width - names - 4 - 11)
        rows.append(
            Row(
                line(
                    mark("done"), " ", fit(line("start"), names + 2), ("data, folds", "$dim"), last
                )
            )
        )
    return rows
