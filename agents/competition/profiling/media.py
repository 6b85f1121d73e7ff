"""What media files are like: kind, size, which cannot be read, which rows lack theirs.

Of each folder at most some hundred files are looked at, drawn evenly from the sorted names.
"""

import contextlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from scipy.io import wavfile

from agents.competition.reading.aiff import read_aiff
from agents.competition.reading.kinds import AIFF_SUFFIXES, SUFFIXES_OF, FileKind, kind_of
from agents.competition.reading.words import some
from agents.competition.stating.media import Style, spelled
from agents.models import Finding, MediaFolder, MediaProfile, RowFiles, Task

_MOST_SEEN: Final = 100
_USED: Final[dict[FileKind, str]] = {
    "image": "Recipes describe each image by edges, brightness and colours.",
    "sound": "Recipes describe each sound by the course of its spectrum.",
    "record": "Recipes describe each record by statistics of its columns.",
    "text": "Read as a column of text.",
    "other": "No recipe reads them: convert images to PNG, sounds to WAV.",
}


class _Seen(NamedTuple):
    """What one file turned out to be."""

    sizes: tuple[float, ...]
    """Of an image width and height, of a sound seconds and values a second, else bytes."""
    form: str
    size: int = 0
    """Bytes of the file."""


def find_media(
    folder: Path, task: Task, train: pd.DataFrame
) -> tuple[tuple[Finding, ...], tuple[MediaProfile, ...]]:
    """What the media folders hold, and what is wrong with it.

    Args:
        folder: The competition.
        task: As `state_task` stated it.
        train: Rows of the training table.
    """
    findings: list[Finding] = []
    measured: list[MediaProfile] = []
    for media in task.media:
        seen = _seen(folder, media)
        measured.append(_measured(media, seen))
        findings += _about(media, _naming(task, media), seen, measured[-1])
        findings += _lacking(folder, task, train, media)
    return tuple(findings), tuple(measured)


def _seen(folder: Path, media: MediaFolder) -> dict[Path, _Seen | None]:
    kind = kind_of(media.suffixes)
    return {path: _look(path, kind) for path in _some_files(folder / media.path, media)}


def _measured(media: MediaFolder, seen: Mapping[Path, _Seen | None]) -> MediaProfile:
    kind = kind_of(media.suffixes)
    good = [one for one in seen.values() if one is not None]
    forms = Counter(one.form for one in good).most_common(3)
    sizes = [one.size for one in good]
    return MediaProfile(
        path=media.path,
        kind="files" if kind == "other" else _plural(kind),
        usual=_sizes(kind, good).removeprefix(", "),
        form=", ".join(name for name, _ in forms if name),
        looked_at=len(seen),
        unreadable=len(seen) - len(good),
        bytes=round(sum(sizes) / len(sizes) * media.files) if sizes else 0,
    )


def _naming(task: Task, media: MediaFolder) -> tuple[RowFiles, ...]:
    return tuple(one for one in task.files if media.path in one.folders)


def _about(
    media: MediaFolder,
    naming: Sequence[RowFiles],
    seen: Mapping[Path, _Seen | None],
    measured: MediaProfile,
) -> Iterator[Finding]:
    kind = kind_of(media.suffixes)
    suffixes = ", ".join(media.suffixes)
    usual = f", {measured.usual}" if measured.usual else ""
    yield Finding(
        title=f"{media.path}/ holds {media.files:,} files of {_plural(kind)}{usual}",
        text=" ".join(
            [
                f"Suffixes: {suffixes}{f'; {measured.form}' if measured.form else ''}.",
                *(
                    f"`{one.column}` of the {one.role} rows names one a row, {_style(one.spelled)}."
                    for one in naming
                ),
                *([] if naming else ["No column names one a row."]),
            ]
        ),
        done=_USED[kind] if naming else "Shown to programs as it lies there.",
        plain=True,
    )
    bad = [path.name for path, one in seen.items() if one is None and kind != "other"]
    if bad:
        yield Finding(
            title=f"{len(bad)} of {len(seen)} files looked at in {media.path}/ cannot be read",
            text=f"Damaged, empty, or not what their suffix says: {some(bad)}.",
            done="Their rows are kept, and a column says that the file was not read.",
        )


