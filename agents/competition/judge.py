"""What `sample` can tell about a program before it is given real work (DESIGN 5).

Scores must name the rows they were asked for, once each and in the columns of the task; they must
not change when the test rows are permuted, halved or alone; strange rows must not break the
program; and a program that was taught shuffled labels must know nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.metrics import area_under_curve
from agents.models import Fault, Task

TOLERANCE = 1e-5
"""Relative; threads and batch sizes move the last digits of honest programs."""
CHANCE_LIMIT = 6.0
"""Standard errors above chance at which shuffled labels mean a leak."""
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


def judge_shuffled(task: Task, scores: pd.DataFrame, truth: pd.DataFrame) -> list[Fault]:
    """A leak, when a program that was taught shuffled labels still knows the true ones."""
    if len(truth) < FEWEST_ROWS:
        return []
    rows = scores.set_index(scores["row_id"].astype("str"))
    rows = rows.loc[truth["row_id"].astype("str")]
    evidence = max(
        (_beyond_chance(task, rows, truth, name) for name in rows.columns[1:]), default=0
    )
    if evidence <= CHANCE_LIMIT:
        return []
    return [
        Fault(
            kind="leakage",
            component="preprocess.py",
            rung="sample",
            message=(
                f"Taught shuffled labels, it still predicts the true ones {evidence:.1f} standard "
                "errors above chance: it sees them some other way."
            ),
        )
    ]


def _beyond_chance(task: Task, rows: pd.DataFrame, truth: pd.DataFrame, column: str) -> float:
    said = rows[column].to_numpy(dtype=float)
    target = task.targets[0]
    if column in truth.columns:
        target = next(one for one in task.targets if one.name == column)
    if target.kind == "number":
        actual = pd.to_numeric(truth[target.name], errors="coerce").to_numpy(dtype=float)
        order = pd.Series(said).corr(pd.Series(actual), method="spearman")
        return 0.0 if np.isnan(order) else float(order * np.sqrt(len(said) - 1))
    label = column if column in target.classes else target.positive
    hits = (truth[target.name].astype("str") == label).to_numpy()
    ones, zeros = int(hits.sum()), int((~hits).sum())
    if min(ones, zeros) < 5:
        return 0.0
    area = area_under_curve(hits, said)
    return float((area - 0.5) / np.sqrt((ones + zeros + 1) / (12 * ones * zeros)))


def judge_written(
    written: Path, predicted: str = "predicted.csv", run: str = "run.csv"
) -> list[str]:
    """Problems between what `predict` and what `run` wrote."""
    return same_answers(written / predicted, written / run)


def same_answers(first: Path, second: Path) -> list[str]:
    """How two submissions differ; empty when they say the same."""
    one = pd.read_csv(first, dtype="str", keep_default_na=False)
    other = pd.read_csv(second, dtype="str", keep_default_na=False)
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return [f"{first.name} and {second.name} have other columns or rows."]
    for name in one.columns:
        if (one[name] == other[name]).all():
            continue
        left = pd.to_numeric(one[name], errors="coerce").to_numpy(dtype=float)
        right = pd.to_numeric(other[name], errors="coerce").to_numpy(dtype=float)
        close = np.isclose(left, right, rtol=1e-4, atol=1e-9)
        differ = (
            int((~close).sum())
            if np.isfinite(left).any()
            else int((one[name] != other[name]).sum())
        )
        if differ > 0.01 * len(one):
            return [f"{differ} of {len(one)} answers in {name} differ between two ways to predict."]
    return []


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
