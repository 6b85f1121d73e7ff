"""What goes wrong on the wire, in both protocols: what is raised, said, and asked again."""

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from agents.adviser import Adviser, Question
from agents.errors import (
    ContextOverflowError,
    GaveUpError,
    ModelError,
    OutOfMoneyError,
    RequestRefusedError,
    TerminalModelError,
    UnknownModelError,
    WrongKeyError,
)
from agents.llm.backoff import Patience
from agents.llm.deadlines import Deadlines
from agents.llm.opening import Manner
from agents.prompts import PromptFiles
from tests.engine.played import code
from tests.llm.servers import (
    Server,
    Turn,
    models_listed,
    ollama_line,
    ollama_refusal,
    ollama_said,
    openai_delta,
    openai_event,
    openai_refusal,
    openai_said,
    serving,
    shown,
)
from tests.llm.talk import HASTY, ONCE, PROTOCOLS, SECRET, STUBBORN, model_on, question, said

both = pytest.mark.parametrize("protocol", PROTOCOLS)


def refusal(protocol: str, status: int, message: str, *headers: tuple[str, str]) -> Turn:
    if protocol == "openai":
        return openai_refusal(status, message, headers=headers)
    return ollama_refusal(status, message, headers)


async def failure(protocol: str, *turns: Turn, manner: Manner = ONCE) -> tuple[ModelError, Server]:
    """What asking a server that plays `turns` comes to."""
    async with serving(*turns, api__show=shown()) as server:
        with pytest.raises(TerminalModelError) as caught:
            await model_on(server, protocol, manner).ask(question())
    return caught.value, server


async def answer(protocol: str, *turns: Turn, manner: Manner = STUBBORN) -> tuple[str, int]:
    """The answer of a server that plays `turns`, and how often it was asked."""
    async with serving(*turns, api__show=shown()) as server:
        reply = await model_on(server, protocol, manner).ask(question())
    return reply.text, len(server.requests)


@both
@pytest.mark.parametrize(
    ("status", "message", "kind", "words"),
    [
        (401, "bad token", WrongKeyError, "refuses the key from"),
        (404, "model 'm' not found", UnknownModelError, "has no model 'm'"),
        (402, "pay first", OutOfMoneyError, "no money left"),
        (429, "You exceeded your current quota, check billing", OutOfMoneyError, "no money left"),
        (400, "API key not valid. Please pass a valid API key.", WrongKeyError, "put a valid key"),
        (400, "maximum context length is 8192 tokens", ContextOverflowError, "longer context"),
        (500, "model requires more system memory (9 GiB)", RequestRefusedError, "smaller model"),
        (400, "the moon is full", RequestRefusedError, "the moon is full"),
    ],
)
async def test_what_asking_again_cannot_mend_is_said_at_once(
    protocol: str, status: int, message: str, kind: type[ModelError], words: str
) -> None:
    error, server = await failure(protocol, refusal(protocol, status, message), manner=STUBBORN)
    assert type(error) is kind
    assert words in str(error)
    assert len(server.requests) == 1
    assert "\n" not in str(error)


@both
async def test_a_missing_model_comes_with_the_way_to_it(protocol: str) -> None:
    error, _ = await failure(protocol, refusal(protocol, 404, "model 'm' not found"))
    way = "iml-tui models --pull ollama/m" if protocol == "ollama" else "`iml-tui models` lists"
    assert way in str(error)


async def test_a_missing_model_comes_with_those_that_the_server_has() -> None:
    refused = openai_refusal(400, "cannot do that")
    names = [{"id": name} for name in ("n", "o", "p", "q", "mm")]
    async with serving(refused, v1__models=models_listed(*names)) as server:
        with pytest.raises(UnknownModelError) as caught:
            await model_on(server, "openai").ask(question())
    assert "has no model 'm' (cannot do that); it has mm and 4 more: choose" in str(caught.value)


