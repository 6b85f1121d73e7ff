"""The editor: one for files of a track and for plans.

Letters are typed; `esc` turns them into commands (`s` save, `/` find, `q` close) until `esc` or
`i` turns them back, so that everything can be done without a chord. What was not kept is never lost
without a question, and what somebody else wrote meanwhile is never overwritten without one.
"""

import os
import shlex
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen
from textual.timer import Timer
from typing_extensions import override

from iml_tui.deciding.asking import EngineWanted
from iml_tui.deciding.editing import Editable, Kept
from iml_tui.drawing.draw import Part, header, hint, line
from iml_tui.drawing.highlight import Pieces, taken_apart
from iml_tui.screens.dialogs import ChoiceDialog, Option
from iml_tui.screens.line_number import LineNumber
from iml_tui.widgets.editor import EditorArea
from iml_tui.widgets.pointing import Saying
from iml_tui.widgets.search import FindBar, Found, spans

NARROW = 60
"""Below this width the header has no room for what a text is based on."""
QUIET_S = 0.15
"""So long nothing is typed before colours are found anew."""
LOOK_S = 1.0
"""How often it is looked whether somebody else wrote the file."""
PLUS_LINE = frozenset({"vi", "vim", "nvim", "nano", "emacs", "micro", "kak", "joe"})
"""Editors that take a line as `+12`."""
TYPING: tuple[tuple[str, str], ...] = (
    ("ctrl+s", "{keep}"),
    ("esc", "commands"),
    ("ctrl+f", "find"),
    ("ctrl+z ctrl+y", "undo, redo"),
    ("ctrl+g", "line"),
)
COMMANDS: tuple[tuple[str, str], ...] = (
    ("s", "{keep}"),
    ("q", "close"),
    ("i", "type on"),
    ("/ n N", "find"),
    ("g", "line"),
    ("z y", "undo, redo"),
    ("e", "your editor"),
)


class EditorRow(Saying):
    """One row of the editor."""

    DEFAULT_CSS = """
    EditorRow#editor-keys { background: $bar; }
    EditorRow#editor-said {
        background: $bar; height: auto; min-height: 1; max-height: 4; text-wrap: wrap; padding: 0 1;
    }
    """


