"""Proves the wire on real OpenAI-compatible servers, whose tiny models have random weights.

    python -m benchmarks.wire [--place DIR] [llama-server] [transformers]

llama.cpp's `llama-server` enforces schemas while it streams; `transformers serve` ignores them in
silence. Both are asked through this project's own client. The first time, DIR (a folder in the
user's cache if absent) gets an environment of its own and llama.cpp is compiled there, which takes
some minutes. A check that does not come out as the product relies on is exit code 1.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple

import platformdirs
from pydantic import BaseModel, Field

from agents.conversation import Model, Prompt
from agents.errors import (
    ContextOverflowError,
    GaveUpError,
    TerminalModelError,
    UnknownModelError,
    WrongKeyError,
)
from agents.llm.backoff import Patience
from agents.llm.deadlines import Deadlines
from agents.llm.opening import Keys, Manner, open_model
from agents.replies import NotUnderstood, ask_typed, read_typed
from benchmarks.tables import ROOT, keep, table

LLAMA = "llama-cpp-python==0.3.36"
"""Its source distribution carries llama.cpp whole."""
OTHERS = ("torch==2.13.0", "transformers[serving]==5.23.0", "gguf==0.19.0")
BUILD = (
    "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF", "-DGGML_NATIVE=OFF",
    "-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_APP=OFF", "-DLLAMA_BUILD_UI=OFF", "-DLLAMA_USE_PREBUILT_UI=OFF",
)  # fmt: skip
CONTEXT = 2048
KEY = "a-key-of-the-benchmark"
STARTS_S, IDLE_S = 300.0, 30.0
FORMED = 10
"""How many answers by a schema are asked for."""
MANNER = Manner(
    deadlines=Deadlines(first_token_s=120, between_tokens_s=60, in_all_s=240),
    patience=Patience(attempts=1, attempts_when_slow=1),
)
NO_KEYS = Keys(Path("/nowhere/keys.toml"), lambda _: None)


class Finding(BaseModel):
    """What is asked for by a schema: every form ends, whatever is drawn."""

    kind: Literal["number", "text", "date"]
    rows: int = Field(ge=0)
    empty: bool


class Outcome(NamedTuple):
    """What one check came to."""

    server: str
    check: str
    found: str
    good: bool


class Running(NamedTuple):
    """A server that was started."""

    name: str
    url: str
    process: asyncio.subprocess.Process

    def model(self, name: str, key: str = KEY) -> Model:
        """One of its models, asked once."""
        environment = {"IML_MODEL_KEY": key}
        address = f"{self.url}/v1#{name}"
        return open_model(address, environment=environment, manner=MANNER, keys=NO_KEYS)


Check = Callable[[Running], Awaitable[tuple[str, bool]]]


def main() -> int:
    """Makes what is missing, checks every server, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    usual = Path(platformdirs.user_cache_dir("iml-tui")) / "wire"
    parser.add_argument("--place", type=Path, default=usual, metavar="DIR")
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=", ".join(SERVERS))
    arguments = parser.parse_args()
    place = arguments.place.resolve()
    make_environment(place)
    outcomes: list[Outcome] = []
    for name in arguments.servers or SERVERS:
        outcomes += asyncio.run(SERVERS[name](place))
    rows = [[one.server, one.check, one.found, "yes" if one.good else "NO"] for one in outcomes]
    text = table(("server", "check", "what came back", "as relied on"), rows)
    print(f"{text}\n\nKept in {keep('wire', 'Real servers on the wire', [text])}.")
    return 0 if all(one.good for one in outcomes) else 1


# --- the environment ---------------------------------------------------------------------------


