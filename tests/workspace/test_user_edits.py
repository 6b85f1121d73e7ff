from pathlib import Path

import pytest

from agents.workspace.layout import SIZE_LIMIT
from agents.workspace.repository import Repository
from tests.workspace.support import MODEL, PREPROCESS, WHEN, assert_whole, git, message


@pytest.fixture
def drafted(repository: Repository) -> Repository:
    repository.accept({MODEL: b"ours\n", PREPROCESS: b"ours\n"}, message("draft"))
    return repository


def test_what_we_wrote_is_not_an_edit(drafted: Repository) -> None:
    assert drafted.user_edits() == {}


def test_changed_added_and_removed_files_are_edits(workspace: Path, drafted: Repository) -> None:
    (workspace / MODEL).write_text("größer\n", encoding="utf-8")
    (workspace / PREPROCESS).unlink()
    (workspace / "report.md").write_text("mine\n", encoding="utf-8")
    assert drafted.user_edits() == {
        MODEL: "größer\n".encode(),
        PREPROCESS: None,
        "report.md": b"mine\n",
    }


def test_only_the_allow_list_is_looked_at(workspace: Path, drafted: Repository) -> None:
    for name in ("train.csv", "tracks/neural/notes.txt", "tracks/a b/model.py", "tracks/é\n.py"):
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).write_text("x", encoding="utf-8")
    assert drafted.user_edits() == {}
    drafted.accept({MODEL: b"next\n"}, message("next", 1))
    assert git(workspace, "ls-files", "train.csv", "tracks/neural/notes.txt") == ""


def test_edits_are_committed_in_the_users_name(workspace: Path, drafted: Repository) -> None:
    git(workspace, "config", "--global", "user.name", "Ada Lovelace")
    git(workspace, "config", "--global", "user.email", "ada@example.org")
    (workspace / MODEL).write_bytes(b"mine\n")
    (workspace / "README.md").write_bytes(b"mine\n")
    found = drafted.commit_user_edits(drafted.user_edits(), WHEN)
    assert found is not None
    assert found.tracks == ("neural",)
    assert found.commit == drafted.tip()
    people = git(workspace, "log", "-1", "--format=%an <%ae>, %cn <%ce>")
    assert people == "Ada Lovelace <ada@example.org>, Ada Lovelace <ada@example.org>\n"
    assert drafted.history()[0].subject == "edit(neural): README.md, neural/model.py"
    assert drafted.user_edits() == {}
    assert_whole(workspace)


def test_a_user_without_a_git_name_is_called_you(workspace: Path, drafted: Repository) -> None:
    (workspace / PREPROCESS).unlink()
    found = drafted.commit_user_edits(drafted.user_edits(), WHEN)
    assert found is not None
    assert git(workspace, "log", "-1", "--format=%an") == "you\n"
    assert git(workspace, "ls-files", PREPROCESS) == ""
    assert not (workspace / PREPROCESS).exists()
    assert_whole(workspace)


@pytest.mark.parametrize("name", ["<>", "...", "Zoë <b>\tX"])
def test_an_odd_git_name_does_no_harm(workspace: Path, drafted: Repository, name: str) -> None:
    git(workspace, "config", "--global", "user.name", name)
    (workspace / MODEL).write_bytes(b"mine\n")
    assert drafted.commit_user_edits(drafted.user_edits(), WHEN) is not None
    assert git(workspace, "log", "-1", "--format=%an") in {"you\n", "Zoë bX\n"}


def test_no_edits_make_no_commit(drafted: Repository) -> None:
    tip = drafted.tip()
    assert drafted.commit_user_edits({}, WHEN) is None
    assert drafted.tip() == tip


def test_an_edit_is_never_overwritten(workspace: Path, drafted: Repository) -> None:
    (workspace / MODEL).write_bytes(b"mine\n")
    drafted.accept({MODEL: b"next\n", PREPROCESS: b"next\n"}, message("next", 1))
    drafted.repair()
    assert (workspace / MODEL).read_bytes() == b"mine\n"
    assert (workspace / PREPROCESS).read_bytes() == b"next\n"
    assert drafted.user_edits() == {MODEL: b"mine\n"}
    assert git(workspace, "status", "--porcelain") == f" M {MODEL}\n"


def test_a_removal_is_not_undone_by_the_next_acceptance(
    workspace: Path, drafted: Repository
) -> None:
    (workspace / MODEL).unlink()
    drafted.accept({MODEL: b"next\n"}, message("next", 1))
    assert not (workspace / MODEL).exists()
    assert drafted.user_edits() == {MODEL: None}


def test_an_old_version_put_back_by_hand_is_an_edit(workspace: Path, drafted: Repository) -> None:
    drafted.accept({MODEL: b"next\n"}, message("next", 1))
    (workspace / MODEL).write_bytes(b"ours\n")
    drafted.repair()
    assert drafted.user_edits() == {MODEL: b"ours\n"}


