"""Looking back: what was committed and proposed, what a moment held, what changed between two."""

import difflib
import re
from collections.abc import Iterable
from typing import Literal

from agents.errors import WorkspaceError
from agents.models import Commit, Frozen, TrackName
from agents.workspace.layout import track_folder
from agents.workspace.message import parse
from agents.workspace.objects import blobs_of, checked_id, contents
from agents.workspace.process import GitProcess

MAIN = "refs/heads/main"
PROPOSALS = "refs/iml/proposals"
EVERYTHING = 1_000_000

_FORMAT = "--format=tformat:%H%x00%P%x00%an%x00%cI%x00%B"
_ROUND = re.compile(r"([a-z][a-z0-9_-]*)(?:\s*/\s*|\s+(?:round\s+)?)(\d+)(?:\s*/\s*(\d+))?")
_UNCONFIGURED_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--full-index")
_DIFF = ("diff-tree", "-p", *_UNCONFIGURED_DIFF, "--src-prefix=a/", "--dst-prefix=b/")


class Change(Frozen):
    """What happens to one file."""

    path: str
    what: Literal["added", "changed", "removed"]


class History:
    """Reads one repository; holds nothing between two calls."""

    def __init__(self, git: GitProcess) -> None:
        """Names the repository."""
        self._git = git

    def commits(self, track: TrackName | None, limit: int) -> list[Commit]:
        """Commits of the main line and proposals apart from it, newest first."""
        where = ["--", track_folder(track)] if track is not None else ["--"]
        order = ["--date-order", f"--max-count={limit}"]
        return self._log(*order, MAIN, f"--glob={PROPOSALS}", *where)

    def commit(self, commit: str) -> Commit:
        """What a commit says of itself."""
        return self._log("--no-walk", checked_id(commit), "--")[0]

    def show(self, commit: str, path: str | None) -> tuple[Commit, str]:
        """A commit and its unified diff to its first parent."""
        found = self.commit(commit)
        if found.parents:
            return found, self.diff(found.parents[0], commit, path)
        first = ("--root", "--no-commit-id", checked_id(commit))
        return found, self._diff_text(*first, "--", *_given(path))

    def diff(self, before: str, after: str, path: str | None) -> str:
        """The unified diff between two commits, below `path` where one is given."""
        ids = checked_id(before), checked_id(after)
        return self._diff_text(*ids, "--", *_given(path))

    def changed_paths(self, before: str, after: str) -> tuple[str, ...]:
        """Paths that differ between two commits."""
        ids = checked_id(before), checked_id(after)
        output = self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", *ids).output
        return tuple(output.decode("utf-8", "surrogateescape").split("\0")[:-1])

    def changes(self, before: str, after: str, track: TrackName) -> tuple[Change, ...]:
        """What leads from one state of a track's files to another."""
        folder = track_folder(track)
        now, then = (blobs_of(self._git, checked_id(one), folder) for one in (before, after))
        return tuple(
            Change(path=path, what=_what(path in now, path in then))
            for path in sorted({*now, *then})
            if now.get(path) != then.get(path)
        )

    def tree(self, commit: str, track: TrackName) -> dict[str, bytes]:
        """The files of a track as of `commit`, by path in the workspace."""
        return self._contents(commit, track_folder(track))

    def files(self, commit: str) -> dict[str, bytes]:
        """Every file as of `commit`, by path."""
        return self._contents(commit)

    def _contents(self, commit: str, *below: str) -> dict[str, bytes]:
        blobs = blobs_of(self._git, checked_id(commit), *below)
        found = contents(self._git, blobs.values())
        return {path: found[blob] for path, blob in blobs.items()}

    def read(self, commit: str, path: str) -> bytes:
        """One file as of `commit`; empty when it was not there."""
        blob = blobs_of(self._git, checked_id(commit), path).get(path)
        return contents(self._git, [blob])[blob] if blob is not None else b""

    def resolve(self, text: str) -> str:
        """The commit that a person means by `text`.

        Raises:
            WorkspaceError: there is none, or several begin like that.
        """
        name = " ".join(text.replace("\0", " ").split())
        named = _ROUND.fullmatch(name.lower())
        found = self._of_round(named[1], int(named[2]), named[3]) if named else None
        found = found or self._of_revision(name)
        if found is None:
            raise WorkspaceError(self._unknown(name))
        return found

    def _of_revision(self, name: str) -> str | None:
        if not name or name.startswith(("-", "^")):
            return None
        revision = f"{name}^{{commit}}"
        answer = self._git.run("rev-parse", "--verify", revision, accept=(0, 1, 128))
        if "ambiguous" in answer.error:
            raise WorkspaceError(f"Several commits begin with {name!r}: write more of its letters.")
        return None if answer.status else answer.output.decode().strip()

    def _of_round(self, track: str, number: int, attempt: str | None) -> str | None:
        if attempt is not None:
            ref = f"{PROPOSALS}/{track}/{number}/{int(attempt)}"
            return self._git.text("for-each-ref", "--format=%(objectname)", ref) or None
        matching = [
            commit
            for commit in self.commits(None, EVERYTHING)
            if commit.trailers.get("Track") == track and commit.trailers.get("Round") == str(number)
        ]
        return next((one.id for one in sorted(matching, key=lambda one: one.ref is not None)), None)

    def _unknown(self, name: str) -> str:
        facts = [one.trailers for one in self.commits(None, EVERYTHING)]
        rounds = (f"{one['Track']} {one['Round']}" for one in facts if {"Track", "Round"} <= {*one})
        names = list(dict.fromkeys(rounds))
        near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.4) or names[:3]
        hint = f"did you mean {' or '.join(near)}?" if near else "see `iml-tui history`."
        return f"Nothing in this history is called {name!r}: {hint}"

    def _log(self, *arguments: str) -> list[Commit]:
        output = self._git.run(
            "log", "-z", "--no-show-signature", "--no-color", _FORMAT, *arguments
        )
        fields = output.output.decode("utf-8", "replace").split("\0")[:-1]
        apart = self._proposals_apart()
        records = (fields[start : start + 5] for start in range(0, len(fields), 5))
        return [_commit(record, apart) for record in records]

    def _proposals_apart(self) -> dict[str, str]:
        form = "--format=%(objectname) %(refname)"
        lines = self._git.text("for-each-ref", form, f"--no-merged={MAIN}", PROPOSALS).splitlines()
        return {commit: ref for commit, _, ref in (line.partition(" ") for line in lines)}

    def _diff_text(self, *arguments: str) -> str:
        return self._git.run(*_DIFF, *arguments).output.decode("utf-8", "replace")


def _commit(record: list[str], proposals: dict[str, str]) -> Commit:
    commit, parents, author, at, message = record
    subject, trailers = parse(message)
    return Commit(
        id=commit,
        parents=tuple(parents.split()),
        author=author,
        at=at,
        subject=subject,
        trailers=trailers,
        ref=proposals.get(commit),
    )


def _what(before: bool, after: bool) -> Literal["added", "changed", "removed"]:
    if not before:
        return "added"
    return "changed" if after else "removed"


def _given(path: str | None) -> Iterable[str]:
    return () if path is None else (path,)
