"""Side tables in programs: what is looked up, what is gathered, and who may see it."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.recipes.needs.needs import Needs
from agents.recipes.needs.side_needs import SideNeeds
from tests.recipes.blocks.relations import ASKED, write_relations
from tests.recipes.support import Planned, plan_folder


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return plan_folder(write_relations(tmp_path_factory.mktemp("relations")))


@pytest.fixture(scope="module")
def sides(planned: Planned) -> SideNeeds:
    return Needs(planned.task, planned.profile).sides


@pytest.fixture(scope="module")
def program(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `preprocess.py` of the baseline defines, as a program of its own."""
    file = tmp_path_factory.mktemp("program") / "preprocess.py"
    file.write_text(planned.sources("baseline")[0], encoding="utf-8")
    return runpy.run_path(str(file))


@pytest.fixture(scope="module")
def features(planned: Planned, program: dict[str, Any]) -> pd.DataFrame:
    """Of the rows to be predicted, by client."""
    preprocessor = program["Preprocessor"]()
    preprocessor.fit(planned.folder, seed=0, time_limit_s=60.0)
    test: pd.DataFrame = preprocessor.transform(planned.folder)["X_test"]
    return test.set_index(read(planned.folder, "test")["client_id"])


def read(folder: Path, name: str) -> pd.DataFrame:
    table: pd.DataFrame = pd.read_csv(folder / f"{name}.csv")
    return table


def test_every_side_table_is_read_and_none_declined(planned: Planned, sides: SideNeeds) -> None:
    assert {side.join.path for side in sides.sides.values()} == {
        *("clients.csv", "towns.csv", "orders.csv", "products.csv")
    }
    assert all(not plan.contract.declined for plan in planned.blueprint.candidates)


def test_the_blueprint_says_how_tables_are_joined_and_why(planned: Planned) -> None:
    steps = {step.id: step for step in planned.plan("baseline").steps}
    assert "towns.csv by `town_id`" in steps["join"].directive
    assert "orders.csv by `client_id`" in steps["aggregate"].directive
    assert "100% of the training rows" in steps["join"].reason


def test_columns_two_lookups_away_arrive(planned: Planned, features: pd.DataFrame) -> None:
    clients = read(planned.folder, "clients").set_index("id")["town_id"]
    people = read(planned.folder, "towns").set_index("town")["people"]
    wanted = people.reindex(clients.reindex(features.index))
    assert list(features["clients.towns.people"]) == list(wanted)


def test_numbers_are_summed_by_key(planned: Planned, features: pd.DataFrame) -> None:
    orders = read(planned.folder, "orders").groupby("client_id")["pieces"]
    for measure, wanted in (("sum", orders.sum()), ("largest", orders.max())):
        found = features[f"orders.pieces, {measure}"].to_numpy()
        np.testing.assert_allclose(found, wanted.reindex(features.index).to_numpy())


def test_columns_looked_up_for_a_gathered_table_are_gathered(
    planned: Planned, features: pd.DataFrame
) -> None:
    orders = read(planned.folder, "orders").merge(read(planned.folder, "products"), on="product")
    wanted = orders.groupby("client_id")["price"].mean().reindex(features.index)
    found = features["orders.products.price, mean"].to_numpy()
    np.testing.assert_allclose(found, wanted.to_numpy(), rtol=1e-6)


def test_days_are_counted_back_from_the_row_s_own_date(
    planned: Planned, features: pd.DataFrame
) -> None:
    orders, test = read(planned.folder, "orders"), read(planned.folder, "test")
    days = pd.to_datetime(orders["day"], format="%d.%m.%Y").groupby(orders["client_id"]).max()
    asked = pd.to_datetime(test["asked_on"])
    wanted = (asked - days.reindex(test["client_id"]).to_numpy()).dt.days
    found = features["orders.day, days since the last"]
    np.testing.assert_array_equal(found.to_numpy(), wanted.to_numpy())


def test_a_row_that_no_table_knows_has_no_rows_and_gaps(
    planned: Planned, program: dict[str, Any], tmp_path: Path
) -> None:
    for table in planned.folder.glob("*.csv"):
        (tmp_path / table.name).write_bytes(table.read_bytes())
    test = pd.read_csv(tmp_path / "test.csv", dtype="str")
    test.assign(client_id="a stranger").to_csv(tmp_path / "test.csv", index=False)
    preprocessor = program["Preprocessor"]()
    preprocessor.fit(tmp_path, seed=0, time_limit_s=60.0)
    found = preprocessor.transform(tmp_path)["X_test"]
    assert (found["orders.rows"] == 0).all()
    assert found["orders.pieces, mean"].isna().all()
    assert found["clients.towns.people"].isna().all()


