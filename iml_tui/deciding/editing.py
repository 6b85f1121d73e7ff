"""What the editor holds: a file of a track, or the plan of a candidate, and how it is kept.

A file is kept in the working tree, which is the person's inbox: the engine commits it as theirs and
verifies it. A plan is kept by a decision: its code is written again. Everything here may take a
moment, so the editor calls it in a thread.
"""

import ast
from dataclasses import dataclass
from typing import Protocol

from agents import api
from agents.api import Connection, Place, PlanTextError, plan_text, read_plan
from agents.errors import ImlError, InputError
from agents.journal.choices import Replan
from agents.journal.state import State
from agents.models import CandidatePlan
from iml_tui.deciding.asking import EditWanted, PlanWanted
from iml_tui.deciding.decide import insert, outcome

EDITABLE = ("preprocess.py", "model.py")
LONGEST_LINE = 20_000
PATIENCE_S = 60.0
"""How long an engine at work is waited for when a plan is sent."""


@dataclass(frozen=True)
class Kept:
    """What became of keeping a text."""

    said: str
    """One sentence."""
    done: bool = True
    line: int | None = None
    """Where something is wrong."""
    theirs: str | None = None
    """What lies there now, where it is not what was opened: nothing was kept."""


class Editable(Protocol):
    """A text that is edited."""

    name: str
    """Its suffix says how it is coloured."""
    track: str
    """Whose program changes with it."""
    about: str
    """What it is based on."""
    text: str
    """As it was opened, or last kept."""
    keeping: str
    """What keeping it is called."""
    asks: bool
    """Whether an engine has to answer first."""

    def keep(self, text: str, *, over: bool = False) -> Kept:
        """Keeps the text; `over` what somebody else wrote meanwhile."""

    def beneath(self) -> str | None:
        """What somebody else wrote meanwhile; None where nobody did."""

    def take(self, theirs: str) -> None:
        """From now on it is based on what somebody else wrote."""


class EditableFile:
    """A file of a track."""

    keeping, asks = "save", False

    def __init__(self, place: Place, path: str, lies_there: str, about: str) -> None:
        """Use `open_file`."""
        self._place, self._path = place, path
        self._below = lies_there
        self.name = path.rpartition("/")[2]
        self.track = path.split("/")[1]
        self.about = about
        self.text = lies_there

    def keep(self, text: str, *, over: bool = False) -> Kept:
        """Writes it into the working tree, unless somebody else did meanwhile."""
        theirs = None if over else self.beneath()
        if theirs is not None:
            return Kept(f"{self.name} was changed meanwhile.", done=False, theirs=theirs)
        try:
            api.save_working_file(self._place, self._path, text.encode())
        except ImlError as error:
            return Kept(str(error), done=False)
        except OSError as error:
            return Kept(f"{self.name} cannot be written: {error.strerror}.", done=False)
        self.text = self._below = text
        return _saved(text, self._when())

    def beneath(self) -> str | None:
        """What the engine or another program wrote meanwhile."""
        content = api.working_file(self._place, self._path)
        now = content.decode("utf-8", "replace") if content is not None else ""
        return now if now != self._below else None

    def take(self, theirs: str) -> None:
        """Goes on from what lies there."""
        self.text = self._below = theirs
        self.about = _based_on(self._place, self._path)

    def _when(self) -> str:
        connection = Connection(self._place)
        try:
            alive = connection.alive()
        finally:
            connection.close()
        state = api.state_of(self._place)
        if alive:
            return "the engine verifies it now"
        return "an engine starts to verify it" if state.card else "verified when the run goes on"


