import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from textual.pilot import Pilot

from agents.api import Place
from agents.competition.profiling.profile import profile
from agents.competition.profiling.quick import quick_columns
from agents.competition.stating.task import TaskOptions, state_task
from agents.journal import events as facts
from agents.journal.store import Journal
from agents.models import ColumnProfile, Profile
from iml_tui.app import ImlApp
from iml_tui.widgets.data import DataPane
from tests.builders import Kind, write_competition, write_table
from tests.iml_tui import runs
from tests.picture import Viewer, settled

WIDE, NARROW, TINY = (120, 36), (80, 24), (40, 10)
STRANGE = ("[bold]b[/bold]", "[/]", "", "two\nlines", "n" * 200, "幅の広い名前", "\x1b[31mred")


def looked_at(folder: Path, *, whole: bool = True, metric: str | None = None) -> Place:
    """A run that has looked at the data of a folder, or whose first look is all there is."""
    task = state_task(folder, TaskOptions(metric=metric))
    seen: list[facts.Event] = [facts.ColumnsSeen(columns=quick_columns(folder, task))]
    if whole:
        measured = profile(folder, task, lambda text, done: None)
        seen.append(facts.DataProfiled(profile=measured))
    return lay(folder, (*runs.STARTED, facts.TaskStated(task=task), *seen))


def lay(folder: Path, told: tuple[facts.Event, ...]) -> Place:
    """A workspace whose journal tells these facts."""
    place = Place(competition=folder, workspace=folder / "pipeline")
    place.state_dir.mkdir(parents=True)
    journal = Journal(place.state_dir)
    journal.start_run()
    for event in told:
        journal.append(event)
    journal.close()
    return place


def with_columns(folder: Path, columns: tuple[ColumnProfile, ...]) -> Place:
    """A run whose profile has these columns."""
    made = Profile(rows_train=240, rows_test=60, columns=columns, split=runs.SPLIT)
    return lay(folder, (*runs.STATED, facts.DataProfiled(profile=made)))


@asynccontextmanager
async def data_of(place: Place, size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot[None]]:
    """The app with the data in focus."""
    app = Viewer(place)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        yield pilot


def pane(pilot: Pilot[None]) -> DataPane:
    assert isinstance(pilot.app, ImlApp)
    return pilot.app.bench.query_one(DataPane)


def seen(pilot: Pilot[None]) -> str:
    data = pane(pilot)
    lines = ("".join(part.text for part in data.render_line(y)) for y in range(data.size.height))
    return "\n".join(line.rstrip() for line in lines)


async def press(pilot: Pilot[None], *keys: str) -> str:
    for key in keys:
        await pilot.press(key)
    await settled(pilot)
    return seen(pilot)


async def until(pilot: Pilot[None], words: str) -> str:
    """What the pane says, once some words stand in it."""
    for _ in range(200):
        await pilot.pause(0.02)
        if words in seen(pilot):
            break
    await settled(pilot)
    return seen(pilot)


async def on_column(pilot: Pilot[None], name: str) -> str:
    """Goes to a column by searching it, and opens it."""
    await press(pilot, "slash", *name, "enter")
    return await press(pilot, "enter")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Place]:
    places: dict[Kind, Place] = {}

    def of(kind: Kind) -> Place:
        if kind not in places:
            folder = write_competition(tmp_path_factory.mktemp(kind), kind, rows=400)
            places[kind] = looked_at(folder)
        return places[kind]

    return of


async def test_what_fools_comes_first_then_the_task_then_the_columns(
    made: Callable[[Kind], Place],
) -> None:
    async with data_of(made("binary")) as pilot:
        text = seen(pilot)

    order = [text.index(word) for word in ("What will fool you", "\n target", "\n column")]
    assert order == sorted(order)
    assert "read from the description" in text or "the default" in text


async def test_a_finding_opens_to_its_whole_text_and_what_is_done(
    made: Callable[[Kind], Place],
) -> None:
    place = made("binary")
    async with data_of(place) as pilot:
        before = seen(pilot)
        after = await press(pilot, "enter")
        again = await press(pilot, "enter")

    assert len(after.split()) > len(before.split())
    assert "About " in after
    assert again == before


