"""The interpreter that programs run on: where it is, what is installed, and what it must see.

A `Runtime` promises an allow-list. Its binds are the paths that an interpreter and its packages
need in order to work, and nothing that belongs to the user: a source checkout on `sys.path` (an
editable install, the current directory) is not an installed package and is left out, since it may
hold `.git`, data or keys. Only names and versions are read, so a fingerprint costs milliseconds.
"""

import hashlib
import os
import site
import sys
from collections.abc import Iterable
from pathlib import Path

from agents.models import Frozen

SYSTEM_PATHS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/timezone",
    "/nix/store",
    "/opt/cuda",
    "/opt/rocm",
    "/run/opengl-driver",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
)
"""What the loader, locales, time zones, fonts and CPU detection read, where it exists."""

GPU_SYSTEM_PATHS = ("/sys/bus/pci", "/sys/class", "/sys/dev", "/sys/devices", "/sys/module")
"""What a GPU driver's user-space half reads besides its devices."""

GPU_DEVICES = (
    "/dev/nvidia*",
    "/dev/nvidia-caps/*",
    "/dev/kfd",
    "/dev/dxg",
    "/dev/dri/renderD*",
)
"""Patterns of device nodes through which a GPU is used."""

PACKAGE_FOLDERS = ("site-packages", "dist-packages")


class Runtime(Frozen):
    """An interpreter and everything about it that decides what a program does."""

    python: Path
    """The executable as it is called; a link inside a virtual environment stays a link."""
    fingerprint: str
    """Changes whenever the interpreter or an installed distribution does."""
    binds: tuple[Path, ...]
    """Paths that programs may read, outermost only, sorted."""
    devices: tuple[Path, ...] = ()
    """GPU device nodes."""
    user_base: Path | None = None
    """Where packages of the user's own site directory live, when it is in use."""


def current_runtime() -> Runtime:
    """Describe the interpreter that runs this process."""
    python = Path(sys.executable)
    devices = gpu_devices()
    user_base = _user_base()
    wanted = [
        *_interpreter_paths(python),
        *(Path(path) for path in SYSTEM_PATHS),
        *(Path(path) for path in (GPU_SYSTEM_PATHS if devices else ())),
        *_library_paths(),
    ]
    return Runtime(
        python=python,
        fingerprint=fingerprint(python, [Path(entry) for entry in sys.path if entry]),
        binds=outermost(path for path in wanted if path.exists() and not _is_too_wide(path)),
        devices=devices,
        user_base=user_base,
    )


def fingerprint(python: Path, search_path: Iterable[Path]) -> str:
    """Digest the interpreter and the names and versions of all installed distributions."""
    digest = hashlib.sha256(f"{python.resolve()}\n{sys.version}\n".encode())
    for folder in search_path:
        if folder.is_dir():
            for name in sorted(path.name for path in folder.glob("*.dist-info")):
                digest.update(f"{name}\n".encode())
    return digest.hexdigest()


def gpu_devices() -> tuple[Path, ...]:
    """Return the GPU device nodes of this machine, sorted."""
    found = (node for pattern in GPU_DEVICES for node in Path("/").glob(pattern.lstrip("/")))
    return tuple(sorted(node for node in found if not node.is_dir()))


def outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Sort `paths` and drop those that lie within another one."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return tuple(kept)


def _interpreter_paths(python: Path) -> list[Path]:
    """List prefixes, packages and the chain of links behind the executable."""
    prefixes = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix)]
    packages = [Path(entry) for entry in sys.path if entry and _is_installed(Path(entry), prefixes)]
    named = [*prefixes, *packages, python, *_links(python)]
    return [*named, *(path.resolve() for path in named)]


def _is_installed(entry: Path, prefixes: Iterable[Path]) -> bool:
    in_prefix = any(entry.is_relative_to(prefix) for prefix in prefixes)
    return in_prefix or entry.name in PACKAGE_FOLDERS or entry.suffix in {".zip", ".egg"}


def _links(path: Path) -> list[Path]:
    """Follow a chain of symbolic links, returning every stop on the way."""
    stops: list[Path] = []
    while path.is_symlink() and path not in stops:
        stops.append(path)
        path = path.parent / path.readlink()
    return [*stops, path]


def _library_paths() -> list[Path]:
    """List the folders that the loader was told to search, such as a private CUDA."""
    entries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return [Path(entry) for entry in entries if entry.startswith("/")]


def _user_base() -> Path | None:
    base = Path(site.getuserbase())
    in_use = bool(site.ENABLE_USER_SITE) and site.getusersitepackages() in sys.path
    return base if in_use else None


def _is_too_wide(path: Path) -> bool:
    """Tell whether binding `path` would show the user's home or the whole machine."""
    return Path.home().resolve().is_relative_to(path.resolve())
