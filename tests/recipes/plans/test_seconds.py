"""What plans say that candidates cost, against what their programs go by."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.models import (
    CandidatePlan,
    ColumnProfile,
    MetricChoice,
    Profile,
    SplitPlan,
    Table,
    Target,
    Task,
)
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.boosting import plan_boosting, plan_boosting_encoded
from agents.recipes.plans.common import reading_seconds
from agents.recipes.plans.forest import plan_forest
from agents.recipes.plans.gradient import plan_gradient
from agents.recipes.plans.scaled import plan_linear
from agents.recipes.writing.instantiate import instantiate


def needs_of(rows: int, columns: int, classes: int) -> Needs:
    """Numbers only, and a target with so many classes."""
    names = tuple(f"n{number}" for number in range(columns))
    labels = tuple(f"{number:02}" for number in range(classes))
    metric = MetricChoice(
        name="accuracy", direction="higher", title="accuracy", source="default", words="labels"
    )
    task = Task(
        name="made",
        problem="multiclass" if classes > 2 else "binary",
        targets=(Target(name="kind", kind="class", classes=labels),),
        id_column=None,
        metric=metric,
        tables=(Table(path="train.csv", role="train", rows=rows, columns=(*names, "kind")),),
    )
    measured = tuple(
        ColumnProfile(name=name, semantic="number", distinct=rows, missing=0.0) for name in names
    )
    split = SplitPlan(splitter="random", folds=5, seed=0)
    return Needs(task, Profile(rows_train=rows, rows_test=None, columns=measured, split=split))


def settings_of(plan: CandidatePlan, rows: int, columns: int, seconds: float) -> dict[str, Any]:
    """The settings that a program chooses for a limit of time."""
    module = ModuleType("made_model")
    sys.modules["made_model"] = module
    exec(instantiate(plan, "model", "Model"), module.__dict__)
    features = pd.DataFrame(np.zeros((rows, columns), dtype="float32"))
    given = (rows, columns) if plan.recipe == "tables/gradient" else (features,)
    return dict(module.settings_for(*given, seconds, 0))


SIZES = [(1_000, 10, 2), (1_000, 200, 20), (10_000, 50, 2), (10_000, 10, 20), (100_000, 10, 2)]


@pytest.mark.parametrize(("rows", "columns", "classes"), SIZES)
def test_programs_grow_the_planned_trees_in_the_planned_seconds(
    rows: int, columns: int, classes: int
) -> None:
    needs = needs_of(rows, columns, classes)
    boosted, encoded = plan_boosting(needs), plan_boosting_encoded(needs)
    for plan, name, trees in (
        (boosted, "iterations", 500),
        (encoded, "iterations", 500),
        (plan_gradient(needs), "num_iterations", 400),
    ):
        fitting = plan.seconds - reading_seconds(needs)
        assert settings_of(plan, rows, columns, fitting)[name] == pytest.approx(trees, rel=0.05)


def test_more_rows_columns_and_classes_cost_more() -> None:
    for make in (plan_boosting, plan_boosting_encoded, plan_gradient, plan_forest, plan_linear):
        small = make(needs_of(10_000, 10, 2)).seconds
        assert make(needs_of(40_000, 10, 2)).seconds > small
        assert make(needs_of(10_000, 40, 2)).seconds > small
        assert make(needs_of(10_000, 10, 20)).seconds > small
