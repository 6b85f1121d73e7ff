"""Sounds in AIFF files are read as they were written."""

import struct
from pathlib import Path

import numpy as np
import pytest

from agents.competition.reading.aiff import read_aiff

RATE = 8_000


def write_aiff(path: Path, values: np.ndarray, bits: int = 16, kind: bytes = b"AIFF") -> Path:
    """Write values of `bits` bits, a column a channel; of kind AIFC the lowest byte goes first."""
    channels = 1 if values.ndim == 1 else values.shape[1]
    little = kind == b"AIFC"
    content = b"".join(
        int(value).to_bytes(bits // 8, "little" if little else "big", signed=True)
        for value in values.ravel()
    )
    power = RATE.bit_length() - 1
    rate = struct.pack(">HQ", 16_383 + power, RATE << (63 - power))
    about = struct.pack(">hIh", channels, len(values), bits) + rate + (b"sowt" if little else b"")
    chunks = ((b"COMM", about), (b"NAME", b"odd"), (b"SSND", bytes(8) + content))
    body = kind
    for name, held in chunks:
        body += name + struct.pack(">I", len(held)) + held + bytes(len(held) % 2)
    path.write_bytes(b"FORM" + struct.pack(">I", len(body)) + body)
    return path


@pytest.mark.parametrize(("bits", "kind"), [(16, b"AIFF"), (16, b"AIFC"), (24, b"AIFF")])
def test_values_and_rate_are_read(tmp_path: Path, bits: int, kind: bytes) -> None:
    values = np.array([0, 1, -1, 300, -300, 32_767, -32_768])
    path = write_aiff(tmp_path / "a.aif", values << (bits - 16), bits, kind)
    rate, samples = read_aiff(path)
    assert rate == RATE
    assert samples.tolist() == values.tolist()


def test_channels_are_columns(tmp_path: Path) -> None:
    values = np.array([[1, -1], [2, -2], [3, -3]])
    assert read_aiff(write_aiff(tmp_path / "a.aif", values))[1].tolist() == values.tolist()


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"FORM\0\0\0\4AIFF"])
def test_what_holds_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.aif"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.aif"):
        read_aiff(path)
