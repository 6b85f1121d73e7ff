"""Short cuts of the tests that talk to a server: a model of each protocol, a prompt."""

from collections.abc import Mapping
from pathlib import Path

from agents.conversation import Model, Prompt
from agents.llm.backoff import Patience
from agents.llm.budget import Budget
from agents.llm.deadlines import Deadlines
from agents.llm.opening import Keys, Manner, open_model
from tests.llm.servers import Server, Turn, ollama_said, openai_said

NOWHERE = Keys(Path("/nowhere/keys.toml"), lambda _: None)
"""Keys are looked for in the environment only."""
SECRET = "sk-0123456789-secret"
ONCE = Manner(patience=Patience(attempts=1, attempts_when_slow=1, first_wait_s=0))
STUBBORN = Manner(patience=Patience(attempts=4, attempts_when_slow=2, first_wait_s=0))
"""Asks again at once."""
HASTY = ONCE.model_copy(
    update={"deadlines": Deadlines(first_token_s=0.2, between_tokens_s=0.2, in_all_s=0.2)}
)
PROTOCOLS = ("openai", "ollama")


def question(text: str = "What is seven?") -> Prompt:
    return Prompt(role="task_analyzer", part="planner", system="Be brief.", user=text)


def environment_of(server: Server) -> Mapping[str, str]:
    return {
        "OPENAI_BASE_URL": f"{server.url}/v1",
        "OPENAI_API_KEY": SECRET,
        "OLLAMA_HOST": server.url,
        "OLLAMA_API_KEY": SECRET,
    }


def model_on(
    server: Server, protocol: str, manner: Manner = ONCE, budget: Budget | None = None
) -> Model:
    return open_model(
        f"{protocol}/m",
        environment=environment_of(server),
        manner=manner,
        budget=budget,
        keys=NOWHERE,
    )


def said(protocol: str, *texts: str, ended: str = "stop") -> Turn:
    """A turn that streams an answer."""
    lines = openai_said if protocol == "openai" else ollama_said
    return Turn(stream=lines(*texts, ended=ended))
