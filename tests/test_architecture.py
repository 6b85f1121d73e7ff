"""The house rules that no other tool checks, as sentences."""

import ast
import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from agents.journal import events
from iml_tui.command_line import commands

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = [ROOT / "agents", ROOT / "iml_tui"]
BENCH = ROOT.parent / "shared" / "bench"
LONGEST_FUNCTION = 40
LONGEST_FILE = 600
LONG_FOR_A_REASON = {"agents/execution/child.py": "copied into the sandbox as one file"}
GENERIC = {
    "id",
    "label",
    "target",
    "text",
    "date",
    "name",
    "type",
    "size",
    "file",
    "audio",
    "image",
}
"""Words that a data set may use as column names and a program for anything."""


def modules() -> list[Path]:
    """Every source file of the product."""
    return sorted(path for folder in PRODUCT for path in folder.rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_module_says_what_it_is_for() -> None:
    silent = [named(path) for path in modules() if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{named(path)}:{function.lineno} {function.name}: {length}"
        for path in modules()
        for function, length in functions(path)
        if length > LONGEST_FUNCTION
    ]
    assert long == []


def functions(path: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Every function with the lines of its body; signature and docstring are not counted."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_file_has_swallowed_its_neighbours() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    large = {name: size for name, size in sizes.items() if size > LONGEST_FILE}
    assert set(large) <= set(LONG_FOR_A_REASON), large


def test_no_product_code_knows_a_competition_of_the_bench() -> None:
    if not BENCH.is_dir():
        pytest.skip("there is no bench beside this checkout")
    forbidden = {folder.name for folder in BENCH.iterdir() if folder.is_dir()} | columns_of_bench()
    known = [
        f"{named(path)}: {word}"
        for path in modules()
        for text in literals(path)
        for word in {text, *re.findall(r"\w+", text)} & forbidden
    ]
    assert known == []


def test_no_prompt_card_or_template_names_a_column_of_the_bench() -> None:
    if not BENCH.is_dir():
        pytest.skip("there is no bench beside this checkout")
    forbidden = columns_of_bench()
    texts = [
        path
        for folder in (*PRODUCT, ROOT / "workspace_template")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    words = {named(path): set(re.findall(r"\w+", path.read_text("utf-8"))) for path in texts}
    assert {name: found & forbidden for name, found in words.items() if found & forbidden} == {}


def columns_of_bench() -> set[str]:
    """Column names of the bench that nobody would write by chance."""
    columns: set[str] = set()
    for table in BENCH.glob("*/public/*.csv"):
        with table.open(encoding="utf-8-sig", newline="") as file:
            columns.update(next(csv.reader(file)))
    return {
        name for name in columns if len(name) > 3 and not name.islower() and name not in GENERIC
    }


def literals(path: Path) -> Iterator[str]:
    """Every string of a module that is not a docstring."""
    tree = tree_of(path)
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in constants:
        if isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    [
        "iml_tui.command_line.commands",
        "iml_tui.app",
        "agents.api",
        "agents.engine",
        "agents.__main__",
    ],
)
def test_screen_and_engine_start_without_heavy_libraries(module: str) -> None:
    heavy = {"pandas", "numpy", "sklearn", "scipy", "catboost", "torch", "transformers", "openai"}
    program = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_screen_loads_only_what_its_first_frame_needs() -> None:
    later = {
        *("typer", "psutil", "httpx", "numpy", "matplotlib", "jinja2", "nbformat", "git"),
        *("iml_tui.command_line", "iml_tui.deciding.editing", "iml_tui.export"),
        *(f"iml_tui.screens.{name}" for name in ("editor", "finder", "first_start", "instruct")),
        *(f"iml_tui.screens.{name}" for name in ("jump", "palette", "steering", "themes")),
    }
    program = "import iml_tui.cli, iml_tui.enter, iml_tui.app, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert later & set(loaded.stdout.split()) == set()


def test_headless_commands_load_no_screen() -> None:
    program = "import iml_tui.command_line.commands, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert "textual" not in loaded.stdout.split()


def test_every_event_is_in_the_past_tense_of_its_tag_and_is_told_or_folded() -> None:
    kinds = get_args(get_args(events.Event)[0])
    known = "".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in ("agents/journal/folding.py", "iml_tui/words/present.py")
    )
    for kind in kinds:
        tag = re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()
        assert kind.model_fields["kind"].default == tag
        assert f"facts.{kind.__name__}" in known, f"nobody shows {kind.__name__}"


def test_the_papers_of_the_house_link_only_to_what_exists() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8"))
        local = [link for link in links if "://" not in link]
        assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_map_names_only_what_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)`", text, flags=re.MULTILINE)
    assert rows
    assert [path for path in rows if not (ROOT / path).exists()] == []


def test_the_readme_names_only_commands_and_options_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {info.name for info in commands.app.registered_commands}
    used = set(re.findall(r"^iml-tui ([a-z]+(?:-[a-z]+)?)\b", text, flags=re.MULTILINE))
    assert used <= names
    places = ("commands.py", "run_options.py", "answer.py", "options.py")
    room = ROOT / "iml_tui" / "command_line"
    source = "".join((room / name).read_text(encoding="utf-8") for name in places)
    options = set(re.findall(r"`(--[a-z-]+)", text)) - {"--help"}
    unknown = {
        option
        for option in options
        if f'{option}"' not in source and f"    {option[2:].replace('-', '_')}:" not in source
    }
    assert unknown == set()
