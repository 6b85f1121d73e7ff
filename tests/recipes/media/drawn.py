"""Small competitions whose rows are files: stripes, tones, measured swings, short letters."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy.io import wavfile

from tests.builders import write_table

SORTS = ("flat", "steep", "woven")
LEARNED, ASKED = 60, 24
Write = Callable[[Path, int, np.random.Generator], None]


def draw(folder: Path, kind: str, *, beside: bool = False) -> Path:
    """Write train.csv, test.csv and a folder of files for each; returns the folder.

    Args:
        folder: To be made.
        kind: `image`, `sound`, `record` (json), `array` or `text`.
        beside: Whether the table also has a number that tells the sort.
    """
    chance = np.random.default_rng(5)
    sorts = np.arange(LEARNED + ASKED) % len(SORTS)
    names = [f"{number:08x}" for number in chance.permutation(2**20)[: len(sorts)]]
    frame = pd.DataFrame({"piece_id": names, "sort": np.array(SORTS)[sorts]})
    if beside:
        frame.insert(1, "weight", [f"{sort + chance.normal(0, 0.1):.3f}" for sort in sorts])
    suffix, write = _WRITERS[kind]
    for place, (name, sort) in enumerate(zip(names, sorts, strict=True)):
        part = "seen" if place < LEARNED else "asked"
        (folder / part).mkdir(parents=True, exist_ok=True)
        write(folder / part / f"{name}{suffix}", int(sort), chance)
    write_table(folder / "train.csv", frame[:LEARNED])
    write_table(folder / "test.csv", frame[LEARNED:].drop(columns="sort"))
    return folder


def truth() -> list[str]:
    """The sorts of the test rows."""
    return [SORTS[place % len(SORTS)] for place in range(LEARNED, LEARNED + ASKED)]


def _image(path: Path, sort: int, chance: np.random.Generator) -> None:
    height, width = chance.integers(40, 90, 2)
    down, right = np.mgrid[:height, :width] / 3 + chance.uniform(0, 6)
    waves = (np.sin(down), np.sin(right), np.sin(down) * np.sin(right))[sort]
    grey = 128 + 60 * waves + chance.normal(0, 15, (height, width))
    Image.fromarray(np.clip(grey, 0, 255).astype("uint8")).save(path)


def _sound(path: Path, sort: int, chance: np.random.Generator) -> None:
    count = int(chance.integers(3_000, 6_000))
    pitch = np.linspace(*((400, 400), (300, 1_500), (1_500, 300))[sort], count)
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / 8_000) + chance.normal(0, 0.05, count)
    wavfile.write(path, 8_000, (tone * 9_000).astype("int16"))


def _swings(sort: int, chance: np.random.Generator) -> np.ndarray:
    count = int(chance.integers(30, 60))
    return chance.normal(0, (1, 3, 1)[sort], count) + (0, 0, 4)[sort]


def _record(path: Path, sort: int, chance: np.random.Generator) -> None:
    swings = _swings(sort, chance).round(3).tolist()
    path.write_text(json.dumps({"device": {"state": "on"}, "swings": swings}), encoding="utf-8")


def _array(path: Path, sort: int, chance: np.random.Generator) -> None:
    np.save(path, _swings(sort, chance))


def _text(path: Path, sort: int, chance: np.random.Generator) -> None:
    own = (("plain", "level"), ("climb", "ridge"), ("cloth", "thread"))[sort]
    words = [*chance.choice(own, 4), *chance.choice(("the", "a", "of", "long", "far"), 8)]
    path.write_text(" ".join(chance.permutation(words)), encoding="utf-8")


_WRITERS: dict[str, tuple[str, Write]] = {
    "image": (".png", _image),
    "sound": (".wav", _sound),
    "record": (".json", _record),
    "array": (".npy", _array),
    "text": (".txt", _text),
}
