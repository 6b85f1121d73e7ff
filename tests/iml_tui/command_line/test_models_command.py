"""`iml-tui models`: what can be reached, what is missing, downloads; over loopback."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.conversation import Reach
from agents.llm.opening import Keys
from agents.llm.survey import survey
from iml_tui.command_line.models import lines_of
from tests.llm.servers import Turn, models_listed, serving

NO_KEYS = Keys(Path("/nowhere/keys.toml"), lambda _: None)
NOBODY = "http://127.0.0.1:9"
"""A port that nobody listens on."""


def elsewhere(**places: str) -> dict[str, str]:
    """An environment in which no provider is where it usually is."""
    names = ("OLLAMA_HOST", "LMSTUDIO_BASE_URL", "VLLM_BASE_URL", "LLAMACPP_BASE_URL")
    return {**dict.fromkeys(names, NOBODY), **places}


async def iml_tui(*words: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """The command in a process of its own, while the servers of this one go on."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "iml_tui.cli", *words),
        env={**without_keys(), **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def without_keys() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return {**kept, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


async def test_what_answers_is_listed_and_what_does_not_says_what_to_do() -> None:
    tags = Turn(body=json.dumps({"models": [{"model": "qwen:1b"}, {"model": "llama:2b"}]}))
    async with serving(api__tags=tags, v1__models=models_listed({"id": "tiny"})) as server:
        places = elsewhere(OLLAMA_HOST=server.url, VLLM_BASE_URL=f"{server.url}/v1")
        found = await survey(places, NO_KEYS, patience_s=60)
    said = "".join(f"{line}\n" for reach in found for line in lines_of(reach, None))
    assert f"+ Ollama at {server.url}: 2 models\n    ollama/llama:2b\n    ollama/qwen:1b\n" in said
    assert "    vllm/tiny\n" in said
    assert "- LM Studio: LM Studio at 127.0.0.1:9 does not answer: start its server" in said
    assert "- OpenAI: No key was found: set OPENAI_API_KEY" in said


@pytest.mark.slow
async def test_the_command_says_what_follows_where_no_model_can_be_reached() -> None:
    status, said = await iml_tui("models", environment=elsewhere())
    assert status == 1
    assert said.startswith("None is chosen: name one with --model, in IML_MODEL,")
    assert said.endswith("No model can be reached: runs use the built-in recipes.\n")


@pytest.mark.slow
async def test_the_chosen_models_are_shown_with_what_each_does() -> None:
    chosen = {"IML_MODEL": "ollama/m", "IML_CODER": "openai/gpt"}
    _, said = await iml_tui("models", environment=elsewhere(**chosen))
    assert said.startswith("Chosen: ollama/m plans and repairs, openai/gpt writes code.\n")


async def test_a_server_that_hangs_costs_no_more_than_the_patience() -> None:
    async with serving(api__tags=Turn(hangs_before=True)) as server:
        places = elsewhere(OLLAMA_HOST=server.url)
        found = {one.title: one for one in await survey(places, NO_KEYS, patience_s=0.5)}
    assert "did not answer within 0.5 s" in found["Ollama"].problem
    assert found["OpenAI"].problem.startswith("No key was found")


async def test_a_configured_provider_is_asked_with_its_key_whose_place_is_told() -> None:
    async with serving(v1__models=models_listed({"id": "models/g"})) as server:
        places = elsewhere(GEMINI_BASE_URL=f"{server.url}/v1", GEMINI_API_KEY="k-123456789")
        found = {one.title: one for one in await survey(places, NO_KEYS)}["Gemini"]
    assert (found.models, found.key) == (("gemini/g",), "GEMINI_API_KEY")
    assert "k-123456789" not in repr(found)


def test_long_lists_are_cut_unless_all_is_wanted() -> None:
    reach = Reach(title="X", url="u", models=tuple(f"x/{number}" for number in range(30)))
    assert lines_of(reach, 20)[-1] == "    and 10 more: --all lists them"
    assert len(lines_of(reach, None)) == 31


@pytest.fixture
def pulled() -> Turn:
    parts = [
        {"status": "pulling manifest"},
        {"status": "downloading", "digest": "d", "total": 100, "completed": 50},
        {"status": "downloading", "digest": "d", "total": 100, "completed": 51},
        {"status": "success"},
    ]
    return Turn(stream=[json.dumps(part) + "\n" for part in parts])


@pytest.mark.slow
async def test_a_download_is_told_as_it_goes(pulled: Turn) -> None:
    async with serving(api__pull=pulled) as server:
        status, said = await iml_tui(
            "models", "--pull", "ollama/qwen:1b", environment={"OLLAMA_HOST": server.url}
        )
    assert (status, said.splitlines()) == (
        0,
        ["pulling manifest", "downloading 50 %", "success", "ollama/qwen:1b is there."],
    )