def test_a_row_alone_gets_what_it_gets_among_others(
    planned: Planned, program: dict[str, Any], features: pd.DataFrame, tmp_path: Path
) -> None:
    for table in planned.folder.glob("*.csv"):
        (tmp_path / table.name).write_bytes(table.read_bytes())
    preprocessor = program["Preprocessor"]()
    preprocessor.fit(tmp_path, seed=0, time_limit_s=60.0)
    test = pd.read_csv(tmp_path / "test.csv", dtype="str")
    test[3:4].to_csv(tmp_path / "test.csv", index=False)
    alone = preprocessor.transform(tmp_path)["X_test"]
    pd.testing.assert_series_equal(alone.iloc[0], features.iloc[3], check_names=False)


def test_words_are_ranked_by_how_many_keys_have_them(planned: Planned) -> None:
    orders = read(planned.folder, "orders").drop_duplicates(["client_id", "product"])
    measured = {column.name: column for column in planned.profile.side["orders.csv"]}
    most = orders["product"].value_counts().max()
    first = measured["product"].items[0]
    assert (orders["product"] == first).sum() == most


def test_a_looked_up_column_is_measured_beside_the_target(planned: Planned) -> None:
    measured = {column.name: column for column in planned.profile.side["clients.csv"]}
    assert measured["town_id"].to_target is not None


def test_the_program_says_which_steps_it_takes(planned: Planned) -> None:
    source = planned.sources("baseline")[0]
    assert "Steps: join" in source
    assert "Steps: aggregate" in source
    assert "gather_past" not in source


def test_a_history_that_ends_with_train_shows_only_what_came_before(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    dates = [f"{day:%Y-%m-%d}" for day in pd.date_range("2021-01-01", periods=100)]
    rows = pd.DataFrame({"row": np.arange(2_000), "shop": [f"S{k % 40:03d}" for k in range(2_000)]})
    rows["day"] = np.repeat(dates, 20)
    rows["sold"] = chance.integers(0, 900, 2_000) / 7
    visits = pd.DataFrame({"shop": [f"S{k:03d}" for k in chance.integers(0, 40, 3_000)]})
    visits["seen"] = chance.choice(dates[:75], 3_000)
    visits["people"] = chance.integers(1, 9, 3_000)
    rows[:1_500].to_csv(tmp_path / "train.csv", index=False)
    rows[1_500:].drop(columns="sold").to_csv(tmp_path / "test.csv", index=False)
    visits.to_csv(tmp_path / "visits.csv", index=False)
    planned = plan_folder(tmp_path, target="sold")
    assert [join.whole for join in planned.task.joins] == [False]
    file = tmp_path / "preprocess.py"
    file.write_text(planned.sources("baseline")[0], encoding="utf-8")
    train = runpy.run_path(str(file))["Preprocessor"]().fit(tmp_path, seed=0, time_limit_s=60.0)
    place = 900
    before = visits[(visits["shop"] == rows["shop"][place]) & (visits["seen"] < rows["day"][place])]
    found = train["X_train"].iloc[place]
    assert found["visits.rows"] == len(before)
    assert found["visits.people, sum"] == before["people"].sum()


def test_the_baseline_learns_from_side_tables_alone(
    planned: Planned, program: dict[str, Any], tmp_path: Path
) -> None:
    preprocess = program["Preprocessor"]()
    train = preprocess.fit(planned.folder, seed=0, time_limit_s=60.0)
    file = tmp_path / "model.py"
    file.write_text(planned.sources("baseline")[1], encoding="utf-8")
    model = runpy.run_path(str(file))["Model"]()
    model.fit(train, seed=0, time_limit_s=60.0)
    scores = model.predict(preprocess.transform(planned.folder))
    orders = read(planned.folder, "orders").groupby("client_id")["pieces"].sum()
    asked = read(planned.folder, "test")
    assert len(scores) == ASKED
    spent = asked["client_id"].map(orders).fillna(0)
    assert np.corrcoef(scores["yes"].rank(), spent.rank())[0, 1] > 0.4
