"""Pane 6: the past of the run, a line a moment, newest first."""

from typing import ClassVar

from textual.content import Content
from typing_extensions import override

from agents.journal.state import Moment
from iml_tui.draw import fit, line, mark, right
from iml_tui.figures import duration, score_parts
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row
from iml_tui.widgets.tracks import moment_mark

WIDE = 70
"""From this width on, fault, verdict and time have columns of their own."""
SCORE, VERDICT, AGO = 16, 11, 7
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
        names = max([5, *(len(moment_name(moment)) for moment in moments)])
        if width >= WIDE:
            return _wide(scene, moments, width, names)
        return _narrow(scene, moments, width, names)


def moment_name(moment: Moment) -> str:
    """`traditional 2`; a track with one round needs no number."""
    alone = moment.track in {"baseline", "ensemble"} and moment.round == 1
    return moment.track if alone else f"{moment.track} {moment.round}"


def _score(moment: Moment, scene: Scene, *, error: bool) -> Content:
    value, spread = score_parts(moment.score)
    if moment.score is None:
        return line()
    leader = scene.best
    best = leader is not None and moment.commit is not None and moment.commit == leader.commit
    settled = "$dim" if moment.mark == "running" else "$fg"
    return line((value, "bold $good" if best else settled), (spread if error else "", "$dim"))


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
                    moment_mark(moment, scene),
                    " ",
                    fit(line(moment_name(moment)), names + 2),
                    fit(_change(moment), change),
                    right(_score(moment, scene, error=False), scores),
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
    fault = 26 if width >= 110 else 14
    change = max(8, width - names - fault - SCORE - VERDICT - AGO - 4)
    sizes = (names + 2, change, fault, SCORE, VERDICT)

    def row(sign: Content, cells: tuple[Content, ...], ago: Content) -> Content:
        fitted = [fit(cell, size) for cell, size in zip(cells, sizes, strict=True)]
        return line(fit(sign, 2), *fitted, right(ago, AGO))

    titles = ("what", "change", "fault", "score", "decision")
    heads = tuple(line((title, "$dim")) for title in titles)
    rows = [Row(row(line(), heads, line(("ago", "$dim"))))]
    for moment in moments:
        since = moment.ended if moment.ended is not None else moment.started
        ago = line((duration(scene.active - since), "$dim"))
        rows.append(Row(row(moment_mark(moment, scene), _cells(moment, scene), ago), moment.key))
        if moment.reason:
            rows.append(Row(line(" " * (names + 4), (moment.reason, "$dim"))))
    if scene.state.run:
        start = (line("start"), line(("data, folds", "$dim")), line(), line(), line())
        ago = line((duration(scene.active), "$dim"))
        rows.append(Row(row(mark("done"), start, ago)))
    return rows


def _cells(moment: Moment, scene: Scene) -> tuple[Content, ...]:
    kind = moment.fault.kind if moment.fault else ""
    return (
        line(moment_name(moment)),
        line((moment.what, "$own" if moment.mark == "yours" else "$fg")),
        line((kind, "$fail" if moment.mark == "failed" else "$dim")),
        _score(moment, scene, error=True),
        line(WORDS[moment.mark]),
    )
