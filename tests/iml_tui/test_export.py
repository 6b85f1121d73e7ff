"""Exports of recorded runs: what they hold, what they leave out, and that they stand alone."""

import ast
import html
import io
import json
import math
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from agents import api
from agents.api import Place
from agents.errors import InputError, WorkspaceError
from agents.models import Hindsight, Reliability
from iml_tui.export import cells
from iml_tui.export.bundle import archive, script_files
from iml_tui.export.cells import calls_of, cells_of
from iml_tui.export.notebook import notebook_text
from iml_tui.export.report import report_page
from iml_tui.export.requirements import imported_modules, pinned
from iml_tui.export.story import (
    Story,
    needed_files,
    read_story,
    refuse_without_program,
    score_lines,
    verdict_of,
)
from iml_tui.exporting import default_output, export
from tests.replay import replay


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return replay("ferry", tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def story(place: Place) -> Story:
    return read_story(place)


def statements(source: str) -> list[str]:
    """What a program does, less its docstring and its command line, in no order."""
    body = ast.parse(source).body
    kept = [node for node in body if not cells._is_command_line(node)]
    said = [ast.unparse(node) for node in kept if not _is_docstring(node)]
    return sorted(said)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and node.lineno < 3


@pytest.mark.parametrize("track", ["baseline", "traditional"])
def test_the_cells_one_below_the_other_are_the_program_again(place: Place, track: str) -> None:
    tip = api.resolve_revision(place, "main")
    source = api.read_file(place, tip, f"tracks/{track}/solution.py")
    made = cells_of(source)
    code = "\n\n".join(cell.text for cell in made if cell.kind == "code")

    assert calls_of(source) is not None
    assert statements(code) == statements(source)
    headings = [cell.text for cell in made if cell.kind == "markdown"]
    assert headings[0] == "## Libraries"
    assert "## Solution" in headings
    assert max(cell.text.count("\n") for cell in made if "class " not in cell.text) < 120


def test_the_notebook_explains_itself_before_its_first_line_of_code(story: Story) -> None:
    text = notebook_text(story)
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    first = next(place for place, cell in enumerate(made.cells) if cell.cell_type == "code")
    words = "\n".join(cell.source for cell in made.cells[:first])

    for said in (
        "## The task",
        "## What was found in the data",
        "## The plan",
        "## What was tried",
    ):
        assert said in words
    assert f"**{story.card.winner}**" in words
    assert text == notebook_text(story)


def test_a_run_that_handed_nothing_in_has_a_page_all_the_same(story: Story) -> None:
    nothing = {"winner": None, "score": None, "chosen_by": None, "ahead": None, "members": ()}
    card = story.card.model_copy(update={**nothing, "outcome": "none", "tried": 0})
    early = replace(story, card=card, solution="")
    page = report_page(early, None)
    assert "Nothing was handed in" in page
    assert "Why nobody won" in page
    with pytest.raises(WorkspaceError, match=r"No program of the run in .* won"):
        refuse_without_program(early)


def test_a_score_of_one_fold_is_called_that_and_its_program_is_the_winner(story: Story) -> None:
    first = next(one for one in story.scored if one.mark != "kept" and one.score is not None)
    assert first.score is not None
    score = first.score.model_copy(update={"folds": (0,), "per_fold": first.score.per_fold[:1]})
    early = replace(first, score=score, reason="not finished when the time was over")
    changed = {"winner": first.candidate, "score": score, "chosen_by": None}
    card = story.card.model_copy(update=changed)
    assert verdict_of(early, card) == "won all the same: not finished when the time was over"
    assert "in 1 fold." in score_lines(replace(story, card=card))[0]


def test_learning_anew_may_take_what_the_run_gave_and_no_longer(story: Story) -> None:
    assert story.state.blueprint is not None
    folds = story.state.blueprint.split.folds
    names = [one.candidate for one in story.card.members] or [story.card.winner or ""]
    bounded = replace(story, fit_limits=dict.fromkeys(names, 7.5))
    seconds = math.ceil(7.5 * folds * len(names))

    assert f"TIME_LIMIT_S = {seconds}  #" in notebook_text(bounded)
    assert f"--output submission.csv --time-limit {seconds}\n" in script_files(bounded)["README.md"]
    assert "TIME_LIMIT_S = 1000000000.0  #" in notebook_text(story)
    assert "--time-limit" not in script_files(story)["README.md"]


def test_a_program_that_is_not_ours_is_run_as_a_whole(story: Story) -> None:
    odd = Story(story.place, story.state, story.task, story.card, "print('<b>')\n")
    made = nbformat.reads(notebook_text(odd), as_version=4)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert len(code) == 2
    assert "subprocess.run" in code[-1]
    ast.parse(code[-1])


def test_requirements_name_exactly_what_is_imported() -> None:
    source = "import os\nimport numpy as np\nfrom sklearn.svm import SVC\nimport nowhere_at_all\n"
    source += "import added_here\n"
    assert imported_modules(source) == ["added_here", "nowhere_at_all", "numpy", "sklearn"]
    lines = pinned(source, {"added_here": "added-here==1.2"})
    assert [line.partition("==")[0] for line in lines[1:]] == [
        "added-here",
        "numpy",
        "scikit-learn",
    ]
    assert lines[0] == "# nowhere_at_all: not installed where this was exported"
    assert not any("+" in line for line in lines)


def test_the_archive_leaves_out_data_models_and_state(story: Story) -> None:
    packed = archive(story, {"report.html": "<p>"})
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    inside = [name.removeprefix(f"{story.file_name}/") for name in names]

    assert {"solution/solution.py", "solution/requirements.txt", "report.html"} <= {*inside}
    assert "workspace/blueprint.md" in inside
    data = {*needed_files(story.task), "model", ".iml", ".git"}
    assert not data & {part for name in inside for part in Path(name).parts}
    assert packed == archive(story, {"report.html": "<p>"})


def test_the_page_needs_nothing_but_itself(story: Story) -> None:
    page = report_page(story, None)
    for part in ("What will fool you", "The data", "What was tried", "Why ", "The plan"):
        assert part in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    for address in ("http:", "https:", "//", "src=", "@import", "<script", "url(http"):
        assert address not in re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL), address
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert not re.search(r"#0[1-5]0[1-5]0[1-5]", page), "a stand-in colour is left"


