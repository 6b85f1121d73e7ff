"""Python and JSON in the roles of the theme: quiet, and never in the colour of faults.

Taking a text apart is the dear half and can be done in any thread; it is remembered. A line becomes
`Content` only when it is drawn, so that a file of thousands of lines costs what is seen of it.
"""

from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers.data import JsonLexer
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from textual.content import Content

from iml_tui.drawing.draw import printable

Pieces = tuple[tuple[str, str], ...]
"""One line: its words, each with its role."""

_ROLES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "$code-comment"),
    (Keyword, "$code-keyword"),
    (Operator.Word, "$code-keyword"),
    (String, "$code-text"),
    (Number, "$code-number"),
    (Name.Tag, "$code-keyword"),
    (Name.Function, "$code-name bold"),
    (Name.Class, "$code-name bold"),
    (Name.Decorator, "$code-keyword"),
    (Name.Builtin.Pseudo, "$code-keyword"),
)
_LONGEST = 400_000
"""Characters; a file that is longer is shown plain."""
_LONGEST_LINE = 4_000
"""Characters of a line that are shown."""

_known: dict[tuple[str, str], tuple[Pieces, ...]] = {}
_KEPT = 64
"""Texts that are remembered."""


def plain(text: str) -> tuple[Pieces, ...]:
    """The lines of a text without any colour: at once, however long it is."""
    return tuple(((one, "$fg"),) for one in lines_of(text))


def lines_of(text: str) -> list[str]:
    """The lines of a text as they are shown: without ends, tabs and endless length."""
    return [_shown(one) for one in text.replace("\r\n", "\n").removesuffix("\n").split("\n")]


def _shown(text: str) -> str:
    if len(text) > _LONGEST_LINE:
        text = f"{text[:_LONGEST_LINE]} … {len(text):,} characters"
    return printable(text.expandtabs(4))


def is_known(text: str, name: str) -> bool:
    """Whether `taken_apart` answers at once."""
    return (text, _language(name)) in _known or not _is_coloured(text, name)


def taken_apart(text: str, name: str) -> tuple[Pieces, ...]:
    """The lines of a source text, word by word; tens of milliseconds where it is long and new.

    Args:
        text: The whole text.
        name: The file's name; its suffix chooses the language.
    """
    if not _is_coloured(text, name):
        return plain(text)
    key = text, _language(name)
    found = _known.get(key)
    if found is None:
        found = _lexed(text, name)
        while len(_known) >= _KEPT:
            _known.pop(next(iter(_known)), None)
        _known[key] = found
    return found


def coloured(pieces: Pieces) -> Content:
    """One line, ready to be drawn."""
    return Content.assemble(*pieces)


def _is_coloured(text: str, name: str) -> bool:
    return bool(_language(name)) and len(text) <= _LONGEST


def _language(name: str) -> str:
    suffix = name.rpartition(".")[2]
    return suffix if suffix in {"py", "json"} else ""


def _lexed(text: str, name: str) -> tuple[Pieces, ...]:
    text = text.replace("\r\n", "\n").replace("\r", " ").removesuffix("\n")
    lines: list[list[tuple[str, str]]] = [[]]
    for token, value in _lexer(name).get_tokens(text):
        role = _role(token)
        first, *rest = value.split("\n")
        if first:
            lines[-1].append((first, role))
        lines.extend([(piece, role)] for piece in rest)
    whole = lines_of(text)
    return tuple(_pieces(one, shown) for one, shown in zip(lines, whole, strict=True))


def _lexer(name: str) -> Lexer:
    options = {"stripnl": False, "ensurenl": False}
    return PythonLexer(**options) if name.endswith(".py") else JsonLexer(**options)


def _pieces(pieces: list[tuple[str, str]], shown: str) -> Pieces:
    """The pieces of a line; one piece where what is shown of it differs from what stands there."""
    if "".join(text for text, _ in pieces) == shown:
        return tuple(pieces)
    return _cut(pieces, shown)


def _cut(pieces: list[tuple[str, str]], shown: str) -> Pieces:
    cleaned = [(printable(text.expandtabs(4)), role) for text, role in pieces]
    if "".join(text for text, _ in cleaned) == shown:
        return tuple(cleaned)
    return ((shown, "$fg"),)


@lru_cache(maxsize=256)
def _role(token: _TokenType) -> str:
    return next((role for kind, role in _ROLES if token[: len(kind)] == kind), "$fg")
