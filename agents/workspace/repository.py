"""The git repository of a workspace: scaffold, propose, accept, go back, look back.

The working tree is an output and the user's inbox, never an input of an execution. Commits are
made from bytes; a ref moves by compare-and-swap; only then are files and index written. Killed
between any two of these, `repair` makes the workspace whole, and repeating the call gives the same
commit. One writer at a time; readers of the history never wait.
"""

import datetime
import threading
from collections.abc import Mapping
from pathlib import Path

from agents.errors import RefMovedError, WorkspaceError
from agents.models import Commit, Frozen, TrackName
from agents.workspace.history import MAIN, PROPOSALS, History
from agents.workspace.index import clear_orphans
from agents.workspace.layout import STATE_DIR, check_files, template_files, track_folder, track_of
from agents.workspace.message import CommitMessage, Person
from agents.workspace.objects import NO_COMMIT, blob_id, blobs_of, build_commit, checked_id
from agents.workspace.process import GitProcess, explained
from agents.workspace.scaffolding import create_repository, refuse_foreign
from agents.workspace.working_tree import WorkingTree

Files = Mapping[str, bytes | None]
"""New content by path in the workspace; None for a file that goes."""

SEARCHED_FOR_REPETITION = 200
"""Commits of the main line among which an accept that is repeated looks for itself."""
ATTEMPTS_TO_MOVE = 20

_WRITERS: dict[Path, threading.RLock] = {}
"""One lock a workspace, whatever number of `Repository` objects a process makes."""


class UserEdits(Frozen):
    """What the user changed, as committed in their name."""

    commit: str
    tracks: tuple[TrackName, ...]
    """Tracks whose files changed: they are verified again."""


