"""The doctor: what works on this machine, tried out one thing after the other.

Each diagnosis is one line, and what does not work says what to do. Models are really called (a few
dozen tokens each) and the sandbox really runs a program, so a good line means that it works.
"""

import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from pydantic import BaseModel, Field

from agents.conversation import Model, Prompt, Reply
from agents.errors import ImlError, ModelError
from agents.execution.ladder import probe
from agents.execution.runtime import current_runtime, gpu_devices
from agents.llm.backoff import Patience
from agents.llm.deadlines import Deadlines
from agents.llm.opening import Keys, Manner, open_model
from agents.models import Diagnosis
from agents.replies import NotUnderstood, read_typed

LEAST_FREE_BYTES = 2 * 2**30
"""Views, models and submissions of a middling competition need about that."""
_BRIEF = Manner(
    deadlines=Deadlines(first_token_s=120, between_tokens_s=60, in_all_s=300),
    patience=Patience(attempts=2, attempts_when_slow=1, first_wait_s=1, longest_asked_wait_s=10),
)
"""A person waits for the doctor."""
_SMALL_CONTEXT = 16_384
"""Below that, prompts that show data and code have to be cut short."""


class _Capital(BaseModel):
    """What the doctor asks a model for."""

    country: str
    population_in_millions: float = Field(gt=0)


async def check_machine(workspace: Path, cache: Path) -> AsyncIterator[Diagnosis]:
    """Looks at git, the disk, the GPU and the sandbox.

    Args:
        workspace: Folder on whose disk pipelines are built.
        cache: Where the sandbox's verdict is kept.
    """
    yield _git()
    yield _disk(workspace)
    yield _gpu()
    yield await _sandbox(cache)


async def check_model(
    name: str, environment: Mapping[str, str], keys: Keys
) -> AsyncIterator[Diagnosis]:
    """Tries a model out: a call, streaming, structured output, context.

    Args:
        name: As `agents.llm.catalog` understands it.
        environment: Says where providers are and holds keys.
        keys: Where else keys are looked for.
    """
    try:
        model = open_model(name, environment=environment, manner=_BRIEF, keys=keys)
        yield await _called(model)
        yield await _structured(model)
        yield await _context(model)
    except ImlError as error:
        yield Diagnosis(subject=name, state="bad", text=str(error))


async def _called(model: Model) -> Diagnosis:
    pieces: list[str] = []
    question = "Write the names of the twelve months, separated by commas."
    reply = await model.ask(_prompt(question), heard=pieces.append)
    usage = reply.usage
    writing_s = max(usage.seconds - usage.first_token_seconds, 1e-3)
    speed = f"first token after {usage.first_token_seconds:.1f} s"
    if len(pieces) < 2:
        text = f"answers, {speed}; it does not stream, so nothing is seen until an answer is whole"
        return Diagnosis(subject=model.name, state="fair", text=f"{text}.")
    counted = "" if usage.counted else "; it does not count tokens, so they are estimated"
    rate = usage.completion_tokens / writing_s
    text = f"answers and streams, {speed}, {rate:.0f} tokens a second{counted}{_dropped(reply)}."
    return Diagnosis(subject=model.name, state="good" if usage.counted else "fair", text=text)


async def _structured(model: Model) -> Diagnosis:
    subject = f"{model.name}, structured output"
    question = "Give the country whose capital is Lima and its population, as a JSON object with "
    asked = _prompt(f"{question}`country` and `population_in_millions`.").model_copy(
        update={"answer_schema": _Capital.model_json_schema(), "answer_name": "capital"}
    )
    try:
        reply = await model.ask(asked)
    except ModelError as error:
        return Diagnosis(subject=subject, state="bad", text=str(error))
    if isinstance(read_typed(reply.text, _Capital), NotUnderstood):
        text = "a small JSON object could not be read from its answer: choose an abler model."
        return Diagnosis(subject=subject, state="bad", text=text)
    if {"response_format", "format"} & set(reply.dropped):
        text = "the server takes no JSON schema; replies are read from text and checked."
        return Diagnosis(subject=subject, state="fair", text=text)
    return Diagnosis(subject=subject, state="good", text="a JSON object came back as asked.")


async def _context(model: Model) -> Diagnosis:
    subject = f"{model.name}, context"
    tokens = await model.context_tokens()
    if tokens is None:
        text = "the server does not say how much it reads; 32768 tokens are assumed."
        return Diagnosis(subject=subject, state="fair", text=text)
    if tokens < _SMALL_CONTEXT:
        text = f"{tokens} tokens: prompts will be cut short; choose a model that reads more."
        return Diagnosis(subject=subject, state="fair", text=text)
    return Diagnosis(subject=subject, state="good", text=f"{tokens} tokens.")


def _dropped(reply: Reply) -> str:
    return f"; it refuses {', '.join(reply.dropped)}" if reply.dropped else ""


def _prompt(question: str) -> Prompt:
    return Prompt(role="doctor", part="planner", user=question, answer_tokens=2048)


def _git() -> Diagnosis:
    found = shutil.which("git")
    if found is None:
        text = "not installed: install it, every workspace is a git repository."
        return Diagnosis(subject="git", state="bad", text=text)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return Diagnosis(subject="git", state="good", text=f"{said.stdout.strip()}.")


def _disk(workspace: Path) -> Diagnosis:
    place = next(folder for folder in (workspace, *workspace.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.1f} GiB free at {place}"
    if free < LEAST_FREE_BYTES:
        return Diagnosis(subject="disk", state="bad", text=f"{text}: free some space.")
    return Diagnosis(subject="disk", state="good", text=f"{text}.")


def _gpu() -> Diagnosis:
    devices = gpu_devices()
    if not devices:
        text = "none is seen; everything works without one, neural tracks more slowly."
        return Diagnosis(subject="GPU", state="fair", text=text)
    return Diagnosis(subject="GPU", state="good", text=f"{', '.join(map(str, devices))}.")


async def _sandbox(cache: Path) -> Diagnosis:
    sandbox = await probe(current_runtime(), cache)
    reasons = " ".join(reason for _, reason in sandbox.refused)
    if not sandbox.hides_paths:
        text = f"none that hides files works here: install bubblewrap (bwrap). {reasons}"
        return Diagnosis(subject="sandbox", state="bad", text=text)
    better = f"; better ones are missing: {reasons}" if reasons else "."
    text = f"{sandbox.rung} works{better}"
    return Diagnosis(subject="sandbox", state="fair" if reasons else "good", text=text)
