"""The commands that look: the same words in a terminal, in a pipe and without colour."""

import json
from pathlib import Path

import pytest

from agents.api import Place
from agents.errors import ImlError
from iml_tui.command_line import commands
from tests.replay import replay


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return replay("ferry", tmp_path)


def said(capsys: pytest.CaptureFixture[str], place: Place, *words: str) -> str:
    """What a command says of the run."""
    with pytest.raises(SystemExit):
        commands.run_command([*words, str(place.competition)])
    return capsys.readouterr().out


def test_the_report_says_score_rounds_and_what_fools(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, place, "report")
    assert text.startswith("ferry: ")
    assert "\n  score " in text
    assert "baseline 1" in text
    assert "What will fool you" in text
    of_track = said(capsys, place, "report", "--track", "baseline")
    assert "traditional 1" not in of_track


def test_json_is_for_other_programs(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(said(capsys, place, "report", "--json"))
    assert report["card"]["score"]["value"] > 0
    commits = json.loads(said(capsys, place, "history", "--json", "--limit", "2"))
    assert len(commits) == 2
    shown = json.loads(said(capsys, place, "show", "baseline-1", "--json"))
    assert shown["diff"].startswith("diff --git")


def test_a_difference_of_two_moments_can_be_narrowed_to_a_track(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = said(capsys, place, "diff", "baseline-1", "main")
    track = said(capsys, place, "diff", "baseline-1", "main", "--track", "traditional")
    assert "tracks/traditional/model.py" in track
    assert "report.md" in whole
    assert "report.md" not in track
    assert said(capsys, place, "diff", "main", "main") == "Nothing differs between these two.\n"


def test_a_pipe_gets_neither_colour_nor_broken_lines(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    plain = said(capsys, place, "history")
    assert "\x1b" not in plain
    assert all(line[:7].isalnum() for line in plain.splitlines())


def test_colour_is_for_terminals_that_want_it(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = said(capsys, place, "show", "baseline-1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m" in said(capsys, place, "show", "baseline-1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert (
        said(capsys, place, "show", "baseline-1").replace("\x1b[1m", "").replace("\x1b[0m", "")
        == plain
    )


def test_a_folder_is_never_taken_for_a_revision(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = said(capsys, place, "show")
    assert said(capsys, place, "show", "main") == newest
    assert "report: " in newest.splitlines()[1]
    assert said(capsys, place, "diff", "baseline-1") == said(
        capsys, place, "diff", "baseline-1", "main"
    )
    for words, complaint in (
        (["diff", str(place.competition)], "Say which one or two moments"),
        (["back", str(place.competition)], "Say which moment"),
        (["show", "./nowhere"], "nowhere"),
        (["show", "nothing", str(place.competition)], "is called 'nothing'"),
    ):
        with pytest.raises(ImlError, match=complaint):
            commands.run_command(words)