class Repository:
    """One workspace's history. Methods block for some ten milliseconds."""

    def __init__(self, workspace: Path) -> None:
        """Names the workspace; nothing is read or written yet."""
        self.workspace = workspace.absolute()
        self._git = GitProcess(self.workspace)
        self._history = History(self._git)
        self._working_tree = WorkingTree(self._git)
        self._writer = _WRITERS.setdefault(self.workspace, threading.RLock())

    # --- a new workspace ----------------------------------------------------------------------

    def refuse_foreign(self) -> None:
        """Refuses, before anything is written, a folder that cannot become our workspace.

        Raises:
            WorkspaceError: it is a file, holds foreign files, or is somebody else's repository.
        """
        with explained(self.workspace):
            refuse_foreign(self._git)

    def scaffold(self, task_name: str, when: datetime.datetime) -> str:
        """Makes the folder a workspace, or makes it whole when a start was broken off.

        Args:
            task_name: Title of the workspace's README.
            when: Date of the first commit (aware), from the journal.

        Returns:
            The commit at the tip of the main line.

        Raises:
            WorkspaceError: the folder belongs to somebody else, or cannot be used.
        """
        with self._writer, explained(self.workspace):
            refuse_foreign(self._git)
            (self.workspace / STATE_DIR).mkdir(parents=True, exist_ok=True)
            if not self._git.exists():
                create_repository(self._git)
            if self._tip() is None:
                message = CommitMessage(at=when, subject=f"start: workspace for {task_name}")
                first = self.build_commit(template_files(task_name), message, None)
                self.move_ref(first, None)
            self.repair()
            return self.tip()

    def repair(self) -> None:
        """Makes whole what a crash interrupted. To be called once by an engine that starts.

        Raises:
            WorkspaceError: the repository is missing, or cannot be written to.
        """
        with self._writer, explained(self.workspace):
            self.tip()
            clear_orphans(self._git.git_dir)
            self.materialise()

    # --- proposals and the main line ----------------------------------------------------------

    def propose(
        self,
        track: TrackName,
        round_number: int,
        attempt: int,
        files: Files,
        message: CommitMessage,
        parent: str | None = None,
    ) -> str:
        """Keeps a proposal under `refs/iml`; main line, index and files are not touched.

        Args:
            track: Whose files it replaces.
            round_number: Of the track.
            attempt: Counts proposals of one round.
            files: Paths below the track's folder.
            message: Subject, facts, author and date.
            parent: What it builds on; the tip of the main line when absent.

        Returns:
            The commit, the same for the same arguments.

        Raises:
            WorkspaceError: a path is not one of the track's, or git failed.
        """
        folder = track_folder(track)
        others = [path for path in files if track_of(path) != track]
        if others:
            raise WorkspaceError(f"A proposal for {track} may change only {folder}: {others[0]!r}.")
        ref = f"{PROPOSALS}/{track}/{round_number}/{attempt}"
        with self._writer:
            commit = self.build_commit(files, message, parent or self.tip())
            self._git.run("update-ref", ref, commit)
            return commit

    def accept(self, files: Files, message: CommitMessage) -> str:
        """Commits `files` on the tip of the main line and writes them out.

        Repeating the call, also after a crash inside it, finds the same commit again.

        Args:
            files: What changes; all other paths stay as they are at the tip.
            message: Subject, facts, author and date: the key of this acceptance.

        Returns:
            The commit.

        Raises:
            WorkspaceError: a path is not on the allow-list, or git failed.
            RefMovedError: the main line moved again and again meanwhile.
        """
        with self._writer:
            check_files(files)
            commit = self._accepted_before(files, message) or self._commit_on_tip(files, message)
            self.materialise()
            return commit

    def _commit_on_tip(self, files: Files, message: CommitMessage) -> str:
        for _ in range(ATTEMPTS_TO_MOVE):
            tip = self.tip()
            commit = self.build_commit(files, message, tip)
            try:
                self.move_ref(commit, tip)
            except RefMovedError:
                continue
            return commit
        raise RefMovedError(f"The main line of {self.workspace} moves all the time: try again.")

    def _accepted_before(self, files: Files, message: CommitMessage) -> str | None:
        """The commit of the main line with this very message, date and content."""
        form = "--format=%H %ct%n%B"
        log = self._git.run("log", "-z", f"--max-count={SEARCHED_FOR_REPETITION}", form, MAIN, "--")
        wanted = {path: None if text is None else blob_id(text) for path, text in files.items()}
        said = message.stamp().split()[0], message.render().strip()
        for entry in log.output.decode("utf-8", "replace").split("\0")[:-1]:
            facts, _, text = entry.partition("\n")
            commit, at = facts.split()
            if (at, text.strip()) == said:
                blobs = blobs_of(self._git, commit)
                if all(blobs.get(path) == blob for path, blob in wanted.items()):
                    return commit
        return None

    def build_commit(self, files: Files, message: CommitMessage, parent: str | None) -> str:
        """First sub-step of accepting: stores the commit; no ref leads to it yet."""
        with self._writer, explained(self.workspace):
            return build_commit(self._git, files, message, parent)

    def move_ref(self, new: str, old: str | None) -> None:
        """Second sub-step: moves the main line from `old` to `new`; done already is done.

        Raises:
            RefMovedError: the main line is somewhere else.
            WorkspaceError: git cannot move it.
        """
        with self._writer:
            if self._tip() == new:
                return
            arguments = ("update-ref", MAIN, checked_id(new), old or NO_COMMIT)
            answer = self._git.run(*arguments, accept=(0, 1, 128))
            if answer.status and self._tip() != old:
                raise RefMovedError(f"Somebody else moved the main line of {self.workspace}.")
            if answer.status:
                raise self._git.failure("update-ref", answer.error)

    def materialise(self) -> None:
        """Third sub-step: writes files and index entries that lag behind the main line.

        A file that the user has changed is left as it is. Nothing is written while the user is on
        another branch or in the middle of a rebase or merge.
        """
        with self._writer, explained(self.workspace):
            self._working_tree.materialise()

    # --- the user's own changes ---------------------------------------------------------------

    def user_edits(self) -> dict[str, bytes | None]:
        """Files that the user has changed and not committed; None for one that was removed."""
        with self._writer, explained(self.workspace):
            return self._working_tree.user_edits()

    def commit_user_edits(
        self, edits: Files, when: datetime.datetime, subject: str = ""
    ) -> UserEdits | None:
        """Commits what `user_edits` found, in the user's name.

        Returns:
            The commit and the tracks that changed; None when there is nothing to commit.
        """
        if not edits:
            return None
        tracks = _tracks(edits)
        single = tracks[0] if len(tracks) == 1 else None
        names = ", ".join(path.removeprefix("tracks/") for path in edits)
        default = f"edit({single}): {names}" if single else f"edit: {names}"
        message = CommitMessage(
            at=when, subject=subject or default, author=self._user(), track=single
        )
        return UserEdits(commit=self.accept(edits, message), tracks=tracks)

    def _user(self) -> Person:
        name = _plain(self._git.user_setting("user.name"))
        email = _plain(self._git.user_setting("user.email"))
        has_letters = any(letter.isalnum() for letter in name)
        return Person(name=name if has_letters else "you", email=email or "you@localhost")

    def tracks_changed(self, before: str, after: str) -> tuple[TrackName, ...]:
        """Tracks whose files differ between two commits, for instance after the user's own."""
        return _tracks(self._history.changed_paths(before, after))

    # --- going back ---------------------------------------------------------------------------

    def go_back(self, track: TrackName, to: str, message: CommitMessage) -> str:
        """Commits the track's files as of `to` on the tip, deletions included.

        Nothing is rewritten: what came later stays in the history. The user's edits are to be
        committed before.
        """
        with self._writer:
            later = dict.fromkeys(self.tree(self.tip(), track))
            return self.accept({**later, **self.tree(to, track)}, message)

    # --- looking back -------------------------------------------------------------------------

    def tip(self) -> str:
        """The commit at the tip of the main line.

        Raises:
            WorkspaceError: there is no repository, or nothing was committed yet.
        """
        tip = self._tip()
        if tip is None:
            raise WorkspaceError(
                f"The repository of {self.workspace} has no branch main: start iml-tui there again."
            )
        return tip

    def _tip(self) -> str | None:
        return self._git.text("rev-parse", "--verify", "--quiet", MAIN, accept=(0, 1)) or None

    def history(self, track: TrackName | None = None, limit: int = 200) -> list[Commit]:
        """Commits of the main line and proposals apart from it (`ref` set), newest first."""
        return self._history.commits(track, limit)

    def show(self, commit: str, path: str | None = None) -> tuple[Commit, str]:
        """A commit and its unified diff to its first parent, below `path` where one is given."""
        return self._history.show(commit, path)

    def commit(self, commit: str) -> Commit:
        """What a commit says of itself."""
        return self._history.commit(commit)

    def files(self, commit: str) -> dict[str, bytes]:
        """Every file of the workspace as of `commit`, by path."""
        return self._history.files(commit)

    def tree(self, commit: str, track: TrackName) -> dict[str, bytes]:
        """The files of a track as of `commit`, by path in the workspace."""
        return self._history.tree(commit, track)

    def read(self, commit: str, path: str) -> bytes:
        """One file as of `commit`; empty when it was not there."""
        return self._history.read(commit, path)

    def diff(self, before: str, after: str, path: str | None = None) -> str:
        """The unified diff between two commits, below `path` where one is given."""
        return self._history.diff(before, after, path)

    def resolve(self, text: str) -> str:
        """The commit that a person means: `neural 2`, `neural/2/1`, an id's beginning, `HEAD~2`.

        Raises:
            WorkspaceError: there is none, or several begin like that.
        """
        return self._history.resolve(text)

    def state(self) -> str:
        """One sentence for the status line; empty when all is as it should be."""
        if not self._git.exists():
            return f"the repository is missing: {self._git.git_dir} is gone"
        detour = self._working_tree.detour()
        if detour:
            return f"{detour}: accepted changes go to main only, your files stay as they are"
        if (self._git.git_dir / "index.lock").exists():
            return "git is busy in the workspace (.git/index.lock)"
        kept_out = self._working_tree.kept_out()
        return f"{kept_out[0]} stays out of git: too large, or no plain file" if kept_out else ""


def _tracks(paths: Mapping[str, object] | tuple[str, ...]) -> tuple[TrackName, ...]:
    return tuple(sorted({track for path in paths if (track := track_of(path)) is not None}))


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>").strip()
