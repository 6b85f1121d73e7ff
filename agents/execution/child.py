"""The child-side runner: one stand-alone file that runs a program's stages inside the sandbox.

It imports nothing of ours and is copied as text into each attempt. It starts once, imports the
installed packages that the program will want, and then runs every stage in a fork of its own:
imports are paid once, and no stage can touch what another one holds. Before a fork loads the first
line of the program it gives up its rights (Landlock, seccomp, capabilities), so it can read and
write only what its stage names. This parent process never runs code of the program; it keeps the
deadlines, ends what a stage leaves behind, and is the only one that writes results.

Objects of the contract are stored as parquet, npy, npz or json, never pickle.
"""

import ast
import contextlib
import ctypes
import faulthandler
import gc
import importlib
import importlib.util
import json
import os
import pickle
import re
import resource
import runpy
import select
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypedDict

STANDARD_OUTPUT = 1
KEPT_WITH = ("pyarrow.parquet", "pyarrow.dataset", "pyarrow.pandas_compat")
"""What tables are read and written with; else every stage would import it anew."""
POLL_S = 0.02
"""Between two looks at a fork that says nothing."""
PATIENCE_S = 10.0
"""For killed processes to be gone; the kernel may still be tidying up after them."""
REPORT_BYTES = 64 * 2**20
MODULES = {"preprocess": "Preprocessor", "model": "Model"}
WHILE_FITTING = "_while_fitting"
"""What is added to the module name of a part that fits."""
SEEN_ROWS = 5_000  # tables up to so many rows are described by their contents too
SEEN_COLUMNS = 200
SEEN_WORDS = 5
SEEN_LETTERS = 24
EXAMPLE_ROWS = 3


class StageRequest(TypedDict):
    """A `protocol.Stage` with inside paths, and the folders that were made for it."""

    name: str
    kind: str
    reads: list[str]
    writes: list[str]
    arguments: dict[str, Any]
    time_limit_s: float
    after: list[str]
    folder: str
    scratch: str
    environment: dict[str, str]


class Request(TypedDict):
    """What the executor asks of one process."""

    results: int
    """A descriptor, so that no path leads to the results from inside."""
    stages: list[StageRequest]
    done: list[str]
    cores: list[int]
    seconds: float
    grace_s: float
    disk_bytes: int
    parent: int
    confinement: str
    readable: list[str]
    devices: list[str]
    packages: list[str]
    """Folders of packages that are searched after those of the interpreter."""


class Ending(NamedTuple):
    """How a fork ended, seen from its parent."""

    status: int
    peak_bytes: int
    report: bytes
    timed_out: bool


# --- the parent: deadlines, results, nothing left behind ---------------------------------------


def main(request_file: str) -> int:
    """Run all stages of a request in order; the verdicts are in its results file."""
    request: Request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    deadline = time.monotonic() + request["seconds"]
    watch_over_the_tree(request["parent"])
    use_cores(request["cores"])
    gc.disable()
    import_packages(wanted_imports(Path(request["stages"][0]["folder"])))
    if any(stage["kind"] != "script" for stage in request["stages"]):
        import_packages(KEPT_WITH)
    gc.freeze()  # what was imported stays: a fork that looked for garbage there would copy it
    gc.enable()
    succeeded = set(request["done"])
    for stage in request["stages"]:
        if succeeded.issuperset(stage["after"]) and time.monotonic() < deadline:
            result = run_stage(request, stage, deadline)
        else:
            result = {"name": stage["name"], "ok": False, "skipped": True}
        record(request, {"ended": result})
        _write_all(STANDARD_OUTPUT, f"{told(result)}\n".encode())
        if result["ok"]:
            succeeded.add(stage["name"])
    return 0


def told(result: dict[str, Any]) -> str:
    """One line of the log on how a stage ended, and what came out of it."""
    if result.get("skipped"):
        return f"{result['name']}: skipped, what it needs is not there"
    if not result["ok"]:
        return f"{result['name']}: {result['ended']} after {result['seconds']:.1f} s"
    shapes = [
        f"{fact['name']} {' x '.join(f'{size:,}' for size in fact['shape'])}"
        for fact in result.get("facts", ())
        if fact.get("shape")
    ]
    made = f"  {', '.join(shapes)}" if shapes else ""
    return f"{result['name']}: {result['seconds']:.1f} s{made}"


