"""Views: miniature competitions that look like the real one and hide what is asked."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.scores import Truth
from agents.competition.reading.tables import Dialect, read_cells
from agents.competition.splitting.splits import choose_split
from agents.competition.stating.asked import asked_table
from agents.competition.stating.id_rules import id_template
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.played import UNSEEN
from agents.competition.views.views import Places, View, ViewBuilder
from agents.errors import InputError
from agents.models import GroupKey, MetricChoice, SplitPlan, SubmissionSpec, Table, Target, Task
from tests.builders import TARGETS, Kind, write_competition

RANDOM = SplitPlan(splitter="random", folds=4, seed=7)


def places(folder: Path) -> Places:
    return Places(views=folder / "views", answers=folder / "answers", media=folder / "media")


def made(folder: Path, kind: Kind, rows: int = 240) -> tuple[Path, Task, SplitPlan]:
    competition = write_competition(folder / "competition", kind, rows=rows)
    task = state_task(competition, TaskOptions(target=",".join(TARGETS[kind])))
    train, test = (read_cells(competition / name) for name in ("train.csv", "test.csv"))
    return competition, task, choose_split(task, train, test, seed=0)


def by_hand(competition: Path, tables: dict[str, str], id_column: str | None = "id") -> Task:
    """A regression of `y` on tables given as text; the name of a table begins with its role."""
    competition.mkdir(parents=True)
    listed = []
    for name, text in tables.items():
        (competition / name).write_text(text, encoding="utf-8")
        role = next(role for role in ("train", "test", "sample", "side") if name.startswith(role))
        header, *rows = text.splitlines()
        columns = tuple(header.split(","))
        listed.append(Table(path=name, role=role, rows=len(rows), columns=columns))
    columns = ("y",) if id_column is None else (id_column, "y")
    return Task(
        name="t",
        problem="regression",
        targets=(Target(name="y", kind="number"),),
        id_column=id_column,
        metric=MetricChoice(name="rmse", direction="lower", title="RMSE", source="default"),
        tables=tuple(listed),
        submission=SubmissionSpec(columns=columns, id_column=id_column, answers="number"),
    )


def table(rows: int, columns: str, ids: str = "{0}") -> str:
    lines = [",".join([ids.format(row), *(f"{row % 7}" for _ in columns)]) for row in range(rows)]
    return "\n".join([",".join(["id", *columns]), *lines]) + "\n"


def part(view: View, name: str, file: str) -> pd.DataFrame:
    return read_cells(view.root / name / file)


def files(view: View, name: str) -> set[str]:
    folder = view.root / name
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- blind views


@pytest.mark.parametrize("kind", ["binary", "regression", "multilabel", "multiclass"])
def test_blind_rows_play_a_test_that_looks_like_the_real_one(tmp_path: Path, kind: Kind) -> None:
    competition, task, split = made(tmp_path, kind)
    builder = ViewBuilder(competition, task, split, places(tmp_path))
    train, test = (read_cells(competition / name) for name in ("train.csv", "test.csv"))
    seen = []
    for fold in range(1, split.folds + 1):
        view = builder.build(f"blind-{fold}")
        played, kept = part(view, "predict", "test.csv"), part(view, "fit", "train.csv")
        assert list(played.columns) == list(test.columns)
        assert view.rows_predict == len(played)
        assert view.rows_fit == len(kept) == len(train) - len(played)
        assert set(kept[task.id_column]).isdisjoint(played[task.id_column])
        seen += list(played[task.id_column])
        answers = Truth.read({fold: view.answers}) if view.answers else None
        assert answers is not None
        asked = train.set_index(task.id_column).loc[list(played[task.id_column])]
        assert list(answers.frame["row_id"]) == list(played[task.id_column])
        for target in task.targets:
            assert list(answers.frame[target.name]) == list(asked[target.name])
    assert sorted(seen) == sorted(train[task.id_column])


def test_fit_sees_no_test_and_predict_sees_no_training_table(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    for name in ("full", "sample", "blind-1"):
        view = ViewBuilder(competition, task, split, places(tmp_path)).build(name)
        assert files(view, "fit") == {"train.csv"}
        assert files(view, "predict") == {"test.csv", "sample_submission.csv"}
        assert files(view, "run") == files(view, "fit") | files(view, "predict")


def test_the_sample_submission_is_constant_and_names_the_blind_rows(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "multilabel")
    view = ViewBuilder(competition, task, split, places(tmp_path)).build("blind-2")
    sample, real = (
        part(view, "predict", "sample_submission.csv"),
        read_cells(competition / "sample_submission.csv"),
    )
    assert list(sample.columns) == list(real.columns)
    assert list(sample["id"]) == list(part(view, "predict", "test.csv")["id"])
    assert all(sample[target].nunique() == 1 for target in TARGETS["multilabel"])


def test_the_full_view_is_the_competition_cell_by_cell(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "regression")
    before = contents(competition)
    view = ViewBuilder(competition, task, split, places(tmp_path)).build("full")
    assert view.answers is None
    for file in files(view, "run"):
        assert part(view, "run", file).equals(read_cells(competition / file))
        assert (view.root / "run" / file).stat().st_ino != (competition / file).stat().st_ino
    assert contents(competition) == before


def test_a_group_never_straddles_train_and_played_test(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    assert split.key == GroupKey(column="ticket", delimiter="_")
    for name in ("blind-1", "sample"):
        view = ViewBuilder(competition, task, split, places(tmp_path)).build(name)
        sides = [part(view, "fit", "train.csv"), part(view, "predict", "test.csv")]
        parties = [set(side["ticket"].str.split("_").str[0]) for side in sides]
        assert parties[0].isdisjoint(parties[1])


def test_groups_of_blind_rows_are_kept_with_their_answers(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    view = ViewBuilder(competition, task, split, places(tmp_path)).build("blind-1")
    assert view.answers is not None
    truth = Truth.read({1: view.answers})
    assert truth.groups is not None
    parties = truth.frame["row_id"].str.split("_").str[0]
    assert len(set(zip(parties, truth.groups, strict=True))) == parties.nunique()


def test_rows_without_a_label_stay_in_train(tmp_path: Path) -> None:
    train = table(40, "ay") + "40,1,\n41,2,\n"
    task = by_hand(tmp_path / "c", {"train.csv": train, "test.csv": table(9, "a", "t{0}")})
    for name in ("blind-1", "blind-2", "sample"):
        view = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path)).build(name)
        assert {"40", "41"} <= set(part(view, "fit", "train.csv")["id"])


def test_columns_that_only_train_has_go_and_a_blank_target_stays_blank(tmp_path: Path) -> None:
    test = "y,b,id,c\n" + "".join(f",{row},t{row},x\n" for row in range(9))
    task = by_hand(tmp_path / "c", {"train.csv": table(40, "aby"), "test.csv": test})
    view = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path)).build("blind-1")
    played = part(view, "predict", "test.csv")
    assert list(played.columns) == ["y", "b", "id", "c"]
    assert set(played["y"]) == set(played["c"]) == {""}
    assert "" not in set(played["b"])


def test_cells_keep_what_was_written(tmp_path: Path) -> None:
    odd = ["NA", "None", "", "007", "1.50", " x ", 'a "quoted" word', "one;two", "grün", "1e5"]
    competition = tmp_path / "c"
    task = by_hand(competition, {"train.csv": table(1, "ay"), "test.csv": table(2, "a")})
    frame = pd.DataFrame({"id": [str(n) for n in range(40)], "a": odd * 4, "y": ["1"] * 40})
    frame.to_csv(competition / "train.csv", sep=";", index=False, encoding="latin-1")
    strange = task.tables[0].model_copy(update={"delimiter": ";", "encoding": "latin-1"})
    task = task.model_copy(update={"tables": (strange, task.tables[1])})
    view = ViewBuilder(competition, task, RANDOM, places(tmp_path)).build("blind-1")
    kept = read_cells(view.root / "fit/train.csv", dialect=Dialect("cp1252", ";"))
    expected = dict(zip(frame["id"], frame["a"], strict=True))
    assert dict(zip(kept["id"], kept["a"], strict=True)) == {n: expected[n] for n in kept["id"]}


def test_side_tables_are_whole_on_both_sides(tmp_path: Path) -> None:
    side = "id,weather\n" + "".join(f"{row},wet\n" for row in range(40))
    tables = {"train.csv": table(40, "ay"), "test.csv": table(9, "a", "t{0}"), "side.csv": side}
    task = by_hand(tmp_path / "c", tables)
    view = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path)).build("blind-1")
    for name in ("fit", "predict", "run"):
        assert (view.root / name / "side.csv").read_text(encoding="utf-8") == side


def test_without_a_test_table_one_is_played_beside_the_training_table(tmp_path: Path) -> None:
    task = by_hand(tmp_path / "c", {"train.csv": table(40, "ay")})
    builder = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path))
    view = builder.build("blind-1")
    assert asked_table(task).path == "test.csv"
    assert list(part(view, "predict", "test.csv").columns) == ["id", "a"]
    assert files(builder.build("full"), "predict") == set()


# --- ids


def test_ids_that_train_has_twice_are_numbered_anew(tmp_path: Path) -> None:
    train = "id,a,y\n" + "".join(f"{row % 5},{row},1\n" for row in range(40))
    test = "id,a\n" + "".join(f"{row + 100},1\n" for row in range(9))
    task = by_hand(tmp_path / "c", {"train.csv": train, "test.csv": test})
    view = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path)).build("blind-1")
    played = part(view, "predict", "test.csv")
    assert list(played["id"]) == [str(109 + row) for row in range(10)]
    assert view.answers is not None
    assert list(Truth.read({1: view.answers}).frame["row_id"]) == list(played["id"])


def test_ids_that_only_the_test_has_imitate_their_template(tmp_path: Path) -> None:
    train = "store,day,y\n" + "".join(f"{n % 4},2020-01-{n + 10},1\n" for n in range(20))
    test = "id,store,day\n" + "".join(f"{n}_2020-02-11,{n},2020-02-11\n" for n in range(4))
    sample = "id,y\n" + "".join(f"{n}_2020-02-11,0\n" for n in range(4))
    tables = {"train.csv": train, "test.csv": test, "sample.csv": sample}
    task = by_hand(tmp_path / "c", tables)
    view = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path)).build("blind-1")
    played = part(view, "predict", "test.csv")
    assert list(played["id"]) == list(played["store"] + "_" + played["day"])
    assert list(part(view, "predict", "sample.csv")["id"]) == list(played["id"])


def test_a_template_is_found_only_where_every_id_follows_it() -> None:
    cells = pd.DataFrame({"shop": ["1", "2"], "item": ["7", "8"], "day": ["3-4", "5-6"]})
    assert id_template(["7-1-3-4", "8-2-5-6"], cells) == ("-", ["item", "shop", "day"])
    assert id_template(["7-1-3-4", "8-9-5-6"], cells) is None


def test_a_task_without_ids_counts_its_rows(tmp_path: Path) -> None:
    tables = {"train.csv": table(40, "ay"), "test.csv": table(9, "a"), "sample.csv": "y\n0\n"}
    task = by_hand(tmp_path / "c", tables, id_column=None)
    view = ViewBuilder(tmp_path / "c", task, RANDOM, places(tmp_path)).build("blind-1")
    assert view.answers is not None
    truth = Truth.read({1: view.answers})
    assert list(truth.frame["row_id"]) == [str(row) for row in range(10)]
    assert list(part(view, "predict", "sample.csv").columns) == ["y"]
    assert len(part(view, "predict", "sample.csv")) == 10


# --- the sample and its variants


def test_a_small_table_is_its_own_sample(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "multiclass")
    view = ViewBuilder(competition, task, split, places(tmp_path)).build("sample")
    assert view.rows_fit + view.rows_predict == 240
    assert 45 <= view.rows_predict <= 75


def test_a_large_table_has_a_sample_of_some_hundreds_with_every_class(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    labels = np.where(np.arange(5_000) < 4, "rare", chance.choice(["a", "b"], 5_000))
    labels[:100] = np.where(np.arange(100) < 4, "rare", "few")
    rows = "".join(f"{n},{n % 7},{label}\n" for n, label in enumerate(chance.permutation(labels)))
    unlabelled = "".join(f"{n},1,\n" for n in range(5_000, 5_200))
    tables = {"train.csv": "id,a,y\n" + rows + unlabelled, "test.csv": table(9, "a", "t{0}")}
    task = by_hand(tmp_path / "c", tables)
    target = Target(name="y", kind="class", classes=("a", "b", "few", "rare"))
    task = task.model_copy(update={"targets": (target,), "problem": "multiclass"})
    split = SplitPlan(splitter="stratified", folds=5, seed=0)
    view = ViewBuilder(tmp_path / "c", task, split, places(tmp_path)).build("sample")
    assert view.answers is not None
    known = [part(view, "fit", "train.csv")["y"], Truth.read({0: view.answers}).frame["y"]]
    counts = pd.concat(known).value_counts()
    assert counts["rare"] == 4
    assert counts["few"] >= 10
    assert 10 <= counts[""] <= 100
    assert 600 <= counts.sum() <= 750


def test_variants_play_the_same_sample_otherwise(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    builder = ViewBuilder(competition, task, split, places(tmp_path))
    sample = part(builder.build("sample"), "predict", "test.csv")
    permuted = part(builder.build("sample-permuted"), "predict", "test.csv")
    half = part(builder.build("sample-half"), "predict", "test.csv")
    single = part(builder.build("sample-single"), "predict", "test.csv")
    assert list(permuted["ticket"]) != list(sample["ticket"])
    assert (
        permuted.sort_values("ticket")
        .reset_index(drop=True)
        .equals(sample.sort_values("ticket").reset_index(drop=True))
    )
    assert half.equals(sample.iloc[::2].reset_index(drop=True))
    assert single.equals(sample.iloc[:1])
    assert files(builder.build("sample-half"), "predict") == {"test.csv", "sample_submission.csv"}
    assert list(builder.build("sample-single").parts) == ["predict"]


def test_shuffled_labels_are_the_same_labels_on_other_rows(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "multilabel")
    builder = ViewBuilder(competition, task, split, places(tmp_path))
    sample, shuffled = builder.build("sample"), builder.build("sample-shuffled")
    names = list(TARGETS["multilabel"])
    before, after = (part(view, "fit", "train.csv") for view in (sample, shuffled))
    assert before.drop(columns=names).equals(after.drop(columns=names))
    assert not before[names].equals(after[names])
    assert before[names].value_counts().to_dict() == after[names].value_counts().to_dict()
    assert sample.parts["predict"] == shuffled.parts["predict"]
    assert shuffled.answers is not None


def test_odd_cells_are_unseen_and_one_column_is_empty(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    builder = ViewBuilder(competition, task, split, places(tmp_path))
    odd = part(builder.build("sample-odd"), "predict", "test.csv")
    sample = part(builder.build("sample"), "predict", "test.csv")
    assert UNSEEN in set(odd["member"])
    assert set(odd["age"]) == {""}
    assert list(odd["ticket"]) == list(sample["ticket"])


# --- whole or absent


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    for name in ("sample", "sample-odd", "sample-shuffled", "blind-1", "full"):
        first = ViewBuilder(competition, task, split, places(tmp_path / "one")).build(name)
        second = ViewBuilder(competition, task, split, places(tmp_path / "two")).build(name)
        assert first.parts == second.parts
        assert contents(first.root) == contents(second.root)


def test_a_finished_view_is_taken_as_it_is(tmp_path: Path) -> None:
    competition, task, split = made(tmp_path, "binary")
    first = ViewBuilder(competition, task, split, places(tmp_path)).build("blind-1")
    (competition / "train.csv").unlink()
    assert ViewBuilder(competition, task, split, places(tmp_path)).build("blind-1") == first


KILLED = """
import os, sys
from pathlib import Path
from agents.competition.views.views import Places, ViewBuilder
from agents.models import SplitPlan, Task

