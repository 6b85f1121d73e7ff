"""Following a journal beside the screen: all facts in order, also when the journal changes."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from agents.api import Place, state_of
from iml_tui.following import FACTS_AT_ONCE, Follower, News
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

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_every_fact_is_told_once_and_in_order_a_few_at_a_time(tmp_path: Path) -> None:
    place = replay("ferry", tmp_path)
    wanted = state_of(place)
    heard = Heard(place)
    heard.until(lambda: bool(heard.news) and heard.news[-1].state.seq == wanted.seq)
    heard.follower.end()
    numbers = [fact.seq for news in heard.news for fact, _ in news.facts]
    assert numbers == sorted(set(numbers))
    assert heard.news[-1].state == wanted
    assert max(len(news.facts) for news in heard.news) <= FACTS_AT_ONCE
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
