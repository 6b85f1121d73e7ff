"""Where the rows to be predicted lie, also in a competition that has none yet."""

from pathlib import PurePosixPath
from typing import Final

from agents.models import Table, Task

_CONTAINERS: Final = (".zip", ".xlsx", ".xlsm")


def asked_table(task: Task) -> Table:
    """The table of rows to be predicted; without one, where such rows would be put.

    That is beside the training table, written like it; beside the archive or the workbook if the
    training table lies in one.
    """
    test, train = task.table("test"), task.table("train")
    if test is not None:
        return test
    if train is None:
        return Table(path=_free("", ".csv", task), role="test", rows=0, columns=())
    place = PurePosixPath(train.path)
    holders = [one for one in place.parents if one.suffix.lower() in _CONTAINERS]
    beside = str(holders[-1].parent if holders else place.parent)
    targets = {target.name for target in task.targets}
    columns = tuple(name for name in train.columns if name not in targets)
    path = _free(beside, ".csv", task)
    plain = {"path": path, "role": "test", "rows": 0, "columns": columns}
    if train.format == "xlsx":
        return train.model_copy(update={**plain, "format": "csv"})
    if train.format == "csv":
        return train.model_copy(update=plain)
    suffix = PurePosixPath(place.name.removesuffix(".gz")).suffix
    return train.model_copy(update={**plain, "path": _free(beside, suffix, task)})


def _free(folder: str, suffix: str, task: Task) -> str:
    taken = {table.path for table in task.tables}
    names = [str(PurePosixPath(folder) / f"{name}{suffix}") for name in ("test", "played_test")]
    return next(name for name in names if name not in taken)
