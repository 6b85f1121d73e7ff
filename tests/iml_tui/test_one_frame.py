"""What a key costs: the screen is laid out once at most, and painted as it stays."""

from dataclasses import replace
from pathlib import Path

import pytest

from iml_tui.widgets.history import HistoryPane
from iml_tui.widgets.listing import Listing
from iml_tui.widgets.log import LogPane
from tests.picture import Viewer, settled
from tests.replay import replay


@pytest.fixture
def viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Viewer:
    monkeypatch.chdir(tmp_path)
    return Viewer(replay("ferry", tmp_path))


async def test_another_pane_is_one_layout_painted_with_lines_of_its_width(viewer: Viewer) -> None:
    async with viewer.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        for key in "6251":  # each was seen before
            await pilot.press(key)
            await settled(pilot)
        widths: list[set[tuple[int, int]]] = []

        def painted(_screen: object) -> None:
            panes = viewer.bench.query(Listing)
            widths.append({(one.size.width, one.drawn_width) for one in panes if one.display})

        viewer.bench.screen_layout_refresh_signal.subscribe(viewer.bench, painted, immediate=True)
        for key, layouts in (("6", 1), ("2", 1), ("1", 1), ("5", 0), ("1", 0)):
            widths.clear()
            await pilot.press(key)
            await settled(pilot)
            assert len(widths) == layouts, key
            assert all(size == drawn for frame in widths for size, drawn in frame)


async def test_what_came_while_a_pane_was_hidden_is_shown_with_it(viewer: Viewer) -> None:
    async with viewer.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("4")
        await settled(pilot)
        history = viewer.bench.query_one(HistoryPane)
        assert len(history.places()) == 5
        await pilot.press("plus")
        await settled(pilot)
        viewer._follower.end()
        viewer._follower.join()
        await pilot.pause()
        viewer._book.tell(["The last words."], 33.0)
        viewer.bench.show_log(viewer._book)
        state = viewer._scene.state
        viewer._set(state=replace(state, moments=state.moments[:1]))
        await pilot.pause()
        await pilot.press("plus")
        await pilot.pause()
        log = viewer.bench.query_one(LogPane)
        assert "The last words." in "".join(log.render_line(y).text for y in range(log.size.height))
        assert len(history.places()) == 3


async def test_a_hidden_pane_is_not_built_until_it_is_looked_at(viewer: Viewer) -> None:
    async with viewer.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        for key in "64":  # alone once, then beside others
            await pilot.press(key)
            await settled(pilot)
        history = viewer.bench.query_one(HistoryPane)
        await pilot.press("plus")
        await settled(pilot)
        before = history._rows
        viewer._follower.end()
        viewer._follower.join()
        state = viewer._scene.state
        viewer._set(state=replace(state, moments=state.moments[:1]))
        await pilot.pause()
        assert history._rows is before
        await pilot.press("6")
        await pilot.pause()
        assert len(history.places()) == 3


async def test_a_list_that_is_wide_again_has_the_rows_that_it_had(viewer: Viewer) -> None:
    async with viewer.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        history = viewer.bench.query_one(HistoryPane)
        rows = []
        for key in "6464":
            await pilot.press(key)
            await settled(pilot)
            rows.append(history._rows)
        assert rows[0] is rows[2]
        assert rows[1] is rows[3]
        assert rows[0] is not rows[1]


async def test_a_focus_that_moves_does_not_paint_the_whole_screen(viewer: Viewer) -> None:
    async with viewer.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        for key in "51":
            await pilot.press(key)
            await settled(pilot)
        viewer.bench.action_look("log")
        assert viewer.bench.focused is viewer.bench.query_one(LogPane)
        assert not viewer.bench._repaint_required
