"""One engine at a time, and no doubt about whether one is alive."""

import subprocess
import sys
from pathlib import Path

from agents.lock import EngineLock, engine_alive

HOLD = """
import sys, time
from pathlib import Path
from agents.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
assert lock.take()
print("held", flush=True)
time.sleep(60)
"""


def test_nobody_is_alive_where_no_engine_ever_was(tmp_path: Path) -> None:
    assert not engine_alive(tmp_path)


def test_two_engines_never_hold_one_workspace(tmp_path: Path) -> None:
    first, second = EngineLock(tmp_path), EngineLock(tmp_path)
    assert first.take()
    assert not second.take()
    assert engine_alive(tmp_path)
    first.release()
    assert not engine_alive(tmp_path)
    assert second.take()
    second.release()


def test_a_killed_engine_holds_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    assert engine_alive(tmp_path)
    process.kill()
    process.wait()
    process.stdout.close()
    assert not engine_alive(tmp_path)
