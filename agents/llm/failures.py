"""What a server's refusal means, for both wire protocols: one of our errors, as one sentence.

Servers agree on status codes roughly and on words hardly at all, so a refusal is first looked at
for words that name a cause for certain (an empty account comes as 429 from one provider, a wrong
key as 400 from another), then for its status. What a server says is quoted without the key and
shortened; it is shown, never followed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from agents.errors import (
    ContextOverflowError,
    ModelError,
    OutOfMoneyError,
    RateLimitedError,
    RequestRefusedError,
    ServerBusyError,
    ServerUnreachableError,
    StreamCutError,
    UnknownModelError,
    WrongKeyError,
)
from agents.llm.catalog import OTHER, Address
from agents.llm.keys import Key, missing_key

OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length"
    r"|context (length|window|size)[^.]{0,40}(exceed|too (small|long)|limit)"
    r"|exceeds?[^.]{0,60}context|(prompt|input) is too long"
    r"|input token count[^.]{0,60}exceeds",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(
    r"insufficient[_ ](quota|credits?|balance|funds)|exceeded your current quota|billing"
    r"|credit balance is too low|requires more credits|payment required",
    re.IGNORECASE,
)
_WRONG_KEY = re.compile(
    r"(invalid|incorrect)[_ ](x-)?api[_ -]key|api key not valid|authentication_error"
    r"|no auth credentials",
    re.IGNORECASE,
)
_UNKNOWN_MODEL = re.compile(
    r"model_not_found|model [^.]{0,80}(not found|does not exist|not exist|is not available)"
    r"|not a valid model|unknown model|invalid model|no such model"
    r"|pinned to [^;]{1,200}; requested",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(r"requires more system memory|out of memory", re.IGNORECASE)
_BUSY = frozenset({408, 409, 425, 500, 502, 503, 504, 520, 522, 524, 529})
_LONGEST_QUOTE = 300
_NAMED = 3
"""How many of a server's models a sentence names."""


class Refusal(NamedTuple):
    """What a server said instead of an answer."""

    status: int | None
    """Of HTTP; None where the server said it within a stream that had begun well."""
    words: str
    """Its own, code and message together."""
    wait_s: float | None = None
    """Seconds after which to come back, by its Retry-After."""
    parameter: str | None = None
    """What the server says it stumbled over."""


class Who(NamedTuple):
    """Whom we talk to, as sentences need it."""

    address: Address
    key: Key | None
    keys_file: Path

    @property
    def server(self) -> str:
        """The server's title and where it is."""
        return f"{self.address.provider.title} at {self.address.host}"

    @property
    def subject(self) -> str:
        """The same where a sentence begins."""
        return f"The{self.server[3:]}" if self.address.provider == OTHER else self.server

    @property
    def advice(self) -> str:
        """What to do about a key, as a clause."""
        if self.key is not None:
            return f"put a valid key into {self.key.source}"
        return missing_key(self.address, self.keys_file)


def error_of(refusal: Refusal, who: Who) -> ModelError:
    """The error that a refusal means; its sentence names the thing, the cause and what to do."""
    status, words, wait_s, _ = refusal
    said = quoted(words, who.key)
    known = _by_words(status, words, said, who)
    if known is not None:
        return known
    if status in {401, 403}:
        return _wrong_key(said, who)
    if status == 402:
        return _no_money(said, who)
    if status == 404:
        return unknown_model(said, who)
    if status == 413:
        return _overflow(said, who)
    if status == 429:
        wait = "wait a little" if wait_s is None else f"wait {wait_s:.0f} s"
        return RateLimitedError(
            f"{who.subject} asks to be called less often ({said}): {wait}, or choose another "
            "model.",
            wait_s,
        )
    if status in _BUSY or (status or 0) >= 500:
        return ServerBusyError(
            f"{who.subject} failed ({status}: {said}): wait, or look at its log.", wait_s
        )
    if status is None:
        return StreamCutError(
            f"The answer of {who.address.full_name} broke off ({said}): look at the server's log "
            "if this goes on."
        )
    return RequestRefusedError(
        f"{who.subject} refuses the request ({status}: {said}): choose another model."
    )


def unknown_model(said: str, who: Who, has: Sequence[str] = ()) -> UnknownModelError:
    """The error of a model that is not there.

    Args:
        said: By the server, as it is quoted.
        who: Whose model was asked.
        has: The models that the server lists, where that is known.
    """
    model = who.address.model
    missing = f"{who.subject} has no model {model!r} ({said})"
    if has:
        near = get_close_matches(model, has, _NAMED, 0.5) or has[:_NAMED]
        more = f" and {len(has) - len(near)} more" if len(has) > len(near) else ""
        return UnknownModelError(f"{missing}; it has {', '.join(near)}{more}: choose one of them.")
    if who.address.provider.protocol == "ollama":
        remedy = f"run `iml-tui models --pull {who.address.full_name}`"
    else:
        remedy = "`iml-tui models` lists what it has, and at which address"
    return UnknownModelError(f"{missing}: {remedy}.")


def unreachable(who: Who) -> ServerUnreachableError:
    """The error of a server that cannot be connected to."""
    return ServerUnreachableError(f"{who.subject} does not answer: {who.address.provider.start}.")


def cut(who: Who, cause: BaseException) -> StreamCutError:
    """The error of a connection that broke while an answer was on its way."""
    return StreamCutError(
        f"The connection to {who.server} broke ({quoted(str(cause), who.key)}): look at the "
        "server's log if this goes on."
    )


def quoted(words: str, key: Key | None) -> str:
    """What a server said, on one line, without the key, not too long."""
    if words.lstrip().startswith("<"):  # a page, as proxies send them
        words = re.sub(r"<[^<>]*>", " ", words)
    line = " ".join((key.hidden(words) if key is not None else words).split())
    line = line.rstrip(".") or "it says nothing more"
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks to wait, by `Retry-After-Ms` or `Retry-After` (RFC 9110, 10.2.3).

    Args:
        headers: Of the response, looked up without regard to case.
        now: An aware time, for a Retry-After that is a date.

    Returns:
        At least 0; None where the server does not say, or says nothing that can be read.
    """
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = lowered.get(name, "")
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value) / unit
    try:
        date = parsedate_to_datetime(lowered.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _by_words(status: int | None, words: str, said: str, who: Who) -> ModelError | None:
    if OVERFLOW.search(words):
        return _overflow(said, who)
    if _NO_MONEY.search(words):
        return _no_money(said, who)
    if _WRONG_KEY.search(words):
        return _wrong_key(said, who)
    if status in {400, 404, 422} and _UNKNOWN_MODEL.search(words):
        return unknown_model(said, who)
    if _TOO_LARGE.search(words):
        return RequestRefusedError(
            f"{who.address.full_name} does not fit into the memory of {who.server} ({said}): "
            "choose a smaller model."
        )
    return None


def _overflow(said: str, who: Who) -> ContextOverflowError:
    return ContextOverflowError(
        f"The prompt is longer than {who.address.full_name} can read ({said}): choose a model with "
        "a longer context."
    )


def _no_money(said: str, who: Who) -> OutOfMoneyError:
    return OutOfMoneyError(
        f"The account at {who.server} has no money left ({said}): top it up, or choose another "
        "model."
    )


def _wrong_key(said: str, who: Who) -> WrongKeyError:
    whose = "a call without a key" if who.key is None else f"the key from {who.key.source}"
    return WrongKeyError(f"{who.subject} refuses {whose} ({said}): {who.advice}.")
