"""Asking a Hub over real HTTP through its own client, and reading its cache."""

import re
from pathlib import Path

import pytest

from agents.knowledge.checkpoints import Wanted
from agents.knowledge.hub import Hub
from tests.knowledge.hubs import BINARY, SMALL, answers, as_json, hub, store
from tests.knowledge.pages import Answer, pages

TEXT = Wanted(
    kind="text",
    tags=("sentence-similarity",),
    libraries=("sentence-transformers",),
    least_bytes=1,
    most_bytes=10**12,
    because="the columns of text",
)


async def test_models_are_listed_with_size_licence_and_use(tmp_path: Path) -> None:
    with pages(answers()) as server:
        listing = await hub(server.url, tmp_path).search([TEXT])
    assert listing.problem == ""
    assert listing.address == server.url
    known = {one.repository: one for one in listing.models}
    small = known[SMALL]
    assert (small.bytes, small.licence, small.downloads) == (90_000_000, "apache-2.0", 90_000)
    assert (small.tag, small.framework, small.revision) == (
        "sentence-similarity",
        "sentence-transformers",
        "c0ffee",
    )
    assert known["acme/encoder-gated"].gated
    assert known[BINARY].bytes == 130_000_000  # of its files, since the list does not say
    asked = server.requests[0].path
    assert "pipeline_tag=sentence-similarity" in asked
    assert "filter=sentence-transformers" in asked
    assert "sort=downloads" in asked


async def test_a_token_of_the_environment_is_sent_and_nothing_else_of_it(tmp_path: Path) -> None:
    with pages(answers([])) as server:
        await hub(server.url, tmp_path, HF_TOKEN="hf_made_up").search([TEXT])
    assert server.requests[0].headers["authorization"] == "Bearer hf_made_up"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(silent=True), "did not answer within 1 s"),
        (Answer(status=401), r"refuses the search \(401\)"),
        (Answer(status=500), r"answered with an error \(500\)"),
        (Answer(status=429, headers={"retry-after": "30"}), r"answered with an error \(429\)"),
        (Answer("<html>busy"), "answered in a form that is not known"),
        (as_json({"models": 3}), "answered in a form that is not known"),
    ],
    ids=["silent", "401", "500", "429", "no json", "other json"],
)
async def test_a_hub_that_fails_is_asked_once_and_says_why(
    tmp_path: Path, answer: Answer, problem: str
) -> None:
    with pages({"/api/models?": answer}) as server:
        listing = await hub(server.url, tmp_path).search([TEXT])
    assert listing.models == ()
    assert re.search(problem, listing.problem)
    assert len(server.requests) == 1


async def test_nobody_at_the_address_is_no_error(tmp_path: Path) -> None:
    with pages({}) as server:
        gone = server.url
    listing = await hub(gone, tmp_path).search([TEXT])
    assert "cannot be reached" in listing.problem


async def test_an_empty_list_is_no_problem(tmp_path: Path) -> None:
    with pages(answers([])) as server:
        listing = await hub(server.url, tmp_path).search([TEXT])
    assert (listing.models, listing.problem) == ((), "")


async def test_where_nothing_is_wanted_nothing_is_asked(tmp_path: Path) -> None:
    with pages(answers()) as server:
        assert (await hub(server.url, tmp_path).search([])).models == ()
    assert server.requests == []


def test_what_is_in_the_cache_is_known_by_its_files(tmp_path: Path) -> None:
    config = '{"model_type": "%s"}'
    weights = {"model.safetensors": 5_000_000}
    store(tmp_path, "a/words", {**weights, "config.json": config % "bert", "pytorch_model.bin": 9})
    store(tmp_path, "b/sentences", {**weights, "modules.json": "[]", "config.json": "{"})
    store(tmp_path, "c/pictures", {**weights, "config.json": config % "dinov2"})
    store(tmp_path, "d/sounds", {**weights, "config.json": config % "wav2vec2"})
    store(tmp_path, "e/tabpfn-2-reg", {"model.ckpt": 7_000_000})
    card = "---\nlicense: mit\npipeline_tag: image-classification\n---\n# A model\n"
    store(tmp_path, "f/card", {**weights, "README.md": card})
    store(tmp_path, "g/unknown", {**weights, "config.json": config % "neverheardof"})
    store(tmp_path, "h/no-weights", {"config.json": config % "bert"})
    found = hub("http://127.0.0.1:9", tmp_path).cached()
    assert [(one.repository, one.tag, one.framework, one.bytes) for one in found] == [
        ("a/words", "feature-extraction", "transformers", 5_000_000),
        ("b/sentences", "sentence-similarity", "sentence-transformers", 5_000_000),
        ("c/pictures", "image-feature-extraction", "transformers", 5_000_000),
        ("d/sounds", "audio-classification", "transformers", 5_000_000),
        ("e/tabpfn-2-reg", "tabular-regression", "tabpfn", 7_000_000),
        ("f/card", "image-classification", "transformers", 5_000_000),
    ]
    assert {one.cached for one in found} == {True}
    assert found[-1].licence == "mit"


def test_without_a_cache_nothing_is_found(tmp_path: Path) -> None:
    assert Hub(environment={}, home=tmp_path).cached() == ()


@pytest.mark.parametrize(
    ("environment", "endpoint", "offline"),
    [
        ({}, "https://huggingface.co", False),
        ({"HF_ENDPOINT": "https://mirror.example/"}, "https://mirror.example", False),
        ({"HF_HUB_OFFLINE": "1"}, "https://huggingface.co", True),
        ({"TRANSFORMERS_OFFLINE": "yes"}, "https://huggingface.co", True),
        ({"HF_HUB_OFFLINE": "0"}, "https://huggingface.co", False),
    ],
)
def test_the_environment_says_where_the_hub_is_and_whether_it_may_be_reached(
    environment: dict[str, str], endpoint: str, offline: bool
) -> None:
    found = Hub(environment=environment, home=Path("/nowhere"))
    assert (found.endpoint, found.offline) == (endpoint, offline)
