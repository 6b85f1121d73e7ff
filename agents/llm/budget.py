"""Hard limits on tokens and money, and what was spent so far, by role and in all.

A call is refused before it is made when its prompt and the longest answer it may get would lead
beyond a limit; calls under way at the same time are counted in. What a server bills for an answer
that broke off, or that nobody waited for, is counted by estimate.
"""

from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agents.conversation import Model, Prompt, Reply, Usage, estimated_tokens, ignored
from agents.errors import BudgetSpentError
from agents.models import Frozen

Price = Callable[[Usage], float | None]
"""US dollars of a call; None where the price is not known."""


class Limits(Frozen):
    """What a run may spend on models; None: as much as it takes."""

    max_tokens: int | None = None
    max_cost: float | None = None
    """US dollars."""


class Tally(Frozen):
    """What was spent."""

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """US dollars of the calls whose price is known."""
    unpriced_calls: int = 0
    estimated_calls: int = 0
    """Calls whose tokens the server did not count."""

    @property
    def tokens(self) -> int:
        """Of prompts and answers together."""
        return self.prompt_tokens + self.completion_tokens

    def plus(self, usage: Usage) -> "Tally":
        """The tally with one more call."""
        return Tally(
            calls=self.calls + 1,
            prompt_tokens=self.prompt_tokens + usage.prompt_tokens,
            cached_tokens=self.cached_tokens + usage.cached_tokens,
            completion_tokens=self.completion_tokens + usage.completion_tokens,
            cost=self.cost + (usage.cost or 0.0),
            unpriced_calls=self.unpriced_calls + (usage.cost is None),
            estimated_calls=self.estimated_calls + (not usage.counted),
        )


class Budget:
    """The purse of a run, shared by all its models."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Starts with nothing spent.

        Args:
            limits: What may be spent; may be replaced while the run goes on.
        """
        self.limits = limits or Limits()
        self.spent = Tally()
        self.by_role: dict[str, Tally] = {}
        self._held_tokens = 0
        self._held_cost = 0.0

    def note(self, role: str, usage: Usage) -> None:
        """Counts a call; also those of an earlier process, when a run goes on."""
        self.spent = self.spent.plus(usage)
        self.by_role[role] = self.by_role.get(role, Tally()).plus(usage)

    @contextmanager
    def held(self, most: Usage, model: str) -> Iterator[None]:
        """Sets aside what a call may take while it is under way.

        Args:
            most: The most that it can come to.
            model: Its name, for the sentence.

        Raises:
            BudgetSpentError: it could lead beyond a limit.
        """
        self._refuse_beyond(most, model)
        cost = most.cost or 0.0
        self._held_tokens += most.tokens
        self._held_cost += cost
        try:
            yield
        finally:
            self._held_tokens -= most.tokens
            self._held_cost -= cost

    def _refuse_beyond(self, most: Usage, model: str) -> None:
        limits, spent = self.limits, self.spent
        tokens = spent.tokens + self._held_tokens + most.tokens
        if limits.max_tokens is not None and tokens > limits.max_tokens:
            raise BudgetSpentError(
                f"Another call of {model} may lead beyond --max-tokens {limits.max_tokens} "
                f"({spent.tokens} are spent): raise it to go on with the model."
            )
        if limits.max_cost is None:
            return
        if most.cost is None:
            raise BudgetSpentError(
                f"The price of {model} is not known, so --max-cost cannot be kept: leave it out "
                "and set --max-tokens."
            )
        if spent.cost + self._held_cost + most.cost > limits.max_cost:
            raise BudgetSpentError(
                f"Another call of {model} may lead beyond --max-cost {limits.max_cost:g} "
                f"({spent.cost:.2f} are spent): raise it to go on with the model."
            )


class MeteredModel:
    """A model whose calls are priced, counted, and refused beyond the limits."""

    def __init__(self, model: Model, budget: Budget, price: Price) -> None:
        self._model = model
        self._budget = budget
        self._price = price

    @property
    def name(self) -> str:
        """The full name."""
        return self._model.name

    async def context_tokens(self) -> int | None:
        """See `Model`."""
        return await self._model.context_tokens()

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """See `Model`.

        Raises:
            BudgetSpentError: the answer could lead beyond a limit.
        """
        most = Usage(prompt_tokens=prompt.estimated_tokens, completion_tokens=prompt.answer_tokens)
        pieces: list[str] = []

        def listen(piece: str) -> None:
            pieces.append(piece)
            heard(piece)

        with self._budget.held(self._priced(most), self.name):
            try:
                reply = await self._model.ask(prompt, heard=listen)
            except BaseException as error:
                if pieces or isinstance(error, CancelledError):
                    begun = Usage(
                        prompt_tokens=prompt.estimated_tokens,
                        completion_tokens=estimated_tokens("".join(pieces)),
                        counted=False,
                    )
                    self._budget.note(prompt.role, self._priced(begun))
                raise
            usage = self._priced(reply.usage)
            self._budget.note(prompt.role, usage)
        return reply.model_copy(update={"usage": usage})

    def _priced(self, usage: Usage) -> Usage:
        return usage.model_copy(update={"cost": self._price(usage)})