def _saved(text: str, when: str) -> Kept:
    """Saved; a text that is no Python is the person's all the same."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        why = getattr(error, "msg", None) or str(error)
        return Kept(f"Saved, but line {line} is no Python ({why}): it cannot pass.", line=line)
    return Kept(f"Saved as yours: {when}.")


def open_file(place: Place, track: str, name: str, commit: str | None = None) -> EditableFile:
    """A file of a track to be edited.

    Args:
        place: Where.
        track: Whose.
        name: Such as `model.py`.
        commit: Edited as of then; without one, as it lies in the workspace, and also where what
            lies there is the person's and nobody has committed it.

    Raises:
        InputError: It cannot be edited here.
    """
    if name not in EDITABLE:
        raise InputError(f"{name} is made by the engine: edit {' or '.join(EDITABLE)} of a track.")
    path = f"tracks/{track}/{name}"
    content = api.working_file(place, path)
    if content is None:
        raise InputError(f"{path} is not there yet: {track} has no program so far.")
    lying = _editable_text(content, path)
    opened = EditableFile(place, path, lying, _based_on(place, path))
    if commit is not None and path not in api.user_edits(place):
        then = _editable_text(api.read_file(place, commit, path).encode(), path)
        if then and then != lying:
            opened.text = then
            opened.about = f"of {track}, as of {commit[:7]}, not as it is now"
    return opened


def _editable_text(content: bytes, path: str) -> str:
    """The text, if an editor of lines gives back the same bytes.

    Raises:
        InputError: It would not.
    """
    text = content.decode("utf-8", "replace")
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    same = text.encode() == content and ends.join(lines) in {text, text.removesuffix(ends)}
    if not same or any(len(one) > LONGEST_LINE for one in lines):
        raise InputError(
            f"{path} holds bytes or lines that this editor would not give back as they are: edit "
            "it with your own."
        )
    return text


def _based_on(place: Place, path: str) -> str:
    """Whose file it is, and the newest commit of the main line that changed the track."""
    track = path.split("/")[1]
    try:
        commits = [one for one in api.history(place, track, limit=50) if one.ref is None]
    except ImlError:
        commits = []
    if not commits:
        return f"of {track}"
    newest = commits[0]
    number = newest.trailers.get("Round")
    words = f"round {number}, " if number else ""
    yours = api.working_file(place, path) != api.read_file(place, newest.id, path).encode()
    since = ", changed by you since" if yours else ""
    return f"of {track}, on {words}{newest.id[:7]}{since}"


class EditablePlan:
    """The plan of a candidate."""

    keeping, asks = "write the code again", True

    def __init__(self, place: Place, state: State, plan: CandidatePlan) -> None:
        """Takes the plan as the journal has it."""
        assert state.blueprint is not None  # it holds the plan
        self._place, self._blueprint, self._plan = place, state.blueprint, plan
        self.name = f"{plan.name}.md"
        self.track = plan.track
        self.about = f"blueprint {state.blueprint.version}"
        self.text = plan_text(plan, state.blueprint)

    def keep(self, text: str, *, over: bool = False) -> Kept:
        """Asks the engine to write the code again; waits for a moment for what it says."""
        del over  # nobody else writes a plan
        try:
            read_plan(text, self._plan, self._blueprint)
            state = api.state_of(self._place)
            gate = insert(self._place, state, Replan(candidate=self._plan.name, text=text))
            said = self._answer(gate, state)
        except PlanTextError as error:
            return Kept(str(error), done=False, line=error.line)
        except ImlError as error:
            return Kept(str(error), done=False)
        self.text = text
        return Kept(said or "Noted: the engine takes it up when the run goes on.")

    def _answer(self, gate: str, state: State) -> str | None:
        """What an engine says; where the run is over, one is started for it."""
        if state.card is not None:
            api.start_engine(self._place, api.settings_for(self._place, {}))
        return outcome(self._place, gate, after=state.seq, patience=PATIENCE_S)

    def beneath(self) -> str | None:
        """A plan is never changed by others: they write further ones."""
        return None

    def take(self, theirs: str) -> None:
        """Nothing to take."""


def opened_for(place: Place, state: State, wanted: EditWanted | PlanWanted) -> Editable:
    """What a person wants to edit.

    Raises:
        InputError: It is not there, or cannot be edited here.
    """
    if isinstance(wanted, EditWanted):
        return open_file(place, wanted.track, wanted.name, wanted.commit)
    plan = next((one for one in state.plans if one.name == wanted.candidate), None)
    if plan is None:
        raise InputError(f"No plan is called {wanted.candidate}.")
    return EditablePlan(place, state, plan)
