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


def side_paths(task: Task) -> list[JsonValue]:
    """Tables and folders that belong to neither train nor test."""
    tables = [table.path for table in task.tables if table.role == "side"]
    return [*tables, *(folder.path for folder in task.media)]


def spelled_labels(task: Task) -> dict[str, JsonValue]:
    """Labels that the submission writes otherwise than the training table."""
    if task.submission is None or not task.submission.labels:
        return {}
    pairs = zip(task.targets[0].classes, task.submission.labels, strict=True)
    return {label: written for label, written in pairs if label != written}
