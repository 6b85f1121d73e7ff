"""Downloading a checkpoint over real HTTP through the Hub's own client, safe formats only."""

from pathlib import Path

import pytest

from agents.knowledge.checkpoints import Checkpoint
from agents.knowledge.hub import Hub
from tests.knowledge.shelves import REVISION, shelves

NAME = "acme/encoder"
WANTED = Checkpoint(repository=NAME, tag="feature-extraction", framework="transformers")
pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A repository with weights in two formats, and programs beside them."""
    folder = tmp_path / "files"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "onnx").mkdir()
    for name, content in {
        "config.json": '{"model_type": "bert"}',
        "vocab.txt": "[PAD]",
        "README.md": "---\nlicense: mit\n---\n",
        "1_Pooling/config.json": "{}",
        "model.safetensors": "numbers" * 1_000,
        "pytorch_model.bin": "a pickle",
        "modeling_own.py": "raise SystemExit",
        "onnx/model.onnx": "another format",
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def hub(url: str, home: Path) -> Hub:
    environment = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    return Hub(environment=environment, home=home, seconds=1.0)


async def test_weights_and_what_they_need_are_fetched_and_no_program(
    files: Path, tmp_path: Path
) -> None:
    told: list[int] = []
    with shelves({NAME: files}) as server:
        where = hub(server.url, tmp_path / "home")
        fetched = await where.fetch(WANTED, seconds=100, told=told.append)
    assert fetched.problem == ""
    assert fetched.revision == REVISION
    snapshot = where.cache / "models--acme--encoder" / "snapshots" / REVISION
    there = {path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*.*")}
    assert there == {
        "config.json", "vocab.txt", "README.md", "1_Pooling/config.json", "model.safetensors",
    }  # fmt: skip
    assert fetched.size == sum((snapshot / name).stat().st_size for name in there)
    assert "model.safetensors 7000 " in fetched.files
    assert [one.repository for one in where.cached()] == [NAME]
    assert told


async def test_what_is_there_already_is_not_fetched_again(files: Path, tmp_path: Path) -> None:
    with shelves({NAME: files}) as server:
        where = hub(server.url, tmp_path / "home")
        await where.fetch(WANTED, seconds=100, told=lambda _: None)
        before = len(server.asked)
        again = await where.fetch(WANTED, seconds=100, told=lambda _: None)
    assert again.revision == REVISION
    assert not [one for one in server.asked[before:] if one.startswith("GET") and "resolve" in one]


async def test_weights_that_could_run_code_are_refused(files: Path, tmp_path: Path) -> None:
    (files / "model.safetensors").unlink()
    with shelves({NAME: files}) as server:
        where = hub(server.url, tmp_path / "home")
        fetched = await where.fetch(WANTED, seconds=100, told=lambda _: None)
    assert fetched.revision == ""
    assert fetched.problem == "has no weights as safetensors, the only format that is taken"
    assert not [one for one in server.asked if "resolve" in one]


async def test_a_server_that_stalls_costs_no_more_than_its_time(
    files: Path, tmp_path: Path
) -> None:
    with shelves({NAME: files}) as server:
        server.silent = True
        fetched = await hub(server.url, tmp_path).fetch(WANTED, seconds=8, told=lambda _: None)
    assert fetched.problem == "was not downloaded within 8 s"


async def test_nobody_at_the_address_is_said(tmp_path: Path) -> None:
    with shelves({}) as server:
        gone = server.url
    fetched = await hub(gone, tmp_path).fetch(WANTED, seconds=60, told=lambda _: None)
    assert fetched.problem.startswith("was not downloaded")