def watch_over_the_tree(parent: int) -> None:
    """Adopt whatever the stages orphan, and end everything when the engine dies.

    Args:
        parent: The process that must be alive, or 0 where a namespace sees to it.
    """
    signal.signal(signal.SIGTERM, _end_all)
    if sys.platform == "linux":
        pr_set_child_subreaper = 36
        ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)
    open_to_inspection(False)
    at_death_of_parent(signal.SIGTERM)
    if parent and os.getppid() != parent:
        _end_all()


def open_to_inspection(allowed: bool) -> None:
    """Let processes of the same user read this one's memory and descriptors, or not."""
    if sys.platform == "linux":
        pr_set_dumpable = 4
        ctypes.CDLL(None).prctl(pr_set_dumpable, int(allowed), 0, 0, 0)


def at_death_of_parent(signal_number: int) -> None:
    """Ask the kernel for a signal when the parent is gone."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal_number, 0, 0, 0)


def _end_all(*_: object) -> None:
    end_descendants()
    os._exit(128 + signal.SIGTERM)


def use_cores(cores: Iterable[int]) -> None:
    """Pin this process, and so all that it forks, to those of `cores` that exist."""
    if sys.platform == "linux":
        usable = os.sched_getaffinity(0) & set(cores)
        if usable:
            os.sched_setaffinity(0, usable)


def run_stage(request: Request, stage: StageRequest, deadline: float) -> dict[str, Any]:
    """Run one stage in a fork and say how it ended."""
    record(request, {"began": stage["name"]})
    started = time.monotonic()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.close(request["results"])
        _be_the_stage(request, stage, writer)
    os.close(writer)
    due = min(started + stage["time_limit_s"], deadline)
    ending = attend(pid, reader, due, request["grace_s"])
    os.close(reader)
    end_descendants()
    if request["confinement"] == "namespace":
        # Private to this sandbox, but else one stage could leave words there for the next.
        empty_folder(Path("/dev/shm"))
    return {
        "name": stage["name"],
        "seconds": time.monotonic() - started,
        "peak_bytes": ending.peak_bytes,
        **verdict(ending),
    }


def attend(pid: int, reader: int, deadline: float, grace_s: float) -> Ending:
    """Collect the report of a fork until it ends; past its deadline, end it.

    The first signal is polite; the one after `grace_s` cannot be refused.
    """
    os.set_blocking(reader, False)
    report = bytearray()
    signals = iter((signal.SIGTERM, signal.SIGKILL))
    timed_out = False
    waiting, pause_s = [reader], POLL_S
    while True:
        if waiting and not _drain(reader, report):
            waiting, pause_s = [], POLL_S / 32  # it is about to be gone, or hides from us
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            _drain(reader, report)
            return Ending(status, usage.ru_maxrss * 1024, bytes(report), timed_out)
        if time.monotonic() >= deadline:
            timed_out = True
            os.kill(pid, next(signals, signal.SIGKILL))
            deadline = time.monotonic() + grace_s
        select.select(waiting, [], [], pause_s)
        pause_s = min(2 * pause_s, POLL_S)


def _drain(reader: int, report: bytearray) -> bool:
    """Read what is there; False once nobody can write any more."""
    with contextlib.suppress(BlockingIOError):
        while len(report) < REPORT_BYTES:
            chunk = os.read(reader, 1 << 16)
            if not chunk:
                return False
            report += chunk
    return True


def verdict(ending: Ending) -> dict[str, Any]:
    """Translate the end of a process into the fields of a `StageResult`."""
    reported = _parsed(ending.report)
    if reported is not None and (reported.get("ok") or not ending.timed_out):
        return reported
    if ending.timed_out:
        return _failed("timed out", "TimeoutError", "The stage ran past its time limit.")
    if os.WIFSIGNALED(ending.status):
        number = os.WTERMSIG(ending.status)
        name = signal.Signals(number).name
        return _failed("killed", name, f"The stage was killed by signal {number} ({name}).")
    code = os.WEXITSTATUS(ending.status)
    message = f"The stage left with exit status {code} before its work was done."
    return _failed("exit status", "SystemExit", message)


def _parsed(report: bytes) -> dict[str, Any] | None:
    try:
        reported = json.loads(report)
    except ValueError:
        return None
    return reported if isinstance(reported, dict) else None


def _failed(ended: str, error: str, message: str) -> dict[str, Any]:
    return {"ok": False, "ended": ended, "error": {"type": error, "message": message}}


def record(request: Request, line: dict[str, Any]) -> None:
    """Append one durable line to the results."""
    _write_all(request["results"], f"{json.dumps(line)}\n".encode())
    os.fsync(request["results"])


def end_descendants() -> None:
    """Kill and reap every process below this one, however it tried to get away.

    A process that left its session or whose parent died is adopted by this one, so repeating
    until nobody is left finds all of them.
    """
    patience = time.monotonic() + PATIENCE_S
    while (alive := descendants()) and time.monotonic() < patience:
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def descendants() -> list[int]:
    """List the processes below this one, from `/proc`."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found = list(children.get(os.getpid(), []))
    for pid in found:
        found.extend(children.get(pid, []))
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            after_name = (entry / "stat").read_text(errors="replace").rpartition(")")[2]
            yield int(entry.name), int(after_name.split()[1])