def test_what_the_user_has_staged_stays_staged(workspace: Path, drafted: Repository) -> None:
    (workspace / MODEL).write_bytes(b"mine\n")
    (workspace / "notes.txt").write_bytes(b"mine\n")
    git(workspace, "add", MODEL, "notes.txt")
    drafted.accept({PREPROCESS: b"next\n"}, message("next", 1))
    assert git(workspace, "status", "--porcelain") == f"A  notes.txt\nM  {MODEL}\n"


def test_a_commit_of_the_users_own_needs_no_second_one(
    workspace: Path, drafted: Repository
) -> None:
    before = drafted.tip()
    (workspace / MODEL).write_bytes(b"mine\n")
    git(workspace, "commit", "--quiet", "--all", "--message=tune by hand")
    assert drafted.user_edits() == {}
    assert drafted.tracks_changed(before, drafted.tip()) == ("neural",)
    drafted.accept({PREPROCESS: b"next\n"}, message("next", 1))
    assert (workspace / MODEL).read_bytes() == b"mine\n"
    assert [commit.subject for commit in drafted.history(limit=2)] == ["next", "tune by hand"]
    assert_whole(workspace)


def test_a_huge_file_is_left_out_and_said(workspace: Path, drafted: Repository) -> None:
    (workspace / MODEL).write_bytes(b"#" * (SIZE_LIMIT + 1))
    assert drafted.user_edits() == {}
    assert drafted.state().startswith(f"{MODEL} stays out of git")
    drafted.accept({MODEL: b"next\n"}, message("next", 1))
    assert (workspace / MODEL).stat().st_size == SIZE_LIMIT + 1


@pytest.mark.parametrize("linked", ["tracks", "tracks/neural"])
def test_nothing_is_written_through_a_linked_folder(
    tmp_path: Path, workspace: Path, repository: Repository, linked: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "neural").mkdir(parents=True)
    (workspace / linked).parent.mkdir(exist_ok=True)
    (workspace / linked).symlink_to(elsewhere)
    repository.accept({MODEL: b"ours\n"}, message("draft"))
    assert [file for file in elsewhere.rglob("*") if file.is_file()] == []
    assert repository.user_edits() == {}


def test_a_lost_record_loses_no_edit(workspace: Path, drafted: Repository) -> None:
    drafted.accept({PREPROCESS: b"next\n"}, message("next", 1))
    (workspace / MODEL).write_bytes(b"mine\n")
    (workspace / ".iml" / "materialised.json").write_text("{broken", encoding="utf-8")
    drafted.repair()
    assert drafted.user_edits() == {MODEL: b"mine\n"}
    assert (workspace / PREPROCESS).read_bytes() == b"next\n"


def test_on_another_branch_only_our_ref_moves(workspace: Path, drafted: Repository) -> None:
    git(workspace, "switch", "--quiet", "--create", "experiment")
    (workspace / MODEL).write_bytes(b"mine\n")
    commit = drafted.accept({MODEL: b"next\n"}, message("next", 1))
    assert drafted.tip() == commit
    assert (workspace / MODEL).read_bytes() == b"mine\n"
    assert git(workspace, "status", "--porcelain") == f" M {MODEL}\n"
    assert drafted.user_edits() == {}
    assert drafted.state().startswith("you are on branch experiment:")
    git(workspace, "checkout", "--quiet", "--", MODEL)
    git(workspace, "switch", "--quiet", "main")
    assert drafted.state() == ""
    assert (workspace / MODEL).read_bytes() == b"next\n"
    drafted.repair()
    assert drafted.user_edits() == {}
    assert_whole(workspace)


def test_in_a_rebase_only_our_ref_moves(workspace: Path, drafted: Repository) -> None:
    git(workspace, "switch", "--quiet", "--create", "experiment", "main~1")
    (workspace / "tracks/neural").mkdir(parents=True)
    (workspace / MODEL).write_bytes(b"mine\n")
    git(workspace, "add", MODEL)
    git(workspace, "commit", "--quiet", "--message=mine")
    git(workspace, "switch", "--quiet", "main")
    with pytest.raises(Exception, match="returned non-zero"):
        git(workspace, "rebase", "--quiet", "experiment")
    conflict = (workspace / MODEL).read_bytes()
    drafted.accept({PREPROCESS: b"next\n"}, message("next", 1))
    assert drafted.state().startswith("a rebase is under way:")
    assert (workspace / MODEL).read_bytes() == conflict
    git(workspace, "rebase", "--abort")
    drafted.repair()
    assert drafted.state() == ""


def test_a_busy_index_is_waited_for_left_alone_and_mended_later(
    workspace: Path, drafted: Repository
) -> None:
    lock = workspace / ".git" / "index.lock"
    lock.write_bytes(b"DIRC of the user's own git")
    drafted.accept({MODEL: b"next\n"}, message("next", 1))
    assert lock.exists()
    assert drafted.state().startswith("git is busy")
    assert (workspace / MODEL).read_bytes() == b"next\n"
    lock.unlink()
    drafted.materialise()
    assert drafted.user_edits() == {}
    assert_whole(workspace)
