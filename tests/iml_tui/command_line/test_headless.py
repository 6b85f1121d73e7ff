"""The headless printer over real journals: what it says, and with which code it leaves."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents import api
from agents.journal.state import State
from agents.lock import engine_alive
from agents.models import ReportCard
from iml_tui.command_line import headless
from iml_tui.words import shell

STAND_IN = Path(__file__).parents[1] / "engine_stand_in.py"
Ending = str


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[Ending], Path]]:
    """Starts a stand-in engine on a competition and gives the competition's folder."""
    processes: list[subprocess.Popen[str]] = []

    def start(ending: Ending) -> Path:
        state = tmp_path / "boats" / "pipeline" / ".iml"
        command = [sys.executable, str(STAND_IN), str(state), ending]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return state.parent.parent

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def iml_tui(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*words), check=False, capture_output=True, text=True)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "iml_tui.cli", *words]


def follow(folder: Path, *options: str, go: bool = True) -> "subprocess.Popen[str]":
    """A viewer that has joined the run; `go` then lets the stand-in end."""
    viewer = subprocess.Popen(
        command("run", str(folder), "--headless", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert viewer.stderr is not None
    greeting = viewer.stderr.readline()
    assert greeting == "Run 1 goes on; 0:00 of work are done.\n"
    if go:
        (folder / "pipeline" / ".iml" / "go").touch()
    return viewer


def test_a_run_is_told_to_its_end_and_reported(engine: Callable[[Ending], Path]) -> None:
    folder = engine("done")
    out, err = follow(folder).communicate(timeout=20)
    assert re.search(r"^ +0:0\d  engine +submission.csv by linear: valid, 50 rows$", err, re.M)
    assert "0.9100 ±0.0120 accuracy on 120 rows no program saw" in out
    assert "tracks/traditional/solution.py" in out


def test_a_valid_submission_is_code_0_and_none_is_code_1(
    engine: Callable[[Ending], Path],
) -> None:
    viewer = follow(engine("nothing"))
    viewer.communicate(timeout=20)
    assert viewer.returncode == 1
    done = State(mark="done", card=ReportCard.model_validate(card("submission")))
    assert headless.exit_status(done) == 0
    modelled = State(mark="done", card=ReportCard.model_validate(card("model")))
    assert headless.exit_status(modelled) == 0


def card(outcome: str) -> dict[str, object]:
    metric = {"name": "mae", "direction": "lower", "title": "MAE", "source": "default"}
    return {"outcome": outcome, "metric": metric}


def test_json_is_one_fact_a_line_from_the_beginning_of_the_run(
    engine: Callable[[Ending], Path],
) -> None:
    viewer = follow(engine("done"), "--json")
    out, err = viewer.communicate(timeout=20)
    facts = [json.loads(line) for line in out.splitlines()]
    assert [fact["seq"] for fact in facts] == list(range(1, len(facts) + 1))
    assert {"seq", "run", "at", "active", "event"} <= set(facts[0])
    kinds = [fact["event"]["kind"] for fact in facts]
    assert kinds[:2] == ["engine-started", "run-started"]
    assert kinds[-2:] == ["run-finished", "engine-stopped"]
    assert "no program saw" in err
    assert viewer.returncode == 0


def test_an_engine_that_dies_leaves_its_last_words_and_the_way_on(
    engine: Callable[[Ending], Path],
) -> None:
    viewer = follow(engine("killed"))
    _, err = viewer.communicate(timeout=20)
    assert viewer.returncode == 1
    assert "The engine has died after 0:0" in err
    assert "    the stand-in's last words" in err
    assert "To go on: iml-tui run" in err


def test_an_engine_that_breaks_off_says_why(engine: Callable[[Ending], Path]) -> None:
    viewer = follow(engine("failed"))
    _, err = viewer.communicate(timeout=20)
    assert viewer.returncode == 1
    assert "The engine broke off after" in err
    assert "The disk is full." in err


def test_ctrl_c_stops_the_engine_in_good_order(engine: Callable[[Ending], Path]) -> None:
    folder = engine("done")
    viewer = follow(folder, go=False)
    viewer.send_signal(signal.SIGINT)
    _, err = viewer.communicate(timeout=20)
    assert viewer.returncode == 130
    assert "Stopping in good order" in err
    assert "To go on: iml-tui run" in err
    assert not engine_alive(folder / "pipeline" / ".iml")


def test_a_finished_run_is_reported_without_starting_an_engine(
    engine: Callable[[Ending], Path],
) -> None:
    folder = engine("done")
    follow(folder).communicate(timeout=20)
    (folder / "pipeline" / ".iml" / "go").unlink()
    again = iml_tui("run", str(folder), "--headless", "--json")
    assert again.returncode == 0
    assert again.stderr.startswith("Run 1 is over;")
    assert [json.loads(line)["run"] for line in again.stdout.splitlines()] == [1] * 6


def test_another_run_cannot_begin_while_one_is_under_way(
    engine: Callable[[Ending], Path],
) -> None:
    said = iml_tui("run", str(engine("done")), "--headless", "--new")
    assert said.returncode == 2
    assert "is not over" in said.stderr


def test_nothing_that_is_printed_can_steer_a_terminal() -> None:
    assert shell.plain("\x1b[31mred\x07\r") == " [31mred  "


def test_the_last_words_are_those_of_the_last_engine(tmp_path: Path) -> None:
    state = tmp_path / "pipeline" / ".iml"
    state.mkdir(parents=True)
    log = state / "engine.log"
    place = api.Place(competition=tmp_path, workspace=tmp_path / "pipeline")
    log.write_text("--- engine 1, noon\nold\n--- engine 2, one\nnew\n", encoding="utf-8")
    words = list(headless.last_words(place, State(mark="running", run=1)))
    assert words[2:-1] == ["    new"]

    log.write_text("--- engine 1, noon\nold\n--- engine 2, one\n", encoding="utf-8")
    failed = State(mark="failed", run=1, message="The disk that holds it is full.")
    assert len(list(headless.last_words(place, failed))) == 2


def test_the_last_words_are_few_even_of_a_long_log(tmp_path: Path) -> None:
    state = tmp_path / "pipeline" / ".iml"
    state.mkdir(parents=True)
    lines = [f"line {number}" for number in range(5000)]
    (state / "engine.log").write_text("\n".join(lines), encoding="utf-8")
    place = api.Place(competition=tmp_path, workspace=tmp_path / "pipeline")
    words = list(headless.last_words(place, State(mark="running", run=1, active=61)))
    assert words[0] == "The engine has died after 1:01 of work."
    assert words[2:-1] == [f"    line {number}" for number in range(4988, 5000)]


def test_a_command_that_the_shell_would_not_find_is_named_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / ".venv" / "bin" / "iml-tui"
    command.parent.mkdir(parents=True)
    command.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(command)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shell.called() == "./.venv/bin/iml-tui"
    monkeypatch.setenv("PATH", str(command.parent))
    assert shell.called() == "iml-tui"