def empty_folder(folder: Path) -> None:
    """Remove whatever a stage left in a place that the next one would share."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


# --- imports that are paid once ----------------------------------------------------------------


def wanted_imports(folder: Path) -> list[str]:
    """List what the files of a program import from installed packages, in order.

    `from a.b import c` yields both `a.b` and `a.b.c`; the latter is only tried.
    """
    names: dict[str, None] = {}
    for file in sorted(folder.glob("*.py")):
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        names.update(dict.fromkeys(_imports(tree)))
    own = {file.stem for file in folder.glob("*.py")} | {file.name for file in folder.iterdir()}
    return [name for name in names if name.partition(".")[0] not in own]


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def import_packages(names: Iterable[str]) -> None:
    """Import packages ahead of the forks; one that fails will fail properly in its stage."""
    for name in names:
        parent, _, last = name.rpartition(".")
        if parent in sys.modules and hasattr(sys.modules[parent], last):
            continue
        try:
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
        except BaseException:  # noqa: BLE001 - whatever a package does while being imported
            continue


# --- the fork: rights, work, report ------------------------------------------------------------


def _be_the_stage(request: Request, stage: StageRequest, writer: int) -> None:
    """Do the work of one stage and leave; never returns."""
    status = 1
    try:
        status = _work_and_report(request, stage, writer)
    finally:
        os._exit(status)


def _work_and_report(request: Request, stage: StageRequest, writer: int) -> int:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    at_death_of_parent(signal.SIGKILL)
    open_to_inspection(True)
    # A stage that is ended for its time says where it was.
    faulthandler.register(signal.SIGTERM, all_threads=False, chain=True)
    os.setpgid(0, 0)
    enter_folder(stage)
    inputs: set[str] = set()
    report: dict[str, Any]
    try:
        confine(request, stage)
        sys.path += request["packages"]  # only now: what they do while imported is confined too
        sys.addaudithook(input_recorder(stage["arguments"].get("data"), inputs))
        report = {"ok": True, "facts": perform(stage)}
    except BaseException as error:  # noqa: BLE001 - a failed program is a value
        report = describe_failure(error, stage["kind"])
    report["inputs"] = sorted(inputs)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    _write_all(writer, json.dumps(report).encode())
    return 0 if report["ok"] else 1


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def enter_folder(stage: StageRequest) -> None:
    """Give this process the stage's own folder, scratch and number of threads."""
    os.environ.update(stage["environment"])
    os.chdir(stage["folder"])
    sys.path.insert(0, stage["folder"])
    tempfile.tempdir = None
    threads = int(stage["environment"].get("OPENBLAS_NUM_THREADS", "1"))
    if threads > 1 and importlib.util.find_spec("threadpoolctl"):
        # The parent had one thread only, so that forking it is safe; this one may have its share.
        importlib.import_module("threadpoolctl").threadpool_limits(threads, user_api="blas")


def input_recorder(data: str | None, opened: set[str]) -> Callable[[str, tuple[object, ...]], None]:
    """Make an audit hook that adds the files below `data` that are opened to `opened`."""
    prefix = os.path.join(os.path.abspath(data), "") if data else None  # noqa: PTH100, PTH118

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or prefix is None or not isinstance(arguments[0], str | bytes):
            return
        path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100 - called very often
        if path.startswith(prefix) and not os.path.isdir(path):  # noqa: PTH112
            opened.add(path.removeprefix(prefix))

    return hook


