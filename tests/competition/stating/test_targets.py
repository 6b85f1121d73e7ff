"""Which columns are to be predicted, where some of several need no model."""

from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.formats.check import check_submission, submission_warnings
from agents.competition.formats.formats import write_submission
from agents.competition.stating.task import TaskOptions, state_task

ASKED = [str(number) for number in range(40, 60)]


def ponds(folder: Path) -> pd.DataFrame:
    """Three answers a pond, of which no training row tells two apart or at all."""
    depth = np.random.default_rng(5).normal(2, 1, 60).round(2)
    rows = pd.DataFrame({"pond": range(60), "depth": depth, "area": depth.round() + 3})
    rows = rows.assign(carp=(depth > 2).astype(int), eel=1, newt="", pike=(depth < 1).astype(int))
    rows[:40].to_csv(folder / "train.csv", index=False)
    rows[40:][["pond", "depth", "area"]].to_csv(folder / "test.csv", index=False)
    return rows[40:]


def test_a_target_of_one_value_among_others_is_answered_by_it(tmp_path: Path) -> None:
    asked = ponds(tmp_path)
    sample = asked[["pond"]].assign(carp=0, eel=0, newt=0.25, pike=0)
    sample.to_csv(tmp_path / "sample_submission.csv", index=False)

    task = state_task(tmp_path, TaskOptions(metric="auc"))

    assert [target.name for target in task.targets] == ["carp", "pike"]
    assert task.submission is not None
    assert task.submission.fixed == {"eel": "1", "newt": "0.25"}
    assert "`eel` is always answered by 1" in " ".join(task.notes)
    path = tmp_path / "answers.csv"
    answers = pd.DataFrame({"row_id": ASKED, "carp": 0.5, "pike": np.linspace(0, 1, 20)})
    write_submission(task, answers, ASKED, path)
    assert check_submission(path, task, ASKED).problems == ()
    assert len(submission_warnings(path, task)) == 1  # carp is as constant, and is no fixed answer
    back = pd.read_csv(path)
    assert [*back] == ["pond", "carp", "eel", "newt", "pike"]
    assert (back["eel"].unique().tolist(), back["newt"].unique().tolist()) == ([1], [0.25])


def test_a_constant_target_has_lines_of_its_own(tmp_path: Path) -> None:
    asked = ponds(tmp_path)
    lines = [f"{pond}_{name}" for pond in asked["pond"] for name in ("carp", "eel", "pike")]
    pd.DataFrame({"line": lines, "held": 0.5}).to_csv(tmp_path / "sample.csv", index=False)

    task = state_task(tmp_path, TaskOptions())

    assert [target.name for target in task.targets] == ["carp", "pike"]
    path = tmp_path / "answers.csv"
    answers = pd.DataFrame({"row_id": ASKED, "carp": 0.25, "pike": 0.75})
    write_submission(task, answers, ASKED, path)
    assert check_submission(path, task, ASKED).problems == ()
    held = pd.read_csv(path).set_index("line")["held"]
    assert held[["41_carp", "41_eel", "41_pike"]].tolist() == [0.25, 1, 0.75]
