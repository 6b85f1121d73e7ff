"""Finding the cards that fit: measured facts rule cards out and lift them, words rank the rest.

Words are ranked by BM25 (Robertson and Zaragoza 2009) as `bm25s` computes it (Lù 2024). Facts come
first: a card for pictures is never shown for a table, however alike the words. Everything works
without a description, since facts and names of columns are always there.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from pydantic import Field

from agents.knowledge.cards import Card, Kind, Measure, Modality, all_cards
from agents.models import Frozen, ProblemType, Profile, Task
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.ratings import rating_pair

_IMAGES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_SOUNDS = frozenset({".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"})
_TEXT_COUNTS = 4
"""A column of text says as much as so many others."""
_IN_TIME = frozenset({"time", "periodic", "entity_tail"})

_FOR_WORDS = 4.0
"""Points of the card whose words fit best; others get their share of it."""
_FOR_METRIC = 3.0
_FOR_METRIC_BESIDE = 1.0
"""For a card that names the metric beside something else that it is about."""
_FOR_MODALITY = 2.0
_FOR_TABLES = 0.25
"""Nearly every competition has a table, so this says little."""
_FOR_PROBLEM = 0.75
_FOR_SEMANTIC = 0.25
_FOR_TELLING_SEMANTIC = 1.5
_TELLING = frozenset({"date", "text", "delimited", "list", "json"})
"""Kinds of columns that few competitions have; the others say little."""
_FOR_CONDITION = 1.0
_MOST_OF_KIND: Final[dict[Kind, int]] = {"domain": 2, "pitfall": 2}
_LEAST_DOMAIN_WORDS = 2
"""A domain is recognised by at least so many of its own words."""
_LEAST_QUERY_WORDS = 2
_SHOWN_WORDS = 4

_BOILERPLATE = frozenset(
    re.findall(
        r"\w+",
        """
        a about all also an and any are as at be been but by can column csv data dataset do
        each every evaluation file for format from goal had has have header higher how id if
        in into is it its label lower many may more most must no none not of often on one
        only or other out per predict prediction public row same sample score set should so
        some submission submit such table target test than that the their them then there
        these they this to train training two up use used valid value was were what when
        where which who will with without you your
        """,
    )
)
"""Words of every description, and of every language, that say nothing about this one."""


_MEASURED: Final[dict[Measure, str]] = {
    "rows": "{:,.0f} training rows",
    "columns": "{:,.0f} features",
    "classes": "{:,.0f} classes",
    "targets": "several targets",
    "missing": "up to {:.0%} empty cells in a column",
    "distinct": "up to {:,.0f} different words in a column",
    "rarest": "how rare the rarest class is",
    "tail": "a target with a long tail",
    "groups": "rows that come in groups",
    "sides": "tables to be joined",
    "future": "test rows that are later than all training rows",
    "weighted": "a metric that weighs rows",
    "duplicates": "repeated rows",
    "drift": "test rows unlike training rows",
}
"""What a measured fact that speaks for a card is called."""


class Facts(Frozen):
    """What is known of a competition; an empty field means that it is not known."""

    modalities: dict[Modality, float] = Field(default_factory=dict)
    """Each with how much of the data it is, 0 to 1."""
    problem: ProblemType | None = None
    metric: str = ""
    semantics: frozenset[str] = frozenset()
    """Semantic types of the features."""
    measures: dict[Measure, float] = Field(default_factory=dict)


class Found(Frozen):
    """A card, and why it was found."""

    card: Card
    reason: str

    @property
    def title(self) -> str:
        """The card's title."""
        return self.card.title

    @property
    def text(self) -> str:
        """The card's advice."""
        return self.card.text


class _Mark(NamedTuple):
    """Points for one thing that fits, and how to say so."""

    points: float
    reason: str
    """Empty where it says nothing to a reader."""


def facts_of(task: Task, profile: Profile) -> Facts:
    """What task and profile say in the terms that cards use.

    Measures: `rows`, `columns` (features), `classes`, `targets`; `missing` (largest share of empty
    cells), `distinct` (most words in one column), `rarest` (rows of the rarest class over those of
    an even share), `tail` (largest target over the mean one), `groups`, `future` and `weighted`
    (0 or 1), `sides` (joined tables), `duplicates` (share of the rows), `drift` (AUC).
    """
    needs = Needs(task, profile)
    return Facts(
        modalities=_modalities(needs),
        problem=task.problem,
        metric=task.metric.name,
        semantics=frozenset(column.semantic for column in needs.features),
        measures=_measures(needs),
    )


def words_of(task: Task, profile: Profile) -> str:
    """What the competition says of itself: description, names of columns, targets and classes."""
    names = [column.name for column in profile.columns]
    names += [column.name for columns in profile.side.values() for column in columns]
    classes = [label for target in task.targets for label in target.classes[:10]]
    return " ".join([task.description_text, task.metric.title, *names, *classes])