def perform(stage: StageRequest) -> list[dict[str, Any]]:
    """Do what the stage's kind says; the facts are about the objects it produced."""
    given = stage["arguments"]
    if stage["kind"] == "script":
        return run_script(given["argv"])
    objects = Path(given["objects"])
    if stage["kind"] == "preprocess-fit":
        part = load_part("preprocess", fits=True)
        limits = {"seed": given["seed"], "time_limit_s": given["time_limit_s"]}
        produced = part.fit(Path(given["data"]), **limits)
        part.save(Path(given["state"]))
        return store_objects(produced, objects, "Preprocessor.fit")
    if stage["kind"] == "preprocess-transform":
        part = restored("preprocess", Path(given["state"]))
        produced = part.transform(Path(given["data"]))
        return store_objects(produced, objects, "Preprocessor.transform")
    if stage["kind"] == "model-fit":
        part = load_part("model", fits=True)
        limits = {"seed": given["seed"], "time_limit_s": given["time_limit_s"]}
        part.fit(load_objects(objects), **limits)
        part.save(Path(given["state"]))
        return []
    part = restored("model", Path(given["state"]))
    return store_scores(part.predict(load_objects(objects)), Path(given["scores"]))


def load_part(name: str, *, fits: bool = False) -> Any:  # noqa: ANN401 - the program's own class
    """Import a part of the program and make its object.

    A part that fits has a module name that no later process knows, as what it saves is loaded by
    other programs too: an object of its own classes cannot be restored there, and so not here.
    """
    path = Path(f"{name}.py").absolute()
    known_as = f"{name}{WHILE_FITTING}" if fits else name
    spec = importlib.util.spec_from_file_location(known_as, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"The program has no file {name}.py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[known_as] = module
    spec.loader.exec_module(module)
    if not hasattr(module, MODULES[name]):
        raise AttributeError(f"{name}.py defines no class {MODULES[name]}.")
    return getattr(module, MODULES[name])()


def restored(name: str, state: Path) -> Any:  # noqa: ANN401 - the program's own class
    """A part as it was saved, in a process that never saw it being fitted.

    Raises:
        UnpicklingError: What was saved holds objects of the part's own classes or functions.
    """
    part = load_part(name)
    try:
        part.load(state)
    except ModuleNotFoundError as error:
        if error.name != f"{name}{WHILE_FITTING}":
            raise
        raise pickle.UnpicklingError(
            f"{MODULES[name]}.load reads an object of a class or function defined in {name}.py "
            "itself, which other programs cannot restore: save plain values and objects of "
            "libraries only."
        ).with_traceback(error.__traceback__) from None
    return part


def run_script(argv: list[str]) -> list[dict[str, Any]]:
    """Run a file as `__main__`; a status other than 0 leaves as SystemExit."""
    sys.argv = list(argv)
    try:
        runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as leaving:
        if leaving.code not in {None, 0}:
            raise
    return []


# --- giving up rights --------------------------------------------------------------------------

READ = 1 << 0 | 1 << 2 | 1 << 3
"""Landlock: execute, read a file, list a folder."""
WRITE = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 14
"""Landlock: write, remove and make folders and files, move between folders, truncate."""
SPECIAL = 1 << 9 | 1 << 10 | 1 << 12
"""Landlock: make sockets, named pipes and links; for scratch only, a reader must not meet them."""
FILE_ONLY = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
PROC_FILES = ("cpuinfo", "meminfo", "stat", "loadavg", "version", "uptime", "filesystems")

# System calls that reach past the file system: sockets, shared kernel objects, the key rings.
FORBIDDEN_CALLS = {
    "x86_64": (0xC000003E, 41, (29, 64, 68, 240, 248, 249, 250, 425)),
    "aarch64": (0xC00000B7, 198, (194, 190, 186, 180, 217, 218, 219, 425)),
}
"""Machine: audit number; socket; shmget, semget, msgget, mq_open, the three of keys, io_uring."""


def confine(request: Request, stage: StageRequest) -> None:
    """Give up every right that the stage does not name, for good.

    Raises:
        OSError: The kernel refused; the stage must not run.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (request["disk_bytes"], request["disk_bytes"]))
    if request["confinement"] == "none":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    drop_capabilities(libc)
    pr_set_no_new_privs = 38
    _checked(libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0))
    restrict_files(libc, rights(request, stage), sockets=request["confinement"] == "namespace")
    forbid_calls(libc, sockets=request["confinement"] == "namespace")


def rights(request: Request, stage: StageRequest) -> list[tuple[str, int]]:
    """List the paths that a stage may use, each with its Landlock rights."""
    ioctl = 1 << 15
    granted = [(path, READ) for path in (*request["readable"], *stage["reads"])]
    granted += [(path, READ | WRITE) for path in stage["writes"]]
    granted += [(path, READ | WRITE | SPECIAL) for path in (stage["folder"], stage["scratch"])]
    granted += [(f"/dev/{name}", READ | WRITE) for name in ("null", "zero", "full")]
    granted += [(f"/dev/{name}", READ) for name in ("random", "urandom")]
    granted += [(device, READ | WRITE | ioctl) for device in request["devices"]]
    if request["confinement"] == "namespace":
        return [*granted, ("/proc", READ), ("/dev/shm", READ | WRITE)]
    own = [f"/proc/{os.getpid()}", "/proc/sys/kernel", "/proc/sys/vm", "/proc/driver"]
    return [*granted, *((path, READ) for path in (*own, *(f"/proc/{p}" for p in PROC_FILES)))]


def restrict_files(libc: ctypes.CDLL, granted: list[tuple[str, int]], *, sockets: bool) -> None:
    """Apply Landlock as far as this kernel knows it: files, TCP, signals, abstract sockets."""
    create, add_rule, restrict = 444, 445, 446
    abi = libc.syscall(create, None, ctypes.c_size_t(0), 1)
    _checked(abi)
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    tcp = 0 if sockets or abi < 4 else 3
    scopes = 3 if abi >= 6 else 0
    attributes = struct.pack("=QQQ", files, tcp, scopes)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = libc.syscall(create, attributes, ctypes.c_size_t(len(attributes)), 0)
    _checked(ruleset)
    for path, allowed in granted:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        mask = files if Path(path).is_dir() else files & FILE_ONLY
        rule = struct.pack("=Qi", allowed & mask, descriptor)
        _checked(libc.syscall(add_rule, ruleset, 1, rule, 0))
        os.close(descriptor)
    _checked(libc.syscall(restrict, ruleset, 0))
    os.close(ruleset)


def forbid_calls(libc: ctypes.CDLL, *, sockets: bool) -> None:
    """Refuse by seccomp what Landlock does not cover; on an unknown machine, nothing more."""
    if os.uname().machine not in FORBIDDEN_CALLS:
        return
    audit, socket_call, others = FORBIDDEN_CALLS[os.uname().machine]
    calls = others if sockets else (socket_call, *others)
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    refuse, allow, foreign = 0x00050001, 0x7FFF0000, 0x40000000
    # Jumps count from the next instruction; the refusal is the last one.
    last = len(calls) + 5
    code = [(load, 0, 0, 4), (equal, 0, last - 2, audit), (load, 0, 0, 0)]
    code += [(at_least, last - 4, 0, foreign)]
    code += [(equal, last - 5 - place, 0, call) for place, call in enumerate(calls)]
    code += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in code))
    header = struct.pack("@HP", len(code), ctypes.addressof(program))
    pr_set_seccomp, filter_mode = 22, 2
    _checked(libc.prctl(pr_set_seccomp, filter_mode, header, 0, 0))


def drop_capabilities(libc: ctypes.CDLL) -> None:
    """Keep none of root's powers, for the case that the user is root."""
    version_3 = 0x20080522
    _checked(libc.capset(struct.pack("=Ii", version_3, 0), struct.pack("=6I", *([0] * 6))))


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "The stage could not give up its rights")


