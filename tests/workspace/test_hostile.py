"""Whatever the user, the folder or the machine has set up: nothing of it runs, nothing breaks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.errors import WorkspaceError
from agents.workspace.repository import Repository
from tests.workspace.support import MODEL, WHEN, assert_whole, git, message


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a trace when somebody runs it, and fails."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def use_everything(repository: Repository) -> None:
    commit = repository.accept({MODEL: b"one\r\ntwo\n"}, message("one", track="neural", round=1))
    repository.propose("neural", 2, 1, {MODEL: b"three\n"}, message("two", 1))
    (repository.workspace / MODEL).write_bytes(b"mine\r\n")
    repository.commit_user_edits(repository.user_edits(), WHEN)
    repository.go_back("neural", commit, message("back", 2))
    repository.repair()
    assert len(repository.history()) == 5
    assert "+one\r\n" in repository.show(commit)[1]
    assert (repository.workspace / MODEL).read_bytes() == b"one\r\ntwo\n"
    assert repository.read(repository.tip(), MODEL) == b"one\r\ntwo\n"


HOSTILE = {
    "commit.gpgsign": "true",
    "gpg.program": "TRAP",
    "log.showSignature": "true",
    "core.hooksPath": "HOOKS",
    "core.fsmonitor": "TRAP",
    "core.autocrlf": "true",
    "core.safecrlf": "true",
    "core.pager": "TRAP",
    "core.quotePath": "true",
    "diff.external": "TRAP",
    "diff.noprefix": "true",
    "diff.evil.textconv": "TRAP",
    "filter.evil.clean": "TRAP",
    "filter.evil.smudge": "TRAP",
    "filter.evil.required": "true",
    "i18n.commitEncoding": "latin1",
    "i18n.logOutputEncoding": "latin1",
    "init.defaultBranch": "trunk",
    "core.whitespace": "cr-at-eol",
    "user.useConfigOnly": "true",
    "color.ui": "always",
}


@pytest.mark.parametrize("scope", ["--global", "--local"])
def test_hooks_filters_signing_and_encodings_of_the_user_have_no_effect(
    tmp_path: Path, workspace: Path, trap: Path, scope: str
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("pre-commit", "reference-transaction", "post-commit", "post-index-change"):
        shutil.copy(trap, hooks / hook)
    repository = Repository(workspace)
    if scope == "--local":
        repository.scaffold("Größe", WHEN)
        attributes = workspace / ".git" / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("* filter=evil diff=evil text\n", encoding="utf-8")
    for name, value in HOSTILE.items():
        value = {"TRAP": str(trap), "HOOKS": str(hooks)}.get(value, value)
        subprocess.run(
            ["git", "config", scope, name, value],
            cwd=workspace if scope == "--local" else tmp_path,
            check=True,
        )
    repository.scaffold("Größe", WHEN)
    use_everything(repository)
    assert repository.history()[-1].subject == "start: workspace for Größe"
    assert not (tmp_path / "sprung").exists()


def test_git_variables_around_us_have_no_effect(
    tmp_path: Path, workspace: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=main")
    git(other, "commit", "--quiet", "--allow-empty", "--message=theirs")
    before = git(other, "for-each-ref")
    hostile = {
        "GIT_DIR": str(other / ".git"),
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": str(other / ".git" / "index"),
        "GIT_OBJECT_DIRECTORY": str(other / ".git" / "objects"),
        "GIT_NAMESPACE": "x",
        "GIT_EXTERNAL_DIFF": str(trap),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(tmp_path),
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_AUTHOR_NAME": "Somebody",
        "GIT_COMMITTER_DATE": "2001-01-01",
        "GIT_TRACE": str(tmp_path / "trace"),
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    repository = Repository(workspace)
    repository.scaffold("Spaceship", WHEN)
    use_everything(repository)
    for name in hostile:
        monkeypatch.delenv(name)
    assert git(other, "for-each-ref") == before
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "trace").exists()
    assert_whole(workspace)
    assert "Somebody" not in git(workspace, "log", "--format=%an %cn")
    assert "2001" not in git(workspace, "log", "--format=%ci")


def test_a_machine_without_git_is_told_so(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkspaceError, match="git is not installed"):
        Repository(workspace).scaffold("x", WHEN)


def test_without_git_even_the_first_import_of_its_library_is_survived(tmp_path: Path) -> None:
    """GitPython refuses to be imported where there is no git."""
    code = (
        "import pathlib, sys\n"
        "from tests.workspace.support import WHEN\n"
        "from agents.errors import WorkspaceError\n"
        "from agents.workspace.repository import Repository\n"
        "try:\n"
        "    Repository(pathlib.Path(sys.argv[1])).scaffold('x', WHEN)\n"
        "except WorkspaceError as error:\n"
        "    sys.exit(f'told: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "pipeline")],
        env={"PATH": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.startswith("told: git is not installed")


def test_a_screen_can_paint_before_it_loads_git_or_anything_heavy() -> None:
    code = (
        "import sys\n"
        "import agents.workspace.repository\n"
        "sys.exit(' '.join({'git', 'pandas', 'numpy', 'sklearn'} & {*sys.modules}))\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stderr == "\n"


def test_a_git_that_is_too_old_is_named(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho git version 2.17.1\n", encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    with pytest.raises(WorkspaceError, match=r"git 2\.17 is too old: install git 2\.30"):
        Repository(workspace).scaffold("x", WHEN)


def test_a_damaged_repository_is_a_sentence(workspace: Path, repository: Repository) -> None:
    (workspace / ".git" / "HEAD").write_text("nonsense", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="git rev-parse failed"):
        repository.tip()


def test_a_lost_object_is_a_sentence(workspace: Path, repository: Repository) -> None:
    commit = repository.accept({MODEL: b"one\n"}, message("one"))
    blob = git(workspace, "rev-parse", f"{commit}:{MODEL}").strip()
    (workspace / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(WorkspaceError, match=f"has lost {blob}"):
        repository.tree(commit, "neural")


def test_a_full_disk_is_a_sentence_and_breaks_nothing(tmp_path: Path) -> None:
    """On a real file system of 2 MiB, where the machine lets us make one."""
    code = (
        "import os, pathlib, sys\n"
        "from agents.errors import WorkspaceError\n"
        "from tests.workspace.support import MODEL, WHEN, assert_whole, message\n"
        "from agents.workspace.repository import Repository\n"
        "repository = Repository(pathlib.Path('/small/pipeline'))\n"
        "repository.scaffold('Spaceship', WHEN)\n"
        "try:\n"
        "    for n in range(99):\n"
        "        repository.accept({MODEL: os.urandom(200_000)}, message('one', n))\n"
        "except WorkspaceError as error:\n"
        "    print('told:', error)\n"
        "(repository.workspace / MODEL).unlink()\n"
        "(repository.workspace / 'tracks/neural').rmdir()\n"
        "for leftover in repository.workspace.glob('.git/iml-*'): leftover.unlink()\n"
        "os.execvp('git', ['git', '-C', '/small/pipeline', 'fsck', '--no-dangling'])\n"
    )
    command = ["bwrap", "--dev-bind", "/", "/", "--size", str(2 * 2**20), "--tmpfs", "/small"]
    if shutil.which("bwrap") is None or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("this machine makes no small file systems")
    done = subprocess.run(
        [*command, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "told: The disk that holds /small/pipeline is full" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr
