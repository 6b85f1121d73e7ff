"""The first frame, before anything is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.terminal import Terminal
from iml_tui.curtain import frame
from tests.builders import write_competition
from tests.replay import replay

OPEN = [sys.executable, "-P", "-m", "iml_tui.cli"]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("columns", "rows"), [(40, 10), (80, 24), (200, 50)])
def test_a_frame_fits_its_terminal(columns: int, rows: int) -> None:
    shown = frame("ferry", columns, rows).replace("\x1b[2m", "").replace("\x1b[0m", "")
    lines = shown.split("\r\n")
    assert lines[0].startswith(" ferry ")
    assert len(lines) <= rows
    assert max(len(line) for line in lines) <= columns


def test_no_name_of_a_folder_gives_the_terminal_orders() -> None:
    assert "\x1b" not in frame("fer\x1b[2Jry\x07\r\n\x9b1m", 80, 10)


def test_it_needs_nothing_but_the_standard_library() -> None:
    program = "import iml_tui.cli, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert {"agents.models", "pydantic", "textual", "rich"} & set(loaded.stdout.split()) == set()


def test_the_screen_follows_it(tmp_path: Path) -> None:
    place = replay("ferry", tmp_path)
    with Terminal([*OPEN, str(place.competition)], ROOT) as terminal:
        terminal.wait_for("opening")
        terminal.press("6")  # before anybody reads keys
        terminal.wait_for("6 History")
        assert not terminal.shown.startswith("6"), "a key was shown by the terminal itself"


def test_what_is_wrong_is_said_on_the_page_that_stays(tmp_path: Path) -> None:
    folder = write_competition(tmp_path / "ferry", "binary", rows=40)
    with Terminal([*OPEN, str(folder)], ROOT, {"IML_TIME_LIMIT": "soon"}) as terminal:
        terminal.wait_for("opening")
        terminal.wait_for(r"iml-tui: .*time_limit")
