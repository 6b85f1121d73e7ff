"""Which encoding a text is written in, found from its bytes.

Byte order marks and valid utf-8 settle almost every file. For the rest the runs of bytes above 127
tell scripts apart: accented letters stand alone between plain ones, so the text is western
(cp1252); long runs are another script, which charset-normalizer
(https://charset-normalizer.readthedocs.io) names. Whatever is found, the whole text decodes by it.
Files pass through in blocks, so that none has to fit into memory.
"""

import codecs
import re
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from charset_normalizer import from_bytes

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD: Final = 1 << 16
_LONG_RUN: Final = 2.0
_MOSTLY: Final = 0.9
_MANY_ZEROS: Final = 0.3
_OLDER: Final = (
    *("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What tables that are not unicode are saved in, for scripts that are not western."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_FOREIGN: Final = re.compile(rb"[\x80-\xff]+")

Blocks = Callable[[], Iterable[bytes]]
"""Gives a file's bytes in order, from the beginning each time that it is called."""


class Encoding(NamedTuple):
    """How bytes become text."""

    name: str
    """As Python's codecs know it."""
    errors: Literal["strict", "replace"] = "strict"


def encoding_of(blocks: Blocks) -> Encoding:
    """Find the encoding of a text.

    Returns:
        An encoding by which the whole text decodes; with `replace` only where it is unicode and
        hardly any bytes are broken.

    Raises:
        ValueError: The bytes are no text.
    """
    head = next(iter(blocks()), b"")[:_HEAD]
    unicode = _unicode(head)
    if unicode.startswith("utf-8") and any(b"\0" in block for block in blocks()):
        raise ValueError("it holds zero bytes")
    if decodes(blocks(), unicode):
        return Encoding(unicode)
    valid, broken, foreign = _survey(blocks(), unicode)
    if unicode != "utf-8" or valid >= _MOSTLY * (valid + broken):
        return Encoding(unicode, "replace")
    older = (name for name in (_script(foreign), "cp1252") if decodes(blocks(), name))
    return Encoding(next(older, "latin-1"))


def decode(data: bytes) -> str:
    """Decode a short text of unknown encoding, which may be cut off within a character."""
    try:
        found = encoding_of(lambda: [data])
    except ValueError:
        found = Encoding("utf-8", "replace")
    return codecs.getincrementaldecoder(found.name)(found.errors).decode(data)


def _unicode(head: bytes) -> str:
    """The kind of unicode that the first bytes speak for."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[place::2].count(0), head[1 - place :: 2].count(0)
        wide = zeros > _MANY_ZEROS * len(head) / 2 and not others
        if wide and not _CONTROL.search(head.decode(name, "ignore")):
            return name
    return "utf-8"


def decodes(blocks: Iterable[bytes], name: str) -> bool:
    """Whether a whole text is written in that encoding."""
    decoder, plain = codecs.getincrementaldecoder(name)(), name == "utf-8"
    try:
        for block in blocks:
            if not (plain and block.isascii() and decoder.getstate()[0] == b""):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _survey(blocks: Iterable[bytes], name: str) -> tuple[int, int, bytes]:
    """Foreign characters that are valid, those that are broken, and lines with broken ones."""
    decoder = codecs.getincrementaldecoder(name)("replace")
    valid, broken, foreign = 0, 0, bytearray()
    for block in blocks:
        text = decoder.decode(block)
        wrong = text.count("\N{REPLACEMENT CHARACTER}")
        valid += len(text) - len(text.encode("ascii", "ignore")) - wrong
        broken += wrong
        if wrong and len(foreign) < _HEAD:
            lines = (line for line in block.splitlines() if not line.isascii())
            foreign += b"\n".join(lines)[:_HEAD]
    return valid, broken, bytes(foreign)


def _script(foreign: bytes) -> str:
    """An older encoding that suits lines with foreign letters."""
    runs = _FOREIGN.findall(foreign)
    if sum(map(len, runs)) < _LONG_RUN * len(runs):
        return "cp1252"
    best = from_bytes(foreign, cp_isolation=list(_OLDER)).best()
    return "cp1252" if best is None else best.encoding
