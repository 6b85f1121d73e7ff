"""Which kinds of pretrained models are wanted, and which checkpoints are taken."""

import pytest

from agents.knowledge.checkpoints import (
    MEGABYTE,
    Checkpoint,
    Wanted,
    adequate,
    ranked,
    runnable,
    wanted_for,
)
from agents.knowledge.retrieval import Facts, facts_of
from tests.recipes.support import Planned, planned

TEXT = Wanted(
    kind="text",
    tags=("sentence-similarity", "feature-extraction"),
    libraries=("sentence-transformers", "transformers"),
    least_bytes=40 * MEGABYTE,
    most_bytes=700 * MEGABYTE,
    because="the columns of text",
)
IMAGE = TEXT.model_copy(
    update={"kind": "image", "tags": ("image-classification",), "because": "the pictures"}
)


def checkpoint(
    name: str = "acme/encoder", megabytes: float | None = 90, **more: object
) -> Checkpoint:
    size = None if megabytes is None else int(megabytes * MEGABYTE)
    usual = {"tag": "sentence-similarity", "framework": "transformers", "downloads": 90_000}
    return Checkpoint.model_validate({"repository": name, "bytes": size, **usual, **more})


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("checkpoints") / "c", "binary")


@pytest.mark.parametrize(
    "unfit",
    [
        checkpoint(megabytes=17),
        checkpoint(megabytes=2_000),
        checkpoint(megabytes=None),
        checkpoint(tag="text-generation"),
        checkpoint(framework="flax"),
        checkpoint(gated=True),
        checkpoint(downloads=40),
        checkpoint("acme/tiny-random-bert"),
    ],
    ids=["small", "large", "no size", "other tag", "other library", "gated", "unused", "toy"],
)
def test_what_does_not_fit_is_not_taken(unfit: Checkpoint) -> None:
    assert adequate(checkpoint(), TEXT)
    assert not adequate(unfit, TEXT)
    assert ranked([unfit], [TEXT]) == ()


def test_what_is_on_disk_needs_neither_downloads_nor_consent() -> None:
    assert adequate(checkpoint(cached=True, downloads=None, gated=True), TEXT)


def test_what_is_on_disk_goes_first_and_then_the_smallest() -> None:
    found = [
        checkpoint("a/large", 400),
        checkpoint("a/small", 90, licence="mit"),
        checkpoint("a/disk", 300, cached=True),
        checkpoint("a/disk", 300),
    ]
    choices = ranked(found, [TEXT])
    assert [one.checkpoint.repository for one in choices] == ["a/disk", "a/small", "a/large"]
    assert choices[0].reason == (
        "For the columns of text the smallest adequate model (300 MB, licence unknown, on disk)."
    )
    assert choices[1].reason.endswith("the next larger one (90 MB, mit, 90,000 downloads a month).")


def test_kinds_take_turns_so_that_none_is_crowded_out() -> None:
    texts = [checkpoint(f"t/{size}", size) for size in (50, 60, 70)]
    pictures = [checkpoint("p/80", 80, tag="image-classification")]
    names = [one.checkpoint.repository for one in ranked([*texts, *pictures], [TEXT, IMAGE])]
    assert names == ["t/50", "p/80", "t/60", "t/70"]


def test_libraries_that_no_package_runs_are_left_out() -> None:
    kept = runnable([TEXT], frozenset({"transformers"}))
    assert kept[0].libraries == ("sentence-transformers", "transformers")
    assert runnable([TEXT], frozenset({"torch"})) == ()


def test_the_data_say_which_kinds_are_wanted(competition: Planned) -> None:
    task, profile = competition.task, competition.profile
    facts = facts_of(task, profile)
    kinds = {one.kind: one for one in wanted_for(task, profile, facts)}
    assert kinds["table"].tags == ("tabular-classification",)
    heard = Facts(modalities={"tables": 1.0, "audio": 1.0, "images": 1.0})
    assert [one.kind for one in wanted_for(task, profile, heard)] == ["image", "audio", "table"]
    large = profile.model_copy(update={"rows_train": 10**6})
    assert "table" not in {one.kind for one in wanted_for(task, large, facts_of(task, large))}
