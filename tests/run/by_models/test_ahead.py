"""Work that is begun before it is asked for."""

import asyncio

import pytest

from agents.run.by_models.ahead import Ahead


async def thought(words: str, told: list[str]) -> str:
    try:
        await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        told.append(f"{words} was dropped")
        raise
    told.append(words)
    return words


async def test_what_was_begun_is_there_when_it_is_asked_for_and_only_once() -> None:
    told: list[str] = []
    ahead = Ahead[str]()
    assert await ahead.take("first") is None

    ahead.begin("first", thought("an idea", told))
    await asyncio.sleep(0.05)

    assert told == ["an idea"]  # while nobody asked
    assert ahead.holds("first")
    assert not ahead.holds("second")
    assert await ahead.take("first") == "an idea"
    assert await ahead.take("first") is None
    assert not ahead.holds("first")


async def test_what_rests_on_something_that_changed_is_dropped() -> None:
    told: list[str] = []
    ahead = Ahead[str]()
    ahead.begin("before", thought("an idea", told))
    await asyncio.sleep(0)

    assert await ahead.take("after") is None
    await asyncio.sleep(0)
    assert told == ["an idea was dropped"]

    ahead.begin("after", thought("another", told))
    await asyncio.sleep(0)
    ahead.end()
    await asyncio.sleep(0)
    assert told[1:] == ["another was dropped"]


async def test_what_it_fails_with_is_told_to_who_asks() -> None:
    async def fail() -> str:
        raise ValueError("no idea")

    ahead = Ahead[str]()
    ahead.begin("it", fail())
    with pytest.raises(ValueError, match="no idea"):
        await ahead.take("it")


async def test_who_is_ended_while_waiting_for_it_ends_it_too() -> None:
    told: list[str] = []
    ahead = Ahead[str]()
    ahead.begin("it", thought("an idea", told))
    waiting = asyncio.create_task(ahead.take("it"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert told == ["an idea was dropped"]
