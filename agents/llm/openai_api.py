"""OpenAI's chat protocol, through its own client, to any server that speaks it.

`chat.completions` with streaming is what every server has; the newer protocols of OpenAI are
patchy elsewhere. The client repeats nothing (`agents.llm.backoff` does, visibly) and times out on
connecting only (`agents.llm.deadlines` does the rest). A client lives as long as one call: calls
take seconds to minutes, and nothing needs to be closed.
"""

import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import NamedTuple, cast

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from pydantic import JsonValue

from agents.conversation import Ended, Prompt, Reply, ignored
from agents.errors import (
    ModelError,
    RequestRefusedError,
    TerminalModelError,
    UnknownModelError,
)
from agents.llm.catalog import Address
from agents.llm.deadlines import Deadlines, looking, watched
from agents.llm.failures import (
    Refusal,
    Who,
    cut,
    error_of,
    quoted,
    retry_after,
    unknown_model,
    unreachable,
)
from agents.llm.parameters import RefusedParameters, refused_parameter
from agents.llm.schemas import Schema, strict
from agents.llm.stream import Count, Piece, collected

CONNECT_S = 10.0
_ENDED: dict[str, Ended] = {"length": "length", "content_filter": "content-filter"}
_CONTEXT_FIELDS = (
    "loaded_context_length",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "n_ctx",
    "n_ctx_train",
)
"""How servers call it, the one in force before the one that is possible: LM Studio, vLLM,
OpenRouter, Groq, llama.cpp."""


class Listed(NamedTuple):
    """A model that a server says it has."""

    name: str
    context_tokens: int | None


