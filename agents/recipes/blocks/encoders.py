"""What a pretrained encoder, taken as it is, says of texts, images or sounds: a vector each.

Every content is encoded once: vectors are kept by the digest of content and encoder, so that all
fits of a program share them, and a folder that the environment variable EMBEDDINGS names may hold
some that were computed before. The weights come from the Hugging Face cache, or from the Hub where
that may be reached; no code that lies beside them is run. Where there is a graphics card, numbers
of half precision do.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.signal import resample_poly
from torch import Tensor
from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoModel, AutoTokenizer

from agents.recipes.blocks.media import UNREADABLE
from agents.recipes.blocks.sounds import read_wave
from agents.recipes.tables.neural.model import find_device

ENCODER = ""
REVISION = "main"
ENCODED = "text"
DIMENSIONS = 0
POOLING = "mean"
PREFIX = ""
LONGEST = 256
"""Tokens that are read of a text."""
LETTERS_A_TOKEN = 12
"""No more of a text is cut into tokens than can be needed."""
LONGEST_WAVE_S = 10
AT_ONCE = 32

Content = str | Path | None


def vectors_of(contents: Sequence[Content]) -> np.ndarray:
    """A row of float32 a content; gaps where there is none, or none that can be read.

    Steps: encode
    """
    known = known_vectors()
    digests = [digest_of(one) for one in contents]
    named = dict(zip(digests, contents, strict=True))
    missing = [digest for digest in named if digest not in known]
    if missing:
        found = encoded([named[digest] for digest in missing])
        known.update(zip(missing, found, strict=True))
    return np.array([known[digest] for digest in digests]).reshape(-1, DIMENSIONS)


@lru_cache(maxsize=1)
def known_vectors() -> dict[str, np.ndarray]:
    """Vectors by digest: those that were computed before, and later all that are made here."""
    known: dict[str, np.ndarray] = {}
    if folder := os.environ.get("EMBEDDINGS"):
        for path in sorted(Path(folder).glob("*.npz")):
            with np.load(path) as kept:
                known |= dict(zip(kept["digests"].tolist(), kept["vectors"], strict=True))
    return known


def digest_of(content: Content) -> str:
    """What tells this content, as this encoder reads it, from every other."""
    if ENCODED == "text":
        data = str(content or "").encode(errors="replace")
    else:
        file = Path(content or "")
        data = file.read_bytes() if file.is_file() else b""
    return sha256(f"{ENCODER} {REVISION} {LONGEST} ".encode() + data).hexdigest()[:32]


def encoded(contents: Sequence[Content]) -> list[np.ndarray]:
    """Run the encoder over batches of contents of about the same length."""
    found = [np.full(DIMENSIONS, np.nan, dtype="float32") for _ in contents]
    order = sorted(range(len(contents)), key=lambda place: -length_of(contents[place]))
    size = 1 if ENCODED == "sound" else AT_ONCE
    for first in range(0, len(order), size):
        opened = {place: opened_content(contents[place]) for place in order[first : first + size]}
        batch = {place: one for place, one in opened.items() if one is not None}
        if batch:
            vectors = encode_batch(list(batch.values()))
            for place, vector in zip(batch, vectors, strict=True):
                found[place] = vector
    return found


def length_of(content: Content) -> int:
    """About how long a content takes."""
    if ENCODED == "text":
        return len(str(content or ""))
    file = Path(content or "")
    return file.stat().st_size if file.is_file() else 0


def opened_content(content: Content) -> Any | None:  # noqa: ANN401 (what its encoder takes)
    """A text, an image or a wave as the encoder takes it; None where it cannot be read."""
    if ENCODED == "text":
        text = str(content or "")[: LONGEST * LETTERS_A_TOKEN]
        return PREFIX + text if PREFIX else text
    if content is None:
        return None
    try:
        if ENCODED == "image":
            with Image.open(content) as image:
                return image.convert("RGB")
        wave, rate = read_wave(Path(content))
    except (*UNREADABLE, Image.DecompressionBombError, SyntaxError):
        return None
    wanted = load_encoder()[0].sampling_rate
    return resample_poly(wave[: LONGEST_WAVE_S * rate], wanted, rate).astype("float32")


@lru_cache(maxsize=1)
def load_encoder() -> tuple[Any, Any]:
    """What prepares contents for the encoder, and the encoder's network."""
    source: dict[str, Any] = {"revision": REVISION, "trust_remote_code": False}
    network = AutoModel.from_pretrained(ENCODER, dtype=torch.float32, **source)
    if ENCODED == "text":
        prepare = AutoTokenizer.from_pretrained(ENCODER, **source)
    elif ENCODED == "image":
        prepare = AutoImageProcessor.from_pretrained(ENCODER, **source)
    else:
        prepare = AutoFeatureExtractor.from_pretrained(ENCODER, **source)
    if network.config.is_encoder_decoder:
        network = network.get_encoder()
    if ENCODED == "image":
        network = getattr(network, "vision_model", network)
    return prepare, network.eval().to(find_device())


def encode_batch(batch: list[Any]) -> np.ndarray:
    """Vectors of some contents, in half precision where there is a graphics card."""
    prepare, network = load_encoder()
    device = find_device()
    if ENCODED == "text":
        inputs = prepare(
            batch, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
        )
    elif ENCODED == "image":
        inputs = prepare(batch, return_tensors="pt")
    else:
        rate = prepare.sampling_rate
        inputs = prepare(batch, sampling_rate=rate, return_tensors="pt")
    inputs = {name: values.to(device) for name, values in inputs.items()}
    half = torch.autocast(device.type, torch.float16, enabled=device.type != "cpu")
    with torch.inference_mode(), half:
        if ENCODED == "sound":
            found = network(**inputs, output_hidden_states=True)
        else:
            found = network(**inputs)
    vectors = pooled(found, inputs).float().cpu().numpy()
    return np.where(np.isfinite(vectors), vectors, 0).astype("float32")


def pooled(found: Any, inputs: dict[str, Tensor]) -> Tensor:  # noqa: ANN401 (the network's own)
    """One vector a content, out of those of its parts."""
    if ENCODED == "sound":
        return torch.stack(found.hidden_states).mean(dim=(0, 2))
    states: Tensor = found.last_hidden_state
    if ENCODED == "image":  # noqa: SIM102
        if states.ndim == 4:
            return states.mean(dim=(2, 3))
    if POOLING == "first":
        return states[:, 0]
    if ENCODED == "text":
        mask = inputs["attention_mask"].unsqueeze(-1)
        return (states * mask).sum(dim=1) / mask.sum(dim=1)
    return states.mean(dim=1)
