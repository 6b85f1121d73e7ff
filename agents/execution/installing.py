"""Installing a package beside what an interpreter has, without touching what it has.

Only wheels are taken: they are unpacked, and nothing of a package runs while it is installed, which
happens outside of the sandbox. What the interpreter has stays at its version (`--constraint`) and
is not fetched again; the rest goes into a folder that is searched after the interpreter's own.
"""

import asyncio
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from importlib import metadata, util
from pathlib import Path

from agents.errors import RetrievalError
from agents.execution.limits import end_tree
from agents.models import Frozen

LIMIT_S = 600.0
"""For all that one package needs."""
_WHEELS = ("--only-binary", ":all:")
_UNREACHED = re.compile(
    "failed to establish a new connection|failed to resolve|connect error|dns error|timed out",
    re.IGNORECASE,
)
"""What installers say of a network that is not there, among much else."""
_QUIET = ("--no-input", "--disable-pip-version-check", "--no-warn-script-location")


class Pin(Frozen):
    """One distribution, as it was installed."""

    name: str
    version: str
    address: str
    """Where it came from."""
    sha256: str = ""
    """Of the wheel, where the index told it."""
    size: int = 0
    """Of its files, in bytes."""

    @property
    def text(self) -> str:
        """As requirements say it."""
        return f"{self.name}=={self.version}"


async def install(package: str, python: Path, folder: Path, log: Path) -> tuple[Pin, ...]:
    """Installs a package and what it needs into a folder.

    Args:
        package: Name of the distribution.
        python: The interpreter that programs run on, which is the one that runs this process.
        folder: Where packages lie that were installed before; made if it does not exist.
        log: Receives what the installer says.

    Returns:
        What was added to the folder.

    Raises:
        RetrievalError: It could not be installed: the reason, as a clause.
    """
    await asyncio.to_thread(_make, folder, log.parent)
    with tempfile.TemporaryDirectory(prefix="new-", dir=folder.parent) as name:
        draft = Path(name)
        constraints = draft / "constraints.txt"
        constraints.write_text("\n".join(_installed(folder)), encoding="utf-8")
        try:
            async with asyncio.timeout(LIMIT_S):
                wanted = await _resolved(package, python, constraints, log)
                known = {_plain(one.name) for one in _distributions(folder)}
                pins = [one for one in wanted if _plain(one.name) not in known]
                if not pins:
                    raise RetrievalError("the index knows nothing of it that is not there already")
                await _fetch(pins, python, draft / "site", log)
        except TimeoutError:
            raise RetrievalError(f"it took longer than {LIMIT_S:.0f} s") from None
        await asyncio.to_thread(shutil.copytree, draft / "site", folder, dirs_exist_ok=True)
    sizes = {_plain(one.name): _size(one) for one in _distributions(folder)}
    return tuple(one.model_copy(update={"size": sizes.get(_plain(one.name), 0)}) for one in pins)


def layered(folder: Path) -> dict[str, str]:
    """The modules that a folder of packages holds, each with the pin of what brings it."""
    return {
        module: f"{one.name}=={one.version}"
        for one in _distributions(folder)
        for module in _modules(one)
    }


# --- the installers -------------------------------------------------------------------------------


async def _resolved(package: str, python: Path, constraints: Path, log: Path) -> list[Pin]:
    """What is missing for a package, at which versions; nothing is installed yet."""
    held = ("--constraint", str(constraints), package)
    if util.find_spec("pip") is None:
        said = await _said([*_uv(python), "--dry-run", "--no-build", *held], log)
        lines = (line.strip().removeprefix("+ ").partition("==") for line in said.splitlines())
        return [
            Pin(name=name, version=version, address="the package index")
            for name, is_pin, version in lines
            if is_pin and " " not in name
        ]
    report = constraints.with_name("report.json")
    asked = ("--dry-run", "--report", str(report), *_WHEELS, *held)
    await _said([*_pip(python), *asked], log)
    found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [
        Pin(
            name=one["metadata"]["name"],
            version=one["metadata"]["version"],
            address=one["download_info"]["url"],
            sha256=one["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256", ""),
        )
        for one in found
    ]


async def _fetch(pins: Sequence[Pin], python: Path, target: Path, log: Path) -> None:
    """Unpacks exactly these into a folder."""
    exactly = ("--target", str(target), "--no-deps", *(one.text for one in pins))
    if util.find_spec("pip") is None:
        await _said([*_uv(python), "--no-build", *exactly], log)
    else:
        await _said([*_pip(python), *_WHEELS, *exactly], log)


def _pip(python: Path) -> list[str]:
    return [str(python), "-P", "-m", "pip", "install", *_QUIET]


def _uv(python: Path) -> list[str]:
    """uv, for environments without pip.

    Raises:
        RetrievalError: There is neither.
    """
    beside = shutil.which("uv", path=str(python.parent)) or shutil.which("uv")
    if beside is None:
        raise RetrievalError("neither pip nor uv is there to install with")
    return [beside, "pip", "install", "--color", "never", "--python", str(python)]


async def _said(arguments: Sequence[str], log: Path) -> str:
    """Runs an installer to its end; what it said stands in the log, too.

    Raises:
        RetrievalError: It failed; with its own last word.
    """
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with log.open("ab") as file:
        start = file.tell()
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
            env=variables,
            cwd=log.parent,
            start_new_session=True,
        )
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                await end_tree(process.pid)
                await process.wait()
    said = await asyncio.to_thread(_since, log, start)
    if process.returncode:
        raise RetrievalError(_last_word(said))
    return said


def _make(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)


def _since(log: Path, start: int) -> str:
    return log.read_bytes()[start:].decode("utf-8", errors="replace")


def _last_word(said: str) -> str:
    """Why an installer failed, as a clause."""
    if _UNREACHED.search(said):
        return "the package index cannot be reached"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    causes = [line for line in lines if line.startswith("cause:")]
    word = (errors or lines or ["it said nothing"])[-1]
    clauses = [word.removeprefix("ERROR: ").removeprefix("error: "), *causes[:1]]
    return ": ".join(one.removeprefix("cause: ").rstrip(".") for one in clauses)


# --- what is there --------------------------------------------------------------------------------


def _installed(folder: Path) -> list[str]:
    """What must stay at its version: all that the interpreter has, and what was added before."""
    found: dict[str, str] = {}
    for one in (*metadata.distributions(), *_distributions(folder)):
        if name := one.name:
            found.setdefault(_plain(name), f"{name}=={one.version}")
    return sorted(found.values())


def _distributions(folder: Path) -> list[metadata.Distribution]:
    return list(metadata.distributions(path=[str(folder)]))


def _modules(distribution: metadata.Distribution) -> Iterable[str]:
    """Top-level names that can be imported of it."""
    first = {file.parts[0].partition(".")[0] for file in distribution.files or () if _is_code(file)}
    return sorted(name for name in first if name.isidentifier() and not name.startswith("__"))


def _is_code(file: metadata.PackagePath) -> bool:
    inside = len(file.parts) > 1 and "." not in file.parts[0]
    return inside or (len(file.parts) == 1 and file.suffix in {".py", ".so", ".pyd"})


def _size(distribution: metadata.Distribution) -> int:
    return sum(file.size or 0 for file in distribution.files or ())


def _plain(name: str) -> str:
    """A name as indexes compare it."""
    return name.lower().replace("_", "-").replace(".", "-")
