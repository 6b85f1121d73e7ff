"""Python and JSON in the roles of the theme: quiet, and never in the colour of faults."""

from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers.data import JsonLexer
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from textual.content import Content

from iml_tui.draw import printable

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


@lru_cache(maxsize=64)
def highlighted(text: str, name: str) -> tuple[Content, ...]:
    """The lines of a source text.

    Args:
        text: The whole text.
        name: The file's name; its suffix chooses the language.
    """
    lexer = _lexer(name)
    text = text.replace("\r\n", "\n").removesuffix("\n")
    if lexer is None or len(text) > _LONGEST:
        return tuple(_line([(piece, "$fg")]) for piece in text.split("\n"))
    lines: list[list[tuple[str, str]]] = [[]]
    for token, value in lexer.get_tokens(text):
        role = _role(token)
        first, *rest = value.split("\n")
        lines[-1].append((first, role))
        lines.extend([(piece, role)] for piece in rest)
    return tuple(_line(pieces) for pieces in lines)


def _lexer(name: str) -> Lexer | None:
    options = {"stripnl": False, "ensurenl": False}
    if name.endswith(".py"):
        return PythonLexer(**options)
    return JsonLexer(**options) if name.endswith(".json") else None


def _line(pieces: list[tuple[str, str]]) -> Content:
    return Content.assemble(*((printable(text.expandtabs(4)), role) for text, role in pieces))


def _role(token: _TokenType) -> str:
    return next((role for kind, role in _ROLES if token[: len(kind)] == kind), "$fg")
