"""Pane 3 in the real app: plans, what is open, and the way to the code of a step."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents.api import Place
from agents.journal.events import OwnRoundOpened
from iml_tui.scene import Scene
from iml_tui.screens.editor import EditorScreen
from iml_tui.widgets.blueprint import BlueprintPane
from iml_tui.widgets.code import CodePane
from iml_tui.words.claims import Claim, claims_of
from tests.iml_tui.runs import BLUEPRINT, BUILDING, state_after
from tests.iml_tui.test_editor import until
from tests.picture import Viewer, settled
from tests.replay import replay

Play = Callable[[Pilot[None], Viewer, BlueprintPane], Awaitable[None]]


def look(root: Path, play: Play, size: tuple[int, int] = (120, 36)) -> None:
    """Opens the pane on a recorded run and plays."""
    app = Viewer(replay("ferry", root))

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await pilot.press("3")
            pane = app.focused
            assert isinstance(pane, BlueprintPane)
            await play(pilot, app, pane)

    asyncio.run(run())


def texts(pane: BlueprintPane) -> list[str]:
    return [row.content.plain.strip() for row in pane._rows]


def mark_row(pane: BlueprintPane, key: str) -> None:
    keys = [row.key for row in pane._rows if row.key is not None]
    pane.cursor = keys.index(key)


def test_one_plan_is_open_and_enter_opens_another(tmp_path: Path) -> None:
    async def play(pilot: Pilot[None], app: Viewer, pane: BlueprintPane) -> None:
        assert (
            texts(pane).count("Contract  what preprocessing promises, and the model may assume")
            == 1
        )
        mark_row(pane, "plan/baseline")
        await pilot.press("enter")
        assert len([one for one in texts(pane) if one.startswith("Contract")]) == 2
        await pilot.press("o")
        assert pane.scene is not None
        plans = pane.scene.state.plans
        assert len([one for one in texts(pane) if one.startswith("Contract")]) == len(plans)

    look(tmp_path, play)


def test_a_step_opens_the_code_that_does_it(tmp_path: Path) -> None:
    async def play(pilot: Pilot[None], app: Viewer, pane: BlueprintPane) -> None:
        await until(pilot, lambda: bool(pane.claims))
        (candidate, claims), *_ = pane.claims.items()
        step, claim = next((one, two) for one, two in claims.items() if two.function)
        mark_row(pane, f"step/{candidate}/{step}")
        await pilot.press("enter")
        await settled(pilot)
        code = app.bench.query_one(CodePane)
        assert app.focused is code
        await until(pilot, lambda: code.place == claim.line)

    look(tmp_path, play)


def test_e_opens_the_plan_under_the_cursor_in_the_editor(tmp_path: Path) -> None:
    async def play(pilot: Pilot[None], app: Viewer, pane: BlueprintPane) -> None:
        mark_row(pane, "plan/baseline")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EditorScreen))
        assert isinstance(app.screen, EditorScreen)
        assert app.screen.opened.text.startswith("## baseline (baseline)")

    look(tmp_path, play)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 36), (200, 50)])
def test_no_line_is_wider_than_the_pane(tmp_path: Path, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: Viewer, pane: BlueprintPane) -> None:
        await pilot.press("o")
        assert max(row.content.cell_length for row in pane._rows) <= pane.size.width

    look(tmp_path, play, size)


def test_a_plan_of_the_persons_own_is_named_as_theirs() -> None:
    plan = BLUEPRINT.candidates[1].model_copy(update={"name": "boosting 2"})
    opened = OwnRoundOpened(
        track="traditional", round=2, what="your edit", plan=plan, edits="boosting", gate="g"
    )
    state = state_after((*BUILDING, opened))
    assert state.plans == (*BLUEPRINT.candidates, plan)
    scene = Scene(place=Place(competition=Path("/c"), workspace=Path("/c/pipeline")), state=state)
    rows = [row.content.plain for row in BlueprintPane().rows(scene, 80)]
    assert any("boosting 2  traditional, your plan" in row for row in rows)


def test_the_smallest_piece_of_code_that_claims_a_step_counts() -> None:
    text = (
        '"""All.\n\nSteps: one, two\n"""\n\n\ndef first():\n    """Do.\n\n    Steps: one\n    """\n'
    )
    found = claims_of({"model.py": text, "broken.py": "def ("})
    assert found == {"one": Claim("model.py", 7, "first"), "two": Claim("model.py", 1, "")}
