"""The interpreter: an allow-list that works and shows nothing else."""

import sys
from pathlib import Path

from agents.execution.runtime import Runtime, current_runtime, fingerprint, outermost


def test_the_interpreter_can_be_seen_through_all_its_links(runtime: Runtime) -> None:
    for path in (runtime.python, runtime.python.resolve(), Path(sys.base_prefix).resolve()):
        assert any(path.is_relative_to(bind) for bind in runtime.binds), path


def test_a_source_checkout_on_the_path_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    sys.path.append(str(tmp_path))
    try:
        binds = current_runtime().binds
    finally:
        sys.path.remove(str(tmp_path))
    assert not any(tmp_path.is_relative_to(bind) for bind in binds)


def test_home_is_not_shown(runtime: Runtime) -> None:
    assert not any(Path.home().resolve().is_relative_to(bind) for bind in runtime.binds)


def test_installing_or_upgrading_changes_the_fingerprint(tmp_path: Path) -> None:
    python = Path(sys.executable)
    before = fingerprint(python, [tmp_path])
    (tmp_path / "thing-1.0.dist-info").mkdir()
    installed = fingerprint(python, [tmp_path])
    (tmp_path / "thing-1.0.dist-info").rename(tmp_path / "thing-1.1.dist-info")
    assert len({before, installed, fingerprint(python, [tmp_path])}) == 3
    assert fingerprint(python, [tmp_path]) == fingerprint(python, [tmp_path])


def test_a_path_within_another_is_not_bound_twice() -> None:
    assert outermost([Path("/usr/lib"), Path("/usr"), Path("/usrlocal")]) == (
        Path("/usr"),
        Path("/usrlocal"),
    )
