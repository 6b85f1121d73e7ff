"""Pictures of recorded runs; `pytest --snapshot-update` after a change that was looked at."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual import work
from textual.pilot import Pilot
from typing_extensions import override

from agents.api import Place, state_of
from agents.lock import EngineLock
from agents.models import Diagnosis
from iml_tui.recent import remember
from iml_tui.scene import Scene
from iml_tui.screens.first_start import FirstStart
from iml_tui.screens.recent import RecentApp
from tests.iml_tui.odd_output import OUTPUT
from tests.iml_tui.test_first_start import FOUND
from tests.picture import Viewer, picture, settled
from tests.replay import replay

Compare = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x36": (120, 36), "200x50": (200, 50)}
MOMENTS: dict[str, tuple[str, int]] = {
    "looking": ("columns-seen", 0),
    "building": ("program-started", 7),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are shown from where the user is."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """A run at some moment, with an engine that holds its lock."""
    locks = []

    def at(moment: str) -> Place:
        kind, skip = MOMENTS[moment]
        place = replay("ferry", tmp_path, upto=kind, skip=skip)
        lock = EngineLock(place.state_dir)
        lock.take()
        locks.append(lock)
        return place

    yield at
    for lock in locks:
        lock.release()


def after(*keys: str) -> Callable[[Pilot[None]], object]:
    """Waits for the workspace, presses keys, waits again."""

    async def play(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return play


@pytest.mark.parametrize("size", SIZES)
def test_before_the_first_fact(tmp_path: Path, size: str, snap_compare: Compare) -> None:
    place = Place(competition=tmp_path / "ferry", workspace=tmp_path / "ferry" / "pipeline")
    assert snap_compare(Viewer(place), terminal_size=SIZES[size], run_before=after())


class Looked(FirstStart):
    """The choice of a model with what was found; it does not look around by itself."""

    @override
    @work
    async def _survey(self, what: str, subject: str) -> None:
        machine = (
            Diagnosis(subject="git", state="good", text="git version 2.39."),
            Diagnosis(subject="GPU", state="fair", text="none is seen; all works without one."),
            Diagnosis(subject="sandbox", state="bad", text="none works here: install bubblewrap."),
        )
        self.pane.known = replace(FOUND, machine=machine)


@pytest.mark.parametrize("size", SIZES)
def test_the_choice_of_a_model(
    working: Callable[[str], Place], size: str, snap_compare: Compare
) -> None:
    app = Viewer(working("building"))

    async def play(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await app.push_screen(Looked(app.bench.scene_shown or Scene(place=app.place), once=True))
        await settled(pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=play)


class Recents(RecentApp):
    """The list of folders, drawn as all others are."""

    @override
    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        return picture(self)


@pytest.mark.parametrize("size", SIZES)
def test_the_list_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: str, snap_compare: Compare
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    places = [replay(name, tmp_path) for name in ("ferry", "boats")]
    for place in places:
        remember(place)
    shutil.rmtree(places[1].competition)
    app = Recents()

    async def play(pilot: Pilot[object]) -> None:
        while len(app.pane.standings) < len(places):
            await pilot.pause(0.02)
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=play)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_while_it_runs(
    working: Callable[[str], Place], moment: str, size: str, snap_compare: Compare
) -> None:
    app = Viewer(working(moment))
    assert snap_compare(app, terminal_size=SIZES[size], run_before=after())


@pytest.mark.parametrize("size", [*SIZES, "40x10"])
def test_at_the_end(tmp_path: Path, size: str, snap_compare: Compare) -> None:
    place = replay("ferry", tmp_path)
    columns, rows = (int(part) for part in size.split("x"))
    assert snap_compare(Viewer(place), terminal_size=(columns, rows), run_before=after())


def test_at_the_end_of_a_run_without_a_test_table(tmp_path: Path, snap_compare: Compare) -> None:
    app = Viewer(replay("boats", tmp_path))
    assert snap_compare(app, terminal_size=SIZES["120x36"], run_before=after())


@pytest.mark.parametrize(("pane", "size"), [("2", "120x36"), ("3", "80x24"), ("6", "120x36")])
def test_other_panes(tmp_path: Path, pane: str, size: str, snap_compare: Compare) -> None:
    app = Viewer(replay("ferry", tmp_path))
    assert snap_compare(app, terminal_size=SIZES[size], run_before=after(pane))


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_an_open_column(tmp_path: Path, size: str, snap_compare: Compare) -> None:
    app = Viewer(replay("ferry", tmp_path))
    assert snap_compare(app, terminal_size=SIZES[size], run_before=after("2", "l", "l"))


def test_what_a_moment_changed(tmp_path: Path, snap_compare: Compare) -> None:
    app = Viewer(replay("ferry", tmp_path))
    assert snap_compare(app, terminal_size=(120, 36), run_before=after("4", "d"))


@pytest.mark.parametrize("size", SIZES)
def test_the_log(working: Callable[[str], Place], size: str, snap_compare: Compare) -> None:
    place = working("building")
    log = place.state_dir / state_of(place).logs[-1].path
    log.write_bytes(OUTPUT)
    app = Viewer(place)
    keys = after("5", "plus", "slash", *"rate", "enter")
    assert snap_compare(app, terminal_size=SIZES[size], run_before=keys)


REPAIR = ("4", "left_square_bracket")


@pytest.mark.parametrize("size", [*SIZES, "40x10"])
def test_a_repair(tmp_path: Path, size: str, snap_compare: Compare) -> None:
    app = Viewer(replay("repair", tmp_path))
    columns, rows = (int(part) for part in size.split("x"))
    assert snap_compare(app, terminal_size=(columns, rows), run_before=after(*REPAIR))


@pytest.mark.parametrize(
    "keys", [("u",), ("r",), ("t",), ("f",)], ids=["chosen", "why", "split", "files"]
)
def test_a_repair_alone(tmp_path: Path, keys: tuple[str, ...], snap_compare: Compare) -> None:
    app = Viewer(replay("repair", tmp_path))
    assert snap_compare(app, terminal_size=(120, 36), run_before=after(*REPAIR, "plus", *keys))


@pytest.mark.parametrize("theme", ["atom-one-light", "ansi-dark", "ansi-light"])
def test_other_themes(working: Callable[[str], Place], theme: str, snap_compare: Compare) -> None:
    app = Viewer(working("building"), theme=theme)
    assert snap_compare(app, terminal_size=(120, 36), run_before=after())


def test_without_colour_and_without_utf8(
    working: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch, snap_compare: Compare
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "vt100")
    app = Viewer(working("building"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=after("1"))


def test_the_question_on_leaving(working: Callable[[str], Place], snap_compare: Compare) -> None:
    app = Viewer(working("building"))
    assert snap_compare(app, terminal_size=(120, 36), run_before=after("ctrl+c"))


PAST = [
    ("1,w", "80x24"),
    ("1,w", "120x36"),
    ("1,c", "200x50"),
    ("1,m", "80x24"),
    ("1,right", "80x24"),
    ("6,x,j,x", "120x36"),
    ("6,x,j,x", "80x24"),
]
"""Keys that lead to a mode of Tracks or History, and sizes."""


@pytest.mark.parametrize(("keys", "size"), PAST)
def test_modes_of_tracks_and_history(
    tmp_path: Path, keys: str, size: str, snap_compare: Compare
) -> None:
    app = Viewer(replay("ferry", tmp_path))

    async def play(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys.split(","):
            await pilot.press(key)
            await settled(pilot)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=play)


def test_pictures_carry_no_address() -> None:
    pictures = list(Path(__file__).with_name("__snapshots__").rglob("*.svg"))
    assert pictures
    for path in pictures:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text
        assert "font-face" not in text
