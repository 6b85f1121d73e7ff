"""A server on loopback that plays a script in the wire format of OpenAI or of Ollama.

Each request to a chat endpoint takes the next `Turn` of the script that is meant for it: a status,
headers and a body, or a stream of chunks with pauses and cuts. A turn that `hangs` says nothing
until the client goes away, and the server notes that it did. A turn that `dies` takes the server
down, for a while or for good. Only what comes back after a while waits for a clock.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue

Lines = Sequence[str | bytes]


@dataclass(frozen=True)
class Turn:
    """What the server does with one request."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    stream: Lines | None = None
    """Pieces of a streamed body; None: `body` is sent whole."""
    hangs_before: bool = False
    """Says nothing at all."""
    hangs_after: bool = False
    """Keeps the stream open after the last piece."""
    cut: bool = False
    """Drops the connection instead of ending the stream."""
    endless: str | None = None
    """Repeated after the stream until the client goes away."""
    dies_s: float | None = None
    """Says nothing, and is not there for so many seconds."""
    when: tuple[str, ...] = ()
    """Words that a prompt must hold to get this turn."""
    repeats: bool = False
    """Is played for every such prompt."""

    def of(self, *words: str) -> "Turn":
        """The same for prompts that hold these words."""
        return replace(self, when=words)

    def for_ever(self) -> "Turn":
        """The same, each time anew."""
        return replace(self, repeats=True)


@dataclass
class Server:
    """A running server and what it saw."""

    port: int = 0
    turns: list[Turn] = field(default_factory=list)
    answers: dict[str, Turn] = field(default_factory=dict)
    """What is answered at paths other than the chat's."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the chat requests."""
    headers: list[dict[str, str]] = field(default_factory=list)
    """Headers of all requests."""
    left_early: int = 0
    """Clients that went away before the answer was over."""
    listener: asyncio.Server | None = None
    """None while the server is down."""
    attend: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def unplayed(self) -> list[Turn]:
        """What was never asked for."""
        return [turn for turn in self.turns if not turn.repeats]

    def next_for(self, request: dict[str, Any]) -> Turn:
        """The turn of a request; the last one of a script that is for everybody is repeated."""
        said = "\n".join(str(message["content"]) for message in request["messages"])
        for turn in self.turns:
            if all(word in said for word in turn.when):
                last = len(self.turns) == 1 and not turn.when
                if not turn.repeats and not last:
                    self.turns.remove(turn)
                return turn
        part = said.partition("# Your part: ")[2].partition("\n")[0]
        return Turn(status=400, body=json.dumps({"error": f"the script has no turn for {part}"}))

    async def up(self) -> None:
        """Listens, at the same port as before."""
        assert self.attend is not None
        self.listener = await asyncio.start_server(self.attend, "127.0.0.1", self.port)
        self.port = self.listener.sockets[0].getsockname()[1]

    def down(self) -> None:
        """Is not there any more."""
        if self.listener is not None:
            self.listener.close()
            self.listener = None


CHATS = ("/v1/chat/completions", "/api/chat")


