"""Every error that iml-tui raises on purpose, in one tree.

    ImlError                     anything a person should read as one sentence
    ├── InputError               the competition or an option cannot be used (exit 2)
    ├── WorkspaceError           the workspace cannot be used (exit 2)
    │   └── NewerJournalError    the workspace was written by a newer iml-tui
    ├── EngineError              the engine could not be started or has died
    ├── WorkerError              a heavy task crashed in its worker process
    └── RefMovedError            a git ref was moved by somebody else

A failed *program* is not an error but a value (`agents.execution.protocol.Outcome`).
A message names the thing, the cause, and what to do, in one sentence without a traceback.
"""

import errno
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_WORDS = ("disk is full", "No space left on device", "Disk quota exceeded")
"""What SQLite and other programs say of it."""


class ImlError(Exception):
    """An error whose text is written for the user."""


class InputError(ImlError):
    """The competition folder or an option cannot be used; nothing was written into it."""


class WorkspaceError(ImlError):
    """The workspace cannot be used."""


class NewerJournalError(WorkspaceError):
    """The journal was written by a newer version and may only be read."""


class EngineError(ImlError):
    """The engine process could not be started, or it has died."""


class WorkerError(ImlError):
    """A heavy task ended its worker process or raised something unforeseen."""


class RefMovedError(ImlError):
    """A compare-and-swap on a git ref found another commit than expected."""


def sentence_of(error: BaseException, workspace: Path) -> str:
    """What is said of an error that ended the engine: one sentence, whatever kind it is.

    Args:
        error: The error; of a group, the first one counts.
        workspace: Where the engine was at work.
    """
    cause = _first(error)
    if is_full_disk(cause):
        return f"The disk that holds {workspace} is full: free some space and start again."
    if isinstance(cause, ImlError):
        return str(cause).splitlines()[0]
    return f"The engine ended by a mistake of its own ({type(cause).__name__}: {cause})."


def is_full_disk(error: BaseException) -> bool:
    """Whether nothing more could be written, by the error's number or its words."""
    cause = _first(error)
    numbered = isinstance(cause, OSError) and cause.errno in _FULL
    return numbered or any(words in str(cause) for words in _FULL_WORDS)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
