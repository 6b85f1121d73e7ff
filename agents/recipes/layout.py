"""Where things lie in a competition and how its tables are written, as literals for programs."""

from pathlib import PurePosixPath

from pydantic import JsonValue

from agents.models import Task


def table_literals(task: Task) -> dict[str, JsonValue]:
    """Paths, dialect and targets: what every program has to know to read the tables."""
    train = task.table("train")
    return {
        "TRAIN": train.path if train else "",
        "TEST": test_path(task),
        "DELIMITER": train.delimiter if train else ",",
        "ENCODING": train.encoding if train else "utf-8",
        "ID_COLUMN": task.id_column or "",
        "TARGETS": [target.name for target in task.targets],
    }


def test_path(task: Task) -> str:
    """Where the test table lies; rows to be predicted go there where a competition has none."""
    test, train = task.table("test"), task.table("train")
    if test is not None:
        return test.path
    beside = PurePosixPath() if train is None else PurePosixPath(train.path).parent
    taken = {table.path for table in task.tables}
    names = [str(beside / name) for name in ("test.csv", "played_test.csv")]
    return next(name for name in names if name not in taken)
