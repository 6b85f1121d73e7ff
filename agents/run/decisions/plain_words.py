"""What plain words ask for, read by rule: at no token, and also in a run without a model.

A metric, a limit, a track or a kind of model to leave out or to go on with alone, columns that no
program is to see. Each part of the words is read for itself, and strictly: what a rule does not
understand as a whole it leaves alone, and the reading names it.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from agents.recipes.families import NICKNAMES
from agents.roles.instruction_check import InstructionReading

_NOT: Final = (
    r"\b(?:no|without|stop|skip|drop|leave out|forget|avoid|exclude|ignore|remove|omit|disable"
    r"|(?:do not|don't|dont|never|not)(?: (?:use|try|train|fit|run|include|want|any))?)\b"
)
_ONLY: Final = (
    r"\b(?:only|just|solely|nothing but|focus on|concentrate on|stick to|time on|time to|effort on)"
    r"\b"
)
_NEAR: Final = r"(?: \w+){0,3}? "
"""A name stands at most so many words after what is said of it."""
_CUTS: Final = re.compile(r"[,;!?]|\.(?!\d)|\band\b|\bor\b|\bnor\b|(?<!nothing )\bbut\b|\bplease\b")
_TRACKS: Final = {
    "neural": ("neural", "deep", "net", "nets", "network", "networks"),
    "pretrained": ("pretrained", "foundation", "transformer", "transformers"),
    "traditional": ("traditional", "classical"),
}
"""How people call the tracks."""
_UNITS: Final = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0} | {
    "h": 3600.0,
    "hour": 3600.0,
}
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(seconds?|secs?|minutes?|mins?|hours?|[smh])\b")
_LIMIT: Final = re.compile(r"\b(time|limit|longer|minutes?|hours?|seconds?)\b")
_METRIC: Final = re.compile(
    r"\bmetric\b(?: (?:to|be|is|of|called|named|should))* (?P<after>.+)$"
    r"|\b(?:judge|score|evaluate|judged|scored|evaluated)(?: \w+)? (?:by|with|on) (?P<by>.+)$"
)
_NO_COLUMN: Final = re.compile(
    r"\b(?:drop|leave out|exclude|ignore|remove|omit|skip|forget|without|no"
    r"|(?:do not|don't|dont|never) (?:use|include|look at|touch|read|learn from|train on)"
    r"|not (?:use|include|learn from))\b"
)
_COLUMN: Final = re.compile(r"\b(?:columns?|features?|variables?|fields?)\b")
_PLAIN: Final = re.compile(
    r"\b(?:the|a|an|any|called|named|column|columns|feature|features|variable|variables|field"
    r"|fields|entirely|completely|altogether|at all|everywhere|from now on|models?|either|both"
    r"|we should|you should|should|must|also|now|then)\b"
)
_WHY: Final = re.compile(r"\b(?:because|since|as it|as they|it is|they are)\b.*$")
_MARK: Final = "\N{SECTION SIGN}"
"""Stands for a column in words whose columns were found."""
_QUOTES: Final = "`'\"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_SHORT: Final = 3
_LIKE: Final = 0.7
"""How alike a word must be to a column's name to be taken for a slip of the pen."""


@dataclass(frozen=True)
class Known:
    """What words can be about."""

    metrics: Sequence[str] = ()
    tracks: Sequence[str] = ()
    """Those that can be left out."""
    families: Collection[str] = ()
    """Of the recipes that are planned (`agents.recipes.families`)."""
    columns: Sequence[str] = ()
    """That programs could read."""


@dataclass
class _Found:
    """What was read so far."""

    tracks: dict[str, None] = field(default_factory=dict)
    families: dict[str, None] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)
    alone: dict[str, None] = field(default_factory=dict)
    """Tracks and families that are to go on alone."""
    unread: list[str] = field(default_factory=list)
    unknown: str = ""
    """A column that does not exist."""
    absent: str = ""
    """Families that were to go on alone, and that nothing planned belongs to."""


