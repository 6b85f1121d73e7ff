import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.profile import profile
from agents.competition.reading.tables import read_cells
from agents.competition.splitting import splits
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.keys import separating_key
from agents.competition.splitting.splits import assign_folds, choose_split, labelled_rows
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import GroupKey
from agents.recipes.needs.needs import Needs
from tests.builders import TARGETS, Kind, write_competition

PARTY = GroupKey(column="key", delimiter="_")


def made_groups(rows: int, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    groups = np.repeat(np.arange(rows), chance.integers(1, 7, rows))[:rows]
    label = np.where(chance.random(rows) < 0.05, "rare", np.where(groups % 2, "odd", "even"))
    return pd.DataFrame({"key": [f"g{g}_x" for g in groups], "y": label}, dtype="str")


def test_a_group_never_straddles_two_folds() -> None:
    cells = made_groups(900)

    fold = assign_folds(cells, ["y"], "grouped", 5, 3, key_values(cells, PARTY))

    folds_of_group = pd.Series(fold).groupby(cells["key"].str.split("_").str[0]).nunique()
    assert folds_of_group.max() == 1
    assert np.ptp(np.bincount(fold)) <= 6


def test_grouped_folds_hold_every_class_in_like_shares() -> None:
    cells = made_groups(900)

    fold = assign_folds(cells, ["y"], "grouped", 5, 3, key_values(cells, PARTY))

    shares = pd.crosstab(fold, cells["y"], normalize="index")
    assert shares.min().min() > 0
    assert np.ptp(shares["rare"]) < 0.03


def test_a_few_groups_of_unlike_size_fill_the_folds_evenly() -> None:
    sizes = [100, 60, 50, 40, 30, 20]
    cells = pd.DataFrame(
        {"key": np.repeat([f"g{n}" for n in range(6)], sizes), "y": ["1", "0"] * 150}, dtype="str"
    )

    fold = assign_folds(cells, ["y"], "grouped", 3, 0, cells["key"])

    assert sorted(np.bincount(fold)) == [90, 100, 110]


def test_rows_with_an_empty_key_are_groups_of_their_own() -> None:
    cells = pd.DataFrame({"key": [""] * 40 + ["g"] * 10, "y": ["0", "1"] * 25}, dtype="str")

    fold = assign_folds(cells, ["y"], "grouped", 5, 0, cells["key"])

    assert np.bincount(fold).tolist() == [10] * 5
    assert len(set(fold[40:])) == 1


@pytest.mark.parametrize("count", [5, 6, 14])
def test_every_fold_holds_every_class_that_has_rows_enough(count: int) -> None:
    labels = ["rare"] * count + [f"c{n % 9}" for n in range(200)]
    cells = pd.DataFrame({"y": labels}, dtype="str").sample(frac=1, random_state=1)

    fold = assign_folds(cells, ["y"], "stratified", 5, 0)

    assert set(fold[(cells["y"] == "rare").to_numpy()]) == {0, 1, 2, 3, 4}
    assert np.ptp(np.bincount(fold)) <= 1


def test_every_fold_holds_the_rarest_label_of_several_targets() -> None:
    chance = np.random.default_rng(0)
    cells = pd.DataFrame(
        {
            "often": (chance.random(400) < 0.4).astype(int).astype(str),
            "rare": ["1"] * 6 + ["0"] * 394,
            "other": (chance.random(400) < 0.2).astype(int).astype(str),
        },
        dtype="str",
    )

    fold = assign_folds(cells, ["often", "rare", "other"], "stratified", 5, 0)

    assert set(fold[:6]) == {0, 1, 2, 3, 4}
    assert np.ptp(pd.Series(fold).groupby(cells["other"]).value_counts()["1"]) <= 8


def test_folds_of_a_regression_have_like_targets() -> None:
    chance = np.random.default_rng(0)
    cells = pd.DataFrame({"y": np.round(np.exp(chance.normal(0, 2, 1_000)), 6).astype(str)})

    fold = assign_folds(cells, ["y"], "stratified", 8, 0)

    medians = cells["y"].astype(float).apply(np.log).groupby(fold).median()
    assert np.ptp(medians) < 0.2


def test_rows_without_a_target_take_no_part() -> None:
    cells = pd.DataFrame({"y": ["1", "", "2", "NA", "3", "4"] * 10}, dtype="str")

    fold = assign_folds(cells, ["y"], "random", 2, 0)

    assert (fold[1::6] == -1).all()
    assert (fold[3::6] == -1).all()
    assert set(fold) == {-1, 0, 1}


def test_a_word_for_missing_is_a_label_beside_other_words() -> None:
    words = pd.DataFrame({"y": ["NA", "EU", "", "None"]}, dtype="str")

    assert labelled_rows(words, ["y"]).tolist() == [0, 1, 3]


def test_the_same_seed_draws_the_same_folds_on_every_machine() -> None:
    cells = pd.DataFrame({"y": ["a", "b"] * 8}, dtype="str")

    fold = assign_folds(cells, ["y"], "stratified", 4, 7)

    assert fold.tolist() == [0, 1, 0, 0, 3, 3, 1, 1, 1, 2, 2, 2, 3, 0, 2, 3]
    assert assign_folds(cells, ["y"], "stratified", 4, 8).tolist() != fold.tolist()


def test_drawing_folds_stands_alone_as_source_text() -> None:
    helpers = ("labelled_rows", "assign_folds", "_strata", "_group_codes", "_deal_groups")
    source = "\n\n".join(inspect.getsource(getattr(splits, name)) for name in helpers)
    names: dict[str, Any] = {"np": np, "pd": pd}
    exec(source, names)
    cells = made_groups(300)

    keys = key_values(cells, PARTY)
    alone = names["assign_folds"](cells, ["y"], "grouped", 5, 3, keys)

    assert alone.tolist() == assign_folds(cells, ["y"], "grouped", 5, 3, keys).tolist()


@pytest.mark.parametrize(
    ("kind", "splitter"),
    [("binary", "grouped"), ("regression", "stratified"), ("multilabel", "stratified")],
)
def test_the_split_imitates_the_real_one(tmp_path: Path, kind: Kind, splitter: str) -> None:
    write_competition(tmp_path, kind, rows=600)
    task = state_task(tmp_path, TaskOptions())

    plan = choose_split(
        task, read_cells(tmp_path / "train.csv"), read_cells(tmp_path / "test.csv"), seed=5
    )

    assert (plan.splitter, plan.folds, plan.seed) == (splitter, 8, 5)
    assert plan.key == task.groups
    assert plan.evidence


def test_a_shared_key_column_that_the_files_keep_apart_is_found(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    patient = np.sort(chance.integers(0, 150, 800))
    frame = pd.DataFrame(
        {
            "visit_id": np.arange(800),
            "patient": [f"p{n}" for n in patient],
            "pulse": chance.integers(50, 120, 800),
            "ill": chance.integers(0, 2, 800),
        }
    ).astype("str")
    frame[patient < 120].to_csv(tmp_path / "train.csv", index=False)
    frame[patient >= 120].drop(columns="ill").to_csv(tmp_path / "test.csv", index=False)

    task = state_task(tmp_path, TaskOptions())

    assert task.groups is not None
    assert task.groups.column == "patient"


def test_ids_with_a_constant_prefix_are_no_groups(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression", rows=300)
    for name in ("train", "test"):
        cells = read_cells(folder / f"{name}.csv")
        cells["boat_id"] = f"{name}_" + cells["boat_id"]
        cells.to_csv(folder / f"{name}.csv", index=False)
    (folder / "sample_submission.csv").unlink()

    task = state_task(folder, TaskOptions())

    assert task.id_column == "boat_id"
    assert task.groups is None
    assert [target.name for target in task.targets] == list(TARGETS["regression"])


def test_a_date_that_names_the_rows_is_time_all_the_same(tmp_path: Path) -> None:
    days = pd.Series(pd.date_range("2020-01-01", periods=700)).dt.strftime("%d.%m.%Y")
    frame = pd.DataFrame({"Tag": days, "warmth": np.arange(700) % 30, "flow": np.arange(700) * 2})
    frame.head(600).to_csv(tmp_path / "train.csv", index=False)
    frame.tail(60).drop(columns="flow").to_csv(tmp_path / "test.csv", index=False)
    frame.tail(60)[["Tag"]].assign(flow=0).to_csv(tmp_path / "sample_submission.csv", index=False)
    task = state_task(tmp_path, TaskOptions())
    train, test = (read_cells(tmp_path / f"{name}.csv") for name in ("train", "test"))

    plan = choose_split(task, train, test, seed=0)

    assert task.id_column == "Tag"
    assert plan.splitter == "time"
    assert plan.time is not None
    assert plan.time.column == "Tag"
    measured = profile(tmp_path, task, lambda _text, _share: None)
    assert [one.name for one in Needs(task, measured).of("date")] == ["Tag"]
    assert not [one for one in measured.findings if "repeat another" in one.title]


def test_ids_of_the_test_alone_keep_nothing_apart() -> None:
    train = pd.DataFrame({"user": ["a", "b", "c"] * 20}, dtype="str")
    test = train.head(30).assign(Id=[str(place) for place in range(30)])
    assert separating_key(train, test, ["user"], "Id").key is None