async def test_a_refusal_of_a_model_that_is_listed_keeps_its_own_words() -> None:
    refused = openai_refusal(400, "cannot do that")
    async with serving(refused, v1__models=models_listed({"id": "m"})) as server:
        with pytest.raises(RequestRefusedError, match="cannot do that"):
            await model_on(server, "openai").ask(question())


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ('{"detail": "pinned to \'a/b\'"}', "(400: pinned to 'a/b')"),
        ('{"error": "in one word"}', "(400: in one word)"),
        ('{"detail": [{"msg": "a field"}]}', '"msg": "a field"'),
        ("<html><b>a</b> page</html>", "(400: a page)"),
        ("", "(400: it says nothing more)"),
    ],
)
async def test_a_reason_is_quoted_wherever_a_server_puts_it(body: str, quote: str) -> None:
    error, _ = await failure("openai", Turn(status=400, body=body))
    assert quote in str(error)


@both
async def test_a_burst_of_failures_inside_the_server_is_outlived(protocol: str) -> None:
    burst = [refusal(protocol, status, "oops") for status in (500, 503, 529)]
    assert await answer(protocol, *burst, said(protocol, "7")) == ("7", 4)


@both
async def test_a_server_that_keeps_failing_is_given_up_in_one_sentence(protocol: str) -> None:
    error, server = await failure(protocol, refusal(protocol, 500, "oops"), manner=STUBBORN)
    assert isinstance(error, GaveUpError)
    assert "(500: oops)" in str(error)
    assert str(error).endswith("; 4 calls were made.")
    assert len(server.requests) == 4


@both
async def test_too_many_calls_without_a_hint_are_asked_again(protocol: str) -> None:
    turns = [refusal(protocol, 429, "slow down"), said(protocol, "7")]
    assert await answer(protocol, *turns) == ("7", 2)