def read_by_rule(words: str, known: Known) -> InstructionReading:
    """What plain words ask for, read without a model.

    Args:
        words: What the person typed.
        known: What they can be about.

    Returns:
        A reading whose directive is what no rule understood; one that asks back where the words
        name a column that does not exist, or leave nothing to go on with.
    """
    found = _read(words, known)
    if found.unknown:
        return _asked_back(words, found.unknown, known)
    if found.absent:
        planned = ", ".join(sorted(known.families)) or "nothing"
        reply = f"No recipe of this run is one of {found.absent}: there are {planned}."
        return InstructionReading(sensible=False, reply=reply)
    said = _plain(words)
    metric, seconds = _metric(said, known.metrics), _seconds(said)
    tracks, families = _without_others(found, known)
    follows = [f"judged by {metric}"] if metric else []
    follows += [f"nothing more on {track}" for track in tracks]
    follows += [f"nothing of {family}" for family in families]
    follows += [f"no program sees {', '.join(map(_code, found.columns))}"] if found.columns else []
    follows += [f"at most {seconds:.0f} s"] if seconds else []
    return InstructionReading(
        sensible=True,
        reply=_reply(follows, found.unread),
        metric=metric,
        only=",".join(one for one in known.tracks if one not in tracks) if tracks else None,
        families=families,
        columns=tuple(found.columns),
        time_limit=seconds,
        directive=", ".join(found.unread) if follows else words,
    )


def meant_instead(words: str, known: Known, column: str) -> str:
    """The words with this column in place of the one that does not exist."""
    unknown = _read(words, known).unknown
    return words.replace(unknown, f"`{column}`", 1) if unknown else words


def _reply(follows: Sequence[str], unread: Sequence[str]) -> str:
    if not follows:
        return (
            "Understood as a note for a language model, and this run has none: name a metric, a "
            "track, a kind of model or a column to leave out or a time limit, or give the run a "
            "model with --model."
        )
    reply = f"Understood: {', '.join(follows)}."
    if unread:
        quoted = ", ".join(f"“{one}”" for one in unread)
        reply += f" Not understood without a language model: {quoted}."
    return reply


def _asked_back(words: str, unknown: str, known: Known) -> InstructionReading:
    near = _nearest(unknown, known.columns, cutoff=0.5)
    hint = f"; is {_code(near)} meant?" if near else f": there are {_some(known.columns)}."
    return InstructionReading(
        sensible=False,
        reply=f"No column is called {_code(unknown)}{hint}",
        instead=(near,) if near else (),
        directive=words,
    )


def _without_others(found: _Found, known: Known) -> tuple[list[str], tuple[str, ...]]:
    """Tracks and families that are left out: by name, and beside those that go on alone."""
    tracks, families = [*found.tracks], [*found.families]
    if found.alone:
        tracks += [one for one in known.tracks if one not in found.alone]
        named = [one for one in found.alone if one not in known.tracks]
        if named:  # families are kinds of the traditional track
            tracks = [one for one in tracks if one != "traditional"]
            families += [one for one in sorted(known.families) if one not in named]
    return [*dict.fromkeys(tracks)], tuple(dict.fromkeys(families))


# --- part by part ---------------------------------------------------------------------------------


def _read(words: str, known: Known) -> _Found:
    found, before = _Found(), ""
    listing = False
    for clause in _clauses(words, known.columns):
        said = _clean(clause.words)
        manner = before if before and _is_list(said, known) else ""
        if listing and re.fullmatch(r"\w+", said) and not manner:
            manner, said = "not", f"column {said}"
        before = _kinds(said, manner, known, found) or _columns(clause, said, manner, known, found)
        listing = before == "not" and (listing or _COLUMN.search(said) is not None)
        plain = _plain(clause.original)
        if not before and not _metric(plain, known.metrics) and not _seconds(plain):
            found.unread.append(clause.original)
    return found


def _kinds(said: str, manner: str, known: Known, found: _Found) -> str:
    """Reads tracks and families that are left out or go on alone; in which manner, or empty."""
    named = {
        "only": [*_named(said, _ONLY, known)] if manner != "only" else [*_named(said, "", known)],
        "not": [*_named(said, _NOT, known)] if manner != "not" else [*_named(said, "", known)],
    }
    if alone := named["only"]:
        planned = [one for one in alone if one in known.families or one in known.tracks]
        found.alone |= dict.fromkeys(planned)
        found.absent = "" if planned else ", ".join(alone)
        return "only"
    for name in named["not"]:
        (found.tracks if name in known.tracks else found.families)[name] = None
    return "not" if named["not"] else ""


def _named(said: str, after: str, known: Known) -> Iterator[str]:
    """Tracks and families that are named, by whatever people call them, soon after such words."""
    before = rf"{after}{_NEAR}" if after else r"\b"
    for track in known.tracks:
        if re.search(rf"{before}(?:{'|'.join(_TRACKS.get(track, (track,)))})\b", said):
            yield track
    for nickname, families in NICKNAMES.items():
        if re.search(rf"{before}{nickname}\b", said):
            yield from families


