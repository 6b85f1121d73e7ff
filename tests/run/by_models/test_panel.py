"""Which models a run asks, how much context they get, how long they are waited for; over HTTP."""

import pytest

from agents.conversation import Part, who_does_what
from agents.errors import GaveUpError, InputError
from agents.journal.events import Progress
from agents.run.by_models.panel import LONG_ATTEMPT, Panel, open_panel, wait_path
from agents.settings import Settings
from tests.llm.servers import Turn, openai_refusal, serving, shown
from tests.llm.talk import question, said

Rows = dict[str, list[str]]


def opened(settings: Settings, ollama: str = "", rows: Rows | None = None) -> Panel:
    def show(path: str, progress: Progress | None) -> None:
        if rows is not None and progress is not None:
            rows.setdefault(path, []).append(progress.text)

    panel = open_panel(settings, {"OLLAMA_HOST": ollama}, show)
    assert panel is not None
    return panel


def test_a_run_without_a_name_has_no_panel() -> None:
    assert open_panel(Settings(), {}) is None


def test_a_part_without_a_model_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="for coder and debugger: add --model"):
        open_panel(Settings(planner="ollama/m"), {})


def test_a_name_that_means_nothing_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InputError, match="did you mean ollama"):
        open_panel(Settings(model="ollama/m", debugger="olama/m"), {})


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"planner": "a", "coder": "a", "debugger": "a"}, "a plans, writes code and repairs"),
        ({"planner": "a", "coder": "b", "debugger": "a"}, "a plans and repairs, b writes code"),
    ],
)
def test_who_does_what_is_said_in_words(names: dict[Part, str], words: str) -> None:
    assert who_does_what(names) == words


@pytest.mark.parametrize(
    ("dossier", "able", "num_ctx"),
    [
        (500, 131_072, 24_576),
        (20_000, 131_072, 47_104),
        (90_000, 131_072, 65_536),
        (9, 16_384, 16_384),
    ],
)
async def test_local_context_is_chosen_once_from_what_prompts_say_and_models_read(
    dossier: int, able: int, num_ctx: int
) -> None:
    async with serving(said("ollama", "7"), api__show=shown(able)) as server:
        panel = opened(Settings(model="ollama/m"), server.url)
        panel.expect(dossier)
        await panel.model("planner").ask(question())
        panel.expect(dossier * 2)
        await panel.model("coder").ask(question())
    assert [one["options"]["num_ctx"] for one in server.requests] == [num_ctx, num_ctx]


async def test_a_wait_is_counted_down_in_sight_and_said_where_it_becomes_long() -> None:
    rows: Rows = {}
    sentences: list[str] = []
    async with serving(openai_refusal(503, "loading")) as server:
        name = f"{server.url}/v1#m"
        panel = opened(Settings(model=name, model_wait=1), rows=rows)
        panel.say = sentences.append
        with pytest.raises(GaveUpError, match="8 calls were made"):
            await panel.model("debugger").ask(question())
    shown_rows = rows[wait_path(name)]
    assert shown_rows[0].endswith("Again in 0 s (2 of 8).")
    assert shown_rows[-1].endswith("(8 of 8).")
    assert len(sentences) == 1
    assert sentences[0].endswith("It is waited for, 8 calls in all.")
    assert any(f"({LONG_ATTEMPT} of 8)" in row for row in shown_rows)


async def test_a_long_silence_is_said_each_time_with_its_length_and_that_it_is_asked_again() -> (
    None
):
    rows: Rows = {}
    sentences: list[str] = []
    silence = Turn(hangs_before=True)
    async with serving(silence, said("openai", "7"), silence, said("openai", "8")) as server:
        name = f"{server.url}/v1#m"
        panel = opened(Settings(model=name, model_wait=1, answer_time=4), rows=rows)
        panel.say = sentences.append
        for _ in range(2):
            await panel.model("debugger").ask(question())
    assert len(sentences) == 2
    assert f"The first token of {name} did not come within 2 s" in sentences[0]
    assert sentences[0].endswith("It is asked again, 2 calls in all.")
    assert rows[wait_path(name)][0].endswith("(2 of 2).")


async def test_what_a_server_asks_for_is_not_waited_beyond_the_runs_own_patience() -> None:
    too_long = openai_refusal(429, "slow down", (("Retry-After", "60"),))
    async with serving(too_long) as server:
        panel = opened(Settings(model=f"{server.url}/v1#m", model_wait=1))
        with pytest.raises(GaveUpError, match="so long is not waited"):
            await panel.model("planner").ask(question())
    assert len(server.requests) == 1