@both
@pytest.mark.parametrize("form", ["seconds", "date", "milliseconds"])
async def test_a_server_that_asks_for_too_long_a_pause_is_given_up(
    protocol: str, form: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    header = {
        "seconds": ("Retry-After", "7200"),
        "date": ("Retry-After", date),
        "milliseconds": ("retry-after-ms", "7200000"),
    }[form]
    error, server = await failure(
        protocol, refusal(protocol, 429, "slow down", header), manner=STUBBORN
    )
    assert isinstance(error, GaveUpError)
    assert "so long is not waited" in str(error)
    assert len(server.requests) == 1


@both
async def test_nobody_at_the_address_is_a_sentence_with_a_remedy(protocol: str) -> None:
    async with serving() as server:
        pass
    with pytest.raises(GaveUpError, match="does not answer") as caught:
        await model_on(server, protocol, STUBBORN).ask(question())
    remedy = "`ollama serve`" if protocol == "ollama" else "check the address"
    assert remedy in str(caught.value)


@both
@pytest.mark.parametrize("cut", [True, False])
async def test_a_stream_that_stops_in_the_middle_is_asked_again(protocol: str, cut: bool) -> None:
    lines = (
        openai_said("sev", ended=None) if protocol == "openai" else ollama_said("sev", ended=None)
    )
    turns = [Turn(stream=lines, cut=cut), said(protocol, "seven")]
    assert await answer(protocol, *turns) == ("seven", 2)


@both
async def test_an_error_within_a_stream_is_asked_again(protocol: str) -> None:
    lines = {
        "openai": [openai_delta(content="sev"), 'data: {"error": {"message": "oops"}}\n\n'],
        "ollama": [
            ollama_line(message={"role": "assistant", "content": "sev"}),
            '{"error":"oops"}\n',
        ],
    }
    turns = [Turn(stream=lines[protocol]), said(protocol, "seven")]
    assert await answer(protocol, *turns) == ("seven", 2)


@both
async def test_garbage_in_a_stream_is_asked_again(protocol: str) -> None:
    turns = [Turn(stream=["data: <html>\n\n" if protocol == "openai" else "<html>\n"])]
    assert await answer(protocol, *turns, said(protocol, "seven")) == ("seven", 2)


@both
@pytest.mark.parametrize(
    ("turn", "late"),
    [
        (Turn(hangs_before=True), "first token"),
        (Turn(stream=[""], hangs_after=True), "first token"),
    ],
)
async def test_a_first_token_that_never_comes_passes_its_deadline(
    protocol: str, turn: Turn, late: str
) -> None:
    manner = deadlines(first_token_s=0.2)
    error, server = await failure(protocol, turn, manner=manner)
    assert f"The {late} of {protocol}/m did not come within 0.2 s" in str(error)
    assert server.left_early >= len(server.requests)


@both
async def test_signs_of_life_without_tokens_do_not_stretch_the_deadline(protocol: str) -> None:
    pings = {
        "openai": ": ping\n\n" + openai_event(choices=[]),
        "ollama": ollama_line(message={"role": "assistant", "content": ""}),
    }
    error, _ = await failure(
        protocol, Turn(stream=[], endless=pings[protocol]), manner=deadlines(first_token_s=0.2)
    )
    assert "first token" in str(error)


@both
async def test_a_stream_that_falls_silent_is_closed(protocol: str) -> None:
    lines = (
        openai_said("sev", ended=None) if protocol == "openai" else ollama_said("sev", ended=None)
    )
    error, server = await failure(
        protocol, Turn(stream=lines, hangs_after=True), manner=deadlines(between_tokens_s=0.2)
    )
    assert "next token" in str(error)
    assert server.left_early >= len(server.requests)


@both
async def test_a_stream_that_never_ends_is_closed(protocol: str) -> None:
    token = openai_delta(content="ha ") if protocol == "openai" else ollama_said("ha ")[0]
    error, server = await failure(protocol, Turn(stream=[], endless=token), manner=HASTY)
    assert "The answer of" in str(error)
    assert server.left_early >= len(server.requests)


@both
async def test_an_empty_reply_is_asked_again_and_given_up_in_the_end(protocol: str) -> None:
    assert await answer(protocol, said(protocol, " \n"), said(protocol, "7")) == ("7", 2)
    error, server = await failure(protocol, said(protocol, ""), manner=STUBBORN)
    assert "answered with nothing" in str(error)
    assert len(server.requests) == 4


@both
async def test_a_key_reaches_the_server_and_nothing_else(
    protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error, server = await failure(protocol, refusal(protocol, 401, f"Incorrect key {SECRET}!"))
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {SECRET}"}
    assert "Incorrect key …!" in str(error)
    assert SECRET not in caplog.text


@both
async def test_a_server_that_does_not_say_what_it_has_passes_its_deadline(protocol: str) -> None:
    silent = Turn(hangs_before=True)
    async with serving(said(protocol, "7"), api__show=silent, v1__models=silent) as server:
        with pytest.raises(GaveUpError, match=r"did not say within 0\.2 s what it has"):
            await model_on(server, protocol, deadlines(look_s=0.2)).context_tokens()


async def test_a_key_that_may_not_list_models_may_still_ask_them() -> None:
    refused = openai_refusal(403, "You have insufficient permissions for this operation.")
    async with serving(said("openai", "7"), v1__models=refused) as server:
        model = model_on(server, "openai")
        assert await model.context_tokens() is None
        assert (await model.ask(question())).text == "7"


async def test_a_prompt_that_the_model_cannot_read_is_asked_at_half_the_length(
    tmp_path: Path,
) -> None:
    (tmp_path / "reader").mkdir()
    (tmp_path / "house.md.j2").write_text("Be brief.", encoding="utf-8")
    (tmp_path / "reader" / "question.md.j2").write_text(
        '{% call section("the book", rank=1) %}{{ book }}{% endcall %}What is seven?',
        encoding="utf-8",
    )
    overflow = openai_refusal(400, "maximum context length is 4096 tokens")
    async with serving(overflow, overflow, said("openai", code("a.py", "x = 7\n"))) as server:
        adviser = Adviser(model_on(server, "openai"), {}, PromptFiles(tmp_path))
        asked = Question("reader", "planner", {"book": "a word a line\n" * 9000})
        assert await adviser.code(asked, "a.py") == "x = 7\n"
    lengths = [len(one["messages"][1]["content"]) for one in server.requests]
    assert lengths[0] > 1.9 * lengths[1] > 3.6 * lengths[2]
    assert server.requests[2]["messages"][1]["content"].endswith("What is seven?")


def test_patience_and_deadlines_follow_what_a_run_is_told() -> None:
    patience, hasty = Patience.within(18), Deadlines.within(20)
    assert (patience.first_wait_s, patience.longest_asked_wait_s) == (0.2, 90)
    assert (hasty.first_token_s, hasty.between_tokens_s, hasty.in_all_s) == (10, 5, 20)
    assert Deadlines.within(1800) == Deadlines()
    assert Patience.within(180) == Patience()


def deadlines(**seconds: float) -> Manner:
    return ONCE.model_copy(update={"deadlines": Deadlines(**seconds)})
