import shutil
from pathlib import Path

import pytest

from agents.errors import WorkspaceError
from agents.workspace.repository import Repository
from tests.workspace.support import MODEL, WHEN, assert_whole, git, message


def test_a_new_workspace_is_a_whole_repository_of_its_own(
    workspace: Path, repository: Repository
) -> None:
    assert_whole(workspace)
    assert git(workspace, "branch", "--show-current") == "main\n"
    assert sorted(git(workspace, "ls-files").split()) == [".gitignore", "README.md", "iml.toml"]
    assert git(workspace, "rev-parse", "HEAD").strip() == repository.tip()
    assert (workspace / "README.md").read_text(encoding="utf-8").startswith("# Spaceship\n")
    assert repository.state() == ""


def test_the_same_start_gives_the_same_commit_anywhere(
    tmp_path: Path, repository: Repository
) -> None:
    other = Repository(tmp_path / "other")
    assert other.scaffold("Spaceship", WHEN) == repository.tip()


def test_scaffolding_twice_changes_nothing(workspace: Path, repository: Repository) -> None:
    commit = repository.accept({MODEL: b"a = 1\n"}, message("draft"))
    (workspace / "submission.csv").write_text("id\n", encoding="utf-8")
    assert Repository(workspace).scaffold("another name", WHEN) == commit
    assert_whole(workspace)


def test_the_state_folder_of_an_engine_that_just_came_up_is_ours(workspace: Path) -> None:
    (workspace / ".iml").mkdir(parents=True)
    (workspace / ".iml" / "engine.lock").touch()
    Repository(workspace).scaffold("Spaceship", WHEN)
    assert_whole(workspace)


def test_settings_written_before_the_first_start_are_kept_as_the_users(workspace: Path) -> None:
    workspace.mkdir(parents=True)
    (workspace / "iml.toml").write_text('metric = "mae"\n', encoding="utf-8")
    repository = Repository(workspace)
    repository.scaffold("Spaceship", WHEN)
    assert repository.user_edits() == {"iml.toml": b'metric = "mae"\n'}


def test_a_folder_with_foreign_files_is_refused_and_left_alone(workspace: Path) -> None:
    workspace.mkdir(parents=True)
    (workspace / "thesis.tex").write_text("x", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="holds other files"):
        Repository(workspace).scaffold("x", WHEN)
    assert [file.name for file in workspace.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("with_settings", [False, True])
def test_somebody_elses_repository_is_refused(workspace: Path, with_settings: bool) -> None:
    workspace.mkdir(parents=True)
    git(workspace, "init", "--quiet", "--initial-branch=trunk")
    git(workspace, "commit", "--quiet", "--allow-empty", "--message=theirs")
    if with_settings:
        (workspace / "iml.toml").touch()
    with pytest.raises(WorkspaceError, match="is another repository"):
        Repository(workspace).scaffold("x", WHEN)
    assert git(workspace, "for-each-ref", "--format=%(refname)") == "refs/heads/trunk\n"


def test_a_main_branch_that_is_not_ours_is_refused(workspace: Path) -> None:
    workspace.mkdir(parents=True)
    git(workspace, "init", "--quiet", "--initial-branch=main")
    git(workspace, "commit", "--quiet", "--allow-empty", "--message=theirs")
    (workspace / "iml.toml").touch()
    with pytest.raises(WorkspaceError, match="is another repository"):
        Repository(workspace).scaffold("x", WHEN)


def test_a_git_file_that_points_elsewhere_is_refused(workspace: Path) -> None:
    workspace.mkdir(parents=True)
    (workspace / "iml.toml").touch()
    (workspace / ".git").write_text("gitdir: ../elsewhere\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="part of another repository"):
        Repository(workspace).scaffold("x", WHEN)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pipeline").touch()
    with pytest.raises(WorkspaceError, match="is a file"):
        Repository(tmp_path / "pipeline").scaffold("x", WHEN)


def test_a_clone_of_a_workspace_goes_on(tmp_path: Path, workspace: Path) -> None:
    tip = Repository(workspace).scaffold("Spaceship", WHEN)
    git(tmp_path, "clone", "--quiet", str(workspace), "copy")
    assert Repository(tmp_path / "copy").scaffold("Spaceship", WHEN) == tip
    assert_whole(tmp_path / "copy")


def test_a_removed_settings_file_does_not_make_the_workspace_foreign(
    workspace: Path, repository: Repository
) -> None:
    repository.accept({MODEL: b"a = 1\n"}, message("draft"))
    (workspace / "iml.toml").unlink()
    repository.scaffold("Spaceship", WHEN)
    assert repository.user_edits() == {"iml.toml": None}


def test_nothing_ever_lands_in_a_repository_around_the_workspace(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message=theirs")
    before = git(tmp_path, "for-each-ref")
    workspace = tmp_path / "pipeline"
    repository = Repository(workspace)
    repository.scaffold("Spaceship", WHEN)
    tip = repository.tip()
    shutil.rmtree(workspace / ".git")
    for call in (
        lambda: repository.accept({MODEL: b"a = 1\n"}, message("draft")),
        lambda: repository.propose("neural", 1, 1, {MODEL: b"a = 1\n"}, message("draft"), tip),
        lambda: repository.scaffold("Spaceship", WHEN),
        repository.repair,
        repository.user_edits,
        repository.history,
    ):
        with pytest.raises(WorkspaceError, match=r"\.git is gone"):
            call()
    assert "missing" in repository.state()
    assert git(tmp_path, "for-each-ref") == before
    assert not (workspace / ".git").exists()
