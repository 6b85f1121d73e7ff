"""Which servers we know by name, and what the name of a model means.

`ollama/qwen2.5-coder:14b` names a provider of this catalogue and one of its models. Anything that
begins with http:// or https:// is the address of a server that speaks OpenAI's protocol; the model
may follow after `#`, otherwise the server is asked which one it has. Everything here is pure.
"""

import difflib
import ipaddress
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from agents.errors import InputError
from agents.models import Frozen

Protocol = Literal["openai", "ollama", "script"]


class Provider(Frozen):
    """A kind of server that models are asked on."""

    name: str
    """What stands before the slash."""
    title: str
    protocol: Protocol
    url: str
    """Where it is unless the environment says otherwise."""
    url_variables: tuple[str, ...] = ()
    """Environment variables that say where it is, the first set one wins."""
    key_variables: tuple[str, ...] = ()
    """Environment variables that hold its key, the first set one wins."""
    needs_key: bool = False
    price_list: str | None = None
    """What the price package calls it."""
    limit_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """How OpenAI's protocol calls the limit of an answer here."""
    start: str = "start it"
    """What to do where nobody answers."""


class Address(Frozen):
    """Where one model is asked."""

    provider: Provider
    url: str
    model: str
    """Empty: the server is to be asked which one it has."""

    @property
    def full_name(self) -> str:
        """The name that is shown, recorded, and understood by `address_of`."""
        if self.provider.name != OTHER.name:
            return f"{self.provider.name}/{self.model}"
        return f"{self.url}#{self.model}" if self.model else self.url

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def on_this_machine(self) -> bool:
        """Whether the server listens on loopback."""
        return is_loopback(self.url)


_CHECK_ADDRESS = "check the address and your connection"

_PROVIDERS = (
    Provider(
        name="ollama",
        title="Ollama",
        protocol="ollama",
        url="http://127.0.0.1:11434",
        url_variables=("OLLAMA_HOST",),
        key_variables=("OLLAMA_API_KEY",),
        start="start it with `ollama serve`, or set OLLAMA_HOST",
    ),
    Provider(
        name="lmstudio",
        title="LM Studio",
        protocol="openai",
        url="http://127.0.0.1:1234/v1",
        url_variables=("LMSTUDIO_BASE_URL",),
        key_variables=("LMSTUDIO_API_KEY",),
        start="start its server with `lms server start`, or set LMSTUDIO_BASE_URL",
    ),
    Provider(
        name="vllm",
        title="vLLM",
        protocol="openai",
        url="http://127.0.0.1:8000/v1",
        url_variables=("VLLM_BASE_URL",),
        key_variables=("VLLM_API_KEY",),
        start="start it with `vllm serve MODEL`, or set VLLM_BASE_URL",
    ),
    Provider(
        name="llamacpp",
        title="llama.cpp",
        protocol="openai",
        url="http://127.0.0.1:8080/v1",
        url_variables=("LLAMACPP_BASE_URL",),
        key_variables=("LLAMA_API_KEY",),
        start="start it with `llama-server -m MODEL.gguf`, or set LLAMACPP_BASE_URL",
    ),
    Provider(
        name="openai",
        title="OpenAI",
        protocol="openai",
        url="https://api.openai.com/v1",
        url_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        key_variables=("OPENAI_API_KEY",),
        needs_key=True,
        price_list="openai",
        limit_parameter="max_completion_tokens",
        start=_CHECK_ADDRESS,
    ),
    Provider(
        name="gemini",
        title="Gemini",
        protocol="openai",
        url="https://generativelanguage.googleapis.com/v1beta/openai",
        url_variables=("GEMINI_BASE_URL",),
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        needs_key=True,
        price_list="google",
        start=_CHECK_ADDRESS,
    ),
    Provider(
        name="anthropic",
        title="Anthropic",
        protocol="openai",
        url="https://api.anthropic.com/v1",
        url_variables=("ANTHROPIC_BASE_URL",),
        key_variables=("ANTHROPIC_API_KEY",),
        needs_key=True,
        price_list="anthropic",
        start=_CHECK_ADDRESS,
    ),
    Provider(
        name="openrouter",
        title="OpenRouter",
        protocol="openai",
        url="https://openrouter.ai/api/v1",
        url_variables=("OPENROUTER_BASE_URL",),
        key_variables=("OPENROUTER_API_KEY",),
        needs_key=True,
        price_list="openrouter",
        start=_CHECK_ADDRESS,
    ),
)

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _PROVIDERS}
"""By name, those on this machine first."""

OTHER = Provider(
    name="url",
    title="the server",
    protocol="openai",
    url="",
    key_variables=("IML_MODEL_KEY",),
    start="start it, or check the address",
)
"""A server that is known by its address only; it never gets the key of a provider."""

SCRIPT = Provider(name="script", title="the script", protocol="script", url="")
"""`script/FILE`: recorded answers instead of a server, for demonstrations and tests."""


def address_of(name: str, environment: Mapping[str, str]) -> Address:
    """What the name of a model means.

    Args:
        name: `PROVIDER/MODEL`, or a URL with or without `#MODEL`.
        environment: May say where a provider is.

    Raises:
        InputError: the name means nothing.
    """
    if name.startswith(("http://", "https://")):
        url, _, model = name.partition("#")
        _refuse_unusable(url, name)
        return Address(provider=OTHER, url=completed(url), model=model)
    provider_name, slash, model = name.partition("/")
    if provider_name == SCRIPT.name and model:
        return Address(provider=SCRIPT, url="", model=model)
    provider = PROVIDERS.get(provider_name)
    if provider is None or not slash or not model:
        raise InputError(_unknown(name, provider_name, provider))
    return Address(provider=provider, url=url_of(provider, environment), model=model)


def url_of(provider: Provider, environment: Mapping[str, str]) -> str:
    """Where a provider is: the environment's word, else its usual place.

    Raises:
        InputError: the environment says something that is no address.
    """
    for variable in provider.url_variables:
        if given := environment.get(variable, "").strip():
            url = given if "://" in given else f"http://{given}"
            _refuse_unusable(url, f"{variable}={given}")
            return _ollama_url(url) if provider.protocol == "ollama" else completed(url)
    return provider.url


def completed(url: str) -> str:
    """An address of OpenAI's protocol; where it names a host only, `/v1` is meant."""
    bare = url.rstrip("/")
    return bare if urlsplit(bare).path else f"{bare}/v1"


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _ollama_url(url: str) -> str:
    """OLLAMA_HOST as a client needs it: a server listens on 0.0.0.0, nobody can call there."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in {None, "0.0.0.0", "::"} else str(parts.hostname)
    host = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 11434
    return f"{parts.scheme}://{host}:{parts.port or default}{parts.path.rstrip('/')}"


def _refuse_unusable(url: str, said: str) -> None:
    parts = urlsplit(url)
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"{said} is no address of a server: write http://HOST:PORT/v1.")
    if parts.username or parts.password:
        raise InputError(
            f"The address of {parts.hostname} holds a password: keep it out of the address, keys "
            "belong into the environment or the keys file."
        )


def _unknown(name: str, provider_name: str, provider: Provider | None) -> str:
    if provider is not None:
        return f"{name!r} names no model: write {provider.name}/MODEL."
    near = difflib.get_close_matches(provider_name, PROVIDERS, n=1)
    if near:
        return f"{name!r} names no provider of models: did you mean {near[0]}/…?"
    *others, last = PROVIDERS
    every = f"{', '.join(others)} and {last}"
    return (
        f"{name!r} names no provider of models: write PROVIDER/MODEL or a URL; known are {every}."
    )
