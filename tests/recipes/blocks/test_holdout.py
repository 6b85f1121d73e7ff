"""Rows held out of a fit: at random, in whole groups, or the last in time."""

import numpy as np
import pandas as pd
import pytest

from agents.recipes.blocks import holdout


def test_rows_are_held_out_at_random_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdout, "PROBLEM", "regression")
    train = {"y_train": pd.Series(np.arange(1_000.0))}
    held_out = holdout.held_out_rows(train, 3)
    assert 60 < held_out.sum() < 140
    assert (held_out == holdout.held_out_rows(train, 3)).all()
    assert (held_out != holdout.held_out_rows(train, 4)).any()


def test_groups_are_held_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdout, "PROBLEM", "regression")
    monkeypatch.setattr(holdout, "HOLDOUT", "grouped")
    groups = pd.Series([f"g{number // 5}" for number in range(1_000)])
    held_out = holdout.held_out_rows({"y_train": groups, "groups_train": groups}, 0)
    assert set(groups[held_out]).isdisjoint(groups[~held_out])
    assert held_out.any()


def test_the_last_moments_are_held_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdout, "PROBLEM", "regression")
    monkeypatch.setattr(holdout, "HOLDOUT", "last")
    moments = pd.Series(np.repeat(np.arange(20.0), 7)).sample(frac=1, random_state=0)
    moments.iloc[3] = np.nan
    held_out = holdout.held_out_rows({"y_train": moments, "time_train": moments}, 0)
    assert set(moments[held_out]) == {18.0, 19.0}
    assert not held_out[3]


def test_every_class_is_left_to_learn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdout, "HOLDOUT", "last")
    train = {
        "y_train": pd.Series(["a"] * 90 + ["late"] * 10),
        "time_train": pd.Series(np.arange(100.0)),
    }
    held_out = holdout.held_out_rows(train, 0)
    assert "late" in set(train["y_train"][~held_out])
    assert held_out.any()