def _columns(clause: "_Clause", said: str, manner: str, known: Known, found: _Found) -> str:
    """Reads columns that no program is to see: only where the words say nothing else."""
    rest = _WHY.sub("", said)
    if manner != "not":
        if _NO_COLUMN.search(rest) is None:
            return ""
        rest = _NO_COLUMN.sub(" ", rest, count=1)
    told = _COLUMN.search(rest) is not None
    left = " ".join(_PLAIN.sub(" ", rest).replace(_MARK, " ").split())
    if not left and clause.columns:
        found.columns |= dict.fromkeys(clause.columns)
        return "not"
    name = _as_written(left, clause.original)
    if name and (told or _nearest(name, known.columns, _LIKE)):
        found.unknown = found.unknown or name
        return "not"
    return ""


def _as_written(left: str, words: str) -> str:
    """What is left of a clause, as it stands there; empty where it does not stand there."""
    there = re.search(re.escape(left), words, re.IGNORECASE) if left else None
    return there[0].strip(_QUOTES) if there else ""


def _is_list(said: str, known: Known) -> bool:
    """Whether a part only names more of what the part before was about."""
    rest = re.sub(rf"\b(?:{'|'.join(NICKNAMES)})\b", " ", said)
    for track in known.tracks:
        rest = re.sub(rf"\b(?:{'|'.join(_TRACKS.get(track, (track,)))})\b", " ", rest)
    return not _PLAIN.sub(" ", rest).replace(_MARK, " ").strip()


# --- words ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Clause:
    """A part of the words."""

    original: str
    words: str
    """With a mark for each column."""
    columns: tuple[str, ...]


def _clauses(words: str, columns: Sequence[str]) -> Iterator[_Clause]:
    """What is asked for, one by one; a name may hold what else parts the words."""
    names: list[str] = []

    def mark(match: re.Match[str]) -> str:
        names.append(match[0])
        return f"{_MARK}{len(names) - 1}{_MARK}"

    marked = _pattern(columns, words).sub(mark, words)
    lower = {name.lower(): name for name in columns}
    for part in (one.strip() for one in _CUTS.split(marked)):
        held = [names[int(place)] for place in re.findall(rf"{_MARK}(\d+){_MARK}", part)]
        original = re.sub(rf"{_MARK}(\d+){_MARK}", lambda one: names[int(one[1])], part)
        bare = re.sub(rf"{_MARK}\d+{_MARK}", _MARK, part)
        meant = (one if one in columns else lower[one.lower()] for one in held)
        if part:
            yield _Clause(original, bare, tuple(meant))


def _pattern(columns: Sequence[str], words: str) -> re.Pattern[str]:
    """Where columns are named: short ones as they are written, others in any case.

    What people call a kind of model is one, unless the words speak of columns.
    """
    kinds = {*NICKNAMES, *(word for track in _TRACKS.values() for word in track)}
    told = _COLUMN.search(words.lower()) is not None
    named = [one for one in columns if one and (told or one.lower() not in kinds)]
    ways = [
        re.escape(one) if len(one) < _SHORT else f"(?i:{re.escape(one)})"
        for one in sorted(named, key=len, reverse=True)
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)" if ways else r"(?!)")


def _clean(words: str) -> str:
    """The words without quotation marks; an apostrophe within a word stays."""
    return _plain(re.sub(rf"[{_QUOTES}:](?![a-z])|(?<![a-z])[{_QUOTES}:]", " ", words.lower()))


def _plain(words: str) -> str:
    return " ".join(words.lower().replace("-", " ").split())


def _metric(said: str, metrics: Sequence[str]) -> str | None:
    """The metric whose name is there, its words in any order; the longest where several are.

    Where a metric is spoken of and none has such a name, whatever it is called.
    """
    words = set(re.findall(r"\w+", said.replace("_", " ")))
    named = [name for name in metrics if set(name.lower().split("_")) <= words]
    if named:
        return max(named, key=lambda name: (len(name.split("_")), len(name)))
    for clause in _CUTS.split(said):
        if spoken := _METRIC.search(clause.strip()):
            return (spoken["after"] or spoken["by"]).strip("'\"` .:")
    return None


def _seconds(said: str) -> float | None:
    found = _TIME.search(said)
    if found is None or not _LIMIT.search(said):
        return None
    unit = found[2]
    return float(found[1]) * _UNITS[unit if unit in _UNITS else unit.rstrip("s")]


def _nearest(name: str, known: Sequence[str], cutoff: float) -> str:
    folded = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else ""


def _code(name: str) -> str:
    return f"`{name}`"


def _some(names: Iterable[str], most: int = 8) -> str:
    every = [_code(name) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
