"""Where things lie in a competition and how its tables are written, as literals for programs."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from pydantic import JsonValue

from agents.competition.formats.forms import label_names
from agents.competition.stating.asked import asked_table
from agents.models import Table, Task

_RECORDS = ("json", "jsonl")


def table_literals(task: Task) -> dict[str, JsonValue]:
    """Paths, dialect and targets: what every program has to know to read the tables."""
    train = task.table("train")
    return {
        "TRAIN": train.path if train else "",
        "TEST": asked_table(task).path,
        **file_literals(task),
        "ID_COLUMN": task.id_column or "",
        "TARGETS": [target.name for target in task.targets],
        "ID_COUNTED": task.made_id is not None and not task.made_id.parts,
        "ID_FIRST": task.made_id.first if task.made_id else 0,
        "ID_PARTS": [*task.made_id.parts] if task.made_id else [],
        "ID_JOINT": task.made_id.joined_by if task.made_id else "",
        "MARKER_COLUMN": task.marker.column if task.marker else "",
        "MARKER_TEST": [*task.marker.test] if task.marker else [],
        "RENAMED": {**task.renamed},
        "ASKED_IN": task.submission.asked_in if task.submission else "",
        "ASKED_ID": (task.submission.id_column or "") if task.submission else "",
        "LABEL_COLUMN": task.label_list.column if task.label_list else "",
        "LABEL_DELIMITER": task.label_list.delimiter if task.label_list else "",
        "LABELS": {**label_names(task)},
    }


def file_literals(task: Task) -> dict[str, JsonValue]:
    """How the files of a competition are written, for `agents.recipes.blocks.files`."""
    train = task.table("train")
    tables = [*task.tables, asked_table(task)]
    usual = _dialect(train) if train else {"sep": ",", "encoding": "utf-8"}
    texts = [table for table in tables if table.format in {"csv", "xlsx"}]
    return {
        "DELIMITER": usual["sep"],
        "ENCODING": usual["encoding"],
        "BROKEN": any(table.errors == "replace" for table in tables),
        "DIALECTS": {one.path: _dialect(one) for one in texts if _dialect(one) != usual},
        "DECIMALS": _merged(table.decimals for table in tables),
        "THOUSANDS": _merged(table.thousands for table in tables),
        "ZIPPED": any(".zip/" in table.path.lower() for table in tables),
        "PARQUET": _merged([_suffix(one.path)] for one in tables if one.format == "parquet"),
        "RECORDS": _merged([_suffix(one.path)] for one in tables if one.format in _RECORDS),
        "SHEETS": _merged([_suffix(_book(one))] for one in tables if one.format == "xlsx"),
    }


def _dialect(table: Table) -> dict[str, JsonValue]:
    return {"sep": table.delimiter, "encoding": table.encoding}


def _merged(names: Iterable[Iterable[str]]) -> list[JsonValue]:
    return [*dict.fromkeys(name for some in names for name in some)]


def _suffix(path: str) -> str:
    """The suffix of a path, with the one before it if it is `.gz`."""
    place = PurePosixPath(path)
    return "".join(place.suffixes[-2:]) if place.suffix.lower() == ".gz" else place.suffix


def _book(sheet: Table) -> str:
    return str(PurePosixPath(sheet.path).parent)


def side_paths(task: Task) -> list[JsonValue]:
    """Tables and folders that belong to neither train nor test."""
    tables = [table.path for table in task.tables if table.role == "side"]
    return [*tables, *(folder.path for folder in task.media)]
