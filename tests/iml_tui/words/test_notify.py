"""What a person who looks elsewhere is told, and where a copy went."""

import os
from pathlib import Path

import pytest

from agents.journal import events
from iml_tui.clipboard import CLIP, copy, desktop_tools, osc52
from iml_tui.preferences import Preferences, read, write
from iml_tui.words.notify import sequence, worth_telling
from tests.iml_tui import runs

REPAIR = events.GateOpened(
    gate="traditional-2",
    topic="proposal",
    about="boosting",
    question="Keep round 2 of traditional?",
    options=("keep", "undo"),
    default="keep",
    track="traditional",
    round=2,
)
QUESTION = REPAIR.model_copy(update={"gate": "metric", "topic": "question", "track": None})
ASKING = events.SettingsChanged(settings={"mode": "ask"}, changed=("mode",))
ENDED = events.RunFinished(card=runs.CARD)


@pytest.mark.parametrize(
    ("before", "news", "told"),
    [
        ((), (ENDED,), "ferry: the run is done."),
        ((), (QUESTION,), "ferry: a question waits for you."),
        ((ASKING,), (REPAIR,), "ferry: 1 draft waits for your answer."),
        ((), (REPAIR,), ""),
        ((QUESTION,), (events.PhaseStarted(phase="decide"),), ""),
        ((ENDED,), (), ""),
    ],
)
def test_only_what_is_waited_for_is_worth_a_word(
    before: tuple[events.Event, ...], news: tuple[events.Event, ...], told: str
) -> None:
    was = runs.state_after((*runs.BUILDING, *before))
    now = runs.state_after((*runs.BUILDING, *before, *news))
    assert worth_telling(was, now, alive=(True, True)) == told


def test_an_engine_that_dies_is_worth_a_word() -> None:
    state = runs.state_after(runs.BUILDING)
    assert "engine is gone" in worth_telling(state, state, alive=(True, False))


def test_a_terminal_is_asked_in_its_own_way_and_through_tmux() -> None:
    assert sequence("done\x1b]", "auto", {"TERM": "xterm-kitty"}) == "\x1b]9;done]\a"
    assert sequence("done", "auto", {"TERM": "foot"}) == "\x1b]777;notify;iml-tui;done\a"
    assert sequence("done", "auto", {"TERM": "xterm"}) == "\a"
    assert sequence("done", "off", {"TERM": "xterm-kitty"}) == ""
    through = sequence("done", "auto", {"TERM": "xterm-kitty", "TMUX": "1"})
    assert through == "\x1bPtmux;\x1b\x1b]9;done\a\x1b\\"


def test_over_ssh_the_desktop_of_the_other_machine_is_left_alone() -> None:
    assert desktop_tools({"SSH_TTY": "/dev/pts/1", "DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}) == []


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("bare")
def test_what_a_terminal_may_have_taken_lies_in_a_file_too(tmp_path: Path) -> None:
    codes: list[str] = []
    said = copy("one\ntwo", tmp_path, codes.append)
    assert codes == [osc52("one\ntwo")]
    assert (tmp_path / CLIP).read_text(encoding="utf-8") == "one\ntwo"
    assert said.startswith("Sent 2 lines to the terminal, which does not say whether")


@pytest.mark.usefixtures("bare")
def test_what_is_too_much_for_a_terminal_is_not_sent_at_all(tmp_path: Path) -> None:
    codes: list[str] = []
    said = copy("x" * 100_000, tmp_path, codes.append)
    assert codes == []
    assert str(tmp_path / CLIP) in said


@pytest.mark.usefixtures("bare")
def test_a_desktop_tool_that_took_it_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "wl-copy"
    tool.write_text(f"#!/bin/sh\ncat > {tmp_path}/taken\n", encoding="utf-8")
    tool.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.delenv("SSH_TTY", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert copy("one", tmp_path, lambda _code: None) == "Copied 1 line."
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "one"


def test_what_a_person_likes_is_remembered_and_a_broken_file_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "screen.toml"
    assert write(path, Preferences(theme="nord", notify="bell")) == ""
    assert read(path) == Preferences(theme="nord", notify="bell")
    path.write_text("theme = [", encoding="utf-8")
    assert read(path) == Preferences()
    assert "cannot be written" in write(path / "x", Preferences())
