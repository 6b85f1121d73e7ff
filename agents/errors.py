"""Every error that iml-tui raises on purpose, in one tree.

    ImlError                     anything a person should read as one sentence
    ├── InputError               the competition or an option cannot be used (exit 2)
    ├── WorkspaceError           the workspace cannot be used (exit 2)
    │   └── NewerJournalError    the workspace was written by a newer iml-tui
    ├── EngineError              the engine could not be started or has died
    ├── WorkerError              a heavy task crashed in its worker process
    ├── RefMovedError            a git ref was moved by somebody else
    ├── RetrievalError           something beyond this machine could not be fetched
    └── ModelError               a language model gave no answer
        ├── TransientModelError  asking again may help
        │   ├── RateLimitedError        the server asks to be called less often
        │   ├── ServerBusyError         the server is overloaded or failed inside
        │   ├── ServerUnreachableError  nobody answers at the address
        │   ├── StreamCutError          the answer broke off
        │   ├── ModelTooSlowError       a deadline passed
        │   └── EmptyReplyError         the answer held nothing
        ├── NotUnderstoodError   its answers cannot be used, however often it is told why
        └── TerminalModelError   asking again will not help
            ├── WrongKeyError           the key is missing, wrong, or not enough
            ├── UnknownModelError       the server has no such model
            ├── ContextOverflowError    the prompt is longer than the model can read
            ├── OutOfMoneyError         the account at the provider is empty
            ├── RequestRefusedError     the server refuses the request for another reason
            ├── BudgetSpentError        the user's own limit is reached
            └── GaveUpError             a transient failure came back too often

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


class RetrievalError(ImlError):
    """A page, a search or a list of checkpoints could not be fetched; the run goes on without."""


class ModelError(ImlError):
    """A language model gave no answer."""


class TransientModelError(ModelError):
    """No answer this time; asking again may help."""

    def __init__(self, sentence: str, wait_s: float | None = None) -> None:
        """Keeps how long the server itself asks to wait.

        Args:
            sentence: What the user reads.
            wait_s: Seconds from now; None where the server did not say.
        """
        super().__init__(sentence)
        self.wait_s = wait_s


class RateLimitedError(TransientModelError):
    """The server asks to be called less often."""


class ServerBusyError(TransientModelError):
    """The server is overloaded or failed inside."""


class ServerUnreachableError(TransientModelError):
    """Nobody answers at the server's address."""


class StreamCutError(TransientModelError):
    """The answer broke off in the middle."""


class ModelTooSlowError(TransientModelError):
    """The first token, the next token or the whole answer took longer than its deadline."""


class EmptyReplyError(TransientModelError):
    """The answer held nothing."""


class NotUnderstoodError(ModelError):
    """The model answers, but none of its answers to this question can be used."""


class TerminalModelError(ModelError):
    """No answer, and asking again will not help."""


class WrongKeyError(TerminalModelError):
    """The key is missing, wrong, or not enough for what is asked."""


class UnknownModelError(TerminalModelError):
    """The server has no such model."""


class ContextOverflowError(TerminalModelError):
    """The prompt is longer than the model can read, or was cut by the server unasked."""


class OutOfMoneyError(TerminalModelError):
    """The account at the provider is empty."""


class RequestRefusedError(TerminalModelError):
    """The server refuses the request for a reason that only a person can mend."""


class BudgetSpentError(TerminalModelError):
    """The user's own limit on tokens or money is reached."""


class GaveUpError(TerminalModelError):
    """A transient failure came back too often."""


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
