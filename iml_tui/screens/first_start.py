"""Choosing who writes the code, beside a run that goes on: found models, and what the machine can.

Over the middle of the workbench, so that tracks and log go on beside it. Everything slow is done by
a process of its own (`iml_tui.surveying`), whose lines are read in a thread; leaving ends it. What
is chosen is a decision like any other: the screen is dismissed with it, and the app carries it out.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import ValidationError
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.message import Message
from textual.reactive import var
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import get_current_worker
from typing_extensions import override

from agents import api
from agents.errors import InputError
from iml_tui.drawing.draw import fit, hint, line
from iml_tui.first_start import MODEL, PROVIDER, Surveyed, rows_of
from iml_tui.scene import Scene
from iml_tui.screens.workbench import Workbench
from iml_tui.surveying import Found
from iml_tui.widgets.pane import Hint, Pane, Row
from iml_tui.widgets.pointing import Saying
from iml_tui.words.sentence import standing

LEAST_HEIGHT = 12
"""Rows below which it takes the whole body."""
HINTS: tuple[Hint, ...] = (
    ("enter", "use it"),
    ("t", "test it"),
    ("p", "pull another"),
    ("s", "stay with the recipes"),
    ("m", "name one"),
    ("r", "look again"),
)
LATER: Hint = ("esc", "later")
NOTHING_TO_TEST = "Only a model can be tested: mark one, or name one with m."
FOLLOW_S = 0.3
"""Between two looks at how the run below goes on."""


def about(scene: Scene) -> str:
    """What the choice means for the run as it stands."""
    match standing(scene.state, alive=scene.alive):
        case "done" | "failed" | "checking":
            return "This run is over: a model is chosen for another, with --new --model NAME."
        case _ if any(one.phase == "decide" for one in scene.state.phases):
            return "Nothing is built any more in this run: choose a model for the next one."
        case _ if scene.state.submission is not None:
            return "The run goes on beside this; the plans of a chosen model join it."
        case _ if any(one.phase == "build" for one in scene.state.phases):
            return "The baseline is running and will finish whatever you choose here."
        case _:
            return "The run begins meanwhile, with a baseline, whatever you choose here."


def keys_row(width: int) -> Content:
    """The keys, as many as fit; how to leave always."""
    shown = line()
    far = line(" ", hint(*LATER))
    for key, does in HINTS:
        longer = line(shown, " ", hint(key, does), "  ")
        if longer.cell_length + far.cell_length > width:
            break
        shown = longer
    return fit(line(shown, far), width)


class ModelsPane(Pane):
    """Models and machine."""

    TITLE = "Choose who writes the code"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "screen.test", "call the marked model", id="models.test", show=False),
        Binding("p", "screen.ask('pull')", "pull a model", id="models.pull", show=False),
        Binding("m", "screen.ask('name')", "name a model", id="models.name", show=False),
        Binding("r", "screen.look", "look for models again", id="models.look", show=False),
        Binding("s", "screen.stay", "stay with the recipes", id="models.stay", show=False),
        Binding("escape,q", "screen.back", "back, or later", id="models.later", show=False),
    ]

    known: var[Surveyed] = var(Surveyed())
    asked_once: var[bool] = var(False)

    def watch_known(self) -> None:
        """More is known."""
        self.rebuild()

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """Only what the choice means changes with the run."""
        return (about(scene),)

    @override
    def detail(self, scene: Scene) -> Content:
        """Nothing: the title says it."""
        return line()

    @override
    def fact(self, scene: Scene) -> Content:
        """Why it is here by itself."""
        return line(("asked once for this folder", "$dim")) if self.asked_once else line()

    @override
    def rows(self, scene: Scene, width: int) -> Sequence[Row]:
        """What there is to choose from."""
        return rows_of(self.known, about(scene), width)


class TypedName(Input):
    """The name of a model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.stop_typing", "back to the list", id="models.list", show=False)
    ]


