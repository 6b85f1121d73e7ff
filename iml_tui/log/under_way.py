"""What is under way, as the last lines of the log. Pure."""

from textual.content import Content

from agents.journal.events import Progress
from iml_tui.drawing.draw import bar, fit, line
from iml_tui.log.hearing import ENGINE, MODELS
from iml_tui.log.view import WHO, ending
from iml_tui.scene import Scene
from iml_tui.words.figures import duration

BAR = 14


def group_of(path: str, scene: Scene) -> str:
    """The group of something that is under way."""
    first = path.split("/")[0]
    return first if first in {*scene.state.tracks, MODELS} else ENGINE


def progress_line(
    path: str, row: Progress, scene: Scene, width: int, time_width: int = 4
) -> Content:
    """What is under way, as the last line of the log."""
    clock = f"{duration(scene.active).rjust(time_width)} " if time_width else ""
    who = fit(line((group_of(path, scene), "$dim")), WHO)
    waits = path.split("/")[0] == MODELS
    said = line((clock, "$dim"), who, (f"{row.label} ", "$wait" if waits else "$fg"))
    if row.done < 0:
        text = line((row.text, "$wait" if waits else "$dim"))
        return fit(line(said, ending(text, max(1, width - said.cell_length))), width)
    share = (f" {row.done:.0%}  ", "$fg")
    return fit(line(said, bar(row.done, BAR), share, (row.text, "$dim")), width)
