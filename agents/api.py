"""The front door of the engine: locate, launch, follow, decide, look back, look around.

Screens and command lines come in here and nowhere else. Importing it loads no pandas, no learning
library and no model client; the engine itself is another process.
"""

import asyncio
import difflib
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import platformdirs
from pydantic import JsonValue

from agents.conversation import Progress as PullProgress
from agents.conversation import Reach
from agents.errors import InputError, WorkspaceError
from agents.journal.choices import (
    Answer,
    Back,
    Choice,
    Redecide,
    Stop,
    as_row,
    gate_for,
)
from agents.journal.events import GateOpened, Progress, Recorded
from agents.journal.folding import fold
from agents.journal.hunks import Hunk, hunks_between, kept_in_part
from agents.journal.state import Gate, State
from agents.journal.store import JournalReader
from agents.journal.talks import Told
from agents.launch import launch, refuse_unwritable
from agents.lock import engine_alive
from agents.models import Commit, Diagnosis, Frozen, Hindsight
from agents.plan_text import PlanTextError as PlanTextError
from agents.plan_text import plan_text as plan_text
from agents.plan_text import read_plan as read_plan
from agents.settings import PROJECT_FILE, Settings, resolve_settings
from agents.workspace.disk import read_allowed, write_atomically
from agents.workspace.layout import check_files
from agents.workspace.repository import Repository

STATE_DIR = ".iml"
WORKSPACE_NAME = "pipeline"
STOPPING_S, STOPPING_POLLS = 30.0, 150
"""So long an engine is waited for that was asked to stop: its programs end first."""


class Place(Frozen):
    """Where the data lies and where the pipeline is built."""

    competition: Path
    workspace: Path
    note: str = ""
    """Said to the user when the workspace could not lie in the competition."""

    @property
    def state_dir(self) -> Path:
        """The workspace's `.iml`."""
        return self.workspace / STATE_DIR

    @property
    def has_run(self) -> bool:
        """Whether a run was ever started here."""
        return (self.state_dir / "journal.db").exists()