@asynccontextmanager
async def serving(*turns: Turn, **answers: Turn) -> AsyncIterator[Server]:
    """A server that plays `turns`; `answers` maps paths (`/` as `__`) to other turns."""
    server = Server(
        turns=list(turns),
        answers={f"/{path.replace('__', '/')}": turn for path, turn in answers.items()},
    )
    running: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        writers.append(writer)
        try:
            await _answer(server, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            server.left_early += 1
        finally:
            writer.close()
            running.discard(task)

    server.attend = attend
    await server.up()
    try:
        yield server
    finally:
        await _turns_of_the_loop()  # a client may be at the door, and Python 3.11 would drop it
        server.down()
        if running:
            _, stuck = await asyncio.wait(running, timeout=5)
            for task in stuck:
                task.cancel()
        for writer in writers:
            writer.transport.abort()
        await _turns_of_the_loop()


async def _turns_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _answer(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    path = head[0].split()[1].partition("?")[0]
    headers = {
        name.lower(): value
        for name, _, value in (line.partition(": ") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    server.headers.append(headers)
    if path in CHATS:
        server.requests.append(json.loads(body))
        turn = server.next_for(server.requests[-1])
    else:
        turn = server.answers.get(path, Turn(status=404, body="404 page not found"))
    await _play(server, turn, reader, writer)


async def _play(
    server: Server, turn: Turn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    if turn.hangs_before:
        await _until_gone(server, reader)
        return
    if turn.dies_s is not None:
        await _die(server, turn.dies_s, writer)
        return
    pieces = [turn.body] if turn.stream is None else turn.stream
    lines = [f"HTTP/1.1 {turn.status} Said", "Transfer-Encoding: chunked", "Connection: close"]
    kind = "application/json" if turn.stream is None else "text/event-stream"
    named = {name.lower() for name, _ in turn.headers}
    lines += [] if "content-type" in named else [f"Content-Type: {kind}"]
    lines += [f"{name}: {value}" for name, value in turn.headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    for piece in pieces:
        await _send(writer, piece)
    while turn.endless is not None:
        await _send(writer, turn.endless)
        await asyncio.sleep(0.001)
    if turn.hangs_after:
        await _until_gone(server, reader)
    elif not turn.cut:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _send(writer: asyncio.StreamWriter, piece: str | bytes) -> None:
    data = piece.encode() if isinstance(piece, str) else piece
    if data:
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()


async def _die(server: Server, seconds: float, writer: asyncio.StreamWriter) -> None:
    server.down()
    writer.transport.abort()
    if math.isfinite(seconds):
        await asyncio.sleep(seconds)
        await server.up()


async def _until_gone(server: Server, reader: asyncio.StreamReader) -> None:
    await reader.read()
    server.left_early += 1


# --- what both protocols say -------------------------------------------------------------------


def openai_said(
    *texts: str, ended: str | None = "stop", usage: tuple[int, int, int] | None = (12, 4, 7)
) -> list[str]:
    """Server-sent events of an answer; `usage` is prompt, cached and completion tokens."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": text} for text in texts]
    lines = [_event({"choices": [_choice(delta)]}) for delta in deltas]
    if ended is not None:
        lines.append(_event({"choices": [_choice({}, ended)]}))
    if usage is not None:
        prompt, cached, completion = usage
        counted = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        lines.append(_event({"choices": [], "usage": counted}))
    return [*lines, "data: [DONE]\n\n"] if ended is not None else lines


def openai_event(**fields: JsonValue) -> str:
    return _event(fields)


def openai_delta(ended: str | None = None, **delta: str) -> str:
    return _event({"choices": [_choice(delta, ended)]})


def _choice(delta: dict[str, Any], ended: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": ended}


def _event(fields: Mapping[str, Any]) -> str:
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", **fields}
    return f"data: {json.dumps(chunk)}\n\n"


def ollama_said(
    *texts: str, ended: str | None = "stop", usage: tuple[int, int] | None = (12, 7)
) -> list[str]:
    """Lines of an answer; `usage` is prompt and completion tokens."""
    lines = [ollama_line(message={"role": "assistant", "content": text}) for text in texts]
    if ended is not None:
        counted = dict(zip(("prompt_eval_count", "eval_count"), usage or (), strict=False))
        lines.append(
            ollama_line(
                message={"role": "assistant", "content": ""},
                done=True,
                done_reason=ended,
                **counted,
            )
        )
    return lines


def ollama_line(**fields: JsonValue) -> str:
    return json.dumps({"model": "m", "done": False, **fields}) + "\n"


def openai_refusal(
    status: int,
    message: str,
    headers: tuple[tuple[str, str], ...] = (),
    **fields: str | int,
) -> Turn:
    return Turn(
        status=status, headers=headers, body=json.dumps({"error": {"message": message, **fields}})
    )


def ollama_refusal(status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Turn:
    return Turn(status=status, headers=headers, body=json.dumps({"error": message}))


def shown(context: int | None = 131_072) -> Turn:
    """What `/api/show` says."""
    fields = {} if context is None else {"qwen2.context_length": context}
    return Turn(body=json.dumps({"model_info": {"general.architecture": "qwen2", **fields}}))


def models_listed(*models: dict[str, Any]) -> Turn:
    """What `/v1/models` says."""
    data = [{"object": "model", "created": 1, "owned_by": "x", **model} for model in models]
    return Turn(body=json.dumps({"object": "list", "data": data}))
