"""Finding the strongest sandbox that works here, by running something real in it.

The probe goes through the executor with the very argument list of a real run: it imports the
learning libraries, looks for the GPU, and tries to open a file that must be out of reach. Its
verdict is kept by everything that could change it, so that a second start pays nothing.

A machine that is only slow at the moment loses no protection by it: where importing takes too long,
what hides the files is tried alone, and such a verdict is not kept.
"""

import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, get_args

from pydantic import ValidationError

from agents.execution.executor import Executor
from agents.execution.protocol import Limits, Outcome, Program, Rung, Stage
from agents.execution.runtime import Runtime
from agents.execution.sandbox import Sandbox

CACHE_NAME = "sandbox.json"
PROBE_SECONDS = 60.0
PROBE_MEMORY_BYTES = 8 * 2**30
Groups = tuple[tuple[str, ...], ...]
LIBRARIES: Groups = (("numpy", "pandas", "sklearn"), ("torch",))
"""What must be importable inside, if it is installed; each group is imported in its own process."""

PROBE = '''
"""Fails unless the libraries import, the devices are there and the secret is out of reach."""
import importlib
import os
import sys

secret, libraries, devices = sys.argv[1], sys.argv[2].split(";"), sys.argv[3:]
for device in devices:
    if not os.path.exists(device):
        sys.exit("the device " + device + " is not visible inside")
if secret:
    try:
        open(secret).close()
    except OSError:
        pass
    else:
        sys.exit("a file that should be hidden can be read")
importers = []
for group in filter(None, libraries):
    importer = os.fork()
    if importer == 0:
        for name in group.split(","):
            importlib.import_module(name)
        os._exit(0)
    importers.append(importer)
if any([os.waitpid(importer, 0)[1] for importer in importers]):
    sys.exit("a library could not be imported")
'''


async def probe(runtime: Runtime, cache_dir: Path) -> Sandbox:
    """Return the highest rung of the ladder that works on this machine.

    Args:
        runtime: The interpreter that programs will run on.
        cache_dir: Where the verdict is kept; made if it does not exist.
    """
    cache = cache_dir / CACHE_NAME
    key = _key(runtime)
    known = _remembered(cache, key)
    if known is not None:
        return known
    refused: list[tuple[Rung, str]] = []
    hasty = False
    for rung in get_args(Rung):
        sandbox = candidate(rung)
        if isinstance(sandbox, str):
            refused.append((rung, sandbox))
            continue
        tried = await _trial(runtime, sandbox)
        hasty |= tried.hasty
        if tried.refusal is None or rung == "limits":
            chosen = sandbox.model_copy(update={"refused": tuple(refused)})
            if not hasty:
                _remember(cache, key, chosen)
            return chosen
        refused.append((rung, tried.refusal))
    raise AssertionError("The rung `limits` is never refused.")


def candidate(rung: Rung) -> Sandbox | str:
    """Describe a rung as it would be used here, or say in a sentence why it cannot be."""
    confines_forks = landlock_abi() > 0
    if rung == "bubblewrap":
        found = shutil.which("bwrap")
        if found is None:
            return "bubblewrap (the command bwrap) is not installed."
        return Sandbox(rung=rung, shares_startup=confines_forks, bubblewrap=Path(found).resolve())
    if rung == "landlock":
        known = Sandbox(rung=rung, shares_startup=True)
        return known if confines_forks else "This system's kernel offers no Landlock."
    return Sandbox(rung=rung, shares_startup=sys.platform == "linux")


def landlock_abi() -> int:
    """Return the version of Landlock that this kernel speaks, 0 for none."""
    if sys.platform != "linux":
        return 0
    create_ruleset, ask_for_version = 444, 1
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(create_ruleset, None, ctypes.c_size_t(0), ask_for_version)))


class Tried(NamedTuple):
    """What a probe said of a rung."""

    refusal: str | None
    """A sentence saying why the rung does not work; None where it does."""
    hasty: bool
    """Whether the machine was too slow to try everything."""


async def _trial(runtime: Runtime, sandbox: Sandbox) -> Tried:
    """Run the probe on a rung; without importing anything where that took too long."""
    outcome = await _probed(runtime, sandbox, LIBRARIES)
    hasty = outcome.ended == "timed out"
    if hasty:
        outcome = await _probed(runtime, sandbox, ())
    return Tried(None if outcome.ok else _reason(sandbox.rung, outcome), hasty)


async def _probed(runtime: Runtime, sandbox: Sandbox, libraries: Groups) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="iml-probe-") as name:
        secret = Path(name) / "secret"
        secret.write_text("secret", encoding="utf-8")
        program = _probe_program(runtime, sandbox, secret, libraries)
        return await Executor(runtime, sandbox).run(program)


def _probe_program(runtime: Runtime, sandbox: Sandbox, secret: Path, libraries: Groups) -> Program:
    groups = (",".join(filter(importlib.util.find_spec, group)) for group in libraries)
    hidden = str(secret) if sandbox.hides_paths else ""
    argv = ["probe.py", hidden, ";".join(groups), *map(str, runtime.devices)]
    stage = Stage(
        name="probe",
        kind="script",
        reads=(),
        writes=(),
        arguments={"argv": list(argv)},
        time_limit_s=PROBE_SECONDS,
    )
    attempt = secret.parent / "attempt"
    attempt.mkdir()
    return Program(
        name="probe",
        files={"probe.py": PROBE},
        stages=(stage,),
        attempt=attempt,
        log=attempt / "probe.log",
        cores=tuple(range(os.cpu_count() or 1)),
        limits=Limits(seconds=PROBE_SECONDS, memory_bytes=PROBE_MEMORY_BYTES),
        trusted=True,
    )


def _reason(rung: Rung, outcome: Outcome) -> str:
    stage = outcome.stages[0]
    words = stage.error.message if stage.error and not outcome.tail else outcome.tail
    last = (words.strip().splitlines() or [outcome.ended])[-1].rstrip(".")
    return f"The rung {rung} does not work here: {last}."


def _key(runtime: Runtime) -> str:
    """Digest everything that the verdict depends on."""
    bubblewrap = shutil.which("bwrap")
    parts = (
        runtime.fingerprint,
        str(runtime.python),
        platform.node(),
        platform.release(),
        str(landlock_abi()),
        str(os.getuid()),
        f"{bubblewrap} {Path(bubblewrap).stat().st_mtime_ns}" if bubblewrap else "",
        *map(str, (*runtime.binds, *runtime.devices)),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _remembered(cache: Path, key: str) -> Sandbox | None:
    try:
        stored = json.loads(cache.read_text(encoding="utf-8"))
        return Sandbox.model_validate(stored["sandbox"]) if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None


def _remember(cache: Path, key: str, sandbox: Sandbox) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"key": key, "sandbox": sandbox.model_dump(mode="json")})
    draft = cache.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(cache)
