"""Finding cards by facts and words."""

from pathlib import Path

import pytest

from agents.knowledge.cards import Card, Condition, all_cards
from agents.knowledge.retrieval import (
    Facts,
    Found,
    facts_of,
    find_cards,
    search_cards,
    terms,
    words_of,
)
from tests.recipes.support import planned

TABLE = Facts(modalities={"tables": 1.0}, problem="regression", metric="rmsle")


def names(found: tuple[Found, ...]) -> list[str]:
    return [one.card.name for one in found]


def everything(facts: Facts) -> set[str]:
    return set(names(find_cards(facts, "image audio text forecast table", most=len(all_cards()))))


def card(name: str, **details: object) -> Card:
    usual = {"name": name, "title": name, "text": "advice", "kind": "modelling", "sources": "-"}
    return Card.model_validate(usual | details)


def test_the_card_on_the_metric_is_found_without_a_word() -> None:
    found = find_cards(TABLE, "")
    assert found[0].card.name == "metrics/relative_error"
    assert "the metric rmsle" in found[0].reason


def test_cards_for_other_data_other_problems_and_other_metrics_are_never_shown() -> None:
    shown = everything(TABLE)
    assert not [name for name in shown if name.startswith(("images/", "audio/"))]
    assert "metrics/auc" not in shown
    assert "tables/multilabel" not in shown
    assert "tables/target_transform" in shown


def test_a_measured_fact_outside_a_condition_rules_a_card_out() -> None:
    small = card("small", when=(Condition(measure="rows", most=2_000),))
    few, many = (TABLE.model_copy(update={"measures": {"rows": n}}) for n in (900.0, 9_000.0))
    assert names(find_cards(few, "", cards=[small])) == ["small"]
    assert find_cards(few, "", cards=[small])[0].reason == "900 training rows"
    assert find_cards(many, "", cards=[small]) == ()


def test_what_is_not_known_rules_nothing_out() -> None:
    shown = everything(Facts())
    assert shown >= {"images/small_images", "audio/short_clips", "series/validation"}


@pytest.mark.parametrize(
    ("words", "domain"),
    [
        ("Predict the default of a loan from the borrower's payments.", "domains/credit"),
        ("Patients of a hospital; say who has the disease.", "domains/medicine"),
        ("bedrooms squareFeet garage rentPrice apartment", "domains/real_estate"),
        ("Gefragt ist der crop_yield je farm und rainfall", "domains/food_agriculture"),
    ],
)
def test_a_domain_is_recognised_by_its_words(words: str, domain: str) -> None:
    found = find_cards(TABLE.model_copy(update={"metric": ""}), words)
    domains = [name for name in names(found) if name.startswith("domains/")]
    assert domains[0] == domain


def test_one_word_makes_no_domain() -> None:
    found = names(find_cards(TABLE, "a house"))
    assert not [name for name in found if name.startswith("domains/")]


def test_a_query_is_answered_by_its_words_alone_within_the_facts() -> None:
    assert names(search_cards(TABLE, "latitude longitude distance"))[0] == "tables/coordinates"
    assert search_cards(TABLE, "") == ()
    assert "images/boxes" not in names(search_cards(TABLE, "bounding box landmark"))


def test_the_answer_does_not_depend_on_anything_else() -> None:
    first, second = (find_cards(TABLE, "price of used cars by mileage") for _ in range(2))
    assert first == second
    assert len(first) == 8


def test_words_are_singular_lower_case_and_taken_apart() -> None:
    assert terms("LotArea of the Houses, 3 companies_total; glass") == [
        "lot",
        "area",
        "house",
        "company",
        "total",
        "glass",
    ]


def test_facts_come_from_task_and_profile(tmp_path: Path) -> None:
    competition = planned(tmp_path / "c", "binary")
    facts = facts_of(competition.task, competition.profile)
    assert set(facts.modalities) >= {"tables"}
    assert (facts.problem, facts.metric) == ("binary", "accuracy")
    assert "delimited" in facts.semantics
    assert facts.measures["groups"] == 1.0
    assert facts.measures["classes"] == 2.0
    assert 0.5 < facts.measures["rarest"] <= 1.0
    words = words_of(competition.task, competition.profile)
    found = names(find_cards(facts, words))
    assert {"metrics/accuracy", "tables/delimited_cells", "tables/groups"} <= set(found)
