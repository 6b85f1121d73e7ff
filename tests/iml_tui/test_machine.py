"""The machine's facts: their order, what leaves first, and what never does."""

from dataclasses import replace
from pathlib import Path

from agents.api import Place
from agents.journal import events
from iml_tui.scene import Scene
from iml_tui.widgets.machine import machine
from iml_tui.words.figures import rounded
from tests.iml_tui import runs

PLACE = Place(competition=Path("/data/ferry"), workspace=Path("/data/ferry/pipeline"))
TALKED: tuple[events.Event, ...] = (
    *runs.BUILDING,
    events.SandboxProbed(rung="bubblewrap"),
    events.StepFinished(path="plan/rivals/context", digest="d", result=32_000, seconds=0.0),
    events.ModelAnswered(
        step="plan/rivals/ask-1",
        role="guideline_agent",
        part="planner",
        model="ollama/small:14b",
        prompt_tokens=10_000,
        completion_tokens=1_000,
        seconds=2.0,
        cost=0.5,
    ),
)
SCENE = Scene(place=PLACE, state=runs.state_after(TALKED), commits=3)


def told(scene: Scene, width: int, room: int = 200) -> str:
    return machine(scene, width, room).plain


def test_where_there_is_room_everything_is_said_in_full() -> None:
    assert told(SCENE, 200) == (
        "small:14b  context 11k of 32k  11k tokens $0.50  sandbox bwrap  network off  git ✓"
    )


def test_on_a_smaller_screen_tokens_and_git_leave_and_words_get_shorter() -> None:
    assert told(SCENE, 120) == "small:14b 34% full  bwrap  net off"
    assert told(SCENE, 120, room=28) == "small:14b 34% full  bwrap"
    assert told(SCENE, 80) == ""


def test_a_wait_for_a_model_counts_down_at_every_size() -> None:
    row = events.Progress(label="Waiting for small:14b", done=-1.0, again_in=11.6)
    waiting = replace(SCENE, progress={"models/ollama/small:14b": row})
    assert told(waiting, 200).startswith("small:14b again in 12 s  context")
    assert told(waiting, 120).startswith("again in 12 s")
    assert told(waiting, 80) == "again in 12 s"


def test_what_is_not_as_it_should_be_never_leaves() -> None:
    state = replace(SCENE.state, talk=None, rung="limits", settings={})
    words = told(Scene(place=PLACE, state=state), 80)
    assert words == "no model  sandbox limits only  net open"


def test_a_context_that_is_nearly_full_is_a_warning() -> None:
    assert SCENE.state.talk is not None
    full = replace(SCENE.state, talk=replace(SCENE.state.talk, used=30_000))
    shown = machine(Scene(place=PLACE, state=full), 80, 200)
    assert shown.plain == "94% full"
    assert any(span.style == "$wait" for span in shown.spans)


def test_tokens_are_rounded_as_people_say_them() -> None:
    assert [rounded(n) for n in (950, 11_400, 184_000, 2_100_000)] == ["950", "11k", "184k", "2.1M"]
