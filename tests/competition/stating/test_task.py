import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.reading.tables import read_cells
from agents.competition.stating.table_file import Limits
from agents.competition.stating.task import TaskOptions, state_task
from agents.errors import InputError
from agents.models import GroupKey
from tests.builders import TARGETS, Kind, write_competition, write_table

BENCH = Path(__file__).parents[4] / "shared" / "bench"

KINDS: list[tuple[Kind, str, str, str]] = [
    ("binary", "binary", "ticket", "accuracy"),
    ("regression", "regression", "boat_id", "rmsle"),
    ("multilabel", "multilabel", "id", "auc"),
    ("multiclass", "multiclass", "plant_id", "accuracy"),
]


def change(path: Path, how: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    write_table(path, how(read_cells(path)))


@pytest.mark.parametrize(("kind", "problem", "id_column", "metric"), KINDS)
def test_the_task_is_stated_from_the_data(
    tmp_path: Path, kind: Kind, problem: str, id_column: str, metric: str
) -> None:
    folder = write_competition(tmp_path / "made", kind)

    task = state_task(folder, TaskOptions())

    assert (task.name, task.problem, task.id_column) == ("made", problem, id_column)
    assert tuple(target.name for target in task.targets) == TARGETS[kind]
    assert task.metric.name == metric
    assert task.submission is not None
    assert task.submission.columns == (id_column, *TARGETS[kind])
    assert all(note.endswith((".", '"', ".)")) for note in task.notes)


@pytest.mark.parametrize(("kind", "problem", "id_column", "metric"), KINDS)
def test_tables_too_large_to_be_held_state_the_same_task(
    tmp_path: Path, kind: Kind, problem: str, id_column: str, metric: str
) -> None:
    folder = write_competition(tmp_path / "made", kind)
    held = state_task(folder, TaskOptions())

    task = state_task(folder, TaskOptions(), limits=Limits(cells=1_000, rows=200))

    # Notes hold shares, which rows drawn at random give a little differently.
    assert task.model_copy(update={"notes": held.notes}) == held
    assert (task.problem, task.id_column, task.metric.name) == (problem, id_column, metric)


def test_a_side_table_too_large_to_be_held_is_joined_the_same_way(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    codes = chance.permutation(9_000)[:600]
    riders = pd.DataFrame(
        {"rider_id": codes, "age": chance.random(600), "wins": chance.random(600), "town": "Ely"}
    )
    races = pd.DataFrame({"rider_id": chance.choice(codes, 300), "won": chance.integers(0, 2, 300)})
    for name, frame in {"train": races, "riders": riders}.items():
        write_table(tmp_path / f"{name}.csv", frame.astype(str))

    task = state_task(tmp_path, TaskOptions(target="won"), limits=Limits(cells=1_500))

    assert [(join.path, join.left, join.coverage_train) for join in task.joins] == [
        ("riders.csv", ("rider_id",), 1.0)
    ]
    assert task == state_task(tmp_path, TaskOptions(target="won"))


@pytest.mark.parametrize(("kind", "problem", "id_column", "metric"), KINDS)
def test_file_names_do_not_matter(
    tmp_path: Path, kind: Kind, problem: str, id_column: str, metric: str
) -> None:
    folder = write_competition(tmp_path / "made", kind)
    expected = state_task(folder, TaskOptions())
    for old, new in {"train": "history", "test": "wanted", "sample_submission": "form"}.items():
        if (folder / f"{old}.csv").exists():
            (folder / f"{old}.csv").rename(folder / f"{new}.csv")

    task = state_task(folder, TaskOptions())

    assert [(table.role, table.rows) for table in task.tables] == [
        (table.role, table.rows) for table in expected.tables
    ]
    assert task.table("train") is not None
    assert task.targets == expected.targets
    assert task.submission == expected.submission


def test_groups_that_the_files_keep_apart_are_seen(tmp_path: Path) -> None:
    task = state_task(write_competition(tmp_path, "binary"), TaskOptions())

    assert task.groups == GroupKey(column="ticket", delimiter="_")


def test_two_classes_know_which_is_positive(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary")
    target = state_task(folder, TaskOptions()).targets[0]
    assert (target.classes, target.positive) == (("False", "True"), "True")

    for name in ("train.csv", "sample_submission.csv"):
        change(folder / name, lambda cells: cells.replace({"True": "stays", "False": "leaves"}))

    target = state_task(folder, TaskOptions()).targets[0]
    assert (target.classes, target.positive) == (("leaves", "stays"), "stays")


def test_answers_are_spelled_as_the_sample_spells_them(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary")
    change(folder / "sample_submission.csv", lambda cells: cells.assign(seated="0"))

    task = state_task(folder, TaskOptions())

    assert task.submission is not None
    assert task.targets[0].classes == ("False", "True")
    assert task.submission.labels == ("0", "1")
    assert any("written as 0 and 1" in note for note in task.notes)


def test_a_sample_with_probabilities_asks_for_ranking(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary")
    (folder / "description.md").unlink()
    change(folder / "sample_submission.csv", lambda cells: cells.assign(seated="0.5"))

    task = state_task(folder, TaskOptions())

    assert (task.metric.name, task.metric.source) == ("auc", "default")
    assert task.submission is not None
    assert task.submission.answers == "probability"


def test_small_integers_are_ordered_only_for_kappa(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    levels = {"alder": "0", "birch": "1", "cedar": "2"}
    change(folder / "train.csv", lambda cells: cells.replace({"species": levels}))

    assert state_task(folder, TaskOptions()).problem == "multiclass"
    assert state_task(folder, TaskOptions(metric="kappa")).problem == "ordinal"
    assert state_task(folder, TaskOptions(metric="rmse")).problem == "regression"


def test_options_win(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multilabel")
    assert "name all of them with --target" in refusal(folder, target="leak")
    (folder / "sample_submission.csv").unlink()

    task = state_task(folder, TaskOptions(target="leak", metric="log loss", id="id"))

    assert [target.name for target in task.targets] == ["leak"]
    assert (task.problem, task.metric.name, task.metric.source) == ("binary", "log_loss", "option")


def test_without_a_test_table_the_run_ends_with_a_model(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    (folder / "test.csv").unlink()

    task = state_task(folder, TaskOptions(target="species"))

    assert task.submission is None
    assert task.table("test") is None
    assert task.id_column == "plant_id"


def test_a_description_names_the_target_of_a_single_table(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    (folder / "test.csv").unlink()
    (folder / "about.txt").write_text("Predict the `species` of a plant.", encoding="utf-8")

    task = state_task(folder, TaskOptions())

    assert task.targets[0].name == "species"
    assert task.description == "about.txt"


def test_a_data_dictionary_is_not_the_description(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    lines = [f"{name}: what it means" for name in read_cells(folder / "train.csv")]
    (folder / "about_columns.txt").write_text("\n".join(lines), encoding="utf-8")

    assert state_task(folder, TaskOptions()).description == "description.md"

    (folder / "description.md").unlink()
    assert state_task(folder, TaskOptions()).description is None


def test_rows_without_a_target_are_allowed_and_their_words_are_no_class(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multilabel")
    change(folder / "train.csv", lambda cells: cells.assign(jam=["", "NA", *cells["jam"][2:]]))

    task = state_task(folder, TaskOptions())

    assert task.targets[0].classes == ("0", "1")


def test_side_tables_and_earlier_submissions_are_told_apart(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    shutil.copy(folder / "sample_submission.csv", folder / "mine.csv")
    change(folder / "mine.csv", lambda cells: cells.assign(price=range(len(cells))))
    (folder / "extra").mkdir()
    (folder / "extra" / "hulls.csv").write_text("hull_code;word\n20;flat\n", encoding="utf-8")

    task = state_task(folder, TaskOptions())

    roles = {table.path: table.role for table in task.tables}
    assert roles == {
        "train.csv": "train",
        "test.csv": "test",
        "sample_submission.csv": "sample",
        "extra/hulls.csv": "side",
    }
    assert next(table.delimiter for table in task.tables if table.role == "side") == ";"
    assert "mine.csv looks like an earlier submission and is left out." in task.notes


def test_a_side_table_that_holds_answers_is_left_out(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary")
    shutil.copy(folder / "train.csv", folder / "validation.csv")

    task = state_task(folder, TaskOptions())

    assert [table.role for table in task.tables] == ["train", "test", "sample"]
    assert any(note.startswith("validation.csv holds seated too") for note in task.notes)


def test_a_competition_may_have_no_ids_at_all(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multilabel")
    for name in ("train.csv", "test.csv", "sample_submission.csv"):
        change(folder / name, lambda cells: cells.drop(columns="id"))

    task = state_task(folder, TaskOptions())

    assert task.id_column is None
    assert task.submission is not None
    assert task.submission.columns == ("jam", "leak", "noise")
    assert "numbered from 0" in " ".join(task.notes)


def test_a_workspace_inside_the_competition_is_skipped(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "binary")
    expected = state_task(folder, TaskOptions())
    write_competition(folder / "pipeline", "binary", seed=1)
    (folder / "pipeline" / "iml.toml").touch()
    write_competition(folder / ".hidden", "binary", seed=2)

    assert state_task(folder, TaskOptions()) == expected


def test_media_in_folders_named_by_class_are_described(tmp_path: Path) -> None:
    rows = []
    for number in range(24):
        kind = ("cat", "dog", "eel")[number % 3]
        path = tmp_path / "photos" / kind / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        rows.append({"path": f"photos/{kind}/{number}.jpg", "kind": kind})
    write_table(tmp_path / "train.csv", pd.DataFrame(rows))
    write_table(tmp_path / "test.csv", pd.DataFrame({"path": ["unsorted/1.jpg", "unsorted/2.jpg"]}))
    (tmp_path / "unsorted").mkdir()
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / "unsorted" / name).write_bytes(b"picture")

    task = state_task(tmp_path, TaskOptions())

    assert task.targets[0].classes == ("cat", "dog", "eel")
    photos = next(media for media in task.media if media.path == "photos")
    assert (photos.files, photos.classes, photos.suffixes) == (24, ("cat", "dog", "eel"), (".jpg",))
    assert next(media for media in task.media if media.path == "unsorted").classes == ()


def test_folders_of_a_split_are_no_classes(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    for side in ("train_images", "test_images"):
        (folder / "data" / side).mkdir(parents=True)
        (folder / "data" / side / "1.png").touch()

    task = state_task(folder, TaskOptions())

    assert {media.path for media in task.media} == {"data/train_images", "data/test_images"}


def test_dates_are_listed(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    for name in ("train.csv", "test.csv"):
        change(folder / name, lambda cells: cells.assign(built="2020-03-01"))

    assert state_task(folder, TaskOptions()).dates == ("built",)


# --- what cannot be used --------------------------------------------------------------------------


def refusal(folder: Path, **options: str) -> str:
    with pytest.raises(InputError) as refused:
        state_task(folder, TaskOptions(**options))
    message = str(refused.value)
    assert message.endswith((".", "?"))
    assert "\n" not in message
    return message


def test_folders_without_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("empty", "sheets", "packed", "pictures/cat", "notes"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "sheets" / "train.xlsx").touch()
    (tmp_path / "packed" / "train.csv.zip").touch()
    (tmp_path / "pictures" / "cat" / "1.jpg").touch()
    (tmp_path / "notes" / "a.md").touch()

    assert "There is no folder" in refusal(tmp_path / "missing")
    assert "is a file" in refusal(tmp_path / "file")
    assert "is empty" in refusal(tmp_path / "empty")
    assert "train.xlsx" in refusal(tmp_path / "sheets")
    assert "train.csv.zip is damaged" in refusal(tmp_path / "packed")
    assert "add a train.csv" in refusal(tmp_path / "pictures")
    assert "no table (found .md)" in refusal(tmp_path / "notes")


def test_a_misspelt_target_is_answered_with_the_nearest(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")

    assert "did you mean 'species'?" in refusal(folder, target="specie")
    assert "did you mean 'plant_id'?" in refusal(folder, id="plantid")
    assert "is not known" in refusal(folder, metric="speed")


@pytest.mark.parametrize(("name", "named"), [("house", "house"), ("week", None)])
def test_numbers_that_count_the_rows_of_both_tables_are_their_names(
    tmp_path: Path, name: str, named: str | None
) -> None:
    chance = np.random.default_rng(2)
    rows = pd.DataFrame({name: range(200), "area": chance.normal(size=200)})
    asked = chance.random(200) < 0.3
    rows[~asked].assign(price=chance.normal(size=200)[~asked]).to_csv(
        tmp_path / "train.csv", index=False
    )
    rows[asked].to_csv(tmp_path / "test.csv", index=False)

    assert state_task(tmp_path, TaskOptions()).id_column == named


def test_counts_with_zeros_are_judged_by_poisson_deviance(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    rows = pd.DataFrame({"policy_id": range(300), "age": chance.normal(size=300)})
    rows.assign(claims=chance.poisson(0.3, 300)).to_csv(tmp_path / "train.csv", index=False)
    rows.to_csv(tmp_path / "test.csv", index=False)
    text = "Submissions are compared by mean Poisson deviance."
    (tmp_path / "description.md").write_text(text, encoding="utf-8")

    assert state_task(tmp_path, TaskOptions()).metric.name == "poisson"


def test_a_metric_that_cannot_judge_the_target_is_refused(tmp_path: Path) -> None:
    numbers = write_competition(tmp_path / "numbers", "regression")
    words = write_competition(tmp_path / "words", "multiclass")

    assert "use one of gini, mae" in refusal(numbers, metric="accuracy")
    assert "use one of accuracy" in refusal(words, metric="rmse")


def test_targets_that_cannot_be_learned_are_refused(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    good = read_cells(folder / "train.csv")

    write_table(folder / "train.csv", good.assign(species="alder"))
    assert "has the value 'alder' in every row" in refusal(folder)

    write_table(folder / "train.csv", good.head(1))
    assert "has 1 row with a known `species`" in refusal(folder)

    write_table(folder / "train.csv", good.assign(species=[f"{n} a" for n in range(len(good))]))
    assert "free text" in refusal(folder)

    write_table(folder / "train.csv", good.assign(species=[f"{n},5" for n in range(len(good))]))
    assert "decimal comma" in refusal(folder)

    write_table(folder / "test.csv", read_cells(folder / "test.csv").head(0))
    assert "header but no rows" in refusal(folder)


def test_ids_of_the_test_must_be_there_once(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    good = read_cells(folder / "test.csv")

    write_table(folder / "test.csv", good.drop(columns="boat_id"))
    assert "test.csv lacks the id 'boat_id'" in refusal(folder)

    write_table(folder / "test.csv", pd.concat([good, good.head(1)]))
    (folder / "sample_submission.csv").unlink()
    assert "occurs more than once" in refusal(folder, id="boat_id")


def test_a_table_without_a_header_is_named_as_the_cause(tmp_path: Path) -> None:
    causes: tuple[tuple[Kind, str], ...] = (
        ("multiclass", "train.csv and test.csv share no column: see that the first line of each"),
        ("regression", "see that the first line of train.csv, which shares no column"),
    )
    for kind, cause in causes:
        table = write_competition(tmp_path / kind, kind) / "train.csv"
        table.write_text(table.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")

        assert cause in refusal(tmp_path / kind)


def test_words_among_the_numbers_of_a_target_are_named(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    change(folder / "train.csv", lambda cells: cells.assign(price=["tbd", *cells["price"][1:]]))

    assert "holds numbers, but also `tbd` in 1 row of train.csv" in refusal(folder)


def test_what_the_sample_does_otherwise_without_contradicting_is_said(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    sample = folder / "sample_submission.csv"
    change(sample, lambda cells: cells.rename(columns={"price": "worth"}))
    told = state_task(folder, TaskOptions())
    assert told.submission is not None
    assert told.submission.columns == ("boat_id", "worth")
    assert any("`price` is handed in as `worth`" in note for note in told.notes)

    change(sample, lambda cells: pd.concat([cells, cells.head(1)]))
    notes = state_task(folder, TaskOptions()).notes
    assert any("names some rows more than once; each is answered once" in note for note in notes)


def test_rows_without_an_answer_are_counted_and_how_to_ask_for_them_is_said(
    tmp_path: Path,
) -> None:
    folder = write_competition(tmp_path, "multiclass")
    (folder / "test.csv").unlink()
    change(
        folder / "train.csv", lambda cells: cells.assign(species=["", "", *cells["species"][2:]])
    )

    left = state_task(folder, TaskOptions())
    assert left.submission is None
    assert any("2 rows of train.csv have no `species`" in note for note in left.notes)

    asked = state_task(folder, TaskOptions(target="species")).table("test")
    assert asked is not None
    assert asked.rows == 2


def test_a_sample_that_contradicts_the_test_is_refused(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    sample = folder / "sample_submission.csv"
    change(sample, lambda cells: cells.assign(boat_id=["9999", *cells["boat_id"][1:]]))

    assert "disagree about the rows to answer" in refusal(folder)


def test_a_sample_may_ask_for_a_part_of_the_test(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression")
    change(folder / "sample_submission.csv", lambda cells: cells.iloc[5:])

    task = state_task(folder, TaskOptions())

    assert task.submission is not None
    assert task.submission.asked_in == "sample_submission.csv"
    assert any("asks for 55 of the 60 rows of test.csv" in note for note in task.notes)


def test_a_test_table_that_holds_the_answers_is_refused(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    shutil.copy(folder / "train.csv", folder / "test.csv")

    assert "nothing is left to answer" in refusal(folder, target="species")


@pytest.mark.skipif(not BENCH.exists(), reason="the real competitions lie beside the repository")
@pytest.mark.parametrize(
    ("name", "problem", "id_column", "targets", "metric"),
    [
        ("spaceship_titanic", "binary", "PassengerId", 1, "accuracy"),
        ("house_prices", "regression", "Id", 1, "rmsle"),
        ("steel_plate", "multilabel", "id", 7, "auc"),
        ("disaster_tweets", "binary", "id", 1, "f1"),
        ("petfinder", "ordinal", "PetID", 1, "kappa"),
    ],
)
def test_real_competitions_are_understood(
    name: str, problem: str, id_column: str, targets: int, metric: str
) -> None:
    folder = BENCH / name / "public"

    task = state_task(folder, TaskOptions())

    sample = read_cells(folder / "sample_submission.csv", rows=1)
    assert (task.problem, task.id_column, task.metric.name) == (problem, id_column, metric)
    assert task.metric.source == "description"
    assert tuple(target.name for target in task.targets) == tuple(sample.columns[1:])
    assert len(task.targets) == targets
    prefix = GroupKey(column=id_column, delimiter="_")
    assert (task.groups == prefix) == (name == "spaceship_titanic")
    grouped = {"spaceship_titanic", "petfinder", "disaster_tweets"}
    assert (task.groups is None) == (name not in grouped)
    if name == "disaster_tweets":
        assert task.groups is not None
        assert task.groups.wording
