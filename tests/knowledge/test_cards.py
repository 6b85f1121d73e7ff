"""The cards of the library: each can be read, says enough, and says it once."""

import re
from itertools import combinations, pairwise

import pytest

from agents.competition.metrics.metrics import METRICS
from agents.knowledge.cards import LIBRARY, Card, Condition, all_cards, read_card, read_recipe_card

HEAD = "---\ntitle: A: b\nkind: pitfall\nsources: none\n{more}---\nSome advice.\n"
FEWEST_WORDS, MOST_WORDS = 60, 180
MOST_SHARED = 0.2
"""Of the pairs of neighbouring words of the shorter card, so many may be in the other one."""


def library() -> list[Card]:
    return [card for card in all_cards() if not card.name.startswith("recipes/")]


def pairs_of_words(card: Card) -> set[tuple[str, str]]:
    words = re.findall(r"\w+", card.text.lower())
    return set(pairwise(words))


def test_every_file_of_the_library_and_every_recipe_is_a_card() -> None:
    files = {path.relative_to(LIBRARY).with_suffix("").as_posix() for path in LIBRARY.rglob("*.*")}
    assert {card.name for card in library()} == files
    assert len(files) >= 60
    assert "recipes/boosting" in {card.name for card in all_cards()}


def test_every_card_says_enough_and_not_too_much() -> None:
    lengths = {card.name: len(card.text.split()) for card in library()}
    wrong = {name: n for name, n in lengths.items() if not FEWEST_WORDS <= n <= MOST_WORDS}
    assert wrong == {}


def test_no_two_cards_say_the_same() -> None:
    cards = {card.name: pairs_of_words(card) for card in library()}
    alike = [
        (one, other)
        for one, other in combinations(cards, 2)
        if len(cards[one] & cards[other]) > MOST_SHARED * min(len(cards[one]), len(cards[other]))
    ]
    assert alike == []
    titles = [card.title for card in all_cards()]
    assert len(titles) == len(set(titles))


def test_cards_name_metrics_that_the_engine_knows_and_miss_none() -> None:
    named = {metric for card in library() for metric in card.metrics}
    assert named == set(METRICS)


def test_every_kind_of_card_and_of_data_is_covered() -> None:
    kinds = {card.kind for card in library()}
    modalities = {modality for card in library() for modality in card.modalities}
    assert kinds == {"preprocessing", "domain", "evaluation", "modelling", "pitfall"}
    assert modalities >= {"tables", "text", "images", "audio", "series", "ratings", "multimodal"}


def test_a_condition_may_be_open_at_either_side() -> None:
    card = read_card("x", HEAD.format(more="when: rows 500..; missing ..0.5; classes 3..9\n"))
    assert card.title == "A: b"
    assert card.when == (
        Condition(measure="rows", least=500),
        Condition(measure="missing", most=0.5),
        Condition(measure="classes", least=3, most=9),
    )
    assert card.when[2].holds(9)
    assert not card.when[2].holds(10)


@pytest.mark.parametrize(
    "more", ["when: rows many\n", "when: stars 1..\n", "problems: riddle\n", "colour: red\n"]
)
def test_a_head_that_says_something_unknown_is_refused(more: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's or our own, both name the field
        read_card("x", HEAD.format(more=more))


def test_a_card_without_a_head_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tables/lost"):
        read_card("tables/lost", "Advice.")


def test_a_card_of_a_recipe_is_called_by_its_heading() -> None:
    card = read_recipe_card("forest", "# tables/forest: many trees\n\n**When.** Always.\n")
    assert card.title == "Recipe tables/forest: many trees"
    assert (card.kind, card.modalities) == ("modelling", ("tables",))
