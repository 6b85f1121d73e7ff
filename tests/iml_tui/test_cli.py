"""The command line: what may be typed, what is refused and how, what a foreign package does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from agents import api
from agents.errors import InputError
from agents.journal import events
from agents.journal.store import Journal
from agents.models import Commit
from iml_tui.command_line import commands, options
from iml_tui.looking_back import timetravel

NAMES = {"run", "history", "show", "back", "demo"}


def iml_tui(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "iml_tui.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["./boats"], ["run", "./boats"]),
        (["boats", "--target", "price"], ["run", "boats", "--target", "price"]),
        (["--target", "price", "boats"], ["run", "--target", "price", "boats"]),
        (["./run"], ["run", "./run"]),
        (["run", "boats"], ["run", "boats"]),
        (["histroy"], ["histroy"]),
        (["--version"], ["--version"]),
        ([], []),
    ],
)
def test_a_folder_alone_means_run(typed: list[str], meant: list[str]) -> None:
    assert commands.with_command(typed, NAMES) == meant


def test_a_folder_named_almost_like_a_command_is_still_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demos").mkdir()
    assert commands.with_command(["demos"], NAMES) == ["run", "demos"]


def test_a_folder_whose_name_is_no_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    said = iml_tui("run", f"{tmp_path}/{os.fsdecode(bytes([0x62, 0xFF]))}")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "is not UTF-8 here: rename it" in said.stderr


def test_a_terminal_that_lacks_letters_gets_question_marks(tmp_path: Path) -> None:
    said = iml_tui("run", str(tmp_path / "größer"), PYTHONIOENCODING="ascii")
    assert said.returncode == 2
    assert "gr??er does not exist" in said.stderr


def test_a_current_folder_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    said = iml_tui("recent")
    monkeypatch.chdir(tmp_path)
    assert said.returncode == 2
    assert said.stderr == (
        "iml-tui: the folder that this terminal is in is gone: go to another one first.\n"
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300", 300), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1.5H", 5400), ("2h", 7200)],
)
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert options.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5x", "m5", "5 m", "-5"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no time"):
        options.seconds(text)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["./nowhere"], "does not exist"),
        ([__file__], "is a file"),
        ([".", "--time-limit", "1"], "say a number of at least 30"),
        (["history", "/"], "Nothing was run in / yet"),
        (["show", "HEAD", "/"], "Nothing was run in / yet"),
        (["back", "traditional-1", "/"], "Nothing was run in / yet"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_code_2(words: list[str], sentence: str) -> None:
    said = iml_tui(*words)
    assert said.returncode == 2
    assert said.stdout == ""
    assert sentence in said.stderr
    assert said.stderr.startswith("iml-tui: ")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["export", ".", "--to", "paper"], ["set", ".", "--colour"], ["answer"], ["--colour"]]
)
def test_what_is_mistyped_leads_to_the_help_of_its_own_command(words: list[str]) -> None:
    command = "run" if words[0].startswith("-") else words[0]
    with pytest.raises(InputError, match=f"; iml-tui {command} --help says what it takes"):
        commands.run_command(words)


def test_a_misspelt_command_is_named_with_the_nearest() -> None:
    said = iml_tui("histroy")
    assert said.returncode == 2
    assert "Did you mean 'history'?" in said.stderr


def test_an_unknown_setting_in_a_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "iml-tui").mkdir()
    settings = tmp_path / "iml-tui" / "config.toml"
    settings.write_text("time_limt = 60\n", encoding="utf-8")
    said = iml_tui("run", str(tmp_path), "--headless", XDG_CONFIG_HOME=str(tmp_path))
    assert said.returncode == 2
    assert "did you mean time_limit?" in said.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["iml-tui"]


def test_a_foreign_package_called_agents_is_refused_in_one_sentence(tmp_path: Path) -> None:
    foreign = tmp_path / "agents"
    foreign.mkdir()
    (foreign / "__init__.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    said = iml_tui("--version", PYTHONPATH=str(tmp_path))
    assert said.returncode == 2
    assert str(foreign) in said.stderr
    assert "pipx install iml-tui" in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.fixture
def begun(tmp_path: Path) -> api.Place:
    """A workspace whose run was started with a target and has not ended."""
    place = api.Place(competition=tmp_path, workspace=tmp_path / "pipeline")
    place.state_dir.mkdir(parents=True)
    journal = Journal(place.state_dir)
    journal.start_run()
    settings = {"target": "price", "metric": None, "time_limit": 300.0}
    journal.append(events.RunStarted(competition=str(tmp_path), name="boats", settings=settings))
    journal.close()
    return place


def test_a_run_that_was_started_keeps_its_settings(begun: api.Place) -> None:
    same = api.settings_for(begun, {"target": "price"})
    commands.refuse_unsuitable(begun, {"target": "price"}, same, new=False)
    other = api.settings_for(begun, {"metric": "mae"})
    with pytest.raises(InputError, match=r"was started without --metric .* leave --metric out"):
        commands.refuse_unsuitable(begun, {"metric": "mae"}, other, new=False)
    longer = api.settings_for(begun, {"time_limit": 600})
    with pytest.raises(InputError, match=r"with --time-limit 300\.0 "):
        commands.refuse_unsuitable(begun, {"time_limit": 600}, longer, new=False)


def test_another_run_is_refused_while_the_last_is_not_over(begun: api.Place) -> None:
    with pytest.raises(InputError, match=r"Run 1 .* is not over: leave out --new"):
        commands.refuse_unsuitable(begun, {}, api.settings_for(begun, {}), new=True)


def test_a_run_that_broke_off_may_be_left_for_another(begun: api.Place) -> None:
    journal = Journal(begun.state_dir)
    journal.append(events.EngineStopped(reason="failed", message="No way."))
    journal.close()
    other = api.settings_for(begun, {"target": "length"})
    commands.refuse_unsuitable(begun, {"target": "length"}, other, new=True)


def test_rounds_may_be_named_with_a_hyphen() -> None:
    assert timetravel.revision_named("traditional-2") == "traditional 2"
    assert timetravel.revision_named("traditional 2") == "traditional 2"
    assert timetravel.revision_named("3f2a91c") == "3f2a91c"
    assert timetravel.revision_named("HEAD~2") == "HEAD~2"


def test_a_line_of_history_names_moment_subject_and_score() -> None:
    commit = Commit(
        id="3f2a91c" + "0" * 33,
        parents=(),
        author="iml-tui",
        at="2026-11-20T12:31:00+00:00",
        subject="draft(traditional): round 2, linear recipe",
        trailers={"Track": "traditional", "Round": "2", "Score": "0.8105 ±0.0047"},
        ref="refs/iml/proposals/traditional/2/1",
    )
    line = timetravel.history_line(commit)
    assert line.startswith("3f2a91c  2026-11-")
    assert "traditional 2" in line
    assert line.endswith("linear recipe  0.8105 ±0.0047  proposal")
    narrow = "3f2a91c  traditional 2   linear recipe  0.8105 ±0.0047  proposal"
    assert timetravel.history_line(commit, 70) == narrow
    assert timetravel.history_line(commit, 60) == narrow.replace("linear recipe", "linear r…")
