"""What healed which fault before: for the next track, and for the next run.

A fault is known by its signature: its class, the exception, and the message without what belongs to
one data set. Entries are lines of JSON in files that only grow at their end and are cut from their
start; several runs may write at once. A signature names no cell and no column of the user's data;
the sentence on the change is kept as it was written.
"""

import contextlib
import fcntl
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from agents.models import Fault, Frozen

FILE = "repairs.jsonl"
MOST_ENTRIES = 500
MOST_LETTERS = 300
OF_LIBRARIES = {"incompatible API", "missing dependency"}
"""In these classes quoted names are a library's, and tell one fault from another."""

_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit)): ?")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|\([^)]*\d[^)]*\)")
_NUMBER = re.compile(r"-?\d[\d_.,e+]*")
_PATH = re.compile(r"\(?(?:/|[A-Z]:\\)[^\s'\")]+\)?")
_CALL = re.compile(r"\b((?:\w+\.)*\w+)\(\)")


class Healing(Frozen):
    """One repair and what became of it."""

    signature: str
    rule: str
    """The kind of change: a rule of `quick_fixes`, or `edit` where a model wrote it."""
    what: str
    """One sentence."""
    healed: bool


def signature(fault: Fault) -> str:
    """What makes two faults the same, whatever data they arose on."""
    first = (fault.message.strip().splitlines() or [""])[0]
    found = _EXCEPTION.match(first)
    exception = found[1] if found else ""
    words = first[found.end() :] if found else first
    call = next(iter(_CALL.findall(words)), "")
    words = _PATH.sub("…", words)
    if fault.kind not in OF_LIBRARIES:
        words = _QUOTED.sub("…", words)
        if fault.kind in {"contract fulfilment", "contract usage", "leakage", "submission format"}:
            # The sentence is ours; what follows its first colon are names.
            words = words.partition(":")[0]
    words = " ".join(_NUMBER.sub("#", words).split())[:MOST_LETTERS]
    return " | ".join([fault.kind, exception, call, words])


class Memory:
    """Repairs that were tried, from one or more files.

    Args:
        files: Where entries are read from and appended to; missing folders are made. A file that
            cannot be read or written is as good as empty: a run never fails for want of memory.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)
        self._known = list(dict.fromkeys(one for file in files for one in _read(file)))

    def note(self, fault: Fault, rule: str, what: str, *, healed: bool) -> None:
        """Remembers what became of a repair."""
        entry = Healing(signature=signature(fault), rule=rule, what=_sentence(what), healed=healed)
        self._known.append(entry)
        for file in self._files:
            with contextlib.suppress(OSError):
                _append(file, entry)

    def rule_for(self, fault: Fault) -> str:
        """The rule that healed this fault the last time; empty where none is known to."""
        known = [one for one in self._of(fault) if one.rule != "edit"]
        return known[-1].rule if known and known[-1].healed else ""

    def healed(self, fault: Fault) -> tuple[str, ...]:
        """What healed this fault before, the latest first."""
        return self._sentences(fault, healed=True)

    def tried(self, fault: Fault) -> tuple[str, ...]:
        """What did not heal it, the latest first."""
        return self._sentences(fault, healed=False)

    def _sentences(self, fault: Fault, *, healed: bool) -> tuple[str, ...]:
        found = [one.what for one in self._of(fault) if one.healed is healed]
        return tuple(dict.fromkeys(reversed(found)))

    def _of(self, fault: Fault) -> list[Healing]:
        wanted = signature(fault)
        return [one for one in self._known if one.signature == wanted]


def _sentence(words: str) -> str:
    return " ".join(words.split())[:MOST_LETTERS]


# --- files ----------------------------------------------------------------------------------------


def _read(file: Path) -> list[Healing]:
    """The entries of a file; lines that are none are passed over."""
    found = []
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    for line in lines[-MOST_ENTRIES:]:
        with contextlib.suppress(ValidationError):
            found.append(Healing.model_validate_json(line))
    return found


def _append(file: Path, entry: Healing) -> None:
    """One more line; the oldest ones go where there are too many.

    Raises:
        OSError: the file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with _alone(file):
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{entry.model_dump_json()}\n")
        kept = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if len(kept) > 2 * MOST_ENTRIES:
            draft = file.with_suffix(".new")
            draft.write_text("".join(kept[-MOST_ENTRIES:]), encoding="utf-8")
            draft.replace(file)


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Nobody else writes the file meanwhile."""
    with file.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
