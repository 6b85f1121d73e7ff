"""The banner below the state: what is wrong with the engine, or waits for one, and R mends it."""

from textual.content import Content
from typing_extensions import override

from iml_tui.drawing.draw import fit, line, mark
from iml_tui.scene import Scene
from iml_tui.widgets.frame import FrameRow
from iml_tui.words.figures import listed
from iml_tui.words.sentence import standing

GONE = "The engine is gone. R starts it again; nothing that was recorded is lost."
REFUSED = "The engine did not start. R tries again; the log has its last words."
DELETED = "The workspace was deleted; what you see is what was known of it."
MOST_NAMED = 3
"""Files that are named one by one."""


class Banner(FrameRow):
    """Something is wrong, and which key mends it."""

    @override
    def content(self, scene: Scene) -> Content:
        """The warning, or nothing."""
        warning = warning_of(scene)
        return fit(line(" ", mark("look"), (f" {warning}", "$wait bold")), self.size.width)


def warning_of(scene: Scene) -> str:
    """What is wrong with the engine; empty when nothing is."""
    if scene.deleted:
        return DELETED
    if scene.refused:
        return REFUSED
    match standing(scene.state, alive=scene.alive):
        case "engine gone":
            return GONE
        case "failed" if scene.state.card is None:
            return "The engine broke off. R starts it again from there; the log says why."
        case "stopped":
            return "The run is stopped. R goes on from here."
        case "done" | "failed" if scene.edited:
            return _unchecked(scene.edited)
        case _:
            return ""


def _unchecked(edited: tuple[str, ...]) -> str:
    """What becomes of the person's edits, if they wish."""
    programs = [path.removeprefix("tracks/") for path in edited if path.startswith("tracks/")]
    if len(programs) > MOST_NAMED:
        return f"R checks and scores your edits of {len(programs)} files."
    if programs:
        return f"R checks and scores your edit of {listed(programs)}."
    return f"R commits your edit of {listed(edited)} as yours."


def mending(scene: Scene) -> str:
    """What R does about the warning, in a word or two; empty where it can do nothing."""
    if scene.deleted or not warning_of(scene):
        return ""
    over = standing(scene.state, alive=scene.alive) in {"done", "failed"}
    return "check it" if over and scene.edited else "restart"
