"""What a commit says: written and read back in this one place.

The subject is one line such as `repair(neural): round 3, cast Cabin to category`; the facts follow
as trailers, so that `git log` alone tells the story of a run.
"""

import re
import textwrap
from datetime import UTC

from pydantic import AwareDatetime

from agents.models import Frozen, TrackName

SUBJECT_LIMIT = 72
TRAILERS = ("Track", "Round", "Fault", "Verdict", "Score", "Model", "Tokens", "Decision")

_TRAILER = re.compile(rf"({'|'.join(TRAILERS)}): (.+)")
_ANY_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: .+")


class Person(Frozen):
    """An author of commits."""

    name: str
    email: str


ENGINE = Person(name="iml-tui", email="iml-tui@localhost")


class CommitMessage(Frozen):
    """Everything that a commit says besides its files."""

    at: AwareDatetime
    """Author and committer date, from the journal, so that a repetition gives the same id."""
    subject: str
    body: str = ""
    author: Person = ENGINE
    track: TrackName | None = None
    round: int | None = None
    fault: str | None = None
    verdict: str | None = None
    score: str | None = None
    models: tuple[str, ...] = ()
    """Full names of the language models that wrote the files, a trailer each."""
    tokens: int | None = None
    decision: str | None = None

    def trailers(self) -> list[tuple[str, str]]:
        """The facts that exist, in the order in which they are written."""
        values = {name: getattr(self, name.lower(), None) for name in TRAILERS}
        facts = [(name, str(value)) for name, value in values.items() if value is not None]
        facts += [("Model", name) for name in self.models]
        found = [(name, line) for name, value in facts if (line := _one_line(value))]
        return sorted(found, key=lambda fact: TRAILERS.index(fact[0]))

    def render(self) -> str:
        """The message as git stores it; a subject that had to be cut opens the body in full."""
        whole = _one_line(self.subject) or "change"
        subject = cut(whole)
        body = [] if subject == whole else [textwrap.fill(whole, SUBJECT_LIMIT)]
        body += [self.body.strip()] if self.body.strip() else []
        facts = "\n".join(f"{name}: {value}" for name, value in self.trailers())
        return "\n\n".join([subject, *map(_plain, body), *([facts] if facts else [])]) + "\n"

    def stamp(self) -> str:
        """The date in git's own form, in whole seconds."""
        return f"{int(self.at.astimezone(UTC).timestamp())} +0000"


def cut(subject: str) -> str:
    """A subject of at most 72 characters that ends with a whole word where there is one."""
    if len(subject) <= SUBJECT_LIMIT:
        return subject
    if " " in subject[:SUBJECT_LIMIT]:
        return textwrap.shorten(subject, SUBJECT_LIMIT, placeholder=" …")
    return subject[: SUBJECT_LIMIT - 1] + "…"


def parse(message: str) -> tuple[str, dict[str, str]]:
    """Subject and trailers of a stored message; other people's messages have no trailers.

    What several trailers of a name say stands in one, with commas between.
    """
    subject, _, rest = message.strip().partition("\n")
    last = rest.strip().rpartition("\n\n")[2].splitlines()
    if not last or not all(_ANY_TRAILER.fullmatch(line) for line in last):
        return subject.strip(), {}
    found = dict[str, str]()
    for match in filter(None, map(_TRAILER.fullmatch, last)):
        found[match[1]] = f"{found[match[1]]}, {match[2]}" if match[1] in found else match[2]
    return subject.strip(), found


def _one_line(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())


def _plain(paragraphs: str) -> str:
    """Indents lines that would read as trailers: only the last paragraph states facts."""
    lines = paragraphs.replace("\0", " ").splitlines()
    return "\n".join(f"  {line}" if _TRAILER.fullmatch(line) else line for line in lines)
