from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agents.errors import RefMovedError, WorkspaceError
from agents.workspace.repository import Repository
from tests.workspace.support import MODEL, PREPROCESS, WHEN, assert_whole, git, message


def test_a_proposal_touches_neither_main_line_nor_index_nor_files(
    workspace: Path, repository: Repository
) -> None:
    tip = repository.tip()
    commit = repository.propose("neural", 2, 1, {MODEL: b"a = 1\n"}, message("repair"))
    assert repository.tip() == tip
    assert not (workspace / "tracks").exists()
    assert git(workspace, "rev-parse", "refs/iml/proposals/neural/2/1").strip() == commit
    assert repository.tree(commit, "neural") == {MODEL: b"a = 1\n"}
    assert_whole(workspace)


def test_the_same_proposal_has_the_same_id(repository: Repository) -> None:
    first, second = (
        repository.propose("neural", 2, 1, {MODEL: b"a = 1\n"}, message("repair")) for _ in "ab"
    )
    assert first == second


def test_a_proposal_can_build_on_another(repository: Repository) -> None:
    first = repository.propose("neural", 1, 1, {MODEL: b"a = 1\n"}, message("one"))
    second = repository.propose("neural", 2, 1, {PREPROCESS: b"b\n"}, message("two"), first)
    assert repository.tree(second, "neural") == {MODEL: b"a = 1\n", PREPROCESS: b"b\n"}


def test_a_proposal_for_one_track_cannot_change_another(repository: Repository) -> None:
    with pytest.raises(WorkspaceError, match="may change only"):
        repository.propose("neural", 1, 1, {"tracks/baseline/model.py": b""}, message("x"))


def test_accepting_replaces_only_the_named_paths(workspace: Path, repository: Repository) -> None:
    repository.accept({"tracks/baseline/model.py": b"base\n", MODEL: b"one\n"}, message("one"))
    commit = repository.accept({MODEL: b"two\n", "report.md": b"done\n"}, message("two"))
    assert git(workspace, "show", "--name-only", "--format=", commit).split() == [
        "report.md",
        MODEL,
    ]
    assert (workspace / MODEL).read_bytes() == b"two\n"
    assert (workspace / "tracks/baseline/model.py").read_bytes() == b"base\n"
    assert_whole(workspace)


def test_accepting_again_finds_the_same_commit(workspace: Path, repository: Repository) -> None:
    first = repository.accept({MODEL: b"one\n"}, message("one"))
    assert repository.accept({MODEL: b"one\n"}, message("one")) == first
    second = repository.accept({MODEL: b"two\n"}, message("two", 1))
    assert repository.accept({MODEL: b"one\n"}, message("one")) == first
    assert repository.tip() == second
    assert (workspace / MODEL).read_bytes() == b"two\n"


def test_the_same_words_at_another_time_are_another_acceptance(repository: Repository) -> None:
    first = repository.accept({MODEL: b"one\n"}, message("one"))
    assert repository.accept({MODEL: b"one\n"}, message("one", 1)) != first


def test_a_file_that_goes_takes_its_empty_folder_along(
    workspace: Path, repository: Repository
) -> None:
    repository.accept({MODEL: b"one\n"}, message("one"))
    repository.accept({MODEL: None}, message("two", 1))
    assert not (workspace / "tracks/neural").exists()
    assert_whole(workspace)


def test_removing_what_was_never_there_is_harmless(workspace: Path, repository: Repository) -> None:
    repository.accept({MODEL: None}, message("one"))
    assert_whole(workspace)


@pytest.mark.parametrize("content", [b"", b"\xff\x00\r\n", "ß\r\nlone\n".encode()])
def test_bytes_come_back_as_they_were_given(
    workspace: Path, repository: Repository, content: bytes
) -> None:
    commit = repository.accept({MODEL: content}, message("bytes"))
    assert repository.read(commit, MODEL) == content
    assert (workspace / MODEL).read_bytes() == content
    assert_whole(workspace)


