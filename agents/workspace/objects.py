"""Commits made from bytes, bytes read out of commits; working tree and index are not touched.

A commit is determined by its parent, its files and its message (which holds author and date), so
repeating one after a crash gives the same id.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from agents.errors import WorkspaceError
from agents.workspace.layout import check_files
from agents.workspace.message import CommitMessage
from agents.workspace.process import GitProcess

NO_COMMIT = "0" * 40
_ID = re.compile(r"[0-9a-f]{7,40}")


def blob_id(content: bytes) -> str:
    """The id that git gives to a file of that content."""
    header = b"blob %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def checked_id(commit: str) -> str:
    """`commit` itself when it is a commit id.

    Raises:
        WorkspaceError: it is something else, for instance an option.
    """
    if not _ID.fullmatch(commit):
        raise WorkspaceError(f"{commit!r} is not a commit id: name one that the history lists.")
    return commit


def build_commit(
    git: GitProcess, files: Mapping[str, bytes | None], message: CommitMessage, parent: str | None
) -> str:
    """Stores the commit that replaces `files` in `parent`; no ref leads to it yet.

    Args:
        git: The repository.
        files: Content by path, None for a file that goes; all other paths stay as they are.
        message: Subject, facts, author and date.
        parent: None for the first commit.

    Returns:
        Its id, the same for the same arguments.

    Raises:
        WorkspaceError: a path is not on the allow-list, or git failed.
    """
    check_files(files)
    git.demand()
    with tempfile.TemporaryDirectory(prefix="iml-", dir=git.git_dir) as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        if parent is not None:
            git.run("read-tree", checked_id(parent), environment=index)
        entries = index_entries(_store_blobs(git, files, Path(scratch)))
        git.run("update-index", "-z", "--index-info", stdin=entries, environment=index)
        tree = git.run("write-tree", environment=index).output.decode().strip()
    parents = ["-p", parent] if parent is not None else []
    answer = git.run(
        "commit-tree",
        tree,
        *parents,
        "-F",
        "-",
        stdin=message.render().encode(),
        environment=_signature(message),
    )
    return answer.output.decode().strip()


def index_entries(blobs: Mapping[str, str | None]) -> bytes:
    """Input of `update-index -z --index-info` that sets (or, with None, removes) paths."""
    lines = (
        f"100644 {blob}\t{path}\0" if blob else f"0 {NO_COMMIT}\t{path}\0"
        for path, blob in blobs.items()
    )
    return "".join(lines).encode()


def blobs_of(git: GitProcess, revision: str, *paths: str) -> dict[str, str]:
    """Blob ids by path as of a commit or ref, below `paths` (all by default); no links."""
    listing = git.run("ls-tree", "-r", "-z", "--full-tree", revision, "--", *paths).output
    blobs: dict[str, str] = {}
    for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        mode, kind, blob = facts.split(" ")
        if kind == "blob" and mode != "120000":
            blobs[path] = blob
    return blobs


def contents(git: GitProcess, blobs: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs by id, in one call."""
    wanted = list(dict.fromkeys(blobs))
    request = "".join(f"{blob}\n" for blob in wanted).encode()
    output = git.run("cat-file", "--batch", stdin=request).output if wanted else b""
    found: dict[str, bytes] = {}
    at = 0
    for blob in wanted:
        line = output.index(b"\n", at)
        fields = output[at:line].split(b" ")
        if len(fields) != 3:
            raise WorkspaceError(
                f"The repository of {git.workspace} has lost {blob}: run `git fsck` there."
            )
        end = line + 1 + int(fields[2])
        found[blob] = output[line + 1 : end]
        at = end + 1
    return found


def _store_blobs(
    git: GitProcess, files: Mapping[str, bytes | None], scratch: Path
) -> dict[str, str | None]:
    blobs: dict[str, str | None] = {}
    names: list[str] = []
    for number, (path, content) in enumerate(files.items()):
        blobs[path] = None if content is None else blob_id(content)
        if content is not None:
            source = scratch / f"blob-{number}"
            source.write_bytes(content)
            names.append(f"{source}\n")
    git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin="".join(names).encode())
    return blobs


def _signature(message: CommitMessage) -> dict[str, str]:
    person = {"NAME": message.author.name, "EMAIL": message.author.email, "DATE": message.stamp()}
    roles = ("AUTHOR", "COMMITTER")
    return {f"GIT_{role}_{key}": value for role in roles for key, value in person.items()}
