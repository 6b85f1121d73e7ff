"""The folders that were opened lately: what is remembered, what is said, what is opened."""

import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents.api import Place
from agents.errors import ImlError
from iml_tui.command_line import commands
from iml_tui.command_line.recent import lines_of, tell_recent
from iml_tui.recent import Opened, ago, forget_gone, list_file, remember, remembered, standing_of
from iml_tui.screens.recent import RecentApp
from tests.picture import shown
from tests.replay import replay


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, Place]:
    """Two finished runs that were opened, the second later."""
    monkeypatch.chdir(tmp_path)
    places = replay("ferry", tmp_path), replay("boats", tmp_path)
    for place in places:
        remember(place)
    return places


async def read(pilot: Pilot[Opened]) -> None:
    app = pilot.app
    assert isinstance(app, RecentApp)
    for _ in range(200):
        await pilot.pause(0.02)
        if len(app.pane.standings) == len(app.pane.known):
            break
    await pilot.pause()


def test_the_latest_comes_first_and_nothing_stands_there_twice(both: tuple[Place, Place]) -> None:
    ferry, boats = both
    assert [one.place for one in remembered()] == [boats, ferry]
    remember(ferry)
    assert [one.place for one in remembered()] == [ferry, boats]


def test_a_folder_in_which_no_run_can_begin_is_not_remembered(
    both: tuple[Place, Place], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImlError, match="is empty"):
        commands.run_command(["run", str(tmp_path / "empty"), "--headless"])
    assert [one.place for one in remembered()] == [both[1], both[0]]


def test_a_list_that_cannot_be_read_is_an_empty_one(both: tuple[Place, Place]) -> None:
    list_file().write_text("{not json", encoding="utf-8")
    assert remembered() == ()
    remember(both[0])
    assert len(remembered()) == 1


def test_a_list_that_cannot_be_written_stops_nothing(
    both: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    remember(both[0])
    assert remembered() == ()


def test_folders_that_are_gone_are_said_to_be_and_forgotten_when_asked(
    both: tuple[Place, Place],
) -> None:
    ferry, boats = both
    shutil.rmtree(boats.workspace)
    assert [standing_of(one).word for one in remembered()] == ["gone", "done"]
    assert [one.place for one in forget_gone()] == [boats]
    assert [one.place for one in remembered()] == [ferry]


def test_a_line_says_name_state_score_and_folder(
    both: tuple[Place, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    tell_recent()
    boats, ferry = capsys.readouterr().out.splitlines()
    assert ferry.startswith("ferry ")
    assert " just now " in ferry
    assert " done " in ferry
    assert "±" in ferry
    assert ferry.endswith("./ferry")
    assert boats.startswith("boats ")
    standing = standing_of(remembered()[1])
    [told] = lines_of([standing], standing.opened.at + 7200)
    assert "yesterday" not in told
    assert "2 hours ago" in told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (600, "10 minutes ago"), (3700, "an hour ago"), (3 * 86400, "3 days ago")],
)
def test_times_are_told_as_people_tell_them(seconds: float, words: str) -> None:
    assert ago(1e9, 1e9 + seconds) == words
    assert ago(1e9, 1e9 - seconds) == "just now"


@pytest.mark.parametrize("size", [(120, 20), (80, 24), (40, 10)])
async def test_enter_opens_the_marked_folder(
    both: tuple[Place, Place], size: tuple[int, int]
) -> None:
    app = RecentApp()
    async with app.run_test(size=size) as pilot:
        await read(pilot)
        text = shown(app)
        assert "ferry" in text
        assert "boats" in text
        assert "0.8" in text
        await pilot.press("j", "enter")
    assert app.return_value is not None
    assert app.return_value.place == both[0]


async def test_x_forgets_what_is_gone_and_q_opens_nothing(both: tuple[Place, Place]) -> None:
    shutil.rmtree(both[1].competition)
    app = RecentApp()
    async with app.run_test(size=(120, 20)) as pilot:
        await read(pilot)
        assert "1 gone" in shown(app)
        await pilot.press("enter")
        assert app.return_value is None
        await pilot.press("x")
        await pilot.pause()
        assert "boats" not in shown(app).replace("boats is gone", "")
        await pilot.press("q")
    assert app.return_value is None