def test_words_of_strangers_never_become_markup_of_the_page(story: Story) -> None:
    wicked = "<script>alert('$x_1$')</script>"
    state = story.state
    odd = Story(
        story.place,
        state.__class__(**{**vars(state), "name": wicked}),
        story.task,
        story.card,
        story.solution,
    )
    page = report_page(odd, None)
    assert "<script" not in page
    assert html.escape(wicked, quote=False)[:11] in page
    assert "<script" not in json.loads(notebook_text(odd))["cells"][0]["source"]


def test_the_page_shows_what_the_winner_said_beside_the_truth(story: Story) -> None:
    seen = Hindsight(
        target="seated",
        rows=100,
        classes=("False", "True"),
        confusion=((40, 10), (5, 45)),
        reliability=(
            Reliability(said=0.6, seen=0.5, rows=50),
            Reliability(said=0.9, seen=0.9, rows=50),
        ),
    )
    page = report_page(story, seen)
    assert "seated, answered" in page
    assert "Is it right when it is sure?" in page
    numbers = Hindsight(target="price", rows=3, pairs=((1.0, 2.0), (3.0, 3.5), (2.0, 2.0)))
    assert "How far off" in report_page(story, numbers)
    many = tuple(str(number) for number in range(14))
    counts = tuple(
        tuple(3 if row == 0 and place == 1 else 0 for place in range(14)) for row in range(14)
    )
    page = report_page(story, Hindsight(target="x", rows=3, classes=many, confusion=counts))
    assert "<td>0</td><td>1</td><td>3</td>" in page


def test_a_run_that_is_not_over_is_not_exported(tmp_path: Path) -> None:
    place = replay("ferry", tmp_path, upto="columns-seen")
    with pytest.raises(WorkspaceError, match="is not over"):
        read_story(place)


def test_what_lies_there_is_replaced_only_when_told_so(place: Place, tmp_path: Path) -> None:
    output = default_output(place, "script", tmp_path)
    assert output == tmp_path / "ferry-solution"
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is there already"):
        export(place, "script", output)
    output.unlink()
    export(place, "script", output)
    assert {path.name for path in output.iterdir()} == {*script_files(read_story(place))}
