"""What a program may use at most, and that nothing of it is left; each on every rung."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.execution.executor import Executor
from agents.execution.ladder import candidate
from agents.execution.limits import Usage, breach, disk_usage
from agents.execution.protocol import Limits, Program, Rung, Stage
from agents.execution.sandbox import Sandbox

MakeProgram = Callable[..., Program]
MakeScript = Callable[..., Stage]

MIB = 2**20

RUNGS: tuple[Rung, ...] = ("bubblewrap", "landlock", "limits")

HEARTBEAT = """
    import os, signal, sys, time

    def beat():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        while True:
            with open(os.path.join(sys.argv[1], "heartbeat"), "a") as file:
                file.write(".")
            time.sleep(0.01)

    def run_away():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                beat()
            os._exit(0)
        while not os.path.exists(os.path.join(sys.argv[1], "heartbeat")):
            time.sleep(0.01)
"""


@pytest.fixture(params=RUNGS)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """One variant of each rung: sharing a start-up makes no difference to limits."""
    found = candidate(request.param)
    return pytest.skip(found) if isinstance(found, str) else found


def beats(out: Path) -> int:
    file = out / "heartbeat"
    return file.stat().st_size if file.exists() else 0


async def silent(out: Path) -> bool:
    """Whether a heartbeat was there and has stopped."""
    before = beats(out)
    await asyncio.sleep(0.15)
    return before > 0 and beats(out) == before


async def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.02)


async def test_what_a_stage_leaves_running_is_ended_with_it(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path
) -> None:
    second = "import time; time.sleep(0.2)"
    files = {"a.py": HEARTBEAT + "\n    run_away()\n", "b.py": second}
    outcome = await executor.run(program(files, script("a.py"), script("b.py")))
    assert outcome.ok, outcome.tail
    assert await silent(out)


async def test_a_stage_past_its_deadline_is_ended_and_the_next_one_runs(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path
) -> None:
    files = {"a.py": HEARTBEAT + "\n    beat()\n", "b.py": "print('next')"}
    stages = (
        script("a.py", time_limit_s=0.3),
        script("b.py"),
        script("b.py", name="never", after=("a.py",)),
    )
    outcome = await executor.run(program(files, *stages))
    assert outcome.ended == "timed out"
    assert [stage.ended for stage in outcome.stages[:2]] == ["timed out", "finished"]
    assert outcome.stages[2].skipped
    assert await silent(out)


async def test_a_stage_that_is_asked_to_end_says_where_it_was(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    slow = """
        import time
        def crunch():
            time.sleep(60)
        crunch()
    """
    outcome = await executor.run(program({"a.py": slow}, script("a.py", time_limit_s=0.2)))
    assert "in crunch" in outcome.tail


async def test_a_program_past_its_own_limit_is_ended(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path
) -> None:
    files = {"a.py": HEARTBEAT + "\n    beat()\n"}
    outcome = await executor.run(
        program(files, script("a.py"), script("a.py", name="b"), seconds=0.6)
    )
    assert outcome.ended == "timed out"
    assert outcome.stages[1].skipped
    assert outcome.seconds < 10
    assert await silent(out)


async def test_eating_all_memory_is_a_value_and_nothing_survives(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path
) -> None:
    eat = """
    run_away()
    hoard = []
    while True:
        hoard.append(bytearray(8 * 2**20))
        time.sleep(0.002)
    """
    files = {"a.py": HEARTBEAT + eat}
    outcome = await executor.run(program(files, script("a.py"), memory_bytes=200 * MIB))
    assert outcome.ended == "out of memory"
    assert outcome.stages[0].ended == "out of memory"
    assert outcome.peak_bytes > 200 * MIB
    assert await silent(out)


async def test_shared_memory_counts_as_memory(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    eat = """
        import mmap, time
        area = mmap.mmap(-1, 400 * 2**20)
        for start in range(0, len(area), 4096):
            area[start] = 1
        time.sleep(20)
    """
    outcome = await executor.run(program({"a.py": eat}, script("a.py"), memory_bytes=200 * MIB))
    assert outcome.ended == "out of memory"


async def test_a_memory_error_is_a_failed_stage(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    outcome = await executor.run(program({"a.py": "x = bytearray(2**60)"}, script("a.py")))
    assert outcome.ended == "out of memory"
    assert outcome.stages[0].error is not None
    assert outcome.stages[0].error.frames[-1].line == 1


async def test_a_flood_of_output_is_cut(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    flood = "while True: print('x' * 1000)"
    flooding = program({"a.py": flood}, script("a.py"), output_bytes=MIB)
    outcome = await executor.run(flooding)
    assert outcome.ended == "too much output"
    assert flooding.log.stat().st_size == MIB


async def test_the_disk_quota_covers_results_and_scratch(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    fill = """
        import sys, tempfile, time
        files = [tempfile.NamedTemporaryFile(), open(sys.argv[1] + "/big", "wb")]
        while True:
            for file in files:
                file.write(bytes(2**20))
                file.flush()
            time.sleep(0.05)
    """
    outcome = await executor.run(program({"a.py": fill}, script("a.py"), disk_bytes=20 * MIB))
    assert outcome.ended in {"disk quota", "stage failed"}
    assert outcome.ended == "disk quota" or "File too large" in outcome.tail


async def test_a_crowd_of_processes_is_ended(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    crowd = """
        import os, time
        for _ in range(60):
            if os.fork() == 0:
                time.sleep(30)
        time.sleep(30)
    """
    outcome = await executor.run(program({"a.py": crowd}, script("a.py"), processes=30))
    assert outcome.ended == "too many processes"


async def test_cancelling_a_run_leaves_nothing(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path
) -> None:
    files = {"a.py": HEARTBEAT + "\n    beat()\n"}
    run = asyncio.create_task(executor.run(program(files, script("a.py"))))
    await until(lambda: beats(out) > 0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await silent(out)


ENGINE = """
import asyncio, sys
from pathlib import Path
from agents.execution.executor import Executor
from agents.execution.protocol import Program
from agents.execution.runtime import current_runtime
from agents.execution.sandbox import Sandbox
program = Program.model_validate_json(Path(sys.argv[1]).read_text())
sandbox = Sandbox.model_validate_json(sys.argv[2])
asyncio.run(Executor(current_runtime(), sandbox).run(program))
"""


async def test_killing_the_engine_kills_its_programs(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path, tmp_path: Path
) -> None:
    files = {"a.py": HEARTBEAT + "\n    beat()\n"}
    request = tmp_path / "program.json"
    request.write_text(program(files, script("a.py")).model_dump_json(), encoding="utf-8")
    command = [sys.executable, "-c", ENGINE, str(request), executor.sandbox.model_dump_json()]
    engine = subprocess.Popen(command, cwd=Path(__file__).parents[2])  # noqa: ASYNC220
    await until(lambda: beats(out) > 0)
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    deadline = time.monotonic() + 10
    while not await silent(out):
        assert time.monotonic() < deadline


async def test_a_program_cannot_kill_its_engine(
    hiding_executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    kill = """
        import os, signal, sys
        for pid in (os.getppid(), int(sys.argv[2])):
            if pid > 1:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
    """
    stages = (script("a.py", os.getpid()), script("b.py"))
    outcome = await hiding_executor.run(program({"a.py": kill, "b.py": ""}, *stages))
    if hiding_executor.sandbox.shares_startup:
        assert outcome.ok, outcome.tail
    else:
        # The runner that it killed was its own, in a namespace of its own.
        assert outcome.stages[0].ended == "killed"
        assert outcome.stages[1].ok


def test_the_first_limit_that_is_passed_has_a_name() -> None:
    limits = Limits(seconds=10, memory_bytes=100, processes=4, disk_bytes=1000)
    assert breach(Usage(9, 100, 4, 1000), limits, grace_s=2) is None
    assert breach(Usage(11, 100, 4, 1000), limits, grace_s=2) is None
    assert breach(Usage(13, 100, 4, 1000), limits, grace_s=2) == "timed out"
    assert breach(Usage(9, 101, 4, 1000), limits, grace_s=2) == "out of memory"
    assert breach(Usage(9, 100, 5, 1000), limits, grace_s=2) == "too many processes"
    assert breach(Usage(9, 100, 4, 1001), limits, grace_s=2) == "disk quota"


def test_a_hard_link_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100_000))
    alone = disk_usage([tmp_path])
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert disk_usage([tmp_path, tmp_path]) == alone
