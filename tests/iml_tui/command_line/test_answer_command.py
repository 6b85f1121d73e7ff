"""Deciding from the command line: the rows that are written, and what is said of them."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.api import Connection, Place
from agents.errors import InputError
from agents.journal import events
from agents.journal.choices import read_choice
from agents.journal.store import DecisionRow, Journal, JournalReader
from agents.workspace.repository import Repository
from iml_tui.command_line import commands
from tests.iml_tui.runs import CARD

STAND_IN = Path(__file__).parents[1] / "engine_stand_in.py"
GATE = events.GateOpened(
    gate="metric",
    topic="question",
    about="metric",
    question="How are answers judged? accuracy for now: it is usual.",
    options=("accuracy", "auc"),
    default="accuracy",
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A run that nobody works on, with a question that waits."""
    place = Place(competition=tmp_path, workspace=tmp_path / "pipeline")
    Repository(place.workspace).scaffold("boats", datetime.now(UTC))
    return place


@pytest.fixture
def journal(place: Place) -> Iterator[Journal]:
    journal = Journal(place.state_dir)
    journal.start_run()
    journal.append(events.EngineStarted(version="0", pid=1, host="here", cores=2))
    journal.append(events.RunStarted(competition=str(place.competition), name="boats", settings={}))
    journal.append(GATE)
    yield journal
    journal.close()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says."""
    with pytest.raises(SystemExit):
        commands.run_command(list(words))
    return capsys.readouterr().out


def rows(place: Place) -> list[DecisionRow]:
    reader = JournalReader(place.state_dir)
    try:
        return reader.undecided(set())
    finally:
        reader.close()


def test_what_waits_is_listed_and_an_answer_waits_for_the_next_engine(
    place: Place, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(place.competition)
    assert run(capsys, "answer", folder) == (
        "metric: How are answers judged? accuracy for now: it is usual. accuracy (now) or auc\n"
    )

    said = run(capsys, "answer", folder, "metric", "auc", "--why", "as the paper does")

    assert "no engine is at work" in said
    [row] = rows(place)
    assert row.gate == "metric"
    assert row.choice == {"do": "answer", "option": "auc", "hunks": [], "why": "as the paper does"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("metrics", "auc"), "did you mean metric?"),
        (("target", "auc"), "these wait: metric"),
        (("metric", "rmse"), "metric takes accuracy or auc, not 'rmse'."),
        (("metric", "accuracy", "--hunks", "1"), "--hunks goes with accuracy of a proposal only."),
        (("metric", "accuracy", "--hunks", "all"), "names no changes"),
    ],
)
def test_a_wrong_answer_is_refused_in_one_sentence(
    place: Place, journal: Journal, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(InputError) as refusal:
        commands.run_command(["answer", str(place.competition), *words])

    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert rows(place) == []


def test_the_second_of_two_answers_is_refused(
    place: Place, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(place.competition)
    run(capsys, "answer", folder, "metric", "auc")

    with pytest.raises(InputError, match="the first answer counts"):
        commands.run_command(["answer", folder, "metric", "accuracy"])

    assert [row.choice["option"] for row in rows(place)] == ["auc"]


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        (("tell", "no deep nets"), {"do": "tell", "words": "no deep nets"}),
        (("pause",), {"do": "pause"}),
        (("resume",), {"do": "resume"}),
        (("finish",), {"do": "finish"}),
        (("set", "--time-limit", "2h"), {"do": "set", "settings": {"time_limit": 7200.0}}),
        (("set", "--mode", "ask"), {"do": "set", "settings": {"mode": "ask"}}),
        (
            ("set", "--model", "ollama/x", "--coder", "openai/y"),
            {
                "do": "set",
                "settings": {
                    "model": "ollama/x",
                    "coder": "openai/y",
                    "planner": None,
                    "debugger": None,
                },
            },
        ),
    ],
)
def test_each_command_writes_one_row_of_its_kind(
    place: Place,
    journal: Journal,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    choice: dict[str, JsonValue],
) -> None:
    name, *rest = words
    run(capsys, name, str(place.competition), *rest)

    [row] = rows(place)
    assert row.choice == choice
    assert read_choice(row.choice).do == choice["do"]


def test_a_track_is_stopped_by_its_name(
    place: Place, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "stop-track", "neural", str(place.competition))

    assert [row.choice for row in rows(place)] == [{"do": "stop-track", "track": "neural"}]


@pytest.mark.parametrize("words", [("set",), ("tell", " ")])
def test_what_asks_for_nothing_is_refused(
    place: Place, journal: Journal, words: tuple[str, ...]
) -> None:
    name, *rest = words
    with pytest.raises(InputError, match="such as"):
        commands.run_command([name, str(place.competition), *rest])
    assert rows(place) == []


def test_a_run_that_is_over_is_not_steered(place: Place, journal: Journal) -> None:
    journal.append(events.RunFinished(card=CARD))

    with pytest.raises(InputError, match="is over, so nothing is left to steer"):
        commands.run_command(["pause", str(place.competition)])
    assert rows(place) == []


def test_what_an_engine_at_work_makes_of_it_is_said(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = subprocess.Popen(
        [sys.executable, "-P", str(STAND_IN), str(place.state_dir), "done"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert engine.stdout is not None
    assert engine.stdout.readline() == "ready\n"

    assert run(capsys, "finish", str(place.competition)) == "finish was taken up.\n"

    connection = Connection(place)
    connection.stop("a test")
    connection.close()
    assert engine.wait(timeout=30) == 0
    engine.stdout.close()
