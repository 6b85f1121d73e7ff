"""The description: which text file it is, its sentences, and what it calls the target.

A data dictionary (what every column means) is another text; it is told apart by its content.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from agents.competition.reading.containers import DAMAGES, open_binary
from agents.competition.reading.encodings import decode
from agents.competition.reading.html_text import html_to_text

TEXT_LIMIT: Final = 64 * 1024
_PAGE_LIMIT: Final = 16 * TEXT_LIMIT
EVALUATION: Final = re.compile(
    r"\b(evaluation|metrics?|scoring|judging|how .*(scored?|judged?|evaluated?))\b", re.IGNORECASE
)

_USUAL_HEADINGS: Final = (
    r"(?:the )?(?:(?:evaluation|competition|submission|data)s?"
    r"(?: (?:metrics?|criteria|files?|format|description|details|overview|set|guidelines|rules))?"
    r"|metrics?|scoring|goal|task|overview|background|description|files|columns|timeline|prizes"
    r"|rules|acknowledg\w+)"
)
_HEADING: Final = re.compile(
    r"^\s*(?:#{1,6}\s*(.+?)\s*#*"
    r"|\*\*([^*]{1,60})\*\*:?"
    r"|([A-Z][\w' ]{2,40}):"
    r"|([A-Z][A-Z' ]{3,40})"
    rf"|((?i:{_USUAL_HEADINGS})))\s*$"
)
_LIST_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d+[.)])\s|\s*\|")
_TARGET_WORDS: Final = re.compile(
    r"\btargets?\b|\bpredict(?:s|ed|ing)?\b|\blabels?\b|\boutcomes?\b|\bresponse\b|\bforecast"
    r"|\bdependent variable\b|\bground truth\b",
    re.IGNORECASE,
)
_TASK_WORDS: Final = re.compile(r"\b(?:evaluation|submission|predict|goal|target|metric)\w*", re.I)
_TELLING_NAME: Final = re.compile(r"descr|overview|readme|competition|task|evaluation|about")
_OTHER_NAME: Final = re.compile(
    r"dictionary|codebook|licen[cs]e|data_?desc|requirements|changelog|feature_?desc"
)
_ENTRY: Final = re.compile(
    r"(?m)^\s*[-*|]?\s*[`*\"]*([\w .()/%-]+?)[`*\"]*\s*(?:[:|=,\t]|\s[-\N{EN DASH}]\s)"
)
_MOST_COLUMNS: Final = 0.5


class Sentence(NamedTuple):
    """A sentence and the heading that it stands under."""

    text: str
    section: str


def find_description(folder: Path, texts: Sequence[str], columns: Sequence[str]) -> str | None:
    """Which of the text files describes the task (and is no dictionary of the columns)."""
    merits = {path: _merit(path, read_text(folder / path), columns) for path in texts}
    best = max(merits, key=lambda path: merits[path], default=None)
    return best if best is not None and merits[best] > 0 else None


def find_dictionary(folder: Path, texts: Sequence[str], columns: Sequence[str]) -> str | None:
    """Which of the text files explains most of the columns one by one."""
    shares = {path: _defined_share(read_text(folder / path), columns) for path in texts}
    best = max(shares, key=lambda path: shares[path], default=None)
    return best if best is not None and shares[best] >= _MOST_COLUMNS else None


def read_text(path: Path) -> str:
    """The first 64 KiB of a text file, whatever its encoding; HTML becomes plain text.

    The file may lie in an archive; one that cannot be read counts as empty.
    """
    page = path.suffix.lower() in {".html", ".htm"}
    try:
        with open_binary(path) as file:
            data = file.read(_PAGE_LIMIT if page else TEXT_LIMIT)
    except DAMAGES:
        return ""
    text = decode(data).removeprefix("\ufeff")
    return html_to_text(text)[:TEXT_LIMIT] if page else text


def named_targets(text: str, candidates: Sequence[str]) -> tuple[str, ...]:
    """Those candidates that the description speaks of as what is to be predicted."""
    telling = [one.text for one in sentences(text) if _TARGET_WORDS.search(one.text)]
    return tuple(
        name
        for name in candidates
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence) for sentence in telling)
    )


def sentences(text: str) -> Iterator[Sentence]:
    """Sentences and list items with their heading; a heading is a sentence, too."""
    section, lines = "", list[str]()
    for line in [*text.splitlines(), ""]:
        heading = _HEADING.match(line)
        title = next(filter(None, heading.groups()), "") if heading else ""
        if line.strip() and not title and not _LIST_ITEM.match(line):
            lines.append(line)
            continue
        yield from (Sentence(one, section) for one in _cut(" ".join(lines)))
        lines = [line] if line.strip() and not title else []
        if title:
            section = title
            yield Sentence(title, section)


def _cut(paragraph: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z`*\"(\[$])", paragraph):
        if sentence.strip():
            yield sentence.strip()


def _merit(path: str, text: str, columns: Sequence[str]) -> float:
    """How likely a text describes the task; 0 for one that is about something else."""
    name = Path(path).stem.lower()
    is_dictionary = _defined_share(text, columns) >= _MOST_COLUMNS
    if _OTHER_NAME.search(name) or (is_dictionary and not EVALUATION.search(text)):
        return 0.0
    telling = 3.0 if _TELLING_NAME.search(name) else 0.0
    words = min(10, len(_TASK_WORDS.findall(text))) / 10
    return telling + words + (0.5 if "/" not in path else 0.0) + 0.01


def _defined_share(text: str, columns: Sequence[str]) -> float:
    """Share of the columns that begin a line of their own, as entries of a dictionary do."""
    starts = set(_ENTRY.findall(text))
    return sum(name in starts for name in columns) / max(1, len(columns))
