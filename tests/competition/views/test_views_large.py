"""Views of tables that are too large to be held: the same bytes as if they were."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.reading.loading import describe
from agents.competition.reading.storing import store_parts
from agents.competition.splitting.splits import choose_split
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.excerpts import Excerpt, Source, source_of
from agents.competition.views.views import ViewBuilder
from agents.models import Join, MadeId, SplitPlan, Table, Task
from tests.builders import TARGETS, Kind, write_competition
from tests.competition.views.test_views import RANDOM, by_hand, contents, places, table

VIEWS = ("full", "sample", "sample-shuffled", "sample-permuted", "sample-odd", "blind-1", "blind-2")


def built(competition: Path, task: Task, split: SplitPlan, home: Path, most: int) -> dict[str, str]:
    """The digests of everything that is written for some views."""
    builder = ViewBuilder(competition, task, split, places(home), most_cells=most)
    for name in VIEWS:
        builder.build(name)
    return contents(home)


def same_both_ways(competition: Path, task: Task, split: SplitPlan, home: Path) -> None:
    held = built(competition, task, split, home / "held", 10**9)
    streamed = built(competition, task, split, home / "streamed", 0)
    assert held == streamed
    assert len(held) > len(VIEWS)


@pytest.mark.parametrize("kind", ["binary", "multilabel"])
def test_tables_gone_through_in_parts_give_the_bytes_of_tables_held_whole(
    tmp_path: Path, kind: Kind
) -> None:
    competition = write_competition(tmp_path / "competition", kind, rows=240)
    task = state_task(competition, TaskOptions(target=",".join(TARGETS[kind])))
    train, test = (
        pd.read_csv(competition / name, dtype="str", keep_default_na=False)
        for name in ("train.csv", "test.csv")
    )
    same_both_ways(competition, task, choose_split(task, train, test, seed=0), tmp_path)


def test_ids_are_made_anew_in_parts_as_well(tmp_path: Path) -> None:
    train = "store,day,y\n" + "".join(f"{n % 4},2020-01-{n + 10},1\n" for n in range(20))
    test = "id,store,day\n" + "".join(f"{n}_2020-02-11,{n},2020-02-11\n" for n in range(4))
    sample = "id,y\n" + "".join(f"{n}_2020-02-11,0\n" for n in range(4))
    tables = {"train.csv": train, "test.csv": test, "sample.csv": sample}
    same_both_ways(tmp_path / "c", by_hand(tmp_path / "c", tables), RANDOM, tmp_path)


def test_a_side_table_is_cut_in_parts_as_well(tmp_path: Path) -> None:
    side = "id,weather\n" + "".join(f"{row},wet\n" for row in range(40))
    tables = {"train.csv": table(40, "ay"), "test.csv": table(9, "a", "t{0}"), "side.csv": side}
    join = Join(
        path="side.csv",
        left=("id",),
        right=("id",),
        many=False,
        coverage_train=1.0,
        coverage_test=0.0,
        whole=False,
    )
    task = by_hand(tmp_path / "c", tables).model_copy(update={"joins": (join,)})
    same_both_ways(tmp_path / "c", task, RANDOM, tmp_path)
    cut = tmp_path / "streamed" / "views" / "blind-1" / "fit" / "side.csv"
    assert len(cut.read_text(encoding="utf-8").splitlines()) == 31


def test_train_and_test_in_one_table_are_told_apart_in_parts_as_well(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 7},{n % 3 if n % 5 else ''}\n" for n in range(60))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "all.csv").write_text("id,a,y\n" + rows, encoding="utf-8")
    asked = "id,y\n" + "".join(f"{n},0\n" for n in range(0, 60, 5))
    (tmp_path / "c" / "sample.csv").write_text(asked, encoding="utf-8")
    task = state_task(tmp_path / "c", TaskOptions(target="y"))
    assert task.marker is not None
    same_both_ways(tmp_path / "c", task, RANDOM, tmp_path)


# --- excerpts


def test_an_excerpt_of_a_table_in_a_file_shows_the_chosen_rows_with_replaced_cells(
    tmp_path: Path,
) -> None:
    cells = pd.DataFrame({name: np.arange(5_000).astype(str) for name in "abc"}, dtype="str")
    store_parts([cells], tmp_path, Table(path="t.csv", role="side", rows=0, columns=tuple("abc")))
    (found,) = describe(tmp_path, "t.csv")
    task = by_hand(tmp_path / "c", {"train.csv": table(9, "ay")})

    source = source_of(tmp_path, task, found, lambda _head: ["b"], most_cells=0)
    rows = Excerpt.whole(source).take(np.arange(4_000, 5_000)).take(np.array([3, 999]))
    shown = rows.only(["c", "b", "new"]).replacing(
        {"new": "x", "b": pd.Series(["one", "two"], dtype="str")}
    )

    assert list(source.held) == ["b"]
    assert len(shown) == 2
    assert shown.cells().to_dict("list") == {
        "c": ["4003", "4999"],
        "b": ["one", "two"],
        "new": ["x", "x"],
    }
    assert shown.take(np.array([1])).cells()["b"].tolist() == ["two"]
    assert Excerpt.of(cells).head(3)["a"].tolist() == ["0", "1", "2"]


def test_ids_that_are_counted_go_on_from_part_to_part(tmp_path: Path) -> None:
    task = by_hand(tmp_path / "c", {"train.csv": table(9, "ay")})
    task = task.model_copy(update={"made_id": MadeId(first=5)})
    count = 70_000
    cells = pd.DataFrame({"a": np.arange(count).astype(str), "b": ["x"] * count}, dtype="str")
    test = Table(path="t.csv", role="test", rows=count, columns=("a", "b"))
    store_parts([cells], tmp_path, test)

    held, streamed = (
        Excerpt.whole(source_of(tmp_path, task, test, lambda _head: ["id"], most_cells=most))
        for most in (10**9, 0)
    )

    assert held.columns == streamed.columns == ("a", "b", "id")
    assert streamed.cells().equals(held.cells())
    assert streamed.source.held["id"].iloc[-1] == str(count + 4)


def test_an_excerpt_of_no_rows_keeps_its_columns() -> None:
    cells = pd.DataFrame({"a": ["1"], "b": ["2"]}, dtype="str")
    none = Excerpt.whole(Source.of(cells)).take(np.arange(0))
    assert list(none.cells().columns) == ["a", "b"]
    assert len(none.cells()) == 0
