"""The argument list, the places and the environment: values, checked as values."""

from pathlib import Path, PurePosixPath

import pytest
from pydantic import JsonValue

from agents.execution.runtime import Runtime
from agents.execution.sandbox import (
    Mount,
    Places,
    bubblewrap_arguments,
    data_mounts,
    environment,
    stage_environment,
)

RUNTIME = Runtime(
    python=Path("/opt/env/bin/python"),
    fingerprint="f",
    binds=(Path("/opt/env"), Path("/usr")),
    devices=(Path("/dev/nvidia0"),),
)
MOUNTS = [
    Mount(Path("/home/u/view"), PurePosixPath("/data/1"), writable=False),
    Mount(Path("/home/u/out"), PurePosixPath("/data/0"), writable=True),
]


def arguments() -> list[str]:
    return bubblewrap_arguments(Path("/usr/bin/bwrap"), RUNTIME, MOUNTS, ["python", "x"], 1000)


def position(*words: str) -> int:
    found = arguments()
    return next(
        place for place in range(len(found)) if tuple(found[place : place + len(words)]) == words
    )


def test_the_runtime_comes_first_and_the_root_is_closed_last() -> None:
    runtime = position("--ro-bind", "/usr", "/usr")
    dev = position("--dev", "/dev")
    device = position("--dev-bind", "/dev/nvidia0", "/dev/nvidia0")
    writable = position("--bind", "/home/u/out", "/data/0")
    read_only = position("--ro-bind", "/home/u/view", "/data/1")
    closed = position("--remount-ro", "/")
    command = position("--", "python", "x")
    assert runtime < dev < device < writable < read_only < closed < command


def test_everything_is_unshared_and_dies_with_its_parent() -> None:
    head = arguments()[: position("--ro-bind")]
    assert {"--unshare-all", "--die-with-parent", "--new-session"} <= set(head)
    assert "--share-net" not in arguments()


def test_shared_memory_is_as_large_as_the_memory_limit() -> None:
    assert position("--size", "1000", "--tmpfs", "/dev/shm") > position("--dev", "/dev")


def test_only_mounts_that_are_asked_for_exist() -> None:
    found = arguments()
    bound = [found[place + 1] for place, word in enumerate(found) if word.endswith("bind")]
    assert bound == ["/opt/env", "/usr", "/dev/nvidia0", "/home/u/out", "/home/u/view"]


def test_a_path_that_is_read_and_written_is_mounted_once_and_writable(tmp_path: Path) -> None:
    shared, other = tmp_path / "objects", tmp_path / "view"
    mounts = data_mounts(reads=[other, shared], writes=[shared])
    assert [(mount.outside, mount.writable) for mount in mounts] == [(shared, True), (other, False)]
    assert len({mount.inside for mount in mounts}) == 2


def test_places_betray_nothing_but_a_file_keeps_its_name(tmp_path: Path) -> None:
    folder, file = tmp_path / "cats", tmp_path / "test.csv"
    folder.mkdir()
    file.touch()
    inside = [str(mount.inside) for mount in data_mounts([folder, file], [])]
    assert inside == ["/data/0", "/data/1/test.csv"]


def test_the_deepest_mount_translates_a_path() -> None:
    places = Places(
        [
            Mount(Path("/a"), PurePosixPath("/data/0"), writable=False),
            Mount(Path("/a/b"), PurePosixPath("/data/1"), writable=True),
        ]
    )
    assert places.inside(Path("/a/c.csv")) == "/data/0/c.csv"
    assert places.inside(Path("/a/b/c.csv")) == "/data/1/c.csv"
    assert places.inside(Path("/elsewhere")) == "/elsewhere"


def test_arguments_are_translated_also_within_lists(tmp_path: Path) -> None:
    places = Places([Mount(tmp_path.resolve(), PurePosixPath("/data/0"), writable=False)])
    argv: JsonValue = ["solution.py", "--data", f"{tmp_path}/view", 3, None]
    assert places.argument(argv) == ["solution.py", "--data", "/data/0/view", 3, None]


def test_the_environment_is_built_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "secret")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    made = environment(RUNTIME, "/tmp/start-0", cores=4, confinement="namespace")
    assert "secret" not in made.values()
    assert made["TZ"] == "Europe/Berlin"
    assert made["HOME"].startswith("/tmp/start-0/")
    assert made["HF_HUB_OFFLINE"] == "1"
    assert made["PYTHONHASHSEED"] == "0"


def test_a_process_that_forks_loads_openblas_with_one_thread() -> None:
    assert (
        environment(RUNTIME, "/tmp/start-0", cores=4, confinement="namespace")[
            "OPENBLAS_NUM_THREADS"
        ]
        == "1"
    )
    assert stage_environment("/tmp/0", cores=4)["OPENBLAS_NUM_THREADS"] == "4"
    assert stage_environment("/tmp/0", cores=4)["OMP_NUM_THREADS"] == "4"


def test_without_semaphores_joblib_works_serially() -> None:
    assert "JOBLIB_MULTIPROCESSING" not in environment(RUNTIME, "/tmp/s", 4, "namespace")
    assert environment(RUNTIME, "/tmp/s", 4, "files")["JOBLIB_MULTIPROCESSING"] == "0"
