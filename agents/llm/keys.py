"""Where the keys of providers are found, and how they stay secret.

A key is looked for in the environment, then in the system's keyring (if the package `keyring` is
installed), then in `keys.toml` in the user's configuration folder, which nobody else may be able to
read. A `Key` shows where it comes from and never what it is: not in repr, not when serialised, and
`hidden` takes it out of everything that a server says.
"""

import importlib.util
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs
from pydantic import SecretStr

from agents.errors import InputError
from agents.llm.catalog import OTHER, Address
from agents.models import Frozen

SERVICE = "iml-tui"
"""The name under which the keyring holds our keys."""
_SHORTEST = 8
"""A secret shorter than that is a placeholder; taking it out of texts would garble them."""

Keyring = Callable[[str], str | None]
"""Looks an entry up."""


class Key(Frozen):
    """A secret and where it was found."""

    source: str
    secret: SecretStr

    @property
    def value(self) -> str:
        """The secret itself, for the client library alone."""
        return self.secret.get_secret_value()

    def hidden(self, text: str) -> str:
        """`text` without the secret."""
        return text.replace(self.value, "…") if len(self.value) >= _SHORTEST else text


def keys_file() -> Path:
    """Where the user may keep keys, one line a provider: `openai = "…"`."""
    return Path(platformdirs.user_config_dir("iml-tui")) / "keys.toml"


def find_key(
    address: Address, environment: Mapping[str, str], *, file: Path, keyring: Keyring
) -> Key | None:
    """Looks for the key of a server.

    Args:
        address: The server; one that is known by its URL has its entry under host and port.
        environment: Where to look first.
        file: Where to look last.
        keyring: Where to look in between.

    Raises:
        InputError: the file can be read by others, or cannot be read at all.
    """
    for variable in address.provider.key_variables:
        if value := environment.get(variable, "").strip():
            return Key(source=variable, secret=SecretStr(value))
    entry = entry_of(address)
    expected = address.provider.needs_key or not address.on_this_machine
    if expected and (secret := keyring(entry)):  # asking may open a window that asks a person
        return Key(source="the system keyring", secret=SecretStr(secret))
    if kept := _kept(file).get(entry):
        return Key(source=str(file), secret=SecretStr(kept))
    return None


def entry_of(address: Address) -> str:
    """The name under which a keyring or the file holds the key of a server."""
    return address.host if address.provider.name == OTHER.name else address.provider.name


def missing_key(address: Address, file: Path) -> str:
    """What to do where a key is missing, as a clause."""
    return f"set {address.provider.key_variables[0]}, or write it into {file} (chmod 600)"


def system_keyring(entry: str) -> str | None:
    """Looks an entry up in the system's keyring; None where there is none or it is locked."""
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring = importlib.import_module("keyring")
    errors = importlib.import_module("keyring.errors")
    try:
        found = keyring.get_password(SERVICE, entry)
    except errors.KeyringError:
        return None
    return found if isinstance(found, str) else None


def _kept(file: Path) -> dict[str, str]:
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: mend or remove it.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(f"{file} holds keys and others may open it: run chmod 600 {file}.")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f'{file} is not TOML (openai = "…"): mend or remove it.') from error
    return {name: value for name, value in values.items() if isinstance(value, str) and value}
