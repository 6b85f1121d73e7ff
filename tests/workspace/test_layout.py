import pytest

from agents.errors import WorkspaceError
from agents.workspace.layout import (
    SIZE_LIMIT,
    check_files,
    is_allowed,
    template_files,
    track_folder,
    track_of,
)


@pytest.mark.parametrize(
    "path",
    [
        "tracks/neural/model.py",
        "tracks/traditional/contract.json",
        "task.json",
        "iml.toml",
        ".gitignore",
        "report.md",
    ],
)
def test_code_contracts_plan_and_reports_belong_to_the_history(path: str) -> None:
    assert is_allowed(path)


@pytest.mark.parametrize(
    "path",
    [
        "submission.csv",
        "model/weights.bin",
        ".iml/journal.db",
        ".git/config",
        ".gitattributes",
        "tracks/neural/train.csv",
        "tracks/neural/sub/model.py",
        "tracks/../../model.py",
        "tracks/../model.py",
        "tracks/-x/model.py",
        "tracks/a\nb/model.py",
        "tracks/é/model.py",
        "tracks//model.py",
        "/etc/task.json",
        "./task.json",
        "task.json\n",
        "Task.json",
        "",
    ],
)
def test_everything_else_is_refused(path: str) -> None:
    assert not is_allowed(path)
    with pytest.raises(WorkspaceError, match="does not belong"):
        check_files({path: b""})


def test_a_file_over_the_size_limit_is_refused_by_name() -> None:
    check_files({"report.md": b"x" * SIZE_LIMIT})
    with pytest.raises(WorkspaceError, match=r"report\.md is larger than 1 MiB"):
        check_files({"report.md": b"x" * (SIZE_LIMIT + 1)})


def test_a_track_knows_its_paths() -> None:
    assert track_folder("neural") == "tracks/neural"
    assert track_of("tracks/neural/model.py") == "neural"
    assert track_of("report.md") is None
    with pytest.raises(WorkspaceError, match="cannot be the name of a track"):
        track_folder("../x")


def test_a_new_workspace_starts_with_a_readme_settings_and_what_git_ignores() -> None:
    files = template_files("Größe $x\nof things")
    assert set(files) == {"README.md", "iml.toml", ".gitignore"}
    assert files["README.md"].decode().startswith("# Größe $x of things\n")
    assert {"submission.csv", "model/", ".iml/"} <= set(files[".gitignore"].decode().splitlines())