# --- objects of the contract -------------------------------------------------------------------

INDEX = "objects.json"
SUFFIXES = {
    "DataFrame": ".parquet",
    "Series": ".parquet",
    "ndarray": ".npy",
    "sparse": ".npz",
    "texts": ".json",
    "json": ".json",
}


def store_objects(produced: object, folder: Path, maker: str) -> list[dict[str, Any]]:
    """Write what `maker` returned, one file an object, and measure it.

    Raises:
        TypeError: It is not a dict, or an object in it is of a kind that cannot be stored.
    """
    if not isinstance(produced, dict):
        raise TypeError(f"{maker} must return a dict of objects, not {type(produced).__name__}.")
    kinds = {}
    for name, value in produced.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise TypeError(f"{maker} returned an object whose name {name!r} is not a plain word.")
        kinds[name] = kind_of(name, value)
        write_object(value, kinds[name], folder / f"{name}{SUFFIXES[kinds[name]]}")
    (folder / INDEX).write_text(json.dumps(kinds), encoding="utf-8")
    return [facts(name, kinds[name], value) for name, value in produced.items()]


def load_objects(folder: Path) -> dict[str, Any]:
    """Read back what `store_objects` wrote, equal in kind, order, values and dtypes."""
    kinds = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return {
        name: read_object(kind, folder / f"{name}{SUFFIXES[kind]}") for name, kind in kinds.items()
    }


