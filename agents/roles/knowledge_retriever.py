"""Knowledge Retriever (paper 3.3.1): which advice fits this data.

Facts and words find cards by rule. A model, where there is one, chooses among the best of them with
a reason each and may search for what is missing; where it cannot be understood, the rule stands.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from pydantic import Field

from agents.adviser import Adviser, Question
from agents.errors import NotUnderstoodError
from agents.knowledge.cards import Card
from agents.knowledge.retrieval import Facts, Found, facts_of, find_cards, search_cards, words_of
from agents.models import Frozen, Profile, Task

ROLE = "knowledge_retriever"
MOST_CARDS: Final = 8
SHOWN: Final = 20
"""Cards that a model chooses from."""
MOST_QUERIES: Final = 2
_CARDS_A_QUERY: Final = 2


class Pick(Frozen):
    """A card that a model chose."""

    card: str
    """Its name, such as `tables/dates`."""
    reason: str


class Picks(Frozen):
    """What a model answers."""

    picks: tuple[Pick, ...] = Field(json_schema_extra={"maxItems": MOST_CARDS})
    """Asked for in the schema, but one too many is cut off, not sent back."""
    queries: tuple[str, ...] = Field(default=(), json_schema_extra={"maxItems": MOST_QUERIES})


class Knowledge(Frozen):
    """The advice that fits, the most useful first."""

    cards: tuple[Found, ...]
    """At most eight, each with the reason it is here."""
    queries: tuple[str, ...] = ()
    """What a model searched for besides."""
    chosen_by: Literal["rule", "model"] = "rule"


async def retrieve(
    task: Task,
    profile: Profile,
    adviser: Adviser | None,
    *,
    domain: str = "",
    hints: Sequence[str] = (),
) -> Knowledge:
    """Find the advice that fits a competition.

    Args:
        task: What is asked.
        profile: What was measured.
        adviser: Whose prompts know task and profile; None without a model.
        domain: One or two words, such as "retail sales", where somebody said so.
        hints: What the Task Analyzer read out of the description.

    Returns:
        At most eight cards; with a description, with none, and where the model's answer names no
        card of the list.

    Raises:
        ModelError: the model gave no answer at all.
    """
    facts = facts_of(task, profile)
    words = " ".join([words_of(task, profile), domain, *hints])
    shown = find_cards(facts, words, most=SHOWN)
    by_rule = Knowledge(cards=find_cards(facts, words, most=MOST_CARDS))
    if adviser is None or not shown:
        return by_rule
    asked = {"cards": shown, "most": MOST_CARDS, "queries": MOST_QUERIES}
    try:
        picks = await adviser.value(Question(ROLE, "planner", asked), Picks)
    except NotUnderstoodError:
        return by_rule
    return _chosen(picks, shown, facts) or by_rule


def _chosen(picks: Picks, shown: Sequence[Found], facts: Facts) -> Knowledge | None:
    """The cards that a model chose, then what it searched for, as far as there is room.

    None where it named none of the list.
    """
    by_name = {found.card.name: found.card for found in shown}
    reasons = {pick.card.strip("` "): pick.reason for pick in picks.picks}
    chosen = [
        Found(card=by_name[name], reason=reason)
        for name, reason in reasons.items()
        if name in by_name
    ]
    if not chosen:
        return None
    queries = tuple(query.strip() for query in picks.queries if query.strip())[:MOST_QUERIES]
    searched = _searched(queries, facts, set(by_name.values()))
    kept = [*chosen[:MOST_CARDS], *searched][:MOST_CARDS]
    return Knowledge(cards=tuple(kept), queries=queries, chosen_by="model")


def _searched(queries: Sequence[str], facts: Facts, known: set[Card]) -> Iterator[Found]:
    """The first cards of each query that the model has not seen yet."""
    for query in queries:
        fresh = [
            found for found in search_cards(facts, query, most=SHOWN) if found.card not in known
        ][:_CARDS_A_QUERY]
        known |= {found.card for found in fresh}
        for found in fresh:
            yield Found(card=found.card, reason=f"the model searched for “{query}”")
