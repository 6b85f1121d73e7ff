"""Running git: one process a call, deaf to whatever the user or the folder has configured.

Every call names the repository and its working tree, so that a missing `.git` can never let a
commit land in a repository around the workspace. Nothing of the user's is executed: no hook, no
filter, no signing program, no file-system monitor.
"""

import functools
import importlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agents.errors import WorkspaceError

if TYPE_CHECKING:
    from git import Git

OLDEST_GIT = (2, 30)

_CONFIGURATION = {
    "commit.gpgsign": "false",
    "log.showSignature": "false",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.quotePath": "false",
    "core.fsync": "objects,reference",
    "core.filesRefLockTimeout": "2000",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
}
_ENVIRONMENT = {
    "HOME": "/dev/null",
    "XDG_CONFIG_HOME": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_COMMITTER_NAME": "iml-tui",
    "GIT_COMMITTER_EMAIL": "iml-tui@localhost",
}
_FULL_DISK = re.compile("no space left|disk quota exceeded", re.IGNORECASE)


class Answer(NamedTuple):
    """What git said."""

    status: int
    output: bytes
    error: str


class GitProcess:
    """Runs git on one workspace. Safe to use from several threads: nothing is shared."""

    def __init__(self, workspace: Path) -> None:
        """Names the workspace; it need not exist yet."""
        self.workspace = workspace
        self.git_dir = workspace / ".git"

    def exists(self) -> bool:
        """Whether the workspace has a repository of its own (a link to another is none)."""
        try:
            return stat.S_ISDIR(self.git_dir.lstat().st_mode)
        except OSError:
            return False

    def demand(self) -> None:
        """Makes sure that the workspace has a repository.

        Raises:
            WorkspaceError: it has none.
        """
        if not self.exists():
            raise WorkspaceError(
                f"The repository of {self.workspace} is missing (.git is gone): "
                "put it back, or name another folder with --workspace."
            )

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str | None] | None = None,
        accept: Collection[int] = (0,),
    ) -> Answer:
        """Runs one git command.

        Args:
            *arguments: Command and arguments.
            stdin: What it is fed.
            environment: Additions to its environment, for instance `GIT_INDEX_FILE`.
            accept: Exit statuses that are answers; any other is an error.

        Raises:
            WorkspaceError: there is no repository here, or git failed.
        """
        self.demand()
        where = [f"--git-dir={self.git_dir}", f"--work-tree={self.workspace}"]
        answer = self._execute([*where, *arguments], self.workspace, stdin, environment)
        if answer.status not in accept:
            raise self.failure(arguments[0], answer.error)
        return answer

    def text(self, *arguments: str, accept: Collection[int] = (0,)) -> str:
        """The output of one git command as text, without white space around it."""
        return self.run(*arguments, accept=accept).output.decode("utf-8", "replace").strip()

    def create(self, folder: Path) -> None:
        """Makes a new repository with the branch `main` in `folder`, apart from any template."""
        where = [f"--git-dir={folder / '.git'}", f"--work-tree={folder}"]
        options = ["--quiet", "--template=", "--initial-branch=main", "--object-format=sha1"]
        answer = self._execute([*where, "init", *options], folder)
        if answer.status:
            raise self.failure("init", answer.error)

    def user_setting(self, name: str) -> str:
        """A value of the user's own git configuration; empty when there is none."""
        hidden = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")
        command = [f"--git-dir={self.git_dir}", "config", "--get", name]
        answer = self._execute(command, self.workspace, b"", dict.fromkeys(hidden))
        return answer.output.decode("utf-8", "replace").strip() if not answer.status else ""

    def _execute(
        self,
        arguments: list[str],
        folder: Path,
        stdin: bytes = b"",
        environment: Mapping[str, str | None] | None = None,
    ) -> Answer:
        settings = {**_CONFIGURATION, "safe.directory": str(self.workspace)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        merged: dict[str, str | None] = {**_ENVIRONMENT, **(environment or {})}
        _check_git(os.environ.get("PATH", ""))
        command = [*_git_command(merged), *options, *arguments]
        with explained(self.workspace):
            return _execute(command, folder, stdin, merged)

    def failure(self, command: str, error: str) -> WorkspaceError:
        """What is said when a git command failed with the words `error`."""
        if _FULL_DISK.search(error):
            return _disk_is_full(self.workspace)
        reason = " ".join(error.split()) or "no reason given"
        return WorkspaceError(
            f"git {command} failed in {self.workspace} ({reason[:300]}): "
            "see that the folder can be written to and that `git fsck` finds nothing there."
        )


@contextmanager
def explained(workspace: Path) -> Iterator[None]:
    """Turns failures of the file system into one sentence.

    Raises:
        WorkspaceError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        if _FULL_DISK.search(str(error)):
            raise _disk_is_full(workspace) from error
        raise WorkspaceError(
            f"The workspace {workspace} cannot be used ({error}): "
            "see that it can be read and written, or name another with --workspace."
        ) from error


def _disk_is_full(workspace: Path) -> WorkspaceError:
    return WorkspaceError(
        f"The disk that holds {workspace} is full: free some space and start again."
    )


def _git_command(environment: Mapping[str, str | None]) -> list[str]:
    """`git`, freed of every `GIT_*` variable around us; GitPython itself can only add some."""
    foreign = [name for name in os.environ if name.startswith("GIT_")]
    dropped = [name for name in foreign if environment.get(name) is None]
    unset = [part for name in dropped for part in ("-u", name)]
    return ["env", *unset, "git"] if unset else ["git"]


def _execute(
    command: list[str], folder: Path, stdin: bytes, environment: Mapping[str, str | None]
) -> Answer:
    with tempfile.TemporaryFile() as stream:
        stream.write(stdin)
        stream.seek(0)
        status, output, error = _git_class()(folder).execute(
            command,
            istream=stream,
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            env={name: value for name, value in environment.items() if value is not None},
        )
    return Answer(status, output, error)


@functools.cache
def _git_class() -> "type[Git]":
    """GitPython's process layer, loaded at the first call: a screen paints before it needs git."""
    return importlib.import_module("git").Git  # type: ignore[no-any-return]


@functools.cache
def _check_git(path: str) -> None:
    if shutil.which("git", path=path) is None:
        raise WorkspaceError("git is not installed: install it, the workspace is a git repository.")
    answer = _execute(["git", "--version"], Path("/"), b"", {})
    found = re.search(r"(\d+)\.(\d+)", answer.output.decode("utf-8", "replace"))
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        version = found[0] if found else "of unknown version"
        oldest = ".".join(map(str, OLDEST_GIT))
        raise WorkspaceError(f"git {version} is too old: install git {oldest} or newer.")
