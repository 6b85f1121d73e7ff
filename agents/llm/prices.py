"""What a call costs and how much a model can read, by the lists of the package `genai-prices`.

The package carries the lists of the day it was released and is never asked to fetch newer ones. A
price that is in no list is unknown, which is not the same as free; free is only what runs on this
machine.
"""

import genai_prices
from genai_prices.data_snapshot import get_snapshot

from agents.conversation import Usage
from agents.llm.catalog import PROVIDERS, Address

_CLOUD_MARKS = ("-cloud", ":cloud")
"""How Ollama names models that it hands on to its own servers."""


def price_of(address: Address, usage: Usage) -> float | None:
    """US dollars of a call, or None where the price is not known."""
    provider = address.provider
    if provider.price_list is None:
        runs_here = provider.name in PROVIDERS and address.on_this_machine
        return 0.0 if runs_here and not address.model.endswith(_CLOUD_MARKS) else None
    tokens = genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cached_tokens,
        output_tokens=usage.completion_tokens,
    )
    try:
        found = genai_prices.calc_price(tokens, address.model, provider_id=provider.price_list)
    except (LookupError, ValueError):
        return None
    return float(found.total_price)


def context_of(address: Address) -> int | None:
    """Tokens that a model can read and write together, or None where no list says it."""
    if address.provider.price_list is None:
        return None
    try:
        _, model = get_snapshot().find_provider_model(
            address.model, None, address.provider.price_list, None
        )
    except LookupError:
        return None
    return model.context_window
