"""`iml-tui doctor`: each thing is tried out, and what fails says in one line what to do."""

import json
from pathlib import Path

import pytest

from agents.checkup import check_machine, check_model
from agents.models import Diagnosis
from iml_tui.command_line.doctor import line_of
from tests.iml_tui.command_line.test_models_command import NO_KEYS, iml_tui
from tests.llm.servers import (
    Turn,
    models_listed,
    ollama_refusal,
    ollama_said,
    openai_refusal,
    openai_said,
    serving,
    shown,
)

MONTHS = ("January, ", "February, ", "March")
LIMA = json.dumps({"country": "Peru", "population_in_millions": 34.0})


async def examined(name: str, environment: dict[str, str]) -> list[Diagnosis]:
    return [one async for one in check_model(name, environment, NO_KEYS)]


async def test_an_able_model_is_good_throughout() -> None:
    turns = [Turn(stream=ollama_said(*MONTHS)), Turn(stream=ollama_said(LIMA))]
    async with serving(*turns, api__show=shown()) as server:
        found = await examined("ollama/m", {"OLLAMA_HOST": server.url})
    assert [one.state for one in found] == ["good"] * 3
    assert found[0].text.startswith("answers and streams, first token after")
    assert line_of(found[2]) == "+ ollama/m, context: 32768 tokens."


async def test_what_a_server_lacks_is_fair_and_said() -> None:
    turns = [
        Turn(stream=openai_said("January, February", usage=None)),
        openai_refusal(400, "response_format is not supported"),
        Turn(stream=openai_said(f"Here: {LIMA}")),
    ]
    async with serving(*turns, v1__models=models_listed({"id": "m"})) as server:
        found = await examined(f"{server.url}#m", {})
    assert [one.state for one in found] == ["fair"] * 3
    assert "does not stream" in found[0].text
    assert "takes no JSON schema" in found[1].text
    assert "32768 tokens are assumed" in found[2].text


async def test_a_model_that_cannot_write_json_is_bad_and_the_rest_goes_on() -> None:
    turns = [Turn(stream=ollama_said(*MONTHS)), Turn(stream=ollama_said("Peru, thirty-four"))]
    async with serving(*turns, api__show=shown(8192)) as server:
        found = await examined("ollama/m", {"OLLAMA_HOST": server.url})
    assert [one.state for one in found] == ["good", "bad", "fair"]
    assert "choose an abler model" in found[1].text
    assert "choose a model that reads more" in found[2].text


async def test_a_model_that_is_not_there_is_one_bad_line_with_the_remedy() -> None:
    refusal = ollama_refusal(404, "model 'm' not found")
    async with serving(Turn(), api__show=refusal) as server:
        found = await examined("ollama/m", {"OLLAMA_HOST": server.url})
    assert [one.state for one in found] == ["bad"]
    assert "iml-tui models --pull ollama/m" in found[0].text


@pytest.mark.parametrize(
    ("name", "words"), [("openai/gpt", "set OPENAI_API_KEY"), ("opnai/gpt", "did you mean openai")]
)
async def test_a_model_that_cannot_be_opened_is_one_bad_line(name: str, words: str) -> None:
    found = await examined(name, {})
    assert [(one.subject, one.state) for one in found] == [(name, "bad")]
    assert words in found[0].text


@pytest.mark.slow
async def test_the_machine_is_tried_out_thing_by_thing(tmp_path: Path) -> None:
    found = {one.subject: one async for one in check_machine(tmp_path / "new", tmp_path / "cache")}
    assert list(found) == ["git", "disk", "GPU", "sandbox"]
    assert found["git"].state == "good"
    assert "GiB free at" in found["disk"].text
    assert found["sandbox"].text


@pytest.mark.slow
async def test_the_command_fails_where_something_does(tmp_path: Path) -> None:
    status, said = await iml_tui(
        *("doctor", str(tmp_path), "--model", "ollama/m"),
        environment={"OLLAMA_HOST": "http://127.0.0.1:9", "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert status == 1
    assert "+ git: git version" in said
    assert "- ollama/m: Ollama at 127.0.0.1:9 does not answer: start it with" in said


@pytest.mark.slow
async def test_the_chosen_models_are_tried_wherever_they_are_chosen(tmp_path: Path) -> None:
    workspace, home = tmp_path / "c" / "pipeline", tmp_path / "home" / "iml-tui"
    for folder, text in ((workspace, 'coder = "ollama/c"\n'), (home, 'model = "ollama/m"\n')):
        folder.mkdir(parents=True)
        (folder / ("iml.toml" if folder == workspace else "config.toml")).write_text(text)
    environment = {
        "OLLAMA_HOST": "http://127.0.0.1:9",
        "XDG_CACHE_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(home.parent),
        "IML_DEBUGGER": "ollama/d",
    }
    status, said = await iml_tui("doctor", str(tmp_path / "c"), environment=environment)
    assert status == 1
    assert "+ models: ollama/m plans, ollama/c writes code, ollama/d repairs." in said
    called = [line.split(": ")[0] for line in said.splitlines() if "does not answer" in line]
    assert called == ["- ollama/m", "- ollama/c", "- ollama/d"]


@pytest.mark.slow
async def test_a_settings_file_that_cannot_be_read_is_one_bad_line(tmp_path: Path) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "iml.toml").write_text("plannr = 'x'", encoding="utf-8")
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    status, said = await iml_tui("doctor", str(tmp_path), environment=environment)
    assert status == 1
    assert "- settings: " in said
    assert "did you mean planner?" in said
    assert "+ git: " in said
