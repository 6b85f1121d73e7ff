"""Training tables that are too large are read in part, and only where that does no harm."""

from pathlib import Path

import pandas as pd
import pytest

from agents.models import GroupKey, Table
from agents.recipes.needs.needs import Needs
from agents.roles.guideline_agent import guide
from agents.roles.preprocessing_coder import write_preprocessing
from tests.recipes.support import Planned, planned, run_python

HUGE = 100_000_000


def as_if_huge(made: Planned) -> Planned:
    """The same competition, whose training table is said to have many more rows."""
    tables = tuple(
        table.model_copy(update={"rows": HUGE}) if table.role == "train" else table
        for table in made.task.tables
    )
    task = made.task.model_copy(update={"tables": tables})
    return Planned(made.folder, task, made.profile, guide(task, made.profile))


def rows_learned(made: Planned, folder: Path, at_once: int) -> pd.DataFrame:
    """What the baseline's preprocessor hands to its model."""
    plan = as_if_huge(made).plan("baseline")
    literals = {**plan.literals, "SHARE": 0.25, "ROWS_AT_ONCE": at_once}
    source = write_preprocessing(plan.model_copy(update={"literals": literals}))
    out = folder / "features.parquet"
    code = source + (
        f"\ntrain = Preprocessor().fit(Path({str(made.folder)!r}), seed=0, time_limit_s=9.0)\n"
        f"train['X_train'].assign(y=train['y_train']).to_parquet({str(out)!r})\n"
    )
    ran = run_python(code, folder)
    assert ran.returncode == 0, ran.stderr
    return pd.read_parquet(out)


@pytest.fixture(scope="module")
def boats(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("boats") / "c", "regression", rows=400)


def test_a_huge_table_is_read_in_part_and_the_plan_says_so(boats: Planned, tmp_path: Path) -> None:
    plan = as_if_huge(boats).plan("baseline")
    steps = {step.id: step for step in plan.steps}
    assert 0 < float(str(plan.literals["SHARE"])) < 0.2
    assert "drawn at random" in steps["drawn_rows"].directive
    assert "drawn_rows" in write_preprocessing(plan)

    learned = rows_learned(boats, tmp_path, at_once=60)

    assert 60 <= len(learned) <= 140
    assert not learned.duplicated().any()


def test_of_a_small_table_all_rows_are_read(boats: Planned, tmp_path: Path) -> None:
    assert len(rows_learned(boats, tmp_path, at_once=1_000)) == 400
    assert not boats.plan("baseline").literals["SHARE"]
    assert "read_drawn" not in write_preprocessing(boats.plan("baseline"))


def test_rows_that_belong_together_are_not_thinned_out(boats: Planned) -> None:
    huge = as_if_huge(boats)
    assert Needs(huge.task, huge.profile).share
    column = next(one.name for one in huge.profile.columns if one.in_test)
    grouped = huge.profile.split.model_copy(update={"key": GroupKey(column=column)})
    profile = huge.profile.model_copy(update={"split": grouped})
    assert not Needs(huge.task, profile).share
    typed = tuple(
        Table.model_validate({**dict(table), "format": "parquet"}) for table in huge.task.tables
    )
    assert not Needs(huge.task.model_copy(update={"tables": typed}), huge.profile).share
