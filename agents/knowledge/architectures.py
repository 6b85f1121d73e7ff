"""Finding network architectures that suit measured facts; they are shown as source text.

The files below `agents/recipes/architectures` are read, never imported, so no learning library is
loaded. Facts come first: a network for pictures is never shown for a table. What is not known rules
nothing out. Everything here is pure but for reading those files once.
"""

import ast
import math
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from pydantic import Field

from agents.knowledge.cards import Modality
from agents.knowledge.retrieval import Facts
from agents.models import Frozen, ProblemType, Task

ARCHITECTURES: Final = Path(__file__).resolve().parents[1] / "recipes" / "architectures"

Data = Literal[
    "table",
    "ratings",
    "text",
    "image",
    "image-to-image",
    "audio",
    "series",
    "records",
    "set",
    "points",
    "fusion",
    "head",
]
"""What goes in. `records`: a sequence a row; `points`: places in space; `fusion`: several forms at
once; `head`: a vector that any body makes."""
Measure = Literal["rows", "columns", "distinct", "classes", "tail", "length", "channels"]
"""`length`: words, steps, samples, or pixels a side; `channels`: series, sensors or colours; the
others as in `agents.knowledge.retrieval.facts_of`."""

_OF_MODALITY: Final[Mapping[Modality, tuple[Data, ...]]] = {
    "tables": ("table",),
    "text": ("text",),
    "images": ("image",),
    "audio": ("audio",),
    "series": ("series",),
    "ratings": ("ratings",),
    "multimodal": ("fusion",),
    "files": ("records",),
}
_OF_SIDES: Final[tuple[Data, ...]] = ("set", "records")
"""Several rows of a side table for one row: a set, or with a time among them a sequence."""
_BESIDE_TABLE: Final = 0.5
"""What a row has besides its own cells says less than these."""
_USUAL_MERIT: Final = 2
_HEAD_LINE = re.compile(r"^(For|Input|Output|Parameters|Source|Data|When|Problems|Metrics|Merit): ")
_NUMBER = r"\d+(?:\.\d+)?"
_SPAN = re.compile(rf"([a-z]+) ({_NUMBER})?\.\.({_NUMBER})?")


class Shape(Frozen):
    """What is known of the data; an empty field means that it is not known."""

    data: dict[Data, float] = Field(default_factory=dict)
    """Each with how much of the data it is, 0 to 1."""
    problem: ProblemType | None = None
    metric: str = ""
    measures: dict[Measure, float] = Field(default_factory=dict)


class Span(NamedTuple):
    """A measure within bounds, both inclusive."""

    measure: Measure
    least: float
    most: float

    def holds(self, value: float) -> bool:
        """Whether a measured value lies within the bounds."""
        return self.least <= value <= self.most


class Architecture(Frozen):
    """One network as source text, and what its docstring says of it."""

    name: str
    """Folder and file without suffix, such as `tables/real_mlp`."""
    title: str
    purpose: str
    input: str
    output: str
    parameters: str
    """How many it has, and of which call."""
    source: str
    """The paper it is owed to."""
    data: tuple[Data, ...]
    when: tuple[Span, ...] = ()
    problems: tuple[ProblemType, ...] = ()
    """What it is for alone; empty: for any."""
    metrics: tuple[str, ...] = ()
    """Metrics that it serves directly."""
    merit: int = Field(default=_USUAL_MERIT, ge=1, le=3)
    """How it does on such data in published comparisons."""
    code: str
    """The file, docstring included."""


class FoundArchitecture(Frozen):
    """An architecture, and why it was found."""

    architecture: Architecture
    reason: str

    @property
    def title(self) -> str:
        """The architecture's title."""
        return self.architecture.title

    @property
    def text(self) -> str:
        """Why it is here and its source, as Markdown."""
        why = self.reason.rstrip(".")
        return f"Chosen for: {why}.\n\n```python\n{self.architecture.code.rstrip()}\n```"


def shape_of(task: Task, facts: Facts, *, measured: Mapping[Measure, float] | None = None) -> Shape:
    """What is known of a competition in the terms that architectures use.

    Args:
        task: What is asked.
        facts: What `agents.knowledge.retrieval.facts_of` says of it.
        measured: What was measured besides, such as the usual length of a text or the side of a
            picture in pixels.
    """
    parts: dict[Data, float] = {}
    for modality, weight in facts.modalities.items():
        parts |= dict.fromkeys(_OF_MODALITY[modality], weight)
    if any(join.many for join in task.joins):
        parts = dict.fromkeys(_OF_SIDES, _BESIDE_TABLE) | parts
    known = {name: facts.measures[name] for name in get_args(Measure) if name in facts.measures}
    return Shape(
        data=parts,
        problem=facts.problem,
        metric=facts.metric,
        measures={**known, **(measured or {})},
    )


