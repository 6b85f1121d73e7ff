"""What the name of a model means, and where its key is found and kept from."""

from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from typing_extensions import override

from agents.errors import InputError, WrongKeyError
from agents.llm.catalog import PROVIDERS, address_of
from agents.llm.keys import Key, find_key, system_keyring
from agents.llm.opening import open_model
from tests.llm.talk import NOWHERE, SECRET


@pytest.mark.parametrize(
    ("name", "environment", "url", "model"),
    [
        ("ollama/qwen2.5-coder:14b", {}, "http://127.0.0.1:11434", "qwen2.5-coder:14b"),
        ("ollama/m", {"OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434", "m"),
        ("ollama/m", {"OLLAMA_HOST": "box:99"}, "http://box:99", "m"),
        ("ollama/m", {"OLLAMA_HOST": "https://box/path/"}, "https://box:443/path", "m"),
        ("openai/gpt", {}, "https://api.openai.com/v1", "gpt"),
        ("openai/gpt", {"OPENAI_BASE_URL": "http://box:1/v2/"}, "http://box:1/v2", "gpt"),
        ("anthropic/c", {"ANTHROPIC_BASE_URL": "https://box"}, "https://box/v1", "c"),
        ("openrouter/a/b:free", {}, "https://openrouter.ai/api/v1", "a/b:free"),
        ("http://box:8000", {}, "http://box:8000/v1", ""),
        ("http://box:8000/api#some/model", {}, "http://box:8000/api", "some/model"),
    ],
)
def test_a_name_means_a_server_and_a_model(
    name: str, environment: dict[str, str], url: str, model: str
) -> None:
    address = address_of(name, environment)
    assert (address.url, address.model) == (url, model)
    assert address_of(address.full_name, environment) == address


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("olama/m", "did you mean ollama"),
        ("gpt-5", "known are ollama, lmstudio"),
        ("ollama", "names no model: write ollama/MODEL"),
        ("openai/", "names no model"),
        ("http://", "is no address"),
        ("http://box:port/v1", "is no address"),
        ("http://me:secret@box/v1", "holds a password"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_a_way_out(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        address_of(name, {})
    assert "secret" not in str(caught.value)


def write_keys(folder: Path, mode: int = 0o600) -> Path:
    file = folder / "keys.toml"
    file.write_text('openai = "from-file"\n"box:1" = "for-box"\n', encoding="utf-8")
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    ("environment", "entries", "source", "value"),
    [
        ({"OPENAI_API_KEY": "from-env"}, {"openai": "from-ring"}, "OPENAI_API_KEY", "from-env"),
        ({}, {"openai": "from-ring"}, "the system keyring", "from-ring"),
        ({"OPENAI_API_KEY": " "}, {}, "keys.toml", "from-file"),
    ],
)
def test_keys_are_found_in_environment_keyring_and_file_in_this_order(
    tmp_path: Path, environment: dict[str, str], entries: dict[str, str], source: str, value: str
) -> None:
    address = address_of("openai/gpt", {})
    key = find_key(address, environment, file=write_keys(tmp_path), keyring=entries.get)
    assert key is not None
    assert key.value == value
    assert key.source.endswith(source)


def test_a_server_by_its_address_gets_its_own_key_and_no_providers(tmp_path: Path) -> None:
    address = address_of("http://box:1/v1#m", {})
    environment = {variable: SECRET for one in PROVIDERS.values() for variable in one.key_variables}
    key = find_key(address, environment, file=write_keys(tmp_path), keyring=lambda _: None)
    assert key is not None
    assert key.value == "for-box"


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    file = write_keys(tmp_path, 0o644)
    with pytest.raises(InputError, match="run chmod 600"):
        find_key(address_of("openai/gpt", {}), {}, file=file, keyring=lambda _: None)


def test_a_key_shows_where_it_comes_from_and_never_what_it_is() -> None:
    key = Key.model_validate({"source": "OPENAI_API_KEY", "secret": SECRET})
    shown = [repr(key), str(key), key.model_dump_json(), str(key.model_dump())]
    assert not any(SECRET in text for text in shown)
    assert all("OPENAI_API_KEY" in text for text in shown)


def test_a_provider_whose_key_is_missing_is_refused_with_the_name_of_its_variable() -> None:
    with pytest.raises(WrongKeyError, match="set GEMINI_API_KEY, or write it into"):
        open_model("gemini/g", environment={}, keys=NOWHERE)


class OneEntry(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0

    @override
    def get_password(self, service: str, username: str) -> str | None:
        return SECRET if (service, username) == ("iml-tui", "openai") else None

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


def test_the_systems_keyring_is_asked_under_our_name() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(OneEntry())  # type: ignore[no-untyped-call]
    try:
        assert system_keyring("openai") == SECRET
        assert system_keyring("gemini") is None
    finally:
        keyring.set_keyring(before)
