"""What was said between people, the run and language models, and what that took."""

from dataclasses import dataclass

from agents.journal.events import ModelCall


@dataclass(frozen=True)
class Spent:
    """What language models took, of one role or in all."""

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """US dollars of the calls whose price is known."""
    unpriced: int = 0
    """Calls whose price is not known."""

    @property
    def tokens(self) -> int:
        """Of prompts and answers together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def money(self) -> str:
        """US dollars in words: what is known of it."""
        if self.calls and self.unpriced == self.calls:
            return "unknown"
        return f"${self.cost:.2f}" + (" and more" if self.unpriced else "")

    def plus(self, event: ModelCall) -> "Spent":
        """With one more call."""
        return Spent(
            calls=self.calls + 1,
            prompt_tokens=self.prompt_tokens + event.prompt_tokens,
            cached_tokens=self.cached_tokens + event.cached_tokens,
            completion_tokens=self.completion_tokens + event.completion_tokens,
            cost=self.cost + (event.cost or 0.0),
            unpriced=self.unpriced + (event.cost is None),
        )


@dataclass(frozen=True)
class Talk:
    """How much of what a language model can take in its last question and answer took up."""

    model: str
    used: int
    """Tokens."""
    window: int | None = None
    """Tokens that there is room for; None where the server does not say."""


@dataclass(frozen=True)
class Told:
    """Something that a person asked for in words, and what became of it."""

    gate: str
    words: str
    directive: str = ""
    """What the agents are told from then on."""
    outcome: str = ""
    """What was answered; empty while nobody has."""
    refused: bool = False
