"""Images as numbers: where edges run, where it is light, which colours there are.

Histograms of oriented gradients (Dalal and Triggs 2005) on a small copy of the image, with a grey
thumbnail and a coarse map of its colours. All images give equally many numbers, whatever their
size; a large JPEG is decoded at a fraction of its size.
"""

from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

IMAGE_SIDE = 64
EDGE_CELL = 8
DIRECTIONS = 9
MOST_OF_A_BLOCK = 0.2
THUMBNAIL_SIDE = 16
COLOUR_SIDE = 4


def image_vector(path: Path) -> np.ndarray:
    """Describe an image by edges, brightness, colours and proportions.

    Steps: images

    Raises:
        OSError: It is no image that can be read.
        ValueError: It is too large to be meant as one.
    """
    pixels, proportions = read_pixels(path)
    grey = pixels @ np.array([0.299, 0.587, 0.114], dtype="float32")
    colours = shrunk(pixels, COLOUR_SIDE)
    spread = pixels.std(axis=(0, 1))
    parts = [edges(grey), shrunk(grey, THUMBNAIL_SIDE), colours, spread, proportions]
    return np.concatenate([part.ravel() for part in parts])


def read_pixels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A square copy of shape (side, side, 3), 0 to 1; the logarithms of both lengths."""
    try:
        with Image.open(path) as image:
            proportions = np.log1p(np.array(image.size))
            image.draft("RGB", (2 * IMAGE_SIDE, 2 * IMAGE_SIDE))
            small = image.convert("RGB").resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BILINEAR)
    except (Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(f"{path.name} cannot be decoded: {error}") from error
    return np.asarray(small, dtype="float32") / 255, proportions


def edges(grey: np.ndarray) -> np.ndarray:
    """How much edge runs in each direction in each cell, beside that of the cells around it."""
    down, right = np.gradient(grey)
    strength = np.hypot(right, down)
    place = np.arctan2(down, right) % np.pi / np.pi * DIRECTIONS
    lower = np.floor(place).astype(int)
    share = place - lower
    rows, columns = np.indices(grey.shape)
    directed = np.zeros((*grey.shape, DIRECTIONS), dtype="float32")
    directed[rows, columns, lower % DIRECTIONS] += strength * (1 - share)
    directed[rows, columns, (lower + 1) % DIRECTIONS] += strength * share
    count = IMAGE_SIDE // EDGE_CELL
    cells = directed.reshape(count, EDGE_CELL, count, EDGE_CELL, DIRECTIONS).sum(axis=(1, 3))
    blocks = sliding_window_view(cells, (2, 2), axis=(0, 1))
    length = np.sqrt((blocks**2).sum(axis=(2, 3, 4), keepdims=True)) + 1e-3
    beside: np.ndarray = np.minimum(blocks / length, MOST_OF_A_BLOCK)
    return beside


def shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    """The mean of every square of a grid of side x side."""
    step = IMAGE_SIDE // side
    squares: np.ndarray = pixels.reshape(side, step, side, step, -1).mean(axis=(1, 3))
    return squares
