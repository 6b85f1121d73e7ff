"""Parameters that a server refuses: found in its words, dropped, and remembered.

Models differ in what they accept (reasoning models take no temperature, some call the limit of an
answer `max_completion_tokens`, many know no JSON schema), and no list of that is ever up to date.
So the server decides: what it complains of is left out from then on.
"""

import re
from collections.abc import Iterable

from agents.llm.catalog import Address
from agents.llm.failures import OVERFLOW, Refusal

_COMPLAINS = frozenset({400, 404, 422, 500, 501})
"""Most servers say 400 or 422 to a parameter; some fail inside, and name it all the same."""

_ALSO_CALLED = {
    "response_format": ("json_schema", "structured output", "guided_json", "grammar"),
    "format": ("structured output", "grammar", "json schema"),
    "stream_options": ("include_usage",),
}
_LIMITS = frozenset({"max_tokens", "max_completion_tokens"})


class RefusedParameters:
    """What servers refused so far, by server and model."""

    def __init__(self) -> None:
        self._refused: dict[str, list[str]] = {}

    def of(self, address: Address) -> tuple[str, ...]:
        """What is to be left out, in the order in which it was refused."""
        return tuple(self._refused.get(_key(address), ()))

    def add(self, address: Address, parameter: str) -> None:
        """Leaves `parameter` out from now on."""
        self._refused.setdefault(_key(address), []).append(parameter)


def refused_parameter(refusal: Refusal, sent: Iterable[str]) -> str | None:
    """Which of the parameters that may be left out a server complains of.

    A prompt that is too long is no matter of parameters, unless the server counts the room for the
    answer in and names the parameter that asks for it.

    Args:
        refusal: What it said.
        sent: The parameters that were sent and can be done without.
    """
    if refusal.status not in _COMPLAINS:
        return None
    too_long = OVERFLOW.search(refusal.words) is not None
    suspects = sorted((name for name in sent if not too_long or name in _LIMITS), key=len)
    suspects.reverse()  # `max_completion_tokens` is looked for before what may be part of it
    named = (refusal.parameter or "").split(".")[0]
    if named in suspects:
        return named
    return next((name for name in suspects if _is_mentioned(name, refusal.words)), None)


def _is_mentioned(parameter: str, words: str) -> bool:
    return any(
        re.search(rf"(?<![A-Za-z_]){re.escape(name)}(?![a-z_])", words, re.IGNORECASE)
        for name in (parameter, *_ALSO_CALLED.get(parameter, ()))
    )


def _key(address: Address) -> str:
    return f"{address.url}#{address.model}"