def store_scores(scores: object, file: Path) -> list[dict[str, Any]]:
    """Write what `Model.predict` returned.

    Raises:
        TypeError: It is not a DataFrame.
    """
    if not _is_a(scores, "pandas", "DataFrame"):
        raise TypeError(f"Model.predict must return a DataFrame, not {type(scores).__name__}.")
    write_object(scores, "DataFrame", file)
    return [facts("scores", "DataFrame", scores)]


def kind_of(name: str, value: object) -> str:
    """Name the kind under which an object of the contract is stored.

    Raises:
        TypeError: No stored form exists that is free of code.
    """
    for module, kind in (("pandas", "DataFrame"), ("pandas", "Series"), ("numpy", "ndarray")):
        if _is_a(value, module, kind):
            return kind
    scipy_sparse = sys.modules.get("scipy.sparse")
    if scipy_sparse is not None and scipy_sparse.issparse(value):
        return "sparse"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "texts"
    if value is None or isinstance(value, str | int | float | bool | list | tuple | dict):
        return "json"
    if callable(getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:
        return "json"
    raise TypeError(
        f"The object {name!r} is a {type(value).__module__}.{type(value).__qualname__}, which"
        " cannot be stored; return a DataFrame, Series, numpy array, sparse matrix, list or number."
    )


def _is_a(value: object, module: str, kind: str) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, kind))


def write_object(value: Any, kind: str, file: Path) -> None:  # noqa: ANN401 - see `kind_of`
    """Write one object in the form of its kind."""
    if kind in {"DataFrame", "Series"}:
        frame = value.to_frame(name=_column_name(value)) if kind == "Series" else value
        if len({type(column) for column in frame.columns}) > 1:
            raise TypeError(f"The columns of {file.stem!r} must all be texts.")
        frame.reset_index(drop=True).to_parquet(file, engine="pyarrow")
    elif kind == "ndarray":
        importlib.import_module("numpy").save(file, value, allow_pickle=False)
    elif kind == "sparse":
        sparse = importlib.import_module("scipy.sparse")
        matrix = value if value.format in {"csr", "csc", "coo", "bsr", "dia"} else value.tocsr()
        sparse.save_npz(file, matrix)
    else:
        file.write_text(json.dumps(value, default=_plain), encoding="utf-8")


def _column_name(series: Any) -> object:  # noqa: ANN401 - a pandas Series
    return "" if series.name is None else series.name


def _series(frame: Any) -> Any:  # noqa: ANN401 - pandas is loaded on demand
    series = frame.iloc[:, 0]
    return series.rename(None) if series.name == "" else series


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever json does not know
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"A {type(value).__name__} cannot be written as json.")


def read_object(kind: str, file: Path) -> Any:  # noqa: ANN401 - see `kind_of`
    """Read one object back."""
    if kind in {"DataFrame", "Series"}:
        frame = importlib.import_module("pandas").read_parquet(file, engine="pyarrow")
        return frame if kind == "DataFrame" else _series(frame)
    if kind == "ndarray":
        return importlib.import_module("numpy").load(file, allow_pickle=False)
    if kind == "sparse":
        return importlib.import_module("scipy.sparse").load_npz(file)
    return json.loads(file.read_text(encoding="utf-8"))


# --- facts -------------------------------------------------------------------------------------