class EditorScreen(Screen[None]):
    """A text to edit, over everything else."""

    CSS = """
    EditorScreen { layout: vertical; background: $background; color: $fg; }
    EditorScreen #editor-body { height: 1fr; padding: 0 1; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "turn", "commands, or typing", id="editor.turn", show=False, priority=True
        ),
        Binding("ctrl+s", "keep", "save", id="editor.save-chord", show=False, priority=True),
        Binding("ctrl+f", "find", "find", id="editor.find-chord", show=False, priority=True),
        Binding(
            "ctrl+g", "line", "go to a line", id="editor.line-chord", show=False, priority=True
        ),
        Binding("f3", "match(1)", "next match", id="editor.next-key", show=False, priority=True),
        Binding("shift+f3", "match(-1)", "match before", id="editor.previous-key", show=False),
        Binding("s", "keep", "save", id="editor.save", show=False),
        Binding("q", "close", "close", id="editor.close", show=False),
        Binding("i", "turn", "type on", id="editor.type", show=False),
        Binding("slash,f", "find", "find", id="editor.find", show=False),
        Binding("n", "match(1)", "next match", id="editor.next-match", show=False),
        Binding("N", "match(-1)", "match before", id="editor.previous-match", show=False),
        Binding("g", "line", "go to a line", id="editor.line", show=False),
        Binding("z", "undo", "undo", id="editor.undo", show=False),
        Binding("y", "redo", "redo", id="editor.redo", show=False),
        Binding("G", "edge(1)", "to the end", id="editor.end-letter", show=False),
        Binding("e,E", "hand_over", "hand it to your own editor", id="editor.own", show=False),
    ]

    commanding: var[bool] = var(False)
    """Whether letters are commands."""
    said: var[Content] = var(line())

    class KeptHere(Message):
        """The text was kept, or was not."""

        def __init__(self, kept: Kept, *, closing: bool) -> None:
            super().__init__()
            self.kept, self.closing = kept, closing

    class ChangedBeneath(Message):
        """Somebody else wrote the file."""

        def __init__(self, theirs: str) -> None:
            super().__init__()
            self.theirs = theirs

    class Coloured(Message):
        """The colours of a text are known."""

        def __init__(self, lines: tuple[Pieces, ...]) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, opened: Editable, at: int = 1, *, elsewhere: bool = False) -> None:
        """Shows nothing yet.

        Args:
            opened: What is edited.
            at: The line that is shown first, from 1.
            elsewhere: Whether it is handed to the person's own editor at once.
        """
        super().__init__()
        self.opened, self._at, self._at_once = opened, at, elsewhere
        self._known = opened.text
        """Text beneath that the person was asked about."""
        self._quiet: Timer | None = None
        self._keeping = False

    @override
    def compose(self) -> ComposeResult:
        """Header, text, what is said, keys."""
        yield EditorRow(id="editor-head")
        with Horizontal(id="editor-body"):
            yield EditorArea(self.opened.text, self.opened.name)
        yield FindBar()
        yield EditorRow(id="editor-said")
        yield EditorRow(id="editor-keys")

    def on_mount(self) -> None:
        """Colours are found; the file is watched."""
        self.call_after_refresh(self.area.show_place, self._at - 1)
        self.area.focus()
        self._colour(self.opened.text)
        self.set_interval(LOOK_S, self._look_beneath)
        self._told()
        if self._at_once:
            self.call_after_refresh(self.action_hand_over)

    def on_resize(self) -> None:
        """Rows are made for the width there is."""
        self._told()

    @property
    def area(self) -> EditorArea:
        """What is typed into."""
        return self.query_one(EditorArea)

    @property
    def unsaved(self) -> bool:
        """Whether something would be lost."""
        return self.area.text != self.opened.text

    # --- what is said ---------------------------------------------------------------------------

    def _told(self) -> None:
        width = self.size.width
        row, column = self.area.cursor_location
        name = self.opened.name.removesuffix(".md")
        parts: list[Part] = [(" ◆ ", "$own"), (name, "$strong bold")]
        if width >= NARROW:
            parts.append((f"  {self.opened.about}", "$dim"))
        far = line((f"{row + 1}:{column + 1} of {self.area.document.line_count} ", "$dim"))
        if self.unsaved:
            far = line(("changed  ", "$own"), far)
        if self.commanding:
            far = line(("commands  ", "$run bold"), far)
        self._row("head").said = header(line(*parts), far, width, focused=True)
        keys = COMMANDS if self.commanding else TYPING
        shown: list[Part] = [" "]
        for key, does in keys:
            words = does.format(keep=self.opened.keeping)
            if line(*shown).cell_length + len(key) + len(words) + 4 > width:
                break
            shown += [hint(key, words), "   "]
        self._row("keys").said = line(*shown)
        self._row("said").said = self.said

    def _row(self, name: str) -> EditorRow:
        return self.query_one(f"#editor-{name}", EditorRow)

    def watch_commanding(self) -> None:
        """Letters mean something else now."""
        if self.is_mounted:
            self.area.read_only = self.commanding
            self._told()

    def watch_said(self) -> None:
        """Something else is said."""
        if self.is_mounted:
            self._told()

    @on(EditorArea.SelectionChanged)
    def _moved(self) -> None:
        self._told()

    @on(EditorArea.Changed)
    def _typed(self) -> None:
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(QUIET_S, lambda: self._colour(self.area.text))
        self._told()

    @work(thread=True, exclusive=True, group="colour", exit_on_error=False)
    def _colour(self, text: str) -> None:
        self.post_message(self.Coloured(taken_apart(text, self.opened.name)))

    @on(Coloured)
    def _coloured(self, message: Coloured) -> None:
        self.area.colour(message.lines)

    # --- keeping --------------------------------------------------------------------------------

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters are commands only while they are; a search takes `esc` for itself."""
        return not (action == "turn" and self.query_one(FindBar).typing)

    def action_turn(self) -> None:
        """Letters become commands, or are typed again."""
        self.commanding = not self.commanding
        self.area.focus()

    def action_keep(self) -> None:
        """Saves a file, or has the code of a plan written again."""
        self._begin_keeping(over=False, closing=False)

    def _begin_keeping(self, *, over: bool, closing: bool) -> None:
        if self._keeping:
            return
        if not self.unsaved and not over:
            self.said = line(("Nothing was changed.", "$dim"))
            return
        self._keeping = True
        self.said = line(("asking the engine …" if self.opened.asks else "saving …", "$dim"))
        text = self.area.text

        def keep() -> None:
            kept = self.opened.keep(text, over=over)
            self.post_message(self.KeptHere(kept, closing=closing))

        threading.Thread(target=keep, name="keep", daemon=True).start()  # never holds up leaving

    @on(KeptHere)
    def _kept(self, message: KeptHere) -> None:
        self._keeping = False
        kept = message.kept
        if kept.theirs is not None:
            self._ask_whose(kept.theirs, closing=message.closing)
            return
        style = "$wait" if kept.line is not None or not kept.done else "$good"
        self.said = line((kept.said, style))
        if kept.line is not None and not kept.done:
            self.area.show_place(kept.line - 1)  # what is saved is typed on where the cursor is
        if kept.done:
            self._known = self.opened.text
            self.post_message(EngineWanted(self.opened.track))
        if kept.done and message.closing:
            self.dismiss(None)

    # --- somebody else --------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="beneath", exit_on_error=False)
    def _look_beneath(self) -> None:
        theirs = self.opened.beneath()
        if theirs is not None:
            self.post_message(self.ChangedBeneath(theirs))

    @on(ChangedBeneath)
    def _changed_beneath(self, message: ChangedBeneath) -> None:
        if self._keeping or message.theirs == self._known or not self.is_current:
            return
        self._known = message.theirs
        if self.unsaved:  # a question now would take the next letter for its answer
            words = f"{self.opened.name} was changed meanwhile: saving asks which one stays."
            self.said = line((words, "$wait"))
        else:
            self._take(message.theirs)

    def _ask_whose(self, theirs: str, *, closing: bool) -> None:
        def answered(choice: str | None) -> None:
            if choice == "mine":
                self._begin_keeping(over=True, closing=closing)
            elif choice == "theirs":
                self._take(theirs)

        self.app.push_screen(
            ChoiceDialog(
                f"{self.opened.name} was changed meanwhile.",
                "A newer version lies in the workspace: a round was accepted there, or another "
                "program wrote it. Both stay in the history.",
                (
                    Option("m", "Mine", "save what I typed over it", "mine"),
                    Option("t", "Theirs", "show it; undo brings mine back", "theirs"),
                    Option("esc", "Neither", "type on", "neither"),
                ),
                index=2,
            ),
            answered,
        )

    def _take(self, theirs: str) -> None:
        """Shows what lies there, as one step that can be undone."""
        self.opened.take(theirs)
        row, column = self.area.cursor_location
        self.area.replace(theirs, (0, 0), self.area.document.end, maintain_selection_offset=False)
        self.area.show_place(row, column)
        self.said = line(("This is what lies there now.", "$fg"))

    # --- leaving --------------------------------------------------------------------------------

    def action_close(self) -> None:
        """Closes; asks where something would be lost."""
        if self._keeping:
            return  # what becomes of it is said in a moment
        if not self.unsaved:
            self.dismiss(None)
            return
        keeping = self.opened.keeping.capitalize()

        def answered(choice: str | None) -> None:
            if choice == "keep":
                self._begin_keeping(over=False, closing=True)
            elif choice == "discard":
                self.dismiss(None)

        self.app.push_screen(
            ChoiceDialog(
                f"Close {self.opened.name.removesuffix('.md')}?",
                "What you typed is not kept yet.",
                (
                    Option("s", keeping, "and close", "keep"),
                    Option("x", "Discard", "what I typed is lost", "discard"),
                    Option("esc", "Stay", "type on", "stay"),
                ),
            ),
            answered,
        )

    # --- finding --------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Asks for what is searched."""
        self.query_one(FindBar).open(self.area.searched)

    @on(FindBar.Typed)
    def _search(self, message: FindBar.Typed) -> None:
        self.area.searched = message.text
        matches = self.area.matches()
        here = self.area.selection.start
        later = [place for place in matches if place >= here]
        if matches:
            self._show_match(matches, matches.index(later[0]) if later else 0)
        else:
            self.query_one(FindBar).show(message.text, Found(0) if message.text else None)

    def _show_match(self, matches: list[tuple[int, int]], index: int) -> None:
        row, column = matches[index]
        found = [end - start for start, end in spans(self.area.searched, self.area.searched)]
        self.area.show_place(row, column, found[0] if found else 0)
        self.query_one(FindBar).show(self.area.searched, Found(len(matches), index + 1))

    def action_match(self, step: int) -> None:
        """The next match, or the one before; asks where nothing is searched yet."""
        matches = self.area.matches()
        if not self.area.searched:
            self.action_find()
        if not matches:
            return
        here = self.area.selection.start
        index = matches.index(here) if here in matches else -1
        if index < 0:
            later = [place for place in matches if place > here]
            index = (matches.index(later[0]) if later else 0) - (step > 0)
        self._show_match(matches, (index + step) % len(matches))

    @on(FindBar.Stepped)
    def _stepped(self, message: FindBar.Stepped) -> None:
        self.action_match(message.step)

    @on(FindBar.Accepted)
    def _accepted(self) -> None:
        self.commanding = True  # so that n and N go on, as the bar says
        self.area.focus()

    @on(FindBar.Ended)
    def _ended(self) -> None:
        self.area.searched = ""
        self.query_one(FindBar).display = False
        self.area.focus()

    def action_line(self) -> None:
        """Asks for a line."""

        def answered(number: int | None) -> None:
            if number is not None:
                self.area.show_place(number - 1)

        self.app.push_screen(LineNumber(self.area.document.line_count), answered)

    def action_edge(self, step: int) -> None:
        """To the start or the end of the text."""
        self.area.action_edge(step)

    def action_copy(self) -> None:
        """Copies what is selected."""
        self.area.action_copy()

    def action_undo(self) -> None:
        """Takes back what was typed last."""
        self.area.undo()

    def action_redo(self) -> None:
        """Does again what was taken back."""
        self.area.redo()

    # --- another editor -------------------------------------------------------------------------

    def action_hand_over(self) -> None:
        """Hands the text to the person's own editor, and takes what comes back."""
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
        if not command:
            self.said = line(("Neither VISUAL nor EDITOR names an editor of yours.", "$wait"))
            return
        try:
            edited = self._elsewhere(command)
        except SuspendNotSupported:
            self.said = line(("Another editor cannot be opened in a browser.", "$wait"))
            return
        except (OSError, UnicodeDecodeError, subprocess.CalledProcessError) as error:
            self.said = line((f"{command[0]} did not give a text back: {error}.", "$wait"))
            return
        if edited != self.area.text:
            self.area.replace(edited, (0, 0), self.area.document.end)
            self.said = line((f"Taken from {Path(command[0]).name}; not kept yet.", "$fg"))

    def _elsewhere(self, command: list[str]) -> str:
        """The text as another editor leaves it."""
        row = self.area.cursor_location[0] + 1
        with tempfile.TemporaryDirectory(prefix="iml-edit-") as scratch, self.app.suspend():
            file = Path(scratch) / self.opened.name
            file.write_text(self.area.text, encoding="utf-8")
            place = [f"+{row}"] if Path(command[0]).name in PLUS_LINE else []
            subprocess.run([*command, *place, str(file)], check=True)
            return file.read_text(encoding="utf-8")
