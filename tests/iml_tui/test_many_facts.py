"""A journal of a hundred thousand facts: the screen answers while it reads, and tells all of it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agents.api import Place
from iml_tui.log.index import EVERYTHING
from iml_tui.widgets.log import LogPane
from tests.picture import Viewer, settled, shown
from tests.replay import replay

MANY = 100_000


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A recorded run in whose middle one of its facts is told again and again."""
    monkeypatch.chdir(tmp_path)
    place = replay("ferry", tmp_path)
    with closing(sqlite3.connect(place.state_dir / "journal.db")) as journal:
        query = "SELECT run, at, active, kind, body FROM events ORDER BY seq"
        facts = journal.execute(query).fetchall()
        middle = next(at for at, fact in enumerate(facts) if fact[3] == "candidate-scored")
        journal.execute("DELETE FROM events")
        journal.executemany(
            "INSERT INTO events(run, at, active, kind, body) VALUES(?,?,?,?,?)",
            [*facts[:middle], *[facts[middle]] * MANY, *facts[middle:]],
        )
        journal.commit()
    return place


@pytest.mark.slow
@pytest.mark.timeout(480)
async def test_keys_are_answered_while_it_is_read_and_all_of_it_is_told(place: Place) -> None:
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        looked_at = []
        while len(app._book.index.lines(EVERYTHING)) < MANY:
            for key in "62":
                await pilot.press(key)
                looked_at.append(app.bench.looked_at)
        assert len(looked_at) > 2
        assert set(looked_at[::2]) == {"history"}
        assert set(looked_at[1::2]) == {"data"}

        await settled(pilot)
        await pilot.press("5")
        await settled(pilot)
        assert "✓ done in" in shown(app)
        assert int(app._scene.state.seq) > MANY
        lines = app.bench.query_one(LogPane).fact(app._scene).plain
        assert int(lines.split()[0].replace(",", "")) > MANY
