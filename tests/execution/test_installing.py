"""Installing real wheels into a folder, and programs that import what lies there, on every rung."""

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from agents.errors import RetrievalError
from agents.execution.executor import Executor
from agents.execution.installing import install, layered
from agents.execution.protocol import Stage
from tests.execution.conftest import MakeProgram
from tests.wheels import installing_from, write_wheel

LOOK = """
    import sys
    from pathlib import Path

    import packaging
    import smooth_sums

    own = Path(smooth_sums.__file__).parent
    try:
        (own / "left.py").write_text("x = 1")
    except OSError:
        words = smooth_sums.WORDS
    else:
        words = "writable"
    (Path(sys.argv[1]) / "seen.txt").write_text(f"{words} {packaging.__version__}")
"""


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that needs another one, and a library that is there already."""
    folder = tmp_path / "wheels"
    write_wheel(
        folder,
        "smooth_sums",
        "1.2",
        {"smooth_sums/__init__.py": "WORDS = 'there'\n"},
        "numpy",
        "small_words",
    )
    write_wheel(folder, "small_words", "0.3", {"small_words.py": ""})
    write_wheel(folder, "numpy", "99.0", {"numpy.py": ""})
    write_wheel(folder, "greedy", "1.0", {"greedy.py": ""}, "numpy>=99")
    for name, value in installing_from(folder).items():
        monkeypatch.setenv(name, value)
    return folder


async def test_what_is_there_keeps_its_version_and_only_what_is_missing_is_added(
    wheels: Path, tmp_path: Path
) -> None:
    site, log = tmp_path / "env" / "site", tmp_path / "logs" / "install.log"

    pins = await install("smooth-sums", Path(sys.executable), site, log)

    assert sorted(pin.text for pin in pins) == ["small_words==0.3", "smooth_sums==1.2"]
    assert all(pin.address.startswith(wheels.as_uri()) and len(pin.sha256) == 64 for pin in pins)
    assert layered(site) == {"small_words": "small_words==0.3", "smooth_sums": "smooth_sums==1.2"}
    assert "Successfully installed" in log.read_text(encoding="utf-8")
    with pytest.raises(RetrievalError, match="conflict"):
        await install("greedy", Path(sys.executable), site, log)
    with pytest.raises(RetrievalError, match="No matching distribution found for nowhere"):
        await install("nowhere-at-all", Path(sys.executable), site, log)
    assert "greedy" not in layered(site)
    assert [path.name for path in site.parent.iterdir()] == ["site"]


async def test_uv_installs_where_pip_is_not_there(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)  # as in an environment that uv made
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    site, log = tmp_path / "env" / "site", tmp_path / "logs" / "install.log"

    pins = await install("smooth-sums", Path(sys.executable), site, log)

    assert sorted(pin.text for pin in pins) == ["small-words==0.3", "smooth-sums==1.2"]
    assert layered(site) == {"small_words": "small_words==0.3", "smooth_sums": "smooth_sums==1.2"}
    with pytest.raises(RetrievalError, match=r"No solution found .*: .*numpy"):
        await install("greedy", Path(sys.executable), site, log)
    monkeypatch.setenv("PATH", str(tmp_path))
    bare = tmp_path / "python"
    with pytest.raises(RetrievalError, match="neither pip nor uv"):
        await install("smooth-sums", bare, site, log)
    assert "greedy" not in layered(site)


async def test_a_wheel_that_is_broken_and_an_index_that_is_away_are_told_apart(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, log = tmp_path / "env" / "site", tmp_path / "logs" / "install.log"
    (wheels / "broken-1.0-py3-none-any.whl").write_bytes(b"PK, but no archive")
    with pytest.raises(RetrievalError, match=r"Wheel 'broken' .* is invalid"):
        await install("broken", Path(sys.executable), site, log)
    for name in installing_from(wheels):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(RetrievalError, match=r"^the package index cannot be reached$"):
        await install("small-words", Path(sys.executable), site, log)
    assert layered(site) == {}


async def test_a_program_imports_what_was_added_after_what_is_there_and_cannot_change_it(
    executor: Executor,
    tmp_path: Path,
    program: MakeProgram,
    script: Callable[..., Stage],
    out: Path,
) -> None:
    site = tmp_path / "site"
    for name, words in (("smooth_sums", "WORDS = 'there'"), ("packaging", "__version__ = '0'")):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text(words, encoding="utf-8")
    made = program({"look.py": LOOK}, script("look.py"))

    without = await executor.run(made)
    again = program({"look.py": LOOK}, script("look.py"))
    outcome = await executor.run(again.model_copy(update={"packages": site}))

    assert "No module named 'smooth_sums'" in str(without.stages[0].error)
    assert outcome.ok, outcome.tail
    hidden = executor.sandbox.hides_paths
    seen = (out / "seen.txt").read_text(encoding="utf-8")
    assert seen == f"{'there' if hidden else 'writable'} {metadata.version('packaging')}"
