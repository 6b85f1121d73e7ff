"""The best score so far, over the time of the run."""

from textual.content import Content
from typing_extensions import override

from iml_tui.curve import Series, plot
from iml_tui.draw import line
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Pane, Row

ROWS = 14


class CurvePane(Pane, can_focus=False):
    """Best so far, beside the baseline."""

    TITLE = "Best so far"
    INDENT = 0

    @override
    def detail(self, scene: Scene) -> Content:
        """In what the score is counted."""
        task = scene.state.task
        return line((f"blind {task.metric.title}", "$dim")) if task else line()

    @override
    def fact(self, scene: Scene) -> Content:
        """Nothing."""
        return line()

    @override
    def _head(self, scene: Scene) -> Content:
        if not best_curve(scene, self.size.width, ROWS):
            return line()
        return line(("Best so far  ", "$strong bold"), self.detail(scene))

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """The picture, once there is something to see."""
        return [Row(content) for content in best_curve(scene, width, min(ROWS, self.body_height))]


def best_so_far(scene: Scene) -> list[Series]:
    """The series of the picture: the best, and the baseline to compare it with."""
    state = scene.state
    kept = [moment for moment in state.moments if moment.mark == "kept" and moment.score]
    scored = [
        (moment.ended or scene.active, moment.score.value, moment)
        for moment in kept
        if moment.score
    ]
    scored.sort(key=lambda item: item[0])
    if not scored or state.task is None:
        return []
    better = max if state.task.metric.direction == "higher" else min
    best: list[tuple[float, float]] = []
    for at, value, _ in scored:
        best.append((at, better(value, best[-1][1]) if best else value))
    series = [Series("best", tuple(best), "$good")]
    base = next(((at, value) for at, value, moment in scored if moment.track == "baseline"), None)
    if base is not None and best[-1][1] != base[1]:
        series.append(Series("baseline", (base,), "$dim"))
    return series


def best_curve(scene: Scene, width: int, height: int) -> list[Content]:
    """The picture for `width` cells and `height` lines; nothing before two scores."""
    series = best_so_far(scene)
    if not series or len(series[0].points) < 2:
        return []
    return plot(series, max(scene.active, series[0].points[-1][0]), width, height)
