"""Tell the agents something, and see what they made of what was told before.

The words go out with enter; below stands, for each that was told, what became of it: the directive
that the agents hold from then on, the answer that was given, or that nobody has read it yet.
"""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import var
from textual.screen import ModalScreen
from typing_extensions import override

from agents.journal.talks import Told
from iml_tui.drawing.draw import answers, line, mark, wrapped
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import ROOMY_ROWS, WIDTH, DialogBody
from iml_tui.screens.say_why import Words
from iml_tui.words.pending import told_so_far, waits_for

EARLIER = 4
"""So many of what was told before are shown."""


class Instruct(ModalScreen[str]):
    """A few rows to type in, and what was told before."""

    DEFAULT_CSS = """
    Instruct { align: center middle; background: $background 55%; }
    Instruct:ansi { background: transparent; }
    Instruct > #box {
        width: 66; max-width: 100%; height: auto; max-height: 100%;
        background: $bar; padding: 1 3; overflow-y: auto; scrollbar-size: 0 0;
    }
    Instruct:ansi > #box { border: round $line; background: $background; }
    Instruct #words {
        height: auto; min-height: 2; max-height: 6; border: none; padding: 0 1; margin: 1 0;
        background: $fg 6%; color: $fg;
    }
    Instruct #words .text-area--cursor-line { background: transparent; }
    Instruct.-small > #box { padding: 0 1; }
    Instruct.-small #words { margin: 0; min-height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "back", "close this", id="tell.back", show=False)
    ]

    scene: var[Scene | None] = var[Scene | None](None)

    def __init__(self, scene: Scene) -> None:
        """`scene` is the run as of now; a newer one may be given at any time."""
        super().__init__()
        self.set_reactive(Instruct.scene, scene)

    @override
    def compose(self) -> ComposeResult:
        """What is asked, the words, the keys, what was told before."""
        with Vertical(id="box"):
            yield DialogBody(id="asked")
            yield Words(id="words", soft_wrap=True, show_line_numbers=False, compact=True)
            yield DialogBody(id="told")

    def on_mount(self) -> None:
        """Words are typed at once."""
        self.query_one(Words).focus()
        self.watch_scene()

    def on_resize(self, event: events.Resize) -> None:
        """Below a certain size the padding goes first."""
        self.set_class(event.size.height < 16 or event.size.width < WIDTH, "-small")
        self.watch_scene()

    def watch_scene(self) -> None:
        """What was told may have been answered meanwhile."""
        if not self.is_mounted or self.scene is None:
            return
        inner = max(8, min(WIDTH, self.size.width) - 6)
        asked = _asked(self.scene, inner, roomy=self.size.height >= ROOMY_ROWS)
        self.query_one("#asked", DialogBody).lines = asked
        waits = waits_for(self.scene)
        told = [row for one in _latest(self.scene) for row in told_rows(one, inner, waits)]
        title = [line(), line(("What was told before", "$strong bold"))] if told else []
        self.query_one("#told", DialogBody).lines = (answers(), *title, *told)

    def action_back(self) -> None:
        """Nothing is told."""
        self.dismiss(None)

    @on(Words.Done)
    def _send(self) -> None:
        words = " ".join(self.query_one(Words).text.split())
        if words:
            self.dismiss(words)


def _asked(scene: Scene, width: int, *, roomy: bool) -> tuple[Content, ...]:
    if scene.over:
        then = "The run is over: this is read at once, and what can still be done is done."
    elif scene.state.settings.get("model") or scene.state.settings.get("planner"):
        then = "It is checked against task and data, and joins the next planning or repair."
    else:
        then = "Without a model rules read it: a metric, a time limit, tracks or columns to drop."
    title = line(("Tell the agents something", "$strong bold"))
    return (title, *([line()] if roomy else []), *wrapped(then, width, "$dim"))


def _latest(scene: Scene) -> list[Told]:
    return list(reversed(told_so_far(scene)[-EARLIER:]))


def told_rows(told: Told, width: int, waits: str = "the engine") -> list[Content]:
    """What was told, and below it what became of it, or whom it `waits` for."""
    first, *rest = wrapped(told.words, width - 2, "$own")
    rows = [line(mark("own"), " ", first), *(line("  ", row) for row in rest)]
    for words, style in _became(told, waits):
        rows += [line("  ", row) for row in wrapped(words, width - 2, style)]
    return rows


def _became(told: Told, waits: str) -> list[tuple[str, str]]:
    if not told.outcome and not told.directive:
        return [(f"not read yet; it waits for {waits}", "$dim")]
    found = [(told.outcome, "$wait" if told.refused else "$fg")] if told.outcome else []
    if told.directive and told.directive != told.outcome:
        found.append((f"The agents hold: {told.directive}", "$dim"))
    return found
