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
