"""Which pretrained models could serve, by measured facts: what to look for, and what to take of it.

Nothing here reaches a disk or a network: `agents.knowledge.hub` finds what there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, Literal

from agents.knowledge.retrieval import Facts
from agents.models import Frozen, Profile, Task
from agents.recipes.needs.availability import beyond_table_models

Kind = Literal["text", "image", "audio", "table"]

MEGABYTE: Final = 1_000_000
PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "sentence-transformers": ("sentence_transformers", "transformers"),
    "transformers": ("transformers",),
    "tabpfn": ("tabpfn",),
    "tabicl": ("tabicl",),
}
"""By the Hub's name of a library, the packages any one of which runs its models."""
MOST: Final = 3
_LEAST_DOWNLOADS = 5_000
"""A month. What fewer people use has seldom been tried by anybody else."""
_TOYS = ("tiny-random", "hf-internal-testing/", "-tiny-test", "trl-internal-testing/")
"""Parts of names of models that only test programs; some are downloaded by the million."""


class Wanted(Frozen):
    """A kind of pretrained model that could help here."""

    kind: Kind
    tags: tuple[str, ...]
    """Pipeline tags of the Hub, any of which will do."""
    libraries: tuple[str, ...]
    """Any of these; see `PACKAGES`."""
    least_bytes: int
    """Smaller weights know too little."""
    most_bytes: int
    """Larger ones do not fit what a run may take."""
    because: str
    """What in the data asks for it, as a clause."""


class Checkpoint(Frozen):
    """A pretrained model of the Hugging Face Hub."""

    repository: str
    """`owner/name`, or a name alone."""
    tag: str
    """What it is for, as the Hub calls it."""
    framework: str
    licence: str = ""
    """As the Hub writes it; empty where nobody says."""
    bytes: int | None = None
    """Of the weights; None where nobody says."""
    downloads: int | None = None
    """In a month; None for what was found on disk."""
    gated: bool = False
    """Whether it is given out only to people who agreed to its terms."""
    cached: bool = False
    """Whether its weights are on this machine's disk."""
    revision: str = ""
    """The commit that was seen."""
    safe: bool = True
    """Whether its weights are plain numbers (safetensors), which run no code when they are read."""


class Choice(Frozen):
    """A checkpoint to be tried."""

    checkpoint: Checkpoint
    kind: Kind
    reason: str


def wanted_for(task: Task, profile: Profile, facts: Facts) -> tuple[Wanted, ...]:
    """The kinds of pretrained models that could help, those for the larger part of the data first.

    Args:
        task: What is asked.
        profile: What was measured.
        facts: What `agents.knowledge.retrieval.facts_of` says of both.
    """
    weights = facts.modalities
    rated = [(weights[one.kind_of_data], one) for one in _ENCODERS if one.kind_of_data in weights]
    found = [(weight, one.wanted) for weight, one in rated]
    if "tables" in weights and not beyond_table_models(task, profile):
        found.append((weights["tables"] / 2, _table_model(task)))
    found.sort(key=lambda pair: -pair[0])
    return tuple(wanted for _, wanted in found)


def runnable(wanted: Sequence[Wanted], installed: frozenset[str]) -> tuple[Wanted, ...]:
    """The same with the libraries left out that no installed package runs."""
    kept = []
    for one in wanted:
        libraries = tuple(
            name for name in one.libraries if not installed.isdisjoint(PACKAGES[name])
        )
        if libraries:
            kept.append(one.model_copy(update={"libraries": libraries}))
    return tuple(kept)


def adequate(checkpoint: Checkpoint, wanted: Wanted) -> bool:
    """Whether a checkpoint is what is wanted: runnable, given out, tried by others, of fit size.

    What somebody put on disk may be smaller: real rows will judge it.
    """
    if checkpoint.tag not in wanted.tags or checkpoint.framework not in wanted.libraries:
        return False
    if any(part in checkpoint.repository for part in _TOYS) or checkpoint.bytes is None:
        return False
    if checkpoint.bytes > wanted.most_bytes:
        return False
    if checkpoint.cached:
        return True
    if checkpoint.bytes < wanted.least_bytes or not checkpoint.safe:
        return False
    return not checkpoint.gated and (checkpoint.downloads or 0) >= _LEAST_DOWNLOADS


def ranked(found: Sequence[Checkpoint], wanted: Sequence[Wanted]) -> tuple[Choice, ...]:
    """All adequate checkpoints: of each kind those on disk first, then the smallest, in turn.

    Args:
        found: What lies on disk and what the Hub lists; the same repository counts once, on disk.
        wanted: The kinds, the most useful first.
    """
    known = {one.repository: one for one in sorted(found, key=lambda one: one.cached)}
    columns = [[*_of_kind(tuple(known.values()), one)] for one in wanted]
    rows = zip_longest(*columns)
    return tuple(choice for row in rows for choice in row if choice is not None)


def _of_kind(found: Sequence[Checkpoint], wanted: Wanted) -> Iterator[Choice]:
    fitting = [one for one in found if adequate(one, wanted)]
    fitting.sort(
        key=lambda one: (
            not one.cached,
            (one.bytes or 0) < wanted.least_bytes,
            one.bytes or 0,
            one.repository,
        )
    )
    for place, one in enumerate(fitting):
        yield Choice(checkpoint=one, kind=wanted.kind, reason=_reason(one, wanted, place))


def _reason(one: Checkpoint, wanted: Wanted, place: int) -> str:
    """Why it is here, as a sentence."""
    order = "the smallest adequate model" if place == 0 else "the next larger one"
    told = [f"{(one.bytes or 0) / MEGABYTE:,.0f} MB", one.licence or "licence unknown"]
    told += ["on disk"] if one.cached else [f"{one.downloads or 0:,} downloads a month"]
    return f"For {wanted.because} {order} ({', '.join(told)})."


class _Encoder(Frozen):
    kind_of_data: Literal["text", "images", "audio"]
    wanted: Wanted


_ENCODERS = (
    _Encoder(
        kind_of_data="text",
        wanted=Wanted(
            kind="text",
            tags=("sentence-similarity", "feature-extraction"),
            libraries=("sentence-transformers", "transformers"),
            least_bytes=40 * MEGABYTE,
            most_bytes=700 * MEGABYTE,
            because="the columns of text",
        ),
    ),
    _Encoder(
        kind_of_data="images",
        wanted=Wanted(
            kind="image",
            tags=("image-feature-extraction", "image-classification"),
            libraries=("transformers",),
            least_bytes=10 * MEGABYTE,
            most_bytes=500 * MEGABYTE,
            because="the pictures",
        ),
    ),
    _Encoder(
        kind_of_data="audio",
        wanted=Wanted(
            kind="audio",
            tags=("audio-classification", "feature-extraction"),
            libraries=("transformers",),
            least_bytes=20 * MEGABYTE,
            most_bytes=500 * MEGABYTE,
            because="the recordings",
        ),
    ),
)


def _table_model(task: Task) -> Wanted:
    regression = task.problem == "regression"
    return Wanted(
        kind="table",
        tags=("tabular-regression",) if regression else ("tabular-classification",),
        libraries=("tabpfn",) if regression else ("tabpfn", "tabicl"),
        least_bytes=5 * MEGABYTE,
        most_bytes=700 * MEGABYTE,
        because="a table of this size",
    )
