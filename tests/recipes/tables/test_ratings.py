"""Ratings: recognised by names that pair up anew, measured without a look at a row's own rating."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.recipes.needs.needs import Needs
from agents.recipes.plans.ratings import plan_ratings, rating_pair
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing
from tests.recipes.support import Planned, plan_folder

READERS, BOOKS, RATINGS, ASKED = 120, 80, 3_000, 600


def write_ratings(folder: Path) -> pd.DataFrame:
    """Ratings by generous and strict readers of liked and disliked books; returns all rows."""
    chance = np.random.default_rng(0)
    reader, book = chance.integers(0, READERS, RATINGS), chance.integers(0, BOOKS, RATINGS)
    generous, liked = chance.normal(0, 0.6, READERS), chance.normal(0, 0.6, BOOKS)
    tastes = chance.normal(0, 0.9, (READERS, 2)), chance.normal(0, 0.9, (BOOKS, 2))
    agree = (tastes[0][reader] * tastes[1][book]).sum(axis=1)
    stars = 3 + generous[reader] + liked[book] + agree + chance.normal(0, 0.4, RATINGS)
    rows = pd.DataFrame(
        {"line": np.arange(RATINGS), "reader_id": reader + 7, "book_id": book + 900}
    )
    rows["stars"] = stars.clip(1, 5).round(1)
    rows[:-ASKED].to_csv(folder / "train.csv", index=False)
    rows[-ASKED:].drop(columns="stars").to_csv(folder / "test.csv", index=False)
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ratings")


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    return write_ratings(folder)


@pytest.fixture(scope="module")
def planned(folder: Path, rows: pd.DataFrame) -> Planned:
    return plan_folder(folder, target="stars")


def parts(planned: Planned, folder: Path) -> tuple[Any, Any]:
    """A preprocessor and a model, each from a program of its own."""
    plan = plan_ratings(Needs(planned.task, planned.profile))
    assert plan is not None
    for name, source in (("prep", write_preprocessing(plan)), ("model", write_model(plan))):
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    prep, model = (runpy.run_path(str(folder / f"{name}.py")) for name in ("prep", "model"))
    return prep["Preprocessor"](), model["Model"]()


def test_two_columns_of_names_that_pair_up_anew_are_ratings(planned: Planned) -> None:
    pair = rating_pair(Needs(planned.task, planned.profile))
    assert pair is not None
    assert [column.name for column in pair] == ["reader_id", "book_id"]


def test_a_panel_of_all_pairs_is_no_ratings(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    pairs = [(shop, item) for shop in range(30) for item in range(25)] * 3
    panel = pd.DataFrame(pairs, columns=["shop_id", "item_id"]).assign(sold=chance.random(2_250))
    panel[:1_800].to_csv(tmp_path / "train.csv", index=False)
    panel[1_800:].drop(columns="sold").to_csv(tmp_path / "test.csv", index=False)
    planned = plan_folder(tmp_path, target="sold")
    assert plan_ratings(Needs(planned.task, planned.profile)) is None


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_ratings_are_predicted_far_better_than_by_the_means(
    planned: Planned, folder: Path, rows: pd.DataFrame, tmp_path: Path
) -> None:
    preprocessor, model = parts(planned, tmp_path)
    train = preprocessor.fit(folder, seed=0, time_limit_s=60.0)
    model.fit(train, seed=0, time_limit_s=60.0)
    scores = model.predict(preprocessor.transform(folder))
    truth, known = rows["stars"][-ASKED:].to_numpy(), rows[:-ASKED]
    mean = known["stars"].mean()
    book = rows["book_id"][-ASKED:].map(known.groupby("book_id")["stars"].mean()).fillna(mean)
    error = float(((scores["stars"] - truth) ** 2).mean())
    assert error < 0.6 * float(((book - truth) ** 2).mean())


def test_a_training_row_s_measures_know_nothing_of_its_own_rating(
    planned: Planned, folder: Path, tmp_path: Path
) -> None:
    for name in ("train.csv", "test.csv"):
        cells = pd.read_csv(folder / name)
        if "stars" in cells:
            cells["stars"] = np.random.default_rng(1).permutation(cells["stars"])
        cells.to_csv(tmp_path / name, index=False)
    train = parts(planned, tmp_path)[0].fit(tmp_path, seed=0, time_limit_s=60.0)
    expected = train["X_train"]["expected rating"]
    assert abs(np.corrcoef(expected, train["y_train"])[0, 1]) < 0.1
