"""Keys: how they are printed, and how a person binds them anew.

`keymap.toml` in the user's config directory holds lines such as `"run.pause" = "P,f6"`: the id of a
binding and its keys. Whatever is wrong with a line is said in one sentence, and the rest holds.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from textual.binding import Binding, BindingsMap
from textual.keys import REPLACED_KEYS, _character_to_key, key_to_character

from iml_tui.words.figures import listed

FILE = "keymap.toml"
EVERYWHERE = "Everywhere"
EVERY_PANE = "In every pane"
_SPOKEN = {"escape": "esc", "pagedown": "page down", "pageup": "page up"}
_SPELT = {spoken: key for key, spoken in _SPOKEN.items()}
_FUNCTION_KEYS = frozenset(f"f{number}" for number in range(1, 13))
_EDITING = frozenset({"escape", "enter", "tab", "space", "backspace", "delete", "insert"})
_MOVING = frozenset({"home", "end", "pageup", "pagedown", "up", "down", "left", "right"})
_NAMED = _FUNCTION_KEYS | _EDITING | _MOVING
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})


def keys_file() -> Path:
    """Where the user's own keys are read from."""
    return Path(platformdirs.user_config_dir("iml-tui")) / FILE


def _parts(key: str) -> tuple[str, str]:
    """What is held down, with its plus sign, and the key itself."""
    held, plus, last = key.rpartition("+")
    return (held + plus, last) if last else ("", key)


def _character(name: str) -> str | None:
    """The character that a key types, where it types one."""
    found = key_to_character(REPLACED_KEYS.get(name, name))
    return found if found is not None and found.isprintable() and name not in _NAMED else None


def shown(key: str) -> str:
    """A key as it is printed: `?`, `esc`, `ctrl+p`."""
    held, last = _parts(key)
    return held + (_SPOKEN.get(last) or _character(last) or last)


def long_form(key: str) -> str:
    """A key as Textual calls it: `?` is `question_mark`, `esc` is `escape`."""
    held, last = _parts(key)
    if len(last) == 1:
        return held + _character_to_key(last)
    return held + _SPELT.get(last.lower(), last.lower())


def usable(key: str) -> bool:
    """Whether a terminal can send such a key, in its long form."""
    held, last = _parts(key)
    if not set(held.split("+")[:-1]) <= _MODIFIERS:
        return False
    return last in _NAMED or _character(last) is not None


@dataclass(frozen=True)
class Known:
    """One action that can be bound: where it holds, and its own keys."""

    id: str
    where: str
    does: str
    keys: tuple[str, ...]


def known_of(where: str, bindings: BindingsMap) -> list[Known]:
    """The actions of one widget or screen, each with all its keys."""
    found: dict[str, tuple[Binding, list[str]]] = {}
    for key, binding in bindings:
        if binding.id is not None:
            found.setdefault(binding.id, (binding, []))[1].append(key)
    return [
        Known(name, where, binding.description, tuple(keys))
        for name, (binding, keys) in found.items()
    ]


@dataclass(frozen=True)
class Keymap:
    """What a person bound anew, and what could not be."""

    keys: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read(path: Path, known: Sequence[Known]) -> Keymap:
    """The keys of a file; none where there is no file."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Keymap(problems=(f"{path} cannot be read ({error}): the usual keys hold.",))
    return checked(_flat(written), known)


def _flat(written: Mapping[str, object], above: str = "") -> dict[str, object]:
    """`[run]` with `pause` below it is the same as `"run.pause"`."""
    flat: dict[str, object] = {}
    for name, value in written.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{above}{name}.")
        else:
            flat[above + name] = value
    return flat


def checked(written: Mapping[str, object], known: Sequence[Known]) -> Keymap:
    """What of it can be bound, and a sentence for each line that cannot."""
    by_id = {one.id: one for one in known}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for name, value in written.items():
        wrong = _wrong(name, value, by_id)
        if wrong:
            problems.append(wrong)
        else:
            keys[name] = ",".join(_split(str(value)))
    for name, clash in list(_clashes(keys, known)):
        keys.pop(name, None)
        problems.append(clash)
    return Keymap(keys, (*problems, *_covered(keys, known)))


def _split(value: str) -> list[str]:
    """`a,b`: the keys of a line; a comma itself is called `comma`."""
    return [long_form(key.strip()) for key in value.split(",") if key.strip()]


def _wrong(name: str, value: object, known: Mapping[str, Known]) -> str:
    """What is wrong with one line of the file; empty where nothing is."""
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "its template lists what can be bound."
        return f"{FILE} binds {name!r}, which is nothing that can be done: {hint}"
    if not isinstance(value, str) or not _split(value):
        return f'{FILE} gives {name} no keys: write them as "p,f6".'
    bad = [key for key in _split(value) if not usable(key)]
    return f"{FILE} gives {name} the key {bad[0]!r}, which no terminal sends." if bad else ""


def _clashes(keys: Mapping[str, str], known: Sequence[Known]) -> Iterable[tuple[str, str]]:
    """Lines whose key does something else already in the same place; the older use holds."""
    taken: dict[tuple[str, str], Known] = {}
    for one in known:
        if one.id not in keys:
            taken |= {(one.where, key): one for key in one.keys}
    for one in known:
        for key in keys.get(one.id, "").split(",") if one.id in keys else ():
            other = taken.setdefault((one.where, key), one)
            if other.id != one.id:
                yield (
                    one.id,
                    f"{FILE} gives {one.id} the key {shown(key)}, which is {other.id} there: "
                    "the usual keys hold.",
                )
                break


def _covered(keys: Mapping[str, str], known: Sequence[Known]) -> Iterable[str]:
    """Own keys that hold everywhere but in the panes that use them for something of theirs."""
    for one in known:
        if one.where not in {EVERYWHERE, EVERY_PANE} or one.id not in keys:
            continue
        for key in set(keys[one.id].split(",")) - {*one.keys}:
            there = [
                f"{other.id} in {other.where}"
                for other in known
                if other.where not in {EVERYWHERE, EVERY_PANE}
                and key in (keys[other.id].split(",") if other.id in keys else other.keys)
            ]
            if there:
                yield (
                    f"{FILE} gives {one.id} the key {shown(key)}, which is {listed(there)}: "
                    "it holds everywhere but there."
                )


def template(known: Sequence[Known]) -> str:
    """A file of all ids with their usual keys, every line a comment."""
    rows = ["# Keys of iml-tui: take the # away and write your own, such as", '# "run.pause" = "p"']
    place = ""
    for one in known:
        if one.where != place:
            place = one.where
            rows += ["", f"# {place}"]
        told = f'# "{one.id}" = "{",".join(_written(key) for key in one.keys)}"'
        rows.append(f"{told:<48} # {one.does}")
    return "\n".join(rows) + "\n"


def _written(key: str) -> str:
    """A key as TOML holds it without escapes."""
    printed = shown(key)
    return key if printed[-1] in {",", '"', "\\"} else printed
