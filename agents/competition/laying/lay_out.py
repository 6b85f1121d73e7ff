"""The folder as programs read it: the user's own, or one beside it that says what that implies.

Where media lie in archives or each in a folder of its own, where tables are cut in pieces or only
implied by the names of files, a second folder of links is laid out in the workspace, with those
files unpacked and those tables written. All that follows reads it in place of the user's, which is
never written to.
"""

import json
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from agents.competition.laying.joint_tables import JointTable, joint_tables
from agents.competition.laying.made_tables import MadeTables, made_tables
from agents.competition.laying.placed import Placed, loose_files, placed_media
from agents.competition.reading.containers import open_binary
from agents.competition.reading.files import list_members
from agents.competition.reading.tables import write_cells
from agents.competition.reading.words import counted, some
from agents.competition.stating.layout import LAID_OUT, check_folder

_MOST_OF_DISK: Final = 0.8


def lay_out(folder: Path, place: Path) -> Path:
    """Lay a competition out beside itself, where that says more than the folder itself.

    Args:
        folder: The competition, which is only read.
        place: Where the second folder may lie; what was there before is replaced.

    Returns:
        The folder that is to be read: the competition, or one in `place` that is called like it.

    Raises:
        InputError: The folder cannot be used.
    """
    check_folder(folder)
    media = placed_media(folder)
    room = shutil.disk_usage(_existing(place)).free * _MOST_OF_DISK
    fits = not media.unpacked or media.size < room  # else it is said that archives are left out
    joint = joint_tables(folder) if fits else ()
    made = made_tables(folder, list(media.sources), joint) if fits else MadeTables()
    if not fits or not (media.unpacked or media.flattened or joint or made.tables):
        shutil.rmtree(place, ignore_errors=True)
        return folder
    laid = place / folder.resolve().name
    unfinished = place.with_name(f"{place.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    root = unfinished / laid.name
    root.mkdir(parents=True)
    _write_files(folder, media, made, root)
    whole = [one for one in joint if not one.too_large]
    pieces = [path for one in whole for path in one.paths]
    _link_others(folder, {*media.sources.values(), *pieces}, root)
    for one in whole:
        _write_joint(folder, one, root / one.name)
    for name, cells in made.tables.items():
        write_cells(cells, root / name)
    notes = [*_notes(media), *(one.note for one in joint), *made.notes, _data_note(laid)]
    (root / LAID_OUT).write_text(json.dumps(notes), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    unfinished.rename(place)
    return laid


def _data_note(laid: Path) -> str:
    where = PurePosixPath(*laid.parts[-3:])
    return f"Programs read {where} of the workspace in place of the folder: that is their --data."


def _existing(place: Path) -> Path:
    return next(one for one in (place, *place.parents) if one.exists())


def _write_files(folder: Path, media: Placed, made: MadeTables, root: Path) -> None:
    """Links to what lies loose, and copies of what is unpacked."""
    packed: dict[str, dict[str, str]] = defaultdict(dict)
    for old, source in media.sources.items():
        place = made.moved.get(old, old)
        if (folder / source).is_file():
            _link(folder / source, root / place)
        else:
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            archive, inner = _parted(folder, source)
            packed[archive][inner] = place
    for archive, members in packed.items():
        _unpack(folder / archive, members, root)


def _link_others(folder: Path, used: Collection[str], root: Path) -> None:
    """Links to all files of which some part is not read otherwise."""
    spent = {
        archive
        for archive, held in list_members(folder)
        if held and all(member.path in used for member in held)
    }
    for path in loose_files(folder):
        if path not in used and path not in spent:
            _link(folder / path, root / path)


def _link(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(source.resolve())


def _write_joint(folder: Path, joint: JointTable, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, part in enumerate(joint.parts(folder)):
            part.to_csv(file, index=False, header=number == 0, lineterminator="\n")


def _parted(folder: Path, source: str) -> tuple[str, str]:
    """The archive in the folder, and the name within it."""
    parts = source.split("/")
    count = next(n for n in range(1, len(parts)) if (folder / "/".join(parts[:n])).is_file())
    return "/".join(parts[:count]), "/".join(parts[count:])


def _unpack(path: Path, members: Mapping[str, str], root: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        own = {*archive.namelist()}
        for inner, place in members.items():
            opened = archive.open(inner) if inner in own else open_binary(path / inner)
            with opened as source, (root / place).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def _notes(media: Placed) -> list[str]:
    notes = []
    if media.unpacked:
        files = counted(sum(media.unpacked.values()), "file")
        notes.append(f"{files} of {some(sorted(media.unpacked))} are read unpacked.")
    if media.flattened:
        notes.append(
            f"In {some(media.flattened)} every file has a folder of its own, after which it is "
            "called."
        )
    return notes
