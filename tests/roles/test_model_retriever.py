"""The Pretrained Model Retriever over a Hub on loopback; a script plays the model."""

import json
from pathlib import Path

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.llm.scripted import ScriptedModel
from agents.models import ColumnProfile
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.recipes.needs.availability import Surroundings
from agents.roles.model_retriever import Checkpoints, retrieve_checkpoints
from tests.knowledge.hubs import LARGE, SMALL, answers, hub, store
from tests.knowledge.pages import Answer, pages
from tests.recipes.support import Planned, planned

OPEN = Surroundings(frozenset({"transformers", "torch"}), frozenset(), offline=False)
CLOSED = OPEN._replace(offline=True)
CARD = "---\npipeline_tag: feature-extraction\n---\n"


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """A table with one more column, of text."""
    made = planned(tmp_path_factory.mktemp("checkpoints") / "c", "binary")
    text = ColumnProfile(name="remarks", semantic="text", distinct=200, missing=0.0)
    profile = made.profile.model_copy(update={"columns": (*made.profile.columns, text)})
    return Planned(made.folder, made.task, profile, made.blueprint)


def names(found: Checkpoints) -> list[str]:
    return [one.checkpoint.repository for one in found.choices]


async def retrieved(
    competition: Planned,
    url: str,
    home: Path,
    surroundings: Surroundings = OPEN,
    adviser: Adviser | None = None,
) -> Checkpoints:
    return await retrieve_checkpoints(
        competition.task, competition.profile, surroundings, adviser, hub=hub(url, home)
    )


async def test_the_smallest_adequate_open_models_are_found(
    competition: Planned, tmp_path: Path
) -> None:
    with pages(answers()) as server:
        found = await retrieved(competition, server.url, tmp_path)
    assert names(found) == [SMALL, LARGE]  # and no pickle
    assert (found.why_not, found.chosen_by) == ("", "rule")
    assert found.choices[0].reason.startswith("For the columns of text the smallest adequate model")
    entry = found.entries[0]
    assert (entry.kind, entry.address) == ("checkpoints", server.url)
    assert not entry.concerns


async def test_with_a_hub_that_fails_what_is_on_disk_is_used(
    competition: Planned, tmp_path: Path
) -> None:
    store(tmp_path, "acme/stored", {"model.safetensors": 80_000_000, "README.md": CARD})
    with pages({"/": Answer(status=401)}) as server:
        found = await retrieved(competition, server.url, tmp_path)
    assert names(found) == ["acme/stored"]
    assert found.why_not == (
        f"Only what lies in the Hugging Face cache is used, since {server.url} refuses the search "
        "(401): mend HF_TOKEN."
    )


async def test_without_a_network_nothing_is_asked(competition: Planned, tmp_path: Path) -> None:
    with pages(answers()) as server:
        found = await retrieved(competition, server.url, tmp_path, CLOSED)
    assert server.requests == []
    assert (found.choices, found.entries) == ((), ())
    assert found.why_not == (
        "Only what lies in the Hugging Face cache could be used, and nothing fits there, since the "
        "network is not to be reached."
    )


async def test_an_empty_hub_is_said(competition: Planned, tmp_path: Path) -> None:
    with pages(answers([])) as server:
        found = await retrieved(competition, server.url, tmp_path)
    assert found.why_not == (
        "The Hub lists no open model of adequate size for the columns of text."
    )


async def test_without_a_package_that_runs_them_none_is_looked_for(
    competition: Planned, tmp_path: Path
) -> None:
    bare = OPEN._replace(installed=frozenset({"torch"}))
    with pages(answers()) as server:
        found = await retrieved(competition, server.url, tmp_path, bare)
    assert server.requests == []
    assert "no package that runs one is installed" in found.why_not


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


def picked(*repositories: str) -> str:
    return json.dumps(
        {"picks": [{"repository": n, "reason": f"Because {n}."} for n in repositories]}
    )


def stored(home: Path) -> list[str]:
    """Three encoders in the cache, the smallest first."""
    found = ["acme/small", "acme/middle", "acme/large"]
    for place, name in enumerate(found, start=1):
        store(home, name, {"model.safetensors": place * 80_000_000, "README.md": CARD})
    return found


async def test_a_model_chooses_among_what_was_found_and_nothing_else(
    competition: Planned, tmp_path: Path
) -> None:
    small, middle, large = stored(tmp_path)
    adviser, model = advised(competition, picked("acme/invented", large, f"`{middle}`"))
    found = await retrieved(competition, "http://127.0.0.1:9", tmp_path, CLOSED, adviser)
    assert names(found) == [large, middle]
    assert found.chosen_by == "model"
    assert found.choices[0].reason == f"Because {large}."
    assert f"`{small}` (text;" in model.asked[0].user
    assert "80 MB; licence unknown; on disk" in model.asked[0].user


async def test_where_a_model_only_invents_the_rule_stands(
    competition: Planned, tmp_path: Path
) -> None:
    known = stored(tmp_path)
    adviser, _ = advised(competition, picked("acme/invented"))
    found = await retrieved(competition, "http://127.0.0.1:9", tmp_path, CLOSED, adviser)
    assert names(found) == known
    assert found.chosen_by == "rule"
