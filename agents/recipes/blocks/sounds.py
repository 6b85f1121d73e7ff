"""Sounds as numbers: how loud each band of pitch is, and how that changes, part by part.

Cepstral coefficients on the mel scale (Davis and Mermelstein 1980) with their slopes (Furui 1986),
averaged over equally many parts of what is heard between silence at both ends. All sounds give
equally many numbers, however long they are; only the first minute is read.
"""

import warnings
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import dct
from scipy.io import wavfile

from agents.competition.reading.aiff import read_aiff
from agents.competition.reading.kinds import AIFF_SUFFIXES

AIFF = False
LONGEST_SOUND_S = 60
WINDOW_S = 0.032
HOP_S = 0.01
MOST_WINDOWS = 2_000
BANDS = 26
COEFFICIENTS = 20
SOUND_PARTS = 8
LOWEST_HZ = 50.0
PRE_EMPHASIS = 0.97
SILENCE = 5.0
"""Below the loudest moments, in logarithms of energy."""


def sound_vector(path: Path) -> np.ndarray:
    """Describe a sound by the course of its spectrum, its length and its loudness.

    Steps: sounds

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no sound that can be read.
    """
    wave, rate = read_wave(path)
    loudness = np.log(np.abs(wave).max() + 1e-6)
    heard = without_silence(band_energies(wave / (np.abs(wave).max() + 1e-9), rate))
    shape = dct(heard, norm="ortho", axis=1)[:, :COEFFICIENTS]
    slope = np.gradient(shape, axis=0) if len(shape) > 1 else np.zeros_like(shape)
    course = np.hstack([shape, slope])
    bounds = np.linspace(0, len(course), SOUND_PARTS + 1)
    parts = [
        course[int(begin) : max(int(begin) + 1, int(end))].mean(axis=0)
        for begin, end in pairwise(bounds)
    ]
    lengths = np.log1p([len(heard), len(wave) / rate])
    return np.concatenate([*parts, course.std(axis=0), lengths, [loudness]])


def read_wave(path: Path) -> tuple[np.ndarray, int]:
    """One channel, -1 to 1, and how many values a second has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of chunks that hold no sound
        rate, samples = read_samples(path)
    wave = samples[: LONGEST_SOUND_S * rate].astype("float32")
    if samples.dtype.kind in "iu":
        middle = 128 if samples.dtype.kind == "u" else 0
        wave = (wave - middle) / np.iinfo(samples.dtype).max
    if wave.ndim > 1:
        wave = wave.mean(axis=1)
    if not len(wave):
        raise ValueError(f"{path.name} holds no sound.")
    return np.nan_to_num(wave), int(rate)


def read_samples(path: Path) -> tuple[int, np.ndarray]:
    """Values a second, and the values as they are stored."""
    if AIFF:  # noqa: SIM102
        if path.suffix.lower() in AIFF_SUFFIXES:
            return read_aiff(path)
    rate, samples = wavfile.read(path)
    return rate, samples


def band_energies(wave: np.ndarray, rate: int) -> np.ndarray:
    """Logarithms of energy, of shape (windows, bands)."""
    length = max(2, int(WINDOW_S * rate))
    hop = max(1, int(HOP_S * rate), len(wave) // MOST_WINDOWS)
    padded = np.pad(wave, (0, max(0, 2 * length - len(wave))))
    raised = np.append(padded[0], padded[1:] - PRE_EMPHASIS * padded[:-1])
    windows = sliding_window_view(raised, length)[::hop] * np.hamming(length)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    energies: np.ndarray = np.log(power @ band_shares(rate, length).T + 1e-6)
    return energies


@lru_cache(maxsize=8)
def band_shares(rate: int, length: int) -> np.ndarray:
    """How much of each frequency each band holds: triangles, equally wide on the mel scale."""
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST_HZ, rate / 2]) / 700)
    corners = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    pitch = np.fft.rfftfreq(length, 1 / rate)
    rising, falling = (pitch - low) / (middle - low), (high - pitch) / (high - middle)
    return np.clip(np.minimum(rising, falling), 0, None)


def without_silence(energies: np.ndarray) -> np.ndarray:
    """From the first loud window to the last."""
    loudness = energies.mean(axis=1)
    loud = np.flatnonzero(loudness > np.quantile(loudness, 0.95) - SILENCE)
    return energies[loud[0] : loud[-1] + 1]
