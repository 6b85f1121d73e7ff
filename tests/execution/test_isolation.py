"""What a program must not reach, proved by programs that try, on each rung that promises it."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import agents
from agents.execution.executor import Executor
from agents.execution.protocol import Program, Stage

MakeProgram = Callable[..., Program]
MakeScript = Callable[..., Stage]

READ_ALL = """
    import json, os, sys
    from pathlib import Path
    reached = []
    for path in sys.argv[2:]:
        try:
            os.listdir(path) if os.path.isdir(path) else open(path).read()
        except OSError:
            continue
        reached.append(path)
    Path(sys.argv[1], "reached.json").write_text(json.dumps(reached))
"""


def reached(out: Path, name: str = "reached.json") -> list[str]:
    return list(json.loads((out / name).read_text(encoding="utf-8")))


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def environment_block() -> bytes:
    return Path("/proc/self/environ").read_bytes()


@pytest.fixture
def secrets(tmp_path: Path) -> list[Path]:
    """A run's surroundings: everything that a program must not know."""
    names = (
        "competition/pipeline/.iml/answers/blind-1.parquet",
        "competition/pipeline/.iml/journal.sqlite",
        "competition/pipeline/tracks/neural/model.py",
        "competition/pipeline/.git/config",
        "competition/train.csv",
        "home/.ssh/id_ed25519",
        "home/.config/iml-tui/keys",
    )
    files = [tmp_path / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("secret", encoding="utf-8")
    return [*files, *{file.parent for file in files}]


async def test_labels_tracks_journal_git_and_home_cannot_be_reached(
    hiding_executor: Executor,
    program: MakeProgram,
    script: MakeScript,
    out: Path,
    secrets: list[Path],
) -> None:
    own_repository = Path(agents.__file__).parents[1]
    hidden = [*secrets, own_repository / "pyproject.toml", own_repository / "agents", Path("/etc")]
    outcome = await hiding_executor.run(program({"a.py": READ_ALL}, script("a.py", *hidden)))
    assert outcome.ok, outcome.tail
    # Landlock leaves folders like /etc in place but closed; a namespace has an empty stand-in.
    assert [path for path in reached(out) if path != "/etc"] == []


async def test_links_and_parent_folders_lead_nowhere(
    hiding_executor: Executor,
    program: MakeProgram,
    script: MakeScript,
    out: Path,
    secrets: list[Path],
    tmp_path: Path,
) -> None:
    view = tmp_path / "view"
    view.mkdir()
    (view / "link.csv").symlink_to(secrets[0])
    (view / "table.csv").write_text("a", encoding="utf-8")
    look = """
        import json, os, sys
        from pathlib import Path
        view = Path(sys.argv[2])
        found = []
        for path in (view / "table.csv", view / "link.csv", view / ".." / "competition"):
            try:
                os.listdir(path) if path.is_dir() else path.read_text()
                found.append(path.name)
            except OSError:
                pass
        Path(sys.argv[1], "reached.json").write_text(json.dumps(found))
    """
    outcome = await hiding_executor.run(
        program({"a.py": look}, script("a.py", view, reads=(view,)))
    )
    assert outcome.ok, outcome.tail
    assert "table.csv" in reached(out)
    assert "link.csv" not in reached(out)
    assert "competition" not in reached(out)


async def test_the_environment_of_the_parent_cannot_be_read(
    hiding_executor: Executor,
    program: MakeProgram,
    script: MakeScript,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IML_TEST_API_KEY", "sk-a-secret")
    dump = """
        import os, sys
        from pathlib import Path
        seen = [repr(dict(os.environ)).encode()]
        # Where the list of processes is closed, their numbers can still be guessed.
        entries = os.listdir("/proc") if sys.argv[2] == "open" else map(str, range(1, 66000))
        for entry in ("self", *entries):
            for name in ("environ", "cmdline"):
                try:
                    seen.append(Path("/proc", entry, name).read_bytes())
                except OSError:
                    pass
        Path(sys.argv[1], "dump").write_bytes(b"\\n".join(seen))
    """
    listed = "closed" if hiding_executor.sandbox.rung == "landlock" else "open"
    outcome = await hiding_executor.run(program({"a.py": dump}, script("a.py", listed)))
    assert outcome.ok, outcome.tail
    dumped = (out / "dump").read_bytes()
    assert b"PYTHONHASHSEED" in dumped
    assert b"sk-a-secret" not in dumped
    assert environment_block() not in dumped


async def test_there_is_no_network(
    hiding_executor: Executor, program: MakeProgram, script: MakeScript, out: Path, tmp_path: Path
) -> None:
    call = """
        import json, socket, sys
        from pathlib import Path
        tcp, udp, unix = sys.argv[2:]
        reached = []
        tries = {
            "tcp": lambda: socket.create_connection(("127.0.0.1", int(tcp)), 2),
            "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
                b"words", ("127.0.0.1", int(udp))),
            "unix": lambda: socket.socket(socket.AF_UNIX).connect(unix),
            "abstract": lambda: socket.socket(socket.AF_UNIX).connect("\\0" + unix[-20:]),
        }
        for name, attempt in tries.items():
            try:
                attempt()
                reached.append(name)
            except OSError:
                pass
        Path(sys.argv[1], "reached.json").write_text(json.dumps(reached))
    """
    path = tmp_path / "daemon.sock"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.1)
        unix.bind(str(path))
        unix.listen()
        abstract.bind("\0" + str(path)[-20:])
        abstract.listen()
        ports = (tcp.getsockname()[1], udp.getsockname()[1], path)
        outcome = await hiding_executor.run(program({"a.py": call}, script("a.py", *ports)))
        assert outcome.ok, outcome.tail
        with pytest.raises(TimeoutError):
            udp.recv(10)
    assert set(reached(out)) <= {"udp"}


async def test_a_stage_sees_only_the_paths_that_it_names(
    hiding_executor: Executor, program: MakeProgram, script: MakeScript, out: Path, tmp_path: Path
) -> None:
    fit, predict = tmp_path / "view" / "fit", tmp_path / "view" / "predict"
    for folder in (fit, predict):
        folder.mkdir(parents=True)
        (folder / "table.csv").write_text(folder.name, encoding="utf-8")
    look = """
        import json, os, sys
        from pathlib import Path
        seen = []
        for folder in sys.argv[2:]:
            try:
                seen.append(open(os.path.join(folder, "table.csv")).read())
            except OSError:
                pass
        Path(sys.argv[1], "reached.json").write_text(json.dumps(seen))
    """
    stages = (
        script("a.py", fit, predict, name="fit", reads=(fit,)),
        script("b.py", fit, predict, name="predict", reads=(predict,)),
    )
    files = {"a.py": look, "b.py": look.replace("reached.json", "second.json")}
    outcome = await hiding_executor.run(program(files, *stages))
    assert outcome.ok, outcome.tail
    assert reached(out) == ["fit"]
    assert reached(out, "second.json") == ["predict"]


async def test_stages_cannot_whisper_to_each_other(
    hiding_executor: Executor, program: MakeProgram, script: MakeScript, out: Path, tmp_path: Path
) -> None:
    whisper = """
        import ctypes, os, subprocess, sys, tempfile
        from pathlib import Path
        here = Path(tempfile.gettempdir()).parents[1]
        for folder in (Path("/dev/shm"), Path("/tmp"), Path("/job"), Path("/job/runner"), here,
                       Path.cwd(), Path.cwd().parent, Path.home(), here / "start"):
            try:
                (folder / "note.txt").write_text("labels")
            except OSError:
                pass
        ctypes.CDLL(None).shmget(4711, 4096, 0o1666)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "whisperer"])
    """
    listen = """
        import ctypes, json, os, sys
        from pathlib import Path
        heard = []
        for top in ("/dev/shm", "/tmp", "/job", sys.argv[2]):
            for parent, _, names in os.walk(top):
                for name in names:
                    if name == "note.txt":
                        try:
                            heard.append([parent, open(os.path.join(parent, name)).read()])
                        except OSError:
                            pass
        if ctypes.CDLL(None).shmget(4711, 4096, 0) >= 0:
            heard.append("shared memory")
        for entry in Path("/proc").glob("[0-9]*/cmdline") if os.access("/proc", os.R_OK) else ():
            try:
                heard += ["process"] if b"whisperer" in entry.read_bytes() else []
            except OSError:
                pass
        Path(sys.argv[1], "reached.json").write_text(json.dumps(heard))
    """
    files = {"a.py": whisper, "b.py": listen}
    mute = tmp_path / "mute"
    stages = (script("a.py", writes=(mute,)), script("b.py", tmp_path / "attempt", after=("a.py",)))
    outcome = await hiding_executor.run(program(files, *stages))
    assert outcome.ok, outcome.tail
    assert reached(out) == []


async def test_a_stage_can_neither_change_the_program_nor_its_results(
    hiding_executor: Executor, program: MakeProgram, script: MakeScript, out: Path, tmp_path: Path
) -> None:
    forge = """
        import glob, os
        for pattern in ("/job/**/b.py", "/job/results/*", "/job/runner/*"):
            for path in glob.glob(pattern, recursive=True):
                try:
                    open(path, "w").write("forged")
                except OSError:
                    pass
        os._exit(3)
    """
    files = {"a.py": forge, "b.py": "print('as it was')"}
    outcome = await hiding_executor.run(program(files, script("a.py"), script("b.py")))
    assert [stage.ok for stage in outcome.stages] == [False, True]
    assert "as it was" in outcome.tail
    assert outcome.stages[0].ended == "exit status"


async def test_results_hold_no_links_out_of_the_sandbox(
    executor: Executor, program: MakeProgram, script: MakeScript, out: Path, secrets: list[Path]
) -> None:
    link = """
        import os, sys
        for make in (lambda p: os.symlink(sys.argv[2], p), os.mkfifo):
            try:
                make(os.path.join(sys.argv[1], "scores.parquet"))
            except OSError:
                pass
    """
    outcome = await executor.run(program({"a.py": link}, script("a.py", secrets[0])))
    assert outcome.ok, outcome.tail
    assert entries(out) == []
