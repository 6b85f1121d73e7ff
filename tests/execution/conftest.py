"""Real programs for real sandboxes: every test that asks for `sandbox` runs on each rung."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.execution.executor import Executor
from agents.execution.ladder import candidate
from agents.execution.protocol import Limits, Program, Stage
from agents.execution.runtime import Runtime, current_runtime
from agents.execution.sandbox import Sandbox

MakeProgram = Callable[..., Program]

HIDING = ("bubblewrap", "bubblewrap, one process a stage", "landlock")
EVERY = (*HIDING, "limits")


def sandbox_called(name: str) -> Sandbox:
    rung, _, separate = name.partition(", ")
    found = candidate(rung)  # type: ignore[arg-type]
    if isinstance(found, str):
        pytest.skip(found)
    return found.model_copy(update={"shares_startup": False}) if separate else found


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    return current_runtime()


@pytest.fixture(params=EVERY)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Every rung of this machine."""
    return sandbox_called(request.param)


@pytest.fixture(params=HIDING)
def hiding_sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """The rungs that promise to hide things; `limits` promises nothing of the kind."""
    return sandbox_called(request.param)


@pytest.fixture
def executor(runtime: Runtime, sandbox: Sandbox) -> Executor:
    return Executor(runtime, sandbox, grace_s=0.3)


@pytest.fixture
def hiding_executor(runtime: Runtime, hiding_sandbox: Sandbox) -> Executor:
    return Executor(runtime, hiding_sandbox, grace_s=0.3)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that every stage made by `script` may write."""
    return tmp_path / "out [ü]"


@pytest.fixture
def script(out: Path) -> Callable[..., Stage]:
    """Make a stage that runs a file; its first argument is the folder `out`."""

    def make(file: str, *arguments: object, **fields: object) -> Stage:
        argv = [file, str(out), *map(str, arguments)]
        usual: dict[str, object] = {"name": file, "kind": "script", "reads": (), "writes": (out,)}
        usual |= {"arguments": {"argv": argv}, "time_limit_s": 20.0}
        return Stage.model_validate(usual | fields)

    return make


@pytest.fixture
def program(tmp_path: Path) -> MakeProgram:
    """Make a program from sources and stages."""

    def make(
        files: dict[str, str], *stages: Stage, trusted: bool = True, **limits: float
    ) -> Program:
        attempt = tmp_path / f"attempt {len(list(tmp_path.glob('attempt*')))} [é] 'x'"
        attempt.mkdir()
        return Program(
            name="test",
            files={name: textwrap.dedent(text) for name, text in files.items()},
            stages=stages,
            attempt=attempt,
            log=attempt / "logs" / "program.log",
            cores=(0,),
            limits=Limits.model_validate({"seconds": 20.0, "memory_bytes": 2**30} | limits),
            trusted=trusted,
        )

    return make
