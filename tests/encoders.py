"""Tiny encoders with random weights, laid out as the Hugging Face client lays out its cache.

They know nothing, but even random networks keep texts, images and sounds apart, so that something
can be learned from what they say.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (the extra `deep`)")
transformers = pytest.importorskip(
    "transformers", reason="transformers is not installed (the extra `deep`)"
)

TEXT, IMAGE, SOUND = "acme/tiny-words", "acme/tiny-pictures", "acme/tiny-waves"
WORDS = ("calm", "storm", "sail", "anchor", "deck", "harbour", "gull", "rope", "tide", "crew")


def cache_in(home: Path) -> Path:
    """Where the client keeps what it downloads, if `HF_HOME` is `home`."""
    return home / "hub"


def keep(cache: Path, repository: str, files: Path) -> str:
    """Lays out a folder of files as a snapshot of links to blobs; returns its revision."""
    revision = hashlib.sha1(repository.encode(), usedforsecurity=False).hexdigest()
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    for file in sorted(path for path in files.rglob("*") if path.is_file()):
        place = snapshot / file.relative_to(files)
        place.parent.mkdir(parents=True, exist_ok=True)
        blob = folder / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
        blob.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, blob)
        place.symlink_to(Path(os.path.relpath(blob, place.parent)))
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    (folder / "refs" / "main").write_text(revision, encoding="utf-8")
    return revision


def write_text_encoder(files: Path, *, size: int = 32, layers: int = 2) -> Path:
    """A small BERT with a tokenizer that knows a few words and all letters."""
    files.mkdir(parents=True, exist_ok=True)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *letters]
    words += [f"##{letter}" for letter in letters]
    (files / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    tokenizer = transformers.BertTokenizer(str(files / "vocab.txt"), model_max_length=64)
    tokenizer.save_pretrained(files)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=size,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * size,
        max_position_embeddings=66,
    )
    transformers.BertModel(config).save_pretrained(files)
    pooling = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (files / "1_Pooling").mkdir(exist_ok=True)
    (files / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    (files / "modules.json").write_text("[]", encoding="utf-8")
    return files


def write_image_encoder(files: Path) -> Path:
    """A small vision transformer for images of 32 x 32 pixels."""
    files.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=32,
        patch_size=8,
        initializer_range=0.3,
    )
    transformers.ViTModel(config).save_pretrained(files)
    size = {"height": 32, "width": 32}
    transformers.ViTImageProcessor(size=size).save_pretrained(files)
    return files


def write_sound_encoder(files: Path) -> Path:
    """A small wav2vec2."""
    files.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(16, 16),
        conv_stride=(10, 8),
        conv_kernel=(10, 8),
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        num_feat_extract_layers=2,
        do_stable_layer_norm=False,
        vocab_size=32,
    )
    transformers.Wav2Vec2Model(config).save_pretrained(files)
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(files)
    return files
