"""Ollama's own protocol, through its own client.

Ollama's OpenAI-compatible endpoint cannot be told how much context to set up; its native one can,
and cuts a longer prompt without a word. So `num_ctx` is chosen once, from what the model can read
and the largest prompt of a run (another value would load the model anew), longer prompts are
refused before they are sent, and what the server says it has read is compared with what was sent.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple, cast

import httpx
import ollama
from pydantic import JsonValue, ValidationError

from agents.conversation import Ended, Prompt, Reply, ignored
from agents.errors import ContextOverflowError
from agents.llm.deadlines import Deadlines, looking, watched
from agents.llm.failures import Refusal, Who, cut, error_of, retry_after, unreachable
from agents.llm.parameters import RefusedParameters, refused_parameter
from agents.llm.stream import Count, Piece, collected

CONNECT_S = 10.0
KEEP_ALIVE = "30m"
"""How long the model stays loaded after a call: programs are trained between two of them."""
CONTEXT_STEP = 2048
_LETTERS_A_TOKEN_AT_MOST = 12
"""No tokenizer packs more of ordinary text into a token: fewer tokens read means a cut prompt."""


class Pulled(NamedTuple):
    """How far a download has come."""

    status: str
    done_bytes: int
    total_bytes: int
    """0 while it is not known."""


class OllamaModel:
    """One model of one Ollama server."""

    def __init__(
        self, who: Who, *, deadlines: Deadlines, refused: RefusedParameters, wanted_context: int
    ) -> None:
        """Opens nothing yet.

        Args:
            who: The server, the model and the key.
            deadlines: For each call.
            refused: What servers do not accept; added to.
            wanted_context: Tokens of the largest prompt of a run and its answer.
        """
        self._who = who
        self._deadlines = deadlines
        self._refused = refused
        self._wanted = wanted_context
        self._num_ctx: int | None = None

    @property
    def name(self) -> str:
        """The full name."""
        return self._who.address.full_name

    async def context_tokens(self) -> int:
        """The context that is set up for this run, at most the model's own; see `Model`."""
        if self._num_ctx is None:
            async with looking(self._deadlines, self.name):
                able = await shown_context(self._who)
            wanted = -(-self._wanted // CONTEXT_STEP) * CONTEXT_STEP
            self._num_ctx = wanted if able is None else min(able, wanted)
        return self._num_ctx

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """Asks once, and again without it where the server refuses a parameter; see `Model`."""
        num_ctx = await self.context_tokens()
        self._refuse_too_long(prompt, num_ctx)
        dropped: list[str] = []
        while True:
            refused = self._refused.of(self._who.address)
            asks_form = prompt.answer_schema is not None and "format" not in refused
            try:
                parts = self._pieces(prompt, num_ctx, formed=asks_form)
                async with aclosing(watched(parts, self._deadlines, self.name)) as pieces:
                    reply = await collected(pieces, prompt, self.name, heard)
            except _RefusedError as error:
                sent = ("format",) if asks_form else ()
                parameter = refused_parameter(error.refusal, sent)
                if parameter is None:
                    raise error_of(error.refusal, self._who) from error
                self._refused.add(self._who.address, parameter)
                dropped.append(parameter)
            else:
                self._refuse_truncated(prompt, reply, num_ctx)
                return reply.model_copy(update={"dropped": tuple(dropped)})

    async def _pieces(self, prompt: Prompt, num_ctx: int, *, formed: bool) -> AsyncGenerator[Piece]:
        options: dict[str, JsonValue] = {"num_ctx": num_ctx, "num_predict": prompt.answer_tokens}
        if prompt.temperature is not None:
            options["temperature"] = prompt.temperature
        async with _called(self._who) as client:
            stream = await client.chat(
                self._who.address.model,
                [{"role": one.speaker, "content": one.text} for one in prompt.messages],
                stream=True,
                format=prompt.answer_schema if formed else None,
                options=options,
                keep_alive=KEEP_ALIVE,
            )
            async with aclosing(cast("AsyncGenerator[ollama.ChatResponse]", stream)):
                async for part in stream:
                    yield _piece(part)

    def _refuse_too_long(self, prompt: Prompt, num_ctx: int) -> None:
        needed = prompt.estimated_tokens + prompt.answer_tokens
        if needed > num_ctx:
            raise ContextOverflowError(
                f"The prompt of {prompt.role} and its answer need about {needed} tokens, and "
                f"{self.name} is set up for {num_ctx}: choose a model with a longer context."
            )

    def _refuse_truncated(self, prompt: Prompt, reply: Reply, num_ctx: int) -> None:
        """Raises where the server read less than it was sent, or forgot the beginning."""
        usage = reply.usage
        if not usage.counted or usage.prompt_tokens == 0:
            return  # a server that says nothing cannot be caught
        sent = sum(len(message.text) for message in prompt.messages)
        full = usage.prompt_tokens >= num_ctx or usage.tokens > num_ctx
        if full or usage.prompt_tokens < sent // _LETTERS_A_TOKEN_AT_MOST:
            raise ContextOverflowError(
                f"{self.name} read {usage.prompt_tokens} tokens of a prompt of {sent} characters "
                f"and cut the rest (context {num_ctx}): choose a model with a longer context."
            )


async def shown_context(who: Who) -> int | None:
    """How much a model can read, by `/api/show`; None where the server does not say.

    Raises:
        ModelError: the server cannot be reached or has no such model.
    """
    async with _judged(who), _called(who) as client:
        shown = await client.show(who.address.model)
    fields = shown.modelinfo or {}
    lengths = (value for name, value in fields.items() if name.endswith(".context_length"))
    return next((value for value in lengths if isinstance(value, int) and value > 0), None)


async def listed(who: Who) -> dict[str, int]:
    """The models that a server has, by name, and how many bytes each is (0: it does not say).

    Raises:
        ModelError: the server cannot be reached, or refuses the key.
    """
    async with _judged(who), _called(who) as client:
        answer = await client.list()
    sizes = {one.model: int(one.size or 0) for one in answer.models if one.model}
    return dict(sorted(sizes.items()))


async def pull(who: Who) -> AsyncIterator[Pulled]:
    """Downloads a model onto the server, saying how far it has come.

    Raises:
        ModelError: the server cannot be reached, or knows no such model.
    """
    async with _judged(who), _called(who) as client:
        async for part in await client.pull(who.address.model, stream=True):
            yield Pulled(part.status or "", part.completed or 0, part.total or 0)


class _RefusedError(Exception):
    """The server said something else than an answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.words)
        self.refusal = refusal


@asynccontextmanager
async def _judged(who: Who) -> AsyncGenerator[None]:
    """Turns a refusal into the error that it means."""
    try:
        yield
    except _RefusedError as error:
        raise error_of(error.refusal, who) from error


@asynccontextmanager
async def _called(who: Who) -> AsyncGenerator[ollama.AsyncClient]:
    """A client for one call, whose failures are refusals or our errors."""
    client = ollama.AsyncClient(
        who.address.url,
        timeout=httpx.Timeout(None, connect=CONNECT_S),
        headers={"Authorization": f"Bearer {who.key.value}"} if who.key is not None else None,
        # The client's own error forgets the headers, and with them when to come back.
        event_hooks={"response": [_refuse_failed]},
        # A proxy for the world outside cannot reach a server on this machine.
        trust_env=not who.address.on_this_machine,
    )
    try:
        async with client:
            yield client
    except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise unreachable(who) from error
    except ollama.ResponseError as error:  # a line of the stream, which had begun well
        raise _RefusedError(Refusal(None, error.error)) from error
    except (httpx.HTTPError, json.JSONDecodeError, ValidationError) as error:
        raise cut(who, error) from error


async def _refuse_failed(response: httpx.Response) -> None:
    if not response.is_error:
        return
    body = (await response.aread()).decode("utf-8", errors="replace")
    wait_s = retry_after(response.headers, datetime.now(UTC))
    raise _RefusedError(Refusal(response.status_code, _words(body), wait_s))


def _words(body: str) -> str:
    """What is in the field `error`, or the whole body where it has none."""
    try:
        answer = json.loads(body)
    except json.JSONDecodeError:
        return body
    said = answer.get("error", body) if isinstance(answer, dict) else body
    return said if isinstance(said, str) else json.dumps(said)


def _piece(part: ollama.ChatResponse) -> Piece:
    text, thinking = part.message.content or "", part.message.thinking or ""
    if not part.done:
        return Piece(text, thinking)
    ended: Ended = "length" if part.done_reason == "length" else "stop"
    counted = part.prompt_eval_count is not None or part.eval_count is not None
    count = Count(part.prompt_eval_count or 0, 0, part.eval_count or 0) if counted else None
    return Piece(text, thinking, ended, count)
