"""A small Hugging Face Hub on loopback, and a cache as its client lays it out."""

import json
from collections.abc import Mapping
from pathlib import Path

from agents.knowledge.hub import Hub
from tests.knowledge.pages import Answer

SMALL, LARGE, TOY = "acme/encoder-small", "acme/encoder-large", "acme/tiny-random-encoder"
GATED, BINARY, UNKNOWN = "acme/encoder-gated", "acme/encoder-bin", "acme/rarely-used"


def listed(name: str, millions: float | None, **more: object) -> dict[str, object]:
    """An entry of the Hub's list; `millions` of 32-bit parameters, None where it does not say."""
    weights = None if millions is None else {"F32": int(millions * 1e6)}
    return {
        "id": name,
        "downloads": 90_000,
        "gated": False,
        "sha": "c0ffee",
        "tags": ["license:apache-2.0"],
        **({"safetensors": {"parameters": weights, "total": 0}} if weights else {}),
        **more,
    }


ENCODERS = [
    listed(LARGE, 100),
    listed(SMALL, 22.5),
    listed(TOY, 30),
    listed(GATED, 20, gated="manual"),
    listed(BINARY, None, tags=[]),
    listed(UNKNOWN, 20, downloads=12),
]
FILES = {
    "id": BINARY,
    "siblings": [
        {"rfilename": "pytorch_model.bin", "size": 130_000_000},
        {"rfilename": "onnx/model.bin", "size": 999_000_000},
        {"rfilename": "README.md", "size": 100},
    ],
}


def as_json(content: object) -> Answer:
    return Answer(json.dumps(content), kind="application/json")


def answers(models: object = ENCODERS) -> dict[str, Answer]:
    return {"/api/models?": as_json(models), f"/api/models/{BINARY}": as_json(FILES)}


def hub(url: str, home: Path, **more: str) -> Hub:
    """The Hub at an address, with an empty cache unless `home` has one."""
    environment = {"HF_ENDPOINT": url, "HF_HOME": str(home / "hf"), "PATH": "", **more}
    return Hub(environment=environment, home=home, seconds=1.0)


def store(home: Path, name: str, files: Mapping[str, str | int]) -> None:
    """Puts a snapshot into the cache; a number is a file of so many bytes, without its contents."""
    folder = home / "hf" / "hub" / f"models--{name.replace('/', '--')}" / "snapshots" / "abc123"
    folder.mkdir(parents=True)
    for path, content in files.items():
        if isinstance(content, str):
            (folder / path).write_text(content, encoding="utf-8")
        else:
            with (folder / path).open("wb") as file:
                file.truncate(content)
