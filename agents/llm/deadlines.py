"""Our own deadlines for a streamed answer: the first token, between tokens, in all.

The clients' time-outs count from read to read, so a server that sends signs of life and no answer
outlives them. Here only tokens count, those of the model's reasoning included. A deadline that
passes cancels the stream, which closes the connection, which makes servers stop generating.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Self

from agents.errors import ModelTooSlowError
from agents.llm.stream import Piece
from agents.models import Frozen


class Deadlines(Frozen):
    """How long an answer may take, in seconds."""

    first_token_s: float = 300.0
    """Local servers load the model and read the prompt before it."""
    between_tokens_s: float = 90.0
    in_all_s: float = 1800.0
    look_s: float = 30.0
    """To say which models there are and how much they read."""

    @classmethod
    def within(cls, seconds: float) -> Self:
        """Deadlines of an answer that may take so long in all."""
        usual = cls()
        return cls(
            first_token_s=min(usual.first_token_s, seconds / 2),
            between_tokens_s=min(usual.between_tokens_s, seconds / 4),
            in_all_s=seconds,
            look_s=min(usual.look_s, seconds / 2),
        )


async def watched(
    pieces: AsyncGenerator[Piece], deadlines: Deadlines, name: str
) -> AsyncGenerator[Piece]:
    """Hands pieces on, and closes the stream when a deadline passes.

    Args:
        pieces: The stream; the request itself is sent when the first piece is asked for.
        deadlines: How long to wait.
        name: The model, for the sentence.

    Raises:
        ModelTooSlowError: a deadline passed.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + deadlines.in_all_s
    what, wait_s = "first token", deadlines.first_token_s
    due = loop.time() + wait_s
    async with aclosing(pieces):
        while True:
            try:
                async with asyncio.timeout_at(min(due, end)):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if end < due:
                    what, wait_s = "answer", deadlines.in_all_s
                raise ModelTooSlowError(_sentence(name, what, wait_s)) from error
            if piece.text or piece.thinking:
                what, wait_s = "next token", deadlines.between_tokens_s
                due = loop.time() + wait_s
            yield piece


@asynccontextmanager
async def looking(deadlines: Deadlines, name: str) -> AsyncIterator[None]:
    """Ends a look at a server that generates nothing, such as for its list of models.

    Args:
        deadlines: How long to wait.
        name: The model, for the sentence.

    Raises:
        ModelTooSlowError: it took too long.
    """
    try:
        async with asyncio.timeout(deadlines.look_s):
            yield
    except TimeoutError as error:
        raise ModelTooSlowError(
            f"The server of {name} did not say within {deadlines.look_s:g} s what it has: look at "
            "its log, or restart it."
        ) from error


def _sentence(name: str, what: str, wait_s: float) -> str:
    return (
        f"The {what} of {name} did not come within {wait_s:g} s: take a smaller or faster model if "
        "this goes on."
    )
