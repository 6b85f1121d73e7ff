from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.rows import ceiling_of, repeated_rows
from agents.competition.reading import stream as module
from agents.competition.reading.stream import (
    Prints,
    Sketch,
    Streamed,
    cell_hashes,
    row_prints,
    stream,
)


def made(rows: int, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    frame = {
        "few": chance.integers(0, 9, rows),
        "many": chance.integers(0, 40_000, rows),
        "gaps": np.where(chance.random(rows) < 0.3, "", "x"),
        "y": chance.integers(0, 2, rows),
    }
    return pd.DataFrame(frame).astype("str")


def in_parts(cells: pd.DataFrame, size: int) -> Iterator[pd.DataFrame]:
    for start in range(0, len(cells), size):
        yield cells.iloc[start : start + size].reset_index(drop=True)


def gone_through(cells: pd.DataFrame, size: int = 1_000) -> Streamed:
    features = [str(name) for name in cells if name != "y"]
    return stream(in_parts(cells, size), len(cells), features, ["y"] if "y" in cells else [])


def test_a_long_table_is_counted_whole_and_kept_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEASURED_ROWS", 5_000)
    monkeypatch.setattr(module, "KEPT_CELLS", 20_000)
    cells = made(60_000)

    gathered = gone_through(cells)

    assert gathered.rows == 60_000
    assert gathered.empty["gaps"] == int((cells["gaps"] == "").sum())
    assert len(gathered.kept) == len(gathered.drawn) == 5_000
    pd.testing.assert_frame_equal(
        gathered.drawn, cells.iloc[gathered.places].reset_index(drop=True)
    )
    assert gathered.sketches["few"].distinct == 9
    distinct = cells["many"].nunique()
    assert gathered.sketches["many"].distinct == pytest.approx(distinct, rel=0.05)


def test_a_table_that_is_small_enough_is_kept_whole() -> None:
    cells = made(3_000)

    gathered = gone_through(cells, 700)

    pd.testing.assert_frame_equal(gathered.kept, cells)
    assert not gathered.sketches


def test_the_size_of_the_parts_makes_no_difference() -> None:
    cells = made(4_000)

    small, large = gone_through(cells, 300), gone_through(cells, 4_000)

    assert repeated_rows(small.prints, None) == repeated_rows(large.prints, None)


@pytest.mark.parametrize("kinds", [500, 30_000])
def test_a_sketch_knows_which_values_it_has_met(kinds: int) -> None:
    known, asked = Sketch(), pd.Series(range(kinds // 2, 3 * kinds // 2)).astype("str")
    for start in range(0, kinds, 1_000):
        part = pd.Series(range(start, min(kinds, start + 1_000))).astype("str")
        known.add(cell_hashes(part))

    assert known.full == (kinds > module.SKETCH_SIZE)
    assert known.unseen(cell_hashes(asked)) == pytest.approx(0.5, abs=0.02)


def test_repeated_rows_are_estimated_where_there_are_too_many_to_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = made(40_000)[["many", "y"]]
    exact = gone_through(cells).prints
    monkeypatch.setattr(module, "KEPT_PRINTS", 6_000)
    thinned = gone_through(cells).prints

    assert thinned.scale == 8
    assert len(thinned.features) <= 6_000
    for counted, estimated in zip(
        repeated_rows(exact, exact), repeated_rows(thinned, exact), strict=True
    ):
        assert estimated == pytest.approx(counted, rel=0.1)


def test_nothing_is_repeated_in_an_empty_table() -> None:
    assert repeated_rows(Prints(), Prints()) == (0, 0, 0)


def test_equal_rows_with_different_answers_set_a_ceiling() -> None:
    chance = np.random.default_rng(0)
    cells = pd.DataFrame({"kind": chance.integers(0, 20, 4_000)}).astype("str")
    kind = cells["kind"].astype(int).to_numpy()
    prints = row_prints(cells, ["kind"])
    flipped = ((kind % 2) ^ (chance.random(4_000) < 0.2)).astype(float)
    noisy = kind + chance.normal(0, 3, 4_000)

    assert ceiling_of(prints, {"y": (flipped, True)}) == pytest.approx(0.8, abs=0.02)
    explained = kind.var() / (kind.var() + 9)
    assert ceiling_of(prints, {"y": (noisy, False)}) == pytest.approx(explained, abs=0.02)
    assert ceiling_of(np.arange(4_000).astype(np.uint64), {"y": (flipped, True)}) is None
