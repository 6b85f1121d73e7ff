"""Asking again after a failure that may pass: bounded, honouring the server, and not in silence.

The wait doubles from call to call and is spread by a seeded random part, so that several tracks do
not come back at the same moment (AWS Architecture Blog, "Exponential Backoff And Jitter", equal
jitter); where the server says when to come back, that counts. Each second of a wait is announced.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from agents.conversation import Model, Prompt, Reply, Waiting, ignored
from agents.errors import GaveUpError, ModelTooSlowError, TransientModelError
from agents.models import Frozen

Announce = Callable[[Waiting], None]
Sleep = Callable[[float], Awaitable[None]]
Answer = TypeVar("Answer")


class Patience(Frozen):
    """How often and how long a model is waited for."""

    attempts: int = 8
    """In all; with the waits below three minutes of silence are borne at most."""
    attempts_when_slow: int = 2
    """In all, where a deadline passed: that took long enough."""
    first_wait_s: float = 2.0
    longest_wait_s: float = 60.0
    longest_asked_wait_s: float = 900.0
    """A server that wants a longer pause is given up on."""

    @classmethod
    def within(cls, seconds: float) -> Self:
        """Patience that bears a silence of about so many seconds, in the same number of calls."""
        usual = cls()
        share = seconds / _USUAL_SILENCE_S
        return cls(
            first_wait_s=usual.first_wait_s * share,
            longest_wait_s=usual.longest_wait_s * share,
            longest_asked_wait_s=usual.longest_asked_wait_s * share,
        )


_USUAL_SILENCE_S = 180.0
"""What the waits of a `Patience` as it is come to, before they are spread."""


class PatientModel:
    """A model that is asked again after failures that may pass."""

    def __init__(
        self,
        model: Model,
        patience: Patience,
        *,
        seed: int,
        announce: Announce,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Wraps `model`.

        Args:
            model: Asks once a call.
            patience: How often and how long.
            seed: For the spread of the waits.
            announce: Told each second of a wait.
            sleep: Waits for that many seconds.
        """
        self._model = model
        self._patience = patience
        self._random = random.Random(f"{seed}/{model.name}")
        self._announce = announce
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The full name."""
        return self._model.name

    async def context_tokens(self) -> int | None:
        """See `Model`; only a `TerminalModelError` comes out."""
        return await self._patiently(self._model.context_tokens)

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """Answers a prompt, sooner or later; only a `TerminalModelError` comes out.

        Raises:
            GaveUpError: a failure that should have passed did not.
            TerminalModelError: asking again will not help.
        """
        return await self._patiently(lambda: self._model.ask(prompt, heard=heard))

    async def _patiently(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        attempt = 1
        while True:
            try:
                return await call()
            except TransientModelError as error:
                wait_s = self._wait_after(error, attempt)
                await self._count_down(wait_s, error, attempt + 1)
            attempt += 1

    def _wait_after(self, error: TransientModelError, attempt: int) -> float:
        """Seconds to wait after the `attempt`-th call failed.

        Raises:
            GaveUpError: enough was tried, or the server wants too long a pause.
        """
        patience, bare = self._patience, str(error).rstrip(".")
        if attempt >= self._attempts(error):
            raise GaveUpError(f"{bare}; {attempt} calls were made.") from error
        if error.wait_s is not None:
            if error.wait_s > patience.longest_asked_wait_s:
                raise GaveUpError(f"{bare}; so long is not waited.") from error
            return error.wait_s + self._random.uniform(0, 1)
        doubled = min(patience.longest_wait_s, patience.first_wait_s * 2.0 ** (attempt - 1))
        return doubled * self._random.uniform(0.5, 1)

    def _attempts(self, error: TransientModelError) -> int:
        """Calls in all where they fail like that."""
        slow = isinstance(error, ModelTooSlowError)
        return self._patience.attempts_when_slow if slow else self._patience.attempts

    async def _count_down(self, wait_s: float, error: TransientModelError, attempt: int) -> None:
        left = wait_s
        while left > 0:
            self._announce(
                Waiting(
                    reason=str(error),
                    seconds_left=left,
                    attempt=attempt,
                    attempts=self._attempts(error),
                    slow=isinstance(error, ModelTooSlowError),
                    begins=left == wait_s,
                )
            )
            step = min(1.0, left)
            await self._sleep(step)
            left -= step
