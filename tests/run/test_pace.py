"""Whether new work begins, and whether the clock of a run goes: on a real journal and clock."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.journal.steps import Steps
from agents.journal.store import Journal
from agents.run.pace import Pace

MOMENT_S = 0.05


def rests(pace: Pace) -> bool:
    """Whether the clock stands still as of now."""
    return pace.rests


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path)
    journal.start_run()
    yield journal
    journal.close()


async def test_in_a_pause_what_runs_ends_and_nothing_begins(journal: Journal) -> None:
    pace, steps = Pace(journal), Steps(journal)
    steps.room = pace.room
    ended = asyncio.Event()
    done: list[str] = []

    async def work(name: str) -> str:
        await ended.wait()
        done.append(name)
        return name

    first = asyncio.create_task(steps.step("first", {}, lambda: work("first"), label="Working"))
    await asyncio.sleep(MOMENT_S)
    pace.pause()
    second = asyncio.create_task(steps.step("second", {}, lambda: work("second"), label="Working"))
    await asyncio.sleep(MOMENT_S)
    assert not rests(pace), "the clock rests while a program runs"
    ended.set()
    await first
    assert done == ["first"]
    assert rests(pace)

    before = journal.active
    await asyncio.sleep(MOMENT_S)
    assert journal.active == before
    pace.resume()
    await second
    assert done == ["first", "second"]
    assert journal.active > before


async def test_a_recorded_step_is_read_again_in_a_pause(journal: Journal) -> None:
    pace, steps = Pace(journal), Steps(journal)
    steps.room = pace.room

    async def work() -> str:
        return "done"

    await steps.step("path", {}, work, label="Working")
    pace.pause()

    async with asyncio.timeout(1.0):
        assert await steps.step("path", {}, work, label="Working") == "done"


async def test_work_inside_work_counts_once_and_waits_too(journal: Journal) -> None:
    pace = Pace(journal)
    inside = asyncio.Event()

    async def nested() -> None:
        async with pace.room():
            pace.pause()
            async with pace.room():
                inside.set()

    task = asyncio.create_task(nested())
    await asyncio.sleep(MOMENT_S)
    assert not inside.is_set()
    assert rests(pace)
    pace.resume()
    await task
    assert inside.is_set()


async def test_the_clock_rests_only_while_nothing_else_is_under_way(journal: Journal) -> None:
    pace = Pace(journal)
    with pace.awaiting():
        assert rests(pace)
        async with pace.room():
            assert not rests(pace)
        assert rests(pace)
    assert not rests(pace)


async def test_a_deadline_moves_on_with_a_clock_that_rests(journal: Journal) -> None:
    pace = Pace(journal)
    end = journal.active + 3 * MOMENT_S
    async with pace.until(lambda: end):
        with pace.awaiting():
            await asyncio.sleep(5 * MOMENT_S)
        assert journal.active < end
    with pytest.raises(TimeoutError):
        async with pace.until(lambda: end):
            await asyncio.sleep(60)
    assert journal.active >= end


async def test_a_limit_that_is_raised_holds_at_once(journal: Journal) -> None:
    pace = Pace(journal)
    limit = [journal.active + MOMENT_S]
    async with pace.until(lambda: limit[0]):
        limit[0] += 60
        pace.reckon()
        await asyncio.sleep(2 * MOMENT_S)
    limit[0] = journal.active + MOMENT_S
    with pytest.raises(TimeoutError):
        async with pace.until(lambda: limit[0]):
            await asyncio.sleep(60)


async def test_a_run_that_was_paused_begins_nothing_after_a_restart(journal: Journal) -> None:
    pace = Pace(journal, paused=True)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(MOMENT_S), pace.room():
            pass
    assert rests(pace)