def locate(folder: Path, workspace: Path | None = None) -> Place:
    """Finds competition and workspace from what the user typed.

    `folder` may be a competition or a workspace. A competition that cannot be written to gets its
    workspace beside the current directory.

    Raises:
        InputError: there is no such folder, it cannot be read, or its name is no text.
    """
    folder = folder.expanduser().absolute()
    _refuse_unspeakable(folder)
    if not folder.exists():
        raise InputError(f"{folder} does not exist: name the folder that holds your data.")
    if not folder.is_dir():
        raise InputError(f"{folder} is a file: name the folder that it lies in.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"{folder} cannot be read: give yourself access to it.")
    if (folder / PROJECT_FILE).exists() and (folder / STATE_DIR).exists():
        return Place(competition=_competition_of(folder), workspace=folder)
    if workspace is not None:
        return Place(competition=folder, workspace=workspace.expanduser().absolute())
    inside = folder / WORKSPACE_NAME
    if inside.exists() or os.access(folder, os.W_OK):
        return Place(competition=folder, workspace=inside)
    beside = Path.cwd() / f"{folder.name}-{WORKSPACE_NAME}"
    note = f"{folder} cannot be written to: the workspace is {beside}."
    return Place(competition=folder, workspace=beside, note=note)


def _refuse_unspeakable(folder: Path) -> None:
    """Says no to a path that no file of ours could hold as text."""
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        shown = str(folder).encode(errors="replace").decode()
        raise InputError(
            f"The name of {shown} is not UTF-8 here: rename it, or start iml-tui with LANG=C.UTF-8."
        ) from error


def _competition_of(workspace: Path) -> Path:
    reader = JournalReader(workspace / STATE_DIR)
    try:
        state = fold(reader.of_kinds("run-started"))
    finally:
        reader.close()
    return Path(state.competition) if state.competition else workspace.parent


def settings_for(place: Place, given: dict[str, JsonValue]) -> Settings:
    """Settings of a run at `place`, from every source.

    Raises:
        InputError: a source names an unknown setting or an unusable value.
    """
    return resolve_settings(given, workspace=place.workspace)


class Connection:
    """A viewer's connection to one workspace: facts in, decisions out."""

    def __init__(self, place: Place, after: int = 0) -> None:
        """Opens the journal of `place`.

        Args:
            place: Where it lies.
            after: Number of the last fact that is known already.

        Raises:
            WorkspaceError: nothing was ever run there.
        """
        self.place = place
        self._reader = JournalReader(place.state_dir, after)
        self.notice = self._reader.notice

    def changed(self) -> bool:
        """Whether anything was written since the last call; cheap enough for ten times a second."""
        return self._reader.changed()

    def new(self, limit: int = 100_000, *, settled: bool = False) -> list[Recorded]:
        """Facts not returned before, in order.

        Args:
            limit: How many there are at most.
            settled: Whether steps that began and ended among them are left out: whoever wants the
                state alone does without.
        """
        return self._reader.new(limit, settled=settled)

    def of_kinds(self, *kinds: str) -> list[Recorded]:
        """All facts of some kinds, such as `run-finished`, in order; cheap in a long run."""
        return self._reader.of_kinds(*kinds)

    def progress(self) -> dict[str, Progress]:
        """What is under way, by step path."""
        return self._reader.progress()

    def active(self) -> float:
        """Active seconds of the run as of the engine's last tick (once a second)."""
        return self._reader.active()

    def alive(self) -> bool:
        """Whether an engine works on this workspace right now."""
        return engine_alive(self.place.state_dir)

    def stop(self, by: str) -> None:
        """Asks the engine to stop in good order; the next start goes on."""
        self.decide(Stop(), by)

    def go_back(self, track: str, to: str, by: str) -> str:
        """Asks the engine to set `track` back to the moment `to` (a commit id); the gate."""
        return self.decide(Back(track=track, to=to), by)

    def redecide(self, metric: str, by: str) -> str:
        """Asks the engine to judge everything by another metric; the gate."""
        return self.decide(Redecide(metric=metric), by)

    def decide(self, choice: Choice, by: str) -> str:
        """Inserts a decision that answers no gate; the gate of its own that it gets.

        Args:
            choice: What is decided; see `agents.journal.choices`.
            by: Who decides.
        """
        gate = gate_for(choice)
        self._reader.decide(gate, as_row(choice), by)
        return gate

    def answer(self, state: State, gate: str, answer: Answer, by: str) -> None:
        """Answers a gate.

        Args:
            state: The workspace as of now.
            gate: Its name.
            answer: The chosen option.
            by: Who answers.

        Raises:
            InputError: there is no such gate, it takes no such answer, or it has one already.
        """
        known = state.gates.get(gate)
        if known is None:
            raise InputError(_no_such_gate(state, gate))
        if not known.answerable:
            raise InputError(_answered(known))
        if answer.option not in (opened := known.opened).options:
            takes = " or ".join(opened.options)
            raise InputError(opened.says(f"takes {takes}, not {answer.option!r}."))
        if answer.hunks:
            _check_hunks(self._programs(opened), opened, answer)
        if not self._reader.decide(gate, as_row(answer), by):
            raise InputError(opened.says("was answered already, and the first answer counts."))

    def given(self, gate: str) -> Answer | None:
        """What lies there as the answer to a gate, taken up or not."""
        rows = {row.gate: row.choice for row in self._reader.undecided(set())}
        return Answer.model_validate(rows[gate]) if gate in rows else None

    def hunks(self, gate: GateOpened) -> tuple[Hunk, ...]:
        """The changes of a proposal, numbered as an answer to its gate names them."""
        before, after = self._programs(gate)
        return hunks_between(before, after)

    def _programs(self, gate: GateOpened) -> tuple[dict[str, str], dict[str, str]]:
        """What a proposal changes and what it makes of it; empty where a gate is of none."""
        if gate.base is None or gate.commit is None or gate.track is None:
            return {}, {}
        tree, track = _repository(self.place).tree, gate.track
        return _program(tree(gate.base, track)), _program(tree(gate.commit, track))

    def waiting(self, state: State) -> bool:
        """Whether decisions lie there that no engine has taken up."""
        return bool(self._reader.undecided(set(state.taken)))

    def stopping(self) -> bool:
        """Whether the engine at work was asked to stop."""
        begun = self._reader.of_kinds("engine-started")
        asked = (row for row in self._reader.undecided(set()) if row.choice.get("do") == "stop")
        return any(row.at >= begun[-1].at for row in asked)

    def unread(self, state: State) -> tuple[Told, ...]:
        """What was told in words and no engine has taken up, oldest first."""
        rows = self._reader.undecided(set(state.taken))
        tells = (row for row in rows if row.choice.get("do") == "tell")
        return tuple(Told(row.gate, str(row.choice.get("words", ""))) for row in tells)

    def close(self) -> None:
        """Closes the journal."""
        self._reader.close()


def _no_such_gate(state: State, gate: str) -> str:
    names = [one.gate for one in state.open_gates]
    near = difflib.get_close_matches(gate, state.gates, n=1)
    if near:
        return f"No gate is called {gate!r}: did you mean {near[0]}?"
    waits = f"these wait: {', '.join(names)}" if names else "nothing waits for an answer"
    return f"No gate is called {gate!r}: {waits}."


def _answered(gate: Gate) -> str:
    """Why a gate takes no answer any more."""
    if gate.decided is None or gate.closed:
        return gate.opened.says(f"needs no answer any more: {gate.closed}.")
    option = gate.decided.choice.get("option")
    return gate.opened.says(f"was answered already: {option}, by {gate.decided.by}.")


def _check_hunks(
    programs: tuple[dict[str, str], dict[str, str]], gate: GateOpened, answer: Answer
) -> None:
    before, after = programs
    hunks = hunks_between(before, after)
    if gate.topic != "proposal" or answer.option != gate.default:
        raise InputError(f"--hunks goes with {gate.default} of a proposal only.")
    if unknown := sorted(set(answer.hunks) - {one.number for one in hunks}):
        raise InputError(
            gate.says(f"has no change {unknown[0]}: they are numbered 1 to {len(hunks)}.")
        )
    if not all(kept_in_part(before, after, answer.hunks).values()):
        raise InputError(
            f"Nothing of a whole file would be left: keep or undo {gate.in_words} as a whole."
        )


def _program(tree: Mapping[str, bytes]) -> dict[str, str]:
    """The two parts of a track's program, by name."""
    named = {path.rpartition("/")[2]: text for path, text in tree.items()}
    parts = ("preprocess.py", "model.py")
    return {name: named[name].decode("utf-8", "replace") for name in parts if name in named}


def start_engine(
    place: Place, settings: Settings, *, new: bool = False, looking: bool = False
) -> bool:
    """Starts the engine of a workspace unless one runs or nothing is left to do.

    Blocks until the engine has said that it is there (about a second).

    Args:
        place: Where.
        settings: Of a new run; a run that goes on keeps its own.
        new: Starts run N+1 in a workspace whose last run is over.
        looking: Whether nobody asked for more than to see it: where a run is over, edits of the
            person's own wait until they do.

    Returns:
        Whether an engine was started.

    Raises:
        InputError: the competition cannot be used; nothing was written into it.
        WorkspaceError: the workspace cannot be used.
        EngineError: the engine did not come up.
    """
    refuse_unwritable(place.workspace)
    if engine_alive(place.state_dir) and not _stops(place):
        return False
    if place.has_run and not new and not _work_left(place, looking=looking):
        return False
    before = _engines_started(place)
    request: JsonValue = {
        "competition": str(place.competition),
        "settings": settings.model_dump(mode="json"),
        "new": new,
    }
    launch(place.workspace, request, lambda: _engines_started(place) > before)
    return True


def _stops(place: Place) -> bool:
    """Whether the engine was asked to stop, and has: who opens the run again has it go on."""
    connection = Connection(place)
    asked = connection.stopping()
    connection.close()
    for _ in range(STOPPING_POLLS if asked else 0):
        if not engine_alive(place.state_dir):
            return True
        time.sleep(STOPPING_S / STOPPING_POLLS)
    return False


def _engines_started(place: Place) -> int:
    if not place.has_run:
        return 0
    reader = JournalReader(place.state_dir)
    try:
        return len(reader.of_kinds("engine-started"))
    except WorkspaceError:
        return 0
    finally:
        reader.close()


def _work_left(place: Place, *, looking: bool) -> bool:
    connection = Connection(place)
    try:
        state = fold(connection.of_kinds("run-started", "run-finished", "decision-taken"))
        unfinished = state.card is None or connection.waiting(state)
        return unfinished or (not looking and bool(user_edits(place)))
    finally:
        connection.close()


def state_of(place: Place) -> State:
    """The workspace as of now, from its journal.

    Raises:
        WorkspaceError: nothing was ever run there.
    """
    connection = Connection(place)
    try:
        return fold(connection.new(settled=True))
    finally:
        connection.close()


def history(place: Place, track: str | None = None, limit: int = 200) -> list[Commit]:
    """Commits and proposals of the workspace, newest first."""
    return _repository(place).history(track=track, limit=limit)


def show(place: Place, revision: str) -> tuple[Commit, str]:
    """One moment and its unified diff.

    Args:
        place: Where.
        revision: A commit id or its beginning, or `traditional 2`.
    """
    repository = _repository(place)
    return repository.show(repository.resolve(revision))


def diff(place: Place, before: str, after: str, track: str | None = None) -> str:
    """What leads from one moment to another, as a unified diff.

    Args:
        place: Where.
        before: A commit id or its beginning, or `traditional 2`.
        after: The same of the later moment.
        track: Of this track only.
    """
    repository = _repository(place)
    ids = repository.resolve(before), repository.resolve(after)
    return repository.diff(*ids, f"tracks/{track}" if track is not None else None)


def hindsight(place: Place) -> Hindsight | None:
    """What the winner said of rows that it never saw, beside the truth; loads pandas.

    None where the run has no winner, or nothing usable is stored of it.
    """
    from agents.hindsight import look_back

    connection = Connection(place)
    try:
        facts = connection.new()
    finally:
        connection.close()
    state = fold(facts)
    if state.card is None or state.card.winner is None or state.task is None:
        return None
    of_run = [fact for fact in facts if fact.run == state.run]
    try:
        return look_back(of_run, place.state_dir, state.task, state.card.winner)
    except LookupError:
        return None


def read_file(place: Place, commit: str, path: str) -> str:
    """A file of the workspace as of `commit`; empty when it was not there."""
    return _repository(place).read(commit, path).decode("utf-8", errors="replace")


def read_files(place: Place, commit: str) -> dict[str, str]:
    """Every file of the workspace as of `commit`, by path."""
    files = _repository(place).files(commit)
    return {path: content.decode("utf-8", "replace") for path, content in files.items()}


def working_file(place: Place, path: str) -> bytes | None:
    """What lies in the working tree under `path`; None where it is no file of ours.

    Args:
        place: Where.
        path: In the workspace, such as `tracks/neural/model.py`.
    """
    return read_allowed(place.workspace, ()).get(path)


def save_working_file(place: Place, path: str, content: bytes) -> None:
    """Puts a person's edit where an engine finds it: into the working tree.

    Args:
        place: Where.
        path: In the workspace; a file that lies there already.
        content: What it holds from now on.

    Raises:
        WorkspaceError: no such file lies there, or it is too long for git.
    """
    check_files({path: content})
    if working_file(place, path) is None:
        raise WorkspaceError(f"{path} is no file of {place.workspace} any more: open it again.")
    write_atomically(place.workspace / path, content, place.state_dir)


def read_commit(place: Place, commit: str) -> Commit:
    """What a commit says of itself."""
    return _repository(place).commit(commit)


def user_edits(place: Place) -> tuple[str, ...]:
    """Files of the workspace that the person has changed and nobody has committed."""
    return tuple(sorted(_repository(place).user_edits()))


def resolve_revision(place: Place, revision: str) -> str:
    """The full id of what the user named.

    Raises:
        WorkspaceError: nothing or several things are called that.
    """
    return _repository(place).resolve(revision)


def added_packages(place: Place) -> dict[str, str]:
    """The modules that were installed for the programs of a workspace, each with its pin."""
    from agents.execution.installing import layered

    return layered(place.state_dir / "env" / "site")


def _repository(place: Place) -> Repository:
    if shutil.which("git") is None:
        raise WorkspaceError("git is not installed: install it, the workspace is a git repository.")
    return Repository(place.workspace)


def reachable_models(environment: Mapping[str, str]) -> tuple[Reach, ...]:
    """Every known provider of models as it is found now; takes five seconds or little more at most.

    Args:
        environment: Says where providers are and holds keys.
    """
    from agents.llm.opening import usual_keys
    from agents.llm.survey import survey

    return asyncio.run(survey(environment, usual_keys()))


def pull_model(
    name: str, environment: Mapping[str, str], told: Callable[[PullProgress], None]
) -> None:
    """Has an Ollama server download a model; blocks until it is there.

    Args:
        name: Such as `ollama/qwen2.5-coder:14b`.
        environment: Says where the server is.
        told: Hears how far it has come.

    Raises:
        InputError: the name is not one of a model of Ollama.
        ModelError: the server cannot be reached, or knows no such model.
    """
    from agents.llm.opening import usual_keys
    from agents.llm.survey import pull

    async def follow() -> None:
        async for progress in pull(name, environment, usual_keys()):
            told(progress)

    asyncio.run(follow())


def check_model_name(name: str, environment: Mapping[str, str]) -> None:
    """Says no to a name that names no model of any provider; nobody is called.

    Raises:
        InputError: the name means nothing.
    """
    from agents.llm.catalog import address_of

    address_of(name, environment)


def try_model(name: str, environment: Mapping[str, str], told: Callable[[Diagnosis], None]) -> None:
    """Calls a model: an answer, structured output, how much it reads.

    Args:
        name: As settings name it.
        environment: Says where providers are and holds keys.
        told: Hears each diagnosis at once.
    """
    from agents.checkup import check_model
    from agents.llm.opening import usual_keys

    async def follow() -> None:
        async for diagnosis in check_model(name, environment, usual_keys()):
            told(diagnosis)

    asyncio.run(follow())


def check_up(
    models: Sequence[str],
    environment: Mapping[str, str],
    workspace: Path,
    told: Callable[[Diagnosis], None],
) -> None:
    """Tries out what a run needs, one thing after the other.

    Args:
        models: Names of the models to call.
        environment: Says where providers are and holds keys.
        workspace: Folder on whose disk pipelines are built.
        told: Hears each diagnosis at once.
    """
    from agents.checkup import check_machine, check_model
    from agents.llm.opening import usual_keys

    async def follow() -> None:
        cache = Path(platformdirs.user_cache_dir("iml-tui"))
        async for diagnosis in check_machine(workspace, cache):
            told(diagnosis)
        for name in models:
            async for diagnosis in check_model(name, environment, usual_keys()):
                told(diagnosis)

    asyncio.run(follow())
