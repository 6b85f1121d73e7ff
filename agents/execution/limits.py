"""Watching a process tree from outside: memory, processes, disk, and how it is ended.

The watcher never trusts the tree to report itself. Whatever it measures is compared with the
program's `Limits` by a pure function; the first limit that is passed ends the whole tree.
"""

import asyncio
import contextlib
import os
import re
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import psutil

from agents.execution.protocol import Limits

Breach = Literal["timed out", "out of memory", "too many processes", "disk quota"]

POLL_S = 0.1
DISK_POLL_S = 1.0
END_PATIENCE_S = 10.0
KIB = 1024


class Usage(NamedTuple):
    """What a tree uses at one moment."""

    seconds: float
    memory_bytes: int
    processes: int
    disk_bytes: int


def breach(usage: Usage, limits: Limits, grace_s: float) -> Breach | None:
    """Name the first limit that `usage` passes.

    Args:
        usage: What was measured.
        limits: What is allowed.
        grace_s: Time beyond `limits.seconds` that the runner has to end its stage politely.
    """
    if usage.memory_bytes > limits.memory_bytes:
        return "out of memory"
    if usage.processes > limits.processes:
        return "too many processes"
    if usage.disk_bytes > limits.disk_bytes:
        return "disk quota"
    if usage.seconds > limits.seconds + grace_s:
        return "timed out"
    return None


class Meter:
    """Measures one process tree and the folders that it writes to."""

    def __init__(self, pid: int, folders: Iterable[Path], memory_bytes: int) -> None:
        self._pid = pid
        self._folders = tuple(folders)
        self._exact_above = memory_bytes // 2
        self._started = time.monotonic()
        self._disk_bytes = 0
        self._disk_due = 0.0
        self.peak_bytes = 0
        self.seen: list[psutil.Process] = []
        """The processes below the root when it was last looked at."""

    def measure(self) -> Usage:
        """Look once; folders are walked at most once a second."""
        seconds = time.monotonic() - self._started
        if seconds >= self._disk_due:
            self._disk_bytes = disk_usage(self._folders)
            self._disk_due = time.monotonic() - self._started + DISK_POLL_S
        self.seen = _below(self._pid)
        pids = [self._pid, *(process.pid for process in self.seen)]
        memory = memory_usage(pids, self._exact_above)
        self.peak_bytes = max(self.peak_bytes, memory)
        return Usage(seconds, memory, len(pids), self._disk_bytes)


async def watch(meter: Meter, limits: Limits, grace_s: float) -> Breach:
    """Measure until a limit is passed; to be cancelled when the tree has ended by itself."""
    while True:
        passed = breach(await asyncio.to_thread(meter.measure), limits, grace_s)
        if passed:
            return passed
        await asyncio.sleep(POLL_S)


def memory_usage(pids: Iterable[int], exact_above: int) -> int:
    """Add up the memory of a tree in bytes, shared pages once.

    The quick sum counts pages shared between forks several times, so above `exact_above` the
    kernel's proportional share is asked for, which is slower. Files in the shared memory of a
    private `/dev` belong to the tree even when nobody maps them.
    """
    pids = list(pids)
    quick = [_fields(pid, "status", ("RssAnon", "RssFile", "RssShmem")) for pid in pids]
    held = max((_private_shared_memory(pid) for pid in pids[-1:]), default=0)
    anonymous = sum(fields[0] for fields in quick)
    shared = max(sum(fields[2] for fields in quick), held)
    total = anonymous + max((fields[1] for fields in quick), default=0) + shared
    if total <= exact_above:
        return total
    # A process that may not be inspected keeps its quick, and larger, figure.
    exact = [_fields(pid, "smaps_rollup", ("Pss", "Pss_Shmem")) for pid in pids]
    mapped = sum(fields[1] for fields in exact)
    held_by_all = sum(
        proportional or rough[0] for (proportional, _), rough in zip(exact, quick, strict=True)
    )
    return held_by_all - mapped + max(mapped, held)


def disk_usage(folders: Iterable[Path]) -> int:
    """Add up the blocks of all files below `folders`, in bytes, hard links once."""
    sizes: dict[tuple[int, int], int] = {}
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    status = Path(parent, name).lstat()
                    sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


async def end_tree(pid: int) -> None:
    """Kill everything below `pid`, then `pid` itself; returns when none of it runs any more.

    The root adopts orphans, so it is stopped first and killed last: nothing can slip away.
    """
    try:
        root = psutil.Process(pid)
        root.suspend()
    except psutil.NoSuchProcess:
        return
    patience = time.monotonic() + END_PATIENCE_S
    while (alive := _running_below(pid)) and time.monotonic() < patience:
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        await asyncio.sleep(0.005)
    with contextlib.suppress(psutil.Error):
        root.kill()


def settle(folders: Iterable[Path]) -> list[Path]:
    """Make what was written durable, and remove what a reader must not meet.

    A link or a named pipe in a result could lead whoever reads it to a place that the program
    itself was not shown.

    Returns:
        The entries that were removed.
    """
    removed = []
    for folder in folders:
        for parent, folders_below, names in os.walk(folder, topdown=False):
            for name in (*names, *folders_below):
                entry = Path(parent, name)
                mode = entry.lstat().st_mode
                if stat.S_ISREG(mode):
                    _sync(entry)
                elif not stat.S_ISDIR(mode):
                    entry.unlink()
                    removed.append(entry)
            _sync(Path(parent))
    return removed


def _sync(path: Path) -> None:
    # What the program closed even to its owner is of no use to anybody.
    with contextlib.suppress(PermissionError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _running_below(pid: int) -> list[psutil.Process]:
    running = []
    for process in _below(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
    return running


def _fields(pid: int, file: str, names: tuple[str, ...]) -> list[int]:
    """Read sizes from `/proc/<pid>/<file>` in bytes; zeros for a process that has gone."""
    try:
        text = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return [0] * len(names)
    found = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
    return [found.get(name, 0) * KIB for name in names]


def _private_shared_memory(pid: int) -> int:
    """Return the bytes held in a process's `/dev/shm` where that is not the machine's own."""
    place = Path("/proc", str(pid), "root", "dev/shm")
    with contextlib.suppress(OSError):
        if place.stat().st_dev != Path("/dev/shm").stat().st_dev:
            status = os.statvfs(place)
            return (status.f_blocks - status.f_bfree) * status.f_frsize
    return 0