def make_environment(place: Path) -> None:
    """Makes the Python environment and the tiny models, where they are not there yet."""
    python = place / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True)
        links = os.environ | {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")}
        install = [sys.executable, "-m", "uv", "pip", "install", "-q", "-p", str(python)]
        subprocess.run(
            [*install, "-c", str(ROOT / "constraints.txt"), *OTHERS], check=True, env=links
        )
    if not (place / "models" / "tiny").exists():
        program = Path(__file__).parent / "wire_programs" / "tiny_models.py"
        subprocess.run([python, program, place / "models"], check=True)


def built_llama(place: Path) -> Path:
    """The program `llama-server`, compiled where it is not there yet."""
    program = place / "build" / "bin" / "llama-server"
    if not program.exists():
        sources = place / "sdist"
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary"]
        subprocess.run([*fetch, LLAMA.partition("==")[0], LLAMA, "-d", sources], check=True)
        archive = next(sources.glob("*.tar.gz"))
        with tarfile.open(archive) as packed:
            packed.extractall(sources, filter="data")
        root = sources / archive.name.removesuffix(".tar.gz") / "vendor" / "llama.cpp"
        subprocess.run(["cmake", "-S", root, "-B", place / "build", *BUILD], check=True)
        build = ["cmake", "--build", str(place / "build"), "--target", "llama-server"]
        subprocess.run([*build, "-j2"], check=True)
    return program


@asynccontextmanager
async def started(
    name: str, command: Sequence[str | Path], port: int, log: Path, **more: str
) -> AsyncIterator[Running]:
    """Starts a server, waits until it answers, and ends it.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdout=written, stderr=written, env=os.environ | more
        )
    server = Running(name, f"http://127.0.0.1:{port}", process)
    try:
        until = time.monotonic() + STARTS_S
        while not await asyncio.to_thread(_answers, f"{server.url}/health"):
            if process.returncode is not None or time.monotonic() > until:
                raise RuntimeError(f"{name} did not start: see {log}.")
            await asyncio.sleep(0.2)
        yield server
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _checked(server: Running, checks: Mapping[str, Check]) -> list[Outcome]:
    outcomes = []
    for words, check in checks.items():
        try:
            found, good = await check(server)
        except TerminalModelError as error:
            found, good = f"{type(error).__name__}: {error}", False
        quoted = re.sub(r"127\.0\.0\.1:\d+", "the server", " ".join(found.split()))
        quoted = re.sub(r"/[^\s']*/models/", ".../models/", quoted)
        outcomes.append(Outcome(server.name, words, quoted.replace("|", "/"), good))
        print(*outcomes[-1], flush=True)
    return outcomes


# --- llama-server ------------------------------------------------------------------------------


async def check_llama(place: Path) -> list[Outcome]:
    """Everything that is relied on of a server that enforces schemas."""
    program, port = await asyncio.to_thread(built_llama, place), _free_port()
    command: list[str | Path] = [program, "-m", place / "models" / "tiny.gguf", "--jinja"]
    command += ["--port", str(port), "-c", str(CONTEXT), "--parallel", "1", "--slots"]
    command += ["--api-key", KEY]
    async with started("llama-server", command, port, place / "llama-server.log") as server:
        return await _checked(
            server,
            {
                "says how much it reads": _context,
                "streams and counts tokens": _streams,
                "a schema is enforced while streaming": _enforced,
                "an answer that is cut says so": _cut,
                "a cancelled answer stops the server": _cancelled,
                "a prompt beyond its context": _overflow,
                "a wrong key": _wrong_key,
                "the server dies in the middle": _killed,
            },
        )


async def _context(server: Running) -> tuple[str, bool]:
    tokens = await server.model("tiny").context_tokens()
    return f"{tokens} tokens", tokens == CONTEXT


async def _streams(server: Running) -> tuple[str, bool]:
    pieces: list[str] = []
    reply = await server.model("tiny").ask(_prompt("Say something.", 64), heard=pieces.append)
    usage = reply.usage
    counted = "counted" if usage.counted else "not counted"
    found = f"{len(pieces)} pieces, {usage.prompt_tokens} + {usage.completion_tokens} {counted}"
    return found, len(pieces) > 1 and usage.counted


async def _enforced(server: Running) -> tuple[str, bool]:
    model, valid, pieces = server.model("tiny"), 0, list[str]()
    schema = Finding.model_json_schema()
    for number in range(FORMED):
        prompt = _prompt(f"Finding {number}?", 512).model_copy(update={"answer_schema": schema})
        reply = await model.ask(prompt, heard=pieces.append)
        valid += not isinstance(read_typed(reply.text, Finding), NotUnderstood)
    found = f"{valid} of {FORMED} valid, in {len(pieces)} pieces, by random weights"
    return found, valid == FORMED and len(pieces) > FORMED


async def _cut(server: Running) -> tuple[str, bool]:
    reply = await server.model("tiny").ask(_prompt("Say something long.", 8))
    found = f"{reply.usage.completion_tokens} tokens, ended by {reply.ended}"
    return found, reply.ended == "length" and reply.usage.completion_tokens <= 8


async def _cancelled(server: Running) -> tuple[str, bool]:
    pieces: list[str] = []
    begun = asyncio.Event()

    def listen(piece: str) -> None:
        pieces.append(piece)
        begun.set()

    call = asyncio.create_task(server.model("tiny").ask(_prompt("Go on.", 1900), heard=listen))
    await asyncio.wait_for(begun.wait(), 60)
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call
    seconds = await asyncio.to_thread(_seconds_until_idle, server)
    found = f"idle {seconds:.2f} s after {len(pieces)} of 1900 tokens"
    return found, len(pieces) < 1900 and seconds < IDLE_S


def _seconds_until_idle(server: Running) -> float:
    """How long it goes on generating; `IDLE_S` where it does not stop."""
    began = time.monotonic()
    while _busy(server) and time.monotonic() < began + IDLE_S:
        time.sleep(0.02)
    return time.monotonic() - began


def _busy(server: Running) -> bool:
    request = urllib.request.Request(
        f"{server.url}/slots", headers={"Authorization": f"Bearer {KEY}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return any(slot["is_processing"] for slot in json.load(answer))


async def _overflow(server: Running) -> tuple[str, bool]:
    return await _raises(server.model("tiny"), "word " * 2 * CONTEXT, ContextOverflowError)


async def _wrong_key(server: Running) -> tuple[str, bool]:
    return await _raises(server.model("tiny", "another-key"), "Hello.", WrongKeyError)


async def _killed(server: Running) -> tuple[str, bool]:
    def kill(_: str) -> None:
        with suppress(ProcessLookupError):
            server.process.send_signal(signal.SIGKILL)

    try:
        await server.model("tiny").ask(_prompt("Go on.", 1900), heard=kill)
    except GaveUpError as error:
        return str(error), "broke" in str(error)
    return "an answer", False


# --- transformers serve ------------------------------------------------------------------------


async def check_transformers(place: Path) -> list[Outcome]:
    """Everything that is relied on of a server that ignores schemas in silence."""
    port, model = _free_port(), place / "models" / "tiny"
    command: list[str | Path] = [place / "venv" / "bin" / "transformers", "serve", model]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(place / "huggingface")}
    log = place / "transformers.log"
    async with started("transformers serve", command, port, log, **offline) as server:

        async def streams(server: Running) -> tuple[str, bool]:
            pieces: list[str] = []
            reply = await server.model(str(model)).ask(_prompt("Hi.", 32), heard=pieces.append)
            counted = "counted" if reply.usage.counted else "not counted, so estimated"
            return f"{len(pieces)} pieces, {counted}", len(pieces) > 1

        async def ignored(server: Running) -> tuple[str, bool]:
            prompt = _prompt("A finding?", 48)
            found = await ask_typed(server.model(str(model)).ask, prompt, Finding)
            said = found.objection if isinstance(found, NotUnderstood) else "a valid value"
            return f"after two objections: {said}", isinstance(found, NotUnderstood)

        async def unknown(server: Running) -> tuple[str, bool]:
            return await _raises(server.model("nobody/nothing"), "Hello.", UnknownModelError)

        return await _checked(
            server,
            {
                "streams": streams,
                "a schema is ignored in silence and its lack noticed": ignored,
                "a model that it has not": unknown,
            },
        )


async def _raises(model: Model, words: str, kind: type[TerminalModelError]) -> tuple[str, bool]:
    try:
        await model.ask(_prompt(words, 16))
    except TerminalModelError as error:
        return f"{type(error).__name__}: {error}", isinstance(error, kind)
    return "an answer", False


def _prompt(words: str, answer_tokens: int) -> Prompt:
    return Prompt(role="wire", part="planner", user=words, answer_tokens=answer_tokens)


SERVERS: dict[str, Callable[[Path], Coroutine[None, None, list[Outcome]]]] = {
    "llama-server": check_llama,
    "transformers": check_transformers,
}


if __name__ == "__main__":
    sys.exit(main())
