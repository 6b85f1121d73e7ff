"""Choosing who writes the code: what is listed, what stays secret, what a choice becomes."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents.conversation import Progress, Reach
from agents.models import Diagnosis
from iml_tui.app import ImlApp
from iml_tui.first_start import Surveyed, rows_of
from iml_tui.screens.first_start import FirstStart
from tests.llm.servers import Turn, ollama_line, serving
from tests.picture import Viewer, settled, shown
from tests.replay import replay

NOBODY = "http://127.0.0.1:9"
LOCAL = Reach(
    title="Ollama",
    url="http://127.0.0.1:11434",
    models=("ollama/llama:8b", "ollama/qwen:14b"),
    sizes={"ollama/qwen:14b": 9_000_000_000},
)
CLOUD = Reach(
    title="OpenAI",
    url="https://api.openai.com/v1",
    key="OPENAI_API_KEY",
    models=tuple(f"openai/m{number}" for number in range(20)),
)
REFUSED = CLOUD.model_copy(
    update={"models": (), "problem": "OpenAI does not take the key: set another."}
)
NO_KEY = Reach(
    title="Gemini",
    url="https://gemini.example/v1",
    problem="No key was found: set GEMINI_API_KEY, or write it into keys.toml (chmod 600).",
)
ASLEEP = Reach(
    title="LM Studio",
    url="http://127.0.0.1:1234/v1",
    problem="LM Studio at 127.0.0.1:1234 does not answer: start it, or set LMSTUDIO_BASE_URL.",
)
FOUND = Surveyed(reaches=(LOCAL, ASLEEP, CLOUD, NO_KEY))


def lines(known: Surveyed, width: int = 90) -> str:
    return "\n".join(row.content.plain.rstrip() for row in rows_of(known, "It runs.", width))


def keys(known: Surveyed) -> list[str]:
    return [row.key for row in rows_of(known, "It runs.", 90) if row.key is not None]


def test_models_of_a_local_server_stand_in_the_list_and_many_stand_behind_one_row() -> None:
    text = lines(FOUND)
    assert " ✓ qwen:14b             Ollama, 9.0 GB" in text
    assert " ✓ OPENAI_API_KEY       OpenAI, 20 models  enter lists them" in text
    assert keys(FOUND) == [
        "model ollama/llama:8b",
        "model ollama/qwen:14b",
        "provider OpenAI",
        "recipes",
    ]
    opened = Surveyed(reaches=FOUND.reaches, opened="OpenAI")
    assert keys(opened) == [f"model {name}" for name in CLOUD.models]


def test_what_is_missing_says_in_its_line_how_it_is_mended() -> None:
    text = lines(Surveyed(reaches=(ASLEEP, NO_KEY, REFUSED)))
    assert " · LM Studio            not running: start it\n" in text
    assert " · Gemini               no key: set GEMINI_API_KEY\n" in text
    assert " ! OPENAI_API_KEY       OpenAI does not take the key\n" in text
    assert "mend: set another\n" in text


def test_a_local_server_that_is_silent_is_not_said_to_be_off() -> None:
    silent = ASLEEP.model_copy(
        update={"problem": "LM Studio at 127.0.0.1:1234 did not answer within 5 s: restart it."}
    )
    text = lines(Surveyed(reaches=(silent,)))
    assert "not running" not in text
    assert " ! LM Studio            LM Studio at 127.0.0.1:1234 did not answer within 5 s\n" in text
    assert "mend: restart it" in text


def test_what_came_of_a_test_stands_below_the_model_that_was_called() -> None:
    tried = (
        Diagnosis(subject="ollama/llama:8b", state="good", text="answers."),
        Diagnosis(subject="ollama/llama:8b, context", state="fair", text="2048 tokens."),
    )
    known = replace(FOUND, tested="ollama/llama:8b", tried=tried)
    found = lines(known).splitlines()
    at = next(number for number, one in enumerate(found) if "llama:8b" in one)
    assert found[at + 1].strip() == "✓ answers."
    assert found[at + 2].strip() == "! context: 2048 tokens."
    assert "qwen:14b" in found[at + 3]


def test_the_machine_has_a_line_each_and_a_mend_where_something_is_wrong() -> None:
    machine = (
        Diagnosis(subject="git", state="good", text="git version 2.39."),
        Diagnosis(subject="sandbox", state="bad", text="none works here: install bubblewrap."),
        Diagnosis(subject="GPU", state="fair", text="none is seen; everything works without one."),
    )
    text = lines(Surveyed(reaches=(), machine=machine))
    assert " ✓ Git          git version 2.39\n" in text
    assert " ✗ Sandbox      none works here\n" in text
    assert "mend: install bubblewrap\n" in text
    assert " · GPU          none is seen" in text


def test_a_download_shows_how_far_it_has_come() -> None:
    known = Surveyed(
        reaches=(), pulling="ollama/qwen:1b", progress=Progress(what="pulling", share=0.5)
    )
    assert "ollama/qwen:1b  pulling" in lines(known)
    assert "50%" in lines(known)


@pytest.mark.parametrize("width", [12, 36, 70, 150])
def test_names_of_strangers_are_shown_as_they_are_at_every_width(width: int) -> None:
    odd = LOCAL.model_copy(update={"models": ("ollama/[/b]\x1b[31m漢字" + "x" * 200,), "sizes": {}})
    for row in rows_of(Surveyed(reaches=(odd,), said="no [/]\n\x07"), "About.", width):
        assert "\x1b" not in row.content.plain
        assert "\n" not in row.content.plain
        assert row.key is None or row.content.cell_length <= width


# --- on the screen --------------------------------------------------------------------------------


async def until(pilot: Pilot[None], words: str) -> str:
    app = pilot.app
    assert isinstance(app, ImlApp)
    for _ in range(1500):
        await pilot.pause(0.02)
        if words in shown(app):
            return shown(app)
    raise AssertionError(f"{words!r} is not in\n{shown(app)}")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No provider is where it usually is, and no key is set but one that must stay secret."""
    for name in list(os.environ):
        if name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    for name in ("OLLAMA_HOST", "LMSTUDIO_BASE_URL", "VLLM_BASE_URL", "LLAMACPP_BASE_URL"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{NOBODY}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-key")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return monkeypatch


@pytest.mark.slow
async def test_a_model_is_pulled_listed_and_chosen_and_no_key_is_ever_shown(
    tmp_path: Path, alone: pytest.MonkeyPatch
) -> None:
    alone.chdir(tmp_path)
    tags = Turn(body=json.dumps({"models": [{"model": "qwen:1b", "size": 1_500_000_000}]}))
    parts = [ollama_line(status="pulling", completed=5, total=10), ollama_line(status="success")]
    async with serving(api__tags=tags, api__pull=Turn(stream=tuple(parts))) as server:
        alone.setenv("OLLAMA_HOST", server.url)
        app = Viewer(replay("ferry", tmp_path, upto="columns-seen"))
        chosen: list[str | None] = []
        async with app.run_test(size=(120, 36)) as pilot:
            await settled(pilot)
            app.push_screen(FirstStart(app._scene, once=True), chosen.append)
            for _ in range(20):  # a machine that has much to do may be too slow for one look
                await until(pilot, "the recipes alone")
                if "qwen:1b" in shown(app):
                    break
                await pilot.press("r")
            text = await until(pilot, "qwen:1b")
            assert "asked once for this folder" in text
            assert "1.5 GB" in text
            assert "OPENAI_API_KEY" in text
            assert "secret" not in text
            await pilot.press("p", *"tiny", "enter")
            await until(pilot, "ollama/tiny is there.")
            await until(pilot, "qwen:1b")
            await pilot.press(*"kkkkkkkkkk", "enter")
            await pilot.pause()
        assert chosen == ["ollama/qwen:1b"]


@pytest.mark.parametrize(("key", "answer"), [("escape", None), ("s", "")])
async def test_staying_with_the_recipes_and_later_change_nothing(
    tmp_path: Path, alone: pytest.MonkeyPatch, key: str, answer: str | None
) -> None:
    alone.chdir(tmp_path)
    app = Viewer(replay("ferry", tmp_path, upto="columns-seen"))
    chosen: list[str | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.push_screen(FirstStart(app._scene), chosen.append)
        await pilot.press("m", *"x", "escape")
        assert isinstance(app.screen, FirstStart)
        await pilot.press("m", *"nobody", "enter")
        assert "'nobody' names no provider" in await until(pilot, "names no provider")
        await pilot.press("t")
        assert "Only a model can be tested" in await until(pilot, "can be tested")
        await pilot.press(key)
        await pilot.pause()
        assert chosen == [answer]
