"""Programs for odd layouts: they read what lies there and write what is asked."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.formats.check import check_submission
from agents.competition.judging.decisions import fit_decision
from agents.competition.judging.judge import judge_scores, score_columns
from agents.competition.metrics.metrics import metric_of
from agents.models import Decision, Task
from agents.roles.assembler import assemble
from tests.layouts import ROWS, Layout, gardens, write_layout
from tests.recipes.support import Planned, plan_folder

EVERY_WAY: list[tuple[Layout, str | None]] = [
    ("split column", "kind"),
    ("empty target", None),
    ("class columns", None),
    ("long with one key", None),
    ("label lists", None),
    ("other spellings", None),
    ("counted ids", None),
    ("composed ids", None),
]


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "target"), EVERY_WAY)
def test_a_program_of_any_layout_writes_a_valid_submission(
    tmp_path: Path, layout: Layout, target: str | None
) -> None:
    planned = plan_folder(write_layout(tmp_path / "competition", layout), target=target)
    program = written(planned)
    (tmp_path / "solution.py").write_text(program, encoding="utf-8")
    command = ["solution.py", "run", "--data", "competition", "--output", "answers.csv"]
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, check=False)
    assert done.returncode == 0
    test = gardens().iloc[ROWS:]
    asked = test["plot"]
    if layout == "counted ids":
        asked = pd.Series([str(number) for number in range(1, len(test) + 1)])
    if layout == "composed ids":
        asked = test["plot"] + "-" + test["light"]
    path = tmp_path / "answers.csv"
    ids = list(dict.fromkeys(read_ids(path, planned.task)))
    assert sorted(ids) == sorted(asked)
    assert check_submission(path, planned.task, ids).problems == ()
    assert lint(tmp_path / "solution.py") == ""


def written(planned: Planned) -> str:
    preprocess, model = planned.sources("baseline")
    split = planned.blueprint.split
    plan = planned.plan("baseline")
    return assemble(planned.task, split, plan, preprocess, model, decided(planned.task))


def decided(task: Task) -> Decision:
    """A decision fitted on scores that know the truth a little."""
    rows = gardens().iloc[:ROWS]
    columns = score_columns(task)
    chance = np.random.default_rng(0)
    scores = pd.DataFrame(chance.random((ROWS, len(columns))), columns=columns)
    if task.problem == "multiclass":
        scores = scores.div(scores.sum(axis=1), axis=0)
    scores.insert(0, "row_id", list(rows["plot"]))
    assert judge_scores(task, scores, list(rows["plot"])) == []
    truth = rows.reset_index(drop=True)
    if task.label_list is not None:
        held = {one: [str(int(one in cell.split())) for cell in rows["pests"]] for one in columns}
        truth = truth.assign(**held)
    return fit_decision(task, scores, truth, metric_of(task.metric))


def read_ids(path: Path, task: Task) -> list[str]:
    """The rows that a file answers, line by line."""
    assert task.submission is not None
    assert task.submission.id_column is not None
    cells = pd.read_csv(path, dtype="str")[task.submission.id_column]
    return [cell.split("_")[0] for cell in cells]


def lint(program: Path) -> str:
    command = ["-m", "ruff", "check", "--no-cache", "--isolated", "--line-length", "100"]
    done = subprocess.run(
        [sys.executable, *command, str(program)], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode else ""


@pytest.mark.slow
def test_a_plain_competition_carries_nothing_of_odd_layouts(tmp_path: Path) -> None:
    program = written(plan_folder(write_layout(tmp_path, "class columns")))
    names = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    odd = {"MARKER_COLUMN", "RENAMED", "LABEL_COLUMN", "unmarked", "expand_labels"}
    assert names.isdisjoint(odd)
