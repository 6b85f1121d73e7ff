"""Pause, go on, take the best, stop a track, change a setting: what each does and refuses."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.journal import events
from agents.journal.choices import Change, Choice, Finish, Pause, Resume, StopTrack
from agents.journal.events import DecisionTaken, GateOpened, SettingsChanged
from tests.iml_tui.runs import CARD
from tests.run.decisions.desk import Desk, desk

LIMIT = 600.0


def paused(at: Desk) -> bool:
    """Whether the run is paused as of now."""
    return at.world.facts.state.paused


def rests(at: Desk) -> bool:
    """Whether the clock stands still as of now."""
    return at.world.pace.rests


def open_gates(at: Desk) -> tuple[GateOpened, ...]:
    """What waits as of now."""
    return at.world.facts.state.open_gates


async def becomes(at: Desk, choice: Choice) -> DecisionTaken:
    """What becomes of a choice."""
    return await at.outcome(at.decide(choice))


async def test_a_pause_names_what_goes_on_to_its_end_and_is_undone_by_going_on(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as at:
        program = {"step": "s", "track": "baseline", "candidate": "b", "log": "l", "cores": (0,)}
        at.world.facts.append(
            events.ProgramStarted.model_validate({**program, "label": "b learns on fold 1"})
        )
        said = await becomes(at, Pause())
        assert "b learns on fold 1 goes on to its end" in said.outcome
        assert paused(at)
        assert rests(at)

        assert (await becomes(at, Pause())).refused
        assert not (await becomes(at, Resume())).refused
        assert not paused(at)
        assert not rests(at)
        assert (await becomes(at, Resume())).refused


async def test_a_pause_outlives_the_engine(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await becomes(at, Pause())
    async with desk(tmp_path) as again:
        assert rests(again)


async def test_a_track_is_stopped_once_and_the_baseline_never(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        baseline = await becomes(at, StopTrack(track="baseline"))
        strange = await becomes(at, StopTrack(track="quantum"))
        assert (baseline.refused, strange.refused) == (True, True)
        assert "say one of traditional" in strange.outcome
        assert at.world.facts.state.stopped_tracks == frozenset()

        assert not (await becomes(at, StopTrack(track="traditional"))).refused
        assert at.world.facts.state.stopped_tracks == {"traditional"}
        assert (await becomes(at, StopTrack(track="traditional"))).refused


async def test_the_best_is_taken_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert not (await becomes(at, Finish())).refused
        assert at.world.facts.state.finishing
        assert (await becomes(at, Finish())).refused


async def test_a_raised_limit_holds_for_what_comes_and_not_for_what_is_recorded(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, time_limit=LIMIT) as at:
        said = await becomes(at, Change(settings={"time_limit": 3 * LIMIT}))

        assert said.outcome == "From now on: time limit 1800 s."
        assert at.world.schedule.limit_s == 3 * LIMIT
        assert at.world.first_schedule.limit_s == LIMIT
    async with desk(tmp_path) as again:
        assert again.world.settings.time_limit == 3 * LIMIT
        assert again.world.began_with.time_limit == LIMIT


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seed": 8}, "seed holds until the run ends"),
        ({"time_limit": "soon"}, "time_limit = 'soon' cannot be used: write 300, 90s, 5m or 1h30m"),
        ({"time_limit": 1.0}, "say a number of at least 30"),
        ({"mode": "sometimes"}, "say one of 'review', 'ask' or 'auto'"),
        ({"model": "nobody/x"}, "names no provider of models"),
        ({"time_limit": LIMIT}, "That is so already."),
    ],
)
async def test_what_cannot_be_changed_is_said_in_one_sentence(
    tmp_path: Path, changes: dict[str, JsonValue], sentence: str
) -> None:
    async with desk(tmp_path, time_limit=LIMIT) as at:
        said = await becomes(at, Change(settings=changes))

        assert said.refused
        assert sentence in said.outcome
        assert "\n" not in said.outcome
        assert at.told(SettingsChanged) == []


async def test_a_repeatable_run_has_no_limit_to_raise(tmp_path: Path) -> None:
    async with desk(tmp_path, deterministic=True) as at:
        said = await becomes(at, Change(settings={"time_limit": 7200.0}))
        assert "has no clock" in said.outcome


async def test_a_model_may_join_a_run_that_began_without_one_while_anything_is_built(
    tmp_path: Path,
) -> None:
    script = tmp_path / "one.jsonl"
    script.write_text('{"text": "hello"}\n', encoding="utf-8")
    chosen = Change(settings={"model": f"script/{script}"})
    async with desk(tmp_path / "c") as at:
        at.world.models_may_join = False
        late = await becomes(at, chosen)
        assert late.refused
        assert "Nothing is built any more" in late.outcome

        at.world.models_may_join = True
        said = await becomes(at, chosen)
        assert said.outcome == f"From now on: model script/{script}."
        assert (await at.world.models()).model("coder").name == f"script/{script}"
    async with desk(tmp_path / "c") as again:
        assert again.world.settings.model == f"script/{script}"
        assert not again.world.began_with.models


async def test_another_model_answers_from_the_next_question_on(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("one.jsonl", "two.jsonl"))
    for script in (first, second):
        script.write_text('{"text": "hello"}\n', encoding="utf-8")
    async with desk(tmp_path / "c", model=f"script/{first}") as at:
        panel = at.world.panel
        assert panel is not None
        assert panel.model("coder").name == f"script/{first}"
        panel.silent[f"script/{first}"] = "it is gone"

        wrong = await becomes(at, Change(settings={"model": f"script/{tmp_path}/none"}))
        assert wrong.refused
        assert panel.model("coder").name == f"script/{first}"

        assert not (await becomes(at, Change(settings={"coder": f"script/{second}"}))).refused
        assert panel.model("coder").name == f"script/{second}"
        assert panel.model("planner").name == f"script/{first}"
        assert panel.silent == {}


async def test_mode_auto_answers_what_waits(tmp_path: Path) -> None:
    gate = GateOpened(
        gate="metric",
        topic="question",
        about="metric",
        question="Which?",
        options=("accuracy", "auc"),
        default="accuracy",
    )
    async with desk(tmp_path, mode="ask") as at:
        at.world.gates.open(gate)
        assert open_gates(at) == (gate,)

        await becomes(at, Change(settings={"mode": "auto"}))

        assert open_gates(at) == ()
        verdict = at.world.gates.verdict("metric")
        assert verdict is not None
        assert verdict.option == "accuracy"


async def test_a_run_that_is_over_is_not_steered(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.world.facts.append(events.RunFinished(card=CARD))
        for choice in (Pause(), Finish(), Change(settings={"mode": "ask"})):
            assert (await becomes(at, choice)).refused
