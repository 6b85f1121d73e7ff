"""What a program may see: the rungs of the ladder, mounts, arguments and environment, all pure.

Three rungs, the strongest that works is taken (`agents.execution.ladder` finds out which):

- `bubblewrap`: own namespaces. Only the mounts exist, at short neutral places; no network.
- `landlock`: the whole file system exists, but only what a stage names opens; no sockets.
- `limits`: nothing is hidden; the tree is watched and ended. For our own recipes only.

Where Landlock is available, all stages of a program share one start-up and each is confined in its
own fork. Elsewhere each stage gets a sandboxed process of its own. Paths outside and inside meet
in one place, `Places`.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from pydantic import JsonValue

from agents.execution.protocol import Rung, Weights
from agents.execution.runtime import Runtime
from agents.models import Frozen

Confinement = Literal["namespace", "files", "none"]
"""What a stage's fork gives up by itself: files inside a namespace, files and sockets, nothing."""

PASSED_ON = ("TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
"""The only variables of the user's environment that a program gets to see."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)

SCRATCH_VARIABLES = {
    "HOME": "home",
    "TMPDIR": "tmp",
    "TMP": "tmp",
    "TEMP": "tmp",
    "JOBLIB_TEMP_FOLDER": "tmp",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "MPLCONFIGDIR": "cache/matplotlib",
    "NUMBA_CACHE_DIR": "cache/numba",
    "TRITON_CACHE_DIR": "cache/triton",
    "TORCHINDUCTOR_CACHE_DIR": "cache/inductor",
    "CUDA_CACHE_PATH": "cache/cuda",
    "TORCH_HOME": "cache/torch",
    "HF_HOME": "cache/huggingface",
    "HF_DATASETS_CACHE": "cache/datasets",
}
"""Every place where libraries leave files, by variable, below the scratch folder."""


MODELS, VECTORS = PurePosixPath("/models"), PurePosixPath("/vectors")
"""Where programs find pretrained models, and what these said of the data before."""
PACKAGES = PurePosixPath("/packages")
"""Where programs find what was installed for them."""


class Sandbox(Frozen):
    """The rung that programs run on, and why it is not a higher one."""

    rung: Rung
    shares_startup: bool
    """Whether the stages of a program are confined forks of one process."""
    bubblewrap: Path | None = None
    refused: tuple[tuple[Rung, str], ...] = ()
    """Each higher rung that failed, with one sentence saying why."""

    @property
    def hides_paths(self) -> bool:
        """Whether blind labels are out of reach; scores from elsewhere are `unguarded`."""
        return self.rung != "limits"

    @property
    def confinement(self) -> Confinement:
        """What each stage's fork must give up by itself."""
        if self.rung == "bubblewrap":
            return "namespace" if self.shares_startup else "none"
        return "files" if self.rung == "landlock" else "none"


class Mount(NamedTuple):
    """A path of the machine and where a program finds it."""

    outside: Path
    inside: PurePosixPath
    writable: bool


class Places:
    """Translates the paths that a program is given into those that it sees."""

    def __init__(self, mounts: Iterable[Mount]) -> None:
        self.mounts = tuple(sorted(mounts, key=lambda mount: len(mount.outside.parts)))

    def inside(self, path: Path) -> str:
        """Return where `path` appears; a path that is not mounted stays what it is."""
        for mount in reversed(self.mounts):
            if path.is_relative_to(mount.outside):
                return str(mount.inside / path.relative_to(mount.outside))
        return str(path)

    def argument(self, value: JsonValue) -> JsonValue:
        """Translate the absolute paths in an argument, also those within a list."""
        if isinstance(value, list):
            return [self.argument(item) for item in value]
        if isinstance(value, str) and value.startswith("/"):
            return self.inside(Path(value).resolve())
        return value


def data_mounts(reads: Iterable[Path], writes: Iterable[Path]) -> list[Mount]:
    """Give every path that stages name a neutral place, so that its name betrays nothing.

    A path that any stage writes is mounted writable, once; a file keeps its name, since programs
    go by suffixes.
    """
    written = dict.fromkeys(writes)
    named = dict.fromkeys([*written, *reads])
    mounts = []
    for number, path in enumerate(named):
        place = PurePosixPath("/data") / str(number)
        inside = place / path.name if path.is_file() else place
        mounts.append(Mount(path, inside, path in written))
    return mounts


def weight_mounts(weights: Weights) -> list[Mount]:
    """Show pretrained models as a cache of their own, and vectors beside it."""
    mounts = [
        Mount(folder, MODELS / folder.name, writable=False) for folder in weights.repositories
    ]
    if weights.vectors is not None:
        mounts.append(Mount(weights.vectors, VECTORS, writable=False))
    return mounts


def weight_environment(weights: Weights, places: Places) -> dict[str, str]:
    """Say where pretrained models and vectors are, by the names that programs know."""
    named = {}
    if weights.repositories:
        named["HF_HUB_CACHE"] = str(PurePosixPath(places.inside(weights.repositories[0])).parent)
    if weights.vectors is not None:
        named["EMBEDDINGS"] = places.inside(weights.vectors)
    return named


def bubblewrap_arguments(
    bubblewrap: Path,
    runtime: Runtime,
    mounts: Sequence[Mount],
    command: Sequence[str],
    memory_bytes: int,
) -> list[str]:
    """Build the whole command line of a sandboxed process.

    The order matters, for bubblewrap works through it one by one: the runtime, then `/proc` and
    `/dev`, then devices (which `/dev` would cover), then what is writable, then what is read-only,
    and the root is closed last.
    """
    arguments = [str(bubblewrap), "--unshare-all", "--die-with-parent", "--new-session"]
    arguments += ["--cap-drop", "ALL", "--hostname", "sandbox"]
    for path in runtime.binds:
        arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    arguments += ["--size", str(memory_bytes), "--tmpfs", "/dev/shm"]
    for device in runtime.devices:
        arguments += ["--dev-bind", str(device), str(device)]
    for mount in sorted(mounts, key=lambda mount: not mount.writable):
        option = "--bind" if mount.writable else "--ro-bind"
        arguments += [option, str(mount.outside), str(mount.inside)]
    return [*arguments, "--remount-ro", "/", "--chdir", "/job", "--", *command]


def environment(
    runtime: Runtime, scratch: str, cores: int, confinement: Confinement
) -> dict[str, str]:
    """Build the environment of a sandboxed process from nothing.

    OpenBLAS starts its threads while it is loaded, and a process with threads must not fork; so it
    gets one here, and its share in the stage (`stage_environment`). Landlock alone keeps the
    machine's `/dev/shm` shut, without which there are no semaphores: joblib then works serially.
    """
    serially = {"JOBLIB_MULTIPROCESSING": "0"} if confinement == "files" else {}
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    base = runtime.user_base
    user_site = {"PYTHONUSERBASE": str(base)} if base else {"PYTHONNOUSERSITE": "1"}
    return {
        **passed_on,
        **user_site,
        **serially,
        **stage_environment(scratch, cores),
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "PATH": f"{runtime.python.parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "iml",
        "LOGNAME": "iml",
        "MPLBACKEND": "Agg",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def stage_environment(scratch: str, cores: int) -> dict[str, str]:
    """Return the variables that differ between stages: their scratch and their threads."""
    places = {name: f"{scratch}/{below}" for name, below in SCRATCH_VARIABLES.items()}
    return places | dict.fromkeys(THREAD_VARIABLES, str(max(1, cores)))


def scratch_folders() -> tuple[str, ...]:
    """List the folders that must exist below a scratch folder."""
    return tuple(sorted(set(SCRATCH_VARIABLES.values())))
