"""Sounds in AIFF files, which the usual readers leave out; programs carry a copy of this."""

import struct
from pathlib import Path

import numpy as np


def read_aiff(path: Path) -> tuple[int, np.ndarray]:
    """Values a second, and the values as 16 bit integers, a column a channel if there are several.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no plain AIFF file.
    """
    data = path.read_bytes()
    if data[:4] != b"FORM" or data[8:11] != b"AIF":
        raise ValueError(f"{path.name} is no AIFF file.")
    chunks: dict[bytes, bytes] = {}
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack(">4sI", data[place : place + 8])
        chunks.setdefault(name, data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
    about, held = chunks.get(b"COMM", b""), chunks.get(b"SSND", b"")
    if len(about) < 18 or len(held) < 8 or about[18:22] not in {b"", b"NONE", b"twos", b"sowt"}:
        raise ValueError(f"{path.name} holds no sound that can be read.")
    channels, _, bits, exponent, mantissa = struct.unpack(">hIhHQ", about[:18])
    rate = round(mantissa * 2.0 ** (exponent - 16_383 - 63))
    width = max(1, (bits + 7) // 8)
    held = held[8 + struct.unpack(">I", held[:4])[0] :]
    values = np.frombuffer(held[: len(held) // width * width], dtype=np.uint8).reshape(-1, width)
    if about[18:22] == b"sowt":
        values = values[:, ::-1]
    samples = values[:, 0].astype(np.int8).astype(np.int16) * 256
    if width > 1:
        samples += values[:, 1]
    whole = len(samples) // max(1, channels) * max(1, channels)
    return rate, samples[:whole] if channels < 2 else samples[:whole].reshape(-1, channels)
