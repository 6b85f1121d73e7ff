"""What comes back when all is well, and what is asked: both protocols, over HTTP."""

import pytest

from agents.conversation import Prompt
from agents.errors import ContextOverflowError
from agents.llm.backoff import Patience
from agents.llm.opening import Manner, open_model
from tests.llm.servers import (
    Turn,
    models_listed,
    ollama_line,
    ollama_refusal,
    ollama_said,
    openai_delta,
    openai_refusal,
    openai_said,
    serving,
    shown,
)
from tests.llm.talk import NOWHERE, ONCE, PROTOCOLS, model_on, question, said

both = pytest.mark.parametrize("protocol", PROTOCOLS)
SCHEMA = {"type": "object", "properties": {"seven": {"type": "integer"}}, "required": ["seven"]}


def formed(**changes: object) -> Prompt:
    return question().model_copy(update={"answer_schema": SCHEMA, **changes})


@both
async def test_an_answer_arrives_in_pieces_and_is_counted_by_the_server(protocol: str) -> None:
    pieces: list[str] = []
    async with serving(said(protocol, "sev", "en"), api__show=shown()) as server:
        reply = await model_on(server, protocol).ask(question(), heard=pieces.append)
    assert (reply.text, reply.ended, reply.model) == ("seven", "stop", f"{protocol}/m")
    assert pieces == ["sev", "en"]
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (12, 7)
    assert reply.usage.cached_tokens == (4 if protocol == "openai" else 0)
    assert reply.usage.counted
    assert 0 <= reply.usage.first_token_seconds <= reply.usage.seconds


@both
async def test_tokens_are_estimated_and_marked_where_the_server_counts_none(protocol: str) -> None:
    lines = {
        "openai": openai_said("seven", usage=None),
        "ollama": ollama_said("seven", usage=None),
    }[protocol]
    async with serving(Turn(stream=lines), api__show=shown()) as server:
        reply = await model_on(server, protocol).ask(question())
    assert not reply.usage.counted
    assert reply.usage.prompt_tokens == question().estimated_tokens
    assert reply.usage.completion_tokens > 0


@both
async def test_system_question_and_objections_are_sent_in_this_order(protocol: str) -> None:
    asked = question().objected("eight", "No.")
    async with serving(said(protocol, "7"), api__show=shown()) as server:
        await model_on(server, protocol).ask(asked)
    sent = [(one["role"], one["content"]) for one in server.requests[0]["messages"]]
    assert sent == [
        ("system", "Be brief."),
        ("user", "What is seven?"),
        ("assistant", "eight"),
        ("user", "No."),
    ]


@both
async def test_an_answer_that_ran_out_of_tokens_says_so(protocol: str) -> None:
    async with serving(said(protocol, "sev", ended="length"), api__show=shown()) as server:
        assert (await model_on(server, protocol).ask(question())).ended == "length"


async def test_a_refusal_is_a_reply_that_says_so() -> None:
    lines = [openai_delta(refusal="I will "), openai_delta(refusal="not."), *openai_said()[1:]]
    async with serving(Turn(stream=lines)) as server:
        reply = await model_on(server, "openai").ask(question())
    assert (reply.ended, reply.text) == ("refusal", "I will not.")


async def test_an_answer_that_the_provider_withheld_says_so() -> None:
    async with serving(Turn(stream=openai_said(ended="content_filter"))) as server:
        assert (await model_on(server, "openai").ask(question())).ended == "content-filter"


@both
async def test_reasoning_is_no_part_of_the_answer(protocol: str) -> None:
    thinking = {
        "openai": openai_delta(reasoning_content="hmm"),
        "ollama": ollama_line(message={"role": "assistant", "content": "", "thinking": "hmm"}),
    }[protocol]
    lines = {"openai": openai_said("7"), "ollama": ollama_said("7")}[protocol]
    async with serving(Turn(stream=[thinking, *lines]), api__show=shown()) as server:
        assert (await model_on(server, protocol).ask(question())).text == "7"


# --- parameters ------------------------------------------------------------------------------


async def test_openai_is_sent_a_strict_schema_a_limit_and_the_wish_for_usage() -> None:
    async with serving(said("openai", "7")) as server:
        await model_on(server, "openai").ask(formed(answer_tokens=99, temperature=0.5))
    sent = server.requests[0]
    form = sent["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False
    assert (sent["max_completion_tokens"], sent["temperature"]) == (99, 0.5)
    assert sent["stream_options"] == {"include_usage": True}


async def test_a_schema_with_free_keys_is_sent_without_strictness() -> None:
    free = {"type": "object", "properties": {"a": {"type": "object"}}}
    async with serving(said("openai", "7")) as server:
        await model_on(server, "openai").ask(formed(answer_schema=free))
    form = server.requests[0]["response_format"]["json_schema"]
    assert (form["strict"], form["schema"]) == (False, free)


async def test_ollama_is_sent_the_schema_the_context_and_how_long_to_keep_the_model() -> None:
    async with serving(said("ollama", "7"), api__show=shown()) as server:
        await model_on(server, "ollama").ask(formed(answer_tokens=99))
    sent = server.requests[0]
    assert sent["format"] == SCHEMA
    assert sent["keep_alive"] == "30m"
    assert (sent["options"]["num_ctx"], sent["options"]["num_predict"]) == (32_768, 99)


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        ("Unsupported value: 'temperature' does not support 0.2 with this model.", "temperature"),
        ("Unsupported parameter: 'max_completion_tokens'.", "max_completion_tokens"),
        ("Invalid schema for response_format 'answer'", "response_format"),
        ("This server knows no structured output", "response_format"),
        ('Unknown name "stream_options": Cannot find field.', "stream_options"),
    ],
)
async def test_a_refused_parameter_is_dropped_remembered_and_the_call_repeated(
    message: str, dropped: str
) -> None:
    turns = [openai_refusal(400, message), said("openai", "7")]
    async with serving(*turns) as server:
        model = model_on(server, "openai")
        first, second = await model.ask(formed()), await model.ask(formed())
    assert (first.text, first.dropped, second.dropped) == ("7", (dropped,), ())
    assert [dropped in request for request in server.requests] == [True, False, False]


