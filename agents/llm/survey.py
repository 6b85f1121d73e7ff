"""Which models can be reached: a look at every known server, all at once and briefly.

Only servers on this machine, those that the environment names, and those whose key is there are
asked. Nothing is generated. This loads both client libraries.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

from agents.conversation import Progress, Reach
from agents.errors import InputError, ModelError
from agents.llm import ollama_api, openai_api
from agents.llm.catalog import PROVIDERS, Address, Provider, address_of, url_of
from agents.llm.failures import Who
from agents.llm.opening import Keys, whom

PATIENCE_S = 5.0
"""A run begins beside the look: on a busy machine our own half of a call takes a second or two."""


async def survey(
    environment: Mapping[str, str], keys: Keys, *, patience_s: float = PATIENCE_S
) -> tuple[Reach, ...]:
    """Looks at every known server.

    Args:
        environment: Says where providers are and holds keys.
        keys: Where else keys are looked for; they are, before any server's time begins to count.
        patience_s: How long a server may take to list its models.
    """
    known = [_found(provider, environment, keys) for provider in PROVIDERS.values()]
    async with asyncio.TaskGroup() as group:
        looks = [group.create_task(_look(one, patience_s)) for one in known]
    return tuple(look.result() for look in looks)


def _found(provider: Provider, environment: Mapping[str, str], keys: Keys) -> Who | Reach:
    """Whom to call, or why nobody is called."""
    try:
        address = Address(provider=provider, url=url_of(provider, environment), model="")
        who = whom(address, environment, keys)
    except InputError as error:
        return Reach(title=provider.title, url=provider.url, problem=str(error))
    if provider.needs_key and who.key is None:
        problem = f"No key was found: {who.advice}."
        return Reach(title=provider.title, url=address.url, problem=problem)
    return who


async def _look(known: Who | Reach, patience_s: float) -> Reach:
    if isinstance(known, Reach):
        return known
    who, provider = known, known.address.provider
    seen = Reach(
        title=provider.title, url=who.address.url, key="" if who.key is None else who.key.source
    )
    try:
        async with asyncio.timeout(patience_s):
            found = await models_on(who)
    except TimeoutError:
        mend = "restart it, or look at its log" if who.address.on_this_machine else provider.start
        problem = f"{who.subject} did not answer within {patience_s:g} s: {mend}."
        return seen.model_copy(update={"problem": problem})
    except ModelError as error:
        return seen.model_copy(update={"problem": str(error)})
    if not found:
        mend = "pull one" if provider.protocol == "ollama" else "load one, or check the address"
        return seen.model_copy(update={"problem": f"{who.subject} lists no model: {mend}."})
    full = {f"{provider.name}/{name.removeprefix('models/')}": size for name, size in found.items()}
    sizes = {name: size for name, size in full.items() if size}
    return seen.model_copy(update={"models": tuple(full), "sizes": sizes})


async def models_on(who: Who) -> dict[str, int]:
    """The models that a server says it has, by name, with their bytes where it says so too.

    Raises:
        ModelError: the server cannot be reached, or refuses the key.
    """
    if who.address.provider.protocol == "ollama":
        return await ollama_api.listed(who)
    return dict.fromkeys(sorted(one.name for one in await openai_api.listed(who)), 0)


async def pull(name: str, environment: Mapping[str, str], keys: Keys) -> AsyncIterator[Progress]:
    """Has an Ollama server download a model.

    Raises:
        InputError: the name is not one of a model of Ollama.
        ModelError: the server cannot be reached, or knows no such model.
    """
    address = address_of(name, environment)
    if address.provider.protocol != "ollama":
        raise InputError(f"{name} cannot be pulled: only models of Ollama (ollama/NAME) can.")
    async for part in ollama_api.pull(whom(address, environment, keys)):
        share = part.done_bytes / part.total_bytes if part.total_bytes else None
        yield Progress(what=part.status, share=share)
