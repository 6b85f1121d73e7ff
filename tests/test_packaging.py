"""What is installed: the wheel's contents, its use far from a checkout, its dependencies."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release would be, but into a temporary folder."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_code_recipes_template_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {path for package in ("agents", "iml_tui") for path in shipped(ROOT / package)}
    template = {
        f"agents/workspace/template/{path.relative_to(ROOT / 'workspace_template').as_posix()}"
        for path in (ROOT / "workspace_template").rglob("*")
        if path.is_file()
    }
    assert template
    assert packed == sources | template


@pytest.mark.slow
def test_the_wheel_brings_the_command_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "iml-tui = iml_tui.cli:main" in archive.read(points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)


def shipped(folder: Path) -> set[str]:
    """Files of a package as they are named in the wheel."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.slow
def test_an_installed_wheel_finds_its_template_and_recipes(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = (
        "import agents, iml_tui, sys\n"
        "from agents.workspace.layout import template_directory, template_files\n"
        "from importlib import resources\n"
        "recipes = resources.files('agents.recipes')\n"
        "names = [entry.name for entry in recipes.iterdir()]\n"
        "print(agents.__file__)\nprint(template_directory())\nprint(*template_files('x'))\n"
        "print(*names)\n"
        "print((resources.files('agents.execution') / 'child.py').is_file())\n"
    )
    found = run_outside(tmp_path, site, ["-c", program]).splitlines()
    assert found[0] == str(site / "agents" / "__init__.py")
    assert found[1] == str(site / "agents" / "workspace" / "template")
    assert {".gitignore", "README.md", "iml.toml"} <= set(found[2].split())
    assert {"cards", "blocks"} <= set(found[3].split())
    assert found[4] == "True"


@pytest.mark.slow
def test_an_installed_wheel_says_its_version(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    said = run_outside(tmp_path, site, ["-m", "iml_tui.cli", "--version"])
    assert said == f"iml-tui {PROJECT['version']}\n"


def run_outside(folder: Path, site: Path, arguments: list[str]) -> str:
    """Runs Python in `folder` with the unpacked wheel before everything else."""
    process = subprocess.run(
        [sys.executable, "-P", *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )
    return process.stdout


def test_every_library_that_is_imported_is_declared() -> None:
    declared = {requirement_name(text) for text in PROJECT["dependencies"]}
    declared |= {"torch", "transformers"}  # of the extra `deep`, imported by its recipes alone
    owners = packages_distributions()
    undeclared = set()
    for path in [*(ROOT / "agents").rglob("*.py"), *(ROOT / "iml_tui").rglob("*.py")]:
        for name in imported(path) - set(sys.stdlib_module_names) - {"agents", "iml_tui"}:
            distributions = {normal(owner) for owner in owners.get(name, ())}
            if distributions and not distributions & declared:
                undeclared.add(f"{path.relative_to(ROOT)}: {name}")
    assert undeclared == set()


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_constraints_are_exact_and_cover_every_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pinned if not re.fullmatch(r"[a-z0-9._-]+==[0-9a-z.]+", line)] == []
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["deep"], *extras["dev"]]
    names = {line.split("==")[0] for line in pinned}
    assert {requirement_name(text) for text in asked} <= names


def test_the_core_needs_no_deep_learning_library() -> None:
    core = {requirement_name(text) for text in PROJECT["dependencies"]}
    assert core & {"torch", "transformers", "accelerate", "torchvision", "timm"} == set()


def requirement_name(text: str) -> str:
    return normal(re.split(r"[<>=!~\[; ]", text)[0])


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