def find_cards(
    facts: Facts, words: str, *, most: int = 8, cards: Sequence[Card] | None = None
) -> tuple[Found, ...]:
    """The cards that fit best, the best first, each with the reason.

    Args:
        facts: What was measured; what is not known rules nothing out.
        words: Any text about the competition; may be empty.
        most: How many are wanted.
        cards: Where to look; all cards by default.
    """
    library = all_cards() if cards is None else tuple(cards)
    asked = set(terms(words))
    ranked = []
    for card, likeness in zip(library, _word_scores(library, asked), strict=True):
        if _may_be_shown(card, facts) and _is_known_domain(card, asked):
            marks = [*_marks(card, facts), *_word_marks(card, asked, likeness)]
            ranked.append((card, marks))
    return tuple(_varied(_best(ranked), most))


def search_cards(facts: Facts, query: str, *, most: int = 8) -> tuple[Found, ...]:
    """The cards that answer a query of a few words; facts only rule some out.

    A card answers where its title or its own words hold two words of the query (one where the query
    is one word): what occurs in a text only is too often beside the point.

    Args:
        facts: What was measured.
        query: What somebody asks the library for.
        most: How many are wanted.
    """
    library, asked = all_cards(), set(terms(query))
    ranked = [
        (card, [*_word_marks(card, asked, likeness)])
        for card, likeness in zip(library, _word_scores(library, asked), strict=True)
        if _may_be_shown(card, facts) and _answers(card, asked)
    ]
    return _best(ranked)[:most]


def _best(marked: Iterable[tuple[Card, Sequence[_Mark]]]) -> tuple[Found, ...]:
    """The cards that anything speaks for, those with most points first."""
    ranked = [
        (sum(mark.points for mark in marks), Found(card=card, reason=_because(marks)))
        for card, marks in marked
        if marks
    ]
    ranked.sort(key=lambda one: (-one[0], one[1].card.name))
    return tuple(found for _, found in ranked)


def _because(marks: Sequence[_Mark]) -> str:
    return "; ".join(mark.reason for mark in marks if mark.reason)


def _varied(ranked: Iterable[Found], most: int) -> Iterator[Found]:
    """The first so many, of some kinds only a few: one domain explains a competition, not five."""
    counts: dict[Kind, int] = {}
    taken = 0
    for found in ranked:
        kind = found.card.kind
        counts[kind] = counts.get(kind, 0) + 1
        if taken < most and counts[kind] <= _MOST_OF_KIND.get(kind, most):
            taken += 1
            yield found


# --- facts --------------------------------------------------------------------------------------


def _modalities(needs: Needs) -> dict[Modality, float]:
    suffixes = {suffix.lower() for folder in needs.task.media for suffix in folder.suffixes}
    texts, columns = len(needs.of("text")), len(needs.features)
    in_time = needs.profile.split.splitter in _IN_TIME and needs.task.problem == "regression"
    parts: dict[Modality, float] = {
        "tables": float(columns > texts or bool(needs.task.joins)),
        "text": min(1.0, _TEXT_COUNTS * texts / max(1, columns)),
        "images": float(bool(suffixes & _IMAGES)),
        "audio": float(bool(suffixes & _SOUNDS)),
    }
    weights = sorted(parts.values(), reverse=True)
    parts |= {
        "multimodal": weights[1],
        "files": float(bool(suffixes - _IMAGES - _SOUNDS)),
        "series": float(in_time),
        "ratings": float(rating_pair(needs) is not None),
    }
    return {modality: weight for modality, weight in parts.items() if weight > 0}


def _measures(needs: Needs) -> dict[Measure, float]:
    task, profile = needs.task, needs.profile
    split, rows = profile.split, max(1, profile.rows_train)
    measures: dict[Measure, float] = {
        "rows": float(profile.rows_train),
        "columns": float(len(needs.features)),
        "targets": float(len(task.targets)),
        "missing": max((column.missing for column in needs.features), default=0.0),
        "distinct": float(max((column.distinct for column in needs.of("category")), default=0)),
        "groups": float(split.key is not None or task.groups is not None),
        "sides": float(len(task.joins)),
        "future": float(split.splitter == "time"),
        "weighted": float(task.metric.weights is not None),
        "duplicates": profile.duplicates / rows,
    }
    if profile.drift is not None:
        measures["drift"] = profile.drift
    return measures | _target_measures(needs)