def _lacking(
    folder: Path, task: Task, train: pd.DataFrame, media: MediaFolder
) -> Iterator[Finding]:
    """Training rows whose file is not there, told once, at the first of their folders."""
    named = next((one for one in task.files if one.role == "train"), None)
    if named is None or named.folders[0] != media.path or named.column not in train:
        return
    held = {
        spelled(path.relative_to(folder).as_posix(), one.path, named.spelled)
        for one in task.media
        if one.path in named.folders
        for path in _files(folder / one.path, one)
    }
    missing = train[named.column][~train[named.column].isin(held)]
    if len(missing):
        yield Finding(
            title=f"{len(missing):,} of {len(train):,} training rows have no file",
            text=f"`{named.column}` names what {media.path}/ does not hold, such as "
            f"{some([cell or 'an empty cell' for cell in missing.head(3)])}.",
            done="Their rows are kept, and a column says that the file was not read.",
        )


def _style(style: Style) -> str:
    return {
        "path": "by its path",
        "inner": "by its name in the folder",
        "name": "by its name",
        "stem": "by its name without suffix",
    }[style]


def _plural(kind: FileKind) -> str:
    return {"image": "images", "sound": "sounds", "record": "records", "text": "text"}.get(
        kind, "a kind that no library here reads"
    )


# --- looking at files ---------------------------------------------------------------------------


def _files(home: Path, media: MediaFolder) -> Iterator[Path]:
    return (path for path in home.rglob("*") if path.suffix.lower() in media.suffixes)


def _some_files(home: Path, media: MediaFolder) -> list[Path]:
    wanted = SUFFIXES_OF.get(kind_of(media.suffixes), frozenset(media.suffixes))
    paths = sorted(path for path in _files(home, media) if path.suffix.lower() in wanted)
    return [
        paths[int(place)] for place in np.linspace(0, len(paths) - 1, min(len(paths), _MOST_SEEN))
    ]


def _look(path: Path, kind: FileKind) -> _Seen | None:
    """Decode a file; None where that fails."""
    with contextlib.suppress(
        OSError, ValueError, EOFError, SyntaxError, Image.DecompressionBombError
    ):
        return _LOOKS.get(kind, _any_file)(path)._replace(size=path.stat().st_size)
    return None


def _image(path: Path) -> _Seen:
    with Image.open(path) as image:
        image.load()
        return _Seen((float(image.width), float(image.height)), f"{image.format} {image.mode}")


def _sound(path: Path) -> _Seen:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of chunks that hold no sound
        aiff = path.suffix.lower() in AIFF_SUFFIXES
        rate, samples = read_aiff(path) if aiff else wavfile.read(path)
    if not len(samples):
        raise ValueError("no sound")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    form = f"{channels} {'channel' if channels == 1 else 'channels'} of {samples.dtype}"
    return _Seen((len(samples) / rate, float(rate)), form)


def _any_file(path: Path) -> _Seen:
    size = path.stat().st_size
    if not size:
        raise ValueError("empty")
    return _Seen((float(size),), "")


_LOOKS: dict[FileKind, Callable[[Path], _Seen]] = {"image": _image, "sound": _sound}


def _sizes(kind: FileKind, seen: Sequence[_Seen]) -> str:
    """Usual sizes in words, with the range where files differ."""
    if not seen:
        return ""
    columns = list(zip(*(one.sizes for one in seen), strict=True))
    middle = [median(column) for column in columns]
    least, most = [min(column) for column in columns], [max(column) for column in columns]
    if kind == "image":
        said = f"{middle[0]:,.0f} x {middle[1]:,.0f} pixels"
        extent = f"{least[0]:,.0f} x {least[1]:,.0f} to {most[0]:,.0f} x {most[1]:,.0f}"
    elif kind == "sound":
        said = f"{middle[0]:,.1f} s at {middle[1]:,.0f} values a second"
        extent = f"{least[0]:,.1f} s to {most[0]:,.1f} s"
    else:
        said = f"{middle[0] / 1024:,.1f} KiB"
        extent = f"{least[0] / 1024:,.1f} to {most[0] / 1024:,.1f}"
    return f", {said}" if least == most else f", usually {said} ({extent})"
