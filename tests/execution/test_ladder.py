"""Which rung is taken, why not a higher one, and what a second start costs."""

from pathlib import Path

import pytest

from agents.execution import ladder
from agents.execution.ladder import candidate, probe
from agents.execution.runtime import Runtime


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import something small: what is tested is the ladder, not the libraries."""
    monkeypatch.setattr(ladder, "LIBRARIES", (("json",), ("no_such_library",)))


@pytest.fixture
def broken_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `bwrap` as it is where user namespaces are forbidden."""
    command = tmp_path / "bin" / "bwrap"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n", encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    return command


async def test_the_highest_rung_that_works_is_taken(runtime: Runtime, tmp_path: Path) -> None:
    expected = candidate("bubblewrap")
    if isinstance(expected, str):
        pytest.skip(expected)
    assert await probe(runtime, tmp_path / "cache") == expected


async def test_a_rung_that_fails_says_why_and_the_next_one_is_taken(
    runtime: Runtime, tmp_path: Path, broken_bubblewrap: Path
) -> None:
    found = await probe(runtime, tmp_path / "cache")
    assert found.rung == ("landlock" if ladder.landlock_abi() else "limits")
    assert found.refused[0] == (
        "bubblewrap",
        "The rung bubblewrap does not work here: bwrap: No permissions.",
    )


async def test_without_any_means_programs_are_only_limited(
    runtime: Runtime,
    tmp_path: Path,
    broken_bubblewrap: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ladder, "landlock_abi", lambda: 0)
    found = await probe(runtime, tmp_path / "cache")
    assert found.rung == "limits"
    assert not found.hides_paths
    assert [rung for rung, _ in found.refused] == ["bubblewrap", "landlock"]


async def test_a_verdict_is_kept_until_something_changes(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await probe(runtime, tmp_path)
    monkeypatch.setattr(ladder, "_trial", None)
    assert await probe(runtime, tmp_path) == first
    changed = runtime.model_copy(update={"fingerprint": "another"})
    with pytest.raises(TypeError):
        await probe(changed, tmp_path)


async def test_a_damaged_verdict_is_found_anew(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / ladder.CACHE_NAME).write_text("{", encoding="utf-8")
    assert (await probe(runtime, tmp_path)).rung


async def test_a_machine_that_is_slow_for_now_loses_no_protection(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = candidate("bubblewrap")
    if isinstance(expected, str):
        pytest.skip(expected)
    slow = f"import sys, time\nif sys.argv[2]:\n    time.sleep(600)\n{ladder.PROBE}"
    monkeypatch.setattr(ladder, "PROBE", slow)
    monkeypatch.setattr(ladder, "PROBE_SECONDS", 8.0)

    assert await probe(runtime, tmp_path) == expected
    assert not (tmp_path / ladder.CACHE_NAME).exists()
