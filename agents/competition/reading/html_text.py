"""HTML pages as plain text that keeps what matters in a description: headings, lists, tables."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

_HIDDEN: Final = frozenset({"script", "style", "nav", "footer", "svg", "noscript", "template"})
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "ul", "ol", "table", "pre", "blockquote", "br", "dl", "dd"}
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def html_to_text(page: str) -> str:
    """The text of an HTML page in the manner of Markdown.

    Headings begin with `#`, list items with `-`, rows of tables are cells between `|`; scripts,
    styles and navigation are left out.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._hidden: list[str] = []

    def text(self) -> str:
        """What was read so far, without surplus space."""
        lines = (" ".join(line.split()) for line in "".join(self._pieces).splitlines())
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"

    @override
    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _HEADINGS:
            self._pieces.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag in {"li", "dt"}:
            self._pieces.append("\n- ")
        elif tag == "tr":
            self._pieces.append("\n| ")
        elif tag in _BLOCKS:
            self._pieces.append("\n\n" if tag != "br" else "\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag in {"td", "th"}:
            self._pieces.append(" | ")
        elif tag in _HEADINGS or tag in {"p", "table", "ul", "ol"}:
            self._pieces.append("\n\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._pieces.append(re.sub(r"\s+", " ", data))
