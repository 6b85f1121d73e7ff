"""Following a journal beside the screen: all facts in order, also when the journal changes."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agents.api import Place, state_of
from iml_tui.following import Follower, News
from iml_tui.log.hearing import Hearing
from iml_tui.past import read_past
from tests.iml_tui.test_past import heard_of
from tests.replay import replay


class Heard:
    """A screen that takes all news at once."""

    def __init__(self, place: Place) -> None:
        self.news: list[News] = []
        self.follower = Follower(place, self._hear, 0.01)
        self.follower.start()

    def _hear(self, news: News) -> None:
        self.news.append(news)
        self.follower.taken()

    @property
    def told(self) -> list[Hearing]:
        """All that the log heard so far."""
        return [one for news in self.news for one in news.heard]

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_what_lies_there_is_told_at_once_and_what_comes_then_in_order(tmp_path: Path) -> None:
    place = replay("ferry", tmp_path)
    wanted = state_of(place)
    with closing(sqlite3.connect(place.state_dir / "journal.db", isolation_level=None)) as journal:
        late = journal.execute("SELECT * FROM events WHERE seq > 300 ORDER BY seq").fetchall()
        journal.execute("DELETE FROM events WHERE seq > 300")
        before, log = state_of(place), heard_of(read_past(place))
        heard = Heard(place)
        heard.until(lambda: bool(heard.news) and not heard.news[-1].more)
        assert heard.news[0].state == before
        assert heard.told == log
        journal.executemany("INSERT INTO events VALUES(?,?,?,?,?,?)", late)
    heard.until(lambda: heard.news[-1].state.seq == wanted.seq)
    heard.follower.end()
    numbers = [fact.seq for news in heard.news for fact in news.facts]
    assert numbers == [row[0] for row in late]
    assert heard.news[-1].state == wanted
    assert [one for one in heard.told if not one.is_empty] == heard_of(read_past(place))
    assert [news.fresh for news in heard.news].count(True) == 1


def test_a_journal_that_comes_later_and_one_that_takes_its_place_are_both_told(
    tmp_path: Path,
) -> None:
    place = replay("ferry", tmp_path / "first")
    kept = tmp_path / "kept"
    shutil.move(place.workspace, kept)
    heard = Heard(place)
    time.sleep(0.1)
    assert heard.news == []
    shutil.copytree(kept, place.workspace)
    heard.until(lambda: bool(heard.news) and heard.news[-1].state.card is not None)
    shutil.rmtree(place.workspace)
    heard.until(lambda: heard.news[-1].gone)
    shutil.copytree(kept, place.workspace)
    heard.until(lambda: [news.fresh for news in heard.news].count(True) == 2)
    heard.follower.end()
