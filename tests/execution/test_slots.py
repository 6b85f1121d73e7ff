"""Cores go to whoever came first, and idle time is counted honestly."""

import asyncio

from agents.execution.slots import Slots


async def test_programs_never_share_a_core() -> None:
    slots = Slots((0, 1))
    held: list[tuple[int, ...]] = []

    async def work() -> None:
        async with slots.take() as cores:
            assert not any(core in other for other in held for core in cores)
            held.append(cores)
            await asyncio.sleep(0.01)
            held.remove(cores)

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(work())


async def test_a_program_that_wants_every_core_is_not_overtaken() -> None:
    slots = Slots((0, 1))
    order: list[str] = []
    release = asyncio.Event()

    async def hold() -> None:
        async with slots.take():
            await release.wait()

    async def work(name: str, count: int) -> None:
        async with slots.take(count):
            order.append(name)

    async with asyncio.TaskGroup() as group:
        for task in (hold(), work("both", 2), work("one", 1)):
            group.create_task(task)
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert order == []
        release.set()
    assert order == ["both", "one"]


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    slots = Slots((0,))
    async with slots.take():
        waiter = asyncio.create_task(slots.take().__aenter__())
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.wait({waiter})
    async with asyncio.timeout(1), slots.take() as cores:
        assert cores == (0,)


async def test_idle_counts_only_while_work_is_ready_and_nothing_runs() -> None:
    now = [0.0]
    slots = Slots((0, 1), clock=lambda: now[0])
    now[0] = 5.0
    with slots.busy("scoring"):
        now[0] = 8.0
        async with slots.take():
            now[0] = 20.0
    now[0] = 30.0
    assert slots.idle() == {"scoring": 3.0}
