"""The view of the rows that are kept for the report: no other view teaches or asks them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.reading.tables import read_cells
from agents.competition.splitting.splits import choose_split
from agents.competition.splitting.vault import with_vault
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.views import Places, ViewBuilder
from agents.models import SplitPlan, Task
from tests.builders import write_competition


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def builder(folder: Path, competition: Path, target: str) -> tuple[ViewBuilder, Task, SplitPlan]:
    task = state_task(competition, TaskOptions(target=target))
    train, test = (read_cells(competition / name) for name in ("train.csv", "test.csv"))
    split = with_vault(task, train, choose_split(task, train, test, seed=0))
    places = Places(views=folder / "views", answers=folder / "answers", media=folder / "media")
    return ViewBuilder(competition, task, split, places), task, split


@pytest.fixture(scope="module")
def travellers(tmp_path_factory: pytest.TempPathFactory) -> ViewBuilder:
    folder = tmp_path_factory.mktemp("travellers")
    competition = write_competition(folder / "competition", "binary", rows=2_300)
    return builder(folder, competition, "seated")[0]


def test_kept_parties_are_in_no_view_that_something_is_learned_from(
    travellers: ViewBuilder,
) -> None:
    kept = travellers.build("vault")
    parties = set(read(kept.root / "predict" / "test.csv")["ticket"].str.split("_").str[0])
    assert len(parties) > 20
    for name in ("sample", "blind-1", "blind-5"):
        view = travellers.build(name)
        for part, table in (("fit", "train.csv"), ("predict", "test.csv")):
            shown = read(view.root / part / table)["ticket"].str.split("_").str[0]
            assert parties.isdisjoint(shown), (name, part)


def test_nothing_is_fitted_on_it_where_the_fits_of_the_folds_answer_it(
    travellers: ViewBuilder,
) -> None:
    kept = travellers.build("vault")
    assert [path.name for path in kept.root.iterdir() if path.is_dir()] == ["predict"]
    assert "seated" not in read(kept.root / "predict" / "test.csv")
    assert kept.answers is not None
    truth = pd.read_parquet(kept.answers)
    assert len(truth) == kept.rows_predict
    assert set(truth["seated"]) == {"True", "False"}
    assert truth["__group__"].nunique() < len(truth)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> ViewBuilder:
    """Daily sales, the test after train, and a log of visits that ends with train."""
    folder = tmp_path_factory.mktemp("shops")
    competition = folder / "competition"
    competition.mkdir()
    dates = pd.date_range("2021-01-01", periods=268).strftime("%Y-%m-%d")
    table = pd.DataFrame(
        [(day, f"shop {shop}") for day in dates for shop in range(12)], columns=["day", "shop"]
    )
    table.insert(0, "row", np.arange(len(table)))
    table["sold"] = np.random.default_rng(0).integers(0, 90, len(table))
    late = table["day"] >= dates[240]
    table[~late].to_csv(competition / "train.csv", index=False)
    table[late].drop(columns="sold").to_csv(competition / "test.csv", index=False)
    visits = table.loc[~late, ["day", "shop"]].assign(visits=1)
    visits.to_csv(competition / "visits.csv", index=False)
    return builder(folder, competition, "sold")[0]


def test_of_the_future_it_teaches_what_lies_before_its_window(shops: ViewBuilder) -> None:
    kept = shops.build("vault")
    learned = read(kept.root / "fit" / "train.csv")["day"]
    asked = read(kept.root / "predict" / "test.csv")["day"]
    assert max(learned) < min(asked)
    assert (asked.nunique(), max(asked)) == (28, "2021-08-28")
    assert max(read(kept.root / "fit" / "visits.csv")["day"]) == max(learned)


def test_of_the_future_folds_lie_before_it_with_their_side_tables(shops: ViewBuilder) -> None:
    asked = read(shops.build("vault").root / "predict" / "test.csv")["day"]
    first = shops.build("blind-1")
    learned = read(first.root / "fit" / "train.csv")["day"]
    blind = read(first.root / "predict" / "test.csv")["day"]
    assert max(learned) < min(blind) <= max(blind) < min(asked)
    assert max(read(first.root / "fit" / "visits.csv")["day"]) == max(learned)
