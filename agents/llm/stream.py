"""What both wire protocols have in common: pieces of an answer, and a reply made of them."""

import time
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from agents.conversation import Ended, Prompt, Reply, Usage, estimated_tokens
from agents.errors import EmptyReplyError, StreamCutError


class Count(NamedTuple):
    """Tokens as the server counted them."""

    prompt: int
    cached: int
    completion: int


class Piece(NamedTuple):
    """One thing that arrived; a piece of which nothing is set is a sign of life at most."""

    text: str = ""
    thinking: str = ""
    """Reasoning, which is no part of the answer."""
    ended: Ended | None = None
    counted: Count | None = None


async def collected(
    pieces: AsyncIterator[Piece], prompt: Prompt, name: str, heard: Callable[[str], None]
) -> Reply:
    """Listens to a stream until it ends.

    Args:
        pieces: The stream.
        prompt: What was asked, to estimate tokens where the server does not count them.
        name: Full name of the model.
        heard: Gets every piece of the answer.

    Raises:
        StreamCutError: the stream stopped before the server said that the answer is complete.
        EmptyReplyError: the answer is complete and holds nothing.
    """
    began = time.monotonic()
    first: float | None = None
    texts: list[str] = []
    thoughts: list[str] = []
    ended: Ended | None = None
    count: Count | None = None
    async for piece in pieces:
        if first is None and (piece.text or piece.thinking):
            first = time.monotonic() - began
        if piece.text:
            texts.append(piece.text)
            heard(piece.text)
        thoughts.append(piece.thinking)
        count = piece.counted or count
        if ended != "refusal":  # servers end a refusal as they end any answer
            ended = piece.ended or ended
    text = "".join(texts)
    _refuse_unfinished(name, text, ended)
    seconds = time.monotonic() - began
    estimate = Count(prompt.estimated_tokens, 0, estimated_tokens(text + "".join(thoughts)))
    prompt_tokens, cached, completion = count or estimate
    usage = Usage(
        prompt_tokens=prompt_tokens,
        cached_tokens=cached,
        completion_tokens=completion,
        counted=count is not None,
        seconds=seconds,
        first_token_seconds=seconds if first is None else first,
    )
    return Reply(text=text, model=name, ended=ended or "stop", usage=usage)


def _refuse_unfinished(name: str, text: str, ended: Ended | None) -> None:
    if ended is None:
        raise StreamCutError(
            f"The answer of {name} broke off after {len(text)} characters: the server closed the "
            "connection; look at its log if this goes on."
        )
    if not text.strip() and ended == "stop":
        raise EmptyReplyError(f"{name} answered with nothing: try another model if this goes on.")
