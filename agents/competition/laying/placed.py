"""Which files one by one a row a competition holds, and where they lie once they are unpacked.

A competition may hold its pictures or recordings in archives, and each in a folder of its own
(`train/7/atoms.xyz`). Here it is decided where each belongs (`train/7.xyz`); nothing is read but
the lists of archives, and nothing is written.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from agents.competition.reading.containers import Member
from agents.competition.reading.files import MEDIA_SUFFIXES, is_hidden, is_workspace, list_members
from agents.competition.stating.layout import RECORD_FILES, RECORD_SUFFIXES

_FEWEST_ALONE: Final = 10


class Placed(NamedTuple):
    """Media files by the place where they are to lie, and what follows from that."""

    sources: dict[str, str]
    """Path in the competition, which may lead through an archive, by place."""
    unpacked: dict[str, int]
    """How many files lie in archives only, by archive."""
    size: int
    """Bytes of those."""
    flattened: tuple[str, ...]
    """Folders whose files had a folder each."""


def placed_media(folder: Path) -> Placed:
    """Say where the media of a competition are to lie; records one a row only from archives."""
    sources = {path: path for path in loose_files(folder) if _is_media(path)}
    sizes = {path: (folder / path).stat().st_size for path in sources}
    unpacked: Counter[str] = Counter()
    size = 0
    for archive, held in list_members(folder):
        for member in _one_a_row(held):
            place = _place(member.path)
            if sizes.get(place) == member.size or _free(place, archive, sources) is None:
                continue
            sources[str(_free(place, archive, sources))] = member.path
            unpacked[archive] += 1
            size += member.size
    places, flattened = _flat(sources)
    return Placed(places, dict(unpacked), size, flattened)


def loose_files(folder: Path) -> Iterator[str]:
    """All files of a competition but hidden ones and those of workspaces, in order."""
    for here, folders, names in os.walk(folder):
        home = Path(here)
        folders[:] = sorted(
            name for name in folders if not (is_hidden(name) or is_workspace(home / name))
        )
        yield from (
            (home / name).relative_to(folder).as_posix()
            for name in sorted(names)
            if not is_hidden(name) and (home / name).is_file()
        )


def _is_media(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in MEDIA_SUFFIXES


def _one_a_row(held: Sequence[Member]) -> Iterator[Member]:
    """Members that are media, or records of which there are as many as rows."""
    homes = Counter(
        PurePosixPath(one.path).parent
        for one in held
        if PurePosixPath(one.path).suffix.lower() in RECORD_SUFFIXES
    )
    for one in held:
        path = PurePosixPath(one.path)
        record = path.suffix.lower() in RECORD_SUFFIXES and homes[path.parent] > RECORD_FILES
        if record or _is_media(one.path):
            yield one


def _place(path: str) -> str:
    """Where a member of an archive is to lie: in a folder of the archive's name, if in no other."""
    parts = PurePosixPath(path).parts
    kept = [part for part in parts if not part.lower().endswith(".zip")]
    last = next(part for part in reversed(parts) if part.lower().endswith(".zip"))
    if parts[-2] == last:
        kept.insert(len(kept) - 1, last[: -len(".zip")])
    return "/".join(kept)


def _free(place: str, archive: str, taken: Mapping[str, str]) -> str | None:
    """The place, or one below the archive's name where another file lies there already."""
    own = f"{PurePosixPath(archive).with_suffix('')}/{place}"
    return next((one for one in (place, own) if one not in taken), None)


def _flat(sources: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Files that have a folder each are called after it instead."""
    below: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for place in sources:
        path = PurePosixPath(place)
        below[path.parent.parent].append(path)
    alone = {
        home
        for home, paths in below.items()
        if len(paths) >= _FEWEST_ALONE
        and len({path.parent for path in paths}) == len(paths)
        and len({path.name for path in paths}) == 1
    }
    places = {}
    for place, source in sources.items():
        path = PurePosixPath(place)
        flat = path.parent.with_name(path.parent.name + path.suffix)
        places[str(flat) if path.parent.parent in alone else place] = source
    return places, tuple(sorted(str(home) for home in alone))
