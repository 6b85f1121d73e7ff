"""The labels and the measure of the retrieval benchmark."""

import json

from agents.knowledge.cards import all_cards
from agents.knowledge.retrieval import Found
from benchmarks.retrieval import LABELS, recall


def test_labels_name_cards_that_exist() -> None:
    labels: dict[str, list[str]] = json.loads(LABELS.read_text(encoding="utf-8"))
    known = {card.name for card in all_cards()}
    assert len(labels) == 10
    assert {name for named in labels.values() for name in named} <= known
    assert all(len(set(named)) == len(named) >= 4 for named in labels.values())


def test_recall_counts_the_first_five_and_asks_for_no_more() -> None:
    cards = all_cards()[:8]
    found = tuple(Found(card=card, reason="") for card in cards)
    names = [card.name for card in cards]
    assert recall(found, set(names)) == 1.0
    assert recall(found, {names[0], names[4], names[5], names[6]}) == 0.5
    assert recall((), {names[0]}) == 0.0
