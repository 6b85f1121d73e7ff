"""Programs read whatever kind of file a competition has, and see the cells that the engine sees."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from agents.competition.reading.tables import read_cells
from agents.competition.stating.table_file import TableFile
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.views import Places, ViewBuilder
from agents.models import SplitPlan, Task
from agents.recipes.needs.layout import table_literals
from agents.recipes.writing.inline import inline, load_source
from agents.recipes.writing.literals import constants_of, fill, settle
from agents.recipes.writing.source import compose, parse, reached
from tests.builders import write_competition
from tests.recipes.support import run_python

NAMES = ("train", "test", "sample_submission")


def keep(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    for name, cells in tables.items():
        cells.to_csv(folder / f"{name}.csv", index=False)


def in_archive(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    with zipfile.ZipFile(folder / "data.zip", "w") as archive:
        for name, cells in tables.items():
            archive.writestr(f"in/{name}.csv", cells.to_csv(index=False))


def gzipped(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    for name, cells in tables.items():
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(cells.to_csv(index=False).encode()))


def as_parquet(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    for name, cells in tables.items():
        typed = {
            str(column): pd.to_numeric(cells[column])
            for column in cells
            if cells[column].str.fullmatch(r"[\d.]+").all()
        }
        cells.assign(**typed).to_parquet(folder / f"{name}.parquet")


def as_records(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    for name, cells in tables.items():
        (folder / f"{name}.json").write_text(json.dumps({"rows": cells.to_dict("records")}))


def as_workbook(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, cells in tables.items():
        sheet = book.create_sheet(name)
        for row in [list(cells), *cells.to_numpy().tolist()]:
            sheet.append(row)
    book.save(folder / "all.xlsx")


def in_other_dialects(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    tables["train"]["sail"] = "gr\xfcn"
    for name, cells in tables.items():
        sep, encoding = (";", "cp1252") if name == "train" else ("\t", "utf-16")
        written = cells.assign(
            **{
                str(column): cells[column].str.replace(".", ",")
                for column in cells
                if column == "length"
            }
        )
        written.to_csv(folder / f"{name}.csv", index=False, sep=sep, encoding=encoding)


WAYS = [keep, in_archive, gzipped, as_parquet, as_records, as_workbook, in_other_dialects]


def rewritten(folder: Path, way: Callable[[Path, dict[str, pd.DataFrame]], None]) -> Task:
    """The made competition of boats, in other files."""
    write_competition(folder, "regression", rows=60)
    tables = {name: read_cells(folder / f"{name}.csv") for name in NAMES}
    for name in NAMES:
        (folder / f"{name}.csv").unlink()
    way(folder, tables)
    return state_task(folder, TaskOptions())


def reader(task: Task) -> str:
    """What a program has to read and to write tables."""
    module = parse(load_source("agents.recipes.blocks.files"))
    text = fill(compose(inline(module)), table_literals(task))
    kept = reached(parse(settle(text, constants_of(text))), ["read_table", "write_table"])
    return compose(kept)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_program_reads_the_cells_that_the_engine_reads(
    tmp_path: Path, way: Callable[[Path, dict[str, pd.DataFrame]], None]
) -> None:
    folder = tmp_path / "boats"
    task = rewritten(folder, way)
    split = SplitPlan(splitter="random", folds=3, seed=0)
    places = Places(tmp_path / "views", tmp_path / "answers", tmp_path / "media")
    view = ViewBuilder(folder, task, split, places).build("full")
    own = tmp_path / "own"
    code = reader(task) + (
        f"tables = {[(table.path, table.role) for table in task.tables]!r}\n"
        f"for place, root in {[('real', str(folder)), ('view', str(view.root / 'run'))]!r}:\n"
        "    for path, role in tables:\n"
        "        cells = read_table(Path(root) / path)\n"
        f"        write_table(Path({str(own)!r}) / place / path, cells)\n"
        f"        again = read_table(Path({str(own)!r}) / place / path)\n"
        "        assert again.equals(cells), path\n"
        f"        cells.to_parquet(Path({str(own)!r}) / f'{{place}}-{{role}}.parquet')\n"
    )

    ran = run_python(code, tmp_path)

    assert ran.returncode == 0, ran.stderr
    for table in task.tables:
        expected = TableFile(folder, table).cells
        for place in ("real", "view"):
            seen = pd.read_parquet(own / f"{place}-{table.role}.parquet")
            assert seen.astype("str").equals(expected), (place, table.path)
        assert expected["boat_id"].str.fullmatch(r"\d+").all()
        assert not expected.get("length", pd.Series(dtype="str")).str.contains(",").any()


def test_a_program_for_plain_csv_has_nothing_else_in_it(tmp_path: Path) -> None:
    source = reader(rewritten(tmp_path / "boats", keep))

    assert "pd.read_csv(path, sep=DELIMITER, encoding=ENCODING" in source
    assert source.count("\ndef ") == 2
    assert "zip" not in source
    assert len(source.splitlines()) < 30
