"""Dialogs that end in a decision: controls of the run, answers to questions, words to the agents.

Each asks, and posts what was decided; none of them writes. A dialog about a question closes by
itself when somebody else has answered it.
"""

import os
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen
from typing_extensions import override

from agents import api
from agents.conversation import Reach
from agents.journal.choices import Answer, Tell
from agents.journal.events import GateOpened
from agents.journal.state import State
from iml_tui.deciding.asking import Decided, Said
from iml_tui.deciding.controls import MODES, PARTS, Control, chosen, controls, wrong
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import AskDialog, ChoiceDialog, Option, letters
from iml_tui.screens.finder import Entry, Finder
from iml_tui.screens.instruct import Instruct

_MEANS = {
    "keep": "it stays as it is",
    "undo": "it is taken out again",
    "drop": "it is not told to the agents",
    "insist": "it joins all the same",
    "install": "wheels, into this workspace alone",
    "without": "the program is mended to do without it",
}


class GateDialog(ChoiceDialog):
    """A question that the run asks, and its answers."""

    scene: var[Scene | None] = var[Scene | None](None)

    def __init__(self, gate: GateOpened) -> None:
        """What holds until somebody answers is marked at first."""
        options = [
            Option(str(number), one, _means(gate, one), one)
            for number, one in enumerate(gate.options, start=1)
        ]
        waits = "its track waits for you" if gate.topic == "package" else "nothing waits for it"
        options.append(Option("esc", "Later", waits, ""))
        at = gate.options.index(gate.default) if gate.default in gate.options else 0
        words = gate.question if gate.topic != "instruction" else f"{gate.about}\n{gate.question}"
        title = "The agents ask back" if gate.topic == "instruction" else _title(gate)
        super().__init__(title, words, options, at)
        self.gate = gate.gate

    def watch_scene(self) -> None:
        """Somebody else may have answered."""
        if self.scene is None or not self.is_current:
            return
        known = self.scene.state.gates.get(self.gate)
        if known is not None and not known.answerable and known.decided is not None:
            self.post_message(
                Said(
                    known.opened.says(
                        f"was answered meanwhile: {known.decided.choice.get('option')}, "
                        f"by {known.decided.by}."
                    )
                )
            )
            self.dismiss("")


def _title(gate: GateOpened) -> str:
    if gate.topic == "package":
        return f"Install {gate.about}?"
    return f"What is the {gate.about}?" if gate.topic == "question" else gate.question


def _means(gate: GateOpened, option: str) -> str:
    now = "now; " if option == gate.default and gate.topic == "question" else ""
    means = _MEANS.get(option, "")
    return f"{now}{means}".rstrip("; ") or ""


class ModelFinder(Finder):
    """Models that can be reached, found while the list is open; any other can be typed."""

    class Found(Message):
        """Providers have answered, or have not."""

        def __init__(self, reached: tuple[Reach, ...]) -> None:
            super().__init__()
            self.reached = reached

    def __init__(self, entries: list[Entry]) -> None:
        super().__init__(
            entries,
            foot="Looking for models",
            placeholder="The name of a model, such as ollama/qwen2.5-coder:14b",
            free="Use {}",
        )

    @override
    def compose(self) -> ComposeResult:
        """The same; providers are asked beside it."""
        yield from super().compose()
        self._look()

    @work(thread=True, exit_on_error=False)
    def _look(self) -> None:
        self.post_message(self.Found(api.reachable_models(os.environ)))

    def on_model_finder_found(self, message: Found) -> None:
        """What can be reached joins the list."""
        found = [
            Entry(name, where=reach.title, data=name)
            for reach in message.reached
            for name in reach.models
        ]
        self._foot = "Reached now" if found else "No provider answered: type a name"
        self.add(found)


class Steering:
    """Opens dialogs over a screen and posts what was decided to it."""

    def __init__(self, home: Screen[None]) -> None:
        """`home` is the workbench."""
        self._home = home

    # --- controls -----------------------------------------------------------------------------

    def everything(self, state: State) -> None:
        """Lists what can be steered."""
        entries = [
            Entry(one.title, where=one.now, words=one.search, data=one) for one in controls(state)
        ]
        if not entries:
            self._home.post_message(Said("The run is not there yet: nothing can be steered."))
            return
        self._home.app.push_screen(Finder(entries, placeholder="Steer the run"), self._picked)

    def _picked(self, entry: Entry | None) -> None:
        if entry is not None and isinstance(entry.data, Control):
            self.carry_out(entry.data)

    def carry_out(self, control: Control) -> None:
        """Decides at once, or asks first."""
        match control.kind:
            case "at once" if control.choice is not None:
                self._home.post_message(Decided(control.choice))
            case "confirm":
                self._confirm(control)
            case "pick":
                self._pick(control)
            case "model":
                self._model(control)
            case _:
                self._type(control)

    def _confirm(self, control: Control) -> None:
        yes = Option("y", "Yes", control.title[:1].lower() + control.title[1:], "yes")
        no = Option("esc", "No", "close this", "")
        dialog = ChoiceDialog(f"{control.title}?", control.words, (yes, no))

        def done(answer: str | None) -> None:
            if answer == "yes" and control.choice is not None:
                self._home.post_message(Decided(control.choice))

        self._home.app.push_screen(dialog, done)

    def _pick(self, control: Control) -> None:
        keys = letters([name for name, _ in MODES])
        options = [
            Option(key, name, does, name) for key, (name, does) in zip(keys, MODES, strict=True)
        ]
        now = [name for name, _ in MODES].index(control.now)
        done = partial(self._answered, control)
        self._home.app.push_screen(ChoiceDialog("Change the mode", "", options, now), done)

    def _type(self, control: Control) -> None:
        words = f"Now: {control.now}. {control.words}" if control.now else control.words
        check = partial(wrong, control.id)
        self._home.app.push_screen(
            AskDialog(control.title, words, check=check), partial(self._answered, control)
        )

    def _model(self, control: Control) -> None:
        if control.id not in PARTS:  # one for all of them is chosen where models are tried, too
            self._home.call_later(self._home.run_action, "app.first_start")
            return
        entries = []
        if control.now != "as all others":
            entries.append(Entry("The same as all others", data=""))

        def done(entry: Entry | None) -> None:
            if entry is not None and isinstance(entry.data, str):
                self._answered(control, entry.data)

        self._home.app.push_screen(ModelFinder(entries), done)

    def _answered(self, control: Control, typed: str | None) -> None:
        if typed is not None:
            self._home.post_message(Decided(chosen(control.id, typed)))

    # --- questions and words ------------------------------------------------------------------

    def ask(self, gate: GateOpened) -> None:
        """Shows a question and takes its answer."""

        def done(option: str | None) -> None:
            if option:
                self._home.post_message(Decided(Answer(option=option), gate.gate))

        self._home.app.push_screen(GateDialog(gate), done)

    def instruct(self, scene: Scene) -> None:
        """Takes words for the agents."""

        def done(words: str | None) -> None:
            if words:
                self._home.post_message(Decided(Tell(words=words)))

        self._home.app.push_screen(Instruct(scene), done)
