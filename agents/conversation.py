"""The nouns of talking to a language model: what is asked, what comes back, who answers.

They are pure values, so that roles, which know no server and no client library, can write prompts
and read replies, and the engine can record both. What goes wrong is raised from `agents.errors`:
a `TransientModelError` where asking again may help, a `TerminalModelError` where it will not.
"""

import math
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, Protocol, get_args

from pydantic import Field, JsonValue

from agents.models import Frozen

Part = Literal["planner", "coder", "debugger"]
"""Which of the models that a user can choose answers: one plans, one writes code, one mends it."""

PARTS: tuple[Part, ...] = get_args(Part)

Speaker = Literal["system", "user", "assistant"]

Ended = Literal["stop", "length", "refusal", "content-filter"]
"""Why a reply ended: it was complete, ran out of tokens, was refused by the model, or withheld."""


class Message(NamedTuple):
    """One message of a conversation, as both wire protocols know it."""

    speaker: Speaker
    text: str


class Exchange(Frozen):
    """A reply that could not be used, and what was said about it."""

    reply: str
    objection: str


class Prompt(Frozen):
    """One question to a model. What stays the same comes first: servers cache by prefix."""

    role: str
    """The role that asks, such as `task_analyzer`."""
    part: Part
    system: str = ""
    """Who the model is and the rules of the house: the same in every call of a role."""
    user: str
    exchanges: tuple[Exchange, ...] = ()
    """Earlier replies to this very question, each with the objection to it."""
    answer_schema: dict[str, JsonValue] | None = None
    """JSON schema of the answer; enforced by servers that can, ignored by others."""
    answer_name: str = Field(default="answer", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """What the schema is called."""
    answer_tokens: int = Field(default=8192, gt=0)
    """Tokens kept free for the answer, its reasoning included."""
    temperature: float | None = Field(default=0.2, ge=0)
    """None: the server's own."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation so far, the system's message first."""
        opening = [Message("system", self.system)] if self.system else []
        said = [Message("user", self.user)]
        for exchange in self.exchanges:
            said += [Message("assistant", exchange.reply), Message("user", exchange.objection)]
        return (*opening, *said)

    @property
    def in_words(self) -> str:
        """The conversation so far as one text, each message below the name of its speaker."""
        return "".join(f"--- {one.speaker}\n\n{one.text}\n\n" for one in self.messages)

    @property
    def estimated_tokens(self) -> int:
        """About how many tokens the conversation so far has; see `estimated_tokens`."""
        return sum(estimated_tokens(message.text) + _MESSAGE_TOKENS for message in self.messages)

    def objected(self, reply: str, objection: str) -> "Prompt":
        """The same question with one more reply that could not be used."""
        exchange = Exchange(reply=reply, objection=objection)
        return self.model_copy(update={"exchanges": (*self.exchanges, exchange)})


class Usage(Frozen):
    """What one call took."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Of the prompt's, those that the server had cached."""
    completion_tokens: int = 0
    """Of the answer, its reasoning included."""
    counted: bool = True
    """Whether the server counted them; otherwise they are estimated from the texts."""
    seconds: float = 0.0
    first_token_seconds: float = 0.0
    cost: float | None = None
    """US dollars; None where the price is not known."""

    @property
    def tokens(self) -> int:
        """Of prompt and answer together."""
        return self.prompt_tokens + self.completion_tokens


class Reply(Frozen):
    """What a model answered."""

    text: str
    model: str
    """Full name of the model that answered, such as `ollama/qwen2.5-coder:14b`."""
    ended: Ended = "stop"
    usage: Usage = Usage()
    dropped: tuple[str, ...] = ()
    """Parameters that the server refused, and that are left out from now on."""


class Waiting(Frozen):
    """A second of a wait before a call is repeated; what was heard of that call is void."""

    reason: str
    """Why, as a sentence."""
    seconds_left: float
    attempt: int
    """The attempt that follows, counted from 1."""
    attempts: int
    slow: bool = False
    """Whether a deadline passed without an answer: that silence was long, this wait is short."""
    begins: bool = True
    """Whether it is the first second of the wait."""


class Reach(Frozen):
    """A provider of models, as it was found."""

    title: str
    url: str
    key: str = ""
    """Where its key was found; empty where there is none."""
    models: tuple[str, ...] = ()
    """Full names."""
    sizes: dict[str, int] = Field(default_factory=dict)
    """Bytes of those models whose server says so, by full name."""
    problem: str = ""
    """Why it cannot be used, and what to do; empty where it can."""


class Progress(Frozen):
    """How far a download of a model has come."""

    what: str
    share: float | None
    """0 to 1; None while it is not known."""


def who_does_what(names: Mapping[Part, str]) -> str:
    """The chosen models as a clause: `a plans and repairs, b writes code`.

    Args:
        names: The model of each part; at least one.
    """
    does: dict[Part, str] = {"planner": "plans", "coder": "writes code", "debugger": "repairs"}
    duties: dict[str, list[str]] = {}
    for part, name in names.items():
        duties.setdefault(name, []).append(does[part])
    return ", ".join(f"{name} {_listed(verbs)}" for name, verbs in duties.items())


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def ignored(_: str) -> None:
    """Hears a reply and does nothing with it."""


class Model(Protocol):
    """Something that answers prompts: a server, a script, or one of them behind limits."""

    @property
    def name(self) -> str:
        """The full name, such as `ollama/qwen2.5-coder:14b`."""

    async def context_tokens(self) -> int | None:
        """Tokens that a prompt and its answer may have together; None where nobody says.

        Raises:
            ModelError: the server had to be asked and did not say.
        """

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """Answers a prompt.

        Args:
            prompt: What is asked.
            heard: Gets every piece of the answer as it arrives.

        Raises:
            TransientModelError: no answer this time.
            TerminalModelError: no answer, and asking again will not help.
        """


_MESSAGE_TOKENS = 8
"""What a chat template puts around a message, generously."""
_LETTERS_A_TOKEN = 3.5
"""Of English and of code; real tokenizers come to 3 to 4.5, so the estimate is rather high."""


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has; rather too many than too few.

    A character outside ASCII counts as a token of its own, which is near the truth for scripts
    such as Chinese and too high for accented Latin.
    """
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / _LETTERS_A_TOKEN) + len(text) - plain
