"""Going back, before it is done: files that change, rounds left behind, edits that are saved."""

from typing import ClassVar

from textual.content import Content
from typing_extensions import override

from iml_tui.drawing.draw import fit, line, wrapped
from iml_tui.looking_back.rounds import behind, moment_name
from iml_tui.looking_back.timetravel import FileChange, Preview
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import ChoiceDialog, Option
from iml_tui.words.figures import listed
from iml_tui.words.sentence import standing

GO = "go"
NAMED = 6
"""Rounds that are named one by one."""


class GoBackDialog(ChoiceDialog):
    """Asks whether a track is to go back, and shows what that means."""

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option("y", "Go back", "by a new commit; nothing is lost", GO),
        Option("esc", "Stay", "close this", "stay"),
    )

    def __init__(self, scene: Scene, preview: Preview) -> None:
        """Shows a preview that was read already."""
        moments = scene.state.moments
        target = next((one for one in moments if one.commit == preview.to), None)
        name = moment_name(target) if target is not None else preview.to[:7]
        words = preview.problem or "\n".join(consequences(scene, preview))
        options = self.OPTIONS[1:] if preview.problem else self.OPTIONS
        super().__init__(f"Go back to {name}?", words, options)
        self._preview = preview

    @override
    def _opening(self) -> list[Content]:
        title = wrapped(self._title, self.inner, "$strong bold")
        files = [_file(one) for one in self._preview.files]
        if not files and not self._preview.problem:
            files = [line(("No file changes.", "$fg"))]
        words = [row for text in self._words.split("\n") for row in wrapped(text, self.inner)]
        return [*title, line(), *files, line(), *words, line()]


def _file(change: FileChange) -> Content:
    name = fit(line(change.name), 16)
    if change.goes:
        return line(name, ("goes", "$fail"))
    return line(name, (f"+{change.added}", "$good"), " ", (f"-{change.removed}", "$fail"))


def consequences(scene: Scene, preview: Preview) -> list[str]:
    """What else happens, a sentence or two each."""
    told = []
    left = [moment_name(one) for one in behind(scene.state, preview.track, preview.to)]
    if left:
        more = len(left) - NAMED
        names = listed([*left[:NAMED], *([f"{more} more"] if more > 0 else [])])
        stays = "stays" if len(left) == 1 else "stay"
        told.append(
            f"{names} {stays} in the history and take{'s' if len(left) == 1 else ''} no "
            "further part."
        )
    if preview.edits:
        names = listed([path.removeprefix("tracks/") for path in preview.edits[:3]])
        told.append(f"Your own edits ({names}) are saved first, as a commit of yours.")
    told.append(_when(scene))
    return told


def _when(scene: Scene) -> str:
    match standing(scene.state, alive=scene.alive):
        case "checking":
            return "The run is over: the engine decides again and reports anew."
        case "done" | "failed":
            return "The run is over: the engine starts for this, decides again and reports anew."
        case "running":
            return "It is done when the programs at work are built, also if you leave here."
        case _:
            return "No engine is at work: this waits, and is done first when one starts."
