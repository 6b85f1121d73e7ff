"""Deciding on the screen: every row that the engine takes, and what becomes of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue
from textual.pilot import Pilot

from agents.api import Connection, Place
from agents.journal import events
from agents.journal.choices import Answer, Pause
from agents.journal.store import DecisionRow, Journal, JournalReader
from agents.lock import EngineLock
from iml_tui.app import ImlApp
from iml_tui.deciding.controls import chosen, controls, wrong
from iml_tui.screens.dialogs import LeaveDialog
from iml_tui.screens.steering import GateDialog
from iml_tui.widgets.frame import SentenceRow
from tests.picture import Viewer, settled
from tests.replay import replay

GATE = "traditional-4"
QUESTION = events.GateOpened(
    gate="metric",
    topic="question",
    about="metric",
    question="How are answers judged? accuracy for now: [/] it is usual.",
    options=("accuracy", "auc"),
    default="accuracy",
)


class Engine:
    """The lock and the journal of a run, held by the test."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.lock = EngineLock(place.state_dir)
        assert self.lock.take()
        self.journal = Journal(place.state_dir)

    def rows(self) -> list[DecisionRow]:
        return self.journal.decisions()

    def tell(self, event: events.Event) -> None:
        self.journal.append(event)

    def take(self, row: DecisionRow, outcome: str, *, refused: bool = False) -> None:
        taken = events.DecisionTaken(
            gate=row.gate, choice=row.choice, by=row.by, outcome=outcome, refused=refused
        )
        self.tell(taken)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A run in review mode, one of whose repairs was proposed just now."""
    monkeypatch.chdir(tmp_path)
    engine = Engine(replay("repair", tmp_path, upto="gate-opened"))
    yield engine
    engine.journal.close()
    engine.lock.release()


def on_bench(app: ImlApp) -> bool:
    """Whether no dialog is open."""
    return app.screen is app.bench


def text(app: ImlApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def said(app: ImlApp) -> str:
    return app.bench.query_one(SentenceRow).notice


async def keys(pilot: Pilot[None], *names: str) -> str:
    for name in names:
        await pilot.press(name)
        await settled(pilot)
    assert isinstance(pilot.app, ImlApp)
    return text(pilot.app)


async def decided(pilot: Pilot[None], engine: Engine, count: int = 1) -> list[dict[str, JsonValue]]:
    """What was decided, once so many rows lie there."""
    for _ in range(200):
        await pilot.pause(0.02)
        if len(engine.rows()) >= count:
            break
    return [row.choice for row in engine.rows()]


async def until(pilot: Pilot[None], words: str) -> str:
    """The screen, once some words stand on it."""
    assert isinstance(pilot.app, ImlApp)
    for _ in range(200):
        await pilot.pause(0.02)
        if words in text(pilot.app):
            break
    return text(pilot.app)


# --- what can be steered ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "row"),
    [
        (("P",), {"do": "pause"}),
        (("s", *"take the best", "enter", "y"), {"do": "finish"}),
        (("s", *"stop trad", "enter", "y"), {"do": "stop-track", "track": "traditional"}),
        (("s", *"mode", "enter", "a"), {"do": "set", "settings": {"mode": "ask"}}),
        (
            ("s", *"time", "enter", *"2h", "enter"),
            {"do": "set", "settings": {"time_limit": 7200.0}},
        ),
        (
            ("s", *"tokens", "enter", *"200k", "enter"),
            {"do": "set", "settings": {"max_tokens": 200_000}},
        ),
        (
            ("s", *"repairs", "enter", "5", "enter"),
            {"do": "set", "settings": {"debug_rounds": 5}},
        ),
        (("s", *"judge", "enter", *"auc", "enter"), {"do": "redecide", "metric": "auc"}),
        (("colon", *"stop the run", "enter", "y"), {"do": "stop"}),
        (("i", *"no nets", "enter"), {"do": "tell", "words": "no nets"}),
    ],
)
async def test_each_control_becomes_its_row(
    engine: Engine, typed: tuple[str, ...], row: dict[str, JsonValue]
) -> None:
    async with Viewer(engine.place).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press(*("space" if key == " " else key for key in typed))
        assert (await decided(pilot, engine)) == [row]


async def test_a_model_that_no_provider_lists_can_be_typed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    async with Viewer(engine.place).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("s", *"coder", "enter", *"ollama/small:1b", "enter")
        [row] = await decided(pilot, engine)
        assert row == {"do": "set", "settings": {"coder": "ollama/small:1b"}}


def test_an_answer_that_means_nothing_is_told_before_it_is_sent() -> None:
    assert wrong("time_limit", "soon") == "'soon' is no time: write 300, 90s, 5m or 1h30m."
    assert "no number" in wrong("max_tokens", "many")
    assert wrong("max_cost", "$2.50") == ""
    assert chosen("max_cost", "").model_dump()["settings"] == {"max_cost": None}
    assert chosen("model", "ollama/a").model_dump()["settings"] == {
        "model": "ollama/a",
        "planner": None,
        "coder": None,
        "debugger": None,
    }


async def test_what_became_of_it_is_told_in_the_engines_words(engine: Engine) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("P")
        await decided(pilot, engine)
        engine.take(engine.rows()[0], "Paused: nothing begins until [you] go on.")
        assert "Paused: nothing begins until [you] go on." in await until(pilot, "Paused: nothing")
        assert controls(app._scene.state)[0].title == "Go on"


async def test_without_an_engine_it_is_noted_for_the_next(engine: Engine) -> None:
    engine.lock.release()
    async with Viewer(engine.place).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("P")
        assert "the next one does this first" in await until(pilot, "Noted")


# --- what is asked ------------------------------------------------------------------------------


async def test_the_sign_leads_to_a_repair_then_to_a_question_and_round_again(
    engine: Engine,
) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "! 1 repair to look at" in text(app)
        engine.tell(QUESTION)
        await until(pilot, "1 question")
        await keys(pilot, "exclamation_mark")
        assert app.bench.selected == "traditional/4"
        shown = await keys(pilot, "exclamation_mark")
        assert isinstance(app.screen, GateDialog)
        assert "accuracy for now: [/] it is usual." in shown
        await pilot.press("2")
        [row] = await decided(pilot, engine)
        assert row["option"] == "auc"


async def test_a_repair_is_answered_from_the_palette(engine: Engine) -> None:
    async with Viewer(engine.place).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("colon", *"undo", "space", *"trad", "enter")
        [row] = await decided(pilot, engine)
        assert (row["do"], row["option"]) == ("answer", "undo")
        assert engine.rows()[0].gate == GATE


async def test_of_two_screens_the_first_counts_and_the_other_is_told(engine: Engine) -> None:
    engine.tell(QUESTION)
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        app.bench.action_gate("metric")
        await pilot.pause()
        other = Connection(engine.place)
        other.answer(app._scene.state, "metric", Answer(option="auc"), "anna")
        other.close()
        await pilot.press("enter")
        assert "metric was answered already, and the first answer counts." in await until(
            pilot, "answered already"
        )
        assert [row.by for row in engine.rows()] == ["anna"]


async def test_a_question_that_was_answered_elsewhere_closes_and_says_by_whom(
    engine: Engine,
) -> None:
    engine.tell(QUESTION)
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        app.bench.action_gate("metric")
        await until(pilot, "Later")
        engine.tell(
            events.DecisionTaken(
                gate="metric",
                choice={"do": "answer", "option": "auc"},
                by="anna",
                outcome="Judged by auc.",
            )
        )
        await until(pilot, "answered meanwhile")
        assert on_bench(app)
        assert said(app) == "The question of the metric was answered meanwhile: auc, by anna."


async def test_what_was_told_before_stands_below_with_what_became_of_it(engine: Engine) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("i", *"nonets", "enter")
        await decided(pilot, engine)
        row = engine.rows()[0]
        engine.tell(
            events.InstructionGiven(gate=row.gate, words="nonets", directive="Use no networks.")
        )
        engine.take(row, "It joins the next planning.")
        await until(pilot, "It joins")
        shown = await keys(pilot, "i")
        assert "What was told before" in shown
        assert "nonets" in shown
        assert "The agents hold: Use no networks." in shown


async def test_what_was_told_is_shown_as_received_until_somebody_reads_it(engine: Engine) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("i", *"nonets", "enter")
        assert "Received; the engine reads it now." in await until(pilot, "Received")
        assert "◆ told, waits for the engine" in await keys(pilot, "j")
        assert "not read yet; it waits for the engine" in await keys(pilot, "i")
        engine.tell(events.StepStarted(path="instructions/1/ask-1", label="Asking"))
        now = {"model": "ollama/small"}
        engine.tell(events.SettingsChanged(settings=now, changed=("model",)))
        assert "it waits for ollama/small" in await until(pilot, "ollama/small")
        engine.take(engine.rows()[0], "It joins the next planning.")
        await until(pilot, "It joins")
        assert "◆ told" not in await keys(pilot, "escape")


# --- leaving and bad luck -----------------------------------------------------------------------


async def test_leaving_says_what_is_left_open(engine: Engine) -> None:
    async with Viewer(engine.place).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        shown = await keys(pilot, "ctrl+c")
        assert "the work goes on meanwhile" in shown


async def test_ctrl_c_in_a_dialog_closes_the_dialog(engine: Engine) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "s", "ctrl+c")
        assert on_bench(app)
        await keys(pilot, "ctrl+c")
        assert isinstance(app.screen, LeaveDialog)


async def test_an_engine_that_dies_under_a_dialog_shows_its_banner(engine: Engine) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await keys(pilot, "i")
        engine.lock.release()
        await until(pilot, "The engine is gone")
        await keys(pilot, "escape")
        assert "R starts it again" in text(app).splitlines()[1]


async def test_a_workspace_that_is_deleted_is_said_to_be_gone(engine: Engine) -> None:
    app = Viewer(engine.place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        shutil.rmtree(engine.place.workspace)
        await until(pilot, "was deleted")
        for key in ("4", "5", "6", "2", "3", "c", "P", "exclamation_mark"):
            await keys(pilot, key)
        assert "The workspace was deleted" in text(app).splitlines()[1]


async def test_rows_that_two_screens_wrote_are_both_there(engine: Engine) -> None:
    first, second = Connection(engine.place), Connection(engine.place)
    assert first.decide(Pause(), "anna") != second.decide(Pause(), "ben")
    first.close()
    second.close()
    reader = JournalReader(engine.place.state_dir)
    assert [row.by for row in reader.undecided(set())] == ["anna", "ben"]
    reader.close()
