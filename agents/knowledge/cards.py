"""Cards: advice of experienced practitioners as Markdown files with a small typed head.

A file of `library/` looks like

    ---
    title: Rare classes: move the decision, not the data
    kind: modelling
    modalities: tables, text
    problems: binary, multiclass
    metrics: f1
    semantics: category
    when: rarest ..0.4; rows 500..
    words: fraud, rare
    sources: Elkan 2001
    ---
    Imbalance as such harms no probability model …

Only title, kind and sources must be there. The cards of the recipes (`agents/recipes/cards`) have
no head: their first heading is the title, and they count as advice on modelling.
"""

import math
import re
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from agents.models import Frozen, ProblemType, SemanticType

LIBRARY = Path(__file__).resolve().parent / "library"
RECIPE_CARDS = Path(__file__).resolve().parents[1] / "recipes" / "cards"

Kind = Literal["preprocessing", "domain", "evaluation", "modelling", "pitfall"]
Modality = Literal["tables", "text", "images", "audio", "series", "ratings", "multimodal", "files"]
"""`files`: a file of records a row; `multimodal`: at least two of tables, text, images, audio."""
Measure = Literal[
    "rows",
    "columns",
    "classes",
    "targets",
    "missing",
    "distinct",
    "rarest",
    "tail",
    "groups",
    "sides",
    "future",
    "weighted",
    "duplicates",
    "drift",
]
"""What conditions speak of; see `agents.knowledge.retrieval.facts_of` for the units."""

_HEAD = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_NUMBER = r"\d+(?:\.\d+)?"
_CONDITION = re.compile(rf"\s*([a-z]+) ({_NUMBER})?\.\.({_NUMBER})?\s*")
_LISTS = ("modalities", "problems", "metrics", "semantics", "words")


class Condition(Frozen):
    """A measured fact within bounds, both inclusive."""

    measure: Measure
    least: float = 0.0
    most: float = math.inf

    def holds(self, value: float) -> bool:
        """Whether a measured value lies within the bounds."""
        return self.least <= value <= self.most


class Card(Frozen):
    """One piece of advice. An empty tuple means that the card fits whatever there is."""

    name: str
    """Folder and file without suffix, such as `tables/dates`."""
    title: str
    text: str = Field(min_length=1)
    kind: Kind
    modalities: tuple[Modality, ...] = ()
    problems: tuple[ProblemType, ...] = ()
    metrics: tuple[str, ...] = ()
    """Names known to `agents.competition.metrics.metrics`."""
    semantics: tuple[SemanticType, ...] = ()
    """Kinds of columns that it is about; one of them is enough."""
    when: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    """What descriptions and columns are likely to say where it fits."""
    sources: str


class _Written(NamedTuple):
    head: dict[str, str]
    text: str


def read_card(name: str, written: str) -> Card:
    """Reads a card of the library.

    Args:
        name: What it will be called.
        written: The file.

    Raises:
        ValueError: the head is missing, or something in it is unknown.
    """
    head, text = _parts(name, written)
    lists = {key: _items(head.pop(key, "")) for key in _LISTS}
    when = tuple(_condition(name, one) for one in head.pop("when", "").split(";") if one.strip())
    return Card.model_validate({**head, **lists, "when": when, "name": name, "text": text})


def read_recipe_card(name: str, written: str) -> Card:
    """Reads a recipe's own card: a heading such as `# tables/forest: many trees`, then text.

    Raises:
        ValueError: there is no heading, or no text below it.
    """
    heading, _, text = written.partition("\n")
    if not heading.startswith("# "):
        raise ValueError(f"The card {name} does not begin with a heading.")
    title = heading[2:].strip()
    family = title.partition("/")[0]
    modality: Modality = "series" if family == "series" else "tables"
    return Card(
        name=f"recipes/{name}",
        title=f"Recipe {title}",
        text=text.strip(),
        kind="modelling",
        modalities=(modality,),
        sources="the recipe's own measurements",
    )


@cache
def all_cards() -> tuple[Card, ...]:
    """Every card of the library and of the recipes, sorted by name; files are read once."""
    own = [
        read_card(path.relative_to(LIBRARY).with_suffix("").as_posix(), _text(path))
        for path in LIBRARY.rglob("*.md")
    ]
    recipes = [read_recipe_card(path.stem, _text(path)) for path in RECIPE_CARDS.glob("*.md")]
    return tuple(sorted(own + recipes, key=lambda card: card.name))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _parts(name: str, written: str) -> _Written:
    found = _HEAD.match(written)
    if found is None:
        raise ValueError(f"The card {name} has no head between two lines of ---.")
    pairs = [line.partition(":") for line in found[1].splitlines()]
    return _Written({key.strip(): value.strip() for key, _, value in pairs}, found[2].strip())


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _condition(name: str, text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError(f"The card {name} has a condition that is no range: {text.strip()!r}.")
    measure, least, most = found.groups()
    bounds = {"least": least, "most": most}
    given = {key: float(value) for key, value in bounds.items() if value is not None}
    return Condition.model_validate({"measure": measure, **given})