def test_a_path_off_the_list_is_refused_before_anything_happens(repository: Repository) -> None:
    tip = repository.tip()
    with pytest.raises(WorkspaceError, match="does not belong"):
        repository.accept({MODEL: b"", "train.csv": b"1,2\n"}, message("x"))
    assert repository.tip() == tip


def test_moving_the_main_line_is_a_compare_and_swap(repository: Repository) -> None:
    start = repository.tip()
    mine = repository.build_commit({MODEL: b"mine\n"}, message("mine"), start)
    theirs = repository.accept({MODEL: b"theirs\n"}, message("theirs"))
    with pytest.raises(RefMovedError):
        repository.move_ref(mine, start)
    assert repository.tip() == theirs
    repository.move_ref(theirs, start)
    assert repository.tip() == theirs


def test_two_threads_lose_nothing(workspace: Path, repository: Repository) -> None:
    twin = Repository(workspace)

    def work(track: str, through: Repository) -> list[str]:
        path = f"tracks/{track}/model.py"
        return [
            through.accept({path: f"{number}\n".encode()}, message(f"{track} {number}", number))
            for number in range(6)
        ]

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(work, "neural", repository), pool.submit(work, "ensemble", repository)]
        ids = [commit for job in jobs for commit in job.result()]
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(work, "baseline", repository), pool.submit(work, "pretrained", twin)]
        ids += [commit for job in jobs for commit in job.result()]
    repository.materialise()
    on_main = git(workspace, "rev-list", "main").split()
    assert len(set(ids)) == 24
    assert set(ids) <= set(on_main)
    assert len(on_main) == 25
    assert_whole(workspace)


def test_readers_work_while_a_writer_writes(repository: Repository) -> None:
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(
            lambda: [repository.accept({MODEL: b"%d" % n}, message("w", n)) for n in range(8)]
        )
        reading = pool.submit(lambda: [repository.history() for _ in range(20)])
        assert len(writing.result()) == 8
        assert all(reading.result())


def test_going_back_restores_the_track_with_deletions_and_keeps_what_came_later(
    workspace: Path, repository: Repository
) -> None:
    one = repository.accept({MODEL: b"one\n", "report.md": b"r1\n"}, message("one"))
    two = repository.accept(
        {MODEL: b"two\n", PREPROCESS: b"p\n", "report.md": b"r2\n"}, message("two", 1)
    )
    back = repository.go_back("neural", one, message("back to one", 2))
    assert repository.tree(back, "neural") == {MODEL: b"one\n"}
    assert not (workspace / PREPROCESS).exists()
    assert (workspace / "report.md").read_bytes() == b"r2\n"
    assert two in git(workspace, "rev-list", "main").split()
    assert_whole(workspace)


def test_going_back_and_forth_and_back_again(workspace: Path, repository: Repository) -> None:
    one = repository.accept({MODEL: b"one\n"}, message("one"))
    two = repository.accept({MODEL: b"two\n", PREPROCESS: b"p\n"}, message("two", 1))
    first = repository.go_back("neural", one, message("back", 2))
    assert repository.go_back("neural", one, message("back", 2)) == first
    repository.go_back("neural", two, message("forth", 3))
    assert (workspace / PREPROCESS).read_bytes() == b"p\n"
    again = repository.go_back("neural", one, message("back", 4))
    assert again != first
    assert repository.tree(again, "neural") == {MODEL: b"one\n"}
    assert len(git(workspace, "rev-list", "main").split()) == 6
    assert_whole(workspace)


def test_going_back_before_the_track_existed_removes_it(
    workspace: Path, repository: Repository
) -> None:
    start = repository.tip()
    repository.accept({MODEL: b"one\n"}, message("one"))
    repository.go_back("neural", start, message("back", 1))
    assert not (workspace / "tracks/neural").exists()
    assert repository.user_edits() == {}


def test_an_accept_of_an_old_date_still_comes_last_on_the_main_line(
    repository: Repository,
) -> None:
    repository.accept({MODEL: b"one\n"}, message("one", 10))
    late = repository.accept({MODEL: b"two\n"}, message("two", -10))
    assert repository.tip() == late
    assert repository.history()[0].id == late
    assert WHEN.isoformat() == repository.history()[-1].at.replace("Z", "+00:00")
