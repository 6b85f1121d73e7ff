"""What `sample` can tell about a program before it is given real work (DESIGN 5).

Scores must name the rows they were asked for, once each and in the columns of the task; they must
not change when the test rows are permuted, halved or alone; strange rows must not break the
program; and a program that was taught shuffled labels must know nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from agents.models import Fault, Task

TOLERANCE = 1e-5
"""Relative; threads and batch sizes move the last digits of honest programs."""
SAME = 1e-6
"""How far two answers may lie apart, in standard deviations of their column."""
LEAK_SHARE = 0.5
"""Of what the program explains when it is taught the true labels."""
LEAST_EXPLAINED = 0.1
"""Less than this is noise on the few rows of `sample`."""
FEWEST_ROWS = 60
"""Below this many rows chance is too wide to tell anything."""


def score_columns(task: Task) -> list[str]:
    """The columns of scores that the task asks for."""
    if task.problem in {"regression", "multilabel"} or len(task.targets) > 1:
        return [target.name for target in task.targets]
    return list(task.targets[0].classes) or [task.targets[0].name]


def judge_scores(task: Task, scores: pd.DataFrame, ids: list[str]) -> list[Fault]:
    """Faults of one frame of scores for the rows `ids`."""
    if "row_id" not in scores.columns:
        return [_usage("The scores have no column row_id: predict must return it first.")]
    wanted, single = score_columns(task), [task.targets[0].name]
    columns = [str(name) for name in scores.columns if name != "row_id"]
    if set(columns) != set(wanted) and columns != single:
        return [_usage(f"The scores have the columns {columns}; {wanted} are asked for.")]
    found = scores["row_id"].astype("str").tolist()
    if sorted(found) != sorted(ids):
        lost = len(set(ids) - set(found))
        return [_usage(f"The scores name {len(found)} rows; {lost} of {len(ids)} ids are missing.")]
    values = scores[columns].to_numpy(dtype=float)
    if not np.isfinite(values).all():
        return [_usage(f"{int((~np.isfinite(values)).sum())} scores are empty or infinite.")]
    probabilities = task.problem != "regression" and columns != single
    if probabilities and (values.min() < -TOLERANCE or values.max() > 1 + TOLERANCE):
        return [_usage(f"Probabilities run from {values.min():.3g} to {values.max():.3g}.")]
    return []


def judge_variants(
    plain: pd.DataFrame, variants: Mapping[str, pd.DataFrame], *, transductive: bool
) -> list[Fault]:
    """Faults shown by other orders and numbers of test rows."""
    if transductive:
        return []
    base = plain.set_index(plain["row_id"].astype("str")).drop(columns="row_id")
    faults = []
    for name, scores in variants.items():
        rows = scores.set_index(scores["row_id"].astype("str")).drop(columns="row_id")
        same = base.loc[rows.index, rows.columns].to_numpy(dtype=float)
        values = rows.to_numpy(dtype=float)
        scale = np.maximum(np.abs(same), np.abs(same).mean() + 1e-12)
        changed = int((np.abs(values - same) > TOLERANCE * scale).any(axis=1).sum())
        if changed:
            faults.append(_dependence(name, changed, len(rows)))
    return faults


def judge_shuffled(
    task: Task, plain: pd.DataFrame, shuffled: pd.DataFrame, truth: pd.DataFrame
) -> list[Fault]:
    """A leak, when a program that was taught shuffled labels still knows the true ones.

    What it knows is measured by how much of the truth's variance its scores explain, beside the
    same program taught the true labels. Ranks would not do: where one direction dominates the
    features, nonsense is far from chance half of the time, only without any conviction.
    """
    if len(truth) < FEWEST_ROWS:
        return []
    knows, honest = explained(task, shuffled, truth), explained(task, plain, truth)
    if knows <= max(LEAST_EXPLAINED, LEAK_SHARE * honest):
        return []
    message = (
        f"Taught shuffled labels, it still explains {knows:.0%} of the truth (taught the true "
        f"ones, {honest:.0%}): it sees labels some other way."
    )
    return [Fault(kind="leakage", component="preprocess.py", rung="sample", message=message)]


def explained(task: Task, scores: pd.DataFrame, truth: pd.DataFrame) -> float:
    """Share of the truth's variance that scores explain, over all their columns.

    1 is perfect, 0 as good as always saying the mean (for classes: the Brier skill score).
    """
    rows = scores.set_index(scores["row_id"].astype("str"))
    rows = rows.loc[truth["row_id"].astype("str").tolist()].drop(columns="row_id")
    lost, spread = 0.0, 0.0
    for name in rows.columns:
        actual = numbers_behind(task, truth, str(name))
        known = np.isfinite(actual)
        said, actual = rows[name].to_numpy(dtype=float)[known], actual[known]
        scale = float(((actual - actual.mean()) ** 2).sum())
        if scale > 0:
            lost += float(((said - actual) ** 2).sum()) / scale
            spread += 1
    return 1 - lost / spread if spread else 0.0


def numbers_behind(task: Task, truth: pd.DataFrame, column: str) -> np.ndarray:
    """The truth behind a column of scores: numbers, or 1 where the column's class is the label."""
    target = task.targets[0]
    if column in truth.columns:
        target = next(one for one in task.targets if one.name == column)
    cells = truth[target.name].astype("str")
    if target.kind == "number" or (column == target.name and len(target.classes) > 2):
        return pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    label = column if column in target.classes else target.positive
    hits: np.ndarray = (cells == label).to_numpy(dtype=float)
    return hits


def judge_written(written: Path) -> list[str]:
    """Problems between what `predict` and what `run` wrote on `sample`, where no clock counted."""
    return same_answers(written / "predicted.csv", written / "run.csv")


def same_answers(first: Path, second: Path) -> list[str]:
    """How two submissions differ; empty when they say the same."""
    one = pd.read_csv(first, dtype="str", keep_default_na=False)
    other = pd.read_csv(second, dtype="str", keep_default_na=False)
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return [f"{first.name} and {second.name} have other columns or rows."]
    for name in one.columns:
        differ = _differing(one[name], other[name])
        if differ:
            return [
                f"{differ} of {len(one)} answers in {name} differ between {first.name} and "
                f"{second.name}."
            ]
    return []


def _differing(first: "pd.Series[str]", second: "pd.Series[str]") -> int:
    left = pd.to_numeric(first, errors="coerce").to_numpy(dtype=float)
    right = pd.to_numeric(second, errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return int((first != second).sum())
    return int((np.abs(left - right) > SAME * (left.std() + 1e-12)).sum())


def _usage(message: str) -> Fault:
    return Fault(kind="contract usage", component="model.py", message=message, rung="sample")


def _dependence(name: str, changed: int, rows: int) -> Fault:
    return Fault(
        kind="leakage",
        component="preprocess.py",
        rung="sample",
        message=(
            f"{changed} of {rows} scores change on {name}: rows depend on each other, "
            "and the contract does not say that transform is transductive."
        ),
    )