def facts(name: str, kind: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - see `kind_of`
    """Measure an object: the fields of `protocol.ObjectFacts`."""
    known: dict[str, Any] = {"name": name, "kind": kind}
    if kind == "DataFrame":
        columns = [value.iloc[:, place] for place in range(value.shape[1])]
        return known | {
            "rows": len(value),
            "shape": value.shape,
            "columns": [str(column) for column in value.columns],
            "dtypes": [str(column.dtype) for column in columns],
            "missing": sum(int(column.isna().sum()) for column in columns),
            "infinite": sum(_infinite(column) for column in columns),
            **(_seen(columns) if len(value) <= SEEN_ROWS else {}),
        }
    if kind == "Series":
        found = {"rows": len(value), "shape": value.shape, "dtypes": [str(value.dtype)]}
        return known | found | {"missing": int(value.isna().sum()), "infinite": _infinite(value)}
    if kind in {"ndarray", "sparse"}:
        stored = value.tocoo().data if kind == "sparse" else value
        found = {"rows": int(value.shape[0]) if value.shape else 1, "shape": value.shape}
        found |= {"dtypes": [str(value.dtype)], "missing": _missing(stored)}
        if kind == "sparse":
            found["density"] = value.nnz / max(1, value.shape[0] * value.shape[1])
        return known | found | {"infinite": _infinite(stored)}
    rows = len(value) if isinstance(value, list | tuple | dict) else 1
    empty = sum(item is None for item in value) if isinstance(value, list | tuple) else 0
    return known | {"rows": rows, "missing": empty}


def _seen(columns: list[Any]) -> dict[str, Any]:
    """What stands in the columns of a small table: ranges, and the first rows."""
    shown = columns[:SEEN_COLUMNS]
    rows = [[_short(cell) for cell in column.head(EXAMPLE_ROWS)] for column in shown]
    return {
        "ranges": [_range(column) for column in shown],
        "examples": list(zip(*rows, strict=True)),
    }


def _range(column: Any) -> str:  # noqa: ANN401 - a column of any dtype
    """Least and largest number, or the first different words; empty where neither makes sense."""
    known = column.dropna()
    if not len(known):
        return "empty"
    if getattr(column.dtype, "kind", "") in "iuf":
        return f"{known.min():.6g} to {known.max():.6g}"
    try:
        words = [_short(word) for word in known.unique()]
    except TypeError:  # a list, or something else that nothing can be compared with
        return ""
    more = ", …" if len(words) > SEEN_WORDS else ""
    return f"{len(words)} different: {', '.join(words[:SEEN_WORDS])}{more}"


def _short(cell: Any) -> str:  # noqa: ANN401 - a cell of any type
    text = f"{cell:.4g}" if isinstance(cell, float) else str(cell)
    return text if len(text) <= SEEN_LETTERS else f"{text[: SEEN_LETTERS - 1]}…"


def _missing(values: Any) -> int:  # noqa: ANN401 - an array of any dtype
    return int((values != values).sum()) if getattr(values.dtype, "kind", "") == "f" else 0


def _infinite(values: Any) -> int:  # noqa: ANN401 - an array or a column of any dtype
    if getattr(values.dtype, "kind", "") != "f":
        return 0
    return int((abs(values) == float("inf")).sum())


# --- failures ----------------------------------------------------------------------------------


def describe_failure(error: BaseException, kind: str) -> dict[str, Any]:
    """Print a traceback as the program's author knows it, and return it as a value."""
    trace = own_traceback(error.__traceback__)
    ended = "out of memory" if isinstance(error, MemoryError) else "raised"
    if isinstance(error, SystemExit):
        ended = "exit status"
    if ended != "exit status" or kind != "script" or isinstance(error.code, str):  # type: ignore[attr-defined]
        with contextlib.suppress(OSError, ValueError):
            traceback.print_exception(type(error), error, trace)
    frames = [
        {"file": readable_name(frame.filename), "line": frame.lineno or 0, "function": frame.name}
        for frame in traceback.extract_tb(trace)
        if not frame.filename.startswith("<frozen")
    ]
    if isinstance(error, SyntaxError) and error.filename:
        place = {"file": readable_name(error.filename), "line": error.lineno or 0}
        frames.append({**place, "function": "<module>"})
    described = {"type": type(error).__name__, "message": str(error), "frames": frames}
    return {"ok": False, "ended": ended, "error": described}


def own_traceback(trace: TracebackType | None) -> TracebackType | None:
    """Leave out the leading frames that are the runner's or the import machinery's."""
    ours = {__file__, runpy.__file__}
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file not in ours and not file.startswith("<frozen"):
            return trace
        trace = trace.tb_next
    return None


def readable_name(file: str) -> str:
    """Shorten a file to its bare name (the program's) or its import path (a library's)."""
    for entry in sorted(filter(None, sys.path), key=len, reverse=True):
        if file.startswith(os.path.join(entry, "")):  # noqa: PTH118 - text in, text out
            return file[len(entry) :].lstrip(os.sep)
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
