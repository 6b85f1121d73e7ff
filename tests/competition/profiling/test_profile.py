from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.profiling.column import Sides
from agents.competition.profiling.leaks import find_leaks
from agents.competition.profiling.markdown import profile_markdown
from agents.competition.profiling.profile import profile
from agents.competition.profiling.quick import quick_columns
from agents.competition.profiling.relation import levels_of, relation
from agents.competition.reading import stream
from agents.competition.reading.tables import read_cells
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import ColumnProfile, Profile, Task
from tests.builders import Kind, write_competition, write_table


def measured(folder: Path) -> tuple[Task, Profile, dict[str, ColumnProfile]]:
    task = state_task(folder, TaskOptions())
    made = profile(folder, task, lambda text, share: None)
    return task, made, {column.name: column for column in made.columns}


def titles(made: Profile) -> str:
    return "\n".join(finding.title for finding in made.findings)


def test_columns_are_measured_on_both_sides(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary", rows=600)
    train, test = (read_cells(folder / f"{name}.csv") for name in ("train", "test"))

    _, made, columns = measured(folder)

    assert (made.rows_train, made.rows_test) == (len(train), len(test))
    age = columns["age"]
    assert age.missing == pytest.approx((train["age"] == "").mean())
    assert age.missing_test == pytest.approx((test["age"] == "").mean())
    assert age.distinct == train["age"][train["age"] != ""].nunique()
    assert age.mean == pytest.approx(pd.to_numeric(train["age"]).mean())
    assert age.integer
    assert not columns["seated"].in_test
    assert columns["seated"].to_target is None


@pytest.mark.parametrize("kind", ["binary", "regression", "multilabel", "multiclass"])
def test_every_distribution_is_whole_and_short(tmp_path: Path, kind: Kind) -> None:
    _, made, _ = measured(write_competition(tmp_path, kind))

    for column in made.columns:
        assert len(column.distribution) <= 12
        if column.distribution:
            assert sum(one.share for one in column.distribution) == pytest.approx(1)
        if column.distribution and column.in_test:
            assert sum(one.test_share or 0 for one in column.distribution) <= 1 + 1e-9


def test_relations_tell_signal_from_noise(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression", rows=800)
    chance = np.random.default_rng(1)
    for name in ("train", "test"):
        cells = read_cells(folder / f"{name}.csv")
        noise = chance.integers(0, 40, len(cells)).astype(str)
        write_table(
            folder / f"{name}.csv", cells.assign(noise=noise, word=[f"w{n}" for n in noise])
        )

    _, _, columns = measured(folder)

    assert min(columns[name].to_target or 0 for name in ("length", "hull_code")) > 0.4
    assert max(columns[name].to_target or 0 for name in ("noise", "word")) < 0.2


@pytest.mark.parametrize("classes", [True, False])
def test_a_relation_is_one_for_a_copy_and_nothing_for_noise(classes: bool) -> None:
    target = np.random.default_rng(0).integers(0, 4, 3_000).astype(float)
    noise = pd.Series(np.random.default_rng(1).integers(0, 50, 3_000)).astype("str")

    assert relation(levels_of(pd.Series(target)), target, classes=classes) > 0.999
    assert relation(levels_of(noise), target, classes=classes) < 0.1


def test_quick_columns_have_the_same_meaning_as_the_whole(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression", rows=400)
    task, made, _ = measured(folder)

    quick = quick_columns(folder, task)

    assert [(column.name, column.semantic) for column in quick] == [
        (column.name, column.semantic) for column in made.columns
    ]


def test_what_fools_people_is_found(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary", rows=800)
    cells = {name: read_cells(folder / f"{name}.csv") for name in ("train", "test")}
    truth = cells["train"]["seated"]
    chance = np.random.default_rng(0)
    for name, table in cells.items():
        table["ship"] = "Argo"
        table["wage"] = np.round(chance.normal(5 if name == "test" else 0, 1, len(table)), 2)
        table["hull_code"] = chance.choice([20, 30, 45], len(table))
        table["port"] = chance.choice(["Kiel", "Riga"] + ["Oslo"] * (name == "test"), len(table))
    cells["train"]["echo"] = truth.map({"True": "in", "False": "out"})
    cells["test"]["echo"] = "in"
    for name, table in cells.items():
        write_table(folder / f"{name}.csv", table.astype("str"))

    _, made, columns = measured(folder)

    found = titles(made)
    assert "echo all but gives the answer away" in found
    assert "Rows come in groups" in found
    assert "berth holds 3 facts in one" in found
    assert "Numbers that name things: hull_code" in found
    assert "columns have empty cells" in found
    assert "The same in every row: ship" in found
    assert "The test differs from train in" in found
    assert "Values that train never saw" in found
    assert 0.2 < (columns["port"].unseen or 0) < 0.5


def test_like_tables_have_no_drift(tmp_path: Path) -> None:
    _, made, _ = measured(write_competition(tmp_path, "multilabel", rows=800))

    assert "differs" not in titles(made)
    assert "never saw" not in titles(made)


def test_repeated_rows_are_counted(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    train, test = read_cells(folder / "train.csv"), read_cells(folder / "test.csv")
    again = train.head(5).assign(plant_id=[f"again {n}" for n in range(5)])
    again.loc[again.index[:2], "species"] = "other"
    asked = train.tail(3).drop(columns="species").assign(plant_id=["x", "y", "z"])
    write_table(folder / "train.csv", pd.concat([train, again]))
    write_table(folder / "test.csv", pd.concat([test, asked]))

    _, made, _ = measured(folder)

    assert made.duplicates == 5
    assert "3 test rows occur in train" in titles(made)
    assert "2 rows repeat another with another answer" in titles(made)


def test_long_tables_are_measured_in_part_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_competition(tmp_path, "multilabel", rows=900)
    monkeypatch.setattr(stream, "MEASURED_ROWS", 300)

    _, made, columns = measured(folder)

    assert made.rows_train == 900
    assert "Measured on 300 rows drawn at random" in titles(made)
    assert columns["id"].distinct == 900


def test_progress_only_grows(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    seen: list[float] = []

    profile(folder, state_task(folder, TaskOptions()), lambda text, share: seen.append(share))

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_a_table_alone_can_be_profiled(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    (folder / "test.csv").unlink()
    task = state_task(folder, TaskOptions(target="species"))

    made = profile(folder, task, lambda text, share: None)

    assert made.rows_test is None
    assert all(column.in_test and column.missing_test is None for column in made.columns)


def test_awkward_tables_are_profiled(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "all empty": [""] * 60,
            "one|word": ["", "x"] * 30,
            "huge": ["1e300", "-1e300"] * 30,
            "infinite": ["inf", "1", "2"] * 20,
            "day": ["2020-01-01"] * 30 + [""] * 30,
            "`quoted`": chance.choice(["*a*", "<b>", "c\nd"], 60),
            "y": chance.integers(0, 2, 60).astype(str),
        }
    )
    write_table(tmp_path / "train.csv", frame)
    write_table(tmp_path / "test.csv", frame.drop(columns="y").head(12))

    task, made, _ = measured(tmp_path)

    assert len(made.columns) == 7
    assert profile_markdown(task, made).count("\n| ") == 8


def test_the_markdown_reads_as_a_table(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary")
    task, made, _ = measured(folder)

    text = profile_markdown(task, made)

    assert text.startswith("# Profile of ")
    assert text.index("## How this data will fool you") < text.index("## What was concluded")
    assert "| `berth` | delimited |" in text
    assert all(line.count(" | ") == 8 for line in text.splitlines() if line.startswith("| `"))
    assert text.endswith("|\n")


def test_what_shows_the_answer_is_found(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    rows = 400
    answer = np.sort(chance.integers(0, 2, rows))
    train = pd.DataFrame(
        {
            "id": 7 * np.arange(rows) + 3,
            "paid_on": np.where(answer == 1, "2020-01-01", ""),
            "size": chance.normal(size=rows).round(3),
            "town": chance.choice(["Kiel", "Riga", "Oslo"], rows),
        }
    ).astype("str")
    train["town_code"] = train["town"].map({"Kiel": "K", "Riga": "R", "Oslo": "O"})
    write_table(tmp_path / "train.csv", train.assign(y=answer.astype(str)))
    write_table(tmp_path / "test.csv", train.assign(id=[str(n) for n in range(9_000, 9_400)]))

    _, made, columns = measured(tmp_path)

    found = titles(made)
    assert "An empty cell gives the answer away in paid_on" in found
    assert "The order of the rows tells the answer" in found
    assert "The id tells the answer: id" in found
    assert "1 group holds columns that say the same" in found
    assert (columns["paid_on"].information or 0) == pytest.approx(np.log(2), abs=0.05)
    assert (columns["size"].information or 0) < 0.02


def test_the_limits_of_any_score_are_told(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    kind = chance.integers(0, 40, 900)
    flipped = (kind % 2) ^ (chance.random(900) < 0.25)
    train = pd.DataFrame({"id": np.arange(900), "kind": kind, "y": flipped}).astype("str")
    asked = train.drop(columns="y").assign(id=[str(n) for n in range(900, 1_800)])
    write_table(tmp_path / "train.csv", train)
    write_table(tmp_path / "test.csv", asked)

    _, made, _ = measured(tmp_path)

    assert made.ceiling == pytest.approx(0.77, abs=0.03)
    assert "No model can pass accuracy 0.7" in titles(made)
    assert made.resolution is not None
    assert 0.005 < made.resolution < 0.06
    assert "are invisible at this size" in titles(made)


def test_answers_of_an_awkward_shape_are_described(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    size = chance.normal(size=600)
    spent = np.where(chance.random(600) < 0.5, 0, np.exp(2 + 1.5 * size).round(2))
    train = pd.DataFrame({"size": size.round(4), "spent": spent}).astype("str")
    write_table(tmp_path / "train.csv", train)
    write_table(tmp_path / "test.csv", train[["size"]].tail(200))

    _, made, _ = measured(tmp_path)

    found = titles(made)
    assert "spent is 0 in 5" in found
    assert "spent has a long tail" in found


def test_a_class_of_few_rows_is_named(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    kinds = ["oak"] * 250 + ["ash"] * 240 + ["elm"] * 8 + ["fir"] * 2
    train = pd.DataFrame({"girth": chance.normal(size=500).round(4), "kind": kinds})
    write_table(tmp_path / "train.csv", train.astype("str"))
    write_table(tmp_path / "test.csv", train[["girth"]].astype("str").head(100))

    _, made, _ = measured(tmp_path)

    assert "1 answer with fewer rows than there are folds" in titles(made)
    assert "kind = fir in 0.4%" in "\n".join(finding.text for finding in made.findings)


def test_a_test_that_lies_later_is_said(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    days = pd.date_range("2021-01-01", periods=500).strftime("%Y-%m-%d")
    table = pd.DataFrame({"day": days, "wind": chance.normal(size=500).round(3)}).astype("str")
    power = (table["wind"].astype(float) + chance.normal(size=500)).round(3).astype("str")
    write_table(tmp_path / "train.csv", table.assign(power=power).head(400))
    write_table(tmp_path / "test.csv", table.tail(100))

    _, made, columns = measured(tmp_path)

    assert "Train and test cover different times by day" in titles(made)
    assert (columns["day"].drift or 0) > 0.95
    assert made.drift is not None
    assert made.drift < 0.65


def test_a_dictionary_beside_the_tables_tells_numbers_that_name_things(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    train = pd.DataFrame(
        {"hull": chance.integers(0, 9, 300), "crew": chance.integers(0, 9, 300)}
    ).astype("str")
    words = {"column": ["hull", "crew"], "type": ["categorical", "count"], "meaning": ["a", "b"]}
    write_table(tmp_path / "train.csv", train.assign(y=chance.integers(0, 2, 300).astype(str)))
    write_table(tmp_path / "test.csv", train.head(100))
    write_table(tmp_path / "columns.csv", pd.DataFrame(words).astype("str"))

    _, _, columns = measured(tmp_path)

    assert (columns["hull"].semantic, columns["crew"].semantic) == ("category", "number")


def test_empty_targets_do_not_make_the_order_of_rows_telling() -> None:
    for seed in range(12):
        chance = np.random.default_rng(seed)
        goal = chance.integers(0, 2, 900).astype(float)
        goal[::3] = np.nan
        cells = pd.DataFrame({"x": chance.normal(size=900).astype(str)})
        leaks = find_leaks(Sides(cells, None, {"y": (goal, True)}), np.arange(900), [])
        assert leaks.order < leaks.order_by_chance
