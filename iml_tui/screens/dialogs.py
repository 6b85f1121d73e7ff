"""Dialogs over the workbench: leaving it, and the list of keys."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import var
from textual.screen import ModalScreen
from textual.widget import Widget
from typing_extensions import override

from iml_tui.draw import fit, line, wrapped

Choice = Literal["leave", "stop", "stay"]
WIDTH = 66
INNER = WIDTH - 6


class DialogBody(Widget):
    """Lines of a dialog."""

    DEFAULT_CSS = """
    DialogBody { height: auto; width: 100%; text-wrap: nowrap; text-overflow: clip; color: $fg; }
    """

    lines: var[tuple[Content, ...]] = var[tuple[Content, ...]](())

    def watch_lines(self) -> None:
        """Other lines."""
        self.refresh(layout=True)

    @override
    def render(self) -> Content:
        """All lines, one below the other."""
        return Content("\n").join(self.lines)


class Dialog(ModalScreen[Choice]):
    """A box in the middle; what lies under it is dimmed."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 55%; }
    Dialog:ansi { background: transparent; }
    Dialog > #box {
        width: 66; max-width: 100%; height: auto; max-height: 100%;
        background: $bar; padding: 1 3;
    }
    Dialog:ansi > #box { border: round $line; background: $background; }
    Dialog.-small > #box { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "choose('stay')", show=False)]

    @override
    def compose(self) -> ComposeResult:
        """One widget of lines."""
        with_box = DialogBody(id="box")
        with_box.lines = self.told()
        yield with_box

    def told(self) -> tuple[Content, ...]:
        """The lines of the dialog."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Below a certain size the padding goes first."""
        self.set_class(self.size.height < len(self.told()) + 2 or self.size.width < WIDTH, "-small")

    def action_choose(self, choice: Choice) -> None:
        """Closes with an answer."""
        self.dismiss(choice)


class LeaveDialog(Dialog):
    """Asks what ctrl+c was meant to do; the run goes on unless told otherwise."""

    CHOICES: ClassVar[tuple[tuple[str, str, str, Choice], ...]] = (
        ("l", "Leave", "the run goes on; iml-tui shows it again", "leave"),
        ("s", "Stop", "end the work here; the next start goes on", "stop"),
        ("esc", "Stay", "close this", "stay"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,ctrl+c", "choose('leave')", show=False),
        Binding("s", "choose('stop')", show=False),
        Binding("down,j,tab", "move(1)", show=False),
        Binding("up,k,shift+tab", "move(-1)", show=False),
        Binding("enter", "take", show=False),
    ]

    index: var[int] = var(0)

    def __init__(self, standing: str) -> None:
        """`standing` says how far the run is, in a sentence or two."""
        super().__init__()
        self._standing = standing

    def watch_index(self) -> None:
        """Another choice is marked."""
        if self.is_mounted:
            self.query_one(DialogBody).lines = self.told()

    @override
    def told(self) -> tuple[Content, ...]:
        """Question, how far the run is, three choices."""
        lines = [line(("Leave this screen?", "$strong bold")), line()]
        lines += [*wrapped(self._standing, INNER), line()]
        for index, (key, name, does, _) in enumerate(self.CHOICES):
            marked = index == self.index
            row = line(
                ("▎  " if marked else "   ", "$run"),
                fit(line((key, "$strong bold")), 5),
                fit(line((name, "$strong bold" if marked else "$fg")), 8),
                (does, "$fg" if marked else "$dim"),
            )
            row = fit(row, INNER)
            lines.append(row.stylize_before("on $curbg") if marked else row)
        return (*lines, line(), line(("enter takes the marked one", "$dim")))

    def action_move(self, step: int) -> None:
        """Marks the next choice."""
        self.index = (self.index + step) % len(self.CHOICES)

    def action_take(self) -> None:
        """Takes the marked choice."""
        self.dismiss(self.CHOICES[self.index][3])


class KeysDialog(Dialog):
    """Every key there is."""

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("1 to 6", "Tracks, Data, Blueprint, Code, Log, History"),
        ("tab", "next pane; shift+tab goes back"),
        ("j k, arrows", "mark or scroll; page keys, home and end as usual"),
        ("enter", "open what is marked"),
        ("[ ]", "code of the moment before, or after"),
        ("d", "in Code: the file, or what the moment changed in it"),
        ("h l, arrows", "in Code: the other files of the track"),
        ("end, G", "in Log: follow again"),
        ("+", "this pane alone, and back"),
        ("esc", "follow the run again"),
        ("r", "start the engine again, where it has gone"),
        ("q", "leave; the run goes on"),
        ("ctrl+c", "leave, stop or stay"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,enter,ctrl+c", "choose('stay')", show=False)
    ]

    @override
    def told(self) -> tuple[Content, ...]:
        """A line a key."""
        lines = [line(("Keys", "$strong bold")), line()]
        for key, does in self.KEYS:
            lines.append(line(fit(line((key, "$strong bold")), 14), (does, "$fg")))
        return (*lines, line(), line(("esc closes this", "$dim")))