def find_architectures(facts: Shape, *, most: int = 3) -> tuple[FoundArchitecture, ...]:
    """The architectures that suit the data best, the best first, each with the reason.

    At most one is a head, only where problem, metric or a measure asks for it, and after a body.

    Args:
        facts: What is known; where nothing says what the data are, nothing is found.
        most: How many are wanted.
    """
    ranked = [(_points(one, facts), one) for one in all_architectures() if _suits(one, facts)]
    ranked.sort(key=lambda pair: (-pair[0], pair[1].name))
    bodies = [one for _, one in ranked if one.data != ("head",)]
    heads = [one for _, one in ranked if one.data == ("head",)]
    return tuple(
        FoundArchitecture(architecture=one, reason=_because(one, facts))
        for one in [*bodies[:1], *heads[:1], *bodies[1:]][:most]
    )


@cache
def all_architectures() -> tuple[Architecture, ...]:
    """Every architecture of the house, sorted by name; files are read once."""
    files = (path for path in ARCHITECTURES.rglob("*.py") if path.name != "__init__.py")
    found = [
        read_architecture(
            path.relative_to(ARCHITECTURES).with_suffix("").as_posix(),
            path.read_text(encoding="utf-8"),
        )
        for path in files
    ]
    return tuple(sorted(found, key=lambda one: one.name))


def read_architecture(name: str, code: str) -> Architecture:
    """Reads one file.

    Args:
        name: What it will be called.
        code: The file; its docstring is described in `agents/recipes/architectures/__init__.py`.

    Raises:
        ValueError: the docstring lacks a line, or something in it is unknown.
    """
    title, lines = _docstring(name, code)
    return Architecture.model_validate(
        {
            "name": name,
            "title": title,
            "purpose": _said(name, lines, "For"),
            "input": _said(name, lines, "Input"),
            "output": _said(name, lines, "Output"),
            "parameters": _said(name, lines, "Parameters"),
            "source": _said(name, lines, "Source"),
            "data": _items(_said(name, lines, "Data")),
            "when": tuple(_span(name, one) for one in lines.get("When", "").split(";") if one),
            "problems": _items(lines.get("Problems", "")),
            "metrics": _items(lines.get("Metrics", "")),
            "merit": lines.get("Merit", _USUAL_MERIT),
            "code": code,
        }
    )


def _docstring(name: str, code: str) -> tuple[str, dict[str, str]]:
    """The title, and the text of each line that begins with a key."""
    written = ast.get_docstring(ast.parse(code))
    if not written:
        raise ValueError(f"The architecture {name} has no docstring.")
    title, _, rest = written.partition("\n")
    lines: dict[str, str] = {}
    key = ""
    for line in rest.splitlines():
        if found := _HEAD_LINE.match(line):
            key = found[1]
            lines[key] = line[found.end() :].strip()
        elif key and line.startswith("    "):
            lines[key] += f" {line.strip()}"
        else:
            key = ""
    return title.strip().rstrip("."), lines


def _said(name: str, lines: Mapping[str, str], key: str) -> str:
    if not lines.get(key):
        raise ValueError(f"The architecture {name} has no line “{key}: …”.")
    return lines[key]


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _span(name: str, text: str) -> Span:
    found = _SPAN.fullmatch(text.strip())
    measure = next((one for one in get_args(Measure) if found and one == found[1]), None)
    if found is None or measure is None:
        raise ValueError(f"The architecture {name} has a bound that is none: {text.strip()!r}.")
    return Span(measure, float(found[2] or 0), float(found[3] or math.inf))


# --- choosing -----------------------------------------------------------------------------------


def _suits(one: Architecture, facts: Shape) -> bool:
    """Whether no fact speaks against it."""
    if any(not span.holds(facts.measures.get(span.measure, span.least)) for span in one.when):
        return False
    if one.problems and facts.problem and facts.problem not in one.problems:
        return False
    if one.data == ("head",):
        return bool(facts.data) and _is_called_for(one, facts)
    return not set(one.data).isdisjoint(facts.data)


def _is_called_for(head: Architecture, facts: Shape) -> bool:
    """Whether something measured asks for this very head."""
    if head.when:
        return all(span.measure in facts.measures for span in head.when)
    if head.metrics and facts.metric in head.metrics:
        return True
    return facts.problem in head.problems and facts.problem != "regression"


def _points(one: Architecture, facts: Shape) -> float:
    """How well it suits: how much of the data it reads, then merit, then how surely it fits."""
    weight = max((facts.data.get(kind, 0.0) for kind in one.data), default=0.0)
    if one.data == ("table",):
        weight *= 0.5 if len(facts.data) > 1 else 1.0
    known = sum(span.measure in facts.measures for span in one.when)
    return 2.0 * weight + 0.5 * one.merit + 0.1 * known


def _because(one: Architecture, facts: Shape) -> str:
    parts: list[str] = [kind for kind in one.data if kind in facts.data]
    parts += [
        f"{span.measure} {facts.measures[span.measure]:,.4g}"
        for span in one.when
        if span.measure in facts.measures
    ]
    parts += _named(facts.problem or "", one.problems, "the problem is")
    parts += _named(facts.metric, one.metrics, "the metric is")
    return "; ".join(parts)


def _named(known: str, wanted: Collection[str], words: str) -> list[str]:
    return [f"{words} {known}"] if known in wanted else []
