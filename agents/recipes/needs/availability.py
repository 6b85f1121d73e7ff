"""What programs could use beyond their data: installed packages, and checkpoints at hand.

The guideline asks before any code is written. `look_around` sees what there is, by paths and names
only; `pretrained_verdict` decides from that.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from agents.models import Profile, Task

PACKAGES = ("sentence_transformers", "tabicl", "tabpfn", "torch", "transformers")
"""Optional packages that a track may need."""
_WEIGHTS = frozenset({".bin", ".ckpt", ".pt", ".safetensors"})


class Surroundings(NamedTuple):
    """What programs could use beyond their data."""

    installed: frozenset[str]
    """Of `PACKAGES`, those that programs can import."""
    cached: frozenset[str]
    """Repositories of the Hugging Face Hub whose weights are at hand."""
    offline: bool
    """Whether reaching the network is forbidden."""


NOTHING = Surroundings(frozenset(), frozenset(), offline=True)
"""No optional package, no checkpoint, no network."""


class Checkpoint(NamedTuple):
    """A kind of pretrained model that tables could use."""

    packages: tuple[str, ...]
    """Any one of them runs it."""
    repositories: tuple[str, ...]
    """Where it lies on the Hugging Face Hub, the best known first."""


_CLASSIFIERS = Checkpoint(
    ("tabpfn", "tabicl"),
    ("Prior-Labs/TabPFN-v2-clf", "jingang/TabICL-clf"),
)
_REGRESSORS = Checkpoint(("tabpfn",), ("Prior-Labs/TabPFN-v2-reg",))
_ENCODERS = Checkpoint(
    ("sentence_transformers", "transformers"),
    ("sentence-transformers/all-MiniLM-L6-v2", "BAAI/bge-small-en-v1.5"),
)
_MOST_ROWS, _MOST_COLUMNS, _MOST_CLASSES = 10_000, 500, 10
"""Up to where tabular foundation models are known to work (Hollmann et al. 2025, TabPFN v2)."""


def look_around(environment: Mapping[str, str], home: Path, *, offline: bool) -> Surroundings:
    """See what is there, without reaching the network."""
    cached = cached_checkpoints(hub_cache(environment, home))
    return Surroundings(installed_packages(), cached, offline)


def installed_packages() -> frozenset[str]:
    """Which of `PACKAGES` programs can import: they run on this interpreter's packages."""
    return frozenset(name for name in PACKAGES if importlib.util.find_spec(name) is not None)


def hub_cache(environment: Mapping[str, str], home: Path) -> Path:
    """Where the Hugging Face libraries keep what they downloaded."""
    if own := environment.get("HF_HUB_CACHE"):
        return Path(own)
    caches = environment.get("XDG_CACHE_HOME") or str(home / ".cache")
    return Path(environment.get("HF_HOME") or f"{caches}/huggingface") / "hub"


def cached_checkpoints(cache: Path) -> frozenset[str]:
    """Repositories (`owner/name`) whose weights lie in a Hugging Face cache."""
    found = set()
    for checkpoint in (_CLASSIFIERS, _REGRESSORS, _ENCODERS):
        for name in checkpoint.repositories:
            snapshots = cache / f"models--{name.replace('/', '--')}" / "snapshots"
            if any(file.suffix in _WEIGHTS and file.exists() for file in snapshots.glob("*/*")):
                found.add(name)
    return frozenset(found)


def pretrained_verdict(task: Task, profile: Profile, surroundings: Surroundings) -> str:
    """Why no pretrained model is adapted to these tables, known before any code is written.

    Args:
        task: What is asked.
        profile: What was measured about the data.
        surroundings: What programs could use.

    Returns:
        A sentence for each kind of model that could help: what it is, and what is in the way.
    """
    too_large = beyond_table_models(task, profile)
    sentences = []
    if too_large:
        sentences.append(f"A tabular foundation model does not fit: {too_large}.")
    else:
        fitting = _REGRESSORS if task.problem == "regression" else _CLASSIFIERS
        why = _in_the_way(fitting, surroundings)
        sentences.append(f"A tabular foundation model would fit, but {why}.")
    texts = [one.name for one in profile.columns if one.semantic == "text" and one.in_test]
    if texts:
        why = _in_the_way(_ENCODERS, surroundings)
        columns = f"`{texts[0]}`" if len(texts) == 1 else f"{len(texts)} columns of text"
        sentences.append(f"A sentence encoder would fit {columns}, but {why}.")
    return " ".join(sentences)


def beyond_table_models(task: Task, profile: Profile) -> str:
    """What of these data is beyond tabular foundation models, as a clause; empty where nothing."""
    columns = sum(column.in_test for column in profile.columns)
    classes = max(len(target.classes) for target in task.targets)
    if len(task.targets) > 1:
        return f"it predicts one target, not {len(task.targets)}"
    if profile.rows_train > _MOST_ROWS:
        return f"it takes {_MOST_ROWS} rows at most, not {profile.rows_train}"
    if columns > _MOST_COLUMNS:
        return f"it takes {_MOST_COLUMNS} columns at most, not {columns}"
    if classes > _MOST_CLASSES:
        return f"it tells {_MOST_CLASSES} classes apart at most, not {classes}"
    return ""


def _in_the_way(checkpoint: Checkpoint, surroundings: Surroundings) -> str:
    """What is missing to use it."""
    installed, cached, offline = surroundings
    packages = " or ".join(f"`{name}`" for name in checkpoint.packages)
    if installed.isdisjoint(checkpoint.packages):
        return f"no package that runs one ({packages}) is installed where programs run"
    if not cached.isdisjoint(checkpoint.repositories):
        name = next(name for name in checkpoint.repositories if name in cached)
        return f"no recipe of this version adapts `{name}`, though its weights are at hand"
    missing = f"no checkpoint (such as `{checkpoint.repositories[0]}`) is in the Hugging Face cache"
    if offline:
        return f"{missing}, and the network is not to be reached"
    return f"{missing}, and this version downloads none by itself"
