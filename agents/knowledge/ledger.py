"""The ledger: what was fetched from beyond this machine, from where, and whether it is cheating.

An entry a retrieval. A text that speaks of this very competition may hold other people's solutions
or even the answers, so each is looked at for the competition's name, title, columns and sentences,
and the verdict with its reason stands in the ledger for everybody to read. All of it is pure.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from agents.models import Task
from agents.retrieved import Kind, Retrieval

_LEAST_LETTERS = 9
"""A name of one word must be so long to be no everyday word."""
_LEAST_COLUMNS = 3
_SHARE_OF_COLUMNS = 0.5
"""So many of the telling columns in one text are no accident."""
_PHRASE_WORDS = 10
_LEAST_PHRASES = 2
_COMMON_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        challenge classification competition competitions data dataset datasets download downloads
        example forecasting input kaggle learning machine playground prediction predictions private
        project public regression sample series solution submission test train training tutorial
        """,
    )
)
"""Words of which names are made that say nothing about which competition it is."""


class Concern(NamedTuple):
    """Whether a text is about this very competition."""

    found: bool
    reason: str
    """What gives it away, or that nothing does, as a clause."""


def entry(
    kind: Kind, address: str, text: str, task: Task, *, query: str = "", at: datetime | None = None
) -> Retrieval:
    """The entry of one retrieval.

    Args:
        kind: What was done.
        address: Where the text comes from.
        text: What was received.
        task: Whose competition it is.
        query: What was asked for.
        at: When; now by default.
    """
    raw = text.encode()
    concern = concerns(text, task)
    return Retrieval(
        kind=kind,
        query=query,
        address=address,
        at=at or datetime.now(UTC),
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        concerns=concern.found,
        reason=concern.reason,
    )


def concerns(text: str, task: Task) -> Concern:
    """Whether a text is about this very competition.

    It is where it holds the competition's name or the title of its description, several of its
    telling columns (those with capitals, digits or underscores inside), or sentences of its
    description. Everyday names (`data`, `train`) prove nothing.

    Args:
        text: What was fetched.
        task: The competition.
    """
    said = _plain(text)
    for what, name in (("name", task.name), ("title", _title(task.description_text))):
        wanted = _plain(name)
        if _is_telling(wanted) and f" {wanted} " in f" {said} ":
            return Concern(True, f"it holds the {what} “{' '.join(name.split())}”")
    columns = _telling_columns(task)
    there = set(re.findall(r"\w+", text))
    shared = [name for name in columns if name in there]
    if len(shared) >= max(_LEAST_COLUMNS, _SHARE_OF_COLUMNS * len(columns)):
        named = ", ".join(f"`{name}`" for name in shared[:_LEAST_COLUMNS])
        return Concern(True, f"it holds {len(shared)} of its columns ({named})")
    phrases = set(_phrases(task.description_text))
    if len(phrases.intersection(_phrases(text))) >= _LEAST_PHRASES:
        return Concern(True, "it repeats sentences of its description")
    return Concern(False, "neither name, title, columns nor sentences of it occur")


def ledger_markdown(entries: Sequence[Retrieval]) -> str:
    """The ledger as Markdown, the oldest entry first; says so where nothing was fetched."""
    if not entries:
        return "Nothing was fetched from beyond this machine.\n"
    about = sum(one.concerns for one in entries)
    lines = [
        f"{len(entries)} retrieval(s) from beyond this machine; {about} of them about this very "
        "competition.",
        "",
        "| when (UTC) | what | asked | address | bytes | sha256 | about this competition |",
        "|---|---|---|---|--:|---|---|",
    ]
    for one in sorted(entries, key=lambda each: each.at):
        verdict = f"**yes**: {one.reason}" if one.concerns else f"no: {one.reason}"
        cells = (
            one.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            one.kind,
            one.query,
            one.address,
            str(one.size),
            f"`{one.sha256[:16]}`",
            verdict,
        )
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A text that cannot leave its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _plain(text: str) -> str:
    """Words in lower case with one space between; `my-Name_2` is three."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _title(description: str) -> str:
    """The first line of a description that is no longer than a title is."""
    first = next((line for line in description.splitlines() if line.strip()), "")
    title = first.strip().lstrip("#").strip()
    return title if len(title.split()) <= _PHRASE_WORDS else ""


def _is_telling(name: str) -> bool:
    """Whether a name would not stand in any text by chance."""
    own = [word for word in name.split() if word not in _COMMON_NAMES]
    return len(own) > 1 or (len(own) == 1 and len(own[0]) >= _LEAST_LETTERS)


def _telling_columns(task: Task) -> list[str]:
    """Columns of all tables that nobody would write by chance, in order."""
    names = [name for table in task.tables for name in table.columns]
    return [name for name in dict.fromkeys(names) if _is_made(name)]


def _is_made(name: str) -> bool:
    """Whether it is one word with a capital, digit or underscore inside: `LotSize`, `v2_sum`."""
    return bool(re.fullmatch(r"\w{5,}", name) and re.search(r"\w(_|\d|(?<=[a-z])[A-Z])", name))


def _phrases(text: str) -> Iterator[str]:
    """All runs of ten words."""
    words = _plain(text).split()
    for start in range(len(words) - _PHRASE_WORDS + 1):
        yield " ".join(words[start : start + _PHRASE_WORDS])
