"""The best score so far, over the time of the run."""

from textual.content import Content
from typing_extensions import override

from iml_tui.drawing.draw import line
from iml_tui.scene import Scene
from iml_tui.widgets.curves import best_curve
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
