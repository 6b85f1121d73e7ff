"""The way in: a model by its name, behind patience, deadlines and a budget.

The client libraries take half a second to load and most runs use one of them at most, so they are
loaded when a model is opened.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from agents.conversation import Model, Usage, Waiting
from agents.errors import WrongKeyError
from agents.llm.backoff import Announce, Patience, PatientModel
from agents.llm.budget import Budget, MeteredModel
from agents.llm.catalog import Address, address_of
from agents.llm.deadlines import Deadlines
from agents.llm.failures import Who
from agents.llm.keys import Keyring, find_key, keys_file, system_keyring
from agents.llm.parameters import RefusedParameters
from agents.llm.scripted import ScriptedModel, read_script
from agents.models import Frozen


class Manner(Frozen):
    """How models are talked to; the same for all of a run."""

    deadlines: Deadlines = Deadlines()
    patience: Patience = Patience()
    wanted_context: int = 32_768
    """Tokens of the largest prompt of a run and its answer: what Ollama is told to set up."""
    seed: int = 7


class Keys(NamedTuple):
    """Where keys are looked for besides the environment."""

    file: Path
    keyring: Keyring


def usual_keys() -> Keys:
    """The user's own file and the system's keyring."""
    return Keys(keys_file(), system_keyring)


def unannounced(_: Waiting) -> None:
    """Lets a wait pass in silence."""


def open_model(
    name: str,
    *,
    environment: Mapping[str, str],
    manner: Manner | None = None,
    budget: Budget | None = None,
    announce: Announce = unannounced,
    keys: Keys | None = None,
) -> Model:
    """Opens a model; nothing is sent before the first call.

    Open a name once a run: what a server refuses and how much it reads is remembered by the model.
    From the calls of what is returned, only a `TerminalModelError` comes out.

    Args:
        name: As `agents.llm.catalog` understands it: `ollama/qwen2.5-coder:14b`, a URL.
        environment: Says where providers are and holds keys.
        manner: How it is talked to.
        budget: What may be spent, shared by the models of a run.
        announce: Told each second of a wait.
        keys: Where else keys are looked for.

    Raises:
        InputError: the name means nothing, or the file of keys cannot be used.
        WrongKeyError: the provider needs a key and none was found.
    """
    manner = manner or Manner()
    who = whom(address_of(name, environment), environment, keys or usual_keys())
    if who.address.provider.needs_key and who.key is None:
        provider = who.address.provider
        raise WrongKeyError(f"{provider.title} needs a key and none was found: {who.advice}.")
    metered = MeteredModel(
        _connected(who, manner), budget or Budget(), lambda usage: _price(who.address, usage)
    )
    return PatientModel(metered, manner.patience, seed=manner.seed, announce=announce)


def whom(address: Address, environment: Mapping[str, str], keys: Keys) -> Who:
    """An address with its key, if one is found.

    Raises:
        InputError: the file of keys cannot be used.
    """
    found = find_key(address, environment, file=keys.file, keyring=keys.keyring)
    return Who(address, found, keys.file)


def _connected(who: Who, manner: Manner) -> Model:
    refused = RefusedParameters()
    match who.address.provider.protocol:
        case "script":
            return ScriptedModel(read_script(Path(who.address.model)), name=who.address.full_name)
        case "ollama":
            from agents.llm.ollama_api import OllamaModel

            return OllamaModel(
                who,
                deadlines=manner.deadlines,
                refused=refused,
                wanted_context=manner.wanted_context,
            )
        case "openai":
            from agents.llm.openai_api import OpenAIModel

            return OpenAIModel(
                who,
                deadlines=manner.deadlines,
                refused=refused,
                known_context=lambda: _listed_context(who.address),
            )


def _price(address: Address, usage: Usage) -> float | None:
    from agents.llm.prices import price_of

    return price_of(address, usage)


def _listed_context(address: Address) -> int | None:
    if address.provider.price_list is None:
        return None
    from agents.llm.prices import context_of

    return context_of(address)