def _target_measures(needs: Needs) -> dict[Measure, float]:
    """How many classes, how rare the rarest is, how far the largest number lies from the mean."""
    target = needs.task.targets[0]
    column = next((one for one in needs.profile.columns if one.name == target.name), None)
    if target.kind == "class":
        measures: dict[Measure, float] = {"classes": float(len(target.classes))}
        shares = [bar.share for bar in column.distribution] if column else []
        if shares and len(shares) == len(target.classes):
            measures["rarest"] = min(shares) * len(shares)
        return measures
    if column is None or column.maximum is None or not column.mean or (column.minimum or 0.0) < 0:
        return {}
    return {"tail": column.maximum / column.mean}


def _is_known_domain(card: Card, asked: Collection[str]) -> bool:
    """Whether a card on a domain is called for by enough of its own words; true for others."""
    own = set(terms(" ".join(card.words)))
    return card.kind != "domain" or len(own & set(asked)) >= _LEAST_DOMAIN_WORDS


def _answers(card: Card, asked: Collection[str]) -> bool:
    """Whether enough words of a query are what the card is about."""
    about = set(terms(" ".join([card.title, *card.words])))
    return len(about & set(asked)) >= min(_LEAST_QUERY_WORDS, max(1, len(asked)))


def _may_be_shown(card: Card, facts: Facts) -> bool:
    """Whether no fact speaks against the card."""
    if card.kind == "evaluation" and not _fits(card.metrics, {facts.metric} - {""}):
        return False
    return (
        _fits(card.modalities, facts.modalities)
        and _fits(card.problems, {facts.problem} if facts.problem else set())
        and _fits(card.semantics, facts.semantics)
        and all(
            condition.holds(facts.measures[condition.measure])
            for condition in card.when
            if condition.measure in facts.measures
        )
    )


def _fits(wanted: Collection[str], there: Collection[str]) -> bool:
    return not wanted or not there or not set(wanted).isdisjoint(there)


def _marks(card: Card, facts: Facts) -> Iterator[_Mark]:
    """What of the facts speaks for the card."""
    if facts.metric in card.metrics:
        points = _FOR_METRIC if card.kind == "evaluation" else _FOR_METRIC_BESIDE
        yield _Mark(points, f"the metric {facts.metric}")
    shared = [one for one in card.modalities if one in facts.modalities]
    if special := [one for one in shared if one != "tables"]:
        weight = max(facts.modalities[one] for one in special)
        yield _Mark(_FOR_MODALITY * weight, ", ".join(special))
    elif shared:
        yield _Mark(_FOR_TABLES, "")
    if facts.problem is not None and facts.problem in card.problems:
        yield _Mark(_FOR_PROBLEM / len(card.problems), f"the problem is {facts.problem}")
    if columns := [one for one in card.semantics if one in facts.semantics]:
        points = _FOR_SEMANTIC if _TELLING.isdisjoint(columns) else _FOR_TELLING_SEMANTIC
        yield _Mark(points, f"columns of kind {', '.join(columns)}")
    for condition in card.when:
        value = facts.measures.get(condition.measure)
        if value is not None:
            said = _MEASURED.get(condition.measure, "").format(value)
            yield _Mark(_FOR_CONDITION / len(card.when), said)


# --- words --------------------------------------------------------------------------------------


def terms(text: str) -> list[str]:
    """The words of a text that say something, in lower case and singular; `LotArea` is two."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.replace("_", " "))
    words = (_singular(word) for word in re.findall(r"[^\W\d_]{2,}", apart.lower()))
    return [word for word in words if word not in _BOILERPLATE]


def _singular(word: str) -> str:
    """A word without the commonest endings of the plural: enough to match a query with a card."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _word_scores(cards: tuple[Card, ...], asked: Collection[str]) -> list[float]:
    """How well the words fit each card, 0 to 1 for the best."""
    if not asked or not cards:
        return [0.0] * len(cards)
    scores = _scorer(cards)(sorted(asked))
    best = max(scores)
    return [score / best if best > 0 else 0.0 for score in scores]


@cache
def _scorer(cards: tuple[Card, ...]) -> Callable[[list[str]], list[float]]:
    """Scores some cards by words; the title and a card's own words count twice."""
    # It loads numpy, which an engine that asks no model does without.
    import bm25s  # noqa: PLC0415

    index = bm25s.BM25()
    texts = [terms(" ".join([card.title, *card.words] * 2 + [card.text])) for card in cards]
    index.index(texts, show_progress=False)
    return lambda asked: [float(score) for score in index.get_scores(asked)]


def _word_marks(card: Card, asked: Collection[str], likeness: float) -> Iterator[_Mark]:
    if likeness <= 0:
        return
    known_by = terms(" ".join([*card.words, card.title]))
    shared = [word for word in dict.fromkeys(known_by) if word in asked][:_SHOWN_WORDS]
    said = f"the words {', '.join(shared)}" if shared else ""
    yield _Mark(_FOR_WORDS * likeness, said)
