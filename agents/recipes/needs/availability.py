"""What programs could use beyond their data: installed packages, and checkpoints at hand.

The guideline asks before any code is written; `pretrained_verdict` decides from what was seen.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from agents.models import Profile, Task
from agents.recipes.needs.needs import Needs

PACKAGES = ("sentence_transformers", "tabicl", "tabpfn", "torch", "transformers")
"""Optional packages that a track may need."""
ENCODING: Final = frozenset({"torch", "transformers"})
"""What runs an encoder."""


class Surroundings(NamedTuple):
    """What programs could use beyond their data."""

    installed: frozenset[str]
    """Of `PACKAGES`, those that programs can import."""
    cached: frozenset[str]
    """Repositories of the Hugging Face Hub at hand whose encoders suit these data."""
    offline: bool
    """Whether reaching the network is forbidden."""
    barred: str = ""
    """Why no pretrained model may be used at all, as a sentence; empty where one may."""


NOTHING = Surroundings(frozenset(), frozenset(), offline=True)
"""No optional package, no checkpoint, no network."""


_CLASSIFIERS = ("tabpfn", "tabicl")
_REGRESSORS = ("tabpfn",)
"""Packages that run tabular foundation models."""
_EXAMPLES: Final = {
    "text": "sentence-transformers/all-MiniLM-L6-v2",
    "image": "facebook/dinov2-small",
    "sound": "facebook/wav2vec2-base",
}
"""Checkpoints that many people use, to name one."""
_MOST_ROWS, _MOST_COLUMNS, _MOST_CLASSES = 10_000, 500, 10
"""Up to where tabular foundation models are known to work (Hollmann et al. 2025, TabPFN v2)."""


def installed_packages() -> frozenset[str]:
    """Which of `PACKAGES` programs can import: they run on this interpreter's packages."""
    return frozenset(name for name in PACKAGES if importlib.util.find_spec(name) is not None)


def hub_cache(environment: Mapping[str, str], home: Path) -> Path:
    """Where the Hugging Face libraries keep what they downloaded."""
    if own := environment.get("HF_HUB_CACHE"):
        return Path(own)
    caches = environment.get("XDG_CACHE_HOME") or str(home / ".cache")
    return Path(environment.get("HF_HOME") or f"{caches}/huggingface") / "hub"


def pretrained_verdict(task: Task, profile: Profile, surroundings: Surroundings) -> str:
    """Why no pretrained model is adapted to these data, known before any code is written.

    Args:
        task: What is asked.
        profile: What was measured about the data.
        surroundings: What programs could use.

    Returns:
        Empty where an encoder is at hand or may be fetched; else what would fit, and what is in
        the way, as sentences.
    """
    if surroundings.barred:
        return surroundings.barred
    needs = Needs(task, profile)
    kind, contents = encodable(needs)
    if kind:
        why = _in_the_way(needs, kind, surroundings)
        return f"A pretrained encoder would fit {contents}, but {why}." if why else ""
    if not needs.features and not needs.sides.measures:
        return f"No pretrained model that this version adapts reads {needs.media.kind} files."
    if why := beyond_table_models(task, profile):
        return f"A tabular foundation model does not fit: {why}."
    packages = _REGRESSORS if task.problem == "regression" else _CLASSIFIERS
    if surroundings.installed.isdisjoint(packages):
        named = " or ".join(f"`{name}`" for name in packages)
        why = f"no package that runs one ({named}) is installed where programs run"
    else:
        why = "no recipe of this version adapts one"
    return f"A tabular foundation model would fit, but {why}."


def encodable(needs: Needs) -> tuple[str, str]:
    """What of the rows a pretrained encoder could read: the kind, and in words; else empty."""
    texts = [one.name for one in needs.of("text")]
    if texts:
        return "text", f"`{texts[0]}`" if len(texts) == 1 else f"{len(texts)} columns of text"
    if needs.media.kind in {"image", "sound"}:
        return needs.media.kind, f"the {needs.media.kind}s"
    return "", ""


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


def _in_the_way(needs: Needs, kind: str, surroundings: Surroundings) -> str:
    """What keeps an encoder from being tried, and what to do about it, as a clause."""
    if not surroundings.installed >= ENCODING:
        missing = " and ".join(f"`{name}`" for name in sorted(ENCODING - surroundings.installed))
        return (
            f"{missing} cannot be imported where programs run: install what runs one with `pip "
            "install 'iml-tui[deep]'` and start again"
        )
    if needs.share:
        return f"{needs.profile.rows_train:,} rows are more than one could read in this run"
    if surroundings.offline and not surroundings.cached:
        return (
            "no checkpoint of one is in the Hugging Face cache: let one be fetched with --web, or "
            f"fetch one yourself (`hf download {_EXAMPLES[kind]}`), and start again with --new"
        )
    return ""