async def test_an_open_column_shows_train_beside_test_and_what_its_rows_answer(
    made: Callable[[Kind], Place],
) -> None:
    async with data_of(made("binary")) as pilot:
        text = await on_column(pilot, "age")
        closed = await press(pilot, "escape", "escape")

    for word in ("━ train", "│ test", "seated", "drift", "esc closes"):
        assert word in text
    assert text.count("%") > 20
    assert "esc closes" not in closed


async def test_of_a_target_of_levels_every_bar_tells_the_mean(tmp_path: Path) -> None:
    folder, rows = tmp_path / "shops", np.arange(300)
    venue = np.where(rows % 2, "kiosk", "hall")
    train = pd.DataFrame({"id": rows, "venue": venue, "stars": rows % 2 + rows // 2 % 4})
    write_table(folder / "train.csv", train)
    write_table(folder / "test.csv", train[["id", "venue"]].assign(id=rows + 300))
    write_table(folder / "sample_submission.csv", pd.DataFrame({"id": rows + 300, "stars": 0}))
    async with data_of(looked_at(folder, metric="kappa")) as pilot:
        opened = await on_column(pilot, "venue")
    assert "mean stars" in opened
    assert re.search(r"kiosk .* 2\.49", opened)
    assert re.search(r"hall .* 1\.49", opened)


@pytest.mark.parametrize("size", [WIDE, NARROW, TINY])
async def test_the_next_column_is_one_key_away_while_one_is_open(
    made: Callable[[Kind], Place], size: tuple[int, int]
) -> None:
    async with data_of(made("regression"), size) as pilot:
        await press(pilot, "l")
        first = pane(pilot).opened
        await press(pilot, "l")
        second = pane(pilot).opened
        await press(pilot, "h")
        assert first is not None
        assert second not in {None, first}
        assert pane(pilot).opened == first
        await press(pilot, "l", "escape")
        assert pane(pilot).opened is None
        assert pane(pilot).at == second


async def test_the_column_beside_the_list_follows_the_cursor(made: Callable[[Kind], Place]) -> None:
    async with data_of(made("regression")) as pilot:
        await press(pilot, "l")
        first = pane(pilot).opened
        await press(pilot, "j")

        assert pane(pilot).opened == pane(pilot).at != first


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_new_run_finds_the_cursor_on_the_column_where_the_person_left_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    columns = [
        ColumnProfile(name=name, semantic="number", distinct=9, missing=0.0, to_target=relation)
        for name, relation in (("near", 0.9), ("middle", 0.5), ("far", 0.1))
    ]
    place = with_columns(tmp_path, tuple(columns))
    async with data_of(place, size) as pilot:
        await press(pilot, "slash", *"far", "enter", "escape")
        left = pane(pilot).at
        assert left is not None
        assert left.endswith("\0far")
        engine = Journal(place.state_dir)
        engine.start_run()
        for event in runs.STARTED:
            engine.append(event)
        await until(pilot, "follow in a moment")
        for event in runs.STATED[len(runs.STARTED) :]:
            engine.append(event)
        measured = Profile(
            rows_train=240, rows_test=60, columns=tuple(columns[1:]), split=runs.SPLIT
        )
        engine.append(facts.DataProfiled(profile=measured))
        engine.close()
        assert "near" not in await until(pilot, "middle")
        assert pane(pilot).at == left


async def test_a_key_sorts_by_relation_table_empty_cells_and_name(tmp_path: Path) -> None:
    columns = (
        ColumnProfile(name="b", semantic="number", distinct=9, missing=0.0, to_target=0.5),
        ColumnProfile(name="c", semantic="number", distinct=9, missing=0.2, to_target=0.1),
        ColumnProfile(name="a", semantic="number", distinct=9, missing=0.1, to_target=0.9),
    )
    orders = []
    async with data_of(with_columns(tmp_path, columns)) as pilot:
        for _ in range(4):
            table = seen(pilot).partition("to target")[2]
            orders.append("".join(sorted("abc", key=lambda name: table.index(f"\n {name} "))))
            await press(pilot, "s")

    assert orders == ["abc", "bca", "cab", "abc"]


async def test_columns_are_found_among_thousands(tmp_path: Path) -> None:
    columns = tuple(
        ColumnProfile(name=f"gene_{place}", semantic="number", distinct=9, missing=0.0)
        for place in range(3_000)
    )
    async with data_of(with_columns(tmp_path, columns), NARROW) as pilot:
        text = await press(pilot, "slash", *"gene_2799", "enter")
        assert "gene_2799" in text
        text = await press(pilot, "escape", "G")
        assert "gene_2999" in text
        assert "column" in text.splitlines()[1]


async def test_strange_names_and_cells_are_shown_as_they_are(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    for name, rows in (("train", 200), ("test", 80)):
        table = pd.DataFrame({"id": [f"{name}{row}" for row in range(rows)]})
        for number, column in enumerate(STRANGE):
            words = [f"[/{number}]", "[bold]", "宇宙", "x\ny", ""]
            table[column] = chance.choice(words, rows)
        if name == "train":
            table["kept"] = chance.choice(["yes", "no"], rows)
        write_table(tmp_path / f"{name}.csv", table)
    place = looked_at(tmp_path)
    for size in (WIDE, TINY):
        async with data_of(place, size) as pilot:
            text = seen(pilot)
            for _ in range(len(STRANGE) + 2):
                await pilot.press("l")
                text += seen(pilot)

        assert "\x1b" not in text
        for word in ("[bold]b[/bold]", "[/]", "two lines", "幅の広い名前"):
            assert word in text


async def test_a_name_of_megabytes_is_cut_where_nobody_reads_on(tmp_path: Path) -> None:
    long = "n" * 3_000_000
    columns = tuple(
        ColumnProfile(name=name, semantic="number", distinct=9, missing=0.0)
        for name in (long, f"{long}2", "short")
    )
    async with data_of(with_columns(tmp_path, columns), NARROW) as pilot:
        await press(pilot, "G", "k", "k")
        began = time.process_time()
        text = await press(pilot, "enter")
        assert "column 1 of 3" in text
        assert "nnn… (3,000,000 letters)" in text
        assert "nnn… (3,000,001 letters)" in await press(pilot, "l")
        assert time.process_time() - began < 2.0


async def test_the_first_look_says_what_is_not_known_yet(tmp_path: Path) -> None:
    place = looked_at(write_competition(tmp_path, "regression", rows=300), whole=False)
    async with data_of(place) as pilot:
        text = seen(pilot)
        opened = await press(pilot, "l", "l")

    assert "being looked for" in text
    assert "first rows" in text
    assert "the whole tables follow" in opened


async def test_columns_that_nobody_has_looked_at_have_their_names(tmp_path: Path) -> None:
    table = runs.TASK.tables[0].model_copy(update={"columns": ("ticket", "seated", "later")})
    task = runs.TASK.model_copy(update={"tables": (table,)})
    known = ColumnProfile(name="ticket", semantic="identifier", distinct=240, missing=0.0)
    told = (facts.TaskStated(task=task), facts.ColumnsSeen(columns=(known,)))
    async with data_of(lay(tmp_path, (*runs.STARTED, *told))) as pilot:
        text = seen(pilot)

    assert [row for row in text.splitlines() if "later" in row and "not looked at yet" in row]


async def test_side_tables_tell_how_they_are_reached_and_hold_columns(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "regression", rows=400)
    chance = np.random.default_rng(0)
    harbours = [f"h{place}" for place in range(20)]
    for name in ("train", "test"):
        cells = pd.read_csv(folder / f"{name}.csv")
        write_table(
            folder / f"{name}.csv", cells.assign(harbour=chance.choice(harbours, len(cells)))
        )
    beside = pd.DataFrame({"harbour": harbours, "depth": chance.integers(3, 30, 20)})
    write_table(folder / "harbours.csv", beside)

    async with data_of(looked_at(folder)) as pilot:
        text = await press(pilot, "G")
        assert "harbours.csv  by harbour, found for 100% of train" in text
        await press(pilot, "enter")
        text = await press(pilot, "G", "enter")

    assert "esc closes" in text
    assert "depth" in text


async def test_a_run_without_the_newer_measures_is_shown_all_the_same(tmp_path: Path) -> None:
    column = {"name": "age", "semantic": "number", "distinct": 50, "missing": 0.0}
    bars = [{"label": f"{place}", "share": 0.5} for place in range(2)]
    old = ColumnProfile.model_validate({**column, "distribution": bars})
    async with data_of(with_columns(tmp_path, (old,))) as pilot:
        assert "age" in await press(pilot, "l")
