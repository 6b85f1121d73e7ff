"""Pretrained models in the sandbox: just those that were found, read-only, where libraries look."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.execution.executor import Executor
from agents.execution.protocol import Stage, Weights
from tests.execution.conftest import MakeProgram

LOOK = """
    import json, os, sys
    from pathlib import Path

    out, *strangers = map(Path, sys.argv[1:])
    cache = Path(os.environ["HF_HUB_CACHE"])
    snapshot = next((cache / "models--acme--shown" / "snapshots").iterdir())
    seen = {"shown": (snapshot / "config.json").read_text()}
    seen["offline"] = os.environ["HF_HUB_OFFLINE"]
    seen["vectors"] = (Path(os.environ["EMBEDDINGS"]) / "one.npz").read_text()
    seen["reached"] = []
    for stranger in (*strangers, cache / "models--acme--hidden" / "config.json", cache / "token"):
        try:
            seen["reached"].append(stranger.read_text())
        except OSError:
            pass
    try:
        (snapshot / "mine").write_text("left")
        seen["reached"].append("writable")
    except OSError:
        pass
    (out / "seen.json").write_text(json.dumps(seen))
"""
NONE = """
    import json, os, sys
    from pathlib import Path

    named = [name for name in ("HF_HUB_CACHE", "EMBEDDINGS") if name in os.environ]
    (Path(sys.argv[1]) / "seen.json").write_text(json.dumps(named))
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A Hugging Face cache with a model to be shown, another one, and a token."""
    cache = tmp_path / "hub"
    for name in ("shown", "hidden"):
        folder = cache / f"models--acme--{name}"
        (folder / "blobs").mkdir(parents=True)
        (folder / "blobs" / "b1").write_text(name, encoding="utf-8")
        (folder / "config.json").write_text(name, encoding="utf-8")
        (folder / "snapshots" / "c0ffee").mkdir(parents=True)
        (folder / "snapshots" / "c0ffee" / "config.json").symlink_to("../../blobs/b1")
    (cache / "token").write_text("hf_secret", encoding="utf-8")
    return cache


async def test_one_model_of_a_cache_is_shown_and_nothing_else_of_it(
    cache: Path,
    tmp_path: Path,
    hiding_executor: Executor,
    program: MakeProgram,
    script: Callable[..., Stage],
    out: Path,
) -> None:
    vectors = tmp_path / "vectors"
    vectors.mkdir()
    (vectors / "one.npz").write_text("numbers", encoding="utf-8")
    hidden = cache / "models--acme--hidden" / "config.json"
    made = program({"look.py": LOOK}, script("look.py", hidden, cache / "token"))
    shown = Weights(repositories=(cache / "models--acme--shown",), vectors=vectors)
    outcome = await hiding_executor.run(made.model_copy(update={"weights": shown}))
    assert outcome.ok, outcome.tail
    seen = json.loads((out / "seen.json").read_text(encoding="utf-8"))
    assert seen == {"shown": "shown", "offline": "1", "vectors": "numbers", "reached": []}


async def test_where_no_sandbox_hides_paths_libraries_still_find_the_model(
    cache: Path,
    tmp_path: Path,
    executor: Executor,
    program: MakeProgram,
    script: Callable[..., Stage],
    out: Path,
) -> None:
    vectors = tmp_path / "vectors"
    vectors.mkdir()
    (vectors / "one.npz").write_text("numbers", encoding="utf-8")
    shown = Weights(repositories=(cache / "models--acme--shown",), vectors=vectors)
    made = program({"look.py": LOOK}, script("look.py"))
    outcome = await executor.run(made.model_copy(update={"weights": shown}))
    assert outcome.ok, outcome.tail
    seen = json.loads((out / "seen.json").read_text(encoding="utf-8"))
    assert (seen["shown"], seen["vectors"]) == ("shown", "numbers")


async def test_a_model_that_was_removed_meanwhile_is_not_there(
    cache: Path, executor: Executor, program: MakeProgram, script: Callable[..., Stage], out: Path
) -> None:
    made = program({"none.py": NONE}, script("none.py"))
    gone = Weights(repositories=(cache / "models--acme--gone",), vectors=cache / "no-vectors")
    outcome = await executor.run(made.model_copy(update={"weights": gone}))
    assert outcome.ok, outcome.tail
    assert json.loads((out / "seen.json").read_text(encoding="utf-8")) == []
