import numpy as np

from agents.recipes.blocks.rows import affordable_rows


def test_all_rows_are_taken_where_the_time_allows() -> None:
    assert list(affordable_rows(5, 1.0, 1e9, seed=0)) == [0, 1, 2, 3, 4]


def test_a_short_time_draws_some_rows_once_each_and_the_same_ones_again() -> None:
    rows = affordable_rows(50_000, 1e-3, 2.0, seed=3)
    assert len(rows) == 2_000
    assert len(np.unique(rows)) == 2_000
    assert (rows == affordable_rows(50_000, 1e-3, 2.0, seed=3)).all()
    assert rows.max() > 40_000