class OpenAIModel:
    """One model on one server."""

    def __init__(
        self,
        who: Who,
        *,
        deadlines: Deadlines,
        refused: RefusedParameters,
        known_context: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Opens nothing yet.

        Args:
            who: The server, the model and the key.
            deadlines: For each call.
            refused: What servers do not accept; added to.
            known_context: The context length by other knowledge than the server's.
        """
        self._who = who
        self._deadlines = deadlines
        self._refused = refused
        self._known_context = known_context
        self._context: int | None = None
        self._context_asked = False

    @property
    def name(self) -> str:
        """The full name; that of a server alone until it has said which model it has."""
        return self._who.address.full_name

    async def context_tokens(self) -> int | None:
        """The context length, asked for once; see `Model`."""
        if not self._context_asked:
            await self._settle_model()
            self._context = self._known_context() or await self._listed_context()
            self._context_asked = True
        return self._context

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """Asks once, and again without it where the server refuses a parameter; see `Model`."""
        await self._settle_model()
        address = self._who.address
        dropped: list[str] = []
        while True:
            body = optional(prompt, address, self._refused.of(address))
            try:
                stream = watched(self._pieces(prompt, body), self._deadlines, self.name)
                async with aclosing(stream) as pieces:
                    reply = await collected(pieces, prompt, self.name, heard)
            except openai.APIConnectionError as error:
                raise _broken(error, self._who) from error
            except openai.APIError as error:
                refusal = _refusal(error)
                parameter = refused_parameter(refusal, body)
                if parameter is None:
                    raise await self._explained(refusal) from error
                self._refused.add(address, parameter)
                dropped.append(parameter)
            except json.JSONDecodeError as error:
                raise cut(self._who, error) from error
            else:
                return reply.model_copy(update={"dropped": tuple(dropped)})

    async def _pieces(self, prompt: Prompt, body: dict[str, JsonValue]) -> AsyncGenerator[Piece]:
        messages = [{"role": one.speaker, "content": one.text} for one in prompt.messages]
        async with _client(self._who) as client:
            stream = await client.chat.completions.create(
                model=self._who.address.model,
                messages=cast("list[ChatCompletionMessageParam]", messages),
                stream=True,
                extra_body=body,
            )
            async with stream:
                async for chunk in stream:
                    yield _piece(chunk)

    async def _explained(self, refusal: Refusal) -> ModelError:
        """The error that a refusal means; where the model is not on the server's list, what is."""
        meant = error_of(refusal, self._who)
        if not isinstance(meant, UnknownModelError | RequestRefusedError):
            return meant
        try:
            has = [one.name.removeprefix("models/") for one in await self._listed()]
        except ModelError:  # the refusal is what counts
            return meant
        if not has or self._who.address.model in has:
            return meant
        return unknown_model(quoted(refusal.words, self._who.key), self._who, has)

    async def _settle_model(self) -> None:
        if self._who.address.model:
            return
        models = await self._listed()
        if not models:
            raise UnknownModelError(f"{self._who.subject} has no model: load one.")
        address = self._who.address.model_copy(update={"model": models[0].name})
        self._who = self._who._replace(address=address)

    async def _listed(self) -> tuple[Listed, ...]:
        async with looking(self._deadlines, self.name):
            return await listed(self._who)

    async def _listed_context(self) -> int | None:
        address = self._who.address
        try:
            models = await self._listed()
        except TerminalModelError:  # a key may be good for answers and not for the list
            return None
        named = [one for one in models if one.name.removeprefix("models/") == address.model]
        # llama.cpp serves the one model that it was started with, whatever it is called.
        known = named or (models if len(models) == 1 else ())
        return next((one.context_tokens for one in known), None)


def optional(prompt: Prompt, address: Address, refused: Sequence[str]) -> dict[str, JsonValue]:
    """What a request says besides model and messages; a server may refuse each of them.

    Args:
        prompt: What is asked.
        address: Where; OpenAI itself calls the limit of an answer by another name.
        refused: What is left out.
    """
    body: dict[str, JsonValue] = {"stream_options": {"include_usage": True}}
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    first = address.provider.limit_parameter
    names = [first, *({"max_tokens", "max_completion_tokens"} - {first})]
    limit = next((name for name in names if name not in refused), None)
    if limit is not None:
        body[limit] = prompt.answer_tokens
    if prompt.answer_schema is not None:
        body["response_format"] = _response_format(prompt.answer_name, prompt.answer_schema)
    return {name: value for name, value in body.items() if name not in refused}


def _response_format(name: str, schema: Schema) -> JsonValue:
    exact = strict(schema)
    form: dict[str, JsonValue] = {
        "name": name,
        "schema": schema if exact is None else exact,
        "strict": exact is not None,
    }
    return {"type": "json_schema", "json_schema": form}


async def listed(who: Who) -> tuple[Listed, ...]:
    """The models that a server says it has; none where it has no such list.

    Raises:
        ModelError: the server cannot be reached, or refuses the key.
    """
    try:
        async with _client(who) as client:
            page = await client.models.list()
            return tuple(Listed(one.id, _context_of(one.model_extra or {})) for one in page.data)
    except openai.APIConnectionError as error:
        raise _broken(error, who) from error
    except openai.APIError as error:
        refusal = _refusal(error)
        if refusal.status in {404, 405, 501}:
            return ()
        raise error_of(refusal, who) from error
    except (json.JSONDecodeError, AttributeError, TypeError):  # a server of another kind
        return ()


def _context_of(fields: Mapping[str, object]) -> int | None:
    meta = fields.get("meta")
    known = {**(meta if isinstance(meta, dict) else {}), **fields}
    values = (known.get(name) for name in _CONTEXT_FIELDS)
    return next((value for value in values if isinstance(value, int) and value > 0), None)


def _client(who: Who) -> openai.AsyncOpenAI:
    client = openai.AsyncOpenAI(
        api_key=who.key.value if who.key is not None else "none",
        base_url=who.address.url,
        max_retries=0,
        timeout=openai.Timeout(None, connect=CONNECT_S),
        # A proxy for the world outside cannot reach a server on this machine.
        http_client=openai.DefaultAsyncHttpxClient(trust_env=not who.address.on_this_machine),
    )
    if who.address.provider.name != "openai":  # the environment's words for OpenAI are not theirs
        client.organization = client.project = None
    return client


def _piece(chunk: ChatCompletionChunk) -> Piece:
    count = _count(chunk.usage) if chunk.usage is not None else None
    if not chunk.choices:
        return Piece(counted=count)
    choice = chunk.choices[0]
    extra = choice.delta.model_extra or {}
    thinking = extra.get("reasoning_content") or extra.get("reasoning") or ""
    refusal = choice.delta.refusal
    ended: Ended | None = "refusal" if refusal else None
    if choice.finish_reason is not None and not refusal:
        ended = _ENDED.get(choice.finish_reason, "stop")
    return Piece(choice.delta.content or refusal or "", str(thinking), ended, count)


def _count(usage: CompletionUsage) -> Count:
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details is not None else None
    return Count(usage.prompt_tokens or 0, cached or 0, usage.completion_tokens or 0)


def _broken(error: openai.APIConnectionError, who: Who) -> ModelError:
    """A connection that never stood, or one that broke."""
    causes = _names_of(error)
    if isinstance(error, openai.APITimeoutError) or "ConnectError" in causes:
        return unreachable(who)
    return cut(who, error.__cause__ or error)


def _names_of(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield type(error).__name__
        error = error.__cause__


def _refusal(error: openai.APIError) -> Refusal:
    words = " ".join(filter(None, (error.code, error.type, _said(error))))
    if isinstance(error, openai.APIStatusError):
        wait_s = retry_after(error.response.headers, datetime.now(UTC))
        return Refusal(error.status_code, words, wait_s, error.param)
    coded = error.code if error.code is not None and error.code.isdecimal() else None
    return Refusal(int(coded) if coded else None, words, None, error.param)


def _said(error: openai.APIError) -> str:
    """What a server says went wrong; the client itself reads `error.message` and nothing else."""
    told = re.sub(r"^Error code: \d+( - )?", "", error.message)  # the client's own addition
    body = error.body
    if told or not body:
        return told
    inner = body.get("detail", body) if isinstance(body, dict) else body  # FastAPI's, as many are
    return inner if isinstance(inner, str) else json.dumps(inner)
