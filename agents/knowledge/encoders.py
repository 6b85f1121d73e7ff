"""How a checkpoint in the Hugging Face cache is used as an encoder, as its own files say.

Only small json files are read; nothing of a repository is run.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

from agents.knowledge.checkpoints import Checkpoint, Choice, ranked, runnable, wanted_for
from agents.knowledge.retrieval import facts_of
from agents.models import Profile, Task
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.pretrained import Encoder, readable

USUAL_TOKENS: Final = 512
_FIRST: Final = frozenset(
    {"beit", "clip", "data2vec-vision", "deit", "dinov2", "dinov3_vit", "vit", "vit_msn"}
)
"""Types of networks for images whose first part stands for the whole."""
_ASKED_AS: Final[Mapping[str, str]] = {"e5-": "query: "}
"""What some encoders of sentences learned to find before every text, by a part of their name."""


def folder_of(cache: Path, repository: str) -> Path:
    """Where a cache keeps a repository."""
    return cache / f"models--{repository.replace('/', '--')}"


def suiting(
    task: Task, profile: Profile, installed: frozenset[str], found: Sequence[Checkpoint]
) -> tuple[Choice, ...]:
    """Of some checkpoints the encoders that could read these rows, the most promising first.

    Args:
        task: What is asked.
        profile: What was measured.
        installed: Packages that programs can import.
        found: Any checkpoints.
    """
    wanted = runnable(wanted_for(task, profile, facts_of(task, profile)), installed)
    return readers(ranked(found, wanted), Needs(task, profile))


def readers(choices: Sequence[Choice], needs: Needs) -> tuple[Choice, ...]:
    """Those of some choices that read what rows have, and for which there is a recipe."""
    return tuple(one for one in choices if one.kind != "table" and readable(needs, one.kind))


def as_encoder(choice: Choice, revision: str, cache: Path) -> Encoder | None:
    """A revision of a chosen checkpoint as an encoder; None where the cache has it not."""
    one = choice.checkpoint
    if choice.kind == "table" or not revision:
        return None
    snapshot = folder_of(cache, one.repository) / "snapshots" / revision
    if not snapshot.is_dir():
        return None
    config = _content(snapshot / "config.json")
    return Encoder(
        repository=one.repository,
        revision=revision,
        kind=choice.kind,
        reason=choice.reason,
        pooling=_pooling(choice.kind, config, snapshot),
        prefix=_prefix(one.repository) if choice.kind == "text" else "",
        most_tokens=_most_tokens(config, snapshot),
    )


def _pooling(
    kind: Literal["text", "image", "audio"], config: Mapping[str, Any], snapshot: Path
) -> Literal["first", "mean"]:
    if kind == "text":
        by_first = _content(snapshot / "1_Pooling" / "config.json").get("pooling_mode_cls_token")
        return "first" if by_first else "mean"
    return "first" if kind == "image" and config.get("model_type") in _FIRST else "mean"


def _prefix(repository: str) -> str:
    name = repository.rpartition("/")[2].lower()
    found = (prefix for part, prefix in _ASKED_AS.items() if part in name)
    return next(found, "")


def _most_tokens(config: Mapping[str, Any], snapshot: Path) -> int:
    """What the repository says an encoder of text reads, and never more than it has places for."""
    said = _content(snapshot / "sentence_bert_config.json").get("max_seq_length")
    places = config.get("max_position_embeddings")
    known = [one for one in (said, places) if isinstance(one, int) and one > 4]
    return min([USUAL_TOKENS, *(one if one == said else one - 2 for one in known)])


def _content(file: Path) -> Mapping[str, Any]:
    """A json file's object; empty where there is none."""
    with suppress(OSError, ValueError):
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}
