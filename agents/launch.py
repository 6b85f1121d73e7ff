"""Starting the engine: a process of its own that outlives whoever started it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import JsonValue

from agents.errors import EngineError, InputError, WorkspaceError

START_TIMEOUT_S = 60.0
POLL_S = 0.03
INPUT_ERROR_STATUS = 2
WORKSPACE_ERROR_STATUS = 3
ENGINE_ERROR_STATUS = 4


def launch(workspace: Path, request: JsonValue, started: Callable[[], bool]) -> None:
    """Starts an engine and waits until it has said that it is there.

    Args:
        workspace: Where it works.
        request: What it is to do (`agents.__main__`).
        started: Whether it has said so.

    Raises:
        InputError: the competition cannot be used; nothing was written into it.
        WorkspaceError: the workspace cannot be used.
        EngineError: the engine did not come up.
    """
    command = [sys.executable, "-P", "-m", "agents", str(workspace), json.dumps(request)]
    with tempfile.TemporaryDirectory(prefix="iml-start-") as scratch:
        log = Path(scratch) / "engine.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _await_start(process, started, log)


def refuse_unwritable(workspace: Path) -> None:
    """Says at once what the engine would find out only after it has read the data.

    Raises:
        WorkspaceError: the workspace can be neither written to nor made.
    """
    lies_there = (one for one in (workspace, *workspace.parents) if os.access(one, os.F_OK))
    home = next(lies_there)
    remedy = "name an empty or new folder with --workspace."
    if not home.is_dir():
        raise WorkspaceError(f"{home} is a file: {remedy}")
    if not os.access(home, os.W_OK | os.X_OK):
        raise WorkspaceError(f"{home} cannot be written to: {remedy}")


def _await_start(process: subprocess.Popen[bytes], started: Callable[[], bool], log: Path) -> None:
    """Wait as long as the engine does anything: a large competition takes minutes to read."""
    worked, deadline = 0.0, time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if started():
            return
        status = process.poll()
        if status is not None:
            if started():
                return
            _raise_failed_start(status, log)
        if (now := _worked_s(process.pid)) > worked:
            worked, deadline = now, time.monotonic() + START_TIMEOUT_S
        time.sleep(POLL_S)
    process.kill()
    raise EngineError(f"The engine did nothing for {START_TIMEOUT_S:.0f} s: try again.")


def _worked_s(pid: int) -> float:
    """Processor time that a process and those below it have used."""
    import psutil

    total = 0.0
    with suppress(psutil.Error):
        engine = psutil.Process(pid)
        for one in (engine, *engine.children(recursive=True)):
            with suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def _raise_failed_start(status: int, log: Path) -> None:
    text = log.read_text(encoding="utf-8", errors="replace").strip()
    if status == INPUT_ERROR_STATUS:
        raise InputError(text.splitlines()[-1] if text else "The competition cannot be used.")
    if status == WORKSPACE_ERROR_STATUS:
        raise WorkspaceError(text.splitlines()[-1] if text else "The workspace cannot be used.")
    if status == ENGINE_ERROR_STATUS:
        raise EngineError(text.splitlines()[-1] if text else "The engine ended at its start.")
    last = "\n".join(text.splitlines()[-12:])
    raise EngineError(f"The engine ended at its start (status {status}). Its last words:\n{last}")
