"""Group keys in words; plain enough for the engine, which loads no pandas."""

from agents.models import GroupKey


def key_words(key: GroupKey) -> str:
    """What rows of one group share, as it stands in a sentence."""
    words = f"`{key.column}`"
    if key.delimiter is not None:
        words = _part_words(key.parts, f"`{key.column}`", key.delimiter)
    if key.wording:
        words = f"the words of {words} (case, digits, punctuation and links aside)"
    return " and ".join([words, *(f"`{name}`" for name in key.beside)])


def _part_words(parts: tuple[int, ...], column: str, delimiter: str) -> str:
    if parts == (0,):
        return f"the part of {column} before `{delimiter}`"
    places = " and ".join(str(part + 1) for part in parts)
    return f"part{'s' if len(parts) > 1 else ''} {places} of {column} (between `{delimiter}`)"
