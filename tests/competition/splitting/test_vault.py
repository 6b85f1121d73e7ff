"""Rows that are kept from everything that chooses, to report on."""

import numpy as np
import pandas as pd

from agents.competition.splitting.fold_masks import fold_masks, vault_mask
from agents.competition.splitting.splits import choose_split
from agents.competition.splitting.vault import with_vault
from agents.models import GroupKey, MetricChoice, SplitPlan, Target, Task, TimeSplit, TimeWindow

TASK = Task(
    name="t",
    problem="binary",
    targets=(Target(name="won", kind="class", classes=("no", "yes"), positive="yes"),),
    id_column=None,
    metric=MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default"),
    tables=(),
)
SALES = TASK.model_copy(
    update={"problem": "regression", "targets": (Target(name="sold", kind="number"),)}
)
STRATIFIED = SplitPlan(splitter="stratified", folds=5, seed=7)
GROUPED = SplitPlan(splitter="grouped", folds=5, seed=7, key=GroupKey(column="party"))


def people(rows: int = 2_400, parties: int = 600, unlabelled: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(0)
    won = np.where(chance.random(rows) < 0.1, "yes", "no")
    won[:unlabelled] = ""
    party = chance.integers(0, parties, rows)
    return pd.DataFrame({"party": [f"p{one}" for one in party], "won": won}, dtype="str")


def sales(shops: int = 12, days: int = 240, horizon: int = 28) -> tuple[pd.DataFrame, pd.DataFrame]:
    dates = pd.date_range("2021-01-01", periods=days + horizon).strftime("%Y-%m-%d")
    table = pd.DataFrame(
        [(day, f"shop {shop}", str(shop)) for day in dates for shop in range(shops)],
        columns=["day", "shop", "sold"],
        dtype="str",
    )
    train = table[table["day"] < dates[days]]
    return train, table.drop(columns="sold").iloc[len(train) :].reset_index(drop=True)


def test_a_tenth_of_the_labelled_rows_is_kept_with_the_classes_in_their_shares() -> None:
    cells = people(unlabelled=200)
    split = with_vault(TASK, cells, STRATIFIED)
    learned, kept = vault_mask(cells, TASK, split)
    assert split.vault
    assert split.folds == 5
    assert kept.sum() == 220
    assert abs((cells["won"][kept] == "yes").sum() - (cells["won"] == "yes").sum() / 10) < 1
    assert learned[:200].all()  # unlabelled rows may be learned from
    assert not (learned & kept).any()


def test_no_fold_learns_from_a_kept_row_or_asks_it_and_the_others_are_each_asked_once() -> None:
    cells = people()
    split = with_vault(TASK, cells, STRATIFIED)
    kept = vault_mask(cells, TASK, split)[1]
    folds = fold_masks(cells, TASK, split)
    assert len(folds) == split.folds
    assert not any((learned | blind)[kept].any() for learned, blind in folds)
    assert np.array_equal(np.sum([blind for _, blind in folds], axis=0), ~kept)


def test_groups_are_kept_whole() -> None:
    cells = people()
    split = with_vault(TASK, cells, GROUPED)
    kept = vault_mask(cells, TASK, split)[1]
    assert set(cells["party"][kept]).isdisjoint(cells["party"][~kept])
    assert 200 <= kept.sum() <= 280


def test_few_labelled_rows_or_few_groups_leave_nothing_to_keep() -> None:
    assert with_vault(TASK, people(rows=2_000), STRATIFIED) == STRATIFIED
    assert with_vault(TASK, people(rows=2_400, unlabelled=400), STRATIFIED) == STRATIFIED
    assert with_vault(TASK, people(parties=15), GROUPED) == GROUPED


def test_of_the_future_the_window_nearest_to_the_test_is_kept() -> None:
    train, test = sales()
    plain = choose_split(SALES, train, test, seed=7)
    split = with_vault(SALES, train, plain)
    kept = vault_mask(train, SALES, split)[1]
    assert (plain.splitter, plain.folds, split.folds) == ("time", 3, 2)
    assert train["day"][kept].max() == train["day"].max()
    assert train["day"][kept].nunique() == 28
    for learned, blind in fold_masks(train, SALES, split):
        assert max(train["day"][learned | blind]) < min(train["day"][kept])
    assert "first of these windows is the vault" in split.evidence[-1]


def test_of_the_future_nothing_is_kept_where_a_window_holds_few_rows() -> None:
    train, test = sales(shops=10, days=210, horizon=14)  # 140 rows a window
    plain = choose_split(SALES, train, test, seed=7)
    assert plain.splitter == "time"
    assert with_vault(SALES, train, plain) == plain


def test_the_last_rows_of_each_series_are_kept_and_those_before_them_choose() -> None:
    train, _ = sales(shops=120, days=20)
    time = TimeSplit(column="day", written="%Y-%m-%d", windows=(), entity=("shop",))
    plain = SplitPlan(splitter="entity_tail", folds=3, seed=7, time=time, tail=2, refit=True)
    split = with_vault(SALES, train, plain)
    kept = vault_mask(train, SALES, split)[1]
    folds = fold_masks(train, SALES, split)
    assert (kept.sum(), len(folds)) == (240, 2)
    assert set(train["day"][kept]) == set(sorted(set(train["day"]))[-2:])
    assert not any((learned | blind)[kept].any() for learned, blind in folds)
    assert set(train["day"][folds[0][1]]) == set(sorted(set(train["day"]))[-4:-2])


def test_every_tenth_block_is_kept_and_no_fold_learns_from_it() -> None:
    train, _ = sales(shops=12, days=240)
    days = sorted(set(train["day"]))
    windows = tuple(
        TimeWindow(learn_until=days[at], start=days[at], end=days[at + 6])
        for at in range(3, 233, 10)
    )
    time = TimeSplit(column="day", written="%Y-%m-%d", windows=windows)
    plain = SplitPlan(splitter="periodic", folds=5, seed=7, time=time, refit=True)
    split = with_vault(SALES, train, plain)
    kept = vault_mask(train, SALES, split)[1]
    folds = fold_masks(train, SALES, split)
    assert (kept.sum(), len(folds), split.fits) == (3 * 7 * 12, 5, 7)
    assert not any((learned | blind)[kept].any() for learned, blind in folds)
    assert sum(blind.sum() for _, blind in folds) == 20 * 7 * 12
