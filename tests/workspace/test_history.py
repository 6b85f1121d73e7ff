from pathlib import Path

import pytest

from agents.errors import WorkspaceError
from agents.workspace.repository import Repository
from tests.workspace.support import MODEL, WHEN, git, message


@pytest.fixture
def told(repository: Repository) -> Repository:
    """Two rounds of `neural`, a proposal that was not kept, one round of `traditional`."""
    facts = {"track": "neural", "verdict": "accepted"}
    repository.accept({MODEL: b"one\n"}, message("draft(neural): round 1", 1, round=1, **facts))
    repository.propose(
        "neural",
        2,
        1,
        {MODEL: b"bad\n"},
        message("repair(neural): round 2, bad", 2, track="neural", round=2, verdict="rejected"),
    )
    repository.accept(
        {MODEL: "zwei ü\n".encode()},
        message("repair(neural): round 2", 3, round=2, score="0.81", **facts),
    )
    repository.accept(
        {"tracks/traditional/model.py": b"t\n"},
        message("draft(traditional): round 1", 4, track="traditional", round=1),
    )
    return repository


def test_history_tells_main_line_and_proposals_newest_first(told: Repository) -> None:
    assert [(commit.subject, commit.ref) for commit in told.history()] == [
        ("draft(traditional): round 1", None),
        ("repair(neural): round 2", None),
        ("repair(neural): round 2, bad", "refs/iml/proposals/neural/2/1"),
        ("draft(neural): round 1", None),
        ("start: workspace for Spaceship", None),
    ]


def test_history_of_one_track_and_of_the_last_few(told: Repository) -> None:
    assert [commit.subject for commit in told.history("neural")] == [
        "repair(neural): round 2",
        "repair(neural): round 2, bad",
        "draft(neural): round 1",
    ]
    assert len(told.history(limit=2)) == 2
    assert told.history("ensemble") == []


def test_a_commit_carries_its_facts(told: Repository) -> None:
    commit = told.history("neural")[0]
    assert commit.trailers == {
        "Track": "neural",
        "Round": "2",
        "Verdict": "accepted",
        "Score": "0.81",
    }
    assert commit.author == "iml-tui"
    assert commit.parents == (told.history("neural")[-1].id,)
    assert commit.at.startswith("2026-03-01T09:33:00")


def test_a_proposal_that_became_the_main_line_is_no_longer_apart(repository: Repository) -> None:
    files, said = {MODEL: b"one\n"}, message("draft", track="neural", round=1)
    proposal = repository.propose("neural", 1, 1, files, said)
    assert repository.accept(files, said) == proposal
    assert [commit.ref for commit in repository.history()] == [None, None]


def test_show_gives_the_commit_and_its_diff(told: Repository) -> None:
    commit, diff = told.show(told.resolve("neural 2"))
    assert commit.subject == "repair(neural): round 2"
    assert f"--- a/{MODEL}\n+++ b/{MODEL}\n" in diff
    assert "-one\n+zwei ü\n" in diff
    assert told.show(commit.id, path="tracks/traditional")[1] == ""


def test_show_of_the_first_commit_has_every_line_added(told: Repository) -> None:
    _, diff = told.show(told.history()[-1].id)
    assert "+# Spaceship\n" in diff


def test_two_moments_can_be_compared(told: Repository) -> None:
    first, last = told.resolve("neural 1"), told.tip()
    assert "tracks/traditional/model.py" in told.diff(first, last)
    assert "traditional" not in told.diff(first, last, MODEL)


def test_files_are_read_as_of_a_moment(told: Repository) -> None:
    first = told.resolve("neural 1")
    assert told.read(first, MODEL) == b"one\n"
    assert told.read(first, "tracks/traditional/model.py") == b""
    assert told.tree(first, "neural") == {MODEL: b"one\n"}
    assert told.tree(first, "traditional") == {}


def test_a_moment_has_many_names(workspace: Path, told: Repository) -> None:
    second = told.history("neural")[0].id
    for name in ("neural 2", "neural/2", " Neural  2 ", "neural round 2", second[:8], "HEAD~1"):
        assert told.resolve(name) == second
    bad = git(workspace, "rev-parse", "refs/iml/proposals/neural/2/1").strip()
    assert told.resolve("neural/2/1") == bad
    assert told.resolve("main") == told.tip()


def test_a_round_that_only_was_proposed_can_be_named(repository: Repository) -> None:
    said = message("repair", track="neural", round=5)
    proposal = repository.propose("neural", 5, 1, {MODEL: b"x\n"}, said)
    assert repository.resolve("neural 5") == proposal


def test_an_unknown_name_is_answered_with_the_near_ones(told: Repository) -> None:
    with pytest.raises(WorkspaceError, match=r"'neural 7': did you mean .*neural 2"):
        told.resolve("neural 7")
    with pytest.raises(WorkspaceError, match="traditional 1"):
        told.resolve("tradtional 1")


@pytest.mark.parametrize(
    "name", ["", "  ", "--all", "-h", "^HEAD", "HEAD..main", "a\0b", "nope\n", "HEAD:README.md"]
)
def test_what_is_no_commit_is_refused_in_a_sentence(told: Repository, name: str) -> None:
    with pytest.raises(WorkspaceError, match="Nothing in this history is called"):
        told.resolve(name)


@pytest.mark.parametrize("commit", ["--output=x", "HEAD", "", "zzzzzzzz", "a" * 40])
def test_only_commit_ids_are_looked_up(told: Repository, commit: str) -> None:
    with pytest.raises(WorkspaceError):
        told.show(commit)
    with pytest.raises(WorkspaceError):
        told.read(commit, MODEL)


def test_a_merge_of_the_users_is_shown_against_its_first_parent(
    workspace: Path, told: Repository
) -> None:
    git(workspace, "switch", "--quiet", "--create", "side", "HEAD~1")
    (workspace / "report.md").write_bytes(b"side\n")
    git(workspace, "add", "report.md")
    git(workspace, "commit", "--quiet", "--message=side")
    git(workspace, "switch", "--quiet", "main")
    git(workspace, "merge", "--quiet", "--no-edit", "side")
    commit, diff = told.show(told.tip())
    assert len(commit.parents) == 2
    assert "+side\n" in diff
    assert "traditional" not in diff


def test_a_new_workspace_has_one_moment(repository: Repository) -> None:
    commits = repository.history()
    assert [commit.id for commit in commits] == [repository.tip()]
    assert commits[0].at.startswith(f"{WHEN:%Y-%m-%dT%H:%M:%S}")