async def test_a_limit_by_another_name_takes_the_place_of_a_refused_one() -> None:
    turns = [
        openai_refusal(400, "Use another.", param="max_completion_tokens"),
        said("openai", "7"),
    ]
    async with serving(*turns) as server:
        await model_on(server, "openai").ask(question())
    assert server.requests[1]["max_tokens"] == server.requests[0]["max_completion_tokens"]


async def test_ollama_without_structured_output_is_asked_without_it() -> None:
    turns = [ollama_refusal(400, "invalid format: expected json"), said("ollama", "7")]
    async with serving(*turns, api__show=shown()) as server:
        model = model_on(server, "ollama")
        first, second = await model.ask(formed()), await model.ask(formed())
    assert (first.dropped, second.dropped) == (("format",), ())
    assert [request.get("format") is None for request in server.requests] == [False, True, True]


# --- context ---------------------------------------------------------------------------------


async def test_ollamas_context_is_the_models_own_where_that_is_smaller() -> None:
    async with serving(said("ollama", "7"), api__show=shown(16_384)) as server:
        model = model_on(server, "ollama")
        assert await model.context_tokens() == 16_384
        await model.ask(question())
        await model.ask(question("What is eight?"))
    assert [one["options"]["num_ctx"] for one in server.requests] == [16_384, 16_384]


async def test_ollamas_context_is_what_the_run_needs_where_the_model_reads_more() -> None:
    manner = Manner(patience=Patience(attempts=1), wanted_context=10_000)
    async with serving(said("ollama", "7"), api__show=shown()) as server:
        assert await model_on(server, "ollama", manner).context_tokens() == 10_240


async def test_a_prompt_beyond_ollamas_context_is_refused_before_it_is_sent() -> None:
    async with serving(said("ollama", "7"), api__show=shown(4096)) as server:
        with pytest.raises(ContextOverflowError, match="is set up for 4096: choose a model"):
            await model_on(server, "ollama").ask(question("word " * 5000))
    assert server.requests == []


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("What is seven?", (32_768, 1)),
        ("What is seven?", (32_000, 900)),
        ("word " * 2000, (300, 9)),
    ],
)
async def test_a_prompt_that_ollama_cut_is_refused_loudly(
    text: str, usage: tuple[int, int]
) -> None:
    turn = Turn(stream=ollama_said("7", usage=usage))
    async with serving(turn, api__show=shown()) as server:
        with pytest.raises(ContextOverflowError, match=f"read {usage[0]} tokens of a prompt"):
            await model_on(server, "ollama").ask(question(text))


async def test_an_unknown_context_of_ollama_is_what_the_run_needs() -> None:
    async with serving(said("ollama", "7"), api__show=shown(None)) as server:
        assert await model_on(server, "ollama").context_tokens() == 32_768


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({"max_model_len": 4096}, 4096),
        ({"meta": {"n_ctx_train": 131_072, "n_ctx": 8192}}, 8192),
        ({"loaded_context_length": 2048, "max_context_length": 9999}, 2048),
        ({}, None),
    ],
)
async def test_the_context_of_other_servers_is_what_their_list_says(
    fields: dict[str, object], tokens: int | None
) -> None:
    async with serving(v1__models=models_listed({"id": "m", **fields})) as server:
        model = open_model(f"{server.url}#m", environment={}, manner=ONCE, keys=NOWHERE)
        assert await model.context_tokens() == tokens


async def test_a_server_of_one_model_may_be_named_otherwise_than_it_lists_it() -> None:
    one = models_listed({"id": "weights/m.gguf", "meta": {"n_ctx": 8192}})
    async with serving(v1__models=one) as server:
        model = open_model(f"{server.url}#m", environment={}, manner=ONCE, keys=NOWHERE)
        assert await model.context_tokens() == 8192


async def test_a_server_named_by_its_address_is_asked_which_model_it_has() -> None:
    async with serving(said("openai", "7"), v1__models=models_listed({"id": "only"})) as server:
        model = open_model(server.url, environment={}, manner=ONCE, keys=NOWHERE)
        reply = await model.ask(question())
    assert reply.model == f"{server.url}/v1#only"
    assert server.requests[0]["model"] == "only"
