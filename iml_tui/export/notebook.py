"""One notebook that explains the winner and writes its submission, on Kaggle or anywhere.

It finds its data below the competition's usual input folder or next to itself, and holds the whole
program: nothing of iml-tui is needed to run it.
"""

from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from agents.journal.standing import described
from agents.models import BlueprintStep
from iml_tui.export.cells import Cell, calls_of, cells_of
from iml_tui.export.requirements import pinned
from iml_tui.export.story import (
    Story,
    asked_line,
    needed_files,
    plan_parts,
    repeats_line,
    score_lines,
    time_limit,
    verdict_of,
)
from iml_tui.words.figures import members_text, score_text
from iml_tui.words.present import split_words

PLACES = ("/kaggle/input", ".", "..")
"""Where data is looked for, the first that fits wins; folders in these too."""
DEPTH = 3
UNLIMITED_S = 1e9
_FINDING = '''\
from pathlib import Path


def find_data() -> Path:
    """The first folder that holds everything that is needed."""
    needed = {needed!r}
    for place in map(Path, {places!r}):
        below = (sorted(place.glob("*/" * depth)) for depth in range(1, {depth}))
        for folder in (place, *(one for folders in below for one in folders)):
            if all((folder / name).exists() for name in needed):
                return folder
    raise FileNotFoundError(f"No folder here holds {{', '.join(needed)}}: add the data.")


DATA = find_data()
DATA'''
_RUNNING = """\
TIME_LIMIT_S = {seconds}  # all fits together
LEARNED = Path("model")
{fit}"""
_ANSWERING = """\
SUBMISSION = Path("submission.csv")
{predict}
print("".join(SUBMISSION.open(encoding="utf-8").readlines()[:6]))"""
_WHOLE = """\
import subprocess
import sys

Path("solution.py").write_text(SOLUTION, encoding="utf-8")
command = ["run", "--data", str(DATA), "--output", "submission.csv", *{limit}]
subprocess.run([sys.executable, "solution.py", *command], check=True)"""
_PARTS = {"prep": "Preprocessing", "model": "Model", "train": "Training", "eval": "Evaluation"}


def notebook_text(story: Story) -> str:
    """The notebook as a file holds it."""
    cells = [*_opening(story), Cell("code", _finding(story)), *_program(story)]
    made: NotebookNode = new_notebook(
        cells=[_node(number, cell) for number, cell in enumerate(cells)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"


def _node(number: int, cell: Cell) -> NotebookNode:
    """Numbered, since a random id would make every export another file."""
    new_cell = new_code_cell if cell.kind == "code" else new_markdown_cell
    made: NotebookNode = new_cell(cell.text, id=f"cell-{number}")  # type: ignore[no-untyped-call]  # one of two of nbformat's
    return made


def _finding(story: Story) -> str:
    return _FINDING.format(needed=needed_files(story.task), places=PLACES, depth=DEPTH + 1)


def _program(story: Story) -> list[Cell]:
    source, seconds = story.solution, story.learning_s
    calls = calls_of(source)
    if calls is None:
        about = "## The program\n\nIt is written out as one file and run."
        text = f"SOLUTION = {source!r}\n\n{_WHOLE.format(limit=time_limit(story).split())}"
        return [Cell("markdown", about), Cell("code", text)]
    fit = "## Train\n\nOne fit for every fold, on the rows of the others."
    answer = "## Answer\n\nThe mean of all fits, decided and written in the form that is asked for."
    return [
        *cells_of(source),
        Cell("markdown", fit),
        Cell("code", _RUNNING.format(fit=calls[0], seconds=seconds or UNLIMITED_S)),
        Cell("markdown", answer),
        Cell("code", _ANSWERING.format(predict=calls[1])),
    ]


# --- words ----------------------------------------------------------------------------------------


def _opening(story: Story) -> list[Cell]:
    needs = "\n".join(f"- `{line}`" for line in pinned(story.solution, story.added))
    about = [
        f"# {_plain(story.name)}: {_plain(story.card.metric.title)} {score_text(story.card.score)}",
        "",
        f"This notebook trains **{_plain(story.card.winner or '')}** and writes `submission.csv`. "
        f"Made by iml-tui; seed {story.settings_seed}.",
        "",
        *(_plain(line) for line in (*score_lines(story), repeats_line(story))),
    ]
    data = "## Data\n\nIt is looked for below `/kaggle/input`, here, and next to here."
    return [
        Cell("markdown", "\n".join(about)),
        Cell("markdown", _task(story)),
        Cell("markdown", _found(story)),
        Cell("markdown", _plan(story)),
        Cell("markdown", _scores(story)),
        Cell("markdown", f"## Versions that ran\n\n{needs}"),
        Cell("markdown", data),
    ]


def _task(story: Story) -> str:
    lines = ["## The task", "", _plain(asked_line(story.task)), ""]
    return "\n".join([*lines, *(f"- {_plain(note)}" for note in story.task.notes)])


def _found(story: Story) -> str:
    profile = story.state.profile
    if profile is None:
        return "## The data"
    asked = f", {profile.rows_test:,} to answer" if profile.rows_test is not None else ""
    lines = [
        "## What was found in the data",
        "",
        f"{profile.rows_train:,} rows to learn from{asked}; {_plain(split_words(story.state))}.",
        "",
    ]
    for finding in profile.findings:
        done = f" *{_plain(finding.done)}*" if finding.done else ""
        lines.append(f"- **{_plain(finding.title)}** {_plain(finding.text)}{done}")
    return "\n".join(lines)


def _plan(story: Story) -> str:
    lines = ["## The plan"]
    if story.card.members:
        lines += ["", f"A blend: {_plain(members_text(story.card.members))}."]
    for name, reason, steps in plan_parts(story):
        lines += ["", f"### {_plain(name)}", "", _plain(reason), "", *_steps(steps)]
    return "\n".join(lines)


def _steps(steps: Sequence[BlueprintStep]) -> list[str]:
    return [
        f"- {_PARTS[step.part]}, **{_plain(step.id)}**: {_plain(step.directive)} "
        f"*{_plain(step.reason)}*"
        for step in steps
    ]


def _scores(story: Story) -> str:
    lines = ["## What was tried", "", "| program | score | folds | verdict |", "|---|---|---|---|"]
    for moment in story.scored:
        folds = len(moment.score.folds) if moment.score else 0
        verdict = _plain(verdict_of(moment, story.card)).replace("|", "\\|")
        what = _plain(described(story.state.moments, moment))
        lines.append(f"| {what} | {score_text(moment.score)} | {folds} | {verdict} |")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Words of strangers on one line, which neither become markup nor formulas."""
    words = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "<$*_[]#" else letter for letter in words)