class FirstStart(ModalScreen[str | None]):
    """Dismissed with the name of a model, with "" for the recipes, with None for later."""

    DEFAULT_CSS = """
    FirstStart { background: transparent; align: left top; }
    FirstStart #box { background: $background; color: $fg; }
    FirstStart ModelsPane { height: 1fr; }
    FirstStart #typed {
        display: none; height: 1; border: none; padding: 0 1; background: $curbg; color: $fg;
    }
    FirstStart #keys { dock: bottom; height: 1; background: $background; }
    """

    class Heard(Message):
        """A line of the surveying process."""

        def __init__(self, what: str, found: Found) -> None:
            super().__init__()
            self.what, self.found = what, found

    class Ended(Message):
        """The surveying process has nothing more to say."""

        def __init__(self, what: str, *, well: bool) -> None:
            super().__init__()
            self.what, self.well = what, well

    def __init__(self, scene: Scene, *, once: bool = False) -> None:
        """Nothing is known yet.

        Args:
            scene: The run that it is chosen for.
            once: Whether it opened by itself, in a new folder.
        """
        super().__init__()
        self._scene, self._once = scene, once
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._typing = ""

    @override
    def compose(self) -> ComposeResult:
        """List, a line to type, keys."""
        with Vertical(id="box"):
            yield ModelsPane(id="models")
            yield TypedName(id="typed", compact=True)
        yield Saying(id="keys")

    def on_mount(self) -> None:
        """Looks around at once."""
        self.pane.asked_once = self._once
        self.pane.scene = self._scene
        self.pane.focus()
        self._lie()
        self.set_interval(FOLLOW_S, self._follow)
        self._survey("look", str(self._scene.place.workspace))

    def on_unmount(self) -> None:
        """Nobody listens any more."""
        for child in self._children.values():
            child.kill()

    @property
    def pane(self) -> ModelsPane:
        """The list."""
        return self.query_one(ModelsPane)

    # --- where it lies ------------------------------------------------------------------------

    def on_resize(self) -> None:
        """What lies below is arranged first."""
        self.call_after_refresh(self._lie)

    def _lie(self) -> None:
        """Over the middle of the workbench; over all of its body where that is small."""
        below = self.app.screen_stack[-2] if len(self.app.screen_stack) > 1 else self
        try:
            place, aside = below.query_one("#main").region, 0
            if place.height < LEAST_HEIGHT:
                place, aside = below.query_one("#body").region, 1
        except NoMatches:
            return
        box = self.query_one("#box")
        box.styles.width, box.styles.height = place.width, place.height
        box.styles.offset, box.styles.padding = place.offset, (0, aside)
        self.query_one("#keys", Saying).said = keys_row(self.size.width)

    def _follow(self) -> None:
        """What is said of the run is true of the run as it is now."""
        below = self.app.screen_stack[-2]
        if isinstance(below, Workbench) and below.scene is not None:
            self.pane.scene = below.scene

    # --- looking around -----------------------------------------------------------------------

    @work(thread=True, exit_on_error=False)
    def _survey(self, what: str, subject: str) -> None:
        command = [sys.executable, "-P", "-m", "iml_tui.surveying", what, subject]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._children[what] = child
        worker = get_current_worker()
        assert child.stdout is not None
        with child.stdout:
            for said in child.stdout:
                if worker.is_cancelled:
                    break
                try:
                    self.post_message(self.Heard(what, Found.model_validate_json(said)))
                except ValidationError:
                    continue  # something else that a library printed
        self.post_message(self.Ended(what, well=child.wait() == 0))

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        found, known = message.found, self.pane.known
        if found.error:
            known = replace(known, said=found.error, pulling="")
        elif found.progress is not None:
            known = replace(known, progress=found.progress)
        elif found.diagnosis is not None and message.what == "try":
            known = replace(known, tried=(*known.tried, found.diagnosis))
        elif found.diagnosis is not None:
            kept = [one for one in known.machine if one.subject != found.diagnosis.subject]
            known = replace(known, machine=(*kept, found.diagnosis))
        else:
            known = replace(known, reaches=found.reaches)
        self.pane.known = known

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        known = self.pane.known
        self._children.pop(message.what, None)
        if message.what == "pull":
            done = known.pulling if message.well else ""
            said = known.said or ("" if message.well else "The download broke off.")
            self.pane.known = replace(known, pulling="", progress=None, pulled=done, said=said)
            self._survey("look", str(self._scene.place.workspace))
        elif known.reaches is None:
            said = "The look for models broke off."
            self.pane.known = replace(known, reaches=(), opened="", said=said)

    def action_look(self) -> None:
        """Looks around again: a server may have been started meanwhile."""
        if "look" not in self._children:
            self.pane.known = replace(self.pane.known, reaches=None, said="")
            self._survey("look", str(self._scene.place.workspace))

    # --- choosing -----------------------------------------------------------------------------

    @property
    def _marked(self) -> str:
        row = self.pane.marked()
        return (row.key or "") if row is not None else ""

    @on(Pane.Opened)
    def _opened(self, message: Pane.Opened) -> None:
        message.stop()
        key = message.key
        if key.startswith(MODEL):
            self.dismiss(key.removeprefix(MODEL))
        elif key.startswith(PROVIDER):
            self.pane.known = replace(self.pane.known, opened=key.removeprefix(PROVIDER))
            self.pane.cursor = 0
        else:
            self.dismiss("")

    def action_stay(self) -> None:
        """The recipes alone."""
        self.dismiss("")

    def action_back(self) -> None:
        """To the list of providers, else later."""
        if self.pane.known.opened:
            self.pane.known = replace(self.pane.known, opened="")
            self.pane.cursor = 0
        else:
            self.dismiss(None)

    def action_test(self) -> None:
        """Calls the marked model."""
        if "try" in self._children:
            self._complain(f"{self.pane.known.tested} is still being called.")
            return
        if not self._marked.startswith(MODEL):
            self._complain(NOTHING_TO_TEST)
            return
        name = self._marked.removeprefix(MODEL)
        self.pane.known = replace(self.pane.known, tested=name, tried=(), said="")
        self._survey("try", name)

    # --- typing -------------------------------------------------------------------------------

    def action_ask(self, what: str) -> None:
        """A name is to be typed."""
        if what == "pull" and "pull" in self._children:
            return
        typed = self.query_one("#typed", Input)
        hints = {
            "pull": "a model of Ollama to pull, such as qwen2.5-coder:14b",
            "name": "a model, such as openai/NAME, or the address of a server",
        }
        typed.placeholder, typed.value = hints[what], ""
        self._typing = what
        typed.display = True  # at once, like the focus: the first letter may be pressed already
        self.set_focus(typed)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        name = message.value.strip()
        what = self._typing
        self._stop_typing()
        if name and what == "name":
            self._choose(name)
        elif name:
            whole = name if name.startswith("ollama/") else f"ollama/{name}"
            self.pane.known = replace(self.pane.known, pulling=whole, pulled="", said="")
            self._survey("pull", whole)

    def _choose(self, name: str) -> None:
        """Chooses a model that was typed, unless that names none."""
        try:
            api.check_model_name(name, os.environ)
        except InputError as error:
            self._complain(str(error))
        else:
            self.dismiss(name)

    def _complain(self, sentence: str) -> None:
        """Says what is wrong, above the list."""
        self.pane.known = replace(self.pane.known, said=sentence)
        self.pane.scroll_home(animate=False)

    def action_stop_typing(self) -> None:
        """Back to the list."""
        self._stop_typing()

    def _stop_typing(self) -> None:
        self._typing = ""
        self.query_one("#typed").display = False
        self.set_focus(self.pane)
