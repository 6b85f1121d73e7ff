"""What kind of thing a media file is, by its suffix, of the kinds that programs can read."""

from collections.abc import Iterable
from typing import Final, Literal

AIFF_SUFFIXES = frozenset({".aif", ".aiff", ".aifc"})
FileKind = Literal["image", "sound", "record", "text", "other"]
SUFFIXES_OF: Final[dict[FileKind, frozenset[str]]] = {
    "image": frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"}),
    "sound": frozenset({".wav", *AIFF_SUFFIXES}),
    "record": frozenset({".csv", ".tsv", ".json", ".npy", ".xyz"}),
    "text": frozenset({".txt"}),
}
"""Other suffixes (compressed sound, films, medical images) need libraries that are not there."""


def kind_of(suffixes: Iterable[str]) -> FileKind:
    """The kind of a folder's files: the first that any suffix is of, in the order above."""
    held = {suffix.lower() for suffix in suffixes}
    return next((kind for kind, known in SUFFIXES_OF.items() if held & known), "other")
