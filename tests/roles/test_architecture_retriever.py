"""The Custom Architecture Retriever with a model and without; a script plays the model."""

import json

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.llm.scripted import ScriptedModel
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.roles.architecture_retriever import MOST, retrieve_architectures
from tests.recipes.support import Planned, planned


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("architectures") / "c", "binary")


def advised(competition: Planned, *replies: str) -> tuple[Adviser, ScriptedModel]:
    seen = preview(competition.folder, competition.task)
    facts = dossier(
        competition.task,
        competition.profile,
        tables=tuple(ShownTable(*table) for table in seen.tables),
        examples=seen.examples,
        place=Place(("pandas 3.1.1",), cores=2, memory_gib=8.0, gpu=False),
    )
    model = ScriptedModel(replies)
    return Adviser(model, facts), model


def picked(*names: str) -> str:
    return json.dumps({"picks": [{"architecture": n, "reason": f"Because {n}."} for n in names]})


async def test_without_a_model_facts_choose(competition: Planned) -> None:
    known = await retrieve_architectures(competition.task, competition.profile, None)
    assert known.chosen_by == "rule"
    assert 1 <= len(known.found) <= MOST
    assert "class " in known.found[0].text


async def test_a_model_chooses_by_purpose_and_is_shown_no_code(competition: Planned) -> None:
    by_rule = await retrieve_architectures(competition.task, competition.profile, None)
    last = by_rule.found[-1].architecture.name
    adviser, model = advised(competition, picked("tables/invented", last))
    known = await retrieve_architectures(competition.task, competition.profile, adviser)
    assert [one.architecture.name for one in known.found] == [last]
    assert (known.chosen_by, known.found[0].reason) == ("model", f"Because {last}.")
    assert f"`{last}`: " in model.asked[0].user
    assert "nn.Module" not in model.asked[0].user


async def test_a_model_is_told_the_plans_and_chooses_no_more_than_it_was_asked_for(
    competition: Planned,
) -> None:
    by_rule = await retrieve_architectures(competition.task, competition.profile, None)
    names = [one.architecture.name for one in by_rule.found]
    plan = competition.plan("baseline")
    adviser, model = advised(competition, picked(*names, *names), picked(names[0]))
    known = await retrieve_architectures(
        competition.task, competition.profile, adviser, plans=[plan]
    )
    assert f"**{plan.name}**: {plan.reason}" in model.asked[0].user
    assert [one.architecture.name for one in known.found] == names[:1]
    [told] = model.asked[1].exchanges
    assert "picks" in told.objection


@pytest.mark.parametrize("reply", [picked("tables/invented"), "no idea"])
async def test_where_a_model_names_none_of_them_the_rule_stands(
    competition: Planned, reply: str
) -> None:
    adviser, _ = advised(competition, *[reply] * 3)
    known = await retrieve_architectures(competition.task, competition.profile, adviser)
    assert known.chosen_by == "rule"
    assert known.found
