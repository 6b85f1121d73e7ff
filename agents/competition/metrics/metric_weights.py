"""Reading from a description by which column, and how much, rows count differently.

Also within which groups of rows the metric is measured, and to which range numbers are clipped.
Weights may lie in a column that only the training table has: rows are scored by its labels.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Final

from agents.models import MetricWeights

_CUE: Final = re.compile(r"\bweigh|\bw\s*(?:=|is\b|:)|\bcounts?\b.{0,30}\btimes\b|\btwice\b")
_TIMES: Final = {"twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0} | {
    f"{word} times": float(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2
    )
}
_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_AMOUNT: Final = re.compile(
    rf"\b(?:w|weights?|weighs?|weighted)\b(?:_i)?\s*(?:of|is|are|=|:|by|equals?)*\s*{_NUMBER}"
    rf"|\b{_NUMBER} times\b|\b({'|'.join(_TIMES)})\b|\b{_NUMBER} (?:if|where|when|for|in)\b"
)
_OTHERS: Final = re.compile(
    rf"\bw\s*=\s*{_NUMBER}\s*(?:in|for|on)?\s*(?:(?:all|the) )*(?:others?|rest)\b"
    rf"|{_NUMBER} (?:(?:for|in|on) )?(?:(?:all|the) )*(?:others?\b|otherwise|else|rest\b)"
)
_ARE_WEIGHTS: Final = (
    r"weigh(?:ted|ed) by (?:the )?(?:values? (?:of|in) )?(?:the )?(?:column )?{name}"
    r"|weights?\b[^.;]{{0,40}}\b(?:given|listed|found|stored|held|comes?|stands?) (?:in|by|from) "
    r"(?:the )?(?:column )?{name}"
    r"|weights? (?:w )?(?:of (?:each|a|every) row |of rows )?(?:is|are|=) "
    r"(?:the )?(?:column )?{name}"
    r"|{name}(?: column)? (?:holds?|gives?|contains?|is|as)(?: the)? "
    r"(?:row |sample |row's )?weights?"
    r"|with {name} as (?:the )?(?:row |sample )?weights?"
)
_STOP: Final = frozenset(
    (
        *("and", "with", "in", "or", "of", "for", "the", "a", "an", "is", "are", "count"),
        *("counts", "weigh", "then", "that", "which"),
    )
)
_NO_GROUP: Final = frozenset(
    ("row", "id", "sample", "example", "observation", "record", "image", "column", "class", "label")
)
"""Words that speak of single rows or of targets even where a column is called so."""
_UNSCORED: Final = re.compile(
    r"\b(?:not|never|n't) (?:be )?(?:scored|evaluated|assessed|counted|considered|included)\b"
    r"|\b(?:ignored|excluded|omitted|left out)\b"
)
_SCORED_ONLY: Final = re.compile(
    r"\bonly\b.{0,80}\b(?:scored|evaluated|assessed|counte?d?|considered|included)\b"
    r"|\b(?:scored|evaluated|assessed|computed|calculated|measured|considered)\b.{0,30}\bonly\b"
)
_COMPARED: Final = r"\s*(?:is|=+|:|equals|of|being)\s*['\"]?([\w-]+(?:\.\w+)*)"
_NO_ROWS: Final = re.compile(
    r"\b(?:submission|submit|entr(?:y|ies)|team|participant|file|column)|\b(?:0|zero)\b"
)
"""Sentences that leave out other things than rows, or zeros, as ratios do by themselves."""
_CLIPPED: Final = re.compile(
    r"\bclipped (?:in)?to (?:the )?(?:range |interval )?(?:of |from |between )?[\[(]?\s*"
    r"(-?\d+(?:\.\d+)?)\s*(?:,|and|to|-)\s*(-?\d+(?:\.\d+)?)"
)
_GROUPED: Final = (
    r"(?:for|within|in|of) (?:each|every) {name}\b|\bper[- ]{name}\b|\bwithin {name}s?\b"
    r"|\beach {name}(?:'s)?\b"
)
_AVERAGED: Final = re.compile(r"\bmean\b|\baverage")


def read_weights(text: str, columns: Sequence[str]) -> MetricWeights | None:
    """How rows are weighed, or None where they all count the same.

    Args:
        text: The sentences about the evaluation, with their capitals and marks.
        columns: The columns of the training table but the targets.
    """
    named = [name for name in columns if _names(text, name)]
    plain = _without_marks(text)
    for name in sorted(named, key=len, reverse=True):
        if re.search(_ARE_WEIGHTS.format(name=rf"(?<!\w){re.escape(name)}(?!\w)"), plain):
            return MetricWeights(column=name)
    told = _sentences(plain)
    weighed = (_named_cells(one, named, columns) for one in told if _CUE.search(one.lower()))
    scored = (_scored_cells(one, named) for one in told)
    return next((one for one in chain(weighed, scored) if one is not None), None)


def unscored_rows(text: str) -> str | None:
    """The sentence that leaves rows out of the score, or None."""
    told = (one.strip() for one in _sentences(_without_marks(text)))
    return next(
        (one for one in told if _UNSCORED.search(one.lower()) and not _NO_ROWS.search(one.lower())),
        None,
    )


def read_group(text: str, columns: Sequence[str]) -> str | None:
    """The column within whose groups the metric is measured, or None."""
    for sentence in _sentences(_without_marks(text)):
        if not _AVERAGED.search(sentence.lower()):
            continue
        for name in columns:
            meant = re.search(_GROUPED.format(name=re.escape(name)), sentence, re.IGNORECASE)
            if meant and name.lower() not in _NO_GROUP:
                return name
    return None


def read_clip(text: str) -> list[float] | None:
    """The range to which numbers are clipped before they are compared, or None."""
    found = _CLIPPED.search(_without_marks(text).lower())
    if found is None:
        return None
    low, high = float(found[1]), float(found[2])
    return [low, high] if low < high else None


def _named_cells(
    sentence: str, named: Sequence[str], columns: Sequence[str]
) -> MetricWeights | None:
    """Weights such as "w = 5 where `flag` is true and w = 1 elsewhere"."""
    amounts = [_amount(one) for one in _AMOUNT.finditer(sentence.lower())]
    column = _column_of(sentence, named, columns)
    if column is None or not amounts:
        return None
    others = _OTHERS.search(sentence.lower())
    default = float(next(filter(None, others.groups()))) if others else 1.0
    told = [amount for amount in amounts if amount != default]
    if not told:
        return None
    return MetricWeights(
        column=column, values={_cell_after(sentence, column): told[0]}, default=default
    )


def _scored_cells(sentence: str, named: Sequence[str]) -> MetricWeights | None:
    """Weights of 0 and 1, where a sentence leaves out rows by a cell, or all others."""
    out, alone = _UNSCORED.search(sentence.lower()), _SCORED_ONLY.search(sentence.lower())
    for name in named if out or alone else ():
        cell = re.search(rf"(?<!\w){re.escape(name)}{_COMPARED}", sentence)
        if cell is not None and cell[1].lower() not in _STOP | {"not"}:
            weight = 0.0 if out else 1.0
            return MetricWeights(column=name, values={cell[1]: weight}, default=1.0 - weight)
    return None


def _amount(found: "re.Match[str]") -> float:
    text = next(filter(None, found.groups()))
    return _TIMES[text] if text in _TIMES else float(text)


def _column_of(sentence: str, named: Sequence[str], columns: Sequence[str]) -> str | None:
    """The column that a sentence names; else the only one that a word of it is a part of."""
    here = [one for one in named if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", sentence)]
    if here:
        return max(here, key=len)
    words = set(re.findall(r"[a-z]{5,}", sentence.lower())) - {"weight", "weights", "weighted"}
    meant = [one for one in columns if _parts(one) & words]
    return meant[0] if len(meant) == 1 else None


def _parts(column: str) -> set[str]:
    """The words of a name, in lower case: `IsSpecialDay` has `special`."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", column)}


def _cell_after(sentence: str, column: str) -> str:
    """The cell that counts: what the sentence says the column is, else yes."""
    found = re.search(
        rf"(?<!\w){re.escape(column)}(?!\w)\s*(?:is|=+|:|equals|of|being)?\s*['\"]?([\w.-]+)",
        sentence,
    )
    if found is None or found[1].lower() in _STOP or found[1].lower() in {"true", "set"}:
        return "True"
    return found[1].rstrip(".")


def _names(text: str, column: str) -> bool:
    """Whether a text speaks of a column: plain words must be marked, or compared with a cell."""
    name = re.escape(column)
    if re.fullmatch(r"[a-z]+", column):
        pattern = (
            rf"[`'\"*]{name}[`'\"*]|\bcolumn {name}\b|\b{name} column\b|\b{name}\s*=|\({name}\b"
        )
    else:
        pattern = rf"(?<!\w){name}(?!\w)"
    return re.search(pattern, text) is not None


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+|\n", text)


def _without_marks(text: str) -> str:
    """Without emphasis, links and code marks, which stand between words."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*`$\\]|(?<=\W)_|_(?=\W)", "", text)
