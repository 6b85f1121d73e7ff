"""Constants of a program as a person reads and writes them: Python literals that JSON can hold."""

import ast
import json
import math

from pydantic import JsonValue

_WORDS = {"true": "True", "false": "False", "null": "None"}


class ConstantError(ValueError):
    """A text is no constant; says what it may be."""


def written_constant(value: JsonValue) -> str:
    """A value as Python writes it, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(written_constant, value))}]"
    if isinstance(value, dict):
        pairs = (f"{written_constant(key)}: {written_constant(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def read_constant(text: str) -> JsonValue:
    """The value that a text means.

    Raises:
        ConstantError: It is no number, text, truth value, list or dictionary of these.
    """
    text = text.strip()
    try:
        return _plain(ast.literal_eval(_WORDS.get(text, text)))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ConstantError(
            f"{text[:40]!r} is no value: write a number, a text in quotes, True, False, a list or "
            "a dictionary."
        ) from error


def _plain(value: object) -> JsonValue:
    """The value, if JSON can hold it.

    Raises:
        ValueError: It cannot.
    """
    match value:
        case None | bool() | str() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {str(key): _plain(one) for key, one in value.items()}
        case _:
            raise ValueError
