"""The Knowledge Retriever with a model and without; a script plays the model."""

import json
import re

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.errors import ServerBusyError
from agents.llm.scripted import ScriptedModel
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.roles.knowledge_retriever import MOST_CARDS, SHOWN, retrieve
from tests.recipes.support import Planned, planned


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("knowledge") / "c", "binary")


def advised(competition: Planned, *answers: str | ServerBusyError) -> tuple[Adviser, ScriptedModel]:
    seen = preview(competition.folder, competition.task)
    facts = dossier(
        competition.task,
        competition.profile,
        tables=tuple(ShownTable(*table) for table in seen.tables),
        examples=seen.examples,
        place=Place(("pandas 3.1.1",), cores=2, memory_gib=8.0, gpu=False),
    )
    model = ScriptedModel(answers)
    return Adviser(model, facts), model


def picked(*cards: str, queries: tuple[str, ...] = ()) -> str:
    picks = [{"card": name, "reason": f"It fits: {name}."} for name in cards]
    return json.dumps({"picks": picks, "queries": queries})


async def test_without_a_model_facts_and_description_choose(competition: Planned) -> None:
    known = await retrieve(competition.task, competition.profile, None)
    assert known.chosen_by == "rule"
    assert len(known.cards) == MOST_CARDS
    assert known.cards[0].reason
    assert known.cards[0].title
    assert known.cards[0].text


async def test_without_a_description_cards_are_found_as_well(competition: Planned) -> None:
    silent = competition.task.model_copy(update={"description_text": ""})
    known = await retrieve(silent, competition.profile, None)
    assert "metrics/accuracy" in {found.card.name for found in known.cards}


async def test_what_the_task_analyzer_said_is_searched_for(competition: Planned) -> None:
    known = await retrieve(
        competition.task,
        competition.profile,
        None,
        domain="airline travel",
        hints=["Passengers of one trip share a vehicle and a route."],
    )
    assert "domains/transport" in {found.card.name for found in known.cards}


async def test_a_model_chooses_from_the_best_and_says_why(competition: Planned) -> None:
    adviser, model = advised(
        competition, picked("metrics/accuracy", "tables/groups", "tables/no_such_card")
    )
    known = await retrieve(competition.task, competition.profile, adviser)

    assert known.chosen_by == "model"
    assert [found.card.name for found in known.cards] == ["metrics/accuracy", "tables/groups"]
    assert known.cards[0].reason == "It fits: metrics/accuracy."
    [asked] = model.asked
    listed = asked.user.partition("# Your part")[2]
    assert len(re.findall(r"^- `\w+/\w+` \(", listed, re.MULTILINE)) == SHOWN
    assert "words of its text" not in listed
    assert f'"maxItems":{MOST_CARDS}' in asked.user
    assert "Train with log loss" not in listed


async def test_what_a_model_searches_for_is_added(competition: Planned) -> None:
    adviser, _ = advised(
        competition, picked("metrics/accuracy", queries=("latitude longitude distance",))
    )
    known = await retrieve(competition.task, competition.profile, adviser)
    by_name = {found.card.name: found.reason for found in known.cards}
    assert by_name["tables/coordinates"] == ("the model searched for “latitude longitude distance”")
    assert known.queries == ("latitude longitude distance",)
    assert len(known.cards) <= MOST_CARDS


async def test_what_a_model_chose_is_never_given_up_for_what_it_searched(
    competition: Planned,
) -> None:
    listing = await _listed(competition)
    chosen = listing[: MOST_CARDS + 1]
    adviser, _ = advised(competition, picked(*chosen, queries=("latitude longitude distance",)))
    known = await retrieve(competition.task, competition.profile, adviser)
    assert [found.card.name for found in known.cards] == chosen[:MOST_CARDS]


async def test_a_card_that_shares_only_words_of_its_text_answers_no_search(
    competition: Planned,
) -> None:
    adviser, _ = advised(
        competition, picked("metrics/accuracy", queries=("naive Bayes weighted linear SVM",))
    )
    known = await retrieve(competition.task, competition.profile, adviser)
    assert [found.card.name for found in known.cards] == ["metrics/accuracy"]


async def _listed(competition: Planned) -> list[str]:
    """The names of the cards that a model chooses from."""
    adviser, model = advised(competition, picked("metrics/accuracy"))
    await retrieve(competition.task, competition.profile, adviser)
    listed = model.asked[0].user.partition("# Your part")[2]
    return re.findall(r"^- `(\w+/\w+)`", listed, re.MULTILINE)


@pytest.mark.parametrize("answer", ["I like cards.", picked("tables/no_such_card")])
async def test_where_a_model_makes_no_sense_the_rule_stands(
    competition: Planned, answer: str
) -> None:
    adviser, _ = advised(competition, answer, answer, answer)
    known = await retrieve(competition.task, competition.profile, adviser)
    assert known == await retrieve(competition.task, competition.profile, None)


async def test_a_server_that_fails_is_the_callers_matter(competition: Planned) -> None:
    adviser, _ = advised(competition, ServerBusyError("The server is busy."))
    with pytest.raises(ServerBusyError):
        await retrieve(competition.task, competition.profile, adviser)