def kill(event, arguments, left=[int(sys.argv[2])]):
    if event == "os.rename":
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)

folder = Path(sys.argv[1])
task = Task.model_validate_json((folder / "task.json").read_text())
split = SplitPlan.model_validate_json((folder / "split.json").read_text())
places = Places(folder / "views", folder / "answers", folder / "media")
sys.addaudithook(kill)
ViewBuilder(folder / "competition", task, split, places).build("blind-1")
"""


@pytest.mark.parametrize("rename", [1, 2, 3])
def test_a_kill_leaves_no_half_built_view(tmp_path: Path, rename: int) -> None:
    competition, task, split = made(tmp_path, "binary")
    (tmp_path / "task.json").write_text(task.model_dump_json(), encoding="utf-8")
    (tmp_path / "split.json").write_text(split.model_dump_json(), encoding="utf-8")
    arguments = [sys.executable, "-c", KILLED, str(tmp_path), str(rename)]
    killed = subprocess.run(arguments, check=False, env=os.environ | {"PYTHONPATH": "."})
    assert killed.returncode == 9
    assert not (tmp_path / "views" / "blind-1").exists()
    view = ViewBuilder(competition, task, split, places(tmp_path)).build("blind-1")
    whole = ViewBuilder(competition, task, split, places(tmp_path / "whole")).build("blind-1")
    assert view.parts == whole.parts
    assert [path.name for path in (tmp_path / "views").iterdir()] == ["blind-1"]


@pytest.mark.parametrize("name", ["blind-0", "blind-99", "sample-upside-down", "../up"])
def test_an_unknown_view_is_refused(tmp_path: Path, name: str) -> None:
    competition, task, split = made(tmp_path, "binary")
    with pytest.raises(InputError, match="no view called"):
        ViewBuilder(competition, task, split, places(tmp_path)).build(name)
